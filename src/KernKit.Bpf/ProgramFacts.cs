namespace KernKit.Bpf;

/// <summary>What a verifier proved about a program: engines leave out the checks that these facts make
/// needless.</summary>
/// <remarks>
/// <para>The contract. An access is proved if, in every run with <see cref="ContextBytesMin"/> to
/// <see cref="ContextBytesMax"/> bytes of context, whose fields hold what the program's type says, and with maps as
/// they were given to the verifier, whenever control comes to the slot, the bytes of the access lie inside the frames
/// of the stack, the run's context or one map's values. A jump is bounded if the jumps over it come to an end by
/// themselves, soon enough for the host's patience: it then costs no fuel, where
/// <see cref="MachineOptions.AreBoundedLoopsFree"/> is set. The division of labour: the verifier fills facts once, then
/// they are only read, from any thread; a machine whose context is shorter or longer runs with all checks.</para>
/// <para>Where nothing is proved, nothing is lost but time: the check stays.</para>
/// </remarks>
public sealed class ProgramFacts
{
    private readonly ulong[] _accesses;
    private readonly ulong[] _bounded;

    /// <summary>Makes facts that prove nothing.</summary>
    /// <param name="program">The program that they are about.</param>
    internal ProgramFacts(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Program = program;
        _accesses = new ulong[(program.Length + 63) / 64];
        _bounded = new ulong[(program.Length + 63) / 64];
    }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>Bytes of context that the proofs take for granted; 0 unless set.</summary>
    public int ContextBytesMin { get; internal set; }

    /// <summary>Bytes of context up to which the proofs hold; any number unless set.</summary>
    public int ContextBytesMax { get; internal set; } = int.MaxValue;

    /// <summary>The maps that the proofs take for granted, by index.</summary>
    internal IReadOnlyList<MapDefinition> Maps { get; set; } = [];

    /// <summary>Whether no byte of the stack is read before it is written: then nobody clears it. False unless
    /// set.</summary>
    public bool IsStackWrittenFirst { get; internal set; }

    /// <summary>Whether the load, store or atomic access at a slot needs no check of its address.</summary>
    /// <param name="slot">The slot; 0 to the program's length, excluded.</param>
    /// <returns>True if it was proved. Alignment of atomic accesses is no part of it.</returns>
    public bool IsAccessProved(int slot) => (_accesses[slot >> 6] & (1UL << slot)) != 0;

    /// <summary>Whether the jump back or local call at a slot needs no fuel.</summary>
    /// <param name="slot">The slot; 0 to the program's length, excluded.</param>
    /// <returns>True if it was proved.</returns>
    public bool IsBounded(int slot) => (_bounded[slot >> 6] & (1UL << slot)) != 0;

    /// <summary>Notes that the access at a slot was proved.</summary>
    /// <param name="slot">The slot.</param>
    internal void ProveAccess(int slot) => _accesses[slot >> 6] |= 1UL << slot;

    /// <summary>Notes that the jump back or local call at a slot comes to an end.</summary>
    /// <param name="slot">The slot.</param>
    internal void ProveBounded(int slot) => _bounded[slot >> 6] |= 1UL << slot;
}
