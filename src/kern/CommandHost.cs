using KernKit.Command.Images;
using KernKit.Command.Output;

namespace KernKit.Command;

/// <summary>What the command sees of the world, so that tests can give it another one in the same process.</summary>
internal sealed class CommandHost
{
    /// <summary>Standard output.</summary>
    public required Stream Output { get; init; }

    /// <summary>Standard error.</summary>
    public required Stream Error { get; init; }

    /// <summary>Opens images.</summary>
    public required IImageSource Images { get; init; }

    /// <summary>True if standard output is a terminal: names are escaped on it.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>True if standard error is a terminal: progress is shown on it.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>False if the user wants no colours (NO_COLOR, or a terminal that has none).</summary>
    public bool ColorAllowed { get; init; }

    /// <summary>Stops what is running; the command then cleans up.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// True if the command takes SIGINT, SIGTERM and SIGHUP itself while it has something to clean up.
    /// </summary>
    public bool CatchesSignals { get; init; }

    /// <summary>True if listings are coloured.</summary>
    public bool OutputIsColored => OutputIsTerminal && ColorAllowed;

    /// <summary>True if errors are coloured.</summary>
    public bool ErrorIsColored => ErrorIsTerminal && ColorAllowed;

    /// <summary>The process's own streams and environment.</summary>
    public static CommandHost ForProcess() => new()
    {
        Output = new StandardStream(1),
        Error = new StandardStream(2),
        Images = new ImageFiles(),
        OutputIsTerminal = StandardStream.IsTerminal(1),
        ErrorIsTerminal = StandardStream.IsTerminal(2),
        ColorAllowed = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb",
        CatchesSignals = true,
    };
}
