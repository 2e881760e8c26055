using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Texts that are checked in and compared.</summary>
internal static class Golden
{
    public static string Root { get; } = FindRoot();

    public static string Folder { get; } =
        Path.Combine(Root, "tests", "KernKit.Layout.Compiler.Tests", "golden");

    public static void Compare(string name, string actual)
    {
        string path = Path.Combine(Folder, name);
        if (Environment.GetEnvironmentVariable("KERNKIT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "", actual);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "KernKit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("KernKit.slnx is in no folder above the tests");
    }
}
