namespace KernKit.Bpf;

/// <summary>The entry of a program that was turned into C#.</summary>
/// <param name="machine">The machine that runs it.</param>
/// <param name="memory">The host's address of the arena's first byte.</param>
/// <param name="r1">Register 1.</param>
/// <param name="r2">Register 2.</param>
/// <param name="r3">Register 3.</param>
/// <param name="r4">Register 4.</param>
/// <param name="r5">Register 5.</param>
/// <param name="r10">The frame pointer.</param>
/// <returns>Register 0.</returns>
public delegate ulong AheadEntry(
    BpfMachine machine, nint memory, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, ulong r10);

/// <summary>A program and the C# that does what it says: made by <see cref="CSharpWriter"/>, compiled with the
/// host.</summary>
/// <remarks>It needs no code generation at run time, so it works where everything is compiled ahead of time.</remarks>
public sealed class AheadProgram
{
    /// <summary>Joins a program with its code; generated code calls this.</summary>
    /// <param name="code">The program's bytes.</param>
    /// <param name="entry">What was generated from them.</param>
    /// <param name="contextBytesMin">Bytes of context that removed checks rely on; 0 if none was removed.</param>
    /// <param name="contextBytesMax">Bytes of context up to which removed checks are not needed.</param>
    /// <exception cref="BpfFormatException">The bytes are no program.</exception>
    public AheadProgram(
        ReadOnlySpan<byte> code, AheadEntry entry, int contextBytesMin = 0, int contextBytesMax = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Program = BpfProgram.Load(code);
        (Entry, ContextBytesMin, ContextBytesMax) = (entry, contextBytesMin, contextBytesMax);
    }

    /// <summary>The program: give it to <see cref="BpfMachine"/> together with this in
    /// <see cref="MachineOptions.Ahead"/>.</summary>
    public BpfProgram Program { get; }

    /// <summary>Bytes of context that removed checks rely on; with less the machine interprets.</summary>
    public int ContextBytesMin { get; }

    /// <summary>Bytes of context up to which removed checks are not needed; with more the machine
    /// interprets.</summary>
    public int ContextBytesMax { get; }

    internal AheadEntry Entry { get; }
}
