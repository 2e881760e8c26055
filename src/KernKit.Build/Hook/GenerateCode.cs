using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace KernKit.Build;

/// <summary>
/// The MSBuild task behind <c>CodeGenerator</c> and <c>Generate</c> items. It is a door: it turns MSBuild's items into
/// .NET's own types, hands them to the newest engine, and turns the answer back. All that it does by itself is to read
/// the <see cref="Snapshot"/> that says that there is nothing to do.
/// </summary>
/// <remarks>
/// MSBuild loads a task's assembly once a process and never again, and its nodes live for minutes: after a rebuild of
/// this assembly at the same path the *old door* runs. So the door has as little behaviour as can be to be old about
/// (the snapshot's format has a number, and the engine's files are among its stamps), and the engine comes from
/// <see cref="EngineLoader"/>, which reads what is on disk now.
/// </remarks>
[MSBuildMultiThreadableTask]
public sealed class GenerateCode : Microsoft.Build.Utilities.Task, ICancelableTask, IIncrementalTask, IDisposable
{
    // What MSBuild gives a meaning to.
    private static readonly SearchValues<char> Special = SearchValues.Create("%*?@$();'");

    private const string RecursiveDirectory = "RecursiveDir";

    private readonly CancellationTokenSource _cancellation = new();
    private string _question = "";

    /// <summary>The registered generators: <c>CodeGenerator</c> items.</summary>
    public ITaskItem[] Generators { get; set; } = [];

    /// <summary>What they run on: <c>Generate</c> items.</summary>
    public ITaskItem[] Inputs { get; set; } = [];

    /// <summary>The project's directory, absolute. Files are named relative to it, so clones agree.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Where the database and <c>gen/</c> go; may be relative to the project.</summary>
    [Required]
    public string IntermediateDirectory { get; set; } = "";

    /// <summary>The directory that holds KernKit.Build.dll and what it needs.</summary>
    [Required]
    public string ToolsDirectory { get; set; } = "";

    /// <summary>The directory of restored packages, or "".</summary>
    public string PackageDirectory { get; set; } = "";

    /// <summary>True in an editor's evaluation build: errors become warnings, no process is started.</summary>
    public bool DesignTime { get; set; }

    /// <summary>True to run every step.</summary>
    public bool Force { get; set; }

    /// <summary><c>off</c> (default), <c>auto</c>, <c>landlock</c> or <c>strace</c>.</summary>
    public string Sandbox { get; set; } = "";

    /// <summary>True to run each step twice and compare.</summary>
    public bool Determinism { get; set; }

    /// <summary>For committed copies: <c>write</c> (default), <c>check</c> or <c>ignore</c>.</summary>
    public string Committed { get; set; } = "";

    /// <summary>Set by <c>msbuild -question</c>: being out of date is an error.</summary>
    public bool FailIfNotIncremental { get; set; }

    /// <summary>C# sources, written now or before.</summary>
    [Output]
    public ITaskItem[] Compile { get; private set; } = [];

    /// <summary>Resources to embed.</summary>
    [Output]
    public ITaskItem[] EmbeddedResource { get; private set; } = [];

    /// <summary>Files to copy beside the program.</summary>
    [Output]
    public ITaskItem[] Content { get; private set; } = [];

    /// <summary>All other files, such as headers.</summary>
    [Output]
    public ITaskItem[] None { get; private set; } = [];

    /// <summary>How many steps ran a generator.</summary>
    [Output]
    public int StepsRun { get; private set; }

    /// <summary>Runs the engine.</summary>
    /// <returns>False if an error was logged.</returns>
    public override bool Execute()
    {
        try
        {
            var intermediate = Path.GetFullPath(IntermediateDirectory, ProjectDirectory);
            _question = Force || Determinism || Sandbox is not ("" or "off") ? "" : Question();
            if (_question.Length > 0 && Snapshot.Answer(
                Path.Join(intermediate, Snapshot.FileName), _question, Environment.GetEnvironmentVariable) is { } same)
            {
                Take(same);
                return true;
            }

            var answer = EngineLoader.Load(Path.GetFullPath(ToolsDirectory, ProjectDirectory))(
                Request(UsesRecursiveDirectory));
            Take((Dictionary<string, string>[])answer["items"]);
            StepsRun = (int)answer["ran"];
            if (StepsRun > 0 || (int)answer["fromCache"] > 0)
            {
                Log.LogMessage(MessageImportance.Low,
                    "KernKit.Build: {0} steps ran, {1} came from the cache, {2} processes",
                    StepsRun, answer["fromCache"], answer["processes"]);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            Report(DesignTime ? "warning" : "error", "KK9001", "", 0, 0, error.Message);
        }

        return !Log.HasLoggedErrors;
    }

    /// <summary>Kills what runs; nothing half-written stays.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Releases the cancellation source.</summary>
    public void Dispose() => _cancellation.Dispose();

    private void Take(Dictionary<string, string>[] items)
    {
        var (compile, resource, content, none) = (
            new List<ITaskItem>(items.Length), new List<ITaskItem>(), new List<ITaskItem>(), new List<ITaskItem>());
        foreach (var values in items)
        {
            if (values["Kind"] == "warning")
            {
                Report("warning", values["Code"], values["File"],
                    int.Parse(values["Line"], CultureInfo.InvariantCulture),
                    int.Parse(values["Column"], CultureInfo.InvariantCulture), values["Message"]);
                continue;
            }

            var list = values["Kind"] switch
            {
                "Compile" => compile,
                "EmbeddedResource" => resource,
                "Content" => content,
                "None" => none,
                _ => null,
            };
            list?.Add(Item(values));
        }

        (Compile, EmbeddedResource, Content, None) = ([.. compile], [.. resource], [.. content], [.. none]);
    }

    /// <summary>All that the answer depends on besides files and variables.</summary>
    private string Question()
    {
        var text = new StringBuilder(8192);
        text.Append(ProjectDirectory).Append('\n').Append(ToolsDirectory).Append('\n').Append(PackageDirectory)
            .Append('\n').Append(Committed).Append('\n');
        foreach (var item in Generators)
        {
            Append(text, item);
        }

        text.Append('\n');
        foreach (var item in Inputs)
        {
            Append(text, item);
        }

        // MSBuild computes it by a regular expression for each item, which costs more than all of the above.
        if (!UsesRecursiveDirectory)
        {
            return text.ToString();
        }

        foreach (var item in Inputs)
        {
            text.Append(item.GetMetadata(RecursiveDirectory)).Append('\n');
        }

        return text.ToString();
    }

    private bool UsesRecursiveDirectory => Array.Exists(Generators, Mentions) || Array.Exists(Inputs, Mentions);

    private static bool Mentions(ITaskItem item)
    {
        foreach (DictionaryEntry pair in item.CloneCustomMetadata())
        {
            if (((string?)pair.Value ?? "").Contains(RecursiveDirectory, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static void Append(StringBuilder text, ITaskItem item)
    {
        text.Append(item.ItemSpec).Append('\t');
        foreach (DictionaryEntry pair in item.CloneCustomMetadata())
        {
            text.Append((string)pair.Key).Append('=').Append((string?)pair.Value).Append('\t');
        }

        text.Append('\n');
    }

    private static TaskItem Item(Dictionary<string, string> values)
    {
        var item = new TaskItem(Escape(values["Path"]));
        foreach (var (name, value) in values)
        {
            if (name is not ("Path" or "Kind"))
            {
                item.SetMetadata(name, Escape(value));
            }
        }

        return item;
    }

    /// <summary>What is given to an item is unescaped when it is asked for: a file may be called %41.</summary>
    private static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Special))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Special.Contains(c))
            {
                escaped.Append('%').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            }
            else
            {
                escaped.Append(c);
            }
        }

        return escaped.ToString();
    }

    private static Dictionary<string, string> Metadata(ITaskItem item)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry pair in item.CloneCustomMetadata())
        {
            values[(string)pair.Key] = (string?)pair.Value ?? "";
        }

        return values;
    }

    /// <summary>
    /// MSBuild itself fills in %(Filename) where an item stands in a project file, and with the name of *that* item,
    /// the generator's: an output pattern without any placeholder means this and gets its placeholder back.
    /// </summary>
    private static Dictionary<string, string> Generator(ITaskItem item)
    {
        var values = Metadata(item);
        values["Name"] = item.ItemSpec;
        if (values.GetValueOrDefault("Runs", "Each").Equals("Each", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var name in (string[])["Outputs", "Depfile"])
            {
                values[name] = string.Join(';', values.GetValueOrDefault(name, "").Split(';').Select(pattern =>
                    pattern.AsSpan().ContainsAny('{', '*')
                        ? pattern
                        : pattern.Replace(item.ItemSpec, "{Filename}", StringComparison.Ordinal)));
            }
        }

        return values;
    }

    private Dictionary<string, string> Input(ITaskItem item, bool asksRecursiveDirectory)
    {
        var values = Metadata(item);
        values["Path"] = Path.IsPathRooted(item.ItemSpec) ? item.ItemSpec : Path.Join(ProjectDirectory, item.ItemSpec);
        if (item.ItemSpec.StartsWith("{Generated}", StringComparison.Ordinal))
        {
            values["Path"] = item.ItemSpec;
        }

        if (asksRecursiveDirectory)
        {
            values[RecursiveDirectory] = item.GetMetadata(RecursiveDirectory);
        }

        return values;
    }

    private Dictionary<string, object> Request(bool asksRecursiveDirectory) => new(StringComparer.Ordinal)
    {
        ["generators"] = Generators.Select(Generator).ToArray(),
        ["inputs"] = Inputs.Select(item => Input(item, asksRecursiveDirectory)).ToArray(),
        ["projectDirectory"] = ProjectDirectory,
        ["intermediateDirectory"] = Path.GetFullPath(IntermediateDirectory, ProjectDirectory),
        ["packageDirectory"] = Path.TrimEndingDirectorySeparator(PackageDirectory),
        ["designTime"] = DesignTime,
        ["text"] = _question,
        ["question"] = FailIfNotIncremental,
        ["force"] = Force,
        ["sandbox"] = Sandbox,
        ["determinism"] = Determinism,
        ["committed"] = Committed,
        ["environment"] = Variables(),
        ["requestCores"] = (Func<int, int>)RequestCores,
        ["releaseCores"] = (Action<int>)ReleaseCores,
        ["cancellation"] = _cancellation.Token,
        ["report"] = (Action<string, string, string, int, int, string>)Report,
    };

    private static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry pair in Environment.GetEnvironmentVariables())
        {
            variables[(string)pair.Key] = (string?)pair.Value ?? "";
        }

        return variables;
    }

    // An engine of MSBuild that cannot grant cores leaves us the one that this task has.
    private int RequestCores(int wanted) => BuildEngine is IBuildEngine9 engine ? engine.RequestCores(wanted) : 1;

    private void ReleaseCores(int granted) => (BuildEngine as IBuildEngine9)?.ReleaseCores(granted);

    private void Report(string kind, string code, string file, int line, int column, string message)
    {
        lock (_cancellation)
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
}
