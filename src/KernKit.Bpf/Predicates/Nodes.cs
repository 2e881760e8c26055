using System.Numerics;

namespace KernKit.Bpf.Predicates;

// Values are whole numbers without end; what 64 bits do to them is the emitter's business.

/// <summary>A number.</summary>
/// <param name="Range">What it may be.</param>
/// <param name="MayLack">Whether there may be none: a division by zero, a shift by more than 63.</param>
internal abstract record ValueNode(ValueRange Range, bool MayLack);

internal sealed record ConstantNode(BigInteger Value) : ValueNode(new(Value, Value), false);

/// <param name="Field">A number.</param>
/// <param name="Offset">Where in the record it is, indices counted in.</param>
internal sealed record FieldNode(PredicateField Field, int Offset) : ValueNode(new(Field.Low, Field.High), false);

internal sealed record BinaryNode(string Sign, ValueNode Left, ValueNode Right)
    : ValueNode(ValueRange.Of(Sign, Left.Range, Right.Range), Left.MayLack || Right.MayLack || Lacks(Sign, Right.Range))
{
    private static bool Lacks(string sign, ValueRange right) => sign switch
    {
        "/" or "%" => right.Contains(0),
        "<<" or ">>" => right.Low < 0 || right.High > 63,
        _ => false,
    };
}

internal sealed record ChoiceNode(ConditionNode Condition, ValueNode IfTrue, ValueNode IfFalse) : ValueNode(
    IfTrue.Range.Or(IfFalse.Range), Condition.MayLack || IfTrue.MayLack || IfFalse.MayLack);

/// <summary>A condition.</summary>
/// <param name="MayLack">Whether it may have no value.</param>
internal abstract record ConditionNode(bool MayLack);

internal sealed record FixedNode(bool Value) : ConditionNode(false);

/// <param name="Sign">One of C's six.</param>
/// <param name="Left">Not a constant.</param>
/// <param name="Right">Perhaps one.</param>
internal sealed record CompareNode(string Sign, ValueNode Left, ValueNode Right)
    : ConditionNode(Left.MayLack || Right.MayLack);

internal sealed record BothNode(ConditionNode Left, ConditionNode Right)
    : ConditionNode(Left.MayLack || Right.MayLack);

internal sealed record EitherNode(ConditionNode Left, ConditionNode Right)
    : ConditionNode(Left.MayLack || Right.MayLack);

internal sealed record NotNode(ConditionNode Operand) : ConditionNode(Operand.MayLack);

internal sealed record ChoiceOfNode(ConditionNode Condition, ConditionNode IfTrue, ConditionNode IfFalse)
    : ConditionNode(Condition.MayLack || IfTrue.MayLack || IfFalse.MayLack);

/// <summary>Text, or bytes, that are the same as given ones.</summary>
internal sealed record SameTextNode(PredicateField Field, int Offset, byte[] Text) : ConditionNode(false);

internal sealed record GlobNode(PredicateField Field, int Offset, Glob Glob) : ConditionNode(false);
