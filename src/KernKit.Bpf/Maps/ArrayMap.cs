using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>Values by index; per lane with <see cref="MapKind.PerCpuArray"/>.</summary>
internal sealed class ArrayMap(BpfArena arena, MapDefinition definition) : BpfMap(arena, definition)
{
    /// <inheritdoc/>
    private protected override long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int lane)
    {
        if (flags == 1)
        {
            return Exists;
        }

        var address = flags <= 2 && value.Length == Definition.ValueBytes && key.Length == 4 ? Lookup(key, lane) : 0;
        if (address == 0)
        {
            return flags > 2 || key.Length != 4 || value.Length != Definition.ValueBytes ? Invalid : Full;
        }

        value.CopyTo(ValueAt((int)(address - BpfArena.VirtualBase)));
        return 0;
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<KeyValuePair<byte[], byte[]>> List(int lane)
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        for (var i = 0; i < Definition.EntryCountMax; i++)
        {
            var key = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(key, i);
            entries.Add(new(key, ValueAt((int)(Lookup(key, lane) - BpfArena.VirtualBase)).ToArray()));
        }

        return entries;
    }

    /// <inheritdoc/>
    internal override ulong Lookup(ReadOnlySpan<byte> key, int lane)
    {
        var index = Index(key);
        if (index >= (uint)Definition.EntryCountMax)
        {
            return 0;
        }

        var slot = Definition.Kind == MapKind.PerCpuArray ? (lane * (long)Definition.EntryCountMax) + index : index;
        return BpfArena.VirtualBase + (ulong)(ValuesAt + (slot * Stride));
    }
}
