namespace KernKit.Bpf;

/// <summary>What a machine offers to its program, and what it allows.</summary>
public sealed record MachineOptions
{
    /// <summary>The options of a caller who gives none.</summary>
    public static MachineOptions Default { get; } = new();

    /// <summary>What executes the program.</summary>
    public EngineKind Engine { get; init; } = EngineKind.Tiered;

    /// <summary>Runs before <see cref="EngineKind.Tiered"/> compiles; 1,000 unless set.</summary>
    public int CompileAfterRuns { get; init; } = 1_000;

    /// <summary>The helpers; none unless set.</summary>
    public HelperTable Helpers { get; init; } = new();

    /// <summary>The arena; null to make one of its own, without maps, for <see cref="ContextBytesMax"/>.</summary>
    public BpfArena? Arena { get; init; }

    /// <summary>The maps, which instructions name by their index here; all of the same <see cref="Arena"/>.</summary>
    public IReadOnlyList<BpfMap> Maps { get; init; } = [];

    /// <summary>What was proved about the program, and about those that it tail calls; nothing unless set.</summary>
    public IReadOnlyList<ProgramFacts> Facts { get; init; } = [];

    /// <summary>Whether loops that were proved to end cost no fuel. False unless set: loops within loops end, too, but
    /// perhaps long after anybody waits for them.</summary>
    public bool AreBoundedLoopsFree { get; init; }

    /// <summary>Programs that were turned into C#; a machine uses the one made of its program, whatever the
    /// engine.</summary>
    public IReadOnlyList<AheadProgram> Ahead { get; init; } = [];

    /// <summary>Bytes of the longest context, if the machine makes its arena; 64 KiB unless set.</summary>
    public int ContextBytesMax { get; init; } = 65_536;

    /// <summary>Fuel of each run: about one unit an instruction in loops, straight code is free. 100 million unless
    /// set.</summary>
    public long Fuel { get; init; } = 100_000_000;

    /// <summary>Asked when fuel is out: returns what is added, or 0 to stop the run. Null stops it.</summary>
    public Func<BpfMachine, long>? RenewFuel { get; init; }
}
