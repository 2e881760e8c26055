namespace KernKit.Build.Tests;

/// <summary>A directory with any generators, and the engine run over it in process.</summary>
internal sealed class GraphProject : IDisposable
{
    private readonly Dictionary<string, Dictionary<string, string>> _generators = [];
    private readonly List<Dictionary<string, string>> _inputs = [];
    private readonly bool _ownsRoot;

    public GraphProject(string? root = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("kernkit-graph-").FullName;
        foreach (var name in (string[])["PATH", "HOME"])
        {
            Environment[name] = System.Environment.GetEnvironmentVariable(name) ?? "";
        }

        Environment["KERNKIT_BUILD_CACHE"] = "off";
    }

    public string Root { get; }

    public string State => Path.Join(Root, "obj");

    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Registers a generator; a second call with its name replaces it.</summary>
    public void Generator(string name, params (string Name, string Value)[] metadata)
    {
        _generators[name] = metadata.ToDictionary(static pair => pair.Name, static pair => pair.Value);
        _generators[name]["Name"] = name;
    }

    /// <summary>Writes a file and lists it as an item.</summary>
    public string Input(string path, string generator, string text, params (string Name, string Value)[] metadata)
    {
        Item(path, generator, metadata);
        return Write(path, text);
    }

    public void Item(string path, string generator, params (string Name, string Value)[] metadata)
    {
        var values = metadata.ToDictionary(static pair => pair.Name, static pair => pair.Value);
        values["Path"] = path;
        values["Generator"] = generator;
        _inputs.RemoveAll(other => other["Path"] == path && other["Generator"] == generator);
        _inputs.Add(values);
    }

    public void Forget(string path) => _inputs.RemoveAll(other => other["Path"] == path);

    public string Write(string path, string text)
    {
        var full = Path.Join(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    /// <summary>A file that may be run.</summary>
    public string Script(string path, string text)
    {
        var full = Write(path, text);
        File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return full;
    }

    public string Read(string path) => File.ReadAllText(Path.Join(Root, path));

    /// <summary>An output's text, by its generator and name.</summary>
    public string Output(string path) => File.ReadAllText(Path.Join(State, "gen", path));

    public bool HasOutput(string path) => File.Exists(Path.Join(State, "gen", path));

    public string[] OutputNames() => Directory.Exists(Path.Join(State, "gen"))
        ? [.. Directory.GetFiles(Path.Join(State, "gen"), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Path.Join(State, "gen"), path)).Order(StringComparer.Ordinal)]
        : [];

    public BuildDeclaration Declaration() => BuildDeclaration.From(Root, State, "", _generators.Values, _inputs);

    public Result Run(Func<BuildOptions, BuildOptions>? with = null)
    {
        var reports = new List<Report>();
        var options = new BuildOptions
        {
            Environment = Environment,
            Cache = BuildCache.FromEnvironment(Environment),
            Report = (kind, code, file, line, column, text) =>
            {
                lock (reports)
                {
                    reports.Add(new Report(kind, code, file, line, column, text));
                }
            },
        };
        BuildDeclaration declaration;
        try
        {
            declaration = Declaration();
        }
        catch (DeclarationException error)
        {
            return new Result(null, [new Report("error", error.Code, "", 0, 0, error.Message)]);
        }

        var run = new BuildRun(declaration, with is null ? options : with(options));
        run.Run();
        return new Result(run, reports);
    }

    /// <summary>Runs, and expects no error.</summary>
    public BuildRun Build(Func<BuildOptions, BuildOptions>? with = null)
    {
        var result = Run(with);
        Assert.True(!result.Errors.Any(), string.Join('\n', result.Errors));
        return result.Build!;
    }

    /// <summary>Runs, and expects one error.</summary>
    public Report Fails(string code, Func<BuildOptions, BuildOptions>? with = null)
    {
        var result = Run(with);
        var error = Assert.Single(result.Errors);
        Assert.True(error.Code == code, error.ToString());
        return error;
    }

    public void Dispose()
    {
        if (_ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    internal sealed record Report(string Kind, string Code, string File, int Line, int Column, string Text);

    internal sealed record Result(BuildRun? Build, IReadOnlyList<Report> Reports)
    {
        public IEnumerable<Report> Errors => Reports.Where(static report => report.Kind == "error");

        public IEnumerable<Report> Warnings => Reports.Where(static report => report.Kind == "warning");

        public IEnumerable<string> Causes =>
            Reports.Where(static report => report.Kind == "message").Select(static report => report.Text);
    }
}
