namespace KernKit.Build;

/// <summary>One <c>Generate</c> item.</summary>
/// <param name="Path">Relative to the project.</param>
/// <param name="Generator">The generator's name.</param>
/// <param name="RecursiveDirectory">What <c>**</c> stood for, or "".</param>
/// <param name="Inputs">More files and globs that this item's step depends on.</param>
/// <param name="Options">The item's other metadata.</param>
internal sealed record InputDeclaration(
    string Path,
    string Generator,
    string RecursiveDirectory,
    IReadOnlyList<string> Inputs,
    IReadOnlyDictionary<string, string> Options)
{
    // MSBuild's metadata and the names in a graph file are without regard to case.
    private static readonly HashSet<string> Reserved =
        new(StringComparer.OrdinalIgnoreCase) { "Path", "Generator", "RecursiveDir", "Inputs" };

    /// <summary>True if another declaration of the same input says the same.</summary>
    /// <param name="other">It.</param>
    /// <returns>Whether one of the two is enough.</returns>
    public bool IsLike(InputDeclaration other) => Inputs.SequenceEqual(other.Inputs) &&
        Options.Count == other.Options.Count && !Options.Except(other.Options).Any();

    /// <summary>Reads a declaration.</summary>
    /// <param name="values">Metadata by name, with <c>Path</c>.</param>
    /// <param name="projectDirectory">Absolute.</param>
    /// <returns>The declaration.</returns>
    /// <exception cref="DeclarationException">It names no generator.</exception>
    public static InputDeclaration From(IReadOnlyDictionary<string, string> values, string projectDirectory)
    {
        string Value(string name) => values.TryGetValue(name, out var value) ? value.Trim() : "";

        var path = Value("Path");
        var generator = Value("Generator");
        if (generator.Length == 0 || path.Length == 0)
        {
            throw new DeclarationException(
                "KK9010", $"Generate item '{path}': say which generator: Generator=\"name\"");
        }

        var options = values
            .Where(static pair => !Reserved.Contains(pair.Key))
            .ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        var inputs = Value("Inputs").Split(
            ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new InputDeclaration(
            ProjectPath.Relative(projectDirectory, path), generator, Value("RecursiveDir"), inputs, options);
    }
}
