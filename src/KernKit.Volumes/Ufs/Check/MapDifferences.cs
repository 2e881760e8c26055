namespace KernKit.Volumes.Ufs.Check;

/// <summary>Enumerates the runs of bits in which two maps differ; bit i is bit (i &amp; 7) of byte i >> 3.</summary>
internal ref struct MapDifferences(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int bits)
{
    private readonly ReadOnlySpan<byte> _expected = expected;
    private readonly ReadOnlySpan<byte> _actual = actual;
    private int _next;

    /// <summary>The first bit of the run.</summary>
    public int Start { get; private set; }

    /// <summary>The length of the run in bits.</summary>
    public int Length { get; private set; }

    /// <summary>The last bit of the run.</summary>
    public readonly int Last => Start + Length - 1;

    /// <summary>What the actual map has throughout the run; the expected one has the opposite.</summary>
    public bool ActualIsSet { get; private set; }

    public bool MoveNext()
    {
        while (_next < bits && !Differs(_next))
        {
            // Whole bytes that agree are passed at once.
            _next += (_next & 7) == 0 && _expected[_next >> 3] == _actual[_next >> 3] ? 8 : 1;
        }

        if (_next >= bits)
        {
            return false;
        }

        Start = _next;
        ActualIsSet = IsSet(_actual, _next);
        while (_next < bits && Differs(_next) && IsSet(_actual, _next) == ActualIsSet)
        {
            _next++;
        }

        Length = _next - Start;
        return true;
    }

    private static bool IsSet(ReadOnlySpan<byte> map, int bit) => (map[bit >> 3] >> (bit & 7) & 1) != 0;

    private readonly bool Differs(int bit) => IsSet(_expected, bit) != IsSet(_actual, bit);
}
