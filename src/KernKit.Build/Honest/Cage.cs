using System.Runtime.ExceptionServices;

namespace KernKit.Build;

/// <summary>
/// Surroundings in which only what a step declared can be opened. A thread is restricted, starts the program or runs
/// the class, and ends: a restriction is for life.
/// </summary>
internal sealed record Cage : Surroundings
{
    /// <summary>Directories of the system, which every program needs and no step declares.</summary>
    public static readonly string[] SystemDirectories =
        [
            "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys", "/dev",
            "/nix", "/gnu",
        ];

    /// <summary>Absolute paths that may be read.</summary>
    public required IReadOnlyList<string> Readable { get; init; }

    /// <summary>Absolute paths of directories in which everything is allowed.</summary>
    public required IReadOnlyList<string> Writable { get; init; }

    /// <inheritdoc/>
    public override int StartIn(Func<int> start)
    {
        var processId = 0;
        RunIn(() => processId = start());
        return processId;
    }

    /// <inheritdoc/>
    public override void RunIn(Action action) => OnThread(() =>
    {
        Landlock.RestrictThread([.. SystemDirectories, .. Readable], ["/dev", .. Writable]);
        action();
    });

    /// <summary>Runs on a thread of its own.</summary>
    /// <param name="action">An exception comes out as it is.</param>
    public static void OnThread(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
