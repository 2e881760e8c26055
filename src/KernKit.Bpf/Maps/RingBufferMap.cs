namespace KernKit.Bpf;

/// <summary>Takes one record of a ring buffer.</summary>
/// <param name="record">Its bytes; valid during the call.</param>
public delegate void RecordReader(ReadOnlySpan<byte> record);

/// <summary>Records from programs to the host, in the order of their reservation.</summary>
/// <remarks>
/// <code>
///   | header 8 | record, padded to 8 | header | record | ...      header: length, and Busy or Discarded
/// </code>
/// Positions only grow; an offset is the position modulo the size. A record lies in one piece, so that a program
/// can write it by pointer: where the end of the ring is too near, the rest is discarded and the record begins
/// at offset 0. A reader stops at the first busy record.
/// </remarks>
public sealed class RingBufferMap : BpfMap
{
    private const int HeaderBytes = 8;
    private const uint Busy = 1u << 31;
    private const uint Discarded = 1u << 30;

    private readonly Lock _producers = new();
    private readonly Lock _consumers = new();
    private long _produced;
    private long _consumed;

    internal RingBufferMap(BpfArena arena, MapDefinition definition)
        : base(arena, definition)
    {
    }

    /// <summary>Records that found no room so far.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>Bytes that were reserved and not read yet, with headers.</summary>
    public long UsedBytes => Volatile.Read(ref _produced) - Volatile.Read(ref _consumed);

    /// <summary>Reads the records that are complete.</summary>
    /// <param name="reader">Takes each.</param>
    /// <returns>How many.</returns>
    public int Read(RecordReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var count = 0;
        lock (_consumers)
        {
            while (_consumed < Volatile.Read(ref _produced))
            {
                var at = (int)(_consumed & (Definition.EntryCountMax - 1));
                var header = Volatile.Read(ref HeaderAt(at));
                if ((header & Busy) != 0)
                {
                    break;
                }

                var length = (int)(header & ~(Busy | Discarded));
                if (length > Definition.EntryCountMax - HeaderBytes - at)
                {
                    // Only a program that was not verified can write over a header: what follows cannot be told apart.
                    Volatile.Write(ref _consumed, Volatile.Read(ref _produced));
                    break;
                }

                if ((header & Discarded) == 0)
                {
                    reader(Arena.Bytes.AsSpan(ValuesAt + at + HeaderBytes, length));
                    count++;
                }

                Volatile.Write(ref _consumed, _consumed + Padded(length));
            }
        }

        return count;
    }

    /// <summary>Writes a record.</summary>
    /// <param name="record">Its bytes.</param>
    /// <returns>False if there is no room.</returns>
    public bool TryWrite(ReadOnlySpan<byte> record)
    {
        var address = Reserve((ulong)record.Length);
        if (address == 0)
        {
            return false;
        }

        record.CopyTo(Arena.Bytes.AsSpan((int)(address - BpfArena.VirtualBase)));
        return TryRelease(address, discard: false);
    }

    /// <summary>Reserves a record.</summary>
    /// <returns>Its virtual address, or 0 if there is no room.</returns>
    internal ulong Reserve(ulong length)
    {
        var size = (long)Definition.EntryCountMax;
        if (length > (ulong)(size - HeaderBytes))
        {
            return 0;
        }

        lock (_producers)
        {
            var at = _produced & (size - 1);
            var needed = Padded((int)length);
            var skipped = needed > size - at ? size - at : 0;
            if (needed + skipped > size - (_produced - Volatile.Read(ref _consumed)))
            {
                DroppedCount++;
                return 0;
            }

            if (skipped > 0)
            {
                HeaderAt((int)at) = Discarded | (uint)(skipped - HeaderBytes);
                at = 0;
            }

            HeaderAt((int)at) = Busy | (uint)length;
            Volatile.Write(ref _produced, _produced + skipped + needed);
            return BpfArena.VirtualBase + (ulong)(ValuesAt + at + HeaderBytes);
        }
    }

    /// <summary>Completes or discards a record.</summary>
    /// <returns>False if there is no busy record at the address.</returns>
    internal bool TryRelease(ulong address, bool discard)
    {
        var at = address - BpfArena.VirtualBase - (ulong)ValuesAt - HeaderBytes;
        if (at > (ulong)(Definition.EntryCountMax - HeaderBytes) || (at & 7) != 0)
        {
            return false;
        }

        lock (_producers)
        {
            ref var header = ref HeaderAt((int)at);
            if ((header & Busy) == 0)
            {
                return false;
            }

            Volatile.Write(ref header, (header & ~Busy) | (discard ? Discarded : 0));
            return true;
        }
    }

    private static long Padded(int length) => HeaderBytes + (((long)length + 7) & ~7);

    private ref uint HeaderAt(int at) =>
        ref System.Runtime.CompilerServices.Unsafe.As<byte, uint>(ref Arena.Bytes[ValuesAt + at]);
}
