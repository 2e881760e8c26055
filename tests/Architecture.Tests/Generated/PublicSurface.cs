using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Architecture.Tests.Generated;

/// <summary>What a library shows to its callers, one line a type or member, sorted.</summary>
internal sealed class PublicSurface
{
    private static readonly SymbolDisplayFormat Member = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeContainingType
            | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeRef
            | SymbolDisplayMemberOptions.IncludeType,
        parameterOptions: SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeModifiers | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeType,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private readonly List<INamedTypeSymbol> _types;

    private PublicSurface(List<INamedTypeSymbol> types) => _types = types;

    /// <summary>Public types, nested ones not counted.</summary>
    public int TypeCount => _types.Count(static type => type.ContainingType is null);

    /// <summary>Reads a library that is built.</summary>
    public static PublicSurface OfAssembly(string path)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var library = MetadataReference.CreateFromFile(path);
        var compilation = CSharpCompilation.Create("surface")
            .AddReferences(platform.Where(file => Path.GetFileName(file) != Path.GetFileName(path))
                .Select(static file => MetadataReference.CreateFromFile(file)))
            .AddReferences(library);
        return new(TypesOf(((IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(library)!).GlobalNamespace));
    }

    /// <summary>Reads source text, for the tests of this reader.</summary>
    public static PublicSurface OfText(string text)
    {
        var compilation = CSharpCompilation.Create("surface")
            .AddReferences(MetadataReference.CreateFromFile(typeof(object).Assembly.Location))
            .AddSyntaxTrees(CSharpSyntaxTree.ParseText(text));
        return new(TypesOf(compilation.Assembly.GlobalNamespace));
    }

    /// <summary>The lines.</summary>
    public override string ToString() => string.Concat(_types
        .SelectMany(static type => type.GetMembers().Where(IsShown).Prepend(type))
        .Select(static symbol => (symbol is INamedTypeSymbol ? "" : "    ") + symbol.ToDisplayString(Member) + "\n"));

    private static List<INamedTypeSymbol> TypesOf(INamespaceSymbol space) =>
    [
        .. space.GetTypeMembers().SelectMany(WithNested).Where(IsPublic)
            .Concat(space.GetNamespaceMembers().SelectMany(TypesOf))
            .OrderBy(static type => type.ToDisplayString(), StringComparer.Ordinal),
    ];

    private static IEnumerable<INamedTypeSymbol> WithNested(INamedTypeSymbol type) =>
        type.GetTypeMembers().SelectMany(WithNested).Prepend(type);

    private static bool IsPublic(ISymbol symbol) =>
        symbol.DeclaredAccessibility
            is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsPublic(symbol.ContainingType));

    // What the compiler writes for records and properties says nothing that the type's own line does not.
    private static bool IsShown(ISymbol member) => IsPublic(member) && member is not INamedTypeSymbol
        && !member.IsImplicitlyDeclared
        && member is not IMethodSymbol { AssociatedSymbol: not null };
}
