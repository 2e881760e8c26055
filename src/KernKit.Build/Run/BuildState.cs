using System.Diagnostics.CodeAnalysis;

namespace KernKit.Build;

/// <summary>
/// What one run knows: the declared graph, what the last build recorded, hashes of files, and how far each step is.
/// It looks and never changes a file; one thread at a time.
/// </summary>
internal sealed class BuildState
{
    private readonly BuildDeclaration _declaration;
    private readonly Dictionary<string, StepWork> _works = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _unfinished = new(StringComparer.Ordinal);
    private FileStamp _databaseStamp;
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);

    /// <summary>Reads the database and builds the graph.</summary>
    /// <param name="declaration">What to build.</param>
    /// <param name="options">How.</param>
    /// <exception cref="DeclarationException">The graph is contradictory or circular.</exception>
    public BuildState(BuildDeclaration declaration, BuildOptions options)
    {
        _declaration = declaration;
        _databaseStamp = FileStamp.Of(declaration.DatabasePath);
        Database = BuildDatabase.Read(declaration.DatabasePath);
        Database.ProjectFromState = Path.GetRelativePath(declaration.StateDirectory, declaration.ProjectDirectory);
        Files = new KnownFiles(declaration.ProjectDirectory, Database);
        RememberTools(options.Tools);
        Graph = new BuildGraph(declaration, Database.Steps);
        Planner = new StepPlanner(declaration, Graph, Files, options.Environment,
            [.. options.Tools.Select(static tool => tool.Path)]);
        foreach (var step in Graph.Steps)
        {
            Add(step);
        }
    }

    /// <summary>What the last build knew, and what this one has found out since.</summary>
    public BuildDatabase Database { get; }

    /// <summary>Hashes.</summary>
    public KnownFiles Files { get; }

    /// <summary>Steps and edges.</summary>
    public BuildGraph Graph { get; }

    /// <summary>Turns steps into work.</summary>
    public StepPlanner Planner { get; }

    /// <summary>
    /// The step that owns each output, as far as steps are looked at. Names that differ in case only are one: so they
    /// are for IncrementalClean and some file systems.
    /// </summary>
    public Dictionary<string, string> Owners { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Everything there is now, sorted by path.</summary>
    public IEnumerable<ProducedFile> Produced => Graph.Steps
        .SelectMany(ProducedBy)
        .DistinctBy(static file => file.Path)
        .OrderBy(static file => file.Path, StringComparer.Ordinal);

    /// <summary>Every file that the steps read, declared or discovered, relative to the project, sorted.</summary>
    public IEnumerable<string> Reads => _works.Values
        .SelectMany(work => work.DeclaredInputs
            .Concat(work.ProgramFiles.Select(path => ProjectPath.Relative(_declaration.ProjectDirectory, path)))
            .Concat(Record(work.Step).Discovered.Keys))
        .Where(path => Graph.ProducerOf(path) is null)
        .Distinct(StringComparer.Ordinal)
        .Order(StringComparer.Ordinal);

    /// <summary>Every directory in which a file that comes or goes may matter, absolute.</summary>
    public IEnumerable<string> ListedDirectories =>
        _declaration.ListedDirectories.Concat(Graph.Listed).Concat(Planner.Listed).Distinct(StringComparer.Ordinal);

    /// <summary>
    /// True if the database on disk is still the one that was read, or that was written last: if not, another build has
    /// been here, and writing ours would undo what it recorded.
    /// </summary>
    public bool IsNewest => FileStamp.Of(_declaration.DatabasePath) == _databaseStamp;

    /// <summary>Replaces the database on disk.</summary>
    /// <param name="outputs">Writes it; the lock is held.</param>
    public void Save(OutputStore outputs)
    {
        outputs.WriteWhole(_declaration.DatabasePath, Database.ToBytes());
        _databaseStamp = FileStamp.Of(_declaration.DatabasePath);
    }

    /// <summary>The record of a step.</summary>
    /// <param name="step">Any.</param>
    /// <returns>An empty one if it never ran.</returns>
    public StepRecord Record(Step step) => Database.Steps.GetValueOrDefault(step.Key, StepRecord.None);

    /// <summary>True if everything before a step is done.</summary>
    /// <param name="step">A step that waits.</param>
    /// <returns>Whether it may be planned.</returns>
    public bool IsReady(Step step) => BuildGraph.IsReady(step, _unfinished);

    /// <summary>True if something that a step needs has failed, so that it cannot run.</summary>
    /// <param name="step">A step that waits.</param>
    /// <returns>Whether it fails too.</returns>
    public bool IsLost(Step step) => step.Needs.Any(static need => need.State == StepState.Failed) ||
        step.NeedsGenerators.Overlaps(_failed);

    /// <summary>False if there may be steps that are not known: then a record without a step proves nothing.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Plans a step.</summary>
    /// <param name="step">One that is ready.</param>
    /// <returns>The work.</returns>
    /// <exception cref="DeclarationException">It cannot work.</exception>
    public StepWork Plan(Step step) => _works[step.Key] = Planner.Plan(step);

    /// <summary>Looks at every step; runs none.</summary>
    /// <returns>The first cause to run, or null.</returns>
    /// <exception cref="DeclarationException">A step cannot work.</exception>
    public string? Check()
    {
        if (File.Exists(_declaration.IntentPath))
        {
            return "a build was killed, or runs";
        }

        for (var waiting = Graph.Steps.ToList(); waiting.Count > 0;)
        {
            var later = new List<Step>();
            foreach (var step in waiting)
            {
                if (!IsReady(step))
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

            if (later.Count == waiting.Count && !BuildGraph.GiveUpOrder(later))
            {
                ThrowStuck(later);
            }

            waiting = later;
        }

        var keys = Graph.Steps.Select(static step => step.Key).ToHashSet(StringComparer.Ordinal);
        var obsolete = Database.Steps.Keys.FirstOrDefault(key => !keys.Contains(key));
        return obsolete is null ? null : $"{obsolete}: no longer in the project";
    }

    /// <summary>Why a step has to run, as a person would say it; null if it need not.</summary>
    /// <param name="step">One that is ready.</param>
    /// <param name="work">What it would do.</param>
    /// <returns>The cause.</returns>
    public string? CauseToRun(Step step, StepWork work)
    {
        var record = Record(step);
        if (record.Identity.Length == 0)
        {
            return record.How switch
            {
                "" => "never built",
                "failed" => "failed before",
                _ => "an input changed while it ran",
            };
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
            if (Files.HashOf(path) is var now && now != hash)
            {
                return $"{(now == FileState.Absent ? "missing" : "changed")} discovered input {path}";
            }
        }

        foreach (var (output, hash) in record.Outputs)
        {
            if (Files.HashOf(output) is var now && now != hash)
            {
                return $"output {output} is {(now == FileState.Absent ? "missing" : "edited")}";
            }
        }

        return null;
    }

    /// <summary>
    /// True if the next build would find a step up to date, as far as this one knows: nothing that it read changed
    /// while it ran, or was made anew afterwards.
    /// </summary>
    /// <param name="step">A step that is done.</param>
    /// <returns>Whether it counts as up to date.</returns>
    public bool IsSettled(Step step) => Record(step) is var record && record.Identity.Length > 0 &&
        record.Discovered.All(read => Files.HashOf(read.Key) == read.Value);

    /// <summary>Takes note that a step's outputs are right.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Steps that have become known by them.</returns>
    public IReadOnlyList<Step> Finish(Step step)
    {
        End(step, StepState.Done);
        try
        {
            return Unfold(step);
        }
        catch (DeclarationException)
        {
            IsWhole = false;
            throw;
        }
    }

    /// <summary>Takes note that a step, or one before it, failed: its old outputs stay its own.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Steps that follow from its old outputs: they fail too, and keep theirs.</returns>
    public IReadOnlyList<Step> Fail(Step step)
    {
        End(step, StepState.Failed);
        _failed.Add(step.Generator.Name);
        try
        {
            return Unfold(step);
        }
        catch (DeclarationException)
        {
            // What an older declaration made need not fit into this one; that the step failed is said already.
            IsWhole = false;
            return [];
        }
    }

    /// <summary>
    /// Takes back steps that read what another one has made anew only after them, with all that follows from them: one
    /// that was not known to read it, or that two builds in a row would have had to mend.
    /// </summary>
    /// <returns>They, waiting again; none if names that are not known before would change under us.</returns>
    public IReadOnlyList<Step> TakeBack()
    {
        var back = Graph.Steps.Where(step => step.State == StepState.Done && Record(step).Discovered.Any(read =>
            Graph.ProducerOf(read.Key) is { State: StepState.Done } producer && producer != step &&
            Files.HashOf(read.Key) != read.Value)).ToHashSet();
        for (var before = -1; back.Count > before && back.Count > 0;)
        {
            before = back.Count;
            var generators = back.Select(static step => step.Generator.Name).ToHashSet(StringComparer.Ordinal);
            back.UnionWith(Graph.Steps.Where(step => step.State == StepState.Done &&
                (step.Needs.Overlaps(back) || step.NeedsGenerators.Overlaps(generators))));
        }

        if (back.Any(static step => step.Generator.IsTree && step.Generator.Next.Count > 0))
        {
            return [];
        }

        foreach (var step in back)
        {
            step.State = StepState.Waiting;
            Add(step);
        }

        return [.. Graph.Steps.Where(back.Contains)];
    }

    /// <summary>Ends what an exception has left: what is not done has failed, and what follows from it.</summary>
    public void FailRest()
    {
        for (var index = 0; index < Graph.Steps.Count; index++)
        {
            if (Graph.Steps[index].State is StepState.Waiting or StepState.Running)
            {
                Fail(Graph.Steps[index]);
            }
        }
    }

    /// <summary>Ends a run whose steps wait for each other.</summary>
    /// <param name="steps">They.</param>
    /// <exception cref="DeclarationException">Always.</exception>
    [DoesNotReturn]
    public static void ThrowStuck(List<Step> steps) => throw new DeclarationException("KK9011",
        "these steps wait for each other: " + string.Join(", ", steps.Take(5).Select(static step => $"[{step.Key}]")));

    private IReadOnlyList<Step> Unfold(Step step)
    {
        var added = Graph.Unfold(step, Record(step).Outputs.Keys);
        foreach (var more in added)
        {
            Add(more);
        }

        return added;
    }

    private void End(Step step, StepState state)
    {
        step.State = state;
        _unfinished[step.Generator.Name]--;
        foreach (var output in Record(step).Outputs.Keys)
        {
            Owners.TryAdd(output, step.Key);
        }
    }

    private void Add(Step step)
    {
        _unfinished[step.Generator.Name] = _unfinished.GetValueOrDefault(step.Generator.Name) + 1;
        foreach (var path in Record(step).Discovered.Keys)
        {
            if (Graph.ProducerOf(path) is { } producer && producer != step)
            {
                step.After.Add(producer);
            }
        }
    }

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

    /// <summary>The hash of a tool's loaded bytes counts, not that of its file: what runs decides.</summary>
    private void RememberTools(IEnumerable<LoadedTool> tools)
    {
        foreach (var tool in tools.Where(static tool => tool.Bytes is not null))
        {
            var path = ProjectPath.Relative(_declaration.ProjectDirectory, tool.Path);
            if (!Database.Files.TryGetValue(path, out var state) || state.Stamp != tool.Stamp || !state.IsTrusted)
            {
                state = new FileState(tool.Stamp, FileState.HashOf(tool.Bytes), tool.ReadAtNanoseconds);
            }

            // A node loads a tool once: read when it had just been built, its stamp would prove nothing for ever.
            var readAt = FileStamp.NowNanoseconds;
            if (!state.IsTrusted && FileStamp.Of(tool.Path) == tool.Stamp &&
                KnownFiles.HashFile(tool.Path) == state.Hash)
            {
                state = state with { ReadAtNanoseconds = readAt };
            }

            Files.Remember(path, state);
        }
    }
}
