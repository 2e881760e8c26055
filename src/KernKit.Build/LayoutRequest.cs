namespace KernKit.Build;

/// <summary>What one run of the hook is asked to do; absolute paths only.</summary>
internal sealed record LayoutRequest
{
    /// <summary>The schemas, relative to the project, sorted, each once.</summary>
    public required IReadOnlyList<string> Schemas { get; init; }

    /// <summary>The namespace of generated code.</summary>
    public required string Namespace { get; init; }

    /// <summary><c>internal</c> or <c>public</c>, in lower case.</summary>
    public required string Visibility { get; init; }

    /// <summary>True to make writers and plain objects too.</summary>
    public bool Objects { get; init; }

    /// <summary>Every path is kept relative to this directory.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Holds the database, the lock and <c>layout/</c>.</summary>
    public required string IntermediateDirectory { get; init; }

    /// <summary>An editor asks: answer fast, warn instead of failing.</summary>
    public required bool DesignTime { get; init; }

    /// <summary>Only say whether there is something to do.</summary>
    public required bool Question { get; init; }

    /// <summary>Ends the run between two schemas.</summary>
    public required CancellationToken Cancellation { get; init; }

    /// <summary>Takes kind (error, warning, message), code, absolute file, line, column, message.</summary>
    public required Action<string, string, string, int, int, string> Report { get; init; }

    /// <summary>The files whose code runs here, with the bytes that were loaded.</summary>
    public required IReadOnlyList<LoadedTool> Tools { get; init; }

    /// <summary>Reads what came over the border between two copies of this assembly.</summary>
    /// <param name="values">By name, .NET's own types only.</param>
    /// <returns>The request.</returns>
    public static LayoutRequest From(IReadOnlyDictionary<string, object> values)
    {
        var projectDirectory = (string)values["projectDirectory"];
        var toolPaths = (string[])values["toolPaths"];
        var toolStamps = (long[][])values["toolStamps"];
        var toolReadAt = (long[])values["toolReadAt"];
        var toolBytes = (byte[][])values["toolBytes"];
        return new LayoutRequest
        {
            Schemas = [.. ((string[])values["schemas"])
                .Select(path => RelativePath(projectDirectory, path))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)],
            Namespace = (string)values["namespace"],
            Visibility = ((string)values["visibility"]).ToLowerInvariant(),
            Objects = values.TryGetValue("objects", out var objects) && (bool)objects,
            ProjectDirectory = projectDirectory,
            IntermediateDirectory = (string)values["intermediateDirectory"],
            DesignTime = (bool)values["designTime"],
            Question = (bool)values["question"],
            Cancellation = (CancellationToken)values["cancellation"],
            Report = (Action<string, string, string, int, int, string>)values["report"],
            Tools = [.. toolPaths.Select((path, index) => new LoadedTool(
                path, FileStamp.FromNumbers(toolStamps[index]), toolReadAt[index], toolBytes[index]))],
        };
    }

    /// <summary>The form in which the database and the schema compiler name files.</summary>
    /// <param name="directory">The project's directory.</param>
    /// <param name="path">Absolute, or relative to the project.</param>
    /// <returns>Relative where possible, without superfluous dots, with forward slashes.</returns>
    public static string RelativePath(string directory, string path) =>
        Path.GetRelativePath(directory, Path.GetFullPath(path, directory)).Replace(Path.DirectorySeparatorChar, '/');
}
