using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Bench.Layouts;

namespace Bench;

/// <summary>A program's first calls, before any tier goes up: what a command that lives for 0.1 s pays.</summary>
internal static class Startup
{
    private const int Calls = 9;

    /// <summary>Times the first calls of each form, and counts the methods that had to be compiled for it.</summary>
    public static List<string> Run(byte[] dinodes, int count, string kind)
    {
        var lines = new List<string>();

        // What measures is used once before it measures.
        Measure("warm", static _ => 0, [], 1, kind);
        lines.Add(Measure("view", static bytes => Records.View<LittleEndian>(bytes), dinodes, count, kind));
        lines.Add(Measure(
            "view, swapped", static bytes => Records.View<BigEndian>(bytes), dinodes, count, kind));
        lines.Add(Measure("MemoryMarshal structure", static bytes => Records.Struct(bytes), dinodes, count, kind));
        lines.Add(Measure(
            "BinaryPrimitives", static bytes => Records.Primitives(bytes, false), dinodes, count, kind));
        return lines;
    }

    private static string Measure(string name, Func<byte[], ulong> run, byte[] bytes, int count, string kind)
    {
        double[] times = new double[Calls];
        long before = JitInfo.GetCompiledMethodCount(currentThread: true);
        for (int i = 0; i < Calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run(bytes);
            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        }

        long compiled = JitInfo.GetCompiledMethodCount(currentThread: true) - before;
        double first = times[0] / 1e6;
        double median = times[1..].Order().ElementAt((Calls - 1) / 2) / count;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {kind} | {name} | {first:0.00} | {median:0.0} | {compiled} |");
    }
}
