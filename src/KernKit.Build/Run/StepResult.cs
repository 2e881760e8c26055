namespace KernKit.Build;

/// <summary>A file that a step made, not yet under its final name.</summary>
/// <param name="Name">Relative to the generator's output directory.</param>
/// <param name="TemporaryPath">Absolute; the committer moves it away or deletes it.</param>
internal sealed record MadeFile(string Name, string TemporaryPath);

/// <summary>What came of a run.</summary>
internal sealed record StepResult
{
    private static readonly Dictionary<string, string?> Nothing = [];

    /// <summary>True if the outputs may be used.</summary>
    public bool Succeeded => !Messages.Any(static message => message.IsError);

    /// <summary>What it made.</summary>
    public IReadOnlyList<MadeFile> Files { get; init; } = [];

    /// <summary>
    /// What it read beyond its declared inputs, relative to the project, with the hash of what it read. Null where only
    /// the name is known, from a depfile.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Discovered { get; init; } = Nothing;

    /// <summary>Errors and warnings.</summary>
    public IReadOnlyList<StepMessage> Messages { get; init; } = [];

    /// <summary>The clock when it started.</summary>
    public long StartedAtNanoseconds { get; init; }

    /// <summary>How long it took.</summary>
    public int DurationMilliseconds { get; init; }

    /// <summary>True if it came from the cache.</summary>
    public bool FromCache { get; init; }
}
