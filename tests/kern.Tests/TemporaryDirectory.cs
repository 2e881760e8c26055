namespace KernKit.Command.Tests;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("kern-test-").FullName;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The names directly in it, hidden ones too, in order.</summary>
    public string[] Names =>
        [.. Directory.EnumerateFileSystemEntries(Path, "*", new EnumerationOptions { AttributesToSkip = 0 })
        .Select(entry => System.IO.Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Programs.Run("rm", "-rf", "--", Path);
}
