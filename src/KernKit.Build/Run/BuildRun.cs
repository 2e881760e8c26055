using System.Diagnostics;
using System.Globalization;

namespace KernKit.Build;

/// <summary>One run over one declared graph.</summary>
/// <remarks>
/// <para>
/// A step is up to date if nothing that it depends on differs from what its record says, by content:
/// </para>
/// <code>
/// identity      generator, its program's hash, command, options, environment, declared inputs     before it runs
/// discovered    files that a depfile or a class's reads named, also those that are missing        since it ran
/// outputs       each is there and holds what was written
/// </code>
/// <para>
/// Hashes come from stamps where a stamp can be trusted (<see cref="FileState.IsTrusted"/>), so a run with nothing to
/// do reads one database, asks for the stamps, hashes nothing, takes no lock, loads no generator: that is
/// <see cref="BuildState.Check"/>.
/// </para>
/// <para>Otherwise, under the lock, and after reading the database again (another build may have done the work):</para>
/// <list type="number">
/// <item>steps are looked at as soon as all before them are done (<see cref="BuildExecution"/>);</item>
/// <item>a step that is not up to date is taken from the cache or runs in a private directory; a failed one keeps its
/// old outputs and is marked to run again, and what needs it does not run;</item>
/// <item>outputs whose content differs are put in place, each by a rename; equal ones keep their times, so that what
/// comes after us has nothing to do (early cutoff), and steps that take them are still up to date;</item>
/// <item>what no step owns any more is deleted;</item>
/// <item>the database is replaced, last: killed before, the next run finds outputs that differ from their record and
/// runs those steps again.</item>
/// </list>
/// </remarks>
/// <param name="declaration">What to build.</param>
/// <param name="options">How.</param>
internal sealed class BuildRun(BuildDeclaration declaration, BuildOptions options)
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private BuildState? _state;

    /// <summary>How many steps ran a generator.</summary>
    public int StepsRun { get; private set; }

    /// <summary>How many steps took their outputs from the cache.</summary>
    public int StepsFromCache { get; private set; }

    /// <summary>How many processes were started for generators.</summary>
    public int ProcessesStarted { get; private set; }

    /// <summary>True if an error was reported.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Everything there is now, sorted by path.</summary>
    public IEnumerable<ProducedFile> Produced => _state?.Produced ?? [];

    /// <summary>Every file that the steps read, declared or discovered, relative to the project, sorted.</summary>
    public IEnumerable<string> Reads => _state?.Reads ?? [];

    /// <summary>Every directory in which a file that comes or goes may matter, absolute.</summary>
    public IEnumerable<string> ListedDirectories => _state?.ListedDirectories ?? [];

    /// <summary>Brings everything up to date, or reports why not.</summary>
    public void Run()
    {
        try
        {
            _state = new BuildState(declaration, options);
            var startedAt = FileStamp.NowNanoseconds;
            var cause = options.Force || options.IsExamination ? "every step is asked for" : _state.Check();
            if (cause is null)
            {
                SaveRefreshedStamps(_state);
            }
            else if (options.AskOnly)
            {
                Report("error", "KK9006", "", 0, 0, $"generated files are out of date: {cause}");
                return;
            }
            else
            {
                RunLocked();
            }

            RepeatWarnings(_state!);
            if (!HasFailed && !options.DesignTime)
            {
                BringCommittedCopies();
                Remember(_state, startedAt);
            }
        }
        catch (DeclarationException error)
        {
            Report("error", error.Code, "", 0, 0, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report("error", "KK9008", "", 0, 0, error.Message);
        }
    }

    private OutputStore OutputsOf(BuildState state) => new(declaration, state.Database, state.Files);

    private BuildLock? TakeLock()
    {
        var held = BuildLock.TryTake(declaration.LockPath, TimeSpan.Zero, options.Cancellation);
        if (held is not null)
        {
            return held;
        }

        // The kernel frees it when its holder dies; until then that build may have any number of slow generators.
        Report("message", "", "", 0, 0, $"waits for another build, which holds {declaration.LockPath}");
        held = BuildLock.TryTake(
            declaration.LockPath,
            options.DesignTime ? BuildExecution.DesignTimeLimit : Timeout.InfiniteTimeSpan,
            options.Cancellation);
        if (held is null)
        {
            Report("error", "KK9005", "", 0, 0,
                $"another build holds {declaration.LockPath}; wait for it or end it");
        }

        return held;
    }

    private void RunLocked()
    {
        Directory.CreateDirectory(declaration.StateDirectory);
        using var held = TakeLock();
        if (held is null)
        {
            return;
        }

        _state = new BuildState(declaration, options);
        var execution = new BuildExecution(declaration, options, _state, OutputsOf(_state), Report, _startedAt);
        try
        {
            execution.Run();
        }
        finally
        {
            StepsRun = execution.StepsRun;
            StepsFromCache = execution.StepsFromCache;
            ProcessesStarted = execution.ProcessesStarted;
        }
    }

    private void RepeatWarnings(BuildState state)
    {
        foreach (var warning in Warnings(state))
        {
            Report("warning", warning.Code, warning.File, warning.Line, warning.Column, warning.Message);
        }
    }

    private static IEnumerable<StepMessage> Warnings(BuildState state) =>
        state.Graph.Steps.SelectMany(step => state.Record(step).Messages);

    private Dictionary<string, string> WarningItem(StepMessage warning) => new()
    {
        ["Kind"] = "warning",
        ["Code"] = warning.Code,
        ["File"] = warning.File.Length == 0 ? "" : Path.GetFullPath(warning.File, declaration.ProjectDirectory),
        ["Line"] = warning.Line.ToString(CultureInfo.InvariantCulture),
        ["Column"] = warning.Column.ToString(CultureInfo.InvariantCulture),
        ["Message"] = warning.Message,
    };

    private void BringCommittedCopies()
    {
        if (!Copies(_state!).AreDue())
        {
            return;
        }

        if (options.Committed != CommittedMode.Write)
        {
            Copies(_state!).Compare(_state!);
            return;
        }

        using var held = TakeLock();
        if (held is null)
        {
            return;
        }

        if (!_state!.IsNewest)
        {
            // Another build was here between our lock and this one; what it left is what is to be copied.
            _state = new BuildState(declaration, options);
            if (_state.Check() is not null)
            {
                return;
            }
        }

        Copies(_state).Write(_state);
        File.Delete(declaration.IntentPath);
    }

    private CommittedCopies Copies(BuildState state) => new(declaration, options.Committed, OutputsOf(state), Report);

    /// <summary>Touched files were hashed for nothing; remember their new stamps, if that is easily done.</summary>
    private void SaveRefreshedStamps(BuildState state)
    {
        if (!state.Database.IsChanged || options.AskOnly || state.Graph.Steps.Count == 0)
        {
            return;
        }

        try
        {
            using var held = BuildLock.TryTake(declaration.LockPath, TimeSpan.Zero, CancellationToken.None);
            if (held is not null && state.IsNewest)
            {
                var outputs = OutputsOf(state);
                state.Save(outputs);
                outputs.RemoveTemporary();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report("message", "", "", 0, 0, $"the database was not refreshed: {error.Message}");
        }
    }

    /// <summary>Leaves the short proof for the next run, if all that it rests on is sure.</summary>
    private void Remember(BuildState state, long startedAt)
    {
        if (options.Question.Length == 0 || HasFailed || state.Graph.Steps.Count == 0 || options.IsExamination ||
            state.Graph.Steps.Any(step => step.State != StepState.Done || !state.IsSettled(step) ||
                (state.Record(step).Messages.Count > 0 && !options.RepeatsWarnings)))
        {
            return;
        }

        var snapshot = new Snapshot();
        foreach (var path in state.Files.Used)
        {
            snapshot.Add(Path.GetFullPath(path, declaration.ProjectDirectory), state.Database.Files[path]);
        }

        foreach (var path in declaration.ReadFiles.Concat(options.Tools.Select(static tool => tool.Path)))
        {
            snapshot.Add(path, new FileState(FileStamp.Of(path), "", startedAt));
        }

        foreach (var path in state.Planner.Missing)
        {
            snapshot.AddMissing(path);
        }

        foreach (var path in state.ListedDirectories)
        {
            snapshot.AddDirectory(path, startedAt);
        }

        foreach (var (copy, stamp) in CommittedCopies.States(declaration, state))
        {
            snapshot.Add(copy, stamp);
        }

        if (!snapshot.IsSound)
        {
            return;
        }

        var names = declaration.Generators.SelectMany(static generator => generator.Environment)
            .Where(static entry => !entry.Contains('=', StringComparison.Ordinal))
            .Concat(["PATH", "HOME", "KERNKIT_BUILD_CACHE", "DOTNET_HOST_PATH"]).Distinct(StringComparer.Ordinal);
        var bytes = snapshot.ToBytes(
            options.Question,
            [.. names.Select(name => KeyValuePair.Create(name, options.Environment.GetValueOrDefault(name)))],
            [.. state.Produced.Select(options.ToItem), .. Warnings(state).Select(WarningItem)]);
        using var held = BuildLock.TryTake(declaration.LockPath, TimeSpan.Zero, CancellationToken.None);
        if (held is not null)
        {
            var outputs = OutputsOf(state);
            outputs.WriteWhole(declaration.SnapshotPath, bytes);
            outputs.RemoveTemporary();
        }
    }

    private void Report(string kind, string code, string file, int line, int column, string message)
    {
        HasFailed |= kind == "error";
        options.Report(
            kind == "error" && options.DesignTime ? "warning" : kind,
            code,
            file.Length == 0 ? "" : Path.GetFullPath(file, declaration.ProjectDirectory),
            line,
            column,
            message);
    }
}
