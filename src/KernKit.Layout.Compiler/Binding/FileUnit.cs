using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>One schema file while it is bound.</summary>
internal sealed class FileUnit(SourceFile file, FileSyntax syntax)
{
    // Made once all declarations are in Symbols.
    private ILookup<string, Symbol>? _enumsByMember;

    public SourceFile File { get; } = file;

    public FileSyntax Syntax { get; } = syntax;

    public List<FileUnit> Imports { get; } = [];

    /// <summary>The declarations by their name in the schema.</summary>
    public Dictionary<string, Symbol> Symbols { get; } = new(StringComparer.Ordinal);

    /// <summary>The enumerations and flags of this file that have a member of a name.</summary>
    public ILookup<string, Symbol> EnumsByMember => _enumsByMember ??= Symbols.Values
        .Where(static symbol => symbol.Syntax is EnumSyntax)
        .SelectMany(static symbol => ((EnumSyntax)symbol.Syntax).Members.Select(member => (member.Name.Text, symbol)))
        .Distinct()
        .ToLookup(static pair => pair.Text, static pair => pair.symbol, StringComparer.Ordinal);

    public string Namespace => Syntax.Namespace?.Text ?? "";

    /// <summary>The C# namespace below the project's, or "".</summary>
    public string CsNamespace => string.Join('.', Namespace
        .Split('.', StringSplitOptions.RemoveEmptyEntries)
        .Select(static part => Names.Type(part)));

    /// <summary>True if the structures of this file take their order as a type parameter.</summary>
    public bool HasOrderParameter => Syntax.Order == "param";

    public bool? IsLittleEndian => Syntax.Order switch { "le" => true, "be" => false, _ => null };
}

/// <summary>A declared name and, once somebody asked for it, what it means.</summary>
internal sealed class Symbol(FileUnit unit, DeclarationSyntax syntax)
{
    public FileUnit Unit { get; } = unit;

    public DeclarationSyntax Syntax { get; } = syntax;

    public bool IsBinding { get; set; }

    public bool IsBound { get; set; }

    public ConstantModel? Constant { get; set; }

    public NamedType? Type { get; set; }

    /// <summary>A structure while its members are being placed: runs of records up to an end may be of it.</summary>
    public StructType? Growing { get; set; }

    public FormatModel? Format { get; set; }

    public CheckDeclaration? Check { get; set; }

    public MessageModel? Message { get; set; }

    public FunctionModel? Function { get; set; }

    public TransformDeclaration? Transform { get; set; }
}
