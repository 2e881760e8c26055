using System.Buffers;
using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>Keeps a map's entries as bytes, and fills a map from them.</summary>
/// <remarks>
/// <code>
///   "KBMAP\0\0\1" | kind 4 | key bytes 4 | value bytes 4 | lanes 4 | entries 8 | { key | value of each lane } ...
/// </code>
/// Numbers are little-endian. Maps that hold programs or maps, and ring buffers, have nothing that could be kept.
/// </remarks>
internal static class MapSnapshot
{
    private const int HeaderBytes = 32;

    private static ReadOnlySpan<byte> Magic => "KBMAP\0\0\u0001"u8;

    /// <summary>Writes a map's entries.</summary>
    /// <param name="map">A map; each of its entries is consistent, changes in between may or may not be seen.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="NotSupportedException">A kind that holds no plain values.</exception>
    public static void Save(BpfMap map, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(output);
        RefuseHandles(map);
        var lanes = LaneCount(map);
        var entries = map.Entries();
        var header = output.GetSpan(HeaderBytes);
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], (int)map.Definition.Kind);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], map.Definition.KeyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], map.Definition.ValueBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], lanes);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], entries.Count);
        output.Advance(HeaderBytes);
        var value = new byte[map.Definition.ValueBytes];
        foreach (var (key, first) in entries)
        {
            output.Write(key);
            output.Write(first);
            for (var lane = 1; lane < lanes; lane++)
            {
                value.AsSpan().Clear();
                map.TryRead(key, value, lane);
                output.Write(value);
            }
        }
    }

    /// <summary>Adds the entries of a snapshot to a map.</summary>
    /// <param name="map">A map of the same kind and sizes; lanes that it lacks are dropped.</param>
    /// <param name="snapshot">What <see cref="Save"/> wrote.</param>
    /// <exception cref="BpfFormatException">Another map's, damaged, or more entries than fit.</exception>
    public static void Restore(BpfMap map, ReadOnlySpan<byte> snapshot)
    {
        ArgumentNullException.ThrowIfNull(map);
        RefuseHandles(map);
        var definition = map.Definition;
        if (snapshot.Length < HeaderBytes || !snapshot.StartsWith(Magic))
        {
            throw new BpfFormatException("map snapshot: offset 0: no snapshot of a map");
        }

        var kind = BinaryPrimitives.ReadInt32LittleEndian(snapshot[8..]);
        var key = BinaryPrimitives.ReadInt32LittleEndian(snapshot[12..]);
        var value = BinaryPrimitives.ReadInt32LittleEndian(snapshot[16..]);
        var lanes = BinaryPrimitives.ReadInt32LittleEndian(snapshot[20..]);
        var count = BinaryPrimitives.ReadInt64LittleEndian(snapshot[24..]);
        if (kind != (int)definition.Kind || key != definition.KeyBytes || value != definition.ValueBytes || lanes < 1)
        {
            throw new BpfFormatException($"map snapshot: of a map of kind {kind} with {key} key bytes, {value} value "
                + $"bytes "
                + $"and {lanes} lanes; '{definition.Name}' is of kind {(int)definition.Kind}, {definition.KeyBytes}, "
                    + $"{definition.ValueBytes}");
        }

        var rest = snapshot[HeaderBytes..];
        var entryBytes = key + ((long)value * lanes);
        if (count < 0 || count > rest.Length / entryBytes || count * entryBytes != rest.Length)
        {
            throw new BpfFormatException($"map snapshot: {rest.Length} bytes behind the header, must be {count} "
                + $"entries of {entryBytes}");
        }

        for (; !rest.IsEmpty; rest = rest[(int)entryBytes..])
        {
            Add(map, rest[..key], rest[key..(int)entryBytes]);
        }
    }

    private static void Add(BpfMap map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> values)
    {
        var size = map.Definition.ValueBytes;
        var lanes = Math.Min(LaneCount(map), values.Length / size);
        for (var lane = 0; lane < lanes; lane++)
        {
            var value = values.Slice(lane * size, size);
            var status = key.IsEmpty ? map.Push(value) : map.Update(key, value, 0, lane);
            if (status != 0)
            {
                throw new BpfFormatException(
                    $"map snapshot: map '{map.Definition.Name}' refuses an entry with {status}");
            }
        }
    }

    private static int LaneCount(BpfMap map) =>
        map.Definition.Kind is MapKind.PerCpuArray or MapKind.PerCpuHash ? map.Arena.LaneCount : 1;

    private static void RefuseHandles(BpfMap map)
    {
        if (map.Definition.Kind is MapKind.ProgramArray or MapKind.ArrayOfMaps or MapKind.HashOfMaps
            or MapKind.RingBuffer)
        {
            throw new NotSupportedException($"a map of kind {map.Definition.Kind} holds nothing that could be kept");
        }
    }
}
