using KernKit.Build;

namespace KernKit.Command.Verbs;

/// <summary>
/// <c>kern build gen</c> with nothing to do, which is how make and ninja call it most of the time: proved without the
/// command-line library, signals and output buffers. Whatever is not plainly up to date is left to the full verb, which
/// then says and does the rest. bench/build.cs pays for it: 2 ms of 6.
/// </summary>
internal static class BuildFast
{
    /// <summary>Tries.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit status, or null if the full verb has to run.</returns>
    public static int? TryRun(string[] arguments)
    {
        if (arguments is not ["build", "gen", ..])
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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DeclarationException)
        {
            return null;
        }
    }

    private static int? Run(string graph, BuildMarks marks)
    {
        var isQuiet = true;
        var declaration = GraphFile.Read(graph);
        var run = new BuildRun(declaration, new BuildOptions
        {
            Question = true,
            Environment = BuildGen.Variables(),
            Tools = BuildGen.OwnFiles(),
            Report = (_, _, _, _, _, _) => isQuiet = false,
        });
        run.Run();
        if (!isQuiet || run.HasFailed || run.Database.IsChanged ||
            declaration.Generators.Any(static generator => generator.CommittedTo.Length > 0))
        {
            return null;
        }

        marks.Write(declaration, run);
        return ExitStatus.Done;
    }
}
