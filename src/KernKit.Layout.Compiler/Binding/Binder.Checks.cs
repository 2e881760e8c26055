using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Declarations of checks, and what has to wait until everything is bound.</summary>
internal sealed partial class Binder
{
    private readonly List<Action> _later = [];

    /// <summary>Runs something once all declarations are bound.</summary>
    internal void Later(Action action) => _later.Add(action);

    /// <summary>A declared check, or an algorithm as one without parameters; null if it is reported.</summary>
    internal CheckDeclaration? FindCheck(FileUnit unit, NameSyntax name)
    {
        if (CheckAlgorithms.Find(name.Text) is CheckAlgorithm algorithm)
        {
            return new CheckDeclaration(name.Text, unit, [], [(new ChoiceSyntax(null, name, null), algorithm)]);
        }

        Symbol? symbol = Find(unit, name.Text, name.Place);
        if (symbol?.Syntax is not CheckSyntax)
        {
            Error(
                name.Place,
                "KK1401",
                $"`{name.Text}` is no check; declare it with `check`, or use {CheckAlgorithms.Names}");
            return null;
        }

        Bind(symbol, name.Place);
        return symbol.Check;
    }

    private void BindCheckDeclaration(Symbol symbol, CheckSyntax syntax)
    {
        List<ParameterModel>? parameters = BindParameters(symbol, syntax.Parameters, takesBytes: false);
        if (parameters is null)
        {
            return;
        }

        var cases = new List<(ChoiceSyntax Syntax, CheckAlgorithm Algorithm)>();
        foreach (ChoiceSyntax choice in syntax.Cases)
        {
            NameSyntax algorithm = choice.Name;
            if (CheckAlgorithms.Find(algorithm.Text) is not CheckAlgorithm known)
            {
                Error(
                    algorithm.Place,
                    "KK1401",
                    $"`{algorithm.Text}` is no algorithm; use {CheckAlgorithms.Names}");
                return;
            }

            if (choice.Seed is not null && CheckAlgorithms.SeedBytesOf(known) == 0)
            {
                Error(
                    choice.Seed.Place,
                    "KK1401",
                    $"`{algorithm.Text}` takes no seed; only crc32c, crc32c_raw and xxhash64 do");
                return;
            }

            cases.Add((choice, known));
        }

        symbol.Check = new CheckDeclaration(syntax.Name.Text, symbol.Unit, parameters, cases);
    }

    private List<ParameterModel>? BindParameters(
        Symbol symbol, IReadOnlyList<ParameterSyntax> declared, bool takesBytes)
    {
        var parameters = new List<ParameterModel>();
        foreach (ParameterSyntax parameter in declared)
        {
            bool isBoolean = parameter.Type.Text == "bool";
            bool isBytes = takesBytes && parameter.Type.Text == "bytes";
            TypeModel? type = null;
            if (!isBoolean && !isBytes)
            {
                type = IntegerOrEnum(symbol, parameter.Type);
                if (type is null)
                {
                    Error(parameter.Type.Place, "KK1106", "a parameter is `bool`, an integer or an enum");
                    return null;
                }
            }

            string name = parameter.Name.Text;
            if (parameters.Exists(other => other.CsName == Names.Camel(name)))
            {
                Error(parameter.Name.Place, "KK1101", $"the parameter `{name}` stands twice; rename one");
                return null;
            }

            parameters.Add(new ParameterModel(name, Names.Camel(name), isBoolean, type));
        }

        return parameters;
    }

    private TypeModel? IntegerOrEnum(Symbol symbol, NameSyntax name)
    {
        TypeModel? type = TryInteger(name.Text, out int bits, out bool isSigned, out _) && bits % 8 == 0
            ? new ScalarType(bits / 8, isSigned, OrderKind.Little)
            : FindType(symbol.Unit, name);
        return type is ScalarType { IsFloat: false } or EnumType ? type : null;
    }

    private void BindFunction(Symbol symbol, FunctionSyntax syntax)
    {
        List<ParameterModel>? parameters = BindParameters(symbol, syntax.Parameters, takesBytes: true);
        bool isBoolean = syntax.Result.Text == "bool";
        TypeModel? result = isBoolean ? null : IntegerOrEnum(symbol, syntax.Result);
        if (!isBoolean && result is null)
        {
            Error(syntax.Result.Place, "KK1106", "a function gives `bool`, an integer or an enum");
        }

        if (parameters is not null && (isBoolean || result is not null))
        {
            string name = syntax.Name.Text;
            symbol.Function = new FunctionModel(name, Names.Pascal(name), symbol.Unit, syntax.Doc, parameters, result);
        }
    }

    private void BindTransform(Symbol symbol, TransformSyntax syntax)
    {
        List<ParameterModel>? parameters = BindParameters(symbol, syntax.Parameters, takesBytes: false);
        var cases = new List<(ExpressionSyntax? Condition, TransformWay Way)>();
        foreach ((ExpressionSyntax? condition, NameSyntax name, _) in syntax.Cases)
        {
            if (WayOf(name.Text) is not TransformWay way || way == TransformWay.Xor)
            {
                Error(name.Place, "KK1402", $"`{name.Text}` is no way; use unknown, none, lz4, lz4_prefixed, zlib or "
                    + "deflate");
                return;
            }

            cases.Add((condition, way));
        }

        symbol.Transform = parameters is null
            ? null
            : new TransformDeclaration(syntax.Name.Text, symbol.Unit, parameters, cases);
    }

    internal static TransformWay? WayOf(string name) => name switch
    {
        "unknown" => TransformWay.Unknown,
        "none" => TransformWay.None,
        "lz4" => TransformWay.Lz4,
        "lz4_prefixed" => TransformWay.Lz4Prefixed,
        "zlib" => TransformWay.Zlib,
        "deflate" => TransformWay.Deflate,
        "xor" => TransformWay.Xor,
        _ => null,
    };

    /// <summary>A declared transform, or a way as one without parameters; null if it is reported.</summary>
    internal TransformDeclaration? FindTransform(FileUnit unit, NameSyntax name)
    {
        if (WayOf(name.Text) is TransformWay way)
        {
            return new TransformDeclaration(name.Text, unit, [], [(null, way)]);
        }

        Symbol? symbol = Find(unit, name.Text, name.Place);
        if (symbol?.Syntax is not TransformSyntax)
        {
            Error(name.Place, "KK1402", $"`{name.Text}` is no transform; declare it, or use none, lz4, lz4_prefixed, "
                + "zlib, deflate, xor(key) or unknown");
            return null;
        }

        Bind(symbol, name.Place);
        return symbol.Transform;
    }
}
