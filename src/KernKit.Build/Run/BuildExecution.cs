using System.Diagnostics;

namespace KernKit.Build;

/// <summary>
/// Brings steps up to date, under the lock: each as soon as all before it are done, from the cache or by running it.
/// One thread looks and commits; the crew's workers only run.
/// </summary>
/// <param name="declaration">What to build.</param>
/// <param name="options">How.</param>
/// <param name="state">As read under the lock.</param>
/// <param name="outputs">Puts outputs in place.</param>
/// <param name="report">As for a build.</param>
/// <param name="startedAt">The stopwatch's time when the build began.</param>
internal sealed class BuildExecution(
    BuildDeclaration declaration,
    BuildOptions options,
    BuildState state,
    OutputStore outputs,
    Action<string, string, string, int, int, string> report,
    long startedAt)
{
    /// <summary>How long an editor waits for classes.</summary>
    public static readonly TimeSpan DesignTimeLimit = TimeSpan.FromSeconds(2);

    /// <summary>How many steps ran a generator.</summary>
    public int StepsRun { get; private set; }

    /// <summary>How many steps took their outputs from the cache.</summary>
    public int StepsFromCache { get; private set; }

    /// <summary>How many processes were started for generators.</summary>
    public int ProcessesStarted { get; private set; }

    /// <summary>Runs what has to run, and leaves a database that says so, also when it ends by an exception.</summary>
    /// <exception cref="DeclarationException">Steps wait for each other.</exception>
    public void Run()
    {
        // Until this run has ended well nothing short proves anything: it may be killed between any two files.
        File.Delete(declaration.SnapshotPath);
        outputs.ReadIntentions();
        outputs.RemoveTemporary();
        using var group = new ProcessGroup();
        using var classes = new GeneratorClasses();
        using (options.Cancellation.Register(group.Kill))
        {
            try
            {
                using var crew = new Crew(options, group, classes, declaration, state.Files);
                RunSteps(crew, state.Graph.Steps);
                RunSteps(crew, state.TakeBack());
            }
            finally
            {
                ProcessesStarted = group.Started;
                state.FailRest();
                Prune();
                state.Save(outputs);
                File.Delete(declaration.IntentPath);
                group.Dispose();
                outputs.RemoveTemporary();
                options.Cache?.EndBuild();
            }
        }
    }

    private void RunSteps(Crew crew, IReadOnlyList<Step> steps)
    {
        var waiting = steps.ToList();
        while (true)
        {
            var later = new List<Step>();
            var moved = false;
            foreach (var (index, step) in waiting.Index())
            {
                if (!crew.TryMakeRoom())
                {
                    later.AddRange(waiting[index..]);
                    break;
                }

                if (state.IsLost(step))
                {
                    later.AddRange(state.Fail(step));
                    moved = true;
                }
                else if (!state.IsReady(step))
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
                if (crew.Next(hasMore: () => waiting.Exists(state.IsReady)) is { } ended)
                {
                    using (ended.Place)
                    {
                        waiting.AddRange(End(ended.Work, ended.Cause, ended.Result));
                    }
                }
            }
            else if (waiting.Count == 0)
            {
                return;
            }
            else if (!moved && !BuildGraph.GiveUpOrder(waiting))
            {
                BuildState.ThrowStuck(waiting);
            }
        }
    }

    /// <summary>Looks at a step that is ready.</summary>
    /// <returns>Steps that it made known.</returns>
    private IReadOnlyList<Step> Begin(Step step, Crew crew)
    {
        StepWork work;
        if (state.IsWhole)
        {
            // Its program may list the directory by itself, as its globs do.
            Forget(state.Graph.ObsoleteFor(step));
        }

        try
        {
            work = state.Plan(step);
        }
        catch (DeclarationException error)
        {
            report("error", error.Code, "", 0, 0, error.Message);
            return state.Fail(step);
        }

        var mayReuse = !options.Force && !options.IsExamination;
        var cause = mayReuse ? state.CauseToRun(step, work) : "asked for";
        if (cause is null)
        {
            return state.Finish(step);
        }

        if (mayReuse && crew.FromCache(work) is { } found)
        {
            using (found.Place)
            {
                return End(work, cause, found.Result);
            }
        }

        if (MustStop() || (options.DesignTime && step.Generator.IsProcess))
        {
            // Its old outputs, if any, are what there is.
            return state.Fail(step);
        }

        report("message", "", "", 0, 0, $"{step.Key}: {cause}");
        step.State = StepState.Running;
        StepsRun++;
        crew.Start(work, cause);
        return [];
    }

    private bool MustStop() => options.Cancellation.IsCancellationRequested ||
        (options.DesignTime && Stopwatch.GetElapsedTime(startedAt) > DesignTimeLimit);

    /// <summary>Commits what came of a step.</summary>
    /// <returns>Steps that it made known.</returns>
    private IReadOnlyList<Step> End(StepWork work, string cause, StepResult result)
    {
        var step = work.Step;
        foreach (var message in result.Messages.Where(static message => message.IsError))
        {
            report("error", message.Code, message.File, message.Line, message.Column, message.Message);
        }

        var record = NewRecord(work, cause, result);
        var made = new SortedDictionary<string, (string Source, string Hash)>(StringComparer.Ordinal);
        foreach (var file in result.Succeeded ? result.Files : [])
        {
            made[state.Graph.OutputPath(step.Generator, file.Name)] =
                (file.TemporaryPath, KnownFiles.HashFile(file.TemporaryPath));
        }

        if (!result.Succeeded || !OutputsAreOurs(step, made))
        {
            var old = state.Record(step);
            state.Database.Steps[step.Key] = record with
            {
                Identity = "",
                How = "failed",
                Outputs = old.Outputs,
                Discovered = old.Discovered,
                OutputDirectory = old.OutputDirectory,
            };
            return state.Fail(step);
        }

        var discovered = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, hash) in result.Discovered)
        {
            discovered[path] = hash ?? HashOfDiscovered(path, result.StartedAtNanoseconds);
        }

        var isSettled = result.FromCache || InputsStood(work);
        if (result.FromCache)
        {
            StepsFromCache++;
            report("message", "", "", 0, 0, $"{step.Key}: {cause}: from the cache");
        }
        else if (isSettled && !discovered.ContainsValue(StepRecord.Unsettled))
        {
            Keep(work, result, discovered, made.Values.Select(static file => file.Hash));
        }

        outputs.Commit(step.Generator, state.Record(step), made, state.Owners);
        state.Database.Steps[step.Key] = record with
        {
            Identity = isSettled ? record.Identity : "",
            Outputs = made.ToDictionary(static file => file.Key, static file => file.Value.Hash),
            Discovered = discovered,
        };
        return state.Finish(step);
    }

    private StepRecord NewRecord(StepWork work, string cause, StepResult result) => new()
    {
        Identity = work.Identity,
        Messages = [.. result.Messages.Where(static message => !message.IsError)],
        OutputDirectory = ProjectPath.Relative(declaration.ProjectDirectory, work.Step.Generator.OutputDirectory),
        IsOutside = !work.Step.Generator.OutputDirectoryIsOurs,
        Cause = cause,
        How = result.FromCache ? "cache" : "ran",
        RanAtMilliseconds = FileStamp.NowNanoseconds / 1_000_000,
        DurationMilliseconds = result.DurationMilliseconds,
    };

    /// <summary>
    /// True if what the identity names was the same when the step ended as before it began. If not, it may have read
    /// either: then what it made is used, but not called by that identity, and the next build runs it again.
    /// </summary>
    private bool InputsStood(StepWork work) =>
        work.DeclaredInputs.Zip(work.InputHashes).All(input =>
            state.Files.IsStill(input.First, input.Second, isSmall: true)) &&
        work.ProgramFiles.Zip(work.ProgramHashes).All(program => state.Files.IsStill(
            ProjectPath.Relative(declaration.ProjectDirectory, program.First), program.Second, isSmall: false));

    /// <summary>
    /// A file that changed while the step ran, or since its hash was taken, may have been read before or after: such a
    /// step runs again.
    /// </summary>
    private string HashOfDiscovered(string path, long stepStartedAt)
    {
        var full = Path.GetFullPath(path, declaration.ProjectDirectory);
        return FileStamp.Of(full).LatestNanoseconds <= stepStartedAt && state.Files.HashOf(path) is var hash &&
            state.Files.IsStill(path, hash, isSmall: false)
            ? hash
            : StepRecord.Unsettled;
    }

    private void Keep(
        StepWork work,
        StepResult result,
        SortedDictionary<string, string> discovered,
        IEnumerable<string> hashes)
    {
        if (options.Cache is null)
        {
            return;
        }

        // Sorted by path above, so by name here: one directory is common to all.
        var files = result.Files
            .OrderBy(file => state.Graph.OutputPath(work.Step.Generator, file.Name), StringComparer.Ordinal)
            .ToList();
        var cached = files.Zip(hashes, static (file, hash) => new CachedFile(file.Name, hash, IsExecutable(file)));
        options.Cache.Store(
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
            var other = state.Owners.TryGetValue(path, out var owner)
                ? state.Graph.Steps.FirstOrDefault(step => step.Key == owner)
                : state.Graph.ProducerOf(path);
            if (other is not null && other != step)
            {
                // Whichever ended first, the later one in the project is told.
                var later = state.Graph.Steps.Last(one => one == step || one == other);
                report("error", "KK9007", later.Inputs.FirstOrDefault(""), 0, 0,
                    $"{later.Key} generates {path}, and so does {(later == step ? other : step).Key}; " +
                    "give one of them another name");
                return false;
            }
        }

        if (outputs.Foreign(step.Generator, state.Record(step), made) is { } foreign)
        {
            report("error", "KK9015", foreign, 0, 0,
                $"{step.Key} would overwrite {foreign}, which it did not make or which was edited since; move it away");
            return false;
        }

        return true;
    }

    private void Forget(IReadOnlyList<string> keys)
    {
        var steps = state.Database.Steps;
        foreach (var key in keys)
        {
            report("message", "", "", 0, 0, $"{key}: no longer in the project");
            steps.Remove(key, out var record);
            var others = steps.Values.SelectMany(static step => step.Outputs.Keys).ToHashSet(StringComparer.Ordinal);
            foreach (var edited in outputs.Remove(record!, others))
            {
                report("warning", "KK9022", edited, 0, 0, "is generated no longer and was edited, so it stays");
            }
        }
    }

    /// <summary>Forgets and deletes what no step owns any more.</summary>
    private void Prune()
    {
        var steps = state.Database.Steps;
        var keys = state.Graph.Steps.Select(static step => step.Key).ToHashSet(StringComparer.Ordinal);
        if (state.IsWhole)
        {
            Forget([.. steps.Keys.Where(key => !keys.Contains(key))]);
        }

        var owned = steps.Values.SelectMany(static step => step.Outputs.Keys).ToHashSet(StringComparer.Ordinal);
        outputs.RemoveIntended(owned);
        outputs.Sweep(owned.Select(path => Path.GetFullPath(path, declaration.ProjectDirectory))
            .ToHashSet(StringComparer.Ordinal));
        var used = owned.Concat(state.Files.Used).ToHashSet(StringComparer.Ordinal);
        foreach (var path in state.Database.Files.Keys.Where(path => !used.Contains(path)).ToList())
        {
            state.Database.Files.Remove(path);
        }
    }
}
