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
            return new CheckDeclaration(name.Text, unit, [], [(null, algorithm)]);
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
        var parameters = new List<ParameterModel>();
        foreach (ParameterSyntax parameter in syntax.Parameters)
        {
            bool isBoolean = parameter.Type.Text == "bool";
            TypeModel? type = null;
            if (!isBoolean)
            {
                type = TryInteger(parameter.Type.Text, out int bits, out bool isSigned, out _) && bits % 8 == 0
                    ? new ScalarType(bits / 8, isSigned, OrderKind.Little)
                    : FindType(symbol.Unit, parameter.Type);
                if (type is not (ScalarType { IsFloat: false } or EnumType))
                {
                    Error(parameter.Type.Place, "KK1106", "a parameter is `bool`, an integer or an enum");
                    return;
                }
            }

            string name = parameter.Name.Text;
            parameters.Add(new ParameterModel(name, Names.Camel(name), isBoolean, type));
        }

        var cases = new List<(ExpressionSyntax? Condition, CheckAlgorithm Algorithm)>();
        foreach ((ExpressionSyntax? condition, NameSyntax algorithm) in syntax.Cases)
        {
            if (CheckAlgorithms.Find(algorithm.Text) is not CheckAlgorithm known)
            {
                Error(
                    algorithm.Place,
                    "KK1401",
                    $"`{algorithm.Text}` is no algorithm; use {CheckAlgorithms.Names}");
                return;
            }

            cases.Add((condition, known));
        }

        symbol.Check = new CheckDeclaration(syntax.Name.Text, symbol.Unit, parameters, cases);
    }
}
