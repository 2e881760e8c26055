using System.Text.RegularExpressions;

namespace KernKit.Build;

/// <summary>One thing that a program did with a file.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Verb">reads, writes, lists, or "asks for" where it only looks whether there is such a file.</param>
/// <param name="IsRefused">True if it was not permitted.</param>
internal sealed record FileAccessSeen(string Path, string Verb, bool IsRefused = false);

/// <summary>
/// A program under strace(1): sees every call that names a file, also those that only ask for its existence and those
/// whose failure the program hides.
/// </summary>
internal sealed partial record FileTrace : Surroundings
{
    private const string Program = "/usr/bin/strace";
    private const int LinesMax = 2_000_000;

    /// <summary>True if there is an strace.</summary>
    public static bool IsAvailable => File.Exists(Program);

    /// <summary>The absolute path of the trace.</summary>
    public required string TracePath { get; init; }

    /// <summary>A cage to run in besides, so that what is refused does not happen while it is watched.</summary>
    public Cage? Cage { get; init; }

    /// <inheritdoc/>
    public override int StartIn(Func<int> start) => Cage is null ? start() : Cage.StartIn(start);

    /// <inheritdoc/>
    public override ProcessStart Wrap(ProcessStart start) => start with
    {
        Program = Program,
        Name = "strace",
        Arguments =
        [
            // -y prints the directory of relative names and the name of each descriptor; -s keeps long names whole.
            "-f", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", "trace=%file", "-e", "signal=none",
            "-o", TracePath, "--", start.Program, .. start.Arguments,
        ],
    };

    /// <summary>Reads what the program did.</summary>
    /// <returns>Each once, in order.</returns>
    public IReadOnlyList<FileAccessSeen> Read()
    {
        var seen = new List<FileAccessSeen>();
        if (!File.Exists(TracePath))
        {
            return seen;
        }

        // A call that another thread interrupts is printed in two parts.
        var unfinished = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var raw in File.ReadLines(TracePath).Take(LinesMax))
        {
            var space = raw.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0)
            {
                continue;
            }

            var (process, line) = (raw[..space], raw[space..].TrimStart());
            const string Cut = " <unfinished ...>";
            if (line.EndsWith(Cut, StringComparison.Ordinal))
            {
                unfinished[process] = line[..^Cut.Length];
                continue;
            }

            if (line.StartsWith("<... ", StringComparison.Ordinal) && unfinished.Remove(process, out var start))
            {
                line = start + line[(line.IndexOf('>', StringComparison.Ordinal) + 1)..];
            }

            if (Parse(line) is { } access)
            {
                seen.Add(access);
            }
        }

        return [.. seen.Distinct()];
    }

    /// <summary>Reads one call.</summary>
    /// <param name="line">Without the process number.</param>
    /// <returns>Null if it names no file.</returns>
    internal FileAccessSeen? Parse(string line)
    {
        var match = Call().Match(line);
        if (!match.Success)
        {
            return null;
        }

        var name = match.Groups["call"].Value;
        var directory = match.Groups["at"].Success ? match.Groups["at"].Value : ProjectDirectory;
        if (!Path.IsPathRooted(directory))
        {
            // A descriptor of no file: "pipe:[4711]", whose own state is asked for by an empty name.
            return null;
        }

        var path = Regex.Unescape(match.Groups["path"].Value);
        var rest = match.Groups["rest"].Value;
        var result = Result().Match(rest);
        var succeeded = result.Success && result.Groups["number"].Value[0] != '-';
        var full = Path.GetFullPath(path.Length == 0 ? "." : path, directory);
        if (succeeded && result.Groups["name"].Success && name.StartsWith("open", StringComparison.Ordinal))
        {
            // The kernel's own answer: links and dots are resolved.
            full = result.Groups["name"].Value;
        }

        var isOpen = name.StartsWith("open", StringComparison.Ordinal) || name is "creat";
        var writes = (isOpen && (rest.Contains("O_WRONLY", StringComparison.Ordinal) ||
            rest.Contains("O_RDWR", StringComparison.Ordinal) || rest.Contains("O_CREAT", StringComparison.Ordinal))) ||
            name is "creat" or "mkdir" or "mkdirat" or "unlink" or "unlinkat" or "rmdir" or "rename" or "renameat"
                or "renameat2" or "link" or "linkat" or "symlink" or "symlinkat" or "truncate" or "chmod" or "fchmodat"
                or "utimensat" or "mknod" or "mknodat";
        var isRefused = rest.Contains("= -1 EACCES", StringComparison.Ordinal);
        var verb = writes ? "writes"
            : !succeeded && !isRefused ? "asks for"
            : isOpen && rest.Contains("O_DIRECTORY", StringComparison.Ordinal) ? "lists"
            : isOpen && rest.Contains("O_PATH", StringComparison.Ordinal) ? "asks for"
            : isOpen || name.StartsWith("execve", StringComparison.Ordinal) ? "reads"
            : "asks for";
        return name is "chdir" or "getcwd" ? null : new FileAccessSeen(full, verb, isRefused);
    }

    [GeneratedRegex("""^(?<call>[a-z0-9_]+)\((?:(?:AT_FDCWD|\d+)<(?<at>[^>]*)>, )?""" +
        "\"(?<path>(?:[^\"\\\\]|\\\\.)*)\"(?<rest>.*)$")]
    private static partial Regex Call();

    [GeneratedRegex(@"\)\s+= (?<number>-?\d+)(?:<(?<name>[^>]*)>)?")]
    private static partial Regex Result();
}
