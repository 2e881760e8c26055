using System.Numerics;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Expressions with the smaller ranges that follow from rules which are already proved.</summary>
/// <remarks>
/// A record's length of which <c>where it >= 12</c> holds, less 6, is at least 6: no negative length is left to test
/// for, and what lies within it has room for 6 bytes.
/// </remarks>
internal static class Narrowed
{
    /// <summary>The same expression; fields whose <c>where</c> holds count with the range that it leaves.</summary>
    public static BoundExpression Of(BoundExpression expression, Func<FieldModel, bool> isProved)
    {
        switch (expression)
        {
            case BoundField { Target: null, Kind: ValueKind.Integer, Field.Where: BoundExpression where } field
                when isProved(field.Field):
                (BigInteger min, BigInteger max) = Within(where, field.Min, field.Max);
                return field with { Min = min, Max = max };
            case BoundBinary { Kind: ValueKind.Integer } binary:
                BoundExpression left = Of(binary.Left, isProved);
                BoundExpression right = Of(binary.Right, isProved);
                (BigInteger low, BigInteger high) = Intervals.Of(binary.Operator, left, right);
                return binary with
                {
                    Left = left,
                    Right = right,
                    Min = BigInteger.Max(low, binary.Min),
                    Max = BigInteger.Min(high, binary.Max),
                };
            default:
                return expression;
        }
    }

    /// <summary>What is left of a range by the comparisons with constants that all have to hold.</summary>
    private static (BigInteger Min, BigInteger Max) Within(BoundExpression where, BigInteger min, BigInteger max)
    {
        if (where is BoundBinary { Operator: "&&" } both)
        {
            (min, max) = Within(both.Left, min, max);
            return Within(both.Right, min, max);
        }

        (string op, BigInteger value) = where switch
        {
            BoundBinary { Left: BoundIt, Right: BoundConstant right } own => (own.Operator, right.Value),
            BoundBinary { Left: BoundConstant left, Right: BoundIt } own => (Turned(own.Operator), left.Value),
            _ => ("", default),
        };
        (BigInteger low, BigInteger high) = op switch
        {
            ">=" => (value, max),
            ">" => (value + 1, max),
            "<=" => (min, value),
            "<" => (min, value - 1),
            "==" => (value, value),
            _ => (min, max),
        };
        low = BigInteger.Max(low, min);
        high = BigInteger.Min(high, max);

        // Rules that nothing satisfies leave no range; what follows them is never reached.
        return low <= high ? (low, high) : (min, max);
    }

    private static string Turned(string op) => op switch
    {
        ">=" => "<=",
        ">" => "<",
        "<=" => ">=",
        "<" => ">",
        _ => op,
    };
}
