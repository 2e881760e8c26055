using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>Writes the instructions of a condition.</summary>
/// <remarks>
/// <code>
///   r0 r3 r4   values of the expression, by depth; deeper ones wait on the stack
///   r5         a right operand that is no small number
///   r6 r7      scratch within one operation; r0 and r3 to r7 are a text comparison's
///   r8         the record        r1 r2 r9   the caller's
/// </code>
/// <para>A value is a whole number that 64 bits hold, signed or unsigned: which of the two, its range tells. An
/// operation whose range fits into one of them needs no check, as arithmetic modulo 2^64 is then exact. Where it may
/// not fit, its operands become signed unless all are natural numbers, and what leaves 64 bits goes to "lack": the
/// condition has no value, as for a division by zero.</para>
/// </remarks>
internal sealed partial class Emitter(CodeBuffer code, int lack)
{
    public const int Record = 8;

    private const int Second = 5;
    private const int Scratch = 6;
    private const int Scratch2 = 7;
    private const int FramePointer = 10;

    /// <summary>Waiting values; the stack's 512 bytes hold as many.</summary>
    private const int SlotsMax = 64;

    private static readonly int[] Pool = [0, 3, 4];

    private int _slots;

    /// <summary>Jumps to a label where a condition is as asked, and goes on otherwise.</summary>
    public void Condition(ConditionNode node, bool sense, int target)
    {
        switch (node)
        {
            case FixedNode known:
                if (known.Value == sense)
                {
                    code.Jump(target);
                }

                break;
            case NotNode not:
                Condition(not.Operand, !sense, target);
                break;
            case BothNode both:
                Chain(both.Left, both.Right, isAnd: true, sense, target);
                break;
            case EitherNode either:
                Chain(either.Left, either.Right, isAnd: false, sense, target);
                break;
            case ChoiceOfNode choice:
                var (other, end) = (code.NewLabel(), code.NewLabel());
                Condition(choice.Condition, false, other);
                Condition(choice.IfTrue, sense, target);
                code.Jump(end);
                code.Mark(other);
                Condition(choice.IfFalse, sense, target);
                code.Mark(end);
                break;
            case CompareNode compare:
                Compare(compare, sense ? compare.Sign : Negate(compare.Sign), target);
                break;
            default:
                Text(node, sense, target);
                break;
        }
    }

    private void Chain(ConditionNode left, ConditionNode right, bool isAnd, bool sense, int target)
    {
        if (sense != isAnd)
        {
            Condition(left, sense, target);
            Condition(right, sense, target);
            return;
        }

        var skip = code.NewLabel();
        Condition(left, !sense, skip);
        Condition(right, sense, target);
        code.Mark(skip);
    }

    private static string Negate(string sign) => sign switch
    {
        "==" => "!=",
        "!=" => "==",
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        _ => "<",
    };

    private void Compare(CompareNode node, string sign, int target)
    {
        if (node.Right is ConstantNode { Value: var number })
        {
            CompareNumber(node.Left, sign, number, target);
            return;
        }

        var left = Value(node.Left, 0);
        var right = Other(node.Right, 0);
        var isEquality = sign is "==" or "!=";
        if (left.IsNatural && right.Range.IsNatural)
        {
            code.JumpIf(sign, Pool[0], right.Register, target);
        }
        else if (left.FitsSigned && right.Range.FitsSigned)
        {
            code.JumpIf(isEquality ? sign : "s" + sign, Pool[0], right.Register, target);
        }
        else
        {
            // One may be negative, the other may be 2^63 and more: a negative one is the smaller.
            var skip = code.NewLabel();
            var isTrue = left.IsNatural ? sign is ">" or ">=" or "!=" : sign is "<" or "<=" or "!=";
            code.JumpIfNumber("s<", left.IsNatural ? right.Register : Pool[0], 0, isTrue ? target : skip);
            code.JumpIf(sign, Pool[0], right.Register, target);
            code.Mark(skip);
        }
    }

    private void CompareNumber(ValueNode left, string sign, BigInteger number, int target)
    {
        if (left is BinaryNode { Sign: "&", Right: ConstantNode { Value: var mask } } test && number.IsZero
            && mask >= 0 && mask <= int.MaxValue && sign is "==" or "!=")
        {
            Value(test.Left, 0);
            var skip = code.NewLabel();
            code.JumpIfNumber("&", Pool[0], (int)mask, sign == "!=" ? target : skip);
            if (sign == "==")
            {
                code.Jump(target);
            }

            code.Mark(skip);
            return;
        }

        var range = Value(left, 0);
        if (Comparison.Decide(sign, range, number) is { } known)
        {
            if (known)
            {
                code.Jump(target);
            }

            return;
        }

        var condition = sign is "==" or "!=" || range.IsNatural ? sign : "s" + sign;
        if (number >= int.MinValue && number <= int.MaxValue)
        {
            code.JumpIfNumber(condition, Pool[0], (int)number, target);
            return;
        }

        code.Constant(Second, Wrapped(number));
        code.JumpIf(condition, Pool[0], Second, target);
    }

    /// <summary>Computes a value into the register of a depth.</summary>
    /// <returns>What it may be: a part of what 64 bits hold.</returns>
    private ValueRange Value(ValueNode node, int depth)
    {
        switch (node)
        {
            case ConstantNode constant:
                code.Constant(Pool[depth], Wrapped(constant.Value));
                return constant.Range;
            case FieldNode field:
                Load(field, Pool[depth]);
                return field.Range;
            case ChoiceNode choice:
                return Choice(choice, depth);
            default:
                var binary = (BinaryNode)node;
                var left = Value(binary.Left, depth);
                var right = Other(binary.Right, depth);
                return binary.Sign switch
                {
                    "/" or "%" => Divide(binary.Sign, Pool[depth], left, right),
                    "<<" or ">>" => Shift(binary.Sign, Pool[depth], left, right),
                    _ => Calculate(binary.Sign, Pool[depth], left, right),
                };
        }
    }

    // The right side of what is in a depth's register.
    private Operand Other(ValueNode node, int depth)
    {
        if (node is ConstantNode { Value: var number })
        {
            if (number >= int.MinValue && number <= int.MaxValue)
            {
                return new(node.Range, -1, (int)number);
            }

            code.Constant(Second, Wrapped(number));
            return new(node.Range, Second, 0);
        }

        if (depth + 1 < Pool.Length)
        {
            return new(Value(node, depth + 1), Pool[depth + 1], 0);
        }

        var slot = TakeSlot();
        code.Store(FramePointer, slot, Pool[depth], sizeof(long));
        var range = Value(node, depth);
        code.Move(Second, Pool[depth]);
        code.Load(Pool[depth], FramePointer, slot, sizeof(long));
        _slots--;
        return new(range, Second, 0);
    }

    private int TakeSlot() => ++_slots <= SlotsMax ? -sizeof(long) * _slots
        : throw new PredicateException("the expression is nested too deeply; its parts do not fit onto the stack");

    private ValueRange Choice(ChoiceNode node, int depth)
    {
        // The condition is free to use all registers.
        for (var i = 0; i < depth; i++)
        {
            code.Store(FramePointer, TakeSlot(), Pool[i], sizeof(long));
        }

        var (other, end) = (code.NewLabel(), code.NewLabel());
        var isSigned = !node.Range.IsNatural;
        Condition(node.Condition, false, other);
        Restore(depth);
        var first = Value(node.IfTrue, depth);
        first = isSigned ? Signed(Pool[depth], first) : first;
        code.Jump(end);
        code.Mark(other);
        Restore(depth);
        var second = Value(node.IfFalse, depth);
        second = isSigned ? Signed(Pool[depth], second) : second;
        code.Mark(end);
        _slots -= depth;
        return first.Or(second);
    }

    private void Restore(int depth)
    {
        for (var i = 0; i < depth; i++)
        {
            code.Load(Pool[i], FramePointer, -sizeof(long) * (_slots - depth + i + 1), sizeof(long));
        }
    }

    private static long Wrapped(BigInteger value) => (long)(ulong)(value & ulong.MaxValue);
}
