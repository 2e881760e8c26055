using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace KernKit.Build;

/// <summary>
/// The MSBuild task behind <c>&lt;Layout&gt;</c> items. It is a door and nothing else: it turns MSBuild's items into
/// .NET's own types, hands them to the newest <see cref="LayoutEngine"/>, and turns the answer back.
/// </summary>
/// <remarks>
/// MSBuild loads a task's assembly once a process and never again, and its nodes live for minutes: after a rebuild of
/// this assembly at the same path the *old door* runs. So the door has no behaviour to be old about, and the engine
/// comes from <see cref="EngineLoader"/>, which reads what is on disk now.
/// </remarks>
[MSBuildMultiThreadableTask]
public sealed class GenerateLayouts : Microsoft.Build.Utilities.Task, ICancelableTask, IIncrementalTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <summary>The schemas; each becomes C#. Paths may be relative to the project.</summary>
    public ITaskItem[] Schemas { get; set; } = [];

    /// <summary>The namespace of the generated support types, a prefix of all the others.</summary>
    [Required]
    public string Namespace { get; set; } = "";

    /// <summary><c>internal</c> (default) or <c>public</c>.</summary>
    public string Visibility { get; set; } = "internal";

    /// <summary>True to make writers and plain objects too.</summary>
    public bool Objects { get; set; }

    /// <summary>The project's directory, absolute. Schemas are named relative to it, so clones agree.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Where the database and <c>layout/</c> go; may be relative to the project.</summary>
    [Required]
    public string IntermediateDirectory { get; set; } = "";

    /// <summary>The directory that holds KernKit.Build.dll and what it needs.</summary>
    [Required]
    public string ToolsDirectory { get; set; } = "";

    /// <summary>True in an editor's evaluation build: errors become warnings, and old output beats none.</summary>
    public bool DesignTime { get; set; }

    /// <summary>Set by <c>msbuild -question</c>: being out of date is an error.</summary>
    public bool FailIfNotIncremental { get; set; }

    /// <summary>All generated C# files, written now or before.</summary>
    [Output]
    public ITaskItem[] GeneratedSources { get; private set; } = [];

    /// <summary>All files that a clean has to remove.</summary>
    [Output]
    public ITaskItem[] WrittenFiles { get; private set; } = [];

    /// <summary>Runs the engine.</summary>
    /// <returns>False if an error was logged.</returns>
    public override bool Execute()
    {
        try
        {
            var answer = EngineLoader.Load(Path.GetFullPath(ToolsDirectory, ProjectDirectory))(Request());
            GeneratedSources = Items(answer["compile"]);
            WrittenFiles = Items(answer["fileWrites"]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            Report(DesignTime ? "warning" : "error", "KK9001", "", 0, 0, error.Message);
        }

        return !Log.HasLoggedErrors;
    }

    /// <summary>Stops after the schema at hand; nothing half-written stays.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Releases the cancellation source.</summary>
    public void Dispose() => _cancellation.Dispose();

    private static ITaskItem[] Items(object paths) =>
        [.. ((string[])paths).Select(static path => new TaskItem(path))];

    private Dictionary<string, object> Request() => new(StringComparer.Ordinal)
    {
        ["schemas"] = Schemas.Select(item => Path.GetFullPath(item.ItemSpec, ProjectDirectory)).ToArray(),
        ["namespace"] = Namespace,
        ["visibility"] = Visibility,
        ["objects"] = Objects,
        ["projectDirectory"] = ProjectDirectory,
        ["intermediateDirectory"] = Path.GetFullPath(IntermediateDirectory, ProjectDirectory),
        ["designTime"] = DesignTime,
        ["question"] = FailIfNotIncremental,
        ["cancellation"] = _cancellation.Token,
        ["report"] = (Action<string, string, string, int, int, string>)Report,
    };

    private void Report(string kind, string code, string file, int line, int column, string message)
    {
        switch (kind)
        {
            case "error":
                Log.LogError(null, code, null, null, file, line, column, 0, 0, "{0}", message);
                break;
            case "warning":
                Log.LogWarning(null, code, null, null, file, line, column, 0, 0, "{0}", message);
                break;
            default:
                Log.LogMessage(MessageImportance.Low, "{0}", message);
                break;
        }
    }
}
