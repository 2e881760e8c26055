using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Says where to cut a function that is too large for one method.</summary>
internal static class SliceCutter
{
    /// <summary>Cuts a function's slots into runs of at most <see cref="Compiler.SliceSlots"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slots">The function's first slots, ascending.</param>
    /// <returns>Ranges of indexes into <paramref name="slots"/>.</returns>
    public static List<(int From, int To)> Cut(BpfProgram program, int[] slots)
    {
        var crossing = Crossings(program, slots);
        var ranges = new List<(int, int)>();
        var from = 0;
        while (slots.Length - from > Compiler.SliceSlots)
        {
            // The place with the fewest jumps across it in the last third of what fits; the latest of equals.
            var best = from + Compiler.SliceSlots;
            for (var at = best; at > from + (Compiler.SliceSlots * 2 / 3); at--)
            {
                best = crossing[at] < crossing[best] ? at : best;
            }

            ranges.Add((from, best));
            from = best;
        }

        ranges.Add((from, slots.Length));
        return ranges;
    }

    // For each index, how many jumps go from before it to it or behind it, or back; a jump back weighs as a loop.
    private static int[] Crossings(BpfProgram program, int[] slots)
    {
        const int LoopWeight = 100;
        var change = new int[slots.Length + 1];
        for (var i = 0; i < slots.Length; i++)
        {
            if (program.Ops[slots[i]].IsJump())
            {
                var target = Array.BinarySearch(slots, program.Target(slots[i]));
                var weight = target <= i ? LoopWeight : 1;
                change[Math.Min(i, target) + 1] += weight;
                change[Math.Max(i, target) + 1] -= weight;
            }
        }

        for (var i = 1; i < change.Length; i++)
        {
            change[i] += change[i - 1];
        }

        return change;
    }
}
