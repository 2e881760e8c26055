namespace KernKit.Bpf.Verify;

/// <summary>How a value hangs on a number: it, or a pointer's distance from its base, is Scale times x plus Delta,
/// modulo 2^64, where x is what the id <paramref name="Of"/> stands for.</summary>
/// <param name="Of">The id of a number: see <see cref="AbstractValue.Id"/>.</param>
/// <param name="Scale">Bytes a step; not 0.</param>
/// <param name="Delta">Bytes.</param>
/// <remarks>
/// Compilers move a pointer beside the counter that ends the loop: <c>p += 4; i += 1; if i &lt; n goto</c>. Joined, the
/// two would be two ranges, and the comparison would say nothing about the pointer. A tie is found where two states
/// are joined and both lie on one line; it is kept while every state that joins lies on it too. They also multiply a
/// copy of a number before they compare the number: the product is tied to it.
/// </remarks>
internal sealed record Tie(int Of, long Scale, long Delta)
{
    private const long FarAway = 1L << 40;
    private const long ScaleMax = 1L << 20;

    /// <summary>The same for a value that a constant was added to.</summary>
    public static Tie[] Moved(Tie[] ties, long by) =>
        ties.Length == 0 || by == 0 ? ties
            : [.. ties.Where(tie => IsNear(tie.Delta + (Int128)by)).Select(tie => tie with { Delta = tie.Delta + by })];

    /// <summary>The tie of a number's product; none where it may wrap or the number has no id.</summary>
    public static Tie[] OfProduct(AbstractValue number, ulong scale) =>
        number.Id != 0 && scale is > 1 and <= ScaleMax && number.Number.UMax < 1UL << 40 && IsNear(number.Delta)
            ? [new Tie(number.Id, (long)scale, (long)scale * number.Delta)] : [];

    /// <summary>Where the pointer can be if a number with the id is in a range.</summary>
    /// <param name="number">The number's range.</param>
    /// <param name="delta">Its distance from what the id stands for.</param>
    /// <returns>All distances from the base; everything if that would wrap.</returns>
    public Scalar Image(in Scalar number, long delta)
    {
        var low = ((Int128)Scale * ((Int128)number.SMin - delta)) + Delta;
        var high = ((Int128)Scale * ((Int128)number.SMax - delta)) + Delta;
        var (least, most) = Scale > 0 ? (low, high) : (high, low);
        return least > -((Int128)1 << 62) && most < (Int128)1 << 62
            ? Scalar.SignedRange((long)least, (long)most) : Scalar.Unknown;
    }

    /// <summary>The ties that hold in two states between a pointer and a number that is to get an id.</summary>
    /// <returns>Scale and distance at the number 0; null for none.</returns>
    public static (long Scale, long At0)? Common(
        (AbstractValue Pointer, AbstractValue Number) a, (AbstractValue Pointer, AbstractValue Number) b)
    {
        var (first, second) = (Line(a), Line(b));
        if (first is { } line)
        {
            return second == line || (second is null && IsOn(b, line)) ? line : null;
        }

        if (second is { } other)
        {
            return IsOn(a, other) ? other : null;
        }

        if (Point(a) is not { } p || Point(b) is not { } q || p.At == q.At)
        {
            return null;
        }

        var (rise, run) = (q.Place - p.Place, q.At - p.At);
        var scale = rise / run;
        return rise % run == 0 && scale is not 0 and >= -ScaleMax and <= ScaleMax
            && p.Place - ((Int128)scale * p.At) is var at0 && IsNear(at0) ? (scale, (long)at0) : null;
    }

    private static bool IsNear(Int128 distance) => distance > -FarAway && distance < FarAway;

    private static (long Scale, long At0)? Line((AbstractValue Pointer, AbstractValue Number) pair)
    {
        if (pair.Number.Id == 0 || !IsNear(pair.Number.Delta))
        {
            return null;
        }

        var tie = Array.Find(pair.Pointer.Ties, tie => tie.Of == pair.Number.Id);
        return tie is not null && tie.Delta - ((Int128)tie.Scale * pair.Number.Delta) is var at0 && IsNear(at0)
            ? (tie.Scale, (long)at0) : null;
    }

    private static bool IsOn((AbstractValue Pointer, AbstractValue Number) pair, (long Scale, long At0) line) =>
        Point(pair) is { } point && point.Place == ((Int128)line.Scale * point.At) + line.At0;

    private static (long Place, long At)? Point((AbstractValue Pointer, AbstractValue Number) pair) =>
        pair.Pointer.HasConstantOffset && pair.Number.Number.IsConstant && IsNear(pair.Pointer.Lowest)
        && IsNear(pair.Number.Number.SMin) ? (pair.Pointer.Lowest, pair.Number.Number.SMin) : null;
}
