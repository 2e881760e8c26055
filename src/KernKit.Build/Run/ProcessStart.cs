namespace KernKit.Build;

/// <summary>A program to start, without a shell.</summary>
internal sealed record ProcessStart
{
    /// <summary>Absolute path.</summary>
    public required string Program { get; init; }

    /// <summary>What the program sees as its own name.</summary>
    public required string Name { get; init; }

    /// <summary>The words after it.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary><c>NAME=value</c>; nothing else is passed on.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>Absolute path.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The file that standard output is appended to.</summary>
    public required string OutputPath { get; init; }

    /// <summary>The file that standard error is appended to; may be the same.</summary>
    public required string ErrorPath { get; init; }

    /// <summary>The descriptor of standard input, or -1 for /dev/null.</summary>
    public int InputDescriptor { get; init; } = -1;
}
