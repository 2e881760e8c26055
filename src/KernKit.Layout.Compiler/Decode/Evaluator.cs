using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Computes bound expressions over bytes, with the meaning that generated code has.</summary>
/// <remarks>
/// What has no value (a division by zero, an absent field, bytes outside) is null; a condition without a value is
/// false, as a whole. Expressions nest as deep as the parser lets them, so the recursion is bounded.
/// </remarks>
internal sealed class Evaluator(Frame frame)
{
    /// <summary>What <c>it</c> means.</summary>
    public BigInteger? It { get; init; }

    /// <summary>What <c>it</c> means where it is a structure.</summary>
    public Frame? ItFrame { get; init; }

    /// <summary>True if the condition has a value and that is true.</summary>
    public bool Condition(BoundExpression bound) => Boolean(bound) ?? false;

    public BigInteger? Number(BoundExpression bound)
    {
        switch (bound)
        {
            case BoundConstant constant:
                return constant.Value;
            case BoundIt:
                return It;
            case BoundParameter parameter:
                return frame.Arguments.TryGetValue(parameter.Parameter, out BigInteger value) ? value : null;
            case BoundField field:
                return ReadField(field);
            case BoundElement element:
                return ReadElement(element);
            case BoundComputed computed:
                return Owner(computed.Target) is Frame owner
                    ? new Evaluator(owner).Number(computed.Computed.Expression)
                    : null;
            case BoundBitField bits:
                return Number(bits.Target) is BigInteger container ? Part(container, bits.Field) : null;
            case BoundUnary unary:
                return Number(unary.Operand) is BigInteger operand
                    ? unary.Operator == "-" ? -operand : -operand - 1
                    : null;
            case BoundConditional conditional:
                return Boolean(conditional.Condition) switch
                {
                    true => Number(conditional.IfTrue),
                    false => Number(conditional.IfFalse),
                    null => null,
                };
            case BoundBinary { Kind: ValueKind.Integer } binary:
                return Arithmetic(binary);
            default:
                return Boolean(bound) is bool truth ? (truth ? 1 : 0) : null;
        }
    }

    /// <summary>One field of a bits value, shifted as the schema says.</summary>
    public static BigInteger Part(BigInteger container, BitField field)
    {
        BigInteger count = BigInteger.One << field.Width;
        BigInteger value = ((container >> field.Low) & (count - 1)) << field.Scale;
        return field.IsSigned && value >= count >> 1 ? value - count : value;
    }

    private bool? Boolean(BoundExpression bound)
    {
        switch (bound)
        {
            case BoundBoolean value:
                return value.Value;
            case BoundOrderTest test:
                return test.IsLittleEndian == frame.IsLittleEndian;
            case BoundParameter parameter:
                return frame.Arguments.TryGetValue(parameter.Parameter, out BigInteger given) ? !given.IsZero : null;
            case BoundComputed computed:
                return Owner(computed.Target) is Frame owner
                    ? new Evaluator(owner).Boolean(computed.Computed.Expression)
                    : null;
            case BoundUnary { Operator: "!" } unary:
                return !Boolean(unary.Operand);
            case BoundBinary { Operator: "&&" } both:
                bool? holds = Boolean(both.Left);
                return holds == true ? Boolean(both.Right) : holds;
            case BoundBinary { Operator: "||" } either:
                return Boolean(either.Left) switch { true => true, false => Boolean(either.Right), null => null };
            case BoundBinary comparison:
                return Compare(comparison);
            default:
                return null;
        }
    }

    private bool? Compare(BoundBinary comparison)
    {
        if (comparison.Left.Kind == ValueKind.Bytes)
        {
            byte[]? left = BytesOf(comparison.Left);
            byte[]? right = BytesOf(comparison.Right);
            return left is null || right is null ? null
                : left.AsSpan().SequenceEqual(right) == (comparison.Operator == "==");
        }

        if (comparison.Left.Kind == ValueKind.Boolean)
        {
            bool? a = Boolean(comparison.Left);
            bool? b = Boolean(comparison.Right);
            return a is null || b is null ? null : (a == b) == (comparison.Operator == "==");
        }

        if (Number(comparison.Left) is not BigInteger x || Number(comparison.Right) is not BigInteger y)
        {
            return null;
        }

        return comparison.Operator switch
        {
            "==" => x == y,
            "!=" => x != y,
            "<" => x < y,
            ">" => x > y,
            "<=" => x <= y,
            _ => x >= y,
        };
    }

    private BigInteger? Arithmetic(BoundBinary binary)
    {
        if (Number(binary.Left) is not BigInteger left || Number(binary.Right) is not BigInteger right)
        {
            return null;
        }

        bool isShift = binary.Operator is "<<" or ">>";
        return isShift && right > Intervals.ShiftMax ? null : Intervals.Evaluate(binary.Operator, left, right);
    }

    private BigInteger? ReadField(BoundField bound)
    {
        Frame? owner = Owner(bound.Target);
        return owner?.Find(bound.Field) is long at ? owner.Read(bound.Field.Type, at) : null;
    }

    private BigInteger? ReadElement(BoundElement element)
    {
        if (element.Target is not BoundField array || Owner(array.Target) is not Frame owner)
        {
            return null;
        }

        return owner.Find(array.Field) is long at
            ? owner.Read(array.Field.Type, at + ((long)element.Index * FieldCode.UnitOf(array.Field)))
            : null;
    }

    /// <summary>The structure whose field is named: this one, or one inside of it.</summary>
    private Frame? Owner(BoundExpression? target)
    {
        (BoundField? field, int index) = target switch
        {
            BoundElement { Target: BoundField array } element => (array, element.Index),
            _ => (target as BoundField, 0),
        };
        if (target is null or BoundIt)
        {
            return target is null ? frame : ItFrame;
        }

        if (field is null || Owner(field.Target) is not Frame outer || outer.Find(field.Field) is not long at)
        {
            return null;
        }

        return outer.Opened(field.Field, at + ((long)index * FieldCode.UnitOf(field.Field)));
    }

    private byte[]? BytesOf(BoundExpression bound)
    {
        if (bound is BoundBytes literal)
        {
            return literal.Value;
        }

        if (bound is not BoundField field || Owner(field.Target) is not Frame owner
            || owner.Find(field.Field) is not long at || owner.CountOf(field.Field) is not BigInteger count
            || count < 0 || count > StructType.SizeMax)
        {
            return null;
        }

        byte[] bytes = new byte[(int)BigInteger.Min(count, Math.Max(0, owner.Source.Length - at))];
        return bytes.Length == count && owner.Source.TryRead(at, bytes) ? bytes : null;
    }
}
