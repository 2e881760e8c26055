using System.Text;

namespace KernKit.Build;

/// <summary>
/// The generated files under <c>layout/</c>. Everything in there is ours; a file appears under its name only when it
/// is whole, is not touched when its content is the same, and goes when its schema goes. Callers hold the lock.
/// </summary>
/// <param name="root">The absolute path of <c>layout/</c>.</param>
/// <param name="temporary">An absolute path next to it, on the same file system; emptied by each writer.</param>
internal sealed class OutputTree(string root, string temporary)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private int _written;

    /// <summary>The absolute path of an output.</summary>
    /// <param name="name">Relative, with forward slashes.</param>
    /// <returns>The path.</returns>
    public string PathOf(string name) => Path.Join(root, name);

    /// <summary>True if a name stays below the root and looks like generated C#.</summary>
    /// <param name="name">From the schema compiler.</param>
    /// <returns>False for absolute names, dot segments and other extensions.</returns>
    public static bool IsValidName(string name) =>
        name.EndsWith(".g.cs", StringComparison.Ordinal) &&
        Array.TrueForAll(name.Split('/'), static segment => segment is not ("" or "." or ".."));

    /// <summary>Removes what a killed build left half-done.</summary>
    public void RemoveTemporary()
    {
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Writes an output, unless it is there already with the same content.</summary>
    /// <param name="name">A valid relative name.</param>
    /// <param name="text">The file's text.</param>
    /// <returns>The state of the file as it is now, and whether it was written.</returns>
    public (FileState State, bool Written) Write(string name, string text)
    {
        var bytes = Utf8.GetBytes(text);
        var path = PathOf(name);
        var readAt = FileStamp.NowNanoseconds;
        var stamp = FileStamp.Of(path);
        var written = stamp.SizeBytes != bytes.Length || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);
        if (written)
        {
            WriteWhole(path, bytes);
            readAt = FileStamp.NowNanoseconds;
            stamp = FileStamp.Of(path);
        }

        return (new FileState(stamp, FileState.HashOf(bytes), readAt), written);
    }

    /// <summary>Replaces any file in one step.</summary>
    /// <param name="path">Absolute path on the same file system as the temporary directory.</param>
    /// <param name="bytes">The whole content.</param>
    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(temporary);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = Path.Join(temporary, $"{Environment.ProcessId}.{_written++}");
        File.WriteAllBytes(partial, bytes);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Deletes every generated file that no step owns, and directories that became empty.</summary>
    /// <param name="owned">Names that stay.</param>
    /// <returns>The names that went.</returns>
    public List<string> Sweep(IReadOnlySet<string> owned)
    {
        var gone = new List<string>();
        if (!Directory.Exists(root))
        {
            return gone;
        }

        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToList())
        {
            var name = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            if (!owned.Contains(name))
            {
                File.Delete(path);
                gone.Add(name);
            }
        }

        var deepestFirst = Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories)
            .OrderByDescending(static directory => directory.Length);
        foreach (var directory in deepestFirst.Where(static path => !Directory.EnumerateFileSystemEntries(path).Any()))
        {
            Directory.Delete(directory);
        }

        return gone;
    }
}
