using Values = System.Collections.Generic.IReadOnlyDictionary<string, object>;

namespace KernKit.Build;

/// <summary>
/// The door into a copy of this assembly that <see cref="EngineLoader"/> loaded. Only .NET's own types pass it.
/// </summary>
internal static class BuildEngine
{
    private static readonly string[] LinkedKinds = ["Content", "None"];

    /// <summary>Builds, or cleans.</summary>
    /// <param name="request">By name; see the task.</param>
    /// <returns>
    /// <c>items</c> (one dictionary an output: Path, Kind and metadata), <c>ran</c>, <c>fromCache</c>,
    /// <c>processes</c>.
    /// </returns>
    internal static Values Run(Values request)
    {
        var report = (Action<string, string, string, int, int, string>)request["report"];
        if (request.ContainsKey("clean"))
        {
            Cleaning.Run((string)request["projectDirectory"], (string)request["intermediateDirectory"], report);
            return new Dictionary<string, object>();
        }

        BuildDeclaration declaration;
        try
        {
            declaration = BuildDeclaration.From(
                (string)request["projectDirectory"],
                (string)request["intermediateDirectory"],
                (string)request["packageDirectory"],
                (Dictionary<string, string>[])request["generators"],
                (Dictionary<string, string>[])request["inputs"]);
        }
        catch (DeclarationException error)
        {
            report((bool)request["designTime"] ? "warning" : "error", error.Code, "", 0, 0, error.Message);
            return Answer([], 0, 0, 0);
        }

        var run = new BuildRun(declaration, Options(request, report));
        run.Run();
        return Answer([.. run.Produced.Select(Item)], run.StepsRun, run.StepsFromCache, run.ProcessesStarted);
    }

    private static Dictionary<string, object> Answer(
        Dictionary<string, string>[] items, int ran, int fromCache, int processes) => new(StringComparer.Ordinal)
        {
            ["items"] = items,
            ["ran"] = ran,
            ["fromCache"] = fromCache,
            ["processes"] = processes,
        };

    private static BuildOptions Options(Values request, Action<string, string, string, int, int, string> report)
    {
        var environment = (Dictionary<string, string>)request["environment"];
        return new BuildOptions
        {
            DesignTime = (bool)request["designTime"],
            AskOnly = (bool)request["question"],
            Question = request.GetValueOrDefault("text") as string ?? "",
            RepeatsWarnings = true,
            ToItem = Item,
            Force = (bool)request["force"],
            Sandbox = Enum.TryParse<SandboxMode>((string)request["sandbox"], true, out var sandbox) ? sandbox
                : SandboxMode.Off,
            Determinism = (bool)request["determinism"],
            Committed = Enum.TryParse<CommittedMode>((string)request["committed"], true, out var committed) ? committed
                : CommittedMode.Write,
            Cache = BuildCache.FromEnvironment(environment),
            Environment = environment,
            Tools = Tools(request),
            RequestCores = request.GetValueOrDefault("requestCores") as Func<int, int>,
            ReleaseCores = request.GetValueOrDefault("releaseCores") as Action<int>,
            Cancellation = (CancellationToken)request["cancellation"],
            Report = report,
        };
    }

    private static LoadedTool[] Tools(Values request)
    {
        var stamps = (long[][])request["toolStamps"];
        var readAt = (long[])request["toolReadAt"];
        var bytes = (byte[][])request["toolBytes"];
        return [.. ((string[])request["toolPaths"]).Select((path, index) =>
            new LoadedTool(path, FileStamp.FromNumbers(stamps[index]), readAt[index], bytes[index]))];
    }

    /// <summary>
    /// An output as an item: what the Generate item said is passed on, and where it lies in a package.
    /// </summary>
    private static Dictionary<string, string> Item(ProducedFile file)
    {
        var item = new Dictionary<string, string>(file.Step.Options, StringComparer.OrdinalIgnoreCase)
        {
            ["Path"] = file.Path,
            ["Kind"] = file.Kind,
        };
        var name = Path.GetRelativePath(file.Step.Generator.OutputDirectory, file.Path);
        if (file.Kind == "EmbeddedResource")
        {
            // Else the name would hold obj/, the configuration and the framework. A .resx is compiled first.
            var logical = Path.GetExtension(name) == ".resx" ? Path.ChangeExtension(name, ".resources") : name;
            item.TryAdd("LogicalName", logical.Replace('/', '.'));
        }
        else if (LinkedKinds.Contains(file.Kind))
        {
            item.TryAdd("Link", name);
            if (file.Kind == "Content")
            {
                item.TryAdd("CopyToOutputDirectory", "PreserveNewest");
            }
        }

        return item;
    }
}
