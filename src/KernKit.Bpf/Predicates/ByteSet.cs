namespace KernKit.Bpf.Predicates;

/// <summary>Which of the 256 bytes one place of a glob accepts.</summary>
internal readonly record struct ByteSet(UInt128 Low, UInt128 High)
{
    public static readonly ByteSet All = new(UInt128.MaxValue, UInt128.MaxValue);

    public bool IsAll => this == All;

    public int Count => (int)(UInt128.PopCount(Low) + UInt128.PopCount(High));

    public bool Contains(byte value) => (((value < 128 ? Low : High) >> (value & 127)) & 1) != 0;

    public static ByteSet Of(byte value) => Range(value, value);

    public static ByteSet Range(byte first, byte last)
    {
        var (low, high) = (UInt128.Zero, UInt128.Zero);
        for (var i = (int)first; i <= last; i++)
        {
            (low, high) = i < 128 ? (low | (UInt128.One << i), high) : (low, high | (UInt128.One << (i - 128)));
        }

        return new(low, high);
    }

    public ByteSet With(ByteSet other) => new(Low | other.Low, High | other.High);

    public ByteSet Complement() => new(~Low, ~High);

    /// <summary>The bytes in runs, ascending.</summary>
    public List<(byte First, byte Last)> Runs()
    {
        var runs = new List<(byte, byte)>();
        for (var i = 0; i < 256; i++)
        {
            if (Contains((byte)i))
            {
                var first = i;
                while (i < 255 && Contains((byte)(i + 1)))
                {
                    i++;
                }

                runs.Add(((byte)first, (byte)i));
            }
        }

        return runs;
    }
}
