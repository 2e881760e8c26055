using System.Numerics;
using System.Text.RegularExpressions;
using KernKit.Layout.Compiler.Diagnostics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Gives every name a meaning and every field a place.</summary>
/// <remarks>
/// Declarations are bound when somebody needs them, in any order; a declaration that needs itself is an error. What
/// could not be bound is reported once and then stays silent (<see cref="BoundError"/>, <c>IsBroken</c>), so that one
/// mistake makes one message.
/// </remarks>
internal sealed partial class Binder
{
    /// <summary>How many declarations may wait for each other: bounds the stack.</summary>
    private const int ChainMax = 64;

    private readonly DiagnosticBag _diagnostics;
    private int _chain;

    private Binder(DiagnosticBag diagnostics) => _diagnostics = diagnostics;

    /// <summary>Binds every declaration of every file.</summary>
    public static void Bind(Workspace workspace, DiagnosticBag diagnostics)
    {
        var binder = new Binder(diagnostics);
        foreach (FileUnit unit in workspace.Units)
        {
            binder.Declare(unit);
        }

        foreach (FileUnit unit in workspace.Units)
        {
            binder.CheckNamespace(unit);
            foreach (Symbol symbol in unit.Symbols.Values)
            {
                binder.Bind(symbol, symbol.Syntax.Name.Place);
            }
        }

        binder._later.ForEach(static action => action());
        binder.DeclareVariants();
        if (workspace.Units.Count > 0)
        {
            binder.CheckCsNames(workspace);
        }
    }

    internal void Error(SourcePlace place, string code, string message) => _diagnostics.Error(place, code, message);

    private void CheckNamespace(FileUnit unit)
    {
        foreach (string part in unit.Namespace.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Names.IsIdentifier(Names.Type(part)))
            {
                Error(unit.Syntax.Namespace!.Place, "KK1104", $"`{part}` makes no C# namespace; choose another name");
            }
        }
    }

    private void Declare(FileUnit unit)
    {
        foreach (DeclarationSyntax declaration in unit.Syntax.Declarations)
        {
            NameSyntax name = declaration.Name;
            if (IsBuiltIn(name.Text))
            {
                Error(name.Place, "KK1101", $"`{name.Text}` is a type of the language; choose another name");
            }
            else if (!unit.Symbols.TryAdd(name.Text, new Symbol(unit, declaration)))
            {
                int line = unit.Symbols[name.Text].Syntax.Name.Place.Line;
                Error(name.Place, "KK1101", $"`{name.Text}` is already declared in line {line}; choose another name");
            }
        }
    }

    /// <summary>Two names of one C# namespace must not become one.</summary>
    private void CheckCsNames(Workspace workspace)
    {
        FileUnit root = workspace.Units[0];
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        string constants = CSharp.CsTypes.ConstantsName(root);
        string functions = CSharp.CsTypes.FunctionsName(root);
        if (workspace.Units.Exists(unit => unit.CsNamespace == root.CsNamespace && unit.Symbols.Values.Any(
            static symbol => symbol.Constant is not null)))
        {
            // As types, and as members of the classes themselves.
            taken[constants] = taken[$"{constants}.{constants}"] = "the class of constants";
        }

        taken[functions] = taken[$"{functions}.{functions}"] = "the class of functions";
        IEnumerable<FileUnit> same = workspace.Units.Where(unit => unit.CsNamespace == root.CsNamespace).Reverse();
        foreach (Symbol symbol in same.SelectMany(static unit => unit.Symbols.Values))
        {
            foreach (string csName in CsNamesOf(symbol))
            {
                string name = symbol.Syntax.Name.Text;
                string? other = Names.IsSupportType(csName) ? "the support code"
                    : taken.TryAdd(csName, name) ? null
                    : $"`{taken[csName]}`";
                if (other is not null && symbol.Unit == root)
                {
                    Error(
                        symbol.Syntax.Name.Place,
                        "KK1104",
                        $"`{name}` and {other} both make `{csName}` in C#; rename one, or give it `@name(...)`");
                }
            }
        }
    }

    private static IEnumerable<string> CsNamesOf(Symbol symbol) => symbol switch
    {
        { Type: StructType type } =>
        [
            .. new[] { type.CsName, type.ObjectName }.Distinct(), type.ViewName, type.EditName, type.ArrayName,
            type.EditArrayName, type.RecordsName, type.WriterName, type.StreamName,
            .. type.Sync == SyncKind.None ? [] : (string[])[type.SharedName],
            .. type.InlineBits.Select(static bits => bits.CsName),
        ],
        { Type: AliasType } => [],
        { Type: AbiStructType type } => [type.ViewName, type.EditName, type.FixupName, type.LayoutName],
        { Type: EnumType type } => [type.CsName, type.CsName + "Extensions"],
        { Type: NamedType type } => [type.CsName],
        { Format: FormatModel format } => [format.CsName],
        { Constant: ConstantModel constant } => [$"{CSharp.CsTypes.ConstantsName(symbol.Unit)}.{constant.CsName}"],
        { Function: FunctionModel function } => [$"{CSharp.CsTypes.FunctionsName(symbol.Unit)}.{function.CsName}"],
        { Message: MessageModel message } =>
            [message.CsName, message.Fixed.ViewName, message.EncoderName, .. message.Fixed.InlineBits.Select(Cs)],
        _ => [],
    };

    private static string Cs(BitsType bits) => bits.CsName;

    internal void Bind(Symbol symbol, SourcePlace asker)
    {
        if (symbol.IsBound)
        {
            return;
        }

        if (symbol.IsBinding || _chain >= ChainMax)
        {
            string name = symbol.Syntax.Name.Text;
            string why = symbol.IsBinding ? "needs itself" : $"stands in a chain of over {ChainMax} declarations";
            Error(asker, "KK1105", $"`{name}` {why}; break the chain");
            return;
        }

        symbol.IsBinding = true;
        _chain++;
        switch (symbol.Syntax)
        {
            case ConstantSyntax syntax:
                BindConstant(symbol, syntax);
                break;
            case EnumSyntax syntax:
                BindEnum(symbol, syntax);
                break;
            case BitsSyntax syntax:
                symbol.Type = BindBits(symbol.Unit, syntax, "");
                break;
            case AliasSyntax syntax:
                BindAlias(symbol, syntax);
                break;
            case MessageSyntax syntax:
                symbol.Message = new MessageBinder(this, symbol.Unit, syntax).Bind();
                break;
            case FunctionSyntax syntax:
                BindFunction(symbol, syntax);
                break;
            case TransformSyntax syntax:
                BindTransform(symbol, syntax);
                break;
            case CheckSyntax syntax:
                BindCheckDeclaration(symbol, syntax);
                break;
            case StructSyntax syntax:
                BindStruct(symbol, syntax);
                break;
            case FormatSyntax syntax:
                BindFormat(symbol, syntax);
                break;
            default:
                break;
        }

        _chain--;
        symbol.IsBinding = false;
        symbol.IsBound = true;
    }

    /// <summary>Finds a declaration: the file's own first, then those of its imports.</summary>
    internal Symbol? Find(FileUnit unit, string name, SourcePlace place)
    {
        int dot = name.LastIndexOf('.');
        string? qualifier = dot < 0 ? null : name[..dot];
        string last = name[(dot + 1)..];
        if ((qualifier is null || qualifier == unit.Namespace) && unit.Symbols.TryGetValue(last, out Symbol? own))
        {
            return own;
        }

        Symbol? found = null;
        foreach (FileUnit import in unit.Imports)
        {
            bool isNamed = qualifier is null || qualifier == import.Namespace;
            if (isNamed && import.Symbols.TryGetValue(last, out Symbol? other))
            {
                if (found is not null)
                {
                    string files = $"`{found.Unit.File.FileName}` and `{import.File.FileName}`";
                    Error(place, "KK1103", $"`{name}` is declared in {files}; put the namespace before it");
                    return found;
                }

                found = other;
            }
        }

        return found;
    }

    private static bool IsBuiltIn(string name) =>
        name is "char" or "byte" or "bool" || IntegerName().IsMatch(name) || FloatName().IsMatch(name);

    [GeneratedRegex("^(le|be)?f(16|32|64)$", RegexOptions.CultureInvariant)]
    private static partial Regex FloatName();

    [GeneratedRegex("^(u|s|le|be|les|bes)([1-9][0-9]?|128)$", RegexOptions.CultureInvariant)]
    private static partial Regex IntegerName();

    /// <summary>An integer type by its name; any width from 1 to 64 bits, and 128.</summary>
    internal static bool TryInteger(string name, out int bits, out bool isSigned, out OrderKind order)
    {
        Match match = IntegerName().Match(name == "byte" ? "u8" : name);
        bits = 0;
        isSigned = false;
        order = OrderKind.Ambient;
        if (!match.Success)
        {
            return false;
        }

        string prefix = match.Groups[1].Value;
        bits = int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        isSigned = prefix.EndsWith('s');
        order = prefix[0] switch { 'l' => OrderKind.Little, 'b' => OrderKind.Big, _ => OrderKind.Ambient };
        return bits is <= 64 or 128;
    }

    /// <summary>The structure of a name whose members are being placed right now, or null.</summary>
    internal StructType? FindGrowing(FileUnit unit, NameSyntax name) =>
        IsBuiltIn(name.Text) ? null : Find(unit, name.Text, name.Place)?.Growing;

    /// <summary>The type of a field; null if it is reported. An alias of an array stays an alias.</summary>
    internal TypeModel? FindType(FileUnit unit, NameSyntax name, bool? ownOrder = null)
    {
        TypeModel? type = FindTypeOrAlias(unit, name, ownOrder);
        return type is AliasType { Count: null } alias ? alias.Target : type;
    }

    /// <summary>The same, with the alias itself where one is named, for its attributes.</summary>
    internal TypeModel? FindTypeOrAlias(FileUnit unit, NameSyntax name, bool? ownOrder)
    {
        if (name.Text == "char")
        {
            return CharType.Instance;
        }

        if (IsBuiltIn(name.Text))
        {
            return FindScalar(unit, name, ownOrder);
        }

        Symbol? symbol = Find(unit, name.Text, name.Place);
        if (symbol is null && FindVariant(unit, name) is StructType variant)
        {
            return variant;
        }

        if (symbol is null)
        {
            Error(name.Place, "KK1106", $"`{name.Text}` is no known type; declare it, import it, or correct the name");
            return null;
        }

        Bind(symbol, name.Place);
        if (symbol.Type is null && symbol.Syntax is ConstantSyntax or FormatSyntax or CheckSyntax
            or MessageSyntax or FunctionSyntax or TransformSyntax)
        {
            Error(name.Place, "KK1107", $"`{name.Text}` is no type; use an integer, enum, flags, bits or struct");
        }

        return symbol.Type;
    }

    private ScalarType? FindScalar(FileUnit unit, NameSyntax name, bool? ownOrder = null)
    {
        if (FloatName().Match(name.Text) is { Success: true } match)
        {
            OrderKind stated = match.Groups[1].Value switch
            {
                "le" => OrderKind.Little,
                "be" => OrderKind.Big,
                _ => OrderKind.Ambient,
            };
            bool isKnown = stated != OrderKind.Ambient || ownOrder is not null || RequireOrder(unit, name);
            int width = int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            return isKnown ? new ScalarType(width / 8, true, stated, isFloat: true) : null;
        }

        if (!TryInteger(name.Text, out int bits, out bool isSigned, out OrderKind order) || bits % 8 != 0)
        {
            Error(
                name.Place,
                "KK1106",
                $"`{name.Text}` is no integer of 1 to 8 or 16 whole bytes; widths in bits belong into `bits`");
            return null;
        }

        if (bits > 8 && order == OrderKind.Ambient && ownOrder is null && !RequireOrder(unit, name))
        {
            return null;
        }

        return new ScalarType(bits / 8, isSigned, order);
    }

    /// <summary>Bytes of one value of a type; null if that is known at run time only.</summary>
    internal static int? SizeOf(TypeModel type) => type switch
    {
        ScalarType scalar => scalar.Bytes,
        CharType => 1,
        EnumType value => value.Bits / 8,
        BitsType bits => bits.Scalar.Bytes,
        StructType { IsFixed: true } structure => structure.Size,
        _ => null,
    };

    /// <summary>There is no default byte order: a file says it, or each type does.</summary>
    private bool RequireOrder(FileUnit unit, NameSyntax name)
    {
        if (unit.Syntax.Order is not null)
        {
            return true;
        }

        Error(
            name.Place,
            "KK1201",
            $"`{name.Text}` has no byte order; write `order le;`, `order be;` or `param order O;` at the head of the "
                + $"file, "
            + "or an explicit type such as `le32`");
        return false;
    }

    internal string CsNameFor(NameSyntax name, IReadOnlyList<AttributeSyntax> attributes, Func<string, string> make)
    {
        foreach (AttributeSyntax attribute in attributes)
        {
            if (attribute.Name == "name")
            {
                // A name that the compiler would not make itself is one that generated code uses.
                string given = attribute.Argument;
                if (Names.IsIdentifier(given) && char.IsAsciiLetterUpper(given[0]) && !Names.IsChanged(given, make))
                {
                    return given;
                }

                Error(
                    attribute.Place,
                    "KK1104",
                    "`@name(...)` holds one C# identifier that begins with a capital letter and that generated code "
                        + "does not use itself; correct it");
            }
        }

        return make(name.Text);
    }

    internal void CheckAttributes(IReadOnlyList<AttributeSyntax> attributes)
    {
        foreach (AttributeSyntax attribute in attributes)
        {
            if (attribute.Name is not ("unit" or "time" or "text" or "fill" or "name" or "c" or "show"))
            {
                _diagnostics.Warning(
                    attribute.Place,
                    "KK1901",
                    $"the attribute `@{attribute.Name}` is unknown and ignored; known: unit, time, text, fill, "
                        + "name, c, show");
            }
        }
    }

    internal static bool Fits(BigInteger value, BigInteger min, BigInteger max) => value >= min && value <= max;
}
