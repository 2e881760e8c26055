namespace KernKit.Build;

/// <summary>An output whose name is known before the step runs.</summary>
/// <param name="Name">Relative to the generator's output directory.</param>
/// <param name="Path">Relative to the project.</param>
/// <param name="Kind">What the build does with it.</param>
internal sealed record StepOutput(string Name, string Path, string Kind);

/// <summary>One run of a generator: the graph's node.</summary>
/// <param name="key">Names the step in messages and in the database: <c>generator: input</c>.</param>
/// <param name="generator">What runs.</param>
/// <param name="inputs">The primary inputs, relative to the project; grows while the graph does if it runs for
/// all.</param>
/// <param name="recursiveDirectory">What <c>**</c> stood for in the item, or "".</param>
/// <param name="extraInputs">More declared inputs, globs not yet expanded.</param>
/// <param name="options">Merged options; names ignore case.</param>
internal sealed class Step(
    string key,
    GeneratorDeclaration generator,
    List<string> inputs,
    string recursiveDirectory,
    IReadOnlyList<string> extraInputs,
    IReadOnlyDictionary<string, string> options)
{
    // Names of outputs were made of it, so it stays what it was however the list grows.
    private readonly string _first = inputs.Count > 0 ? inputs[0] : "";

    /// <summary>Names the step.</summary>
    public string Key { get; } = key;

    /// <summary>What runs.</summary>
    public GeneratorDeclaration Generator { get; } = generator;

    /// <summary>The primary inputs, in bytewise order: MSBuild's globs come in the order of the disk.</summary>
    public IReadOnlyList<string> Inputs => inputs;

    /// <summary>For the placeholder of that name.</summary>
    public string RecursiveDirectory { get; } = recursiveDirectory;

    /// <summary>More declared inputs.</summary>
    public IReadOnlyList<string> ExtraInputs { get; } = extraInputs;

    /// <summary>The item's metadata over the generator's defaults.</summary>
    public IReadOnlyDictionary<string, string> Options { get; } = options;

    /// <summary>The outputs whose names are fixed; those of a <c>**</c> pattern are not among them.</summary>
    public IReadOnlyList<StepOutput> Predicted { get; set; } = [];

    /// <summary>Steps that have to be done before.</summary>
    public HashSet<Step> Needs { get; } = [];

    /// <summary>Generators of which every step has to be done before: their outputs' names are not known yet.</summary>
    public HashSet<string> NeedsGenerators { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Steps that should have ended before, though nothing is declared: they make what this one read when it last ran.
    /// Where that would be a circle it is given up.
    /// </summary>
    public HashSet<Step> After { get; } = [];

    /// <summary>Generators that may make files which a glob among the inputs matches; given up likewise.</summary>
    public HashSet<string> AfterGenerators { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the step is.</summary>
    public StepState State { get; set; }

    /// <summary>Adds a primary input, once.</summary>
    /// <param name="path">Relative to the project.</param>
    public void AddInput(string path)
    {
        var at = inputs.BinarySearch(path, StringComparer.Ordinal);
        if (at < 0)
        {
            inputs.Insert(~at, path);
        }
    }

    /// <summary>The value of a placeholder that says something about the inputs.</summary>
    /// <param name="name">Without braces.</param>
    /// <returns>Null if there is none of that name.</returns>
    public string? Placeholder(string name)
    {
        var input = _first;
        return name switch
        {
            "Input" => input,
            "Filename" => Path.GetFileNameWithoutExtension(input),
            "Extension" => Path.GetExtension(input),
            "Directory" => input.Contains('/', StringComparison.Ordinal) ? input[..(input.LastIndexOf('/') + 1)] : "",
            "RecursiveDir" => RecursiveDirectory,
            "Generator" => Generator.Name,
            _ => Options.TryGetValue(name, out var value) ? value : null,
        };
    }
}

/// <summary>Where a step is on its way through one build.</summary>
internal enum StepState
{
    /// <summary>Not looked at yet.</summary>
    Waiting,

    /// <summary>A worker has it.</summary>
    Running,

    /// <summary>Its outputs are right.</summary>
    Done,

    /// <summary>It failed, or something before it did.</summary>
    Failed,
}
