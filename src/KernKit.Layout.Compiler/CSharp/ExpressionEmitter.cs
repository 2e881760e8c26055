using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes bound expressions as C# that cannot wrap.</summary>
/// <remarks>
/// Each operator is computed in the smallest of int, long, ulong and Int128 that holds the ranges of its operands and
/// of its result: the result is the mathematical one, and nothing has to be checked at run time. What mathematics
/// leaves undefined (division by zero, a shift by 64 or more, a field that is absent) is a condition of its own,
/// <see cref="Defined"/>, which the caller puts in front.
/// </remarks>
internal sealed class ExpressionEmitter(CsTypes types, string receiver)
{
    /// <summary>What the structure's own fields are called, where they are not properties.</summary>
    public Func<FieldModel, string>? Local { get; set; }

    /// <summary>The condition under which an own field is there, where there is no property that tells.</summary>
    public Func<FieldModel, string?>? LocalPresence { get; set; }

    /// <summary>What <c>it</c> is called.</summary>
    public string It { get; init; } = "it";

    /// <summary>Writes a condition.</summary>
    public string Condition(BoundExpression bound) => bound switch
    {
        BoundBoolean value => value.Value ? "true" : "false",
        BoundOrderTest test => (test.IsLittleEndian ? "" : "!") + types.AmbientOrder + ".IsLittleEndian",
        BoundParameter parameter => Parameter(parameter.Parameter),
        BoundComputed or BoundCall => Path(bound),
        BoundUnary unary => "!" + Condition(unary.Operand),
        BoundBinary { Operator: "||" } either when OneOf(either, "is") is string oneOf => $"({oneOf})",
        BoundBinary { Operator: "&&" or "||" } logical =>
            Joined(Condition(logical.Left), logical.Operator, Condition(logical.Right)),
        BoundBinary comparison => Comparison(comparison),
        _ => "false",
    };

    /// <summary>A condition together with what it needs to be defined.</summary>
    public string DefinedCondition(BoundExpression bound)
    {
        if (Defined(bound) is not string defined)
        {
            return Condition(bound);
        }

        // What the right side needs is asked once the left side holds, which is what `&&` says.
        return bound is BoundBinary { Operator: "&&" } both
            ? Joined(DefinedCondition(both.Left), "&&", DefinedCondition(both.Right))
            : $"({defined} && {Operand(Condition(bound), "&&")})";
    }

    /// <summary>The opposite of <see cref="DefinedCondition"/>, as a person would write it.</summary>
    public string Negated(BoundExpression bound)
    {
        if (Defined(bound) is not null)
        {
            return "!" + DefinedCondition(bound);
        }

        return bound switch
        {
            BoundBoolean value => value.Value ? "false" : "true",
            BoundOrderTest test => Condition(test with { IsLittleEndian = !test.IsLittleEndian }),
            BoundUnary { Operator: "!" } unary => Condition(unary.Operand),
            BoundBinary { Operator: "&&" } both => Joined(Negated(both.Left), "||", Negated(both.Right)),
            BoundBinary { Operator: "||" } either when OneOf(either, "is not") is string none => $"({none})",
            BoundBinary { Operator: "||" } either => Joined(Negated(either.Left), "&&", Negated(either.Right)),
            BoundBinary comparison => Comparison(comparison with { Operator = Opposite(comparison.Operator) }),
            _ => "!" + Condition(bound),
        };
    }

    /// <summary>An expression without the parentheses around all of it.</summary>
    public static string Bare(string text)
    {
        if (!text.StartsWith('(') || !text.EndsWith(')'))
        {
            return text;
        }

        int depth = 0;
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            isQuoted ^= LineWrap.IsQuote(text, i);
            depth += isQuoted ? 0 : text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0 && i < text.Length - 1)
            {
                return text;
            }
        }

        return text[1..^1];
    }

    public static Carrier CarrierOf(BoundExpression bound) => Literals.CarrierOf(bound.Min, bound.Max);

    /// <summary>Writes a number in the smallest type that holds its range.</summary>
    public string Number(BoundExpression bound) => NumberAs(bound, CarrierOf(bound));

    /// <summary>Writes a number in a given type, which holds its range.</summary>
    public string NumberAs(BoundExpression bound, Carrier carrier)
    {
        switch (bound)
        {
            case BoundConstant constant:
                return Literals.Of(constant.Value, carrier);
            case BoundBinary binary:
                return Convert(Arithmetic(binary, out Carrier own), own, carrier);
            case BoundUnary unary:
                Carrier inner = Literals.CarrierOf(
                    BigInteger.Min(unary.Min, unary.Operand.Min), BigInteger.Max(unary.Max, unary.Operand.Max));
                string operand = NumberAs(unary.Operand, inner);
                return Convert($"({unary.Operator}{operand})", inner, carrier);
            case BoundConditional conditional:
                string condition = Condition(conditional.Condition);
                return $"({condition} ? {NumberAs(conditional.IfTrue, carrier)} : "
                    + $"{NumberAs(conditional.IfFalse, carrier)})";
            default:
                return Leaf(bound, carrier);
        }
    }

    /// <summary>What must hold before the expression may be evaluated; null if nothing.</summary>
    public string? Defined(BoundExpression bound)
    {
        switch (bound)
        {
            case BoundField field:
                return And(field.Target is null ? null : Defined(field.Target), Presence(field));
            case BoundBitField bits:
                return Defined(bits.Target);
            case BoundComputed computed:
                string has = Path(computed.Target) + ".Has" + computed.Computed.CsName;
                string? own = NeedsHas(computed.Computed) ? has : null;
                return And(Defined(computed.Target), own);
            case BoundElement element:
                return Defined(element.Target);
            case BoundCall call:
                return call.Arguments.Aggregate((string?)null, (all, argument) => And(all, Defined(argument)));
            case BoundUnary unary:
                return Defined(unary.Operand);
            case BoundConditional conditional:
                return DefinedConditional(conditional);
            case BoundBinary { Operator: "&&" or "||" } logical:
                return DefinedLogical(logical);
            case BoundBinary binary:
                return And(And(Defined(binary.Left), Defined(binary.Right)), OwnRule(binary));
            default:
                return null;
        }
    }

    /// <summary>A reference to the value itself: a property, an element, a bits field.</summary>
    public string Path(BoundExpression bound) => bound switch
    {
        BoundField { Target: null } field when Local is not null => Local(field.Field),
        BoundField field => Prefix(field) + field.Field.CsName,
        BoundElement element => Element(element),
        BoundBitField bits => Path(bits.Target) + "." + bits.Field.CsName,
        BoundComputed computed => Path(computed.Target) + "." + computed.Computed.CsName,
        BoundIt => It,
        BoundCall call => types.Functions(call.Function.Unit) + "." + call.Function.CsName
            + "(" + string.Join(", ", call.Function.Parameters.Zip(call.Arguments, Argument)) + ")",
        BoundParameter parameter => Parameter(parameter.Parameter),
        _ => "default",
    };

    /// <summary>An element as a value of its type: arrays hold plain integers.</summary>
    private string Element(BoundElement element)
    {
        TypeModel? type = (element.Target as BoundField)?.Field.Type;
        return ItemOf(type, Path(element.Target) + "[" + element.Index + "]");
    }

    /// <summary>The plain integer of an array as a value of the element's type.</summary>
    public string ItemOf(TypeModel? type, string plain) => type switch
    {
        BitsType => $"new {types.Scalar(type)}({plain})",
        EnumType => $"(({types.Scalar(type)}){plain})",
        _ => plain,
    };

    /// <summary>True if a computed value may have none, so that a property tells.</summary>
    public static bool NeedsHas(ComputedModel computed) => MayBeUndefined(computed.Expression);

    /// <summary>True if <see cref="Defined"/> asks anything.</summary>
    private static bool MayBeUndefined(BoundExpression? bound) => bound switch
    {
        BoundField field => field.Field.IsConditional || MayBeUndefined(field.Target),
        BoundBitField bits => MayBeUndefined(bits.Target),
        BoundComputed computed => NeedsHas(computed.Computed) || MayBeUndefined(computed.Target),
        BoundElement element => MayBeUndefined(element.Target),
        BoundCall call => call.Arguments.Any(MayBeUndefined),
        BoundUnary unary => MayBeUndefined(unary.Operand),
        BoundConditional conditional => MayBeUndefined(conditional.Condition)
            || MayBeUndefined(conditional.IfTrue) || MayBeUndefined(conditional.IfFalse),
        BoundBinary binary => MayBeUndefined(binary.Left) || MayBeUndefined(binary.Right) || HasOwnRule(binary),
        _ => false,
    };

    /// <summary>The field in which a view remembers a parameter.</summary>
    public static string Remembered(ParameterModel parameter) => "_" + parameter.CsName;

    /// <summary>Several conditions that all have to hold, without parentheses around them.</summary>
    public static string Conjunction(IEnumerable<string> conditions) =>
        string.Join(" && ", conditions.Select(static condition => Operand(condition, "&&")));

    private static string Joined(string left, string op, string right) =>
        $"({Operand(left, op)} {op} {Operand(right, op)})";

    /// <summary>An operand of a logical operator: comparisons and runs of the same operator stand bare.</summary>
    private static string Operand(string condition, string op)
    {
        string bare = Bare(condition);
        bool isMixed = bare.Contains(op == "&&" ? "||" : "&&", StringComparison.Ordinal)
            || bare.Contains(" ? ", StringComparison.Ordinal);
        return isMixed ? condition : bare;
    }

    private static string Opposite(string op) => op switch
    {
        "==" => "!=",
        "!=" => "==",
        "<" => ">=",
        ">=" => "<",
        ">" => "<=",
        _ => ">",
    };

    /// <summary>One value asked for several constants: <c>type is A or B</c>; null if it is anything else.</summary>
    private string? OneOf(BoundBinary either, string verb)
    {
        var constants = new List<BigInteger>();
        BoundExpression? value = Asked(either, constants);
        if (value is null)
        {
            return null;
        }

        EnumType? type = ExpressionBinder.EnumOf(value);
        var names = constants.ConvertAll(constant =>
            type?.Members.Find(member => member.Value == constant) is EnumMember member
                ? $"{types.Name(type, type.CsName)}.{member.CsName}"
                : LeafType(value) is ScalarType { Bytes: <= 8 } plain && CsTypes.IsIn(constant, plain)
                    && constant <= int.MaxValue
                    ? Literals.Plain(constant)
                    : "");
        string all = string.Join(" or ", names);
        return names.Contains("") ? null : $"{Path(value)} {verb} {(verb == "is" ? all : $"({all})")}";
    }

    /// <summary>The value that all alternatives compare with a constant; null if there is no such one.</summary>
    private static BoundExpression? Asked(BoundExpression bound, List<BigInteger> constants)
    {
        switch (bound)
        {
            case BoundBinary { Operator: "||" } either:
                BoundExpression? left = Asked(either.Left, constants);
                return left is not null && left == Asked(either.Right, constants) ? left : null;
            case BoundBinary { Operator: "==", Right: BoundConstant constant } equality:
                constants.Add(constant.Value);
                return equality.Left;
            default:
                return null;
        }
    }

    private string Argument(ParameterModel parameter, BoundExpression argument) =>
        parameter.IsBoolean ? Condition(argument)
        : parameter.Type is null ? BytesPath(argument)
        : $"({types.Scalar(parameter.Type)}){Number(argument)}";

    private string Parameter(ParameterModel parameter) => Local is null ? Remembered(parameter) : parameter.CsName;

    private string? Presence(BoundField field)
    {
        if (!field.Field.IsConditional)
        {
            return null;
        }

        return field.Target is null && LocalPresence is not null
            ? "(" + LocalPresence(field.Field) + ")"
            : Prefix(field) + "Has" + field.Field.CsName;
    }

    private static string? And(string? left, string? right) => (left, right) switch
    {
        (null, _) => right,
        (_, null) => left,
        _ => left + " && " + right,
    };

    private static string Convert(string code, Carrier from, Carrier to) =>
        from == to ? code : $"({Literals.NameOf(to)}){code}";

    private string Prefix(BoundField field) => field.Target is null ? receiver : Path(field.Target) + ".";

    private string? DefinedConditional(BoundConditional conditional)
    {
        string? ifTrue = Defined(conditional.IfTrue);
        string? ifFalse = Defined(conditional.IfFalse);
        string? branches = ifTrue is null && ifFalse is null
            ? null
            : $"({Condition(conditional.Condition)} ? {ifTrue ?? "true"} : {ifFalse ?? "true"})";
        return And(Defined(conditional.Condition), branches);
    }

    private string? DefinedLogical(BoundBinary logical)
    {
        string? right = Defined(logical.Right);
        string left = Condition(logical.Left);
        string? guarded = right is null ? null
            : logical.Operator == "&&" ? $"(!{left} || ({right}))"
            : $"({left} || ({right}))";
        return And(Defined(logical.Left), guarded);
    }

    /// <summary>True if the operator itself has no value for some of its operands.</summary>
    private static bool HasOwnRule(BoundBinary binary) => binary.Operator switch
    {
        "/" or "%" => binary.Right.Min <= 0 && binary.Right.Max >= 0,
        "<<" or ">>" => binary.Right.Min < 0 || binary.Right.Max > Intervals.ShiftMax,
        _ => false,
    };

    private string? OwnRule(BoundBinary binary)
    {
        BoundExpression right = binary.Right;
        if (!HasOwnRule(binary))
        {
            return null;
        }

        if (binary.Operator is "/" or "%")
        {
            return $"{Number(right)} != 0";
        }

        string count = Number(right);
        string low = right.Min < 0 ? $"{count} >= 0" : "";
        string high = right.Max > Intervals.ShiftMax ? $"{count} <= {Intervals.ShiftMax}" : "";
        return low.Length > 0 && high.Length > 0 ? low + " && " + high : low + high;
    }

    private string Arithmetic(BoundBinary binary, out Carrier carrier)
    {
        BigInteger min = BigInteger.Min(binary.Min, binary.Left.Min);
        BigInteger max = BigInteger.Max(binary.Max, binary.Left.Max);
        if (binary.Operator is "<<" or ">>")
        {
            // C# takes shift counts modulo the width, so the width must be above every defined count.
            carrier = Literals.CarrierOf(min, max);
            carrier = carrier == Carrier.Int && binary.Right.Max > 31 ? Carrier.Long : carrier;
            string count = NumberAs(binary.Right, CarrierOf(binary.Right));
            return $"({NumberAs(binary.Left, carrier)} {binary.Operator} (int){count})";
        }

        if (binary.Operator == "%" && binary.Right.Min < 0)
        {
            // The least number of a type has no remainder by -1 in C#: its quotient does not fit.
            max = BigInteger.Max(max, -binary.Left.Min);
        }

        carrier = Literals.CarrierOf(BigInteger.Min(min, binary.Right.Min), BigInteger.Max(max, binary.Right.Max));
        return $"({NumberAs(binary.Left, carrier)} {binary.Operator} {NumberAs(binary.Right, carrier)})";
    }

    private string Comparison(BoundBinary comparison)
    {
        string op = comparison.Operator;
        BoundExpression left = comparison.Left;
        BoundExpression right = comparison.Right;
        if (left.Kind == ValueKind.Bytes)
        {
            return (op == "==" ? "" : "!") + BytesPath(left) + ".SequenceEqual(" + BytesPath(right) + ")";
        }

        if (left.Kind == ValueKind.Boolean)
        {
            return $"({Condition(left)} {op} {Condition(right)})";
        }

        if (left is BoundConstant constant && right is not BoundConstant)
        {
            string turned = op switch { "<" => ">", ">" => "<", "<=" => ">=", ">=" => "<=", _ => op };
            return $"({Against(right, turned, constant)})";
        }

        if (right is BoundConstant value)
        {
            return $"({Against(left, op, value)})";
        }

        Carrier carrier = Literals.CarrierOf(BigInteger.Min(left.Min, right.Min), BigInteger.Max(left.Max, right.Max));
        return $"({NumberAs(left, carrier)} {op} {NumberAs(right, carrier)})";
    }

    private string BytesPath(BoundExpression bound) =>
        bound is BoundBytes bytes ? Literals.Bytes(bytes.Value) : Path(bound);

    /// <summary>A value against a constant, without casts where C# needs none.</summary>
    private string Against(BoundExpression value, string op, BoundConstant constant)
    {
        EnumType? type = ExpressionBinder.EnumOf(value);
        EnumMember? member = type?.Members.Find(member => member.Value == constant.Value);
        if (member is not null && op is "==" or "!=")
        {
            return $"{Path(value)} {op} {types.Name(type!, type!.CsName)}.{member!.CsName}";
        }

        bool isBoolean = value is BoundBitField { Field.IsBoolean: true };
        if (isBoolean && op is "==" or "!=" && constant.Value <= 1 && constant.Value >= 0)
        {
            return (constant.Value.IsOne == (op == "==") ? "" : "!") + Path(value);
        }

        if (LeafType(value) is ScalarType plain && CsTypes.IsIn(constant.Value, plain)
            && constant.Value >= long.MinValue && constant.Value <= ulong.MaxValue)
        {
            return $"{Path(value)} {op} {Literals.Plain(constant.Value)}";
        }

        BigInteger min = BigInteger.Min(value.Min, constant.Value);
        Carrier carrier = Literals.CarrierOf(min, BigInteger.Max(value.Max, constant.Value));
        string number = NumberAs(value, carrier);
        bool bindsTighter = value is BoundBinary { Operator: "+" or "-" or "*" or "/" or "%" };
        return $"{(bindsTighter ? Bare(number) : number)} {op} {Literals.Of(constant.Value, carrier)}";
    }

    /// <summary>The scalar type of a value that is a plain C# integer; null for everything else.</summary>
    private static ScalarType? LeafType(BoundExpression bound) => bound switch
    {
        BoundField { Field.Type: ScalarType type } => type,
        BoundIt { Field.Type: ScalarType type } => type,
        BoundElement { Target: BoundField { Field.Type: ScalarType type } } => type,
        BoundParameter { Parameter.Type: ScalarType type } => type,
        _ => null,
    };

    private string Leaf(BoundExpression bound, Carrier carrier)
    {
        string path = Path(bound);
        TypeModel? type = bound switch
        {
            BoundField field => field.Field.Type,
            BoundIt it => it.Field.Type,
            BoundElement { Target: BoundField field } => field.Field.Type,
            _ => null,
        };
        path += type is BitsType ? ".Value" : "";
        if (bound is BoundBitField { Field.IsBoolean: true })
        {
            path = $"({path} ? 1 : 0)";
            return carrier == Carrier.Int ? path : $"({Literals.NameOf(carrier)}){path}";
        }

        bool isNaturallyInt = LeafType(bound) is { Bytes: <= 2 } or { Bytes: <= 4, IsSigned: true };
        return isNaturallyInt && carrier == Carrier.Int ? path : $"({Literals.NameOf(carrier)}){path}";
    }
}
