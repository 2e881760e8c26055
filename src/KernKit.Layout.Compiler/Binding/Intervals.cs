using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>What an operator makes of ranges and of constants.</summary>
internal static class Intervals
{
    /// <summary>Shift counts that are defined: 0 up to this. Larger ones are a violation at run time.</summary>
    public const int ShiftMax = 63;

    public static bool IsInRange(BigInteger min, BigInteger max) =>
        max < NumberText.Limit && min > -NumberText.Limit;

    /// <summary>True if one C# type holds both operands and the result: Int128 or UInt128.</summary>
    public static bool HaveCarrier(BoundExpression left, BoundExpression right, BigInteger min, BigInteger max)
    {
        BigInteger least = BigInteger.Min(min, BigInteger.Min(left.Min, right.Min));
        BigInteger most = BigInteger.Max(max, BigInteger.Max(left.Max, right.Max));
        return IsInRange(least, most) || (least >= 0 && most.GetBitLength() <= 128);
    }

    /// <summary>The range of <c>left op right</c> for the operators that give an integer.</summary>
    public static (BigInteger Min, BigInteger Max) Of(string op, BoundExpression left, BoundExpression right) =>
        op switch
        {
            "+" => (left.Min + right.Min, left.Max + right.Max),
            "-" => (left.Min - right.Max, left.Max - right.Min),
            "*" => Hull(
                left.Min * right.Min, left.Min * right.Max, left.Max * right.Min, left.Max * right.Max),
            "/" => Quotient(left, right),
            "%" => Remainder(left, right),
            "<<" => Shifted(left, right),
            ">>" => Hull(left.Min, left.Max, left.Min < 0 ? -1 : 0, left.Max > 0 ? 0 : left.Max),
            "&" => And(left, right),
            _ => Bits(left, right),
        };

    /// <summary>The value of <c>left op right</c> for constants, or null where it has none.</summary>
    public static BigInteger? Evaluate(string op, BigInteger left, BigInteger right)
    {
        switch (op)
        {
            case "+":
                return left + right;
            case "-":
                return left - right;
            case "*":
                return left * right;
            case "/":
                return right.IsZero ? null : BigInteger.Divide(left, right);
            case "%":
                return right.IsZero ? null : BigInteger.Remainder(left, right);
            case "<<":
                return right.Sign < 0 || right > 127 ? null : left << (int)right;
            case ">>":
                return right.Sign < 0 || right > 127 ? null : left >> (int)right;
            case "&":
                return left & right;
            case "|":
                return left | right;
            default:
                return left ^ right;
        }
    }

    private static (BigInteger Min, BigInteger Max) Hull(params ReadOnlySpan<BigInteger> values)
    {
        BigInteger min = values[0];
        BigInteger max = values[0];
        foreach (BigInteger value in values)
        {
            min = BigInteger.Min(min, value);
            max = BigInteger.Max(max, value);
        }

        return (min, max);
    }

    private static (BigInteger Min, BigInteger Max) Quotient(BoundExpression left, BoundExpression right)
    {
        if (right.Min > 0)
        {
            return Hull(left.Min / right.Min, left.Max / right.Min, left.Min / right.Max, left.Max / right.Max);
        }

        BigInteger largest = BigInteger.Max(BigInteger.Abs(left.Min), BigInteger.Abs(left.Max));
        return left.Min >= 0 && right.Min >= 0 ? (0, largest) : (-largest, largest);
    }

    private static (BigInteger Min, BigInteger Max) Remainder(BoundExpression left, BoundExpression right)
    {
        BigInteger divisor = BigInteger.Max(BigInteger.Abs(right.Min), BigInteger.Abs(right.Max));
        BigInteger below = divisor.IsZero ? 0 : divisor - 1;
        return (
            left.Min >= 0 ? 0 : BigInteger.Max(-below, left.Min),
            left.Max <= 0 ? 0 : BigInteger.Min(below, left.Max));
    }

    private static (BigInteger Min, BigInteger Max) Shifted(BoundExpression left, BoundExpression right)
    {
        int low = (int)BigInteger.Min(BigInteger.Max(right.Min, 0), ShiftMax);
        int high = (int)BigInteger.Max(BigInteger.Min(right.Max, ShiftMax), 0);
        return Hull(left.Min << low, left.Min << high, left.Max << low, left.Max << high);
    }

    private static (BigInteger Min, BigInteger Max) And(BoundExpression left, BoundExpression right)
    {
        if (left.Min >= 0 && right.Min >= 0)
        {
            return (0, BigInteger.Min(left.Max, right.Max));
        }

        if (left.Min >= 0 || right.Min >= 0)
        {
            return (0, left.Min >= 0 ? left.Max : right.Max);
        }

        return Bits(left, right);
    }

    private static (BigInteger Min, BigInteger Max) Bits(BoundExpression left, BoundExpression right)
    {
        (BigInteger min, BigInteger max) = Hull(left.Min, left.Max, right.Min, right.Max);
        BigInteger magnitude = BigInteger.Max(max, -min - 1);
        BigInteger cover = BigInteger.One << (int)magnitude.GetBitLength();
        return (min < 0 ? -cover : 0, cover - 1);
    }
}
