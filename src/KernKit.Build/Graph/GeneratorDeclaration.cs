namespace KernKit.Build;

/// <summary>A registered generator: what a <c>CodeGenerator</c> item or an entry of kernbuild.json says.</summary>
internal sealed record GeneratorDeclaration
{
    private const int ListMax = 10_000;

    private static readonly HashSet<string> KnownNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "Name", "Command", "Tool", "Assembly", "Type", "Outputs", "OutputKind", "OutputDirectory", "Depfile",
        "Environment", "Inputs", "Next", "Accepts", "Runs", "CommittedTo", "Options", "Timeout",
    };

    /// <summary>Its name; part of output paths and messages.</summary>
    public required string Name { get; init; }

    /// <summary>A command line, or "".</summary>
    public string Command { get; init; } = "";

    /// <summary>A .NET program's DLL that <c>dotnet</c> runs with the words of <see cref="Command"/>, or "".</summary>
    public string Tool { get; init; } = "";

    /// <summary>The DLL of an in-process class, or "" for one that is part of the engine.</summary>
    public string Assembly { get; init; } = "";

    /// <summary>The full name of an <see cref="ICodeGenerator"/>, or "".</summary>
    public string Type { get; init; } = "";

    /// <summary>
    /// Patterns of output names below <see cref="OutputDirectory"/>; <c>**</c> is whatever it writes.
    /// </summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>One kind for all outputs, or one for each pattern.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = ["None"];

    /// <summary>Absolute.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>
    /// False if <see cref="OutputDirectory"/> is a person's too: then nothing foreign is overwritten.
    /// </summary>
    public bool OutputDirectoryIsOurs { get; init; } = true;

    /// <summary>The pattern of the file in make's format that lists what was read, or "".</summary>
    public string Depfile { get; init; } = "";

    /// <summary><c>NAME=value</c>, or <c>NAME</c> to pass the build's own value on.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Files and globs that every step depends on.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Generators that take this one's outputs as inputs.</summary>
    public IReadOnlyList<string> Next { get; init; } = [];

    /// <summary>Globs: of another generator's outputs only these are taken; empty takes all.</summary>
    public IReadOnlyList<string> Accepts { get; init; } = [];

    /// <summary>How many steps its inputs make.</summary>
    public RunsMode Runs { get; init; }

    /// <summary>A directory of committed copies, relative to the project, or "".</summary>
    public string CommittedTo { get; init; } = "";

    /// <summary>Defaults of options.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>A step that takes longer is killed. Seconds.</summary>
    public int TimeoutSeconds { get; init; } = 900;

    /// <summary>True if a step starts a process.</summary>
    public bool IsProcess => Type.Length == 0;

    /// <summary>True if the outputs' names are known only after a run.</summary>
    public bool IsTree => Outputs.Any(
        static pattern => pattern == "**" || pattern.EndsWith("/**", StringComparison.Ordinal));

    /// <summary>Reads a declaration.</summary>
    /// <param name="values">Metadata by name; lists are separated by semicolons.</param>
    /// <param name="projectDirectory">Absolute.</param>
    /// <param name="generatedDirectory">The absolute directory of what has no OutputDirectory.</param>
    /// <returns>The declaration, checked by itself.</returns>
    /// <exception cref="DeclarationException">It makes no sense.</exception>
    public static GeneratorDeclaration From(
        IReadOnlyDictionary<string, string> values, string projectDirectory, string generatedDirectory)
    {
        var name = Value(values, "Name");
        if (name.Length is 0 or > 64 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ||
            name[0] == '.')
        {
            throw new DeclarationException(
                "KK9010", $"generator '{name}': a name is 1 to 64 letters, digits, '-', '_' and '.'");
        }

        if (values.Keys.FirstOrDefault(static key => !KnownNames.Contains(key)) is { } unknown)
        {
            throw new DeclarationException("KK9010", $"generator {name}: '{unknown}' is unknown; known are " +
                string.Join(", ", KnownNames.Skip(1)) + "; options of your own go into Options=\"name=value;...\"");
        }

        var directory = Value(values, "OutputDirectory");
        var generator = new GeneratorDeclaration
        {
            Name = name,
            Command = Value(values, "Command"),
            Tool = Value(values, "Tool"),
            Assembly = Value(values, "Assembly"),
            Type = Value(values, "Type"),
            Outputs = List(values, "Outputs"),
            Kinds = List(values, "OutputKind") is { Length: > 0 } kinds ? kinds : ["None"],
            OutputDirectory = directory.Length == 0
                ? Path.Join(generatedDirectory, name)
                : Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory, projectDirectory)),
            OutputDirectoryIsOurs = directory.Length == 0,
            Depfile = Value(values, "Depfile"),
            Environment = List(values, "Environment"),
            Inputs = List(values, "Inputs"),
            Next = List(values, "Next"),
            Accepts = List(values, "Accepts"),
            Runs = RunsOf(name, Value(values, "Runs")),
            CommittedTo = Value(values, "CommittedTo"),
            Options = Pairs(name, List(values, "Options")),
            TimeoutSeconds = SecondsOf(name, Value(values, "Timeout")),
        };
        generator.Check();
        return generator;
    }

    /// <summary>The kind of an output: Compile, EmbeddedResource, Content, None or Generate.</summary>
    /// <param name="pattern">The index of its pattern.</param>
    /// <returns>The kind.</returns>
    public string KindOf(int pattern) => Kinds.Count == 1 ? Kinds[0] : Kinds[pattern];

    private static string Value(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) ? value.Trim() : "";

    private static string[] List(IReadOnlyDictionary<string, string> values, string name)
    {
        var list = Value(values, name).Split(
            ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return list.Length <= ListMax
            ? list
            : throw new DeclarationException("KK9010", $"{name} has {list.Length} entries; {ListMax} are the limit");
    }

    private static RunsMode RunsOf(string name, string text) => text.ToUpperInvariant() switch
    {
        "" or "EACH" => RunsMode.Each,
        "ALL" => RunsMode.All,
        "ONCE" => RunsMode.Once,
        _ => throw new DeclarationException(
            "KK9010", $"generator {name}: Runs=\"{text}\" is unknown; it is Each (default), All or Once"),
    };

    private static int SecondsOf(string name, string text) =>
        text.Length == 0 ? 900
        : int.TryParse(text, out var seconds) && seconds is >= 1 and <= 86_400 ? seconds
        : throw new DeclarationException("KK9010", $"generator {name}: Timeout=\"{text}\" is not 1 to 86400 seconds");

    private static Dictionary<string, string> Pairs(string name, string[] list)
    {
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in list)
        {
            var split = entry.IndexOf('=', StringComparison.Ordinal);
            if (split < 1)
            {
                throw new DeclarationException("KK9010", $"generator {name}: option '{entry}' is not name=value");
            }

            pairs[entry[..split].Trim()] = entry[(split + 1)..].Trim();
        }

        return pairs;
    }

    private void Check()
    {
        void Refuse(string why) => throw new DeclarationException("KK9010", $"generator {Name}: {why}");

        if ((Type.Length > 0) == (Command.Length > 0 || Tool.Length > 0))
        {
            Refuse("say either Command (or Tool and Command) or Type (and Assembly)");
        }

        if (Outputs.Count == 0)
        {
            Refuse("Outputs is empty; name what it writes, such as \"{Filename}.g.cs\", or \"**\"");
        }

        if (Kinds.Count != 1 && Kinds.Count != Outputs.Count)
        {
            Refuse($"OutputKind has {Kinds.Count} entries for {Outputs.Count} Outputs; give one, or one for each");
        }

        if (Kinds.FirstOrDefault(static kind =>
            kind is not ("Compile" or "EmbeddedResource" or "Content" or "None" or "Generate")) is { } odd)
        {
            Refuse($"OutputKind '{odd}' is unknown; it is Compile, EmbeddedResource, Content, None or Generate");
        }

        if (Kinds.Contains("Generate") && Next.Count == 0)
        {
            Refuse("OutputKind=\"Generate\" needs Next=\"...\": the generators that take its outputs");
        }

        if (Depfile.Length > 0 && !IsProcess)
        {
            Refuse("a class needs no Depfile: what it reads through its context is known");
        }
    }
}
