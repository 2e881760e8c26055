using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;

namespace KernKit.Bpf;

/// <summary>Memory that programs and the host share, found by key.</summary>
/// <remarks>
/// <para>All memory is taken when a map is made: values lie in the arena, where programs reach them by pointer, keys
/// and links outside of it, where they do not. So an update never moves a value, and a pointer to a deleted value is
/// stale but harmless.</para>
/// <para>Every operation may be called from any thread. Changes take a lock for each map; programs' lookups in hashes
/// take none and repeat themselves if a change came between. <see cref="TryRead"/> takes the lock, since the value of a
/// deleted entry becomes another entry's. What programs write through pointers, and values of arrays, are theirs to
/// order (atomics).</para>
/// <para>Results are Linux's: 0, or a negative errno (<see cref="NotFound"/> and others).</para>
/// </remarks>
public abstract class BpfMap
{
    /// <summary>No such entry: -ENOENT.</summary>
    public const long NotFound = -2;

    /// <summary>No room: -E2BIG.</summary>
    public const long Full = -7;

    /// <summary>There already: -EEXIST.</summary>
    public const long Exists = -17;

    /// <summary>Not for this kind of map, or wrong flags: -EINVAL.</summary>
    public const long Invalid = -22;

    /// <summary>Maps have at most this many entries.</summary>
    public const int EntryCountMax = 1 << 26;

    internal const ulong HandleBase = 0x7100_0000_0000_0000;
    private const int KeyBytesMax = 512;

    private protected BpfMap(BpfArena arena, MapDefinition definition)
    {
        (Arena, Definition) = (arena, definition);
        ValueAreaBytes = ArenaBytes(definition, arena.LaneCount);
        ValuesAt = arena.Take(this, ValueAreaBytes, out var number);
        Handle = HandleBase + (ulong)number;
        Stride = (int)Align(definition.ValueBytes);
    }

    /// <summary>What it was made from.</summary>
    public MapDefinition Definition { get; }

    /// <summary>Where its values are.</summary>
    public BpfArena Arena { get; }

    /// <summary>What programs have in a register for this map.</summary>
    internal ulong Handle { get; }

    /// <summary>Offset of the first value in the arena.</summary>
    internal int ValuesAt { get; }

    /// <summary>Bytes of all values.</summary>
    internal long ValueAreaBytes { get; }

    /// <summary>Bytes from one value to the next.</summary>
    internal int Stride { get; }

    /// <summary>Makes a map.</summary>
    /// <param name="arena">Where its values go.</param>
    /// <param name="definition">What it is like.</param>
    /// <returns>An empty map; arrays are full of zeros.</returns>
    /// <exception cref="ArgumentException">Sizes that the kind does not have, or an arena that is too
    /// small.</exception>
    public static BpfMap Create(BpfArena arena, MapDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentNullException.ThrowIfNull(definition);
        if (Problem(definition) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        return definition.Kind switch
        {
            MapKind.Array or MapKind.PerCpuArray => new ArrayMap(arena, definition),
            MapKind.Hash or MapKind.PerCpuHash or MapKind.LruHash => new HashMap(arena, definition),
            MapKind.LpmTrie => new PrefixMap(arena, definition),
            MapKind.Queue or MapKind.Stack => new QueueMap(arena, definition),
            MapKind.RingBuffer => new RingBufferMap(arena, definition),
            MapKind.ProgramArray => new ProgramArrayMap(arena, definition),
            MapKind.ArrayOfMaps or MapKind.HashOfMaps => new MapOfMaps(arena, definition),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Bytes that a map takes in an arena.</summary>
    /// <param name="definition">The map.</param>
    /// <param name="laneCount">The arena's lanes: per-CPU maps have a value for each.</param>
    public static long ArenaBytes(MapDefinition definition, int laneCount = 1)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var values = (Int128)Align(definition.ValueBytes) * definition.EntryCountMax;
        return definition.Kind switch
        {
            MapKind.ProgramArray or MapKind.ArrayOfMaps or MapKind.HashOfMaps => 0,
            MapKind.RingBuffer => definition.EntryCountMax,
            MapKind.PerCpuArray or MapKind.PerCpuHash => (long)Int128.Min(values * laneCount, long.MaxValue),
            _ => (long)values,
        };
    }

    /// <summary>Reads a value.</summary>
    /// <param name="key">The key, <see cref="MapDefinition.KeyBytes"/> long.</param>
    /// <param name="value">Takes <see cref="MapDefinition.ValueBytes"/>.</param>
    /// <param name="lane">Which of a per-CPU map's values.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A lane that the arena does not have.</exception>
    public bool TryRead(ReadOnlySpan<byte> key, Span<byte> value, int lane = 0)
    {
        RefuseLane(lane);
        return key.Length == Definition.KeyBytes && Read(key, value, lane);
    }

    /// <summary>Finds a value where it lies: programs see what is written to it, and the other way round.</summary>
    /// <remarks>Lay a generated view or editor over it, or <c>MemoryMarshal.AsRef</c>. Nothing orders readers and
    /// writers but what they agree on; when the entry is deleted its place becomes another's.
    /// <see cref="TryRead"/> copies under the lock instead.</remarks>
    /// <param name="key">The key, <see cref="MapDefinition.KeyBytes"/> long.</param>
    /// <param name="value">The bytes of the value in the arena, <see cref="MapDefinition.ValueBytes"/> long.</param>
    /// <param name="lane">Which of a per-CPU map's values.</param>
    /// <returns>False if there is none, or if the map holds programs or maps.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A lane that the arena does not have.</exception>
    public bool TryGetValue(ReadOnlySpan<byte> key, out Span<byte> value, int lane = 0)
    {
        RefuseLane(lane);
        var address = key.Length == Definition.KeyBytes ? Lookup(key, lane) : 0;
        var isThere = address is not 0 and < HandleBase;
        value = isThere ? ValueAt((int)(address - BpfArena.VirtualBase)) : default;
        return isThere;
    }

    /// <summary>Adds or changes an entry.</summary>
    /// <param name="key">The key, <see cref="MapDefinition.KeyBytes"/> long.</param>
    /// <param name="value">The value, <see cref="MapDefinition.ValueBytes"/> long.</param>
    /// <param name="flags">0: either; 1: only add; 2: only change.</param>
    /// <param name="lane">Which of a per-CPU map's values; the others become zero when the entry is new.</param>
    /// <returns>0 or a negative errno.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A lane that the arena does not have.</exception>
    public long Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0, int lane = 0)
    {
        RefuseLane(lane);
        return Put(key, value, flags, lane);
    }

    /// <summary>Removes an entry.</summary>
    /// <param name="key">The key, <see cref="MapDefinition.KeyBytes"/> long.</param>
    /// <returns>0 or a negative errno.</returns>
    public virtual long Delete(ReadOnlySpan<byte> key) => Invalid;

    /// <summary>Adds a value to a queue or stack.</summary>
    /// <param name="value">The value, <see cref="MapDefinition.ValueBytes"/> long.</param>
    /// <param name="replacesOldest">When full, drop the oldest instead of failing.</param>
    /// <returns>0 or a negative errno.</returns>
    public virtual long Push(ReadOnlySpan<byte> value, bool replacesOldest = false) => Invalid;

    /// <summary>Takes the next value of a queue or stack.</summary>
    /// <param name="value">Takes <see cref="MapDefinition.ValueBytes"/>.</param>
    /// <param name="keep">Leave it there.</param>
    /// <returns>0 or a negative errno.</returns>
    public virtual long Pop(Span<byte> value, bool keep = false) => Invalid;

    /// <summary>Copies of all entries, in no order; of arrays in that of their indexes, of queues that of
    /// pushing.</summary>
    /// <param name="lane">Which of a per-CPU map's values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A lane that the arena does not have.</exception>
    public IReadOnlyList<KeyValuePair<byte[], byte[]>> Entries(int lane = 0)
    {
        RefuseLane(lane);
        return List(lane);
    }

    /// <summary>Writes all entries as bytes, values of all lanes with them.</summary>
    /// <param name="output">Takes the bytes; changes in between may or may not be among them.</param>
    /// <exception cref="NotSupportedException">A kind that holds no plain values: programs, maps, records of a ring
    /// buffer.</exception>
    public void Save(IBufferWriter<byte> output) => MapSnapshot.Save(this, output);

    /// <summary>Adds the entries that <see cref="Save"/> wrote.</summary>
    /// <param name="snapshot">Those of a map of the same kind and sizes; lanes that this one lacks are dropped.</param>
    /// <exception cref="BpfFormatException">Another map's, damaged, or more entries than fit.</exception>
    /// <exception cref="NotSupportedException">A kind that holds no plain values.</exception>
    public void Restore(ReadOnlySpan<byte> snapshot) => MapSnapshot.Restore(this, snapshot);

    /// <summary>What a program gets in r0 for a key: the virtual address of the value, an inner map's handle, or
    /// 0.</summary>
    internal virtual ulong Lookup(ReadOnlySpan<byte> key, int lane) => 0;

    /// <summary><see cref="TryRead"/> with a key of the right length and a lane that is there.</summary>
    private protected virtual bool Read(ReadOnlySpan<byte> key, Span<byte> value, int lane)
    {
        var address = Lookup(key, lane);
        if (address is 0 or >= HandleBase)
        {
            return false;
        }

        ValueAt((int)(address - BpfArena.VirtualBase)).CopyTo(value);
        return true;
    }

    /// <summary><see cref="Update"/> with a lane that is there.</summary>
    private protected virtual long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int lane) =>
        Invalid;

    /// <summary><see cref="Entries"/> with a lane that is there.</summary>
    private protected virtual IReadOnlyList<KeyValuePair<byte[], byte[]>> List(int lane) => [];

    /// <summary>The value that begins at an offset in the arena.</summary>
    private protected Span<byte> ValueAt(int at) => Arena.Bytes.AsSpan(at, Definition.ValueBytes);

    /// <summary>The index in a key of four bytes.</summary>
    private protected static uint Index(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32LittleEndian(key);

    // A lane is a factor of offsets: a wrong one would lead into another map.
    private void RefuseLane(int lane)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lane);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lane, Arena.LaneCount);
    }

    private static long Align(int bytes) => ((long)bytes + 7) & ~7;

    /// <summary>Why a definition is none of a map; null if it is.</summary>
    internal static string? Problem(MapDefinition map)
    {
        if (!Enum.IsDefined(map.Kind))
        {
            return $"map '{map.Name}' is of kind {(int)map.Kind}, which is not known here";
        }

        var isIndexed = map.Kind is MapKind.Array or MapKind.PerCpuArray or MapKind.ProgramArray or MapKind.ArrayOfMaps;
        var isKeyless = map.Kind is MapKind.Queue or MapKind.Stack or MapKind.RingBuffer;
        var (keyMin, keyMax) = isIndexed ? (4, 4) : isKeyless
            ? (0, 0) : (map.Kind == MapKind.LpmTrie ? 5 : 1, KeyBytesMax);
        var isOfHandles = map.Kind is MapKind.ProgramArray or MapKind.ArrayOfMaps or MapKind.HashOfMaps;
        var isRing = map.Kind == MapKind.RingBuffer;
        var (valueMin, valueMax) = isOfHandles ? (4, 4) : isRing ? (0, 0) : (1, 1 << 29);
        return Outside(map, "key bytes", map.KeyBytes, keyMin, keyMax)
            ?? Outside(map, "value bytes", map.ValueBytes, valueMin, valueMax)
            ?? Outside(map, "entries", map.EntryCountMax, 1, EntryCountMax)
            ?? (isRing && (map.EntryCountMax < 4096 || !int.IsPow2(map.EntryCountMax))
                ? $"map '{map.Name}': {map.EntryCountMax} bytes, must be a power of two of at least 4096"
                : (long)map.KeyBytes * map.EntryCountMax > BpfArena.SizeBytesMax
                ? $"map '{map.Name}': {map.EntryCountMax} keys of {map.KeyBytes} bytes, must be at most "
                    + $"{BpfArena.SizeBytesMax} bytes together"
                : null);
    }

    private static string? Outside(MapDefinition map, string what, int value, int low, int high) =>
        value >= low && value <= high ? null
            : $"map '{map.Name}' ({map.Kind}): {value} {what}, must be {low} to {high}";
}
