using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernKit.Build;

/// <summary>What the cache holds.</summary>
/// <param name="Results">Identities with at least one result.</param>
/// <param name="Files">Distinct contents.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="BytesMax">The bound.</param>
/// <param name="Age">How long an unused result stays.</param>
internal sealed record CacheStatistics(int Results, int Files, long Bytes, long BytesMax, TimeSpan Age);

/// <summary>
/// Results that all clones and branches of one user share, named by content.
/// </summary>
/// <remarks>
/// <code>
/// v1/ac/ab/&lt;SHA-256 of a step's identity&gt;    the results: which files were read besides, which outputs came out
/// v1/cas/ab/&lt;SHA-256 of the content&gt;         outputs, read-only
/// v1/tmp/   v1/lock   v1/limits   v1/usage   v1/collected (when, by its time)
/// </code>
/// <para>
/// A look-up has two levels, as ccache's: the identity leads to a few results, and the first of them whose discovered
/// files have the recorded content *now* is taken. Everything appears by rename; outputs are inserted before the result
/// that names them, and what a reader finds missing or damaged (every content is hashed again as it is copied) is a
/// miss. So writers need no lock; collecting takes one, so that only one build at a time does it, and spares what is
/// younger than ten minutes, which a writer may be about to name.
/// </para>
/// <para>Outputs are copied, never linked: an edit under obj/ must not reach the store.</para>
/// </remarks>
internal sealed class BuildCache
{
    private const long BytesMaxDefault = 1L << 30;
    private const int AgeDaysDefault = 30;
    private const int ActionBytesMax = 16 << 20;
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CollectEvery = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly bool _isReadOnly;
    private long _inserted;
    private int _temporaries;

    /// <summary>Opens a cache; it is made when something is first stored.</summary>
    /// <param name="directory">Absolute.</param>
    /// <param name="isReadOnly">True to take and never give.</param>
    public BuildCache(string directory, bool isReadOnly = false)
    {
        _root = Path.Join(directory, "v1");
        _isReadOnly = isReadOnly;
    }

    /// <summary>The directory.</summary>
    public string Root => _root;

    /// <summary>The cache that a build's variables ask for.</summary>
    /// <param name="environment">KERNKIT_BUILD_CACHE (off, readonly, or a directory), XDG_CACHE_HOME, HOME.</param>
    /// <returns>Null if there shall be none.</returns>
    public static BuildCache? FromEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        var wish = environment.GetValueOrDefault("KERNKIT_BUILD_CACHE", "");
        if (wish.Equals("off", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (Path.IsPathRooted(wish))
        {
            return new BuildCache(wish);
        }

        var home = environment.GetValueOrDefault("XDG_CACHE_HOME", "");
        if (!Path.IsPathRooted(home))
        {
            home = environment.GetValueOrDefault("HOME", "");
            if (!Path.IsPathRooted(home))
            {
                return null;
            }

            home = Path.Join(home, ".cache");
        }

        return new BuildCache(
            Path.Join(home, "kernkit", "build"), wish.Equals("readonly", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The name of an identity.</summary>
    /// <param name="identity">The text.</param>
    /// <returns>Its hash.</returns>
    public static string KeyOf(string identity) => FileState.HashOf(Encoding.UTF8.GetBytes(identity));

    /// <summary>Looks for a result.</summary>
    /// <param name="key">See <see cref="KeyOf"/>.</param>
    /// <param name="hashOf">The present hash of a discovered file.</param>
    /// <returns>Null if there is none that holds now.</returns>
    public CacheEntry? Find(string key, Func<string, string> hashOf)
    {
        var path = ActionPath(key);
        foreach (var entry in ReadEntries(path))
        {
            if (entry.Discovered.All(read => hashOf(read.Key) == read.Value) &&
                entry.Files.All(file => File.Exists(ContentPath(file.Hash))))
            {
                Touch(path, TimeSpan.FromDays(1));
                return entry;
            }
        }

        return null;
    }

    /// <summary>Copies a content out.</summary>
    /// <param name="file">Which.</param>
    /// <param name="target">A path where nothing is.</param>
    /// <returns>False if it is gone or damaged; then nothing is at the target.</returns>
    public bool TryCopy(CachedFile file, string target)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                using var source = File.OpenRead(ContentPath(file.Hash));
                using (var copy = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
                {
                    var buffer = new byte[Math.Clamp(source.Length, 1, 1 << 20)];
                    int read;
                    while ((read = source.Read(buffer)) > 0)
                    {
                        hash.AppendData(buffer.AsSpan(0, read));
                        copy.Write(buffer.AsSpan(0, read));
                    }
                }

                if (Convert.ToHexString(hash.GetHashAndReset()) != file.Hash)
                {
                    File.Delete(target);
                    File.Delete(ContentPath(file.Hash));
                    return false;
                }
            }

            if (file.IsExecutable && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(target, File.GetUnixFileMode(target) | UnixFileMode.UserExecute |
                    UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Keeps a result; a cache that cannot be written is no error.</summary>
    /// <param name="key">See <see cref="KeyOf"/>.</param>
    /// <param name="entry">The result.</param>
    /// <param name="contents">The absolute path of each of its files, in order.</param>
    public void Store(string key, CacheEntry entry, IReadOnlyList<string> contents)
    {
        if (_isReadOnly)
        {
            return;
        }

        try
        {
            MakeRoot();
            for (var index = 0; index < contents.Count; index++)
            {
                Insert(entry.Files[index].Hash, contents[index]);
            }

            var path = ActionPath(key);
            var others = ReadEntries(path).Where(other => !other.HasSameReads(entry));
            WriteWhole(path, Encoding.UTF8.GetBytes(CacheEntry.Format(others.Prepend(entry))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk or a foreign owner: the build is right without a cache.
        }
    }

    /// <summary>Counts what was stored, and collects if it has become too much.</summary>
    public void EndBuild()
    {
        if (_inserted == 0)
        {
            return;
        }

        try
        {
            using var held = BuildLock.TryTake(Path.Join(_root, "lock"), TimeSpan.Zero, CancellationToken.None);
            if (held is null)
            {
                return;
            }

            var usagePath = Path.Join(_root, "usage");
            var known = File.Exists(usagePath) &&
                long.TryParse(File.ReadAllText(usagePath), CultureInfo.InvariantCulture, out var usage) ? usage : 0;
            var now = known + _inserted;
            // By size where it matters, and once a day for what has become too old.
            if (now > Limits().BytesMax / 10 * 11 ||
                DateTime.UtcNow - File.GetLastWriteTimeUtc(Path.Join(_root, "collected")) > CollectEvery)
            {
                now = Collect(DateTime.UtcNow);
            }

            WriteWhole(usagePath, Encoding.ASCII.GetBytes(now.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // As in Store.
        }

        _inserted = 0;
    }

    /// <summary>Removes everything, or what is beyond the bounds.</summary>
    /// <param name="all">True for everything.</param>
    /// <exception cref="IOException">Another process collects, or files cannot be removed.</exception>
    public void Clear(bool all)
    {
        if (!Directory.Exists(_root))
        {
            return;
        }

        using var held = BuildLock.TryTake(Path.Join(_root, "lock"), TimeSpan.FromSeconds(10), CancellationToken.None)
            ?? throw new IOException($"{_root}: another process collects; try again");
        if (all)
        {
            RemoveEverything();
        }

        var usage = Collect(DateTime.UtcNow);
        WriteWhole(Path.Join(_root, "usage"), Encoding.ASCII.GetBytes(usage.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Sets the bounds.</summary>
    /// <param name="bytesMax">Null keeps it.</param>
    /// <param name="age">Null keeps it.</param>
    public void SetLimits(long? bytesMax, TimeSpan? age)
    {
        MakeRoot();
        var (bytes, days) = Limits();
        WriteWhole(Path.Join(_root, "limits"), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{bytesMax ?? bytes} {(int)(age ?? days).TotalDays}\n")));
        Clear(all: false);
    }

    /// <summary>Counts.</summary>
    /// <returns>What is there now.</returns>
    public CacheStatistics Statistics()
    {
        var (bytesMax, age) = Limits();
        var actions = Files("ac");
        var contents = Files("cas");
        return new CacheStatistics(actions.Count, contents.Count,
            actions.Concat(contents).Sum(SizeOf), bytesMax, age);
    }

    /// <summary>Removes old results, then the oldest until the rest fits, then contents that no result names.</summary>
    /// <param name="now">The clock, UTC.</param>
    /// <returns>The bytes that are left.</returns>
    internal long Collect(DateTime now)
    {
        var (bytesMax, age) = Limits();
        var sizes = Files("cas").ToDictionary(static file => file.Name, static file => file, StringComparer.Ordinal);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0L;
        // Newest first: what still fits stays.
        foreach (var action in Files("ac").OrderByDescending(static file => file.LastWriteTimeUtc))
        {
            var needed = ReadEntries(action.FullName)
                .SelectMany(static entry => entry.Files)
                .Select(static file => file.Hash)
                .Where(hash => !kept.Contains(hash) && sizes.ContainsKey(hash))
                .ToHashSet(StringComparer.Ordinal);
            var more = SizeOf(action) + needed.Sum(hash => SizeOf(sizes[hash]));
            var isYoung = now - action.LastWriteTimeUtc < Grace && bytesMax > 0;
            if (now - action.LastWriteTimeUtc > age || (bytes + more > bytesMax && !isYoung))
            {
                action.Delete();
                continue;
            }

            bytes += more;
            kept.UnionWith(needed);
        }

        foreach (var (hash, file) in sizes)
        {
            if (!kept.Contains(hash))
            {
                if (now - file.LastWriteTimeUtc > Grace)
                {
                    file.Delete();
                }
                else
                {
                    bytes += SizeOf(file);
                }
            }
        }

        foreach (var left in Files("tmp").Where(file => now - file.LastWriteTimeUtc > Grace))
        {
            left.Delete();
        }

        WriteWhole(Path.Join(_root, "collected"), []);
        return bytes;
    }

    /// <summary>
    /// Moves the directories out of every writer's way before it empties them, as a directory that a build fills
    /// meanwhile cannot be removed. What an earlier, killed removal left goes too.
    /// </summary>
    private void RemoveEverything()
    {
        var removed = Path.Join(_root, $"removed.{Guid.NewGuid():N}");
        Directory.CreateDirectory(removed);
        foreach (var name in (string[])["ac", "cas", "tmp"])
        {
            if (Directory.Exists(Path.Join(_root, name)))
            {
                Directory.Move(Path.Join(_root, name), Path.Join(removed, name));
            }
        }

        foreach (var left in Directory.GetDirectories(_root, "removed.*"))
        {
            RemoveTree(left);
        }
    }

    /// <summary>Removes a tree, to which a writer that had resolved its path before may add one last file.</summary>
    private static void RemoveTree(string directory)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(directory, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 5 && Directory.Exists(directory))
            {
                Thread.Yield();
            }
        }
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Removed since it was listed.
            return 0;
        }
    }

    private static void Touch(string path, TimeSpan olderThan)
    {
        try
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > olderThan)
            {
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only the order of collection suffers.
        }
    }

    private static IReadOnlyList<CacheEntry> ReadEntries(string path)
    {
        try
        {
            return FileStamp.Of(path).SizeBytes is >= 0 and <= ActionBytesMax
                ? CacheEntry.Parse(File.ReadAllText(path))
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private (long BytesMax, TimeSpan Age) Limits()
    {
        try
        {
            var words = File.ReadAllText(Path.Join(_root, "limits")).Split(' ');
            if (words.Length == 2 && long.TryParse(words[0], CultureInfo.InvariantCulture, out var bytes) &&
                int.TryParse(words[1], CultureInfo.InvariantCulture, out var days) &&
                bytes >= 0 && days is >= 0 and <= 36_500)
            {
                return (bytes, TimeSpan.FromDays(days));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // None were set.
        }

        return (BytesMaxDefault, TimeSpan.FromDays(AgeDaysDefault));
    }

    private string ActionPath(string key) => Path.Join(_root, "ac", key[..2], key);

    private string ContentPath(string hash) => Path.Join(_root, "cas", hash[..2], hash);

    private List<FileInfo> Files(string name)
    {
        var files = new List<FileInfo>();
        try
        {
            var directory = new DirectoryInfo(Path.Join(_root, name));
            files.AddRange(directory.EnumerateFiles("*", SearchOption.AllDirectories));
        }
        catch (DirectoryNotFoundException)
        {
            // There is none yet, or another process has just removed everything.
        }

        return files;
    }

    private void Insert(string hash, string source)
    {
        var path = ContentPath(hash);
        if (File.Exists(path))
        {
            // Young again, so that a collection at this moment spares it.
            Touch(path, Grace / 2);
            return;
        }

        var partial = Temporary();
        File.Copy(source, partial);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(partial, UnixFileMode.UserRead);
        }

        _inserted += new FileInfo(partial).Length;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(partial, path, overwrite: true);
    }

    private void WriteWhole(string path, byte[] bytes)
    {
        var partial = Temporary();
        File.WriteAllBytes(partial, bytes);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(partial, path, overwrite: true);
        _inserted += bytes.Length;
    }

    private string Temporary()
    {
        Directory.CreateDirectory(Path.Join(_root, "tmp"));
        var number = Interlocked.Increment(ref _temporaries);
        return Path.Join(_root, "tmp", $"{Environment.ProcessId}.{Guid.NewGuid():N}.{number}");
    }

    private void MakeRoot()
    {
        if (Directory.Exists(_root))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_root);
        }
        else
        {
            Directory.CreateDirectory(
                _root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        // Backup programs leave such directories out.
        File.WriteAllText(Path.Join(_root, "CACHEDIR.TAG"),
            "Signature: 8a477f597d28d172789f06886806bc55\n" +
            "# Results of KernKit.Build; removing them costs time only.\n");
    }
}
