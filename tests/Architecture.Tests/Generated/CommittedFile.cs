namespace Architecture.Tests.Generated;

/// <summary>A generated file that is kept in the repository, so that its changes are seen in review.</summary>
internal static class CommittedFile
{
    private static readonly bool Update = Environment.GetEnvironmentVariable("KERNKIT_UPDATE") == "1";

    /// <summary>Compares a file with what it should hold; <c>./x gen</c> writes it.</summary>
    public static void Verify(string path, string expected)
    {
        var file = Repository.At(path);
        if (Update)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, expected);
        }

        Assert.True(File.Exists(file), $"{path} is missing: ./x gen writes it");
        Assert.True(expected == File.ReadAllText(file), $"{path} is out of date: ./x gen writes it; review the change");
    }
}
