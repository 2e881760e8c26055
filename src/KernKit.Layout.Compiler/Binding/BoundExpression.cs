using System.Numerics;

namespace KernKit.Layout.Compiler.Binding;

internal enum ValueKind
{
    Integer,

    /// <summary>An IEEE float: read and written, never computed with.</summary>
    Float,
    Boolean,
    Bytes,
    Structure,
    Array,

    /// <summary>An error that is already reported; everything made of it stays silent.</summary>
    Error,
}

/// <summary>An expression whose names are resolved, with the range that its value can take.</summary>
/// <remarks>
/// Integers are mathematical. The range is what makes them cheap: the emitter picks, for each operator, the smallest
/// C# type that holds both operands and the result, so nothing can wrap and nothing needs <c>checked</c>.
/// </remarks>
internal abstract record BoundExpression(ValueKind Kind, BigInteger Min, BigInteger Max)
{
    public bool IsError => Kind == ValueKind.Error;
}

internal sealed record BoundError() : BoundExpression(ValueKind.Error, 0, 0)
{
    public static readonly BoundError Instance = new();
}

internal sealed record BoundConstant(BigInteger Value) : BoundExpression(ValueKind.Integer, Value, Value);

internal sealed record BoundBoolean(bool Value) : BoundExpression(ValueKind.Boolean, 0, 1);

internal sealed record BoundBytes(byte[] Value) : BoundExpression(ValueKind.Bytes, 0, 0);

/// <summary>A field of the structure itself (no target) or of a nested one.</summary>
internal sealed record BoundField(
    BoundExpression? Target, FieldModel Field, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

/// <summary>One field of a bits value.</summary>
internal sealed record BoundBitField(BoundExpression Target, BitField Field, BigInteger Min, BigInteger Max)
    : BoundExpression(ValueKind.Integer, Min, Max);

/// <summary>An element with a constant index of an array.</summary>
internal sealed record BoundElement(BoundExpression Target, int Index, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

internal sealed record BoundParameter(ParameterModel Parameter, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

/// <summary><c>it</c>: the value that a <c>where</c> speaks of.</summary>
internal sealed record BoundIt(FieldModel Field, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

/// <summary>A computed value of a nested structure; the structure's own ones are bound as what they compute.</summary>
internal sealed record BoundComputed(
    BoundExpression Target, ComputedModel Computed, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

/// <summary>A call of a function that is written in C#; it must depend on its arguments alone.</summary>
internal sealed record BoundCall(
    FunctionModel Function, IReadOnlyList<BoundExpression> Arguments, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

/// <summary><c>O == le</c>.</summary>
internal sealed record BoundOrderTest(bool IsLittleEndian) : BoundExpression(ValueKind.Boolean, 0, 1);

internal sealed record BoundUnary(
    string Operator, BoundExpression Operand, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

internal sealed record BoundBinary(
    string Operator, BoundExpression Left, BoundExpression Right, ValueKind Kind, BigInteger Min, BigInteger Max)
    : BoundExpression(Kind, Min, Max);

internal sealed record BoundConditional(
    BoundExpression Condition, BoundExpression IfTrue, BoundExpression IfFalse, BigInteger Min, BigInteger Max)
    : BoundExpression(ValueKind.Integer, Min, Max);
