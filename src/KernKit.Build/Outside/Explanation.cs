namespace KernKit.Build;

/// <summary>Why a step ran when it last did, and whether it would run now.</summary>
/// <param name="Step">Its key.</param>
/// <param name="How">ran, cache or failed.</param>
/// <param name="Cause">Why.</param>
/// <param name="RanAtMilliseconds">When, since 1970.</param>
/// <param name="DurationMilliseconds">How long it took.</param>
/// <param name="Now">Why it would run now; "" if it would not.</param>
/// <param name="Inputs">What it depends on, relative to the project.</param>
/// <param name="Outputs">What it made, relative to the project.</param>
internal sealed record StepExplanation(
    string Step,
    string How,
    string Cause,
    long RanAtMilliseconds,
    int DurationMilliseconds,
    string Now,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs);

/// <summary>
/// Reads a build's database and says why. Nothing runs; what only the declaration knows (a changed command, a new
/// glob's file) shows when a build is run.
/// </summary>
internal static class Explanation
{
    private const int DatabasesMax = 1000;
    private const int DepthMax = 8;

    /// <summary>Finds databases.</summary>
    /// <param name="directory">Absolute; a state directory itself, or one above it.</param>
    /// <returns>Absolute paths, in order.</returns>
    public static IReadOnlyList<string> Find(string directory)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = DepthMax,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        return [.. Directory.EnumerateFiles(directory, BuildDatabase.FileName, options)
            .Take(DatabasesMax).Order(StringComparer.Ordinal)];
    }

    /// <summary>Explains the steps of a database.</summary>
    /// <param name="databasePath">Absolute.</param>
    /// <param name="filter">Only steps that make this file or whose key has this text; "" for all.</param>
    /// <returns>In the order of their keys.</returns>
    public static IReadOnlyList<StepExplanation> Explain(string databasePath, string filter)
    {
        var database = BuildDatabase.Read(databasePath);
        var project = Path.GetFullPath(database.ProjectFromState, Path.GetDirectoryName(databasePath)!);
        var files = new KnownFiles(project, database);
        var wanted = filter.Length == 0 ? "" : ProjectPath.Relative(project, Path.GetFullPath(filter));
        return [.. database.Steps
            .Where(step => filter.Length == 0 || step.Key.Contains(filter, StringComparison.Ordinal) ||
                step.Value.Outputs.Keys.Any(path => path == wanted ||
                    path.EndsWith("/" + filter, StringComparison.Ordinal)))
            .OrderBy(static step => step.Key, StringComparer.Ordinal)
            .Select(step => Explain(step.Key, step.Value, files, project))];
    }

    private static StepExplanation Explain(string key, StepRecord record, KnownFiles files, string project)
    {
        var inputs = StepIdentity.Parse(record.Identity)
            .Where(static pair => pair.Key.StartsWith("input ", StringComparison.Ordinal))
            .Select(pair => (
                Path: pair.Key[6..].Replace(StepWork.ProjectToken, project, StringComparison.Ordinal),
                Hash: pair.Value))
            .ToList();
        return new StepExplanation(
            key,
            record.How,
            record.Cause,
            record.RanAtMilliseconds,
            record.DurationMilliseconds,
            record.Identity.Length > 0 ? Now(record, inputs, files)
                : record.How == "failed" ? "it failed"
                : "an input changed while it ran",
            [.. inputs.Select(static input => input.Path).Concat(record.Discovered.Keys)],
            [.. record.Outputs.Keys]);
    }

    private static string Now(StepRecord record, List<(string Path, string Hash)> inputs, KnownFiles files)
    {
        foreach (var (path, hash) in inputs)
        {
            if (!path.Contains(StepWork.PackagesToken, StringComparison.Ordinal) && files.HashOf(path) is var now &&
                now != hash)
            {
                return (now == FileState.Absent ? "missing" : "changed") + " input " + path;
            }
        }

        foreach (var (path, hash) in record.Discovered)
        {
            if (files.HashOf(path) is var now && now != hash)
            {
                return (now == FileState.Absent ? "missing" : "changed") + " discovered input " + path;
            }
        }

        foreach (var (path, hash) in record.Outputs)
        {
            if (files.HashOf(path) is var now && now != hash)
            {
                return $"output {path} is {(now == FileState.Absent ? "missing" : "edited")}";
            }
        }

        return "";
    }
}
