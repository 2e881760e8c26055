namespace KernKit.Build;

/// <summary>
/// Content hashes at the price of a stat where the database allows it. Within one run a file has one content: what
/// was hashed or read first counts, so that a step's record never mixes two versions of a file.
/// </summary>
/// <param name="directory">The project's directory, absolute.</param>
/// <param name="database">Remembered states; refreshed here.</param>
internal sealed class KnownFiles(string directory, BuildDatabase database)
{
    private const int TextBytesMax = 16 << 20;
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _contents = new(StringComparer.Ordinal);

    /// <summary>The hash of a file's content.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <returns>A hash, or <see cref="FileState.Absent"/> for a file that is missing or too large.</returns>
    public string HashOf(string path)
    {
        if (_hashes.TryGetValue(path, out var hash))
        {
            return hash;
        }

        var stamp = FileStamp.Of(Path.GetFullPath(path, directory));
        if (database.Files.TryGetValue(path, out var known) && known.Stamp == stamp && known.IsTrusted)
        {
            return _hashes[path] = known.Hash;
        }

        Read(path);
        return _hashes[path];
    }

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <returns>Null if there is no such regular file, or if it is larger than any schema may be.</returns>
    public byte[]? Read(string path)
    {
        if (_contents.TryGetValue(path, out var content))
        {
            return content;
        }

        var fullPath = Path.GetFullPath(path, directory);
        var readAt = FileStamp.NowNanoseconds;
        var stamp = FileStamp.Of(fullPath);
        try
        {
            content = stamp.SizeBytes is >= 0 and <= TextBytesMax ? File.ReadAllBytes(fullPath) : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            stamp = FileStamp.Missing;
        }

        Remember(path, new FileState(stamp, content is null ? FileState.Absent : FileState.HashOf(content), readAt));
        return _contents[path] = content;
    }

    /// <summary>Takes over what a writer or a loader knows already.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <param name="state">Its state.</param>
    public void Remember(string path, FileState state)
    {
        _hashes[path] = state.Hash;
        if (database.Files.GetValueOrDefault(path) != state)
        {
            database.Files[path] = state;
            database.IsChanged = true;
        }
    }
}
