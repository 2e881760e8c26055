namespace KernKit.Bpf;

/// <summary>What the verifier does about accesses and loops that it cannot prove.</summary>
public enum VerifierPolicy
{
    /// <summary>For programs that are not trusted: everything must be proved.</summary>
    Reject,

    /// <summary>What is not proved stays checked, or fuelled, while the program runs.</summary>
    Checked,
}

/// <summary>What a program is verified against, and how much the verifier may spend.</summary>
public sealed record VerifierOptions
{
    /// <summary>The options of a caller who gives none: plain memory in r1, its length in r2.</summary>
    public static VerifierOptions Default { get; } = new();

    /// <summary>What to do about what is not proved; <see cref="VerifierPolicy.Reject"/> unless set.</summary>
    public VerifierPolicy Policy { get; init; }

    /// <summary>The hook that runs the program; null to go by <see cref="TypeName"/>.</summary>
    public ProgramType? Type { get; init; }

    /// <summary>One of <see cref="Verifier.TypeNames"/>: Linux's types, and "memory", the default.</summary>
    public string TypeName { get; init; } = "memory";

    /// <summary>For plain memory: bytes that it has at least. 0 unless set.</summary>
    public int ContextBytesMin { get; init; }

    /// <summary>For plain memory: bytes that it has at most. 1 GiB, the longest arena, unless set.</summary>
    public int ContextBytesMax { get; init; } = BpfArena.SizeBytesMax;

    /// <summary>For types by name: helpers that are there; null for those of Linux (none for "memory").</summary>
    public HelperTable? Helpers { get; init; }

    /// <summary>The maps that 64-bit immediates name by their index.</summary>
    public IReadOnlyList<MapDefinition> Maps { get; init; } = [];

    /// <summary>Whether addresses may get into maps, packets and results; false unless set.</summary>
    public bool AllowPointerLeaks { get; init; }

    /// <summary>Whether instructions may be there that nothing leads to; false unless set, as in Linux.</summary>
    public bool AllowUnreachable { get; init; }

    /// <summary>Instructions that are followed, all ways counted, with the comparisons of states on the way
    /// weighed in; 200,000 unless set.</summary>
    public int InstructionsFollowedMax { get; init; } = 200_000;

    /// <summary>States that are kept for comparison; 100,000 unless set.</summary>
    public int StatesMax { get; init; } = 100_000;

    /// <summary>States kept apart at one instruction before they are joined; 256 unless set.</summary>
    public int StatesPerInstructionMax { get; init; } = 256;

    /// <summary>Functions that may be active at once; 8 unless set, and at most 8.</summary>
    public int CallDepthMax { get; init; } = BpfMachine.FrameCountMax;

    /// <summary>Bytes of stack of all functions that are active at once; 4,096 unless set, which is 512 for each.
    /// Linux's types have at most the 512 that they have there.</summary>
    public int StackBytesMax { get; init; } = BpfMachine.FrameBytes * BpfMachine.FrameCountMax;

    /// <summary>Rounds of a loop at most; 8,388,608 unless set, as for Linux's bpf_loop.</summary>
    public long LoopRoundsMax { get; init; } = 1L << 23;

    /// <summary>The options with the type that a program of an object has: by its section, which names a type or a
    /// hook; else by the structure that it takes, because sections that no type claims are common; else plain
    /// memory.</summary>
    /// <param name="program">The program.</param>
    public static VerifierOptions For(ObjectProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return Verifier.TypeOfSection(program.Section) is { } named ? new VerifierOptions { TypeName = named }
            : ProgramTypes.Find(program.Section) is { } hook ? new VerifierOptions { Type = hook }
            : Verifier.TypeOfContext(program.ContextName) is { } taken ? new VerifierOptions { TypeName = taken }
            : Default;
    }
}
