using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>Comparisons, brought into a form that needs few bits.</summary>
/// <remarks>
/// <c>mtime + 7d > now</c> becomes <c>mtime > now - 7d</c>, and <c>seconds * 1000000000 >= t</c> becomes
/// <c>seconds >= ceiling(t / 1000000000)</c>: exact in whole numbers, cheaper, and free of the overflow that the
/// arithmetic as written might have.
/// </remarks>
internal static class Comparison
{
    public static ConditionNode Make(string sign, ValueNode left, ValueNode right)
    {
        if (left is ConstantNode)
        {
            (left, right, sign) = (right, left, Flip(sign));
        }

        if (right is not ConstantNode { Value: var value })
        {
            return new CompareNode(sign, left, right);
        }

        while (TrySimplify(ref sign, ref left, ref value, out var decided))
        {
            if (decided is { } result)
            {
                return new FixedNode(result);
            }
        }

        return !left.MayLack && Decide(sign, left.Range, value) is { } answer ? new FixedNode(answer)
            : new CompareNode(sign, left, new ConstantNode(value));
    }

    /// <summary>What a comparison with a constant is, if the range tells; null otherwise.</summary>
    public static bool? Decide(string sign, ValueRange range, BigInteger value) => sign switch
    {
        "==" when !range.Contains(value) => false,
        "==" when range.Low == range.High => true,
        "<" when range.High < value => true,
        "<" when range.Low >= value => false,
        "<=" => Decide("<", range, value + 1),
        "!=" => !Decide("==", range, value),
        ">=" => !Decide("<", range, value),
        ">" => !Decide("<", range, value + 1),
        _ => null,
    };

    /// <summary>The comparison with its sides changed.</summary>
    public static string Flip(string sign) => sign switch
    {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => sign,
    };

    private static bool TrySimplify(ref string sign, ref ValueNode left, ref BigInteger value, out bool? decided)
    {
        decided = null;
        switch (left)
        {
            case BinaryNode { Sign: "+", Left: ConstantNode { Value: var k } } node:
                (left, value) = (node.Right, value - k);
                return true;
            case BinaryNode { Sign: "+", Right: ConstantNode { Value: var k } } node:
                (left, value) = (node.Left, value - k);
                return true;
            case BinaryNode { Sign: "-", Right: ConstantNode { Value: var k } } node:
                (left, value) = (node.Left, value + k);
                return true;
            case BinaryNode { Sign: "-", Left: ConstantNode { Value: var k } } node:
                (left, value, sign) = (node.Right, k - value, Flip(sign));
                return true;
            case BinaryNode { Sign: "<<", Right: ConstantNode { Value: var k } } node:
                left = node.Left;
                return TryDivide(BigInteger.One << (int)k, ref sign, ref value, node, out decided);
            case BinaryNode { Sign: "*", Right: ConstantNode { Value: var k } } node when !k.IsZero:
                left = node.Left;
                return TryDivide(k, ref sign, ref value, node, out decided);
            case BinaryNode { Sign: "*", Left: ConstantNode { Value: var k } } node when !k.IsZero:
                left = node.Right;
                return TryDivide(k, ref sign, ref value, node, out decided);
            default:
                return false;
        }
    }

    // x * k OP value becomes x OP' value / k. An equality that no x fulfils is decided, unless there may be no x.
    private static bool TryDivide(
        BigInteger k, ref string sign, ref BigInteger value, BinaryNode node, out bool? decided)
    {
        decided = null;
        if (k < 0)
        {
            (k, value, sign) = (-k, -value, Flip(sign));
        }

        var floor = BigInteger.DivRem(value, k, out var rest);
        floor -= rest < 0 ? 1 : 0;
        if (!rest.IsZero && sign is ("==" or "!="))
        {
            if (!node.MayLack)
            {
                decided = sign == "!=";
                return true;
            }

            // Never equal: any value far outside will do.
            floor = node.Left.Range.Or(node.Right.Range).High + 1;
        }

        value = sign is "<" or ">=" && !rest.IsZero ? floor + 1 : floor;
        return true;
    }
}
