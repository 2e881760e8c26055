using System.Diagnostics;
using System.Runtime.CompilerServices;
using Bench.Layouts.Orders;

namespace Bench;

/// <summary>Structures between threads: what protection costs alone, and whether it holds under a writer.</summary>
internal static class Sharing
{
    private const int Times = 10_000;

    public static ulong Seqlock(byte[] shared)
    {
        Span<byte> copy = stackalloc byte[SlotView.Size];
        ulong sum = 0;
        var slot = new SlotShared(shared);
        for (int i = 0; i < Times; i++)
        {
            if (slot.TryRead(copy, out SlotView v))
            {
                sum += v.A + v.B + v.C + v.D + v.E + v.F;
            }
        }

        return sum;
    }

    /// <summary>The same copy, unprotected, of a length that the compiler knows.</summary>
    public static ulong Copy(byte[] shared)
    {
        Span<byte> copy = stackalloc byte[SlotView.Size];
        ulong sum = 0;
        for (int i = 0; i < Times; i++)
        {
            Unsafe.CopyBlockUnaligned(ref copy[0], ref shared[0], SlotView.Size);
            var v = new SlotView(copy);
            sum += v.A + v.B + v.C + v.D + v.E + v.F;
        }

        return sum;
    }

    /// <summary>No copy; the barrier costs nothing here and keeps the loads inside of the loop.</summary>
    public static ulong InPlace(byte[] shared)
    {
        ulong sum = 0;
        var v = new SlotView(shared);
        for (int i = 0; i < Times; i++)
        {
            Volatile.ReadBarrier();
            sum += v.A + v.B + v.C + v.D + v.E + v.F;
        }

        return sum;
    }

    public static ulong AtomicRead(byte[] shared)
    {
        ulong sum = 0;
        var v = new CountersShared(shared);
        for (int i = 0; i < Times; i++)
        {
            sum += v.A + v.B + v.C + v.D + v.E + v.F + v.G;
        }

        return sum;
    }

    public static ulong PlainRead(byte[] shared)
    {
        ulong sum = 0;
        var v = new CountersView(shared);
        for (int i = 0; i < Times; i++)
        {
            Volatile.ReadBarrier();
            sum += v.A + v.B + v.C + v.D + v.E + v.F + v.G;
        }

        return sum;
    }

    public static ulong AtomicWrite(byte[] shared)
    {
        var v = new CountersShared(shared);
        for (ulong i = 0; i < Times; i++)
        {
            v.A = i;
            v.B = i;
            v.C = i;
            v.D = i;
            v.E = i;
            v.F = i;
            v.G = i;
        }

        return Times;
    }

    public static ulong PlainWrite(byte[] shared)
    {
        var v = new CountersEdit(shared);
        for (ulong i = 0; i < Times; i++)
        {
            v.A = i;
            v.B = i;
            v.C = i;
            v.D = i;
            v.E = i;
            v.F = i;
            v.G = i;
        }

        return Times;
    }

    /// <summary>One thread writes without a pause, the others read; every copy has to be of one moment.</summary>
    /// <returns>A line of the table.</returns>
    public static string Contend(int seconds)
    {
        byte[] shared = GC.AllocateArray<byte>(SlotView.Size, pinned: true);
        long reads = 0, late = 0, torn = 0, writes = 0;
        bool isOver = false;
        var threads = new List<Thread>
        {
            new(() =>
            {
                var slot = new SlotShared(shared);
                ulong n = 0;
                while (!Volatile.Read(ref isOver))
                {
                    n++;
                    using var writing = slot.BeginWriteAlone();
                    SlotEdit e = writing.Edit;
                    (e.A, e.B, e.C, e.D, e.E, e.F) = (n, n * 3, ~n, n, n ^ 5, n * 7);
                }

                writes = (long)n;
            }),
        };
        for (int i = 0; i < Math.Max(1, Environment.ProcessorCount - 1); i++)
        {
            threads.Add(new(() =>
            {
                var slot = new SlotShared(shared);
                Span<byte> copy = stackalloc byte[SlotView.Size];
                long own = 0, gaveUp = 0, mixed = 0;
                while (!Volatile.Read(ref isOver))
                {
                    if (!slot.TryRead(copy, out SlotView v))
                    {
                        gaveUp++;
                        continue;
                    }

                    ulong n = v.A;
                    bool isWhole = n == 0 || (v.B == n * 3 && v.C == ~n && v.D == n && v.E == (n ^ 5) && v.F == n * 7);
                    mixed += isWhole ? 0 : 1;
                    own++;
                }

                Interlocked.Add(ref reads, own);
                Interlocked.Add(ref late, gaveUp);
                Interlocked.Add(ref torn, mixed);
            }));
        }

        long start = Stopwatch.GetTimestamp();
        threads.ForEach(static thread => thread.Start());
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        Volatile.Write(ref isOver, true);
        threads.ForEach(static thread => thread.Join());
        double passed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"Seqlock under contention: {passed:0} s, {threads.Count - 1} reading and 1 writing without a pause: "
                + $"{reads / passed / 1e6:0.0} M reads/s, {writes / passed / 1e6:0.0} M writes/s, "
                + $"{late} reads gave up, {torn} torn.");
    }
}
