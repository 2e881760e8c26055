using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>
/// Every protocol of structures between threads under seeded interleavings, and what each must not do without: with
/// one thing taken away the checker finds a schedule that fails.
/// </summary>
public sealed class InterleavingTests
{
    // A broken protocol is found within a few dozen; what finds one ends there.
    private const int Seeds = 120;

    private const string Schemas = """
        layout 1; namespace t; order le;
        struct counters sync atomic { u64 hits; u32 level; u16 small; u8 tiny; pad 1; }
        struct inside sync lock inside { u64 a, b; }
        struct outside sync lock outside { u64 a, b; }
        """;

    private static readonly Lazy<Driver> Made = new(static () =>
    {
        const string here = "KernKit.Layout.Compiler.Tests.Interleaved";
        CompileResult result = Schema.Compile(Schemas);
        Assert.Empty(result.Diagnostics);
        string driver = Threads.Replace("Interleaved", here, StringComparison.Ordinal);
        return Schema.BuildSources(driver, Schema.Options, result.Outputs.Select(static output =>
            KeyValuePair.Create(output.Key, output.Value
                .Replace("System.Threading.Volatile.", here + ".", StringComparison.Ordinal)
                .Replace("System.Threading.Interlocked.", here + ".", StringComparison.Ordinal)
                .Replace("System.Threading.Lock", here + "Lock", StringComparison.Ordinal))));
    });

    private const string Threads = """
        struct Weak : ILayoutMemory
        {
            public static ulong LoadAcquire(ref ulong source) => Interleaved.Read(ref source);
            public static void Store(ref ulong target, ulong value) => Interleaved.Store(ref target, value);
            public static void StoreRelease(ref ulong target, ulong value) => Interleaved.Write(ref target, value);
            public static ulong CompareExchange(ref ulong target, ulong value, ulong expected) =>
                Interleaved.CompareExchange(ref target, value, expected);
            public static void Load(ref byte source, ref byte target, int length)
            {
                for (int i = 0; i < length; i += 8)
                    Word(ref target, i) = Interleaved.Load(ref Word(ref source, i));
            }
            public static void LoadBarrier() => Interleaved.LoadFence();
            public static void StoreBarrier() => Interleaved.StoreFence();
            public static void Pause(int attempt) => Interleaved.Step();
        }

        static ref ulong Word(ref byte start, int at) => ref System.Runtime.CompilerServices.Unsafe.As<byte, ulong>(
            ref System.Runtime.CompilerServices.Unsafe.Add(ref start, at));

        static ref ulong Place(int at) => ref Word(ref Interleaved.Shared[0], at);

        // Words 1 to 3 are the data, word 0 counts; whoever reads wants all three to be the same.
        public static int Seqlock(int seeds, string broken, int writers)
        {
            int torn = 0, read = 0;
            void Write(ulong n)
            {
                if (writers == 1) LayoutSeqlock<Weak>.BeginAlone(ref Place(0), false);
                else LayoutSeqlock<Weak>.Begin(ref Place(0), false, "slot");
                for (int at = 8; at < 32; at += 8) Interleaved.Store(ref Place(at), n);
                LayoutSeqlock<Weak>.End(ref Place(0), false);
            }
            void Read()
            {
                byte[] copy = new byte[24];
                for (int i = 0; i < 3; i++)
                {
                    if (!LayoutSeqlock<Weak>.TryRead(ref Place(0), false, ref Interleaved.Shared[8], copy, 6)) continue;
                    read++;
                    ulong first = BitConverter.ToUInt64(copy);
                    if (first != BitConverter.ToUInt64(copy, 8) || first != BitConverter.ToUInt64(copy, 16)) torn++;
                }
            }
            for (int seed = 0; seed < seeds && torn == 0; seed++)
            {
                if (writers == 1) Interleaved.Run(seed, broken, () => { Write(1); Write(2); }, Read, Read);
                else Interleaved.Run(seed, broken, () => Write(1), () => Write(2), Read);
            }
            return torn > 0 ? -torn : read;
        }

        // Nothing that is added gets lost.
        public static int Add(int seeds, string broken)
        {
            int lost = 0;
            for (int seed = 0; seed < seeds && lost == 0; seed++)
            {
                Action body = () =>
                {
                    var c = new Made.T.CountersShared(Interleaved.Shared);
                    for (int i = 0; i < 2; i++) { c.AddHits(1); c.AddSmall(1); c.AddTiny(1); }
                };
                Interleaved.Run(seed, broken, body, body);
                var v = new Made.T.CountersView(Interleaved.Shared);
                if (v.Hits != 4 || v.Small != 4 || v.Tiny != 4) lost++;
            }
            return lost;
        }

        // Who sees the flag sees what was stored before it.
        public static int Publish(int seeds, string broken)
        {
            int early = 0;
            for (int seed = 0; seed < seeds && early == 0; seed++)
                Interleaved.Run(seed, broken,
                    () =>
                    {
                        var c = new Made.T.CountersShared(Interleaved.Shared) { Level = 7 };
                        c.Hits = 1;
                    },
                    () =>
                    {
                        var c = new Made.T.CountersShared(Interleaved.Shared);
                        if (c.Hits == 1 && c.Level != 7) early++;
                    });
            return early;
        }

        // Both numbers of a pair go up together, whatever comes in between.
        public static int Locks(int seeds, string broken)
        {
            int apart = 0;
            for (int seed = 0; seed < seeds && apart == 0; seed++)
            {
                var inside = new Made.T.InsideShared();
                var gate = new InterleavedLock();
                byte[] bytes = new byte[16], copy = new byte[16];
                Action body = () =>
                {
                    using (var held = inside.Enter()) Raise(held.Edit, ref apart);
                    using (var held = new Made.T.OutsideShared(gate, bytes))
                    {
                        var e = held.Edit;
                        if (e.A != e.B) apart++;
                        e.A++;
                        Interleaved.Step();
                        e.B++;
                    }
                    inside.CopyTo(copy);
                    var v = new Made.T.InsideView(copy);
                    if (v.A != v.B) apart++;
                };
                Interleaved.Run(seed, broken, body, body);
                inside.CopyTo(copy);
                if (new Made.T.InsideView(copy).A != 2 || new Made.T.OutsideView(bytes).B != 2) apart++;
            }
            return apart;
        }

        static void Raise(Made.T.InsideEdit e, ref int apart)
        {
            if (e.A != e.B) apart++;
            ulong a = e.A;
            Interleaved.Step();
            e.A = a + 1;
            Interleaved.Step();
            e.B++;
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_seqlock_hands_out_no_torn_copy_under_any_schedule(int writers) =>
        Assert.InRange(Made.Value.Call<int>("Seqlock", Seeds, "", writers), 1, int.MaxValue);

    [Theory]
    [InlineData("load fence")]
    [InlineData("store fence")]
    [InlineData("acquire")]
    [InlineData("release")]
    public void A_seqlock_without_one_of_its_orders_is_caught(string broken) =>
        Assert.InRange(Made.Value.Call<int>("Seqlock", Seeds, broken, 1), int.MinValue, -1);

    [Fact]
    public void Two_writers_of_a_seqlock_that_enter_together_are_caught() =>
        Assert.InRange(Made.Value.Call<int>("Seqlock", Seeds, "exchange", 2), int.MinValue, -1);

    [Fact]
    public void Atomic_fields_lose_no_addition_under_any_schedule() =>
        Assert.Equal(0, Made.Value.Call<int>("Add", Seeds, ""));

    [Fact]
    public void An_addition_that_is_no_exchange_is_caught() =>
        Assert.NotEqual(0, Made.Value.Call<int>("Add", Seeds, "exchange"));

    [Fact]
    public void Atomic_fields_become_visible_in_order() => Assert.Equal(0, Made.Value.Call<int>("Publish", Seeds, ""));

    [Theory]
    [InlineData("acquire")]
    [InlineData("release")]
    public void Atomic_fields_without_order_are_caught(string broken) =>
        Assert.NotEqual(0, Made.Value.Call<int>("Publish", Seeds, broken));

    [Fact]
    public void Locks_keep_pairs_together_under_any_schedule() =>
        Assert.Equal(0, Made.Value.Call<int>("Locks", Seeds, ""));

    [Fact]
    public void A_lock_that_does_not_wait_is_caught() =>
        Assert.NotEqual(0, Made.Value.Call<int>("Locks", Seeds, "lock"));
}
