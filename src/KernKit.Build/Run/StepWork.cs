namespace KernKit.Build;

/// <summary>A step with everything decided that its run needs; a worker gets it and shares nothing else.</summary>
internal sealed record StepWork
{
    /// <summary>Stands for the private output directory in words and in identities.</summary>
    public const string OutToken = "{out}";

    /// <summary>Stands for the project's directory.</summary>
    public const string ProjectToken = "{project}";

    /// <summary>Stands for the directory of restored packages.</summary>
    public const string PackagesToken = "{packages}";

    /// <summary>The step.</summary>
    public required Step Step { get; init; }

    /// <summary>See <see cref="StepIdentity"/>.</summary>
    public required string Identity { get; init; }

    /// <summary>All declared inputs, relative to the project.</summary>
    public required IReadOnlyList<string> DeclaredInputs { get; init; }

    /// <summary>The hashes of <see cref="DeclaredInputs"/> that the identity holds, in order.</summary>
    public required IReadOnlyList<string> InputHashes { get; init; }

    /// <summary>The program's absolute path; "" for a class.</summary>
    public string Program { get; init; } = "";

    /// <summary>The words after the program, with tokens.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The output that takes standard output, or "".</summary>
    public string StandardOutput { get; init; } = "";

    /// <summary>The depfile below the private directory, or "".</summary>
    public string Depfile { get; init; } = "";

    /// <summary>Named variables, <c>NAME=value</c>, with tokens.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Ends a class that looks at it; a process is killed.</summary>
    public CancellationToken Limit { get; init; }

    /// <summary>Files of the program itself, absolute: reading them is no undeclared read.</summary>
    public IReadOnlyList<string> ProgramFiles { get; init; } = [];

    /// <summary>The hashes of <see cref="ProgramFiles"/> that the identity holds, in order.</summary>
    public required IReadOnlyList<string> ProgramHashes { get; init; }
}
