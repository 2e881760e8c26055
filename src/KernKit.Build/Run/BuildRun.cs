using System.Diagnostics;

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
/// do reads one database, asks for the stamps, hashes nothing, takes no lock, loads no generator.
/// </para>
/// <para>Otherwise, under the lock, and after reading the database again (another build may have done the work):</para>
/// <list type="number">
/// <item>steps are looked at as soon as all before them are done; one thread looks and commits, workers only
/// run;</item>
/// <item>a step that is not up to date is taken from the cache or runs in a private directory; a failed one keeps its
/// old outputs and is marked to run again, and what needs it does not run;</item>
/// <item>outputs whose content differs are put in place, each by a rename; equal ones keep their times, so that what
/// comes after us has nothing to do (early cutoff), and steps that take them are still up to date;</item>
/// <item>what no step owns any more is deleted;</item>
/// <item>the database is replaced, last: killed before, the next run finds outputs that differ from their record and
/// runs those steps again.</item>
/// </list>
/// </remarks>
internal sealed class BuildRun
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan DesignTimeLimit = TimeSpan.FromSeconds(2);

    private readonly BuildDeclaration _declaration;
    private readonly BuildOptions _options;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, string> _owners = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _unfinished = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StepWork> _works = new(StringComparer.Ordinal);
    private BuildDatabase _database = new();
    private KnownFiles _files;
    private OutputStore _outputs;
    private BuildGraph? _graph;
    private StepPlanner? _planner;
    private bool _hasFailed;

    /// <summary>Prepares a run.</summary>
    /// <param name="declaration">What to build.</param>
    /// <param name="options">How.</param>
    public BuildRun(BuildDeclaration declaration, BuildOptions options)
    {
        _declaration = declaration;
        _options = options;
        _files = new KnownFiles(declaration.ProjectDirectory, _database);
        _outputs = new OutputStore(declaration, _database, _files);
    }

    /// <summary>How many steps ran a generator.</summary>
    public int StepsRun { get; private set; }

    /// <summary>How many steps took their outputs from the cache.</summary>
    public int StepsFromCache { get; private set; }

    /// <summary>How many processes were started for generators.</summary>
    public int ProcessesStarted { get; private set; }

    /// <summary>True if an error was reported.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>The graph, once it could be built.</summary>
    public BuildGraph? Graph => _graph;

    /// <summary>What the last run knows.</summary>
    public BuildDatabase Database => _database;

    /// <summary>Everything there is now, sorted by path.</summary>
    public IEnumerable<ProducedFile> Produced => _graph is null ? [] : _graph.Steps
        .SelectMany(ProducedBy)
        .DistinctBy(static file => file.Path)
        .OrderBy(static file => file.Path, StringComparer.Ordinal);

    /// <summary>Every file that the steps read, declared or discovered, relative to the project, sorted.</summary>
    public IEnumerable<string> Reads => _graph is null ? [] : _works.Values
        .SelectMany(work => work.DeclaredInputs
            .Concat(work.ProgramFiles.Select(path => ProjectPath.Relative(_declaration.ProjectDirectory, path)))
            .Concat(Record(work.Step).Discovered.Keys))
        .Where(path => _graph.ProducerOf(path) is null)
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

    /// <summary>Brings everything up to date, or reports why not.</summary>
    public void Run()
    {
        try
        {
            LoadDatabase();
            var startedAt = FileStamp.NowNanoseconds;
            var cause = _options.Force || _options.IsExamination ? "every step is asked for" : Check();
            if (cause is null)
            {
                SaveRefreshedStamps();
            }
            else if (_options.AskOnly)
            {
                Report("error", "KK9006", "", 0, 0, $"generated files are out of date: {cause}");
                return;
            }
            else
            {
                RunLocked();
            }

            RepeatWarnings();
            if (!_hasFailed && !_options.DesignTime)
            {
                BringCommittedCopies();
                Remember(startedAt);
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

    /// <summary>The record of a step.</summary>
    /// <param name="step">Any.</param>
    /// <returns>An empty one if it never ran.</returns>
    public StepRecord Record(Step step) => _database.Steps.GetValueOrDefault(step.Key, StepRecord.None);

    private IEnumerable<ProducedFile> ProducedBy(Step step)
    {
        var kinds = step.Predicted.ToDictionary(static output => output.Path, static output => output.Kind);
        var tree = step.Generator.Outputs.Select((pattern, index) => (pattern, index))
            .LastOrDefault(static output => output.pattern.EndsWith("**", StringComparison.Ordinal));
        foreach (var path in Record(step).Outputs.Keys)
        {
            var full = Path.GetFullPath(path, _declaration.ProjectDirectory);
            if (FileStamp.Of(full).Exists)
            {
                yield return new ProducedFile(
                    full, kinds.GetValueOrDefault(path) ?? step.Generator.KindOf(tree.index), step);
            }
        }
    }

    private void LoadDatabase()
    {
        _database = BuildDatabase.Read(_declaration.DatabasePath);
        _database.ProjectFromState =
            Path.GetRelativePath(_declaration.StateDirectory, _declaration.ProjectDirectory);
        _files = new KnownFiles(_declaration.ProjectDirectory, _database);
        _outputs = new OutputStore(_declaration, _database, _files);
        var paths = new List<string>();
        foreach (var tool in _options.Tools)
        {
            var path = ProjectPath.Relative(_declaration.ProjectDirectory, tool.Path);
            paths.Add(tool.Path);
            if (tool.Bytes is null)
            {
                continue;
            }

            if (!_database.Files.TryGetValue(path, out var state) || state.Stamp != tool.Stamp || !state.IsTrusted)
            {
                // The hash of the loaded bytes, not of the file: what runs is what counts.
                state = new FileState(tool.Stamp, FileState.HashOf(tool.Bytes), tool.ReadAtNanoseconds);
            }

            _files.Remember(path, state);
        }

        _graph = new BuildGraph(_declaration);
        _planner = new StepPlanner(_declaration, _graph, _files, _options.Environment, paths);
        _unfinished.Clear();
        _owners.Clear();
        _works.Clear();
        foreach (var step in _graph.Steps)
        {
            Count(step);
        }
    }

    private void Count(Step step) =>
        _unfinished[step.Generator.Name] = _unfinished.GetValueOrDefault(step.Generator.Name) + 1;

    /// <summary>Looks at every step; runs none.</summary>
    /// <returns>The first cause to run, or null.</returns>
    private string? Check()
    {
        for (var waiting = _graph!.Steps.ToList(); waiting.Count > 0;)
        {
            var later = new List<Step>();
            foreach (var step in waiting)
            {
                if (!BuildGraph.IsReady(step, _unfinished))
                {
                    later.Add(step);
                }
                else if (CauseToRun(step, Plan(step)) is { } cause)
                {
                    return $"{step.Key}: {cause}";
                }
                else
                {
                    later.AddRange(Finish(step));
                }
            }

            if (later.Count == waiting.Count)
            {
                throw Stuck(later);
            }

            waiting = later;
        }

        var obsolete = _database.Steps.Keys.FirstOrDefault(key => !_graph.Steps.Any(step => step.Key == key));
        return obsolete is null ? null : $"{obsolete}: no longer in the project";
    }

    private StepWork Plan(Step step) => _works[step.Key] = _planner!.Plan(step);

    private static DeclarationException Stuck(List<Step> steps) => new("KK9011",
        "these steps wait for each other: " + string.Join(", ", steps.Take(5).Select(static step => $"[{step.Key}]")));

    private IReadOnlyList<Step> Finish(Step step)
    {
        step.State = StepState.Done;
        _unfinished[step.Generator.Name]--;
        foreach (var output in Record(step).Outputs.Keys)
        {
            _owners.TryAdd(output, step.Key);
        }

        var added = _graph!.Unfold(step, Record(step).Outputs.Keys);
        foreach (var more in added)
        {
            Count(more);
        }

        return added;
    }

    /// <summary>Why a step has to run, as a person would say it; null if it need not.</summary>
    private string? CauseToRun(Step step, StepWork work)
    {
        var record = Record(step);
        if (record.Identity.Length == 0)
        {
            return record.How == "failed" ? "failed before" : "never built";
        }

        if (!string.Equals(record.Identity, work.Identity, StringComparison.Ordinal))
        {
            return StepIdentity.Difference(record.Identity, work.Identity);
        }

        var directory = ProjectPath.Relative(_declaration.ProjectDirectory, step.Generator.OutputDirectory);
        if (record.OutputDirectory != directory)
        {
            return $"outputs go to {directory} now";
        }

        foreach (var (path, hash) in record.Discovered)
        {
            if (_files.HashOf(path) is var now && now != hash)
            {
                return $"{(now == FileState.Absent ? "missing" : "changed")} discovered input {path}";
            }
        }

        foreach (var (output, hash) in record.Outputs)
        {
            if (_files.HashOf(output) is var now && now != hash)
            {
                return $"output {output} is {(now == FileState.Absent ? "missing" : "edited")}";
            }
        }

        return null;
    }

    private BuildLock? TakeLock()
    {
        var timeout = _options.DesignTime ? DesignTimeLimit : LockTimeout;
        var held = BuildLock.TryTake(_declaration.LockPath, timeout, _options.Cancellation);
        if (held is null)
        {
            Report("error", "KK9005", "", 0, 0,
                $"another build has held {_declaration.LockPath} for {timeout.TotalSeconds} s; wait for it or end it");
        }

        return held;
    }

    private void BringCommittedCopies()
    {
        var copies = new CommittedCopies(_declaration, _options.Committed, _outputs, Report);
        if (_options.Committed != CommittedMode.Write)
        {
            copies.Bring(this);
            return;
        }

        using var held = TakeLock();
        if (held is not null)
        {
            copies.Bring(this);
            File.Delete(_declaration.IntentPath);
        }
    }

    private void RunLocked()
    {
        Directory.CreateDirectory(_declaration.StateDirectory);
        using var held = TakeLock();
        if (held is null)
        {
            return;
        }

        LoadDatabase();
        _outputs.ReadIntentions();
        _outputs.RemoveTemporary();
        using var group = new ProcessGroup();
        using var classes = new GeneratorClasses();
        using (_options.Cancellation.Register(group.Kill))
        {
            try
            {
                using var crew = new Crew(_options, group, classes, _declaration, _files);
                RunSteps(crew);
            }
            finally
            {
                ProcessesStarted = group.Started;
                Prune();
                _outputs.WriteWhole(_declaration.DatabasePath, _database.ToBytes());
                File.Delete(_declaration.IntentPath);
                group.Dispose();
                _outputs.RemoveTemporary();
                _options.Cache?.EndBuild();
            }
        }
    }

    private void RunSteps(Crew crew)
    {
        var waiting = _graph!.Steps.ToList();
        while (true)
        {
            var later = new List<Step>();
            var moved = false;
            foreach (var step in waiting)
            {
                if (step.Needs.Any(static need => need.State == StepState.Failed))
                {
                    Fail(step);
                    moved = true;
                }
                else if (!BuildGraph.IsReady(step, _unfinished) || (crew.IsFull && step.State == StepState.Waiting))
                {
                    later.Add(step);
                }
                else
                {
                    later.AddRange(Begin(step, crew));
                    moved = true;
                }
            }

            waiting = later;
            if (crew.IsBusy)
            {
                var (work, cause, place, result) = crew.Next();
                using (place)
                {
                    waiting.AddRange(End(work, cause, result));
                }
            }
            else if (waiting.Count == 0)
            {
                return;
            }
            else if (!moved)
            {
                throw Stuck(waiting);
            }
        }
    }

    private void Fail(Step step)
    {
        step.State = StepState.Failed;
        _unfinished[step.Generator.Name]--;
        foreach (var output in Record(step).Outputs.Keys)
        {
            _owners.TryAdd(output, step.Key);
        }
    }

    /// <summary>Looks at a step that is ready.</summary>
    /// <returns>Steps that it made known.</returns>
    private IReadOnlyList<Step> Begin(Step step, Crew crew)
    {
        StepWork work;
        try
        {
            work = Plan(step);
        }
        catch (DeclarationException error)
        {
            Report("error", error.Code, "", 0, 0, error.Message);
            Fail(step);
            return [];
        }

        var cause = _options.Force || _options.IsExamination ? "asked for" : CauseToRun(step, work);
        if (cause is null)
        {
            return Finish(step);
        }

        var fromCache = !_options.Force && !_options.IsExamination && _options.Cache is not null
            ? crew.FromCache(work)
            : null;
        if (fromCache is { } found)
        {
            using (found.Place)
            {
                return End(work, cause, found.Result);
            }
        }

        if (MustStop() || (_options.DesignTime && step.Generator.IsProcess))
        {
            // Its old outputs, if any, are what there is.
            Fail(step);
            return [];
        }

        Report("message", "", "", 0, 0, $"{step.Key}: {cause}");
        step.State = StepState.Running;
        StepsRun++;
        crew.Start(work, cause);
        return [];
    }

    private bool MustStop() => _options.Cancellation.IsCancellationRequested ||
        (_options.DesignTime && Stopwatch.GetElapsedTime(_startedAt) > DesignTimeLimit);

    /// <summary>Commits what came of a step.</summary>
    private IReadOnlyList<Step> End(StepWork work, string cause, StepResult result)
    {
        var step = work.Step;
        foreach (var message in result.Messages.Where(static message => message.IsError))
        {
            Report("error", message.Code, message.File, message.Line, message.Column, message.Message);
        }

        var record = new StepRecord
        {
            Identity = work.Identity,
            Messages = [.. result.Messages.Where(static message => !message.IsError)],
            OutputDirectory = ProjectPath.Relative(_declaration.ProjectDirectory, step.Generator.OutputDirectory),
            IsOutside = !step.Generator.OutputDirectoryIsOurs,
            Cause = cause,
            How = result.FromCache ? "cache" : "ran",
            RanAtMilliseconds = FileStamp.NowNanoseconds / 1_000_000,
            DurationMilliseconds = result.DurationMilliseconds,
        };
        var made = new SortedDictionary<string, (string Source, string Hash)>(StringComparer.Ordinal);
        foreach (var file in result.Succeeded ? result.Files : [])
        {
            made[_graph!.OutputPath(step.Generator, file.Name)] =
                (file.TemporaryPath, KnownFiles.HashFile(file.TemporaryPath));
        }

        if (!result.Succeeded || !OutputsAreOurs(step, made))
        {
            var old = Record(step);
            _database.Steps[step.Key] = record with
            {
                Identity = "",
                How = "failed",
                Outputs = old.Outputs,
                Discovered = old.Discovered,
                OutputDirectory = old.OutputDirectory,
            };
            Fail(step);
            return [];
        }

        var discovered = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in result.Discovered)
        {
            discovered[path] = HashOfDiscovered(work, path, result.StartedAtNanoseconds);
        }

        if (result.FromCache)
        {
            StepsFromCache++;
            Report("message", "", "", 0, 0, $"{step.Key}: {cause}: from the cache");
        }
        else if (!discovered.ContainsValue("unsettled"))
        {
            Keep(work, result, discovered, made.Values.Select(static file => file.Hash));
        }

        _outputs.Commit(step.Generator, Record(step), made, _owners);
        _database.Steps[step.Key] = record with
        {
            Outputs = made.ToDictionary(static file => file.Key, static file => file.Value.Hash),
            Discovered = discovered,
        };
        return Finish(step);
    }

    /// <summary>
    /// A file that changed while the step ran may have been read before or after: such a step runs again.
    /// </summary>
    private string HashOfDiscovered(StepWork work, string path, long startedAt)
    {
        var full = Path.GetFullPath(path, _declaration.ProjectDirectory);
        if (work.Step.Generator.IsProcess && startedAt > 0 && FileStamp.Of(full).LatestNanoseconds > startedAt)
        {
            return "unsettled";
        }

        return _files.HashOf(path);
    }

    private void Keep(
        StepWork work,
        StepResult result,
        SortedDictionary<string, string> discovered,
        IEnumerable<string> hashes)
    {
        if (_options.Cache is null || work.Step.Generator.OutputDirectory.Length == 0)
        {
            return;
        }

        // Sorted by path above, so by name here: one directory is common to all.
        var files = result.Files
            .OrderBy(file => _graph!.OutputPath(work.Step.Generator, file.Name), StringComparer.Ordinal)
            .ToList();
        var cached = files.Zip(hashes, static (file, hash) => new CachedFile(file.Name, hash, IsExecutable(file)));
        _options.Cache.Store(
            BuildCache.KeyOf(work.Identity),
            new CacheEntry([.. discovered], [.. cached],
                [.. result.Messages.Where(static message => !message.IsError)]),
            [.. files.Select(static file => file.TemporaryPath)]);
    }

    private static bool IsExecutable(MadeFile file) => !OperatingSystem.IsWindows() &&
        (File.GetUnixFileMode(file.TemporaryPath) & UnixFileMode.UserExecute) != 0;

    private bool OutputsAreOurs(Step step, SortedDictionary<string, (string Source, string Hash)> made)
    {
        foreach (var path in made.Keys)
        {
            // IncrementalClean and some file systems ignore case, so we must not tell names apart by it.
            var other = _owners.TryGetValue(path, out var owner)
                ? _graph!.Steps.FirstOrDefault(step => step.Key == owner)
                : _graph!.ProducerOf(path);
            if (other is not null && other != step)
            {
                // Whichever ended first, the later one in the project is told.
                var later = _graph.Steps.Last(one => one == step || one == other);
                Report("error", "KK9007", later.Inputs.FirstOrDefault(""), 0, 0,
                    $"{later.Key} generates {path}, and so does {(later == step ? other : step).Key}; " +
                    "give one of them another name");
                return false;
            }
        }

        if (_outputs.Foreign(step.Generator, Record(step), made) is { } foreign)
        {
            Report("error", "KK9015", foreign, 0, 0,
                $"{step.Key} would overwrite {foreign}, which it did not make or which was edited since; move it away");
            return false;
        }

        return true;
    }

    /// <summary>Forgets and deletes what no step owns any more.</summary>
    private void Prune()
    {
        var keys = _graph!.Steps.Select(static step => step.Key).ToHashSet(StringComparer.Ordinal);
        // A step that follows from one that failed is not known now; it is still in the project.
        var mayHide = _graph.Steps.Any(static step => step.State != StepState.Done);
        foreach (var (key, record) in _database.Steps.Where(step => !keys.Contains(step.Key)).ToList())
        {
            if (mayHide && _declaration.Generators.Any(generator => generator.Name == key.Split(':')[0] &&
                _declaration.Generators.Any(other => other.IsTree && other.Next.Contains(generator.Name))))
            {
                continue;
            }

            Report("message", "", "", 0, 0, $"{key}: no longer in the project");
            _database.Steps.Remove(key);
            var others = _database.Steps.Values.SelectMany(static step => step.Outputs.Keys)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var edited in _outputs.Remove(record, others))
            {
                Report("warning", "KK9022", edited, 0, 0, "is generated no longer and was edited, so it stays");
            }
        }

        var outputs = _database.Steps.Values.SelectMany(static step => step.Outputs.Keys).ToList();
        _outputs.Sweep(outputs.Select(path => Path.GetFullPath(path, _declaration.ProjectDirectory))
            .ToHashSet(StringComparer.Ordinal));
        var used = outputs.Concat(_files.Used).ToHashSet(StringComparer.Ordinal);
        foreach (var path in _database.Files.Keys.Where(path => !used.Contains(path)).ToList())
        {
            _database.Files.Remove(path);
        }
    }

    private void RepeatWarnings()
    {
        foreach (var warning in _graph!.Steps.SelectMany(step => Record(step).Messages))
        {
            Report("warning", warning.Code, warning.File, warning.Line, warning.Column, warning.Message);
        }
    }

    /// <summary>Touched files were hashed for nothing; remember their new stamps, if that is easily done.</summary>
    private void SaveRefreshedStamps()
    {
        if (!_database.IsChanged || _options.AskOnly || _graph!.Steps.Count == 0)
        {
            return;
        }

        try
        {
            using var held = BuildLock.TryTake(_declaration.LockPath, TimeSpan.Zero, CancellationToken.None);
            if (held is not null)
            {
                _outputs.WriteWhole(_declaration.DatabasePath, _database.ToBytes());
                _outputs.RemoveTemporary();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report("message", "", "", 0, 0, $"the database was not refreshed: {error.Message}");
        }
    }

    /// <summary>Leaves the short proof for the next run, if all that it rests on is sure.</summary>
    private void Remember(long startedAt)
    {
        if (_options.Question.Length == 0 || _hasFailed || _graph!.Steps.Count == 0 || _options.IsExamination ||
            _graph.Steps.Any(step => step.State != StepState.Done || Record(step).Messages.Count > 0))
        {
            return;
        }

        var snapshot = new Snapshot();
        foreach (var path in _files.Used)
        {
            snapshot.Add(Path.GetFullPath(path, _declaration.ProjectDirectory), _database.Files[path]);
        }

        foreach (var path in _declaration.ReadFiles.Concat(_options.Tools.Select(static tool => tool.Path)))
        {
            snapshot.Add(path, new FileState(FileStamp.Of(path), "", startedAt));
        }

        _planner!.Missing.ForEach(snapshot.AddMissing);
        foreach (var path in _declaration.ListedDirectories.Concat(_graph.Listed).Concat(_planner.Listed).Distinct())
        {
            snapshot.AddDirectory(path, startedAt);
        }

        foreach (var (copy, state) in CommittedCopies.States(_declaration, this))
        {
            snapshot.Add(copy, state);
        }

        if (!snapshot.IsSound)
        {
            return;
        }

        var names = _declaration.Generators.SelectMany(static generator => generator.Environment)
            .Where(static entry => !entry.Contains('=', StringComparison.Ordinal))
            .Concat(["PATH", "HOME", "KERNKIT_BUILD_CACHE", "DOTNET_HOST_PATH"]).Distinct(StringComparer.Ordinal);
        var bytes = snapshot.ToBytes(
            _options.Question,
            [.. names.Select(name => KeyValuePair.Create(name, _options.Environment.GetValueOrDefault(name)))],
            [.. Produced.Select(_options.ToItem)]);
        using var held = BuildLock.TryTake(_declaration.LockPath, TimeSpan.Zero, CancellationToken.None);
        if (held is not null)
        {
            _outputs.WriteWhole(_declaration.SnapshotPath, bytes);
            _outputs.RemoveTemporary();
        }
    }

    private void Report(string kind, string code, string file, int line, int column, string message)
    {
        _hasFailed |= kind == "error";
        _options.Report(
            kind == "error" && _options.DesignTime ? "warning" : kind,
            code,
            file.Length == 0 ? "" : Path.GetFullPath(file, _declaration.ProjectDirectory),
            line,
            column,
            message);
    }
}
