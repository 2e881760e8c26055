namespace KernKit.Build;

/// <summary>What the database remembers of one step.</summary>
internal sealed record StepRecord
{
    /// <summary>
    /// Stands for the hash of a discovered file that changed while the step ran; no hash, so it never equals one.
    /// </summary>
    public const string Unsettled = "unsettled";

    private static readonly Dictionary<string, string> NoFiles = [];

    /// <summary>A step that never ran.</summary>
    public static StepRecord None { get; } = new();

    /// <summary>
    /// All that was known before the step ran, one "label, tab, value" a line: see <see cref="StepIdentity"/>. Kept as
    /// text rather than as its hash: comparing needs no cryptography, and the difference says why a step runs. Empty
    /// after a failure, and where something that it names changed while the step ran.
    /// </summary>
    public string Identity { get; init; } = "";

    /// <summary>Files that the run turned out to depend on, with the hashes it saw; relative to the project.</summary>
    public IReadOnlyDictionary<string, string> Discovered { get; init; } = NoFiles;

    /// <summary>Outputs with the hashes of what was written; relative to the project.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = NoFiles;

    /// <summary>Warnings, repeated on every build: silence would mean that they are gone.</summary>
    public IReadOnlyList<StepMessage> Messages { get; init; } = [];

    /// <summary>The generator's output directory, relative to the project.</summary>
    public string OutputDirectory { get; init; } = "";

    /// <summary>True if the directory is the user's: there, only what is still ours is ever deleted.</summary>
    public bool IsOutside { get; init; }

    /// <summary>Why the step ran last.</summary>
    public string Cause { get; init; } = "";

    /// <summary>How it got its outputs: ran, cache, failed.</summary>
    public string How { get; init; } = "";

    /// <summary>When, in milliseconds since 1970.</summary>
    public long RanAtMilliseconds { get; init; }

    /// <summary>How long it took.</summary>
    public int DurationMilliseconds { get; init; }
}
