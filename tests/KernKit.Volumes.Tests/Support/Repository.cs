namespace KernKit.Volumes.Tests;

/// <summary>Files of the repository and of the test's own.</summary>
internal static class Repository
{
    /// <summary>The directory that holds KernKit.slnx.</summary>
    public static string Root { get; } = FindRoot();

    public static string Image(string name) => Path.Combine(Root, "tests", "images", name);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "KernKit.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("KernKit.slnx is not above the tests");
    }
}
