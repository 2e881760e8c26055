namespace KernKit.Layout.Compiler.Binding;

/// <summary>The order in which the checks of a structure are computed: what another one covers comes first.</summary>
internal static class CheckOrder
{
    public static IReadOnlyList<CheckModel> Of(StructType type)
    {
        var left = new List<CheckModel>(type.Checks);
        var ordered = new List<CheckModel>();
        while (left.Count > 0)
        {
            // Two that cover each other have no order; the first declared goes first.
            CheckModel next = left.Find(check => !left.Exists(other => other != check && Covers(check, other.Field)))
                ?? left[0];
            left.Remove(next);
            ordered.Add(next);
        }

        return ordered;
    }

    /// <summary>True if a check is known to read a field.</summary>
    private static bool Covers(CheckModel check, FieldModel field) => check.Terms.Any(term =>
        term.Ranges.Any(range => !range.Zeroed.Contains(field)
            && IsBefore(range.From, field.First.At, isStart: true)
            && IsBefore(range.To, field.First.At, isStart: false)));

    private static bool IsBefore(CheckPoint? point, Position at, bool isStart)
    {
        if (point is null)
        {
            return true;
        }

        int? place = point switch
        {
            { Field.First.At: { IsConstant: true } start, IsEnd: false } => start.Offset,
            { Field: { First.At: { IsConstant: true } start } field } => start.Offset + (BytesOf(field) ?? 0),
            { Offset: BoundConstant constant } => (int)System.Numerics.BigInteger.Min(constant.Value, int.MaxValue),
            _ => null,
        };
        return place is null || !at.IsConstant || (isStart ? place <= at.Offset : place > at.Offset);
    }

    private static int? BytesOf(FieldModel field) => Binder.SizeOf(field.Type) * (field.Count ?? 1);
}
