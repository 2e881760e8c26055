namespace KernKit.Build;

/// <summary>A declared graph with the places it lives in; all directories absolute.</summary>
internal sealed record BuildDeclaration
{
    /// <summary>Every path is kept relative to it; generators run in it.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Holds the database, the lock, temporary files and <c>gen/</c>.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The registered generators, in order.</summary>
    public required IReadOnlyList<GeneratorDeclaration> Generators { get; init; }

    /// <summary>What they run on, in order.</summary>
    public required IReadOnlyList<InputDeclaration> Inputs { get; init; }

    /// <summary>The directory of restored packages, or ""; a path into it is portable.</summary>
    public string PackageDirectory { get; init; } = "";

    /// <summary>Files and directories that the declaration itself was read from, absolute.</summary>
    public IReadOnlyList<string> ReadFiles { get; init; } = [];

    /// <summary>As <see cref="ReadFiles"/>.</summary>
    public IReadOnlyList<string> ListedDirectories { get; init; } = [];

    /// <summary>The directory of outputs that have no other.</summary>
    public string GeneratedDirectory => GeneratedIn(StateDirectory);

    /// <summary>The database's path.</summary>
    public string DatabasePath => Path.Join(StateDirectory, BuildDatabase.FileName);

    /// <summary>The snapshot's path.</summary>
    public string SnapshotPath => Path.Join(StateDirectory, Snapshot.FileName);

    /// <summary>The path of the list of files that a build was about to put outside of the state directory.</summary>
    public string IntentPath => Path.Join(StateDirectory, "kernkit.build.intent");

    /// <summary>The lock's path.</summary>
    public string LockPath => Path.Join(StateDirectory, "kernkit.build.lock");

    /// <summary>The directory of what is not whole yet, on the file system of the state.</summary>
    public string TemporaryDirectory => Path.Join(StateDirectory, "gen.tmp");

    /// <summary>Reads a declaration that came as text.</summary>
    /// <param name="projectDirectory">Absolute.</param>
    /// <param name="stateDirectory">Absolute.</param>
    /// <param name="packageDirectory">Absolute, or "".</param>
    /// <param name="generators">Metadata of each generator, see <see cref="GeneratorDeclaration.From"/>.</param>
    /// <param name="inputs">Metadata of each input, see <see cref="InputDeclaration.From"/>.</param>
    /// <returns>The declaration.</returns>
    /// <exception cref="DeclarationException">Something in it makes no sense.</exception>
    public static BuildDeclaration From(
        string projectDirectory,
        string stateDirectory,
        string packageDirectory,
        IEnumerable<IReadOnlyDictionary<string, string>> generators,
        IEnumerable<IReadOnlyDictionary<string, string>> inputs)
    {
        var project = Path.TrimEndingDirectorySeparator(Path.GetFullPath(projectDirectory));
        var state = Path.TrimEndingDirectorySeparator(Path.GetFullPath(stateDirectory, project));
        var generated = ProjectPath.Relative(project, GeneratedIn(state));

        // {Generated} stands for a directory that a project file cannot know when it is read.
        IReadOnlyDictionary<string, string> WithDirectory(IReadOnlyDictionary<string, string> values) =>
            values.Values.Any(static value => value.Contains("{Generated}", StringComparison.Ordinal))
                ? values.ToDictionary(
                    static pair => pair.Key,
                    pair => pair.Value.Replace("{Generated}", generated, StringComparison.Ordinal),
                    StringComparer.OrdinalIgnoreCase)
                : values;

        return new BuildDeclaration
        {
            ProjectDirectory = project,
            StateDirectory = state,
            PackageDirectory = packageDirectory,
            Generators = [.. generators.Select(values =>
                GeneratorDeclaration.From(WithDirectory(values), project, GeneratedIn(state)))],
            Inputs = [.. inputs.Select(values => InputDeclaration.From(WithDirectory(values), project))],
        };
    }

    private static string GeneratedIn(string stateDirectory) => Path.Join(stateDirectory, "gen");
}
