using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Structures between threads under real contention; InterleavingTests has the schedules.</summary>
public sealed class SharingTests
{
    private const string Schemas = """
        layout 1; namespace t; param order O;
        struct slot sync seqlock(seq) { u64 seq, a, b, c, d, e, f; }
        struct counters sync atomic {
            u64 hits; s32 level; u16 small; u8 tiny; kind kind; bits bits_ : u16 lsb { low : 16; } pad 6;
        }
        enum kind : u8 { A = 1, B = 2 }
        struct inside sync lock inside { u64 a, b; }
        struct outside sync lock outside { u64 a, b; }
        struct none_ sync none { u24 a; }
        """;

    private static Driver Build(string driver) => Schema.Build(driver, Schemas);

    [Theory]
    [InlineData("LittleEndian", "BeginWrite")]
    [InlineData("BigEndian", "BeginWrite")]
    [InlineData("LittleEndian", "BeginWriteAlone")]
    public void A_seqlock_never_hands_out_a_torn_copy(string order, string begin)
    {
        Driver driver = Build(
            """
            public static long Of(int writers, int writes)
            {
                byte[] shared = new byte[SlotView<ORDER>.Size];
                int running = writers; long reads = 0, torn = 0;
                var threads = new List<System.Threading.Thread>();
                for (int w = 0; w < writers; w++)
                    threads.Add(new(() =>
                    {
                        for (ulong i = 0; i < (ulong)writes; i++)
                        {
                            using var writing = new SlotShared<ORDER>(shared).BEGIN();
                            var e = writing.Edit;
                            ulong next = e.A + 1;
                            e.A = next; e.B = next * 3; e.C = ~next; e.D = next; e.E = next ^ 5; e.F = next * 7;
                        }
                        System.Threading.Interlocked.Decrement(ref running);
                    }));
                for (int r = 0; r < 2; r++)
                    threads.Add(new(() =>
                    {
                        Span<byte> copy = stackalloc byte[SlotView<ORDER>.Size];
                        ulong last = 0;
                        do
                        {
                            if (!new SlotShared<ORDER>(shared).TryRead(copy, out var v, 100000)) continue;
                            ulong n = v.A;
                            bool whole = n == 0
                                || v.B == n * 3 && v.C == ~n && v.D == n && v.E == (n ^ 5) && v.F == n * 7;
                            if (!whole || n < last) System.Threading.Interlocked.Increment(ref torn);
                            last = n;
                            System.Threading.Interlocked.Increment(ref reads);
                        }
                        while (System.Threading.Volatile.Read(ref running) > 0);
                    }));
                threads.ForEach(t => t.Start());
                threads.ForEach(t => t.Join());
                Span<byte> final = stackalloc byte[SlotView<ORDER>.Size];
                bool isRead = new SlotShared<ORDER>(shared).TryRead(final, out var end);
                ulong all = (ulong)(writers * writes);
                if (!isRead || end.A != all || end.Seq != 2 * all) return -1;
                return torn > 0 ? -torn : reads;
            }
            """.Replace("ORDER", order, StringComparison.Ordinal).Replace("BEGIN", begin, StringComparison.Ordinal));
        Assert.InRange(driver.Call<long>("Of", begin == "BeginWrite" ? 2 : 1, 20_000), 1, long.MaxValue);
    }

    [Fact]
    public void Atomic_fields_lose_no_update_in_either_order()
    {
        Driver driver = Build(
            """
            public static string Of() => One<LittleEndian>() + " " + One<BigEndian>();
            static string One<O>() where O : struct, IByteOrder
            {
                byte[] shared = new byte[CountersView<O>.Size];
                var threads = new List<System.Threading.Thread>();
                for (int t = 0; t < 4; t++)
                    threads.Add(new(() =>
                    {
                        var c = new CountersShared<O>(shared);
                        for (int i = 0; i < 5000; i++)
                        { c.AddHits(3); c.AddLevel(-1); c.AddSmall(1); c.AddTiny(1); }
                        c.ExchangeKind(Kind.B);
                    }));
                threads.ForEach(t => t.Start());
                threads.ForEach(t => t.Join());
                var v = new CountersView<O>(shared);
                var s = new CountersShared<O>(shared) { Bits = new CountersBits(7) };
                bool swapped = s.CompareExchangeHits(1, 60000) == 60000 && s.Hits == 1
                    && s.CompareExchangeHits(2, 5) == 1;
                return $"{s.Level} {v.Small} {v.Tiny} {v.Kind} {swapped} {v.Bits.Low}";
            }
            public static void Unaligned() => new CountersShared<BigEndian>(new byte[40].AsSpan(1));
            """);
        Assert.Equal("-20000 20000 32 B True 7 -20000 20000 32 B True 7", driver.Call<string>("Of"));
        Assert.Throws<ArgumentException>(() => driver.Call<object>("Unaligned"));
    }

    [Fact]
    public void Locks_inside_and_outside_keep_pairs_together()
    {
        Driver driver = Build(
            """
            public static string Of()
            {
                var inside = new InsideShared<LittleEndian>();
                var gate = new System.Threading.Lock();
                byte[] outside = new byte[OutsideView<LittleEndian>.Size];
                int torn = 0;
                var threads = new List<System.Threading.Thread>();
                for (int t = 0; t < 4; t++)
                    threads.Add(new(() =>
                    {
                        for (int i = 0; i < 5000; i++)
                        {
                            using (var held = inside.Enter())
                            {
                                var e = held.Edit;
                                if (e.A != e.B) System.Threading.Interlocked.Increment(ref torn);
                                e.A++; e.B++;
                            }
                            using (var held = new OutsideShared<LittleEndian>(gate, outside))
                            {
                                var e = held.Edit;
                                if (e.A != e.B) System.Threading.Interlocked.Increment(ref torn);
                                e.A++; e.B++;
                            }
                        }
                    }));
                threads.ForEach(t => t.Start());
                threads.ForEach(t => t.Join());
                byte[] copy = new byte[16];
                inside.CopyTo(copy);
                return $"{torn} {new InsideView<LittleEndian>(copy).A} {new OutsideView<LittleEndian>(outside).B}";
            }
            """);
        Assert.Equal("0 20000 20000", driver.Call<string>("Of"));
    }

    [Fact]
    public void A_writer_that_died_inside_can_be_repaired()
    {
        Driver driver = Build(
            """
            public static string Of()
            {
                byte[] shared = new byte[SlotView<BigEndian>.Size];
                var slot = new SlotShared<BigEndian>(shared);
                slot.BeginWrite();
                Span<byte> copy = stackalloc byte[56];
                bool during = slot.TryRead(copy, out _, 10);
                slot.Repair();
                slot.Repair();
                return $"{during} {slot.TryRead(copy, out var v, 10)} {v.Seq}";
            }
            """);
        Assert.Equal("False True 2", driver.Call<string>("Of"));
    }
}
