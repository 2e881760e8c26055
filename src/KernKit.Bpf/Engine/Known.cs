namespace KernKit.Bpf.Engine;

/// <summary>What a register certainly holds.</summary>
internal enum Origin
{
    /// <summary>Nothing that matters.</summary>
    None,

    /// <summary>r1's first value and At to At + Reach bytes.</summary>
    Context,

    /// <summary>r10 and At to At + Reach bytes.</summary>
    Frame,

    /// <summary>r2's first value, the context's length.</summary>
    Length,

    /// <summary>The sum of both first values.</summary>
    End,

    /// <summary>A number of 0 to Reach.</summary>
    Number,
}

/// <summary>What <see cref="CheckPlan"/> knows of a register.</summary>
/// <param name="Region">The region of the interval.</param>
/// <param name="Low">Bytes from Low to High around the register's value are inside of the region: something on the
/// way here has touched both ends.</param>
/// <param name="High">End of the interval; nothing is known if it is not above Low.</param>
/// <param name="Origin">What the register was made of.</param>
/// <param name="At">Least distance from the origin, in bytes.</param>
/// <param name="Reach">How much more it may be.</param>
internal readonly record struct Known(
    Region Region, int Low, int High, Origin Origin = Origin.None, int At = 0, int Reach = 0)
{
    /// <summary>Accesses further apart are not compared together.</summary>
    public const int SpanBytesMax = 1 << 15;

    // Far away nothing is known: distances must not wrap.
    private const int DistanceMax = 1 << 30;

    public bool IsNothing => Low >= High;

    public bool Covers(Region region, int low, int high) => region == Region && low >= Low && high <= High;

    /// <summary>A number of 0 to a bound.</summary>
    public static Known UpTo(long most) =>
        most is >= 0 and < DistanceMax ? new Known(default, 0, 0, Origin.Number, 0, (int)most) : default;

    /// <summary>This if it is a number of few bits, which computing with 32 bits does not change.</summary>
    public Known AsNumber() => Origin == Origin.Number ? UpTo(Reach) : default;

    /// <summary>After an access at a distance.</summary>
    public Known With(Region region, int low, int high) => IsNothing || region != Region
        ? this with { Region = region, Low = low, High = high }
        : this with { Low = Math.Min(Low, low), High = Math.Max(High, high) };

    /// <summary>What both say.</summary>
    public Known Meet(Known other)
    {
        var (low, high) = (Math.Max(Low, other.Low), Math.Min(High, other.High));
        var met = Region == other.Region && low < high ? new Known(Region, low, high) : default;
        return (Origin, At) == (other.Origin, other.At) && Origin != Origin.None
            ? met with { Origin = Origin, At = At, Reach = Math.Max(Reach, other.Reach) } : met;
    }

    /// <summary>After adding a constant.</summary>
    public Known Shifted(long distance)
    {
        if (Origin == Origin.Number)
        {
            return distance >= 0 ? UpTo(Reach + distance) : default;
        }

        var (low, high, at) = (Low - distance, High - distance, At + distance);
        if (Math.Abs(distance) >= SpanBytesMax || Math.Abs(at) >= SpanBytesMax)
        {
            return default;
        }

        var shifted = IsNothing || low < -DistanceMax || high > DistanceMax ? default
            : new Known(Region, (int)low, (int)high);
        return Origin is Origin.Context or Origin.Frame
            ? shifted with { Origin = Origin, At = (int)at, Reach = Reach } : shifted;
    }

    /// <summary>After adding a number of 0 to a bound.</summary>
    public Known Spread(int reach) => (Origin, (long)Reach + reach) switch
    {
        (Origin.Number, var most) => UpTo(most),
        (Origin.Context or Origin.Frame, var most and < DistanceMax) =>
            new Known(default, 0, 0, Origin, At, (int)most),
        _ => default,
    };

    /// <summary>After multiplying by a constant.</summary>
    public Known Times(long by) => Origin == Origin.Number && by >= 0 ? UpTo(Reach * by) : default;

    /// <summary>After shifting right.</summary>
    public Known ShiftedRight(int by, int bits) => Origin == Origin.Number ? UpTo(Reach >> Math.Min(by, 31))
        : bits - by <= 30 ? UpTo((1L << (bits - by)) - 1) : default;
}
