namespace KernKit.Volumes.Check.Tests;

/// <summary>A tree that makefs turns into volumes: directories, hard links, links of both lengths, files of all kinds
/// of ends.</summary>
public sealed class MadeTree : IDisposable
{
    public MadeTree()
    {
        var random = new Random(7);
        foreach (var directory in new[] { "a", "b/c/d", "empty" })
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Tree, directory));
        }

        for (var i = 0; i < 300; i++)
        {
            Write($"a/file-{i}", i * 97 % 20000);
        }

        Write("b/indirect", 900_000);
        Write("b/c/large", 5_000_000);
        File.CreateSymbolicLink(Path.Combine(Tree, "short"), "b/indirect");
        File.CreateSymbolicLink(Path.Combine(Tree, "long"), new string('x', 300));
        Programs.Run("ln", Path.Combine(Tree, "b/indirect"), Path.Combine(Tree, "b/c/d/hard"));

        void Write(string path, int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(Tree, path), bytes);
        }
    }

    /// <summary>Nothing but empty directories.</summary>
    internal MadeTree(int directoriesOnly)
    {
        for (var i = 0; i < directoriesOnly; i++)
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Tree, $"d{i}"));
        }
    }

    public string Tree => Path.Combine(Root, "tree");

    private string Root { get; } = System.IO.Directory.CreateTempSubdirectory("kernkit-check-").FullName;

    /// <summary>A volume of the tree, in a file that the next volume of this name replaces.</summary>
    public string Make(string name, string order, string options)
    {
        var path = Path.Combine(Root, name);
        Programs.Run("makefs", "-t", "ffs", "-B", order, "-o", options, "-b", "10%", "-f", "10%", path, Tree);
        return path;
    }

    public void Dispose() => System.IO.Directory.Delete(Root, recursive: true);
}
