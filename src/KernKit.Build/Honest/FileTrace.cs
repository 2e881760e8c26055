using System.Text;
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

            if (ParseSecond(line) is { } second)
            {
                seen.Add(second);
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

        var path = Unescape(match.Groups["path"].Value);
        var rest = match.Groups["rest"].Value;
        var result = Result().Match(rest);
        var succeeded = result.Success && result.Groups["number"].Value[0] != '-';
        var full = Path.GetFullPath(path.Length == 0 ? "." : path, directory);
        if (succeeded && result.Groups["name"].Success && name.StartsWith("open", StringComparison.Ordinal))
        {
            // The kernel's own answer: links and dots are resolved.
            full = Unescape(result.Groups["name"].Value);
        }

        var isOpen = name.StartsWith("open", StringComparison.Ordinal) || name is "creat";
        var writes = (isOpen && (rest.Contains("O_WRONLY", StringComparison.Ordinal) ||
            rest.Contains("O_RDWR", StringComparison.Ordinal) || rest.Contains("O_CREAT", StringComparison.Ordinal))) ||
            name is "creat" or "mkdir" or "mkdirat" or "unlink" or "unlinkat" or "rmdir" or "rename" or "renameat"
                or "renameat2" or "truncate" or "chmod" or "fchmodat"
                or "utimensat" or "mknod" or "mknodat";
        var isRefused = rest.Contains("= -1 EACCES", StringComparison.Ordinal);
        // Of a link the first name is only what it leads to; see ParseSecond.
        var verb = writes ? "writes"
            : !succeeded && !isRefused ? "asks for"
            : isOpen && rest.Contains("O_DIRECTORY", StringComparison.Ordinal) ? "lists"
            : isOpen && rest.Contains("O_PATH", StringComparison.Ordinal) ? "asks for"
            : isOpen || name is "link" or "linkat" || name.StartsWith("execve", StringComparison.Ordinal) ? "reads"
            : "asks for";
        return name is "chdir" or "getcwd" or "symlink" or "symlinkat"
            ? null
            : new FileAccessSeen(full, verb, isRefused);
    }

    /// <summary>Reads the second name of a call that has two: where a file is moved or linked to.</summary>
    /// <param name="line">Without the process number.</param>
    /// <returns>Null if it has none.</returns>
    internal FileAccessSeen? ParseSecond(string line)
    {
        var match = CallOfTwo().Match(line);
        if (!match.Success)
        {
            return null;
        }

        var directory = match.Groups["at"].Success ? match.Groups["at"].Value : ProjectDirectory;
        return Path.IsPathRooted(directory)
            ? new FileAccessSeen(Path.GetFullPath(Unescape(match.Groups["path"].Value), directory), "writes",
                line.Contains("= -1 EACCES", StringComparison.Ordinal))
            : null;
    }

    /// <summary>strace writes the bytes of a name that are not ASCII as up to three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, at, 1));
                continue;
            }

            var c = text[++at];
            if (c is >= '0' and <= '7')
            {
                var value = 0;
                for (var digits = 0; digits < 3 && at < text.Length && text[at] is >= '0' and <= '7'; digits++)
                {
                    value = (value * 8) + text[at++] - '0';
                }

                at--;
                bytes.Add((byte)value);
            }
            else
            {
                bytes.Add((byte)(c switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'v' => '\v',
                    'f' => '\f',
                    _ => c,
                }));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    [GeneratedRegex("""^(?:rename(?:at2?)?|link(?:at)?|symlink(?:at)?)\(.*?, (?:(?:AT_FDCWD|\d+)<(?<at>[^>]*)>, )?""" +
        "\"(?<path>(?:[^\"\\\\]|\\\\.)*)\"[^\"]*$")]
    private static partial Regex CallOfTwo();

    [GeneratedRegex("""^(?<call>[a-z0-9_]+)\((?:(?:AT_FDCWD|\d+)<(?<at>[^>]*)>, )?""" +
        "\"(?<path>(?:[^\"\\\\]|\\\\.)*)\"(?<rest>.*)$")]
    private static partial Regex Call();

    [GeneratedRegex(@"\)\s+= (?<number>-?\d+)(?:<(?<name>[^>]*)>)?")]
    private static partial Regex Result();
}
