using System.Diagnostics;

namespace KernKit.Fuzz;

/// <summary>Runs a target over a range of seeds and stops at the first finding.</summary>
public static class FuzzRunner
{
    /// <summary>A case that takes longer hangs, as far as a person who waits can tell.</summary>
    public const int CaseSecondsMax = 2;

    /// <summary>Bytes that one case may allocate in all.</summary>
    public const long CaseBytesMax = 256L << 20;

    // A machine that is busy with something else is no hang: what is too slow gets this much time to prove it.
    private const int Patience = 10;

    /// <summary>Runs <paramref name="count"/> cases.</summary>
    /// <param name="target">What to run.</param>
    /// <param name="firstSeed">The first case's seed; the next one is one higher.</param>
    /// <param name="count">How many, at least 0.</param>
    /// <returns>Null if all went well, else what went wrong, with the seed that shows it again.</returns>
    public static string? Run(IFuzzTarget target, ulong firstSeed, long count)
    {
        string? finding = null;
        var seed = firstSeed;
        var caseStartedAt = Stopwatch.GetTimestamp();
        var worker = new Thread(() =>
        {
            for (var left = count; left > 0 && finding is null; left--)
            {
                Volatile.Write(ref caseStartedAt, Stopwatch.GetTimestamp());
                finding = RunCase(target, seed);
                seed = finding is null ? seed + 1 : seed;
            }
        })
        {
            IsBackground = true,
            Name = target.Name,
        };
        worker.Start();
        while (!worker.Join(TimeSpan.FromSeconds(1)))
        {
            var elapsed = Stopwatch.GetElapsedTime(Volatile.Read(ref caseStartedAt));
            if (elapsed.TotalSeconds > CaseSecondsMax * Patience)
            {
                return Describe(target, seed, $"does not end ({elapsed.TotalSeconds:0} s and counting)");
            }
        }

        return finding;
    }

    private static string? RunCase(IFuzzTarget target, ulong seed)
    {
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var cpuBefore = ThreadTime();
        try
        {
            target.Run(seed);
        }
        catch (Exception error)
        {
            return Describe(target, seed, error.ToString());
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        var seconds = (ThreadTime() - cpuBefore).TotalSeconds;
        return allocated > CaseBytesMax ? Describe(target, seed, $"allocated {allocated >> 20} MB")
            : seconds > CaseSecondsMax ? Describe(target, seed, $"took {seconds:0.0} s of processor time")
            : null;
    }

    // The whole process's processor time: nothing else runs in it, and other programs do not count.
    private static TimeSpan ThreadTime() => Environment.CpuUsage.TotalTime;

    private static string Describe(IFuzzTarget target, ulong seed, string what) =>
        $"fuzz {target.Name}: seed {seed}: {what}\nagain: ./x fuzz {target.Name} --seed {seed} --count 1";
}
