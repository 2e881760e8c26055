using System.Security.Cryptography;

namespace KernKit.Build;

/// <summary>
/// Content hashes at the price of a stat where the database allows it. Within one run a file has one content: what
/// was hashed or read first counts, so that a step's record never mixes two versions of a file.
/// </summary>
/// <param name="directory">The project's directory, absolute.</param>
/// <param name="database">Remembered states; refreshed here.</param>
/// <remarks>Generators in process read from several threads at once: one lock guards all, held while reading.</remarks>
internal sealed class KnownFiles(string directory, BuildDatabase database)
{
    private const int ContentBytesMax = 16 << 20;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]?> _contents = new(StringComparer.Ordinal);

    /// <summary>Every file that was asked for in this run.</summary>
    public IReadOnlyCollection<string> Used => _hashes.Keys;

    /// <summary>The hash of a file's content.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <returns>A hash, or <see cref="FileState.Absent"/> for what is no regular file.</returns>
    public string HashOf(string path)
    {
        lock (_gate)
        {
            if (_hashes.TryGetValue(path, out var hash))
            {
                return hash;
            }

            var fullPath = Path.Join(directory, path);
            if (Path.IsPathRooted(path))
            {
                fullPath = path;
            }

            var readAt = FileStamp.NowNanoseconds;
            var stamp = FileStamp.Of(fullPath);
            if (database.Files.TryGetValue(path, out var known) && known.Stamp == stamp && known.IsTrusted)
            {
                return _hashes[path] = known.Hash;
            }

            Remember(path, new FileState(stamp, stamp.Exists ? HashFile(fullPath) : FileState.Absent, readAt));
            return _hashes[path];
        }
    }

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <returns>Null if there is no such regular file, or if it is larger than 16 MiB.</returns>
    public byte[]? Read(string path) => Read(path, out _);

    /// <summary>The bytes of a file, and their hash.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <param name="hash">Of these very bytes: by the time the caller asks, the file may be another.</param>
    /// <returns>As of the other.</returns>
    public byte[]? Read(string path, out string hash)
    {
        lock (_gate)
        {
            if (_contents.TryGetValue(path, out var content))
            {
                hash = _hashes[path];
                return content;
            }

            var fullPath = Path.GetFullPath(path, directory);
            var readAt = FileStamp.NowNanoseconds;
            var stamp = FileStamp.Of(fullPath);
            try
            {
                content = stamp.SizeBytes is >= 0 and <= ContentBytesMax ? File.ReadAllBytes(fullPath) : null;
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                stamp = FileStamp.Missing;
            }

            if (content is not null || !stamp.Exists)
            {
                Remember(path, new FileState(
                    stamp, content is null ? FileState.Absent : FileState.HashOf(content), readAt));
            }

            hash = HashOf(path);
            return _contents[path] = content;
        }
    }

    /// <summary>True if a file is still what it was when it was hashed, so that who read it since read that.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <param name="hash">What it was then.</param>
    /// <param name="isSmall">True to hash it again where its stamp does not prove enough.</param>
    /// <returns>False also if it changed and was changed back.</returns>
    public bool IsStill(string path, string hash, bool isSmall)
    {
        lock (_gate)
        {
            var readAt = FileStamp.NowNanoseconds;
            var fullPath = Path.GetFullPath(path, directory);
            var stamp = FileStamp.Of(fullPath);
            var known = database.Files[path];
            if (_hashes.GetValueOrDefault(path) != hash || known.Stamp != stamp)
            {
                return false;
            }

            if (known.IsTrusted || !isSmall)
            {
                return true;
            }

            Remember(path, new FileState(stamp, HashFile(fullPath), readAt));
            return _hashes[path] == hash;
        }
    }

    /// <summary>Takes over what a writer or a loader knows already.</summary>
    /// <param name="path">Relative to the project.</param>
    /// <param name="state">Its state.</param>
    public void Remember(string path, FileState state)
    {
        lock (_gate)
        {
            // A file that another step has made anew meanwhile: what was read before is not what it holds.
            if (_hashes.TryGetValue(path, out var was) && was != state.Hash)
            {
                _contents.Remove(path);
            }

            _hashes[path] = state.Hash;
            if (database.Files.GetValueOrDefault(path) != state)
            {
                database.Files[path] = state;
                database.IsChanged = true;
            }
        }
    }

    /// <summary>Hashes a file of any size.</summary>
    /// <param name="fullPath">Absolute.</param>
    /// <returns>The hash, or <see cref="FileState.Absent"/> if it is gone or may not be read.</returns>
    public static string HashFile(string fullPath)
    {
        try
        {
            using var stream = new FileStream(
                fullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            return Convert.ToHexString(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException
            or UnauthorizedAccessException)
        {
            return FileState.Absent;
        }
    }
}
