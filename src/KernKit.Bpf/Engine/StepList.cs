using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>A program as steps, and which slots they came from.</summary>
/// <param name="Steps">The steps, pinned.</param>
/// <param name="FirstSlots">For each step its first slot; then the program's length.</param>
/// <param name="StepOfSlot">For the first slot of each step the step; -1 for the others.</param>
internal sealed record StepList(Step[] Steps, int[] FirstSlots, int[] StepOfSlot)
{
    /// <summary>Steps that are not fused: one a slot.</summary>
    public static StepList Plain(Step[] steps)
    {
        int[] slots = [.. Enumerable.Range(0, steps.Length + 1)];
        return new StepList(steps, slots, slots);
    }

    /// <summary>The slot of a step's jump or call: the last of those that it was made of.</summary>
    public int LastSlot(int step) => FirstSlots[step + 1] - 1;

    /// <summary>The slot of a step's access.</summary>
    public int AccessSlot(BpfProgram program, int step)
    {
        var slot = FirstSlots[step];
        while (!program.Ops[slot].IsAccess())
        {
            slot++;
        }

        return slot;
    }
}
