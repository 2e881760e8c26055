namespace KernKit.Bpf.Verify;

/// <summary>How far a value has moved since control last came to the head of a loop: the ranking of its
/// rounds.</summary>
/// <param name="Head">The number of the loop's head.</param>
/// <param name="Loop">The loop's generation: a number given to one joined state at the head, greater than those
/// before.</param>
/// <param name="Place">The register or slot whose value at the head this one descends from.</param>
/// <param name="Low">The least difference to it.</param>
/// <param name="High">The greatest.</param>
/// <param name="Outer">The same for loops around this one.</param>
/// <remarks>
/// Differences are exact modulo 2^64. If a place comes back to the head moved by at least 1 (or at most -1) on every
/// way, and the place's range at the head leaves no room to wrap, the loop ends after range / step rounds at the
/// latest.
/// </remarks>
internal sealed record Ghost(int Head, int Loop, int Place, long Low, long High, Ghost? Outer)
{
    private const long FarAway = 1L << 40;

    /// <summary>The same after adding a number of a range; null when nothing is left to say.</summary>
    public static Ghost? Shift(Ghost? ghost, long low, long high)
    {
        if (ghost is null || (low == 0 && high == 0))
        {
            return ghost;
        }

        var outer = Shift(ghost.Outer, low, high);
        if (low < -FarAway || high > FarAway)
        {
            return outer;
        }

        var (l, h) = (ghost.Low + low, ghost.High + high);
        return l < -FarAway || h > FarAway ? outer : ghost with { Low = l, High = h, Outer = outer };
    }

    /// <summary>Without one loop's part.</summary>
    public static Ghost? Strip(Ghost? ghost, int head) => ghost switch
    {
        null => null,
        _ when ghost.Head == head => ghost.Outer,
        _ => Strip(ghost.Outer, head) is var outer && ReferenceEquals(outer, ghost.Outer) ? ghost
            : ghost with { Outer = outer },
    };

    public static Ghost? Find(Ghost? ghost, int head)
    {
        while (ghost is not null && ghost.Head != head)
        {
            ghost = ghost.Outer;
        }

        return ghost;
    }

    /// <summary>What is true of both; parts that differ in place, or that one lacks, go.</summary>
    public static Ghost? Join(Ghost? a, Ghost? b, bool widen)
    {
        if (a is null || b is null || ReferenceEquals(a, b))
        {
            return a is null || b is null ? null : a;
        }

        var outer = Join(a.Outer, b.Outer, widen);
        if (a.Head == b.Head && a.Loop != b.Loop)
        {
            // Of a loop whose head was joined again only what comes from the last join counts: it stands for all.
            return (a.Loop > b.Loop ? a : b) with { Outer = outer };
        }

        if (a.Loop != b.Loop || a.Place != b.Place)
        {
            return outer;
        }

        if (widen && (b.Low < a.Low || b.High > a.High))
        {
            // A lower end that still falls but stays on its side of zero is what a ranking needs; give up the other
            // end.
            var low = b.Low >= a.Low ? a.Low : b.Low >= 1 ? 1 : long.MinValue;
            var high = b.High <= a.High ? a.High : b.High <= -1 ? -1 : long.MaxValue;
            return low < -FarAway && high > FarAway
                ? outer
                : a with { Low = Math.Max(low, -FarAway), High = Math.Min(high, FarAway), Outer = outer };
        }

        return a with { Low = Math.Min(a.Low, b.Low), High = Math.Max(a.High, b.High), Outer = outer };
    }

    /// <summary>Whether evidence given for the one holds for the other: all that is claimed of the one is so of the
    /// other.</summary>
    public static bool Covers(Ghost? known, Ghost? other)
    {
        for (; known is not null && !ReferenceEquals(known, other); known = known.Outer)
        {
            if (Find(other, known.Head) is not { } same || known.Loop != same.Loop || known.Place != same.Place
                || same.Low < known.Low || same.High > known.High)
            {
                return false;
            }
        }

        return true;
    }
}
