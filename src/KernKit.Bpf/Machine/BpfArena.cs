namespace KernKit.Bpf;

/// <summary>The memory that programs see: one contiguous piece, so that one comparison guards an access.</summary>
/// <remarks>
/// <code>
///   0x10000000                                                        limit of a run
///   | map values ...   | lane: stack, 8 x 512 | context .......|  unused  | next lane ...
/// </code>
/// Addresses are virtual: <see cref="VirtualBase"/> is far from null and small numbers, no host address is ever in a
/// register, and all fit into 32 bits, so that contexts with 32-bit pointers (xdp_md) need no rewriting. A checked
/// access subtracts a base and compares, unsigned, with a length. What lies in the arena is the program's own; an
/// unverified program can confuse its own stack with its maps, but not leave. Several machines may share an arena
/// for its maps; each has a lane (stack and context) of its own. Lanes keep threads apart, not programs that distrust
/// each other: an access that was compared, not proved, may reach another lane. Programs that must not are verified
/// with <see cref="VerifierPolicy.Reject"/>, or get arenas of their own.
/// </remarks>
public sealed class BpfArena
{
    /// <summary>The virtual address of the arena's first byte.</summary>
    public const ulong VirtualBase = 0x1000_0000;

    /// <summary>Bytes of an arena at most: 1 GiB.</summary>
    public const int SizeBytesMax = 1 << 30;

    private readonly int _laneBytes;
    private readonly int _lanesAt;
    private readonly Lock _lock = new();
    private readonly bool[] _taken;
    private BpfMap[] _maps = [];
    private int _mapBytesUsed;

    /// <summary>Makes an arena of zero bytes.</summary>
    /// <param name="mapBytes">Bytes for the values of maps: the sum of <see cref="BpfMap.ArenaBytes"/> of each.</param>
    /// <param name="contextBytesMax">Bytes of the longest context, with the packet that it may come with.</param>
    /// <param name="laneCount">Machines that may use it at the same time.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="SizeBytesMax"/>
    /// together.</exception>
    public BpfArena(int mapBytes, int contextBytesMax, int laneCount = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(mapBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(contextBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(laneCount, 1);
        var lane = BpfMachine.StackBytes + Align(contextBytesMax);
        var total = Align(mapBytes) + (lane * laneCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, SizeBytesMax, nameof(laneCount));
        ContextBytesMax = contextBytesMax;
        _laneBytes = (int)lane;
        _lanesAt = (int)Align(mapBytes);
        _taken = new bool[laneCount];
        Bytes = GC.AllocateArray<byte>((int)total, pinned: true);
        MapBytes = mapBytes;
    }

    /// <summary>Makes an arena that maps fit into.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="contextBytesMax">Bytes of the longest context, with the packet that it may come with.</param>
    /// <param name="laneCount">Machines that may use it at the same time.</param>
    /// <returns>An arena in which <see cref="BpfMap.Create"/> can make each map once.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="SizeBytesMax"/> together.</exception>
    public static BpfArena For(IEnumerable<MapDefinition> maps, int contextBytesMax, int laneCount = 1)
    {
        ArgumentNullException.ThrowIfNull(maps);
        var total = MapBytesOf(maps, laneCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, SizeBytesMax, nameof(maps));
        return new BpfArena((int)total, contextBytesMax, laneCount);
    }

    /// <summary>Bytes that maps need together; <see cref="long.MaxValue"/> for all that is more.</summary>
    internal static long MapBytesOf(IEnumerable<MapDefinition> maps, int laneCount) =>
        maps.Aggregate(0L, (sum, map) => (long)Int128.Min(
            (sum + (Int128)BpfMap.ArenaBytes(map, laneCount) + 7) & ~7, long.MaxValue));

    /// <summary>Machines that may use it at the same time.</summary>
    public int LaneCount => _taken.Length;

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
                throw new InvalidOperationException(
                    $"all {_taken.Length} lanes of the arena are taken; make it with more");
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
            _taken[LaneNumber(offset)] = false;
        }
    }

    /// <summary>The number of the lane at an offset: what programs take for their processor.</summary>
    internal int LaneNumber(int offset) => (offset - _lanesAt) / _laneBytes;

    /// <summary>Takes bytes for a map's values, and a number for the map.</summary>
    internal int Take(BpfMap map, long bytes, out int number)
    {
        lock (_lock)
        {
            if (bytes > MapBytes - _mapBytesUsed)
            {
                throw new ArgumentException(
                    $"map '{map.Definition.Name}' needs {bytes} bytes, the arena has {MapBytes - _mapBytesUsed} left "
                        + $"of {MapBytes}");
            }

            var at = _mapBytesUsed;
            _mapBytesUsed += (int)Math.Min(Align(bytes), MapBytes - at);
            number = _maps.Length;
            Volatile.Write(ref _maps, [.. _maps, map]);
            return at;
        }
    }

    /// <summary>The map of a number; null if there is none.</summary>
    internal BpfMap? Map(ulong number)
    {
        var maps = Volatile.Read(ref _maps);
        return number < (ulong)maps.Length ? maps[number] : null;
    }

    /// <summary>Completes or discards the ring buffer record at an address.</summary>
    /// <returns>False if no ring buffer has a busy record there.</returns>
    internal bool TryReleaseRecord(ulong address, bool discard)
    {
        foreach (var map in Volatile.Read(ref _maps))
        {
            if (map is RingBufferMap ring && ring.TryRelease(address, discard))
            {
                return true;
            }
        }

        return false;
    }

    private static long Align(long bytes) => (bytes + 7) & ~7L;
}
