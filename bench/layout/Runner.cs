using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>
/// Runs candidates of a group in interleaved rounds; each gives a sum, which must be the same for all.
/// </summary>
internal sealed class Runner(int rounds)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Measures one group; the first candidate is the one the others are compared with.</summary>
    public void Compare(string group, int records, params (string Name, Func<ulong> Run)[] candidates)
    {
        var times = candidates.Select(_ => new List<double>()).ToArray();
        var allocated = new long[candidates.Length];
        ulong? sum = null;
        // Tiers go up with calls and time; what is measured is the last one.
        for (int warm = 0; warm < 160; warm++)
        {
            foreach ((string name, Func<ulong> run) in candidates)
            {
                ulong made = run();
                sum ??= made;
                if (made != sum)
                {
                    throw new InvalidOperationException($"{group}: {name} gives {made}, the first gives {sum}");
                }
            }

            if (warm is 40 or 80 or 120)
            {
                Thread.Sleep(300);
            }
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < candidates.Length; i++)
            {
                // Who begins takes turns, so that no candidate always finds what the same other one left in caches.
                int turn = (i + round) % candidates.Length;
                long before = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                candidates[turn].Run();
                times[turn].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / records);
                allocated[turn] = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        double[] medians = [.. times.Select(static list => list.Order().ElementAt(list.Count / 2))];
        for (int i = 0; i < candidates.Length; i++)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"| {group} | {candidates[i].Name} | {medians[i]:0.00} | {medians[i] / medians[0]:0.00} | "
                    + $"{allocated[i] / (double)records:0.#} |");
            _lines.Add(line);
            Console.WriteLine(line);
        }
    }
}
