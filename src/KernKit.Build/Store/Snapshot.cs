using System.Text;

namespace KernKit.Build;

/// <summary>
/// The shortest proof that nothing is to do: what was asked for, the stamps of everything that was looked at, and what
/// was answered. Equal question and equal stamps: equal answer, without a graph, a database or a hash.
/// </summary>
/// <remarks>
/// <code>
/// "KKSN" | format u32 | FNV-1a of the payload u64 | question | variables | stamps of files and directories | items
/// </code>
/// <para>
/// Written after a run that found or made everything up to date, and only if every stamp can be trusted
/// (<see cref="FileState.IsTrusted"/>): the first run after a change still looks closely. Files that are not there and
/// would matter (a program earlier on PATH) have a stamp too, that of a missing file; directories that a glob or a
/// closure read have theirs, which changes when an entry comes or goes.
/// </para>
/// <para>
/// The task reads it by itself, before it loads the engine: what an old task misreads, a new engine has named by
/// another format. The engine's own files are among the stamps.
/// </para>
/// </remarks>
internal sealed class Snapshot
{
    /// <summary>The file's name in the state directory.</summary>
    public const string FileName = "kernkit.build.same";

    private const uint Magic = 0x4e53_4b4b;
    // 2: warnings among the items, which an older task would not repeat.
    private const uint FormatVersion = 2;
    private const int HeaderBytes = 16;
    private const long FileBytesMax = 64 << 20;
    // PATH_MAX of Linux.
    private const int PathBytesMax = 4096;

    private readonly List<(string Path, bool IsDirectory, FileStamp Stamp)> _stamps = [];

    /// <summary>False once something cannot be trusted; then there is no snapshot.</summary>
    public bool IsSound { get; private set; } = true;

    /// <summary>Answers a question from a snapshot.</summary>
    /// <param name="path">Absolute; may be missing or damaged.</param>
    /// <param name="question">Everything that was asked for, as text.</param>
    /// <param name="variable">The present value of a variable.</param>
    /// <returns>The items, or null if the build has to look.</returns>
    public static Dictionary<string, string>[]? Answer(string path, string question, Func<string, string?> variable)
    {
        try
        {
            var reader = new SnapshotReader(Payload(path));
            return !reader.IsEmpty && Holds(ref reader, question, variable) ? ReadItems(ref reader) : null;
        }
        catch (Exception error) when (IsUnusable(error))
        {
            return null;
        }
    }

    /// <summary>True if a snapshot answers a question; for whoever does not want the answer.</summary>
    /// <param name="path">As for <see cref="Answer"/>.</param>
    /// <param name="question">Everything that was asked for, as text.</param>
    /// <param name="variable">The present value of a variable.</param>
    /// <returns>False if the build has to look.</returns>
    public static bool Answers(string path, string question, Func<string, string?> variable)
    {
        try
        {
            var reader = new SnapshotReader(Payload(path));
            return !reader.IsEmpty && Holds(ref reader, question, variable);
        }
        catch (Exception error) when (IsUnusable(error))
        {
            return false;
        }
    }

    /// <summary>Adds a file whose content is known.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="state">What is known.</param>
    public void Add(string path, FileState state)
    {
        IsSound &= state.IsTrusted;
        _stamps.Add((path, false, state.Stamp));
    }

    /// <summary>Adds a place where no file is.</summary>
    /// <param name="path">Absolute.</param>
    public void AddMissing(string path) => _stamps.Add((path, false, FileStamp.Missing));

    /// <summary>Adds a directory that was listed, or that is missing.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="listedAt">The clock before it was.</param>
    public void AddDirectory(string path, long listedAt)
    {
        var stamp = FileStamp.OfDirectory(path);
        IsSound &= new FileState(stamp, "", listedAt).IsTrusted;
        _stamps.Add((path, true, stamp));
    }

    /// <summary>The file's bytes.</summary>
    /// <param name="question">As for <see cref="Answer"/>.</param>
    /// <param name="variables">Names and values that matter.</param>
    /// <param name="items">The answer.</param>
    /// <returns>Header and payload.</returns>
    public byte[] ToBytes(
        string question,
        IReadOnlyCollection<KeyValuePair<string, string?>> variables,
        IReadOnlyCollection<Dictionary<string, string>> items)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(FormatVersion);
        writer.Write(0UL);
        writer.Write(question);
        writer.Write(variables.Count);
        foreach (var (name, value) in variables)
        {
            writer.Write(name);
            writer.Write(value is not null);
            writer.Write(value ?? "");
        }

        writer.Write(_stamps.Count);
        foreach (var (path, isDirectory, stamp) in _stamps)
        {
            writer.Write(path);
            writer.Write(isDirectory);
            writer.Write(stamp.SizeBytes);
            writer.Write(stamp.ModifiedNanoseconds);
            writer.Write(stamp.ChangedNanoseconds);
            writer.Write(stamp.Inode);
        }

        writer.Write(items.Count);
        foreach (var item in items)
        {
            writer.Write(item.Count);
            foreach (var (name, value) in item)
            {
                writer.Write(name);
                writer.Write(value);
            }
        }

        writer.Flush();
        var sum = BuildDatabase.Checksum(stream.ToArray().AsSpan(HeaderBytes));
        stream.Position = 8;
        writer.Write(sum);
        writer.Flush();
        return stream.ToArray();
    }

    private static bool IsUnusable(Exception error) => error is IOException or UnauthorizedAccessException
        or ArgumentException or FormatException;

    /// <summary>What follows the header; nothing if there is no such file, or it is damaged.</summary>
    private static ReadOnlySpan<byte> Payload(string path)
    {
        if (FileStamp.Of(path).SizeBytes is < HeaderBytes or > FileBytesMax)
        {
            return [];
        }

        var bytes = File.ReadAllBytes(path);
        return bytes.Length >= HeaderBytes && BitConverter.ToUInt32(bytes, 0) == Magic &&
            BitConverter.ToUInt32(bytes, 4) == FormatVersion &&
            BitConverter.ToUInt64(bytes, 8) == BuildDatabase.Checksum(bytes.AsSpan(HeaderBytes))
            ? bytes.AsSpan(HeaderBytes)
            : [];
    }

    private static bool Holds(ref SnapshotReader reader, string question, Func<string, string?> variable) =>
        reader.Utf8().SequenceEqual(Encoding.UTF8.GetBytes(question)) && VariablesHold(ref reader, variable) &&
        StampsHold(ref reader);

    private static bool VariablesHold(ref SnapshotReader reader, Func<string, string?> variable)
    {
        for (var left = reader.Count(); left > 0; left--)
        {
            var now = variable(reader.Text());
            var isSet = reader.Truth();
            if (reader.Text() != (now ?? "") || isSet != now is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static bool StampsHold(ref SnapshotReader reader)
    {
        Span<byte> path = stackalloc byte[PathBytesMax];
        for (var left = reader.Count(); left > 0; left--)
        {
            var bytes = reader.Utf8();
            if (bytes.Length >= path.Length)
            {
                return false;
            }

            bytes.CopyTo(path);
            path[bytes.Length] = 0;
            var now = FileStamp.Of(path[..(bytes.Length + 1)], isDirectory: reader.Truth());
            if (now.SizeBytes != reader.Number() || now.ModifiedNanoseconds != reader.Number() ||
                now.ChangedNanoseconds != reader.Number() || now.Inode != reader.Number())
            {
                return false;
            }
        }

        return true;
    }

    private static Dictionary<string, string>[] ReadItems(ref SnapshotReader reader)
    {
        var items = new Dictionary<string, string>[reader.Count()];
        for (var index = 0; index < items.Length; index++)
        {
            var item = new Dictionary<string, string>();
            for (var left = reader.Count(); left > 0; left--)
            {
                item[reader.Text()] = reader.Text();
            }

            items[index] = item;
        }

        return items;
    }
}
