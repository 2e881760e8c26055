using System.Globalization;
using System.Numerics;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>A random expression: its text, and what it is worth in whole numbers without end.</summary>
/// <remarks>Null is "no value". Big tells that something on the way was 2^63 or more in size: only then may the
/// program give up where this evaluator does not.</remarks>
internal abstract record Expression(int Precedence)
{
    public abstract string Text { get; }

    public abstract BigInteger? Evaluate(byte[] record, ref bool isBig);

    public static Expression Number(Random random, int depth) => depth <= 0 || random.Next(5) == 0
        ? random.Next(3) == 0 ? new Constant(Some(random))
            : new Field(Records.Numbers[random.Next(Records.Numbers.Length)].Name)
        : random.Next(12) switch
        {
            0 => new Minus(random.Next(2) == 0 ? "-" : "~", Number(random, depth - 1)),
            1 => new Choice(Condition(random, depth - 1), Number(random, depth - 1), Number(random, depth - 1)),
            _ => Binary(random, depth),
        };

    public static Expression Condition(Random random, int depth) => depth <= 0 || random.Next(3) == 0
        ? new Compare(One(random, "==", "!=", "<", "<=", ">", ">="), Number(random, depth), Number(random, depth))
        : random.Next(8) switch
        {
            0 => new Not(Condition(random, depth - 1)),
            1 => new Choice(Condition(random, depth - 1), Condition(random, depth - 1), Condition(random, depth - 1)),
            2 => new NotZero(Number(random, depth - 1)),
            3 or 4 or 5 => new Logic("&&", Condition(random, depth - 1), Condition(random, depth - 1)),
            _ => new Logic("||", Condition(random, depth - 1), Condition(random, depth - 1)),
        };

    private static Arithmetic Binary(Random random, int depth)
    {
        var sign = One(random, "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>");
        var right = sign is "<<" or ">>" && random.Next(4) > 0
            ? new Constant(random.Next(random.Next(2) == 0 ? 8 : 64)) : Number(random, depth - 1);
        return new Arithmetic(sign, Number(random, depth - 1), right);
    }

    private static BigInteger Some(Random random) => random.Next(6) switch
    {
        0 => random.Next(4),
        1 => 1 << random.Next(31),
        2 => (BigInteger.One << random.Next(64)) - random.Next(2),
        3 => (BigInteger)random.NextInt64(long.MinValue, long.MaxValue),
        _ => random.Next(-1000, 1000),
    };

    private static string One(Random random, params string[] signs) => signs[random.Next(signs.Length)];

    private static string In(Expression inner, int outer) => inner.Precedence >= outer ? inner.Text : $"({inner.Text})";

    private static BigInteger? Seen(BigInteger? value, ref bool isBig)
    {
        isBig |= value is { } known && BigInteger.Abs(known) >= BigInteger.One << 63;
        return value;
    }

    private sealed record Constant(BigInteger Value) : Expression(12)
    {
        public override string Text => Value < 0 ? $"({Value.ToString(CultureInfo.InvariantCulture)})"
            : Value.ToString(CultureInfo.InvariantCulture);

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) => Seen(Value, ref isBig);
    }

    private sealed record Field(string Name) : Expression(12)
    {
        public override string Text => Name;

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) =>
            Seen(Records.Read(record, Name), ref isBig);
    }

    private sealed record Minus(string Sign, Expression Operand) : Expression(11)
    {
        public override string Text => Sign + In(Operand, 12);

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) => Seen(
            Operand.Evaluate(record, ref isBig) is { } value ? Sign == "-" ? -value : -value - 1 : null, ref isBig);
    }

    private sealed record Arithmetic(string Sign, Expression Left, Expression Right) : Expression(Sign switch
    {
        "*" or "/" or "%" => 10,
        "+" or "-" => 9,
        "<<" or ">>" => 8,
        "&" => 5,
        "^" => 4,
        _ => 3,
    })
    {
        public override string Text => $"{In(Left, Precedence)} {Sign} {In(Right, Precedence + 1)}";

        public override BigInteger? Evaluate(byte[] record, ref bool isBig)
        {
            var (first, second) = (Left.Evaluate(record, ref isBig), Right.Evaluate(record, ref isBig));
            return Seen(first is { } left && second is { } right ? Calculate(left, right) : null, ref isBig);
        }

        private BigInteger? Calculate(BigInteger left, BigInteger right) => Sign switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => right.IsZero ? null : BigInteger.Divide(left, right),
            "%" => right.IsZero ? null : BigInteger.Remainder(left, right),
            "&" => left & right,
            "|" => left | right,
            "^" => left ^ right,
            _ when right < 0 || right > 63 => null,
            "<<" => left << (int)right,
            _ => left >> (int)right,
        };
    }

    private sealed record Compare(string Sign, Expression Left, Expression Right)
        : Expression(Sign is "==" or "!=" ? 6 : 7)
    {
        public override string Text => $"{In(Left, 8)} {Sign} {In(Right, 8)}";

        public override BigInteger? Evaluate(byte[] record, ref bool isBig)
        {
            var (first, second) = (Left.Evaluate(record, ref isBig), Right.Evaluate(record, ref isBig));
            if (first is not { } left || second is not { } right)
            {
                return null;
            }

            var order = left.CompareTo(right);
            return (Sign switch
            {
                "==" => order == 0,
                "!=" => order != 0,
                "<" => order < 0,
                "<=" => order <= 0,
                ">" => order > 0,
                _ => order >= 0,
            }) ? 1 : 0;
        }
    }

    private sealed record NotZero(Expression Operand) : Expression(Operand.Precedence)
    {
        public override string Text => Operand.Text;

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) =>
            Operand.Evaluate(record, ref isBig) is { } value ? value.IsZero ? 0 : 1 : null;
    }

    private sealed record Not(Expression Operand) : Expression(11)
    {
        public override string Text => "!" + In(Operand, 12);

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) =>
            1 - Operand.Evaluate(record, ref isBig);
    }

    private sealed record Logic(string Sign, Expression Left, Expression Right) : Expression(Sign == "&&" ? 2 : 1)
    {
        public override string Text => $"{In(Left, Precedence)} {Sign} {In(Right, Precedence + 1)}";

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) =>
            Left.Evaluate(record, ref isBig) is not { } left ? null
                : left.IsOne == (Sign == "||") ? left : Right.Evaluate(record, ref isBig);
    }

    private sealed record Choice(Expression Test, Expression IfTrue, Expression IfFalse) : Expression(0)
    {
        public override string Text => $"{In(Test, 1)} ? {In(IfTrue, 1)} : {In(IfFalse, 1)}";

        public override BigInteger? Evaluate(byte[] record, ref bool isBig) =>
            Test.Evaluate(record, ref isBig) is not { } test ? null
                : test.IsOne ? IfTrue.Evaluate(record, ref isBig) : IfFalse.Evaluate(record, ref isBig);
    }
}
