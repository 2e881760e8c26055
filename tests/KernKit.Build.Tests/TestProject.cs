namespace KernKit.Build.Tests;

/// <summary>A directory with schemas, tools and an intermediate directory, and the engine run over it.</summary>
internal sealed class TestProject : IDisposable
{
    private readonly List<string> _schemas = [];

    public TestProject()
    {
        Root = Directory.CreateTempSubdirectory("kernkit-build-").FullName;
        Tools = Path.Join(Root, "tools");
        Directory.CreateDirectory(Tools);
        File.Copy(typeof(EngineLoader).Assembly.Location, Path.Join(Tools, "KernKit.Build.dll"));
        UseCompiler("one");
    }

    public string Root { get; }

    public string Tools { get; }

    public string Namespace { get; set; } = "App";

    public string Visibility { get; set; } = "internal";

    public string Intermediate => Path.Join(Root, "obj");

    public string Database => Path.Join(Intermediate, "kernkit.build.db");

    public string Generated => Path.Join(Intermediate, "gen");

    public void UseCompiler(string version) =>
        File.WriteAllBytes(Path.Join(Tools, "KernKit.Layout.Compiler.dll"), FakeCompiler.Bytes(version));

    /// <summary>Writes a schema and lists it as an item.</summary>
    public string Schema(string name, string text)
    {
        var path = WriteFile(name, text);
        if (!_schemas.Contains(path))
        {
            _schemas.Add(path);
        }

        return path;
    }

    public string WriteFile(string name, string text)
    {
        var path = Path.Join(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Remove(string name)
    {
        _schemas.Remove(Path.Join(Root, name));
        File.Delete(Path.Join(Root, name));
    }

    public string Output(string name) =>
        Path.Join(Generated, name == "Support.g.cs" ? "layout-support" : "layout", name);

    /// <summary>All generated files, relative to their generator's directory, sorted.</summary>
    public string[] GeneratedNames() => Directory.Exists(Generated)
        ? [.. Directory.GetFiles(Generated, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Generated, path))
            .Select(static path => path[(path.IndexOf('/') + 1)..]).Order(StringComparer.Ordinal)]
        : [];

    public RunResult Run(bool designTime = false, bool question = false)
    {
        var reports = new List<Report>();
        var options = $"Namespace={Namespace};Visibility={Visibility}";
        Dictionary<string, string> Layout(string name, string runs) => new()
        {
            ["Name"] = name,
            ["Type"] = "KernKit.Build.LayoutGenerator",
            ["Outputs"] = "**",
            ["OutputKind"] = "Compile",
            ["Options"] = options,
            ["Runs"] = runs,
        };

        var answer = EngineLoader.Load(Tools)(new Dictionary<string, object>
        {
            ["generators"] = _schemas.Count == 0
                ? Array.Empty<Dictionary<string, string>>()
                : [Layout("layout", "Each"), Layout("layout-support", "Once")],
            ["inputs"] = _schemas.Select(static path => new Dictionary<string, string>
            {
                ["Path"] = path,
                ["Generator"] = "layout",
            }).ToArray(),
            ["projectDirectory"] = Root,
            ["intermediateDirectory"] = Intermediate,
            ["packageDirectory"] = "",
            ["designTime"] = designTime,
            ["question"] = question,
            ["force"] = false,
            ["sandbox"] = "off",
            ["determinism"] = false,
            ["committed"] = "write",
            ["environment"] = new Dictionary<string, string> { ["KERNKIT_BUILD_CACHE"] = "off" },
            ["cancellation"] = CancellationToken.None,
            ["report"] = (Action<string, string, string, int, int, string>)((kind, code, file, line, column, text) =>
            {
                lock (reports)
                {
                    reports.Add(new Report(kind, code, file, line, column, text));
                }
            }),
        });
        var sources = ((Dictionary<string, string>[])answer["items"]).Select(static item => item["Path"]);
        return new RunResult((int)answer["ran"], [.. sources], reports);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    internal sealed record Report(string Kind, string Code, string File, int Line, int Column, string Text);

    internal sealed record RunResult(
        int StepsRun, string[] Sources, IReadOnlyList<Report> Reports)
    {
        public IEnumerable<Report> Errors => Reports.Where(static report => report.Kind == "error");

        public IEnumerable<Report> Warnings => Reports.Where(static report => report.Kind == "warning");

        public IEnumerable<string> Causes =>
            Reports.Where(static report => report.Kind == "message").Select(static report => report.Text);
    }
}
