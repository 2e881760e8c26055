namespace KernKit.Build;

/// <summary>What to do with committed copies of outputs.</summary>
internal enum CommittedMode
{
    /// <summary>Bring them up to date.</summary>
    Write,

    /// <summary>Fail if one differs, and show how.</summary>
    Check,

    /// <summary>Leave them alone.</summary>
    Ignore,
}

/// <summary>How undeclared reads and writes are found.</summary>
internal enum SandboxMode
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>Landlock where the kernel has it, strace otherwise.</summary>
    Auto,

    /// <summary>The kernel refuses them.</summary>
    Landlock,

    /// <summary>strace sees them, questions about existence included.</summary>
    Strace,
}

/// <summary>How one build is run.</summary>
internal sealed record BuildOptions
{
    /// <summary>An editor asks: answer fast, warn instead of failing, start no process.</summary>
    public bool DesignTime { get; init; }

    /// <summary>Only say whether there is something to do.</summary>
    public bool AskOnly { get; init; }

    /// <summary>Run every step, and take nothing from the cache.</summary>
    public bool Force { get; init; }

    /// <summary>Find undeclared reads and writes.</summary>
    public SandboxMode Sandbox { get; init; }

    /// <summary>Run each step twice, in different surroundings, and compare.</summary>
    public bool Determinism { get; init; }

    /// <summary>What to do with committed copies.</summary>
    public CommittedMode Committed { get; init; }

    /// <summary>At most so many steps at once; 0 for the number of cores.</summary>
    public int JobsMax { get; init; }

    /// <summary>The shared cache, or null.</summary>
    public BuildCache? Cache { get; init; }

    /// <summary>The build's variables.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The engine's own files, with their stamps and hashes as far as known.</summary>
    public IReadOnlyList<LoadedTool> Tools { get; init; } = [];

    /// <summary>Asks for cores; gets how many it may use beyond none. Null grants all.</summary>
    public Func<int, int>? RequestCores { get; init; }

    /// <summary>Gives cores back.</summary>
    public Action<int>? ReleaseCores { get; init; }

    /// <summary>Where make keeps the right to run more than one step at once; null to need none.</summary>
    public JobServer? Jobs { get; init; }

    /// <summary>Ends the run.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Takes kind (error, warning, message), code, absolute file, line, column, message.</summary>
    public required Action<string, string, string, int, int, string> Report { get; init; }

    /// <summary>What was asked for, as text, if the answer may be remembered: see <see cref="Snapshot"/>.</summary>
    public string Question { get; init; } = "";

    /// <summary>True if who asks repeats warnings from a remembered answer: else there is none while there are any.
    /// </summary>
    public bool RepeatsWarnings { get; init; }

    /// <summary>Turns an output into what the asker is answered.</summary>
    public Func<ProducedFile, Dictionary<string, string>> ToItem { get; init; } = static _ => [];

    /// <summary>True if steps are examined rather than merely run.</summary>
    public bool IsExamination => Sandbox != SandboxMode.Off || Determinism;
}
