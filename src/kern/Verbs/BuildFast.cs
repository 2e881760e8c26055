using KernKit.Build;

namespace KernKit.Command.Verbs;

/// <summary>
/// <c>kern build gen</c> with nothing to do, which is how make and ninja call it most of the time: proved without the
/// command-line library, signals and output buffers. Whatever is not plainly up to date is left to the full verb, which
/// then says and does the rest. bench/build.cs pays for it.
/// </summary>
internal static class BuildFast
{
    /// <summary>Tries.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit status, or null if the full verb has to run.</returns>
    public static int? TryRun(string[] arguments)
    {
        if (arguments is not ["build", "gen", ..] ||
            JobServer.IsDryRun(Environment.GetEnvironmentVariable(BuildGen.MakeFlags)))
        {
            return null;
        }

        return TryGen(arguments.AsSpan(2));
    }

    private static int? TryGen(ReadOnlySpan<string> arguments)
    {
        var marks = new BuildMarks();
        string? graph = null;
        for (var at = 0; at < arguments.Length; at++)
        {
            var word = arguments[at];
            var next = at + 1 < arguments.Length ? arguments[at + 1] : "-";
            switch (word)
            {
                case BuildVerb.StampName or BuildVerb.DepfileName or BuildVerb.TargetName when next[0] != '-':
                    marks = word switch
                    {
                        BuildVerb.StampName => marks with { Stamp = next },
                        BuildVerb.DepfileName => marks with { Depfile = next },
                        _ => marks with { Target = next },
                    };
                    at++;
                    break;
                case { Length: > 0 } when word[0] is not ('-' or '@') && graph is null:
                    graph = word;
                    break;
                default:
                    return null;
            }
        }

        try
        {
            return Run(graph ?? GraphFile.FileName, marks);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What a run of this graph with these marks is asked for: see <see cref="Snapshot"/>.</summary>
    /// <param name="graph">The graph's path, absolute.</param>
    /// <param name="here">The current directory.</param>
    /// <param name="marks">What is left for the caller; equal marks were written when the snapshot was.</param>
    /// <returns>The question.</returns>
    public static string QuestionOf(string graph, string here, BuildMarks marks) => string.Join(
        '\n', "kern", graph, here, marks.Stamp, marks.Depfile, marks.Target);

    private static int? Run(string graph, BuildMarks marks)
    {
        if (marks.Depfile is not null && !File.Exists(marks.Depfile))
        {
            return null;
        }

        var here = Directory.GetCurrentDirectory();
        var full = Path.GetFullPath(graph, here);
        var question = QuestionOf(full, here, marks);
        // The graph is among the stamps: a snapshot that holds in the usual place proves that this is the place.
        var usual = GraphFile.DefaultStateOf(full);
        if (!IsUpToDate(usual, question) &&
            (GraphFile.StateOf(full) is not { } state || state == usual || !IsUpToDate(state, question)))
        {
            return null;
        }

        marks.Touch();
        return ExitStatus.Done;
    }

    private static bool IsUpToDate(string state, string question) => Snapshot.Answers(
        Path.Join(state, Snapshot.FileName), question, Environment.GetEnvironmentVariable);
}
