namespace KernKit.Bpf;

/// <summary>The memory that programs see: one contiguous piece, so that one comparison guards an access.</summary>
/// <remarks>
/// <code>
///   0x10000000                                                      limit of a run
///   | map values ...                          | stack, 8 x 512 | context |
///   '- maps come first, so that the context's end is the end of what a run may touch
/// </code>
/// Addresses are virtual: <see cref="VirtualBase"/> is far from null and small numbers, and no host address is ever in a
/// register. A checked access subtracts the base and compares, unsigned, with the limit less the access's size.
/// What lies in the arena is the program's own; an unverified program can confuse its own stack with its maps, but
/// not leave. Several machines may share an arena for its maps; each has a lane (stack and context) of its own.
/// </remarks>
public sealed class BpfArena
{
    /// <summary>The virtual address of the arena's first byte.</summary>
    public const ulong VirtualBase = 0x1000_0000;

    /// <summary>Bytes of an arena at most: 1 GiB, so that virtual addresses stay within 32 bits.</summary>
    public const int SizeBytesMax = 1 << 30;

    private readonly int _laneBytes;
    private readonly int _lanesAt;
    private readonly Lock _lock = new();
    private readonly bool[] _taken;

    /// <summary>Makes an arena of zero bytes.</summary>
    /// <param name="mapBytes">Bytes for the values of maps.</param>
    /// <param name="contextBytesMax">Bytes of the longest context.</param>
    /// <param name="laneCount">Machines that may use it at the same time.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="SizeBytesMax"/> together.</exception>
    public BpfArena(int mapBytes, int contextBytesMax, int laneCount = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mapBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(contextBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(laneCount, 1);
        var lane = (long)BpfMachine.StackBytes + Align(contextBytesMax);
        var total = Align(mapBytes) + (lane * laneCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, SizeBytesMax, nameof(laneCount));
        ContextBytesMax = contextBytesMax;
        _laneBytes = (int)lane;
        _lanesAt = (int)Align(mapBytes);
        _taken = new bool[laneCount];
        Bytes = GC.AllocateArray<byte>((int)total, pinned: true);
        MapBytes = mapBytes;
    }

    /// <summary>Bytes of the longest context.</summary>
    public int ContextBytesMax { get; }

    /// <summary>Bytes for the values of maps, from <see cref="VirtualBase"/> on.</summary>
    public int MapBytes { get; }

    /// <summary>All of it; pinned, so addresses of its bytes do not change while it is referenced.</summary>
    internal byte[] Bytes { get; }

    /// <summary>Takes a free lane.</summary>
    /// <returns>Offset of its stack's lowest byte.</returns>
    internal int TakeLane()
    {
        lock (_lock)
        {
            var index = Array.IndexOf(_taken, false);
            if (index < 0)
            {
                throw new InvalidOperationException($"all {_taken.Length} lanes of the arena are taken; make it with more");
            }

            _taken[index] = true;
            return _lanesAt + (index * _laneBytes);
        }
    }

    /// <summary>Gives a lane back.</summary>
    internal void ReturnLane(int offset)
    {
        lock (_lock)
        {
            _taken[(offset - _lanesAt) / _laneBytes] = false;
        }
    }

    private static long Align(int bytes) => ((long)bytes + 7) & ~7L;
}
