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
            case BoundComputed computed:
                return Of(computed.Target);
            case BoundCall call:
                return call.Arguments.SelectMany(Of);
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

    /// <summary>Nodes of an expression, so that values computed from values stay small.</summary>
    public static int Weight(BoundExpression? expression) => expression switch
    {
        null => 0,
        BoundField field => 1 + Weight(field.Target),
        BoundBitField bits => 1 + Weight(bits.Target),
        BoundComputed computed => 1 + Weight(computed.Target),
        BoundElement element => 1 + Weight(element.Target),
        BoundCall call => 1 + call.Arguments.Sum(Weight),
        BoundUnary unary => 1 + Weight(unary.Operand),
        BoundBinary binary => 1 + Weight(binary.Left) + Weight(binary.Right),
        BoundConditional conditional =>
            1 + Weight(conditional.Condition) + Weight(conditional.IfTrue) + Weight(conditional.IfFalse),
        _ => 1,
    };
}
