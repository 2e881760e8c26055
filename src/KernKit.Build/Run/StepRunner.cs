using System.Diagnostics;
using System.Globalization;

namespace KernKit.Build;

/// <summary>
/// Runs one step in a private directory. It shares nothing with other steps but hashes and the process group, so steps
/// run in parallel; committing what it made is the caller's, one at a time.
/// </summary>
/// <param name="declaration">Directories.</param>
/// <param name="files">For classes: what they read.</param>
/// <param name="group">For processes.</param>
/// <param name="classes">For classes.</param>
/// <param name="environment">The variables of the build.</param>
/// <param name="cancellation">Ends the build; processes are killed with their group.</param>
internal sealed class StepRunner(
    BuildDeclaration declaration,
    KnownFiles files,
    ProcessGroup group,
    GeneratorClasses classes,
    IReadOnlyDictionary<string, string> environment,
    CancellationToken cancellation)
{
    private const int LogLinesShown = 20;

    // What a generator sees of the build's environment without asking: where programs are, nothing that differs.
    private static readonly string[] FixedEnvironment =
        ["LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC", "SOURCE_DATE_EPOCH=315532800", "DOTNET_CLI_TELEMETRY_OPTOUT=1"];

    /// <summary>Runs.</summary>
    /// <param name="work">The step.</param>
    /// <param name="place">Its private directory.</param>
    /// <param name="surroundings">Null for the usual ones.</param>
    /// <returns>What came of it; a failure is a message and never an exception.</returns>
    public StepResult Run(StepWork work, PrivateDirectory place, Surroundings? surroundings = null)
    {
        var startedAt = FileStamp.NowNanoseconds;
        var clock = Stopwatch.GetTimestamp();
        StepResult result;
        try
        {
            place.Prepare(work);
            result = work.Step.Generator.IsProcess
                ? RunProcess(work, place, surroundings ?? Surroundings.Usual(declaration))
                : RunClass(work, place, surroundings ?? Surroundings.Usual(declaration));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            result = Failed(work, "KK9012", error.Message);
        }
        catch (ObjectDisposedException)
        {
            result = Failed(work, "KK9021", "stopped with the build");
        }

        return result with
        {
            StartedAtNanoseconds = startedAt,
            DurationMilliseconds = (int)Stopwatch.GetElapsedTime(clock).TotalMilliseconds,
        };
    }

    /// <summary>How a process step is started.</summary>
    /// <param name="work">The step.</param>
    /// <param name="place">Its private directory.</param>
    /// <param name="surroundings">Directory, home, zone, locale.</param>
    /// <returns>The description.</returns>
    public ProcessStart Describe(StepWork work, PrivateDirectory place, Surroundings surroundings)
    {
        string Fill(string text) => text
            .Replace(StepWork.OutToken, place.Output, StringComparison.Ordinal)
            .Replace(StepWork.PackagesToken, declaration.PackageDirectory, StringComparison.Ordinal)
            .Replace(StepWork.ProjectToken, surroundings.ProjectDirectory, StringComparison.Ordinal);

        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Set(string variable)
        {
            var split = variable.IndexOf('=', StringComparison.Ordinal);
            variables[variable[..split]] = variable[(split + 1)..];
        }

        foreach (var name in (string[])["PATH", "HOME", "DOTNET_ROOT", "USER"])
        {
            if (environment.TryGetValue(name, out var value))
            {
                variables[name] = value;
            }
        }

        Array.ForEach(FixedEnvironment, Set);
        Set("TMPDIR=" + place.Temporary);
        Array.ForEach(surroundings.Environment, Set);
        foreach (var variable in work.Environment)
        {
            Set(Fill(variable));
        }

        return new ProcessStart
        {
            Program = work.Program,
            Name = work.Program,
            Arguments = [.. work.Arguments.Select(Fill)],
            Environment = [.. variables.Select(static pair => pair.Key + "=" + pair.Value)],
            WorkingDirectory = surroundings.ProjectDirectory,
            OutputPath = work.StandardOutput.Length > 0 ? Path.Join(place.Output, work.StandardOutput) : place.Log,
            ErrorPath = place.Log,
        };
    }

    /// <summary>A result that is nothing but an error.</summary>
    /// <param name="work">The step.</param>
    /// <param name="code">KK9012, for instance.</param>
    /// <param name="message">What went wrong.</param>
    /// <returns>The result.</returns>
    public static StepResult Failed(StepWork work, string code, string message) => new()
    {
        Messages = [Error(work, code, message)],
    };

    /// <summary>The result of a step that is over its time.</summary>
    /// <param name="work">The step.</param>
    /// <returns>The result.</returns>
    public static StepResult TookTooLong(StepWork work) => Failed(work, "KK9021", work.Step.Generator.IsProcess
        ? $"killed after {work.Step.Generator.TimeoutSeconds} s; raise Timeout if it needs longer"
        : $"given up as it takes too long; Timeout is {work.Step.Generator.TimeoutSeconds} s, an editor waits less");

    private static StepMessage Error(StepWork work, string code, string message) =>
        new(true, work.Step.Inputs.FirstOrDefault(""), 0, 0, code, $"generator {work.Step.Generator.Name}: {message}");

    private StepResult RunProcess(StepWork work, PrivateDirectory place, Surroundings surroundings)
    {
        var start = surroundings.Wrap(Describe(work, place, surroundings));
        var processId = surroundings.StartIn(() => group.Start(start));
        var (status, timedOut) = group.Wait(processId, TimeSpan.FromSeconds(work.Step.Generator.TimeoutSeconds));
        if (cancellation.IsCancellationRequested)
        {
            return Failed(work, "KK9021", "stopped with the build");
        }

        if (timedOut)
        {
            return TookTooLong(work);
        }

        // A tool that names its private directory means the file that will be there.
        var log = place.ReadLog().Replace(place.Output + "/", "", StringComparison.Ordinal);
        if (surroundings.ProjectDirectory != declaration.ProjectDirectory)
        {
            log = log.Replace(surroundings.ProjectDirectory, declaration.ProjectDirectory, StringComparison.Ordinal);
        }

        var messages = DiagnosticText.Parse(log, declaration.ProjectDirectory).ToList();
        if (status != 0 && !messages.Exists(static message => message.IsError))
        {
            messages.AddRange(DiagnosticText.ParseBare(log, declaration.ProjectDirectory));
        }

        if (status != 0 && !messages.Exists(static message => message.IsError))
        {
            var ending = string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(work.Program)} ended with status {status}");
            messages.Add(Error(work, "KK9012", ending + Tail(log)));
        }

        if (messages.Exists(static message => message.IsError))
        {
            return new StepResult { Messages = messages };
        }

        var names = place.Names();
        var depfileProblem = "";
        var discovered = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (work.Depfile.Length > 0)
        {
            depfileProblem = ReadDepfile(work, place, surroundings, discovered);
            names = [.. names.Where(name => name != work.Depfile || IsDeclared(work, name))];
        }

        return depfileProblem.Length > 0
            ? Failed(work, "KK9012", depfileProblem)
            : Collect(work, place, names, discovered, messages);
    }

    private static string ReadDepfile(
        StepWork work, PrivateDirectory place, Surroundings surroundings, Dictionary<string, string?> discovered)
    {
        var path = Path.Join(place.Output, work.Depfile);
        if (!File.Exists(path))
        {
            return $"it wrote no depfile {work.Depfile}; correct Depfile, or the command";
        }

        foreach (var name in Depfile.Read(path))
        {
            var full = Path.GetFullPath(name, surroundings.ProjectDirectory);
            if (full.StartsWith(place.Root, StringComparison.Ordinal))
            {
                continue;
            }

            var relative = ProjectPath.Relative(surroundings.ProjectDirectory, full);
            if (!work.DeclaredInputs.Contains(relative))
            {
                discovered[relative] = null;
            }
        }

        return "";
    }

    private static bool IsDeclared(StepWork work, string name) =>
        work.Step.Predicted.Any(output => output.Name == name);

    private static string Tail(string log)
    {
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? "" : ":\n" + string.Join('\n', lines.TakeLast(LogLinesShown));
    }

    private static StepResult Collect(
        StepWork work,
        PrivateDirectory place,
        IReadOnlyList<string> names,
        IReadOnlyDictionary<string, string?> discovered,
        List<StepMessage> messages)
    {
        foreach (var output in work.Step.Predicted.Where(output => !names.Contains(output.Name)))
        {
            messages.Add(Error(work, "KK9013",
                $"it succeeded without writing {output.Name}, which Outputs declares"));
        }

        var odd = names.FirstOrDefault(name => !IsDeclared(work, name) && !IsInTree(work, name));
        if (odd is not null)
        {
            messages.Add(Error(work, "KK9013", $"it wrote {odd}, which Outputs does not declare; add it, or \"**\""));
        }

        return new StepResult
        {
            Files = [.. names.Select(name => new MadeFile(name, Path.Join(place.Output, name)))],
            Discovered = discovered,
            Messages = messages,
        };
    }

    private static bool IsInTree(StepWork work, string name) =>
        work.Step.Generator.IsTree && work.Step.Generator.Outputs
            .Where(static pattern => pattern.EndsWith("**", StringComparison.Ordinal))
            .Select(pattern => Template.Expand(pattern, work.Step.Placeholder, work.Step.Key))
            .Any(pattern => name.StartsWith(pattern[..^2], StringComparison.Ordinal));

    private StepResult RunClass(StepWork work, PrivateDirectory place, Surroundings surroundings)
    {
        var context = new ClassContext(work, place, declaration, surroundings.ProjectDirectory, files, work.Limit);
        try
        {
            var instance = classes.Create(work.Step.Generator, declaration.ProjectDirectory);
            surroundings.RunIn(() => instance.Generate(context));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Failed(work, "KK9021", "stopped with the build");
        }
        catch (OperationCanceledException) when (work.Limit.IsCancellationRequested)
        {
            return TookTooLong(work);
        }
        catch (DeclarationException error)
        {
            return Failed(work, error.Code, error.Message);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            context.Report(true, work.Step.Inputs.FirstOrDefault(""), 0, 0, "KK9002",
                error is IOException or UnauthorizedAccessException or System.Text.DecoderFallbackException
                    ? $"generator {work.Step.Generator.Name}: {error.Message}"
                    : $"generator {work.Step.Generator.Name} failed, which is a fault of its own: {error}");
        }

        var messages = context.Messages.ToList();
        return messages.Exists(static message => message.IsError)
            ? new StepResult { Messages = messages, Discovered = context.Discovered }
            : Collect(work, place, [.. context.Names], context.Discovered, messages);
    }
}
