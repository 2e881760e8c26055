using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>What a writer computes by itself, and what it has to be told.</summary>
/// <remarks>
/// A length is computed if its expression is one integer field of the structure, plus, minus or times constants:
/// <c>reclen - 6</c>, <c>count * 4</c>. Everything else is the caller's to set, and reading the record back tells
/// whether it agrees.
/// </remarks>
internal sealed class WriterPlan
{
    private readonly StructType _type;

    public WriterPlan(StructType type)
    {
        _type = type;
        foreach (OpenStep step in Flat(type.Steps))
        {
            if (step is ExtentStep extent && TargetOf(extent.Count) is FieldModel field)
            {
                FieldModel? data = type.Fields.Find(other => extent.CountSlot >= 0
                    && other.CountSlot == extent.CountSlot && other.Shape != FieldShape.Bitmap);
                bool isFree = !ByData.ContainsKey(field) && !ByWithin.ContainsValue(field);
                if (isFree && extent.IsWithin)
                {
                    ByWithin[extent] = field;
                }
                else if (isFree && data is not null && !data.IsConditional)
                {
                    ByData[field] = (data, extent);
                }
            }
        }
    }

    /// <summary>Counts that follow from the data of a field.</summary>
    public Dictionary<FieldModel, (FieldModel Data, ExtentStep Step)> ByData { get; } = [];

    /// <summary>Lengths that are patched back once a <c>within</c> is written.</summary>
    public Dictionary<ExtentStep, FieldModel> ByWithin { get; } = [];

    /// <summary>
    /// True if nobody sets the field; the length of a part that may be absent has to be set all the same.
    /// </summary>
    public bool IsComputed(FieldModel field) => ByData.ContainsKey(field)
        || ByWithin.Any(pair => pair.Value == field && _type.Steps.Contains(pair.Key));

    /// <summary>All steps, those inside of cases too.</summary>
    public static IEnumerable<OpenStep> Flat(IEnumerable<OpenStep> steps) => steps.SelectMany(static step =>
        step is CasesStep cases
            ? cases.Cases.SelectMany(static block => Flat(block.Steps)).Prepend(step)
            : [step]);

    /// <summary>
    /// False if opening needs elements of arrays or parts of run-time places, which a writer does not have.
    /// </summary>
    public static bool CanWrite(StructType type) => CanWrite(type, [type]);

    private static bool CanWrite(StructType type, HashSet<StructType> seen)
    {
        IEnumerable<BoundExpression?> used = Flat(type.Steps).SelectMany(static step => step switch
        {
            ExtentStep extent => [extent.Count],
            OptionalStep optional => [optional.Condition],
            NestedStep nested => nested.Field.Arguments,
            CaseStep cases => cases.Union.Conditions,
            _ => (IEnumerable<BoundExpression?>)[],
        });
        bool isPlain = type.Fields.TrueForAll(field =>
            field.Arguments.TrueForAll(IsPlain)
            && field.Places.TrueForAll(static place => place.Presence.All(static presence =>
                presence is not ConditionPresence condition || IsPlain(condition.Condition)))
            && (field.Type is not StructType nested || !seen.Add(nested) || CanWrite(nested, seen)));
        return isPlain && used.All(IsPlain) && type.Unions.TrueForAll(static union => union.Conditions.All(IsPlain));
    }

    /// <summary>True if two fields may hold the same bytes at the same time.</summary>
    public bool IsOverlaid(FieldModel field) => field.OutOfLineAt is null && _type.Fields.Exists(other =>
        other != field && other.OutOfLineAt is null
        && field.Places.Exists(mine => other.Places.Exists(theirs => Overlap(field, mine, other, theirs))));

    /// <summary>Bytes of a field of constant size; 0 for others.</summary>
    public static int SizeOf(FieldModel field) => field switch
    {
        { Shape: FieldShape.Bitmap, Count: int bits } => (bits + 7) / 8,
        { Shape: FieldShape.Scalar } => FieldCode.UnitOf(field),
        { Shape: FieldShape.Structure, Type: StructType { Size: int size } } when field.CountSlot < 0 => size,
        { Count: int count } => count * FieldCode.UnitOf(field),
        _ => 0,
    };

    /// <summary>The value that a field must have for an expression to come to a length, as C#.</summary>
    public static string Invert(BoundExpression expression, string length, string field) => expression switch
    {
        BoundBinary { Operator: "+", Right: BoundConstant right } sum =>
            Invert(sum.Left, $"({length} - {Number(right)})", field),
        BoundBinary { Operator: "+", Left: BoundConstant left } sum =>
            Invert(sum.Right, $"({length} - {Number(left)})", field),
        BoundBinary { Operator: "-", Right: BoundConstant right } difference =>
            Invert(difference.Left, $"({length} + {Number(right)})", field),
        BoundBinary { Operator: "*", Right: BoundConstant right } product =>
            Invert(product.Left, $"LayoutBuilder.Exact({length}, {Number(right)}, {field})", field),
        BoundBinary { Operator: "*", Left: BoundConstant left } product =>
            Invert(product.Right, $"LayoutBuilder.Exact({length}, {Number(left)}, {field})", field),
        BoundBinary { Operator: "<<", Right: BoundConstant right } shifted =>
            Invert(shifted.Left, $"LayoutBuilder.Exact({length}, 1L << {Number(right)}, {field})", field),
        _ => length,
    };

    private static string Number(BoundConstant constant) => Literals.Of(constant.Value, Carrier.Long);

    private FieldModel? TargetOf(BoundExpression expression) => expression switch
    {
        BoundField { Target: null, Field: { Type: ScalarType { IsFloat: false, Bytes: <= 8 } } field }
            when field is { Shape: FieldShape.Scalar, IsConditional: false, Places.Count: 1, Equal: null }
                && !IsOverlaid(field) => field,
        BoundBinary { Operator: "+" or "-" or "<<", Right: BoundConstant } binary => TargetOf(binary.Left),
        BoundBinary { Operator: "*", Right: BoundConstant { Value.IsZero: false } } binary => TargetOf(binary.Left),
        BoundBinary { Operator: "+", Left: BoundConstant } binary => TargetOf(binary.Right),
        BoundBinary { Operator: "*", Left: BoundConstant { Value.IsZero: false } } binary => TargetOf(binary.Right),
        _ => null,
    };

    private static bool IsPlain(BoundExpression? expression) => expression switch
    {
        null => true,
        BoundElement => false,
        BoundField { Kind: ValueKind.Bytes, Target: null } => true,
        BoundField field => IsPlain(field.Target) && field.Field.OutOfLineAt is null,
        BoundBitField bits => IsPlain(bits.Target),
        BoundComputed computed => IsPlain(computed.Target),
        BoundCall call => call.Arguments.All(IsPlain),
        BoundUnary unary => IsPlain(unary.Operand),
        BoundBinary binary => IsPlain(binary.Left) && IsPlain(binary.Right),
        BoundConditional conditional =>
            IsPlain(conditional.Condition) && IsPlain(conditional.IfTrue) && IsPlain(conditional.IfFalse),
        _ => true,
    };

    private static bool Overlap(FieldModel left, FieldPlace mine, FieldModel right, FieldPlace theirs)
    {
        bool isExclusive = mine.Presence.OfType<CasePresence>().Any(one => theirs.Presence.OfType<CasePresence>()
            .Any(other => other.Union == one.Union && other.Case != one.Case));
        long start = Math.Max(mine.At.Offset, theirs.At.Offset);
        long end = Math.Min(mine.At.Offset + SizeOf(left), theirs.At.Offset + SizeOf(right));
        return mine.At.Slot == theirs.At.Slot && !isExclusive && start < end;
    }
}
