namespace KernKit.Bpf.Engine;

/// <summary>The entry of a compiled function.</summary>
internal delegate ulong CompiledEntry(nint memory, ulong r1, ulong r2);

/// <summary>One slice of a large function: takes registers from memory and says which slot comes next, or -1.</summary>
internal delegate int CompiledSlice(nint memory, nint registers, int slot);

/// <summary>A function too large for one method: .NET's compiler stops optimizing near 3,000 instructions.</summary>
/// <param name="SliceOfSlot">For each slot of the program, the slice that holds it.</param>
/// <param name="Slices">The slices.</param>
internal sealed record SlicedFunction(int[] SliceOfSlot, CompiledSlice[] Slices)
{
    /// <summary>Runs slice after slice; compiled code calls it like a function.</summary>
    public static ulong Run(
        BpfMachine machine, nint memory, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, ulong r10, int entry)
    {
        unsafe
        {
            // SAFETY: slices read and write registers 0 to 10 only, and none keeps the address when it returns.
            var registers = stackalloc ulong[11];
            new Span<ulong>(registers, 11).Clear();
            (registers[1], registers[2], registers[3], registers[4]) = (r1, r2, r3, r4);
            (registers[5], registers[10]) = (r5, r10);
            var function = machine.RunningUnit.SlicedFunctions[entry];
            for (var slot = entry; slot >= 0;)
            {
                slot = function.Slices[function.SliceOfSlot[slot]](memory, (nint)registers, slot);
            }

            return registers[0];
        }
    }
}
