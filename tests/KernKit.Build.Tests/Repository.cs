namespace KernKit.Build.Tests;

internal static class Repository
{
    /// <summary>The directory of KernKit.slnx.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "KernKit.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("no KernKit.slnx");
        }

        return directory;
    }
}
