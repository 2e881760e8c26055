using System.Collections;
using System.Text;
using KernKit.Build;

namespace KernKit.Command.Verbs;

/// <summary><c>kern build gen</c>: runs a declared graph by itself.</summary>
internal static class BuildGen
{
    /// <summary>The variable in which make hands its options on.</summary>
    public const string MakeFlags = "MAKEFLAGS";

    private const string OutOfDate = "KK9006";

    /// <summary>Runs the verb.</summary>
    public static int Run(Session session)
    {
        var arguments = session.Arguments;
        var graph = arguments.GetValue<string?>(BuildVerb.GraphName) ?? GraphFile.FileName;
        BuildDeclaration declaration;
        try
        {
            declaration = GraphFile.Read(graph);
        }
        catch (DeclarationException error)
        {
            Line(session, $"kern: build: {error.Code}: {error.Message}");
            return ExitStatus.Damaged;
        }
        catch (FileNotFoundException error)
        {
            Line(session, "kern: build: " + error.Message);
            return ExitStatus.No;
        }

        var makeFlags = Environment.GetEnvironmentVariable(MakeFlags);
        var isDryRun = JobServer.IsDryRun(makeFlags);
        var status = ExitStatus.Done;
        void Report(string kind, string code, string file, int line, int column, string message)
        {
            lock (session)
            {
                if (isDryRun && code == OutOfDate)
                {
                    Line(session, "kern: build: " + message);
                    return;
                }

                status = kind == "error" ? Math.Max(status, StatusOf(code)) : status;
                Say(session, kind, code, file, line, column, message);
            }
        }

        if (arguments.GetValue<bool>(BuildVerb.CleanName))
        {
            Cleaning.Run(declaration.ProjectDirectory, declaration.StateDirectory, Report);
            return status;
        }

        // Ctrl-C: children are in a group of their own, so they are ended here.
        using var interruption = new Interruption(session.Host);
        using var jobs = JobServer.Find(makeFlags, out var isAlone);
        var run = new BuildRun(declaration, Options(session, graph, Report, interruption.Token) with
        {
            AskOnly = isDryRun || arguments.GetValue<bool>(BuildVerb.QuestionName),
            // Said here, -j counts as make's own does: for this program alone.
            Jobs = arguments.GetValue<int?>(BuildVerb.JobsName) is null ? jobs : null,
            JobsMax = arguments.GetValue<int?>(BuildVerb.JobsName) ?? (isAlone ? 1 : 0),
        });
        run.Run();
        if (interruption.Token.IsCancellationRequested)
        {
            return interruption.Status;
        }

        if (status == ExitStatus.Done && !isDryRun && !arguments.GetValue<bool>(BuildVerb.QuestionName))
        {
            MarksOf(session).Write(declaration, run);
        }

        if (session.Json)
        {
            session.Output.WriteText(
                $"{{\"ran\":{run.StepsRun},\"from_cache\":{run.StepsFromCache}," +
                $"\"processes\":{run.ProcessesStarted}}}\n");
        }

        return status;
    }

    /// <summary>The variables of this process.</summary>
    public static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry pair in Environment.GetEnvironmentVariables())
        {
            variables[(string)pair.Key] = (string?)pair.Value ?? "";
        }

        return variables;
    }

    private static BuildMarks MarksOf(Session session) => new()
    {
        Stamp = session.Arguments.GetValue<string?>(BuildVerb.StampName),
        Depfile = session.Arguments.GetValue<string?>(BuildVerb.DepfileName),
        Target = session.Arguments.GetValue<string?>(BuildVerb.TargetName),
    };

    private static BuildOptions Options(
        Session session,
        string graph,
        Action<string, string, string, int, int, string> report,
        CancellationToken cancellation)
    {
        var arguments = session.Arguments;
        var environment = Variables();
        var sandbox = arguments.GetResult(BuildVerb.SandboxName) is null
            ? SandboxMode.Off
            : Enum.TryParse<SandboxMode>(arguments.GetValue<string?>(BuildVerb.SandboxName), true, out var mode)
                ? mode
                : SandboxMode.Auto;
        return new BuildOptions
        {
            Question = BuildFast.QuestionOf(
                Path.GetFullPath(graph), Directory.GetCurrentDirectory(), MarksOf(session)),
            Force = arguments.GetValue<bool>(BuildVerb.ForceName),
            Sandbox = sandbox,
            Determinism = arguments.GetValue<bool>(BuildVerb.DeterminismName),
            Committed = arguments.GetValue<bool>(BuildVerb.CheckName) ? CommittedMode.Check : CommittedMode.Write,
            Cache = BuildCache.FromEnvironment(environment),
            Environment = environment,
            Tools = OwnFiles(),
            Cancellation = cancellation,
            Report = report,
        };
    }

    /// <summary>
    /// What the engine's own classes are made of: the assemblies, or the one program that holds them.
    /// </summary>
    public static LoadedTool[] OwnFiles()
    {
        string[] names = ["KernKit.Build.dll", "KernKit.Layout.Compiler.dll"];
        var paths = names.Select(static name => Path.Join(AppContext.BaseDirectory, name)).Where(File.Exists).ToArray();
        return [.. (paths.Length > 0 ? paths : [Environment.ProcessPath ?? "/proc/self/exe"])
            .Select(static path => new LoadedTool(path, default, 0, null))];
    }

    private static int StatusOf(string code) => code switch
    {
        "KK9007" or "KK9010" or "KK9011" or "KK9023" => ExitStatus.Damaged,
        "KK9005" or "KK9008" or "KK9019" or "KK9020" => ExitStatus.System,
        _ => ExitStatus.No,
    };

    private static void Say(
        Session session, string kind, string code, string file, int line, int column, string message)
    {
        if (kind == "message")
        {
            if (session.Arguments.GetValue<bool>(BuildVerb.VerboseName))
            {
                Line(session, message);
            }

            return;
        }

        // With a file: as compilers say it, so that editors find the place. Without: as kern says everything.
        var where = file.Length == 0 ? "kern: build"
            : Path.GetRelativePath(Directory.GetCurrentDirectory(), file) +
                (line > 0 ? $"({line},{Math.Max(column, 1)})" : "");
        Line(session, file.Length == 0
            ? $"{where}: {(kind == "warning" ? "warning " : "")}{code}: {message}"
            : $"{where}: {kind} {code}: {message}");
    }

    private static void Line(Session session, string text)
    {
        session.Host.Error.Write(Encoding.UTF8.GetBytes(text + "\n"));
        session.Host.Error.Flush();
    }
}
