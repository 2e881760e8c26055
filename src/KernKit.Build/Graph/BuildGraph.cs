namespace KernKit.Build;

/// <summary>
/// The steps of a declared graph and what has to be done before what.
/// </summary>
/// <remarks>
/// <para>
/// Edges come from names. A step's outputs are predicted from its inputs' names, so a chain of any depth unfolds
/// before anything runs:
/// </para>
/// <code>
/// Generate item ---- generator's pattern ----> predicted outputs --Next--> steps of other generators ...
///                                              predicted outputs &lt;--Inputs-- named by other steps: an edge
/// </code>
/// <para>
/// A generator with a <c>**</c> pattern says what it wrote only when it has run; its chain unfolds then
/// (<see cref="Unfold"/>), and a step that takes *all* of what reaches it waits for every generator before it
/// (<see cref="Step.NeedsGenerators"/>).
/// </para>
/// <para>
/// Generators that follow each other in a circle are refused by their names alone, before any step exists, so
/// unfolding always ends; what remains are circles of named inputs, found by walking the edges (without recursion).
/// </para>
/// </remarks>
internal sealed class BuildGraph
{
    private const int StepsMax = 100_000;

    private readonly BuildDeclaration _declaration;
    private readonly Dictionary<string, GeneratorDeclaration> _generators = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _before = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Step> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Step> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _outputDirectories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _globs = new(StringComparer.Ordinal);
    private readonly List<string> _listed = [];
    private readonly List<Step> _steps = [];
    private readonly IReadOnlyDictionary<string, StepRecord> _records;
    private HashSet<string> _obsolete = [];
    private int _obsoleteAt = -1;

    /// <summary>Builds as much of the graph as names tell.</summary>
    /// <param name="declaration">What is declared.</param>
    /// <exception cref="DeclarationException">It is contradictory or circular.</exception>
    /// <param name="records">What builds have recorded of steps, by key.</param>
    public BuildGraph(BuildDeclaration declaration, IReadOnlyDictionary<string, StepRecord>? records = null)
    {
        _declaration = declaration;
        _records = records ?? new Dictionary<string, StepRecord>();
        foreach (var generator in declaration.Generators)
        {
            if (!_generators.TryAdd(generator.Name, generator))
            {
                throw new DeclarationException("KK9010", $"generator {generator.Name} is registered twice");
            }

            _outputDirectories[generator.Name] =
                ProjectPath.Relative(declaration.ProjectDirectory, generator.OutputDirectory);
        }

        foreach (var generator in declaration.Generators)
        {
            _before[generator.Name] = GeneratorsBefore(generator);
        }

        var declared = new Dictionary<(string Generator, string Path), InputDeclaration>();
        foreach (var input in declaration.Inputs)
        {
            if (!declared.TryAdd((input.Generator, input.Path), input) &&
                !declared[(input.Generator, input.Path)].IsLike(input))
            {
                throw new DeclarationException("KK9010", $"{input.Generator}: {input.Path} is declared twice, with " +
                    "different metadata; take one away, or give it a generator of its own");
            }

            var generator = _generators.GetValueOrDefault(input.Generator) ?? throw new DeclarationException(
                "KK9010", $"{input.Path}: there is no generator '{input.Generator}'; registered are: " +
                string.Join(", ", _generators.Keys.Order(StringComparer.Ordinal)));
            if (generator.Runs == RunsMode.Once)
            {
                throw new DeclarationException(
                    "KK9010", $"{input.Path}: generator {generator.Name} runs once and takes no Generate items");
            }

            Add(generator, input);
        }

        foreach (var generator in declaration.Generators.Where(static generator => generator.Runs == RunsMode.Once))
        {
            AddStep(generator, generator.Name, [], "", [], generator.Options);
        }

        foreach (var step in _steps)
        {
            Link(step);
        }

        RefuseCycles();
    }

    /// <summary>All steps, in the order of their declarations; grows by <see cref="Unfold"/>.</summary>
    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>The directories that globs have read, absolute.</summary>
    public IReadOnlyList<string> Listed => _listed;

    /// <summary>The step that makes a file.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <returns>Null if none is known to.</returns>
    public Step? ProducerOf(string path) => _producers.GetValueOrDefault(path);

    /// <summary>Names an output of a generator.</summary>
    /// <param name="generator">Which.</param>
    /// <param name="name">Relative to its output directory.</param>
    /// <returns>Relative to the project.</returns>
    public string OutputPath(GeneratorDeclaration generator, string name) =>
        _outputDirectories[generator.Name] + "/" + name;

    /// <summary>True if everything before a step is done.</summary>
    /// <param name="step">A step that waits.</param>
    /// <param name="unfinished">The number of steps of each generator that are neither done nor failed.</param>
    /// <returns>Whether it may run.</returns>
    public static bool IsReady(Step step, IReadOnlyDictionary<string, int> unfinished) =>
        step.Needs.All(static need => need.State == StepState.Done) &&
        step.After.All(static before => before.State is StepState.Done or StepState.Failed) &&
        step.NeedsGenerators.All(name => unfinished.GetValueOrDefault(name) == 0) &&
        step.AfterGenerators.All(name => unfinished.GetValueOrDefault(name) == 0);

    /// <summary>Gives up every order that is not declared, where steps wait for each other.</summary>
    /// <param name="steps">They.</param>
    /// <returns>False if there was none.</returns>
    public static bool GiveUpOrder(IEnumerable<Step> steps)
    {
        var any = false;
        foreach (var step in steps)
        {
            any |= step.After.Count + step.AfterGenerators.Count > 0;
            step.After.Clear();
            step.AfterGenerators.Clear();
        }

        return any;
    }

    /// <summary>Adds the steps that take the outputs of a step whose names were not known before.</summary>
    /// <param name="step">A step that is done.</param>
    /// <param name="outputs">All it made, relative to the project.</param>
    /// <returns>The new steps.</returns>
    /// <exception cref="DeclarationException">The new steps do not fit into the graph.</exception>
    public IReadOnlyList<Step> Unfold(Step step, IEnumerable<string> outputs)
    {
        var first = _steps.Count;
        foreach (var path in outputs)
        {
            _producers.TryAdd(path, step);
            if (step.Generator.IsTree)
            {
                Chain(step, path);
            }
        }

        var added = _steps[first..];
        added.ForEach(Link);
        return added;
    }

    /// <summary>The files that a step declares, globs expanded; complete once everything before it is done.</summary>
    /// <param name="step">The step.</param>
    /// <returns>Relative to the project, each once, in bytewise order.</returns>
    public IReadOnlyList<string> DeclaredInputs(Step step)
    {
        if (step.ExtraInputs.Count == 0 && step.Generator.Inputs.Count == 0)
        {
            return step.Inputs.Count == 1 ? step.Inputs : [.. step.Inputs.Order(StringComparer.Ordinal)];
        }

        var files = new SortedSet<string>(step.Inputs, StringComparer.Ordinal);
        foreach (var pattern in ExtraInputs(step))
        {
            if (Glob.IsGlob(pattern))
            {
                // What is on disk, except what no step makes any more, and what will be there.
                files.UnionWith(FilesOf(pattern).Where(path => !Obsolete().Contains(path)));
                files.UnionWith(_producers.Keys.Where(path => Glob.MatchesWhole(pattern, path)));
            }
            else
            {
                files.Add(ProjectPath.Relative(_declaration.ProjectDirectory, pattern));
            }
        }

        return [.. files];
    }

    /// <summary>
    /// Recorded steps that are in the project no longer and whose outputs a step's globs would still match on disk:
    /// certain once everything before the step is done.
    /// </summary>
    /// <param name="step">One that is ready.</param>
    /// <returns>Their keys.</returns>
    public IReadOnlyList<string> ObsoleteFor(Step step)
    {
        if ((step.ExtraInputs.Count == 0 && step.Generator.Inputs.Count == 0) || Obsolete().Count == 0)
        {
            return [];
        }

        var globs = ExtraInputs(step).Where(Glob.IsGlob).ToList();
        return [.. _records
            .Where(record => !_byKey.ContainsKey(record.Key) &&
                record.Value.Outputs.Keys.Any(path => globs.Exists(glob => Glob.MatchesWhole(glob, path))))
            .Select(static record => record.Key)];
    }

    private IEnumerable<string> ExtraInputs(Step step) => step.Generator.Inputs.Concat(step.ExtraInputs)
        .Select(pattern => Template.Expand(pattern, step.Placeholder, step.Key))
        .Select(pattern => Glob.IsGlob(pattern)
            ? ProjectPath.Relative(_declaration.ProjectDirectory, pattern)
            : pattern);

    /// <summary>Outputs of recorded steps that are in the project no longer; they are on their way out.</summary>
    private HashSet<string> Obsolete()
    {
        if (_obsoleteAt != _steps.Count)
        {
            _obsolete = _records.Where(record => !_byKey.ContainsKey(record.Key))
                .SelectMany(static record => record.Value.Outputs.Keys).ToHashSet(StringComparer.Ordinal);
            _obsoleteAt = _steps.Count;
        }

        return _obsolete;
    }

    private IReadOnlyList<string> FilesOf(string pattern)
    {
        if (!_globs.TryGetValue(pattern, out var files))
        {
            files = Glob.Expand(_declaration.ProjectDirectory, pattern, _listed);
            _globs[pattern] = files;
        }

        return files;
    }

    private HashSet<string> GeneratorsBefore(GeneratorDeclaration generator)
    {
        foreach (var next in generator.Next.Where(next => !_generators.ContainsKey(next)))
        {
            throw new DeclarationException(
                "KK9010", $"generator {generator.Name}: Next names '{next}', and there is no such generator");
        }

        // Backwards over Next; the first way back to the start is the circle.
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var queue = new Queue<string>([generator.Name]);
        while (queue.TryDequeue(out var name))
        {
            foreach (var before in _declaration.Generators.Where(other => other.Next.Contains(name)))
            {
                if (before.Name == generator.Name)
                {
                    var circle = new List<string> { generator.Name };
                    for (var at = name; at != generator.Name; at = cameFrom[at])
                    {
                        circle.Add(at);
                    }

                    throw new DeclarationException("KK9011",
                        $"generators follow each other in a circle: {string.Join(" -> ", circle)} -> " +
                        $"{generator.Name}; remove one Next");
                }

                if (cameFrom.TryAdd(before.Name, name))
                {
                    queue.Enqueue(before.Name);
                }
            }
        }

        return [.. cameFrom.Keys];
    }

    private void Add(GeneratorDeclaration generator, InputDeclaration input)
    {
        if (generator.Runs == RunsMode.Each)
        {
            var options = Merge(generator.Options, input.Options);
            AddStep(generator, $"{generator.Name}: {input.Path}", [input.Path], input.RecursiveDirectory,
                input.Inputs, options);
            return;
        }

        if (_byKey.TryGetValue(generator.Name, out var known))
        {
            known.AddInput(input.Path);
        }
        else
        {
            AddStep(generator, generator.Name, [input.Path], "", [], generator.Options);
        }
    }

    private static IReadOnlyDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> below, IReadOnlyDictionary<string, string> above)
    {
        if (below.Count == 0)
        {
            return above;
        }

        var merged = new Dictionary<string, string>(below, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in above)
        {
            merged[name] = value;
        }

        return merged;
    }

    private void AddStep(
        GeneratorDeclaration generator,
        string key,
        List<string> inputs,
        string recursiveDirectory,
        IReadOnlyList<string> extraInputs,
        IReadOnlyDictionary<string, string> options)
    {
        if (_byKey.ContainsKey(key))
        {
            return;
        }

        if (_steps.Count >= StepsMax)
        {
            throw new DeclarationException("KK9010", $"the graph has more than {StepsMax} steps");
        }

        var step = new Step(key, generator, inputs, recursiveDirectory, extraInputs, options);
        var predicted = new List<StepOutput>();
        for (var index = 0; index < generator.Outputs.Count; index++)
        {
            var name = Template.Expand(generator.Outputs[index], step.Placeholder, key);
            if (name != "**" && !name.EndsWith("/**", StringComparison.Ordinal))
            {
                CheckOutput(step, name);
                predicted.Add(new StepOutput(name, OutputPath(generator, name), generator.KindOf(index)));
            }
        }

        step.Predicted = predicted;
        _byKey.Add(key, step);
        _steps.Add(step);
        foreach (var output in predicted)
        {
            if (!_producers.TryAdd(output.Path, step))
            {
                throw new DeclarationException("KK9007",
                    $"{key} and {_producers[output.Path].Key} both make {output.Path}; put {{Filename}}, " +
                    "{RecursiveDir} or an option into Outputs");
            }

            // With names alone the chain unfolds at once; depth is bounded because generators form no circle.
            Chain(step, output.Path);
        }
    }

    private static void CheckOutput(Step step, string name)
    {
        if (!ProjectPath.IsBelow(name))
        {
            throw new DeclarationException("KK9010",
                $"{step.Key}: output '{name}' does not lie below the generator's output directory");
        }
    }

    private void Chain(Step step, string output)
    {
        foreach (var name in step.Generator.Next)
        {
            var next = _generators[name];
            if (next.Accepts.Count == 0 || next.Accepts.Any(pattern => Glob.Matches(pattern, output)))
            {
                Add(next, new InputDeclaration(output, name, step.RecursiveDirectory, [], step.Options));
            }
        }
    }

    private void Link(Step step)
    {
        if (step.Generator.Runs == RunsMode.All)
        {
            step.NeedsGenerators.UnionWith(_before[step.Generator.Name]);
        }

        foreach (var pattern in step.Inputs.Concat(ExtraInputs(step)))
        {
            if (Glob.IsGlob(pattern))
            {
                LinkGlob(step, pattern);
                continue;
            }

            if (_producers.TryGetValue(pattern, out var maker))
            {
                step.Needs.Add(maker);
                continue;
            }

            foreach (var generator in _declaration.Generators.Where(generator => generator.IsTree &&
                pattern.StartsWith(_outputDirectories[generator.Name] + "/", StringComparison.Ordinal)))
            {
                step.NeedsGenerators.Add(generator.Name);
                step.NeedsGenerators.UnionWith(_before[generator.Name]);
            }
        }

        if (step.Needs.Contains(step) || step.NeedsGenerators.Contains(step.Generator.Name))
        {
            throw new DeclarationException("KK9011", $"{step.Key} takes its own output as an input");
        }
    }

    /// <summary>A glob needs what is known to match; generators whose names nobody knows yet may make more.</summary>
    private void LinkGlob(Step step, string pattern)
    {
        step.Needs.UnionWith(_producers
            .Where(pair => Glob.MatchesWhole(pattern, pair.Key)).Select(static pair => pair.Value));
        foreach (var generator in _declaration.Generators)
        {
            var before = _before[generator.Name];
            if (generator != step.Generator && !before.Contains(step.Generator.Name) &&
                (generator.IsTree || before.Any(name => _generators[name].IsTree)) &&
                Glob.MayMatchBelow(pattern, _outputDirectories[generator.Name]))
            {
                step.AfterGenerators.Add(generator.Name);
                step.AfterGenerators.UnionWith(before);
            }
        }
    }

    private void RefuseCycles()
    {
        var left = _steps.ToDictionary(static step => step, static step => step.Needs.Count);
        var users = _steps.SelectMany(static step => step.Needs.Select(need => (need, step)))
            .ToLookup(static edge => edge.need, static edge => edge.step);
        var free = new Queue<Step>(_steps.Where(static step => step.Needs.Count == 0));
        while (free.TryDequeue(out var step))
        {
            left.Remove(step);
            foreach (var user in users[step])
            {
                if (--left[user] == 0)
                {
                    free.Enqueue(user);
                }
            }
        }

        if (left.Count == 0)
        {
            return;
        }

        // Every step that is left needs one that is left: following them must come round.
        var way = new List<Step>();
        var at = left.Keys.First();
        while (!way.Contains(at))
        {
            way.Add(at);
            at = at.Needs.First(left.ContainsKey);
        }

        way.RemoveRange(0, way.IndexOf(at));
        way.Add(at);
        throw new DeclarationException("KK9011", "steps need each other in a circle: " +
            string.Join(" needs ", way.Select(static step => $"[{step.Key}]")));
    }
}
