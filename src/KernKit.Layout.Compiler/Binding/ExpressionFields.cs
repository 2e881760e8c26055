namespace KernKit.Layout.Compiler.Binding;

/// <summary>Which fields an expression reads.</summary>
internal static class ExpressionFields
{
    public static IEnumerable<FieldModel> Of(BoundExpression? expression)
    {
        switch (expression)
        {
            case BoundField field:
                return field.Target is null ? [field.Field] : Of(field.Target);
            case BoundIt it:
                return [it.Field];
            case BoundBitField bits:
                return Of(bits.Target);
            case BoundElement element:
                return Of(element.Target);
            case BoundUnary unary:
                return Of(unary.Operand);
            case BoundBinary binary:
                return Of(binary.Left).Concat(Of(binary.Right));
            case BoundConditional conditional:
                return Of(conditional.Condition).Concat(Of(conditional.IfTrue)).Concat(Of(conditional.IfFalse));
            default:
                return [];
        }
    }
}
