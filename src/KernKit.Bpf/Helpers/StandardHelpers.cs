using static KernKit.Bpf.HelperValue;

namespace KernKit.Bpf;

/// <summary>Linux's helpers that make sense outside of the kernel, under Linux's numbers.</summary>
/// <remarks>Numbers and argument order: the kernel's user-space header linux/bpf.h and the manual page
/// bpf-helpers(7).</remarks>
public static class StandardHelpers
{
    private const ulong Invalid = unchecked((ulong)BpfMap.Invalid);
    private const ulong BadAddress = unchecked((ulong)-14L);

    private static readonly MapKind[] Rings = [MapKind.RingBuffer];

    /// <summary>Makes a table with the maps', memory's, time's and strings' helpers.</summary>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="random">Random numbers; null for <see cref="Random.Shared"/>.</param>
    /// <param name="trace">Takes the lines of trace_printk; null drops them.</param>
    /// <returns>A new table, to which more may be added.</returns>
    public static HelperTable Create(TimeProvider? time = null, Random? random = null, Action<string>? trace = null)
    {
        time ??= TimeProvider.System;
        random ??= Random.Shared;
        var table = new HelperTable();
        AddMaps(table);
        AddRingBuffers(table);
        AddMemory(table);
        HelperFunction clock = (_, _, _, _, _, _) => Nanoseconds(time);
        return table
            .Add(5, "ktime_get_ns", clock, new(Number))
            .Add(6, "trace_printk", (machine, format, size, a, b, c) => Trace(machine, trace, format, size, a, b, c),
                new(Number, HelperValue.Memory, Size, Anything, Anything, Anything))
            .Add(7, "get_prandom_u32", (_, _, _, _, _, _) => (uint)random.NextInt64(1L << 32), new(Number))
            .Add(8, "get_smp_processor_id", (machine, _, _, _, _, _) => (ulong)machine.Lane, new(Number))
            .Add(14, "get_current_pid_tgid", (_, _, _, _, _, _) =>
                ((ulong)Environment.ProcessId << 32) | (uint)Environment.CurrentManagedThreadId, new(Number))
            .Add(118, "jiffies64", (_, _, _, _, _, _) => Nanoseconds(time) / 10_000_000, new(Number))
            .Add(125, "ktime_get_boot_ns", clock, new(Number))
            .Add(160, "ktime_get_coarse_ns", clock, new(Number));
    }

    private static void AddMaps(HelperTable table) => table
        .Add(1, "map_lookup_elem", Lookup, new(MapValueOrNull, Map, MapKey))
        .Add(2, "map_update_elem", Update, new(Number, Map, MapKey, MapValue, Number))
        .Add(3, "map_delete_elem", Delete, new(Number, Map, MapKey))
        .Add(12, "tail_call", TailCall,
            new(Number, Context, Map, Number) { MapKinds = [MapKind.ProgramArray] })
        .Add(87, "map_push_elem", Push, new(Number, Map, MapValue, Number))
        .Add(88, "map_pop_elem", (machine, map, value, _, _, _) => Pop(machine, map, value, keep: false),
            new(Number, Map, MapValueOut))
        .Add(89, "map_peek_elem", (machine, map, value, _, _, _) => Pop(machine, map, value, keep: true),
            new(Number, Map, MapValueOut));

    private static void AddRingBuffers(HelperTable table) => table
        .Add(130, "ringbuf_output", Output,
            new(Number, Map, HelperValue.Memory, SizeOrZero, Number) { MapKinds = Rings })
        .Add(131, "ringbuf_reserve", Reserve, new(RecordOrNull, Map, Size, Number) { MapKinds = Rings })
        .Add(132, "ringbuf_submit", (machine, record, _, _, _, _) => Release(machine, record, discard: false),
            new(Number, Record, Number))
        .Add(133, "ringbuf_discard", (machine, record, _, _, _, _) => Release(machine, record, discard: true),
            new(Number, Record, Number))
        .Add(134, "ringbuf_query", Query, new(Number, Map, Number) { MapKinds = Rings });

    private static void AddMemory(HelperTable table)
    {
        foreach (var (id, name) in new[] { (4, "probe_read"), (112, "probe_read_user"), (113, "probe_read_kernel") })
        {
            table.Add(id, name, Copy, new(Number, MemoryOut, SizeOrZero, Anything));
        }

        foreach (var (id, name) in new[] { (45, "probe_read_str"), (114, "probe_read_user_str"),
            (115, "probe_read_kernel_str") })
        {
            table.Add(id, name, CopyString, new(Number, MemoryOut, SizeOrZero, Anything));
        }

        table.Add(28, "csum_diff", ChecksumDifference,
            new(Number, HelperValue.Memory, SizeOrZero, HelperValue.Memory, SizeOrZero, Number))
            .Add(16, "get_current_comm", Comm, new(Number, MemoryOut, Size))
            .Add(105, "strtol", (machine, text, size, flags, result, _) =>
                Parse(machine, text, size, flags, result, signed: true),
                new(Number, HelperValue.Memory, Size, Number, LongOut))
            .Add(106, "strtoul", (machine, text, size, flags, result, _) =>
                Parse(machine, text, size, flags, result, signed: false),
                new(Number, HelperValue.Memory, Size, Number, LongOut))
            .Add(182, "strncmp", CompareStrings, new(Number, HelperValue.Memory, Size, HelperValue.Memory));
    }

    private static ulong Nanoseconds(TimeProvider time) =>
        (ulong)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);

    private static ulong Lookup(BpfMachine machine, ulong handle, ulong key, ulong c, ulong d, ulong e) =>
        TryMapAndKey(machine, handle, key, out var map, out var bytes) ? map.Lookup(bytes, machine.Lane) : 0;

    private static ulong Update(BpfMachine machine, ulong handle, ulong key, ulong value, ulong flags, ulong e)
    {
        if (!TryMapAndKey(machine, handle, key, out var map, out var bytes)
            || !TryMemory(machine, value, (ulong)map.Definition.ValueBytes, out var content))
        {
            return Invalid;
        }

        return (ulong)map.Update(bytes, content, flags, machine.Lane);
    }

    private static ulong Delete(BpfMachine machine, ulong handle, ulong key, ulong c, ulong d, ulong e) =>
        TryMapAndKey(machine, handle, key, out var map, out var bytes) ? (ulong)map.Delete(bytes) : Invalid;

    private static ulong TailCall(BpfMachine machine, ulong context, ulong handle, ulong index, ulong d, ulong e)
    {
        if (machine.FindMap(handle) is not ProgramArrayMap map)
        {
            machine.RefuseHelperCall(handle);
            return Invalid;
        }

        // Linux takes the index's low half.
        return map.Find((uint)index) is { } program && machine.TryTailCall(program)
            ? 0 : unchecked((ulong)BpfMap.NotFound);
    }

    private static ulong Push(BpfMachine machine, ulong handle, ulong value, ulong flags, ulong d, ulong e)
    {
        const ulong ReplaceOldest = 2;
        return TryMap(machine, handle, out var map)
            && TryMemory(machine, value, (ulong)map.Definition.ValueBytes, out var content)
            && (flags & ~ReplaceOldest) == 0 ? (ulong)map.Push(content, flags == ReplaceOldest) : Invalid;
    }

    private static ulong Pop(BpfMachine machine, ulong handle, ulong value, bool keep) =>
        TryMap(machine, handle, out var map)
            && TryMemory(machine, value, (ulong)map.Definition.ValueBytes, out var content)
            ? (ulong)map.Pop(content, keep) : Invalid;

    private static ulong Output(BpfMachine machine, ulong handle, ulong memory, ulong size, ulong flags, ulong e) =>
        TryRing(machine, handle, out var ring) && TryMemory(machine, memory, size, out var record)
            ? ring.TryWrite(record) ? 0 : unchecked((ulong)-11L) : Invalid;

    private static ulong Reserve(BpfMachine machine, ulong handle, ulong size, ulong flags, ulong d, ulong e) =>
        TryRing(machine, handle, out var ring) ? ring.Reserve(size) : 0;

    private static ulong Release(BpfMachine machine, ulong record, bool discard)
    {
        if (!machine.Arena.TryReleaseRecord(record, discard))
        {
            machine.RefuseHelperCall(record);
        }

        return 0;
    }

    private static ulong Query(BpfMachine machine, ulong handle, ulong what, ulong c, ulong d, ulong e) =>
        TryRing(machine, handle, out var ring)
            ? what switch { 0 => (ulong)ring.UsedBytes, 1 => (ulong)ring.Definition.EntryCountMax, _ => 0 }
            : 0;

    // The source of probes may be anything: outside of the program's memory the copy fails, the program goes on.
    private static ulong Copy(BpfMachine machine, ulong target, ulong size, ulong source, ulong d, ulong e)
    {
        if (!TryMemory(machine, target, size, out var memory))
        {
            return Invalid;
        }

        if (!machine.TryGetMemory(source, size, out var from))
        {
            memory.Clear();
            return BadAddress;
        }

        from.CopyTo(memory);
        return 0;
    }

    private static ulong CopyString(BpfMachine machine, ulong target, ulong size, ulong source, ulong d, ulong e)
    {
        if (!TryMemory(machine, target, size, out var memory))
        {
            return Invalid;
        }

        for (var i = 0; i < memory.Length; i++)
        {
            if (!machine.TryGetMemory(source + (ulong)i, 1, out var one))
            {
                memory.Clear();
                return BadAddress;
            }

            memory[i] = i == memory.Length - 1 ? (byte)0 : one[0];
            if (memory[i] == 0)
            {
                // A program may read all of its buffer: it must find nothing there that was not its own.
                memory[i..].Clear();
                return (ulong)i + 1;
            }
        }

        return 0;
    }

    private static ulong ChecksumDifference(BpfMachine machine, ulong from, ulong fromSize, ulong to, ulong toSize,
        ulong seed)
    {
        if (((fromSize | toSize) & 3) != 0 || fromSize > 512 || toSize > 512
            || !TryMemory(machine, from, fromSize, out var old) || !TryMemory(machine, to, toSize, out var changed))
        {
            return Invalid;
        }

        ulong sum = (uint)seed;
        for (var i = 0; i < old.Length; i += 4)
        {
            sum += ~BitConverter.ToUInt32(old[i..]);
        }

        for (var i = 0; i < changed.Length; i += 4)
        {
            sum += BitConverter.ToUInt32(changed[i..]);
        }

        sum = (uint)sum + (sum >> 32);
        return (uint)sum + (sum >> 32);
    }

    private static ulong Comm(BpfMachine machine, ulong target, ulong size, ulong c, ulong d, ulong e)
    {
        if (!TryMemory(machine, target, size, out var memory))
        {
            return Invalid;
        }

        memory.Clear();
        "kern"u8[..Math.Clamp(memory.Length - 1, 0, 4)].CopyTo(memory);
        return 0;
    }

    private static ulong Parse(BpfMachine machine, ulong text, ulong size, ulong flags, ulong result, bool signed)
    {
        if (!TryMemory(machine, text, size, out var digits) || !TryMemory(machine, result, 8, out var target))
        {
            return Invalid;
        }

        // The result is written in any case: a program may read it.
        var (answer, number) = Parse(digits, flags, signed);
        BitConverter.TryWriteBytes(target, number);
        return answer;
    }

    private static (ulong Answer, ulong Number) Parse(ReadOnlySpan<byte> digits, ulong flags, bool signed)
    {
        if ((flags & 31) is not (0 or 8 or 10 or 16))
        {
            return (Invalid, 0);
        }

        var at = 0;
        while (at < digits.Length && digits[at] is (byte)' ' or (byte)'\t' or (byte)'\n')
        {
            at++;
        }

        var isNegative = signed && at < digits.Length && digits[at] == '-';
        at += isNegative ? 1 : 0;
        var radix = (int)(flags & 31);
        if (radix is 0 or 16 && digits[at..] is [(byte)'0', (byte)'x' or (byte)'X', ..])
        {
            (radix, at) = (16, at + 2);
        }

        radix = radix != 0 ? radix : at < digits.Length && digits[at] == '0' ? 8 : 10;
        var (value, start) = (UInt128.Zero, at);
        for (; at < digits.Length && Digit(digits[at]) < radix && value <= ulong.MaxValue; at++)
        {
            value = (value * (uint)radix) + (uint)Digit(digits[at]);
        }

        if (at == start)
        {
            return (Invalid, 0);
        }

        var limit = !signed ? ulong.MaxValue : isNegative ? 1UL << 63 : long.MaxValue;
        return value > limit ? (unchecked((ulong)-34L), 0)
            : ((ulong)at, isNegative ? 0 - (ulong)value : (ulong)value);
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => 99,
    };

    private static ulong CompareStrings(BpfMachine machine, ulong left, ulong size, ulong right, ulong d, ulong e)
    {
        if (!TryMemory(machine, left, size, out var a) || !TryMemory(machine, right, size, out var b))
        {
            return Invalid;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i] || a[i] == 0)
            {
                return (ulong)(a[i] - b[i]);
            }
        }

        return 0;
    }

    private static ulong Trace(BpfMachine machine, Action<string>? trace, ulong format, ulong size, ulong a, ulong b,
        ulong c)
    {
        if (!TryMemory(machine, format, size, out var text))
        {
            return Invalid;
        }

        if (trace is null)
        {
            return size;
        }

        var end = text.IndexOf((byte)0);
        var line = TraceFormat.Format(machine, text[..(end < 0 ? text.Length : end)], [a, b, c]);
        trace(line);
        return (ulong)line.Length;
    }

    private static bool TryMap(BpfMachine machine, ulong handle, out BpfMap map)
    {
        map = machine.FindMap(handle)!;
        if (map is null)
        {
            machine.RefuseHelperCall(handle);
        }

        return map is not null;
    }

    private static bool TryMapAndKey(BpfMachine machine, ulong handle, ulong key, out BpfMap map, out Span<byte> bytes)
    {
        bytes = default;
        return TryMap(machine, handle, out map) && TryMemory(machine, key, (ulong)map.Definition.KeyBytes, out bytes);
    }

    private static bool TryRing(BpfMachine machine, ulong handle, out RingBufferMap ring)
    {
        ring = (machine.FindMap(handle) as RingBufferMap)!;
        if (ring is null)
        {
            machine.RefuseHelperCall(handle);
        }

        return ring is not null;
    }

    private static bool TryMemory(BpfMachine machine, ulong address, ulong size, out Span<byte> memory)
    {
        if (size == 0)
        {
            memory = default;
            return true;
        }

        if (machine.TryGetMemory(address, size, out memory))
        {
            return true;
        }

        machine.RefuseHelperCall(address);
        return false;
    }
}
