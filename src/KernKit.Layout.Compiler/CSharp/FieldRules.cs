using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The rules that a schema states for one integer, as conditions and as words.</summary>
internal static class FieldRules
{
    /// <summary>The rules of one integer: when each is broken, and its words.</summary>
    public static IEnumerable<(string Broken, string Rule)> Of(
        FieldModel field, CsTypes types, ExpressionEmitter expressions, string value)
    {
        if (field.Equal is BoundConstant constant)
        {
            (ValueKind kind, var min, var max) = ExpressionBinder.RangeOf(field.Type, FieldShape.Scalar);
            var it = new BoundIt(field, kind, min, max);
            var equal = new BoundBinary("!=", it, constant, ValueKind.Boolean, 0, 1);
            string broken = ExpressionEmitter.Bare(expressions.Condition(equal));
            yield return (broken, "must be " + Literals.Plain(constant.Value));
        }

        if (field.Where is BoundExpression where)
        {
            yield return (ExpressionEmitter.Bare(expressions.Negated(where)), "must satisfy " + field.WhereText);
        }

        if (field.Type is EnumType { IsClosed: true } closed)
        {
            yield return ($"!{types.IsKnown(closed, value)}", $"must be a known value of {closed.Name}");
        }
    }

    public static string ActualOf(FieldModel field, string value) => field.Type switch
    {
        EnumType { Bits: > 63, IsSigned: false } => $"(ulong){value}",
        EnumType => $"(long){value}",
        BitsType { Scalar.Bytes: 16 } => $"LayoutBytes.Clamp128({value}.Value)",
        BitsType => value + ".Value",
        ScalarType { Bytes: 16, IsSigned: false } => $"LayoutBytes.Clamp128({value})",
        _ => value,
    };
}
