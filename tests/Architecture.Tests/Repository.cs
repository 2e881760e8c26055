namespace Architecture.Tests;

/// <summary>The files of this repository, as they lie on disk.</summary>
internal static class Repository
{
    private static readonly HashSet<string> Skipped =
        [".git", ".vs", ".idea", ".vscode", "artifacts", "bin", "obj", "golden", ".cache"];
    private static readonly string[] TextExtensions =
        [".cs", ".md", ".csproj", ".props", ".targets", ".slnx", ".json", ".layout", ".sh", ".txt", ".yml", ".xml", ""];

    /// <summary>The directory of KernKit.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All files, relative, with forward slashes, sorted.</summary>
    public static IReadOnlyList<string> Files { get; } = FindFiles();

    /// <summary>The files that hold text, parsed when asked.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } =
        [.. Files.Where(IsText).Select(static path => new SourceFile(path, File.ReadAllText(At(path))))];

    /// <summary>The directories' names under src/.</summary>
    public static IReadOnlyList<string> SourceProjects { get; } =
        [.. Directory.GetDirectories(At("src")).Select(static path => Path.GetFileName(path)!)
            .Where(static name => File.Exists(At($"src/{name}/{name}.csproj")))
            .Order(StringComparer.Ordinal)];

    public static string At(string path) => Path.Join(Root, path);

    public static string Read(string path) => File.ReadAllText(At(path));

    private static bool IsText(string path) =>
        TextExtensions.Contains(Path.GetExtension(path)) && Path.GetFileName(path) != "packages.lock.json";

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "KernKit.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("no KernKit.slnx");
        }

        return directory;
    }

    private static string[] FindFiles()
    {
        var files = new List<string>();
        var directories = new Stack<string>([Root]);
        while (directories.TryPop(out var directory))
        {
            files.AddRange(Directory.GetFiles(directory).Select(static path => Path.GetRelativePath(Root, path)));
            foreach (var child in Directory.GetDirectories(directory))
            {
                if (!Skipped.Contains(Path.GetFileName(child)))
                {
                    directories.Push(child);
                }
            }
        }

        return [.. files.Order(StringComparer.Ordinal)];
    }
}
