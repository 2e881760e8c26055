using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KernKit.Bpf.Tests;

public sealed class MapTests
{
    [Fact]
    public void An_array_has_all_its_entries_from_the_beginning()
    {
        var map = Make(MapKind.Array, 4, 8, 3);
        var value = new byte[8];
        Assert.True(map.TryRead(Key(2), value));
        Assert.Equal(0, BitConverter.ToInt64(value));
        Assert.Equal(0, map.Update(Key(1), Value(77)));
        Assert.True(map.TryRead(Key(1), value));
        Assert.Equal(77, BitConverter.ToInt64(value));
        Assert.False(map.TryRead(Key(3), value));
        Assert.Equal(BpfMap.Full, map.Update(Key(3), Value(1)));
        Assert.Equal(BpfMap.Exists, map.Update(Key(1), Value(1), 1));
        Assert.Equal(BpfMap.Invalid, map.Delete(Key(1)));
        Assert.Equal(BpfMap.Invalid, map.Update(new byte[3], Value(1)));
        Assert.Equal(3, map.Entries().Count);
    }

    [Fact]
    public void A_hash_does_what_a_dictionary_does()
    {
        var map = Make(MapKind.Hash, 4, 8, 50);
        var model = new Dictionary<int, long>();
        var random = new Random(5);
        var value = new byte[8];
        for (var i = 0; i < 20_000; i++)
        {
            var (key, number) = (random.Next(80), random.NextInt64());
            switch (random.Next(3))
            {
                case 0:
                    var flags = (ulong)random.Next(3);
                    var expected = model.ContainsKey(key)
                        ? flags == 1 ? BpfMap.Exists : 0
                        : flags == 2 ? BpfMap.NotFound : model.Count == 50 ? BpfMap.Full : 0;
                    Assert.Equal(expected, map.Update(Key(key), Value(number), flags));
                    if (expected == 0)
                    {
                        model[key] = number;
                    }

                    break;
                case 1: Assert.Equal(model.Remove(key) ? 0 : BpfMap.NotFound, map.Delete(Key(key))); break;
                default:
                    Assert.Equal(model.TryGetValue(key, out var held), map.TryRead(Key(key), value));
                    Assert.True(!model.ContainsKey(key) || BitConverter.ToInt64(value) == held);
                    break;
            }
        }

        Assert.Equal(
            model.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)),
            map.Entries().Select(e => (BitConverter.ToInt32(e.Key), BitConverter.ToInt64(e.Value)))
                .OrderBy(e => e.Item1));
    }

    [Fact]
    public void An_lru_hash_drops_what_nobody_looked_up()
    {
        var map = Make(MapKind.LruHash, 4, 8, 4);
        for (var i = 0; i < 4; i++)
        {
            map.Update(Key(i), Value(i));
        }

        var value = new byte[8];
        Assert.True(map.TryRead(Key(0), value) && map.TryRead(Key(1), value) && map.TryRead(Key(3), value));
        Assert.Equal(0, map.Update(Key(9), Value(9)));
        Assert.False(map.TryRead(Key(2), value));
        Assert.True(map.TryRead(Key(0), value) && map.TryRead(Key(9), value));
        Assert.Equal(4, map.Entries().Count);
    }

    [Fact]
    public void The_longest_prefix_wins()
    {
        var map = Make(MapKind.LpmTrie, 8, 8, 10);
        map.Update(Prefix(0, 0, 0, 0, 0), Value(1));
        map.Update(Prefix(8, 10, 0, 0, 0), Value(2));
        map.Update(Prefix(24, 10, 1, 2, 99), Value(3));
        map.Update(Prefix(25, 10, 1, 2, 128), Value(4));
        Assert.Equal(4, Read(map, Prefix(32, 10, 1, 2, 200)));
        Assert.Equal(3, Read(map, Prefix(32, 10, 1, 2, 100)));
        Assert.Equal(2, Read(map, Prefix(32, 10, 9, 2, 100)));
        Assert.Equal(1, Read(map, Prefix(32, 11, 9, 2, 100)));
        Assert.Equal(2, Read(map, Prefix(16, 10, 1, 2, 200)));
        Assert.Equal(0, map.Delete(Prefix(24, 10, 1, 2, 0)));
        Assert.Equal(2, Read(map, Prefix(32, 10, 1, 2, 100)));
        Assert.Equal(BpfMap.Invalid, map.Update(Prefix(33, 1, 1, 1, 1), Value(1)));
    }

    [Theory]
    [InlineData(MapKind.Queue, "1 2 3")]
    [InlineData(MapKind.Stack, "3 2 1")]
    public void Queues_and_stacks_keep_their_order(MapKind kind, string order)
    {
        var map = Make(kind, 0, 8, 3);
        Assert.Equal(0, map.Push(Value(9)));
        Assert.Equal(0, map.Push(Value(1)));
        Assert.Equal(0, map.Push(Value(2)));
        Assert.Equal(BpfMap.Full, map.Push(Value(3)));
        Assert.Equal(0, map.Push(Value(3), replacesOldest: true));
        var value = new byte[8];
        var taken = new List<long>();
        Assert.Equal(0, map.Pop(value, keep: true));
        while (map.Pop(value) == 0)
        {
            taken.Add(BitConverter.ToInt64(value));
        }

        Assert.Equal(order, string.Join(' ', taken));
        Assert.Equal(BpfMap.NotFound, map.Pop(value));
    }

    [Fact]
    public void A_ring_buffer_hands_records_over_in_order_and_drops_when_full()
    {
        var ring = (RingBufferMap)Make(MapKind.RingBuffer, 0, 0, 4096);
        var random = new Random(2);
        var (written, read) = (new Queue<string>(), 0);
        for (var i = 0; i < 3_000; i++)
        {
            var text = new string((char)('a' + (i % 26)), random.Next(1, 700));
            if (ring.TryWrite(Encoding.ASCII.GetBytes(text)))
            {
                written.Enqueue(text);
            }

            if (random.Next(5) == 0)
            {
                read += ring.Read(record => Assert.Equal(written.Dequeue(), Encoding.ASCII.GetString(record)));
            }
        }

        Assert.True(read > 500 && ring.DroppedCount > 0);
    }

    [Theory]
    [InlineData(MapKind.Array, 4, 8)]
    [InlineData(MapKind.Hash, 4, 8)]
    [InlineData(MapKind.LruHash, 4, 8)]
    [InlineData(MapKind.PerCpuArray, 4, 8)]
    [InlineData(MapKind.PerCpuHash, 4, 8)]
    [InlineData(MapKind.LpmTrie, 8, 8)]
    [InlineData(MapKind.Queue, 0, 8)]
    [InlineData(MapKind.Stack, 0, 8)]
    public void A_snapshot_restores_all_entries(MapKind kind, int keyBytes, int valueBytes)
    {
        var (map, copy) = (Make(kind, keyBytes, valueBytes, 9, 3), Make(kind, keyBytes, valueBytes, 9, 3));
        for (var i = 0; i < 7; i++)
        {
            for (var lane = 0; lane < 3; lane++)
            {
                _ = keyBytes == 0 ? lane == 0 ? map.Push(Value(i)) : 0
                    : map.Update(keyBytes == 4 ? Key(i) : Prefix(32, 1, 2, 3, (byte)i), Value((i * 10) + lane), 0,
                        lane);
            }
        }

        var bytes = new ArrayBufferWriter<byte>();
        map.Save(bytes);
        copy.Restore(bytes.WrittenSpan);
        for (var lane = 0; lane < 3; lane++)
        {
            Assert.Equal(Text(map, lane), Text(copy, lane));
        }

        Assert.Throws<BpfFormatException>(() => copy.Restore(bytes.WrittenSpan[..^1]));
        Assert.Throws<BpfFormatException>(() => Make(MapKind.Array, 4, 4, 1).Restore(bytes.WrittenSpan));
        var next = new byte[valueBytes];
        if (keyBytes == 0)
        {
            Assert.Equal(0, copy.Pop(next));
            Assert.Equal(kind == MapKind.Queue ? 0 : 6, BitConverter.ToInt64(next));
        }
    }

    [Fact]
    public async Task Readers_and_writers_of_a_hash_do_not_disturb_each_other()
    {
        var map = Make(MapKind.Hash, 4, 8, 64);
        map.Update(Key(1000), Value(42));
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(Write, TestContext.Current.CancellationToken);
        for (var i = 0; i < 200_000; i++)
        {
            Assert.Equal(42, Read(map, Key(1000)));
        }

        await stop.CancelAsync();
        await writer;

        void Write()
        {
            var random = new Random(1);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                _ = random.Next(2) == 0 ? map.Update(Key(random.Next(200)), Value(i))
                    : map.Delete(Key(random.Next(200)));
            }
        }
    }

    [Theory]
    [InlineData(MapKind.Hash)]
    [InlineData(MapKind.LruHash)]
    [InlineData(MapKind.PerCpuHash)]
    [InlineData(MapKind.LpmTrie)]
    public async Task A_value_that_is_read_is_the_keys_own_while_its_entry_becomes_another_keys(MapKind kind)
    {
        const int ValueBytes = 1 << 16;
        var map = Make(kind, 5, ValueBytes, 1);
        var (mine, other) = (new byte[] { 8, 0, 0, 0, 1 }, new byte[] { 8, 0, 0, 0, 2 });
        var values = Array.ConvertAll(new byte[] { 1, 2 }, filling => Enumerable.Repeat(filling, ValueBytes).ToArray());
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(Write, TestContext.Current.CancellationToken);
        var value = new byte[ValueBytes];
        for (var reads = 0; reads < 3_000;)
        {
            if (!map.TryRead(mine, value))
            {
                continue;
            }

            reads++;
            var at = value.AsSpan().IndexOfAnyExcept((byte)1);
            Assert.True(at < 0, $"reading {reads}: byte {at} of the value is another key's");
        }

        await stop.CancelAsync();
        await writer;

        void Write()
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(0, map.Update(mine, values[0]));
                Assert.Equal(0, map.Delete(mine));
                Assert.Equal(0, map.Update(other, values[1]));
                Assert.Equal(0, map.Delete(other));
            }
        }
    }

    [Theory]
    [InlineData(MapKind.Array)]
    [InlineData(MapKind.Hash)]
    [InlineData(MapKind.LruHash)]
    [InlineData(MapKind.PerCpuArray)]
    [InlineData(MapKind.PerCpuHash)]
    public void A_value_can_be_read_and_written_where_it_lies(MapKind kind)
    {
        var map = Make(kind, 4, 8, 3, lanes: 2);
        map.Update(Key(1), Value(7), 0, 0);
        Assert.True(map.TryGetValue(Key(1), out var value));
        Assert.Equal(7, BitConverter.ToInt64(value));
        value[0]++;
        Assert.Equal(8, Read(map, Key(1)));
        Assert.True(map.TryGetValue(Key(1), out var other, 1));
        Assert.Equal(kind is MapKind.PerCpuArray or MapKind.PerCpuHash ? 0 : 8, other[0]);
        Assert.False(map.TryGetValue(Key(3), out value) || map.TryGetValue([1], out value) || !value.IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => map.TryGetValue(Key(1), out _, 2));
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = map.TryGetValue([1, 0, 0, 0], out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_map_of_maps_has_no_values()
    {
        var inner = new MapDefinition("inner", MapKind.Array, 4, 8, 2);
        var arena = BpfArena.For([inner], 64);
        var outer = (MapOfMaps)BpfMap.Create(arena, new("outer", MapKind.ArrayOfMaps, 4, 4, 1) { Inner = inner });
        Assert.Equal(0, outer.Set(Key(0), BpfMap.Create(arena, inner)));
        Assert.False(outer.TryGetValue(Key(0), out _) || outer.TryRead(Key(0), new byte[8]));
    }

    [Theory]
    [InlineData(MapKind.Array)]
    [InlineData(MapKind.Hash)]
    [InlineData(MapKind.PerCpuArray)]
    [InlineData(MapKind.PerCpuHash)]
    public void A_lane_that_the_arena_does_not_have_is_refused(MapKind kind)
    {
        var map = Make(kind, 4, 8, 2, lanes: 3);
        foreach (var lane in new[] { -1, 3, int.MaxValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => map.TryRead(Key(0), new byte[8], lane));
            Assert.Throws<ArgumentOutOfRangeException>(() => map.Update(Key(0), Value(1), 0, lane));
            Assert.Throws<ArgumentOutOfRangeException>(() => map.Entries(lane));
        }

        Assert.Equal(0, map.Update(Key(0), Value(1), 0, 2));
        Assert.Equal(1, map.Entries(2).Count(entry => BitConverter.ToInt64(entry.Value) == 1));
    }

    [Theory]
    [InlineData(EngineKind.Interpreter)]
    [InlineData(EngineKind.Compiled)]
    public void Programs_count_in_a_hash(EngineKind engine)
    {
        var definition = new MapDefinition("counts", MapKind.Hash, 1, 8, 256);
        var arena = BpfArena.For([definition], 64);
        var map = BpfMap.Create(arena, definition);
        var program = Assembler.Assemble("""
            r6 = r1
            r1 = *(u8 *)(r6 + 0)
            *(u8 *)(r10 - 1) = r1
            ld_pseudo r1, 0x1, 0
            r2 = r10
            r2 += -1
            call 1
            if r0 == 0 goto new
            r1 = 1
            lock *(u64 *)(r0 + 0) += r1
            r0 = 1
            exit
            new: *(u64 *)(r10 - 16) = 1
            ld_pseudo r1, 0x1, 0
            r2 = r10
            r2 += -1
            r3 = r10
            r3 += -16
            r4 = 0
            call 2
            r0 = 0
            exit
            """);
        using var machine = new BpfMachine(program, new MachineOptions
        {
            Arena = arena,
            Maps = [map],
            Helpers = StandardHelpers.Create(),
            Engine = engine,
        });
        foreach (var letter in "abracadabra"u8.ToArray())
        {
            Assert.Equal(RunStatus.Ok, machine.Run([letter]).Status);
        }

        Assert.Equal(
            ["a 5", "b 2", "c 1", "d 1", "r 2"],
            map.Entries().Select(e => $"{(char)e.Key[0]} {BitConverter.ToInt64(e.Value)}")
                .Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(EngineKind.Interpreter)]
    [InlineData(EngineKind.Compiled)]
    public void Tail_calls_go_on_in_another_program_33_times_at_most(EngineKind engine)
    {
        var programs = new MapDefinition("programs", MapKind.ProgramArray, 4, 4, 4);
        var count = new MapDefinition("count", MapKind.Array, 4, 8, 1);
        var arena = BpfArena.For([programs, count], 64);
        var (array, counts) = ((ProgramArrayMap)BpfMap.Create(arena, programs), BpfMap.Create(arena, count));
        var loop = Assembler.Assemble("""
            ld_pseudo r2, 0x2, 1
            r3 = 1
            lock *(u64 *)(r2 + 0) += r3
            ld_pseudo r2, 0x1, 0
            r3 = 2
            call 12
            r0 = 7
            exit
            """);
        array[2] = loop;
        var main = Assembler.Assemble("ld_pseudo r2, 0x1, 0\nr3 = 9\ncall 12\nr3 = 2\ncall 12\nr0 = 1\nexit\n");
        using var machine = new BpfMachine(main, new MachineOptions
        {
            Arena = arena,
            Maps = [array, counts],
            Helpers = StandardHelpers.Create(),
            Engine = engine,
        });
        Assert.Equal(7UL, machine.Run(0).Value);
        Assert.Equal(33, Read(counts, Key(0)));
        array[2] = null;
        Assert.Equal(1UL, machine.Run(0).Value);
    }

    [Fact]
    public void Helpers_of_a_ring_buffer_and_of_strings_work_from_a_program()
    {
        var definition = new MapDefinition("events", MapKind.RingBuffer, 0, 0, 4096);
        var arena = BpfArena.For([definition], 64);
        var ring = (RingBufferMap)BpfMap.Create(arena, definition);
        var traced = new List<string>();
        var program = Assembler.Assemble("""
            r6 = r1
            ld_pseudo r1, 0x1, 0
            r2 = 16
            r3 = 0
            call 131
            if r0 == 0 goto end
            r7 = r0
            *(u64 *)(r7 + 0) = 5
            *(u64 *)(r7 + 8) = 6
            r1 = r7
            r2 = 0
            call 132
            r1 = r6
            r2 = 7
            r3 = -3
            r4 = 255
            call 6
            r1 = r7
            call 132
            end: exit
            """);
        using var machine = new BpfMachine(program, new MachineOptions
        {
            Arena = arena,
            Maps = [ring],
            Helpers = StandardHelpers.Create(trace: traced.Add),
        });
        var result = machine.Run("%d %x!\0"u8.ToArray().AsSpan());
        Assert.Equal((RunStatus.Fault, FaultKind.Helper), (result.Status, result.Fault));
        Assert.Equal(["-3 ff!"], traced);
        Assert.Equal(1, ring.Read(record => Assert.Equal([5, 6], [record[0], record[8]])));
    }

    [Fact]
    public void A_map_of_maps_leads_to_its_inner_maps()
    {
        var inner = new MapDefinition("inner", MapKind.Array, 4, 8, 2);
        var outer = new MapDefinition("outer", MapKind.HashOfMaps, 4, 4, 4) { Inner = inner };
        var arena = BpfArena.For([inner, outer], 64);
        var (a, b) = (BpfMap.Create(arena, inner), (MapOfMaps)BpfMap.Create(arena, outer));
        a.Update(Key(0), Value(99));
        Assert.Equal(0, b.Set(Key(7), a));
        var program = Assembler.Assemble("""
            *(u32 *)(r10 - 4) = 7
            ld_pseudo r1, 0x1, 0
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto end
            *(u32 *)(r10 - 4) = 0
            r1 = r0
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto end
            r0 = *(u64 *)(r0 + 0)
            end: exit
            """);
        using var machine = new BpfMachine(program,
            new MachineOptions { Arena = arena, Maps = [b], Helpers = StandardHelpers.Create() });
        Assert.Equal(99UL, machine.Run(0).Value);
        Assert.Equal(0, b.Delete(Key(7)));
        Assert.Equal(0UL, machine.Run(0).Value);
    }

    [Fact]
    public void A_map_that_programs_may_not_write_is_no_inner_map_of_those_that_they_may()
    {
        var writable = new MapDefinition("writable", MapKind.Array, 4, 8, 1);
        var constant = writable with { Name = "constant", IsReadOnly = true };
        var outer = new MapDefinition("outer", MapKind.ArrayOfMaps, 4, 4, 1) { Inner = writable };
        var constants = outer with { Name = "constants", Inner = constant };
        var arena = BpfArena.For([writable, constant, outer, constants], 64);
        var (free, locked) = (BpfMap.Create(arena, writable), BpfMap.Create(arena, constant));
        var (a, b) = ((MapOfMaps)BpfMap.Create(arena, outer), (MapOfMaps)BpfMap.Create(arena, constants));
        Assert.Equal(BpfMap.Invalid, a.Set(Key(0), locked));
        Assert.Equal(0, a.Set(Key(0), free));
        Assert.Equal(0, b.Set(Key(0), locked));
        Assert.Equal(BpfMap.Invalid, b.Set(Key(0), free));
    }

    [Fact]
    public void Wrong_sizes_are_refused_with_the_maps_name()
    {
        var error = Assert.Throws<ArgumentException>(() => Make(MapKind.Array, 8, 8, 1));
        Assert.Contains("map 'm' (Array): 8 key bytes, must be 4 to 4", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Make(MapKind.RingBuffer, 0, 0, 5000));
        Assert.Throws<ArgumentException>(() => Make(MapKind.Hash, 512, 1, BpfMap.EntryCountMax));
        var huge = new MapDefinition("m", MapKind.PerCpuHash, 4, 1 << 29, BpfMap.EntryCountMax);
        Assert.Equal(long.MaxValue, BpfMap.ArenaBytes(huge, 1 << 20));
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfArena.For([huge, huge], 8, 1 << 17));
        Assert.Throws<ArgumentException>(() => BpfMap.Create(new BpfArena(8, 8), new("m", MapKind.Hash, 4, 8, 2)));
    }

    private static BpfMap Make(MapKind kind, int keyBytes, int valueBytes, int entries, int lanes = 1)
    {
        var definition = new MapDefinition("m", kind, keyBytes, valueBytes, entries);
        return BpfMap.Create(BpfArena.For([definition], 8, lanes), definition);
    }

    private static byte[] Key(int key) => BitConverter.GetBytes(key);

    private static byte[] Value(long value) => BitConverter.GetBytes(value);

    private static byte[] Prefix(int length, params byte[] bits)
    {
        var key = new byte[4 + bits.Length];
        BinaryPrimitives.WriteInt32LittleEndian(key, length);
        bits.CopyTo(key, 4);
        return key;
    }

    private static long Read(BpfMap map, byte[] key)
    {
        var value = new byte[8];
        return map.TryRead(key, value) ? BitConverter.ToInt64(value) : -1;
    }

    private static string Text(BpfMap map, int lane) => string.Join(
        ' ', map.Entries(lane).Select(e => $"{Convert.ToHexString(e.Key)}={Convert.ToHexString(e.Value)}")
            .Order(StringComparer.Ordinal));
}
