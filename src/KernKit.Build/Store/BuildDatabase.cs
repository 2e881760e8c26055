using System.Text;

namespace KernKit.Build;

/// <summary>
/// What the last build knew: states of files and records of steps, in one file that is read whole and replaced whole.
/// </summary>
/// <remarks>
/// <code>
/// "KKBD" | format u32 | FNV-1a of the payload u64 | payload: files, project, made directories, copies, steps
/// </code>
/// Losing it costs one regeneration, and the knowledge which files in a user's own OutputDirectory are ours: those that
/// come out otherwise are refused then (KK9015) until somebody moves them away. So anything odd (another format, a bad
/// sum, a short file) is an empty database and never an error. Paths are relative to the project: a tree that moves
/// keeps its database.
/// </remarks>
internal sealed class BuildDatabase
{
    /// <summary>Raise it when records change their form or their meaning.</summary>
    public const int FormatVersion = 3;

    private const uint Magic = 0x4442_4b4b;
    private const int HeaderBytes = 16;
    private const long FileBytesMax = 256 << 20;
    private const int CountMax = 1 << 20;

    /// <summary>The file's name in the intermediate directory.</summary>
    public const string FileName = "kernkit.build.db";

    /// <summary>Everything a step has read or written, by path relative to the project.</summary>
    public Dictionary<string, FileState> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>By the step's key.</summary>
    public Dictionary<string, StepRecord> Steps { get; } = new(StringComparer.Ordinal);

    /// <summary>Directories outside of the intermediate one that a build made, relative to the project.</summary>
    public HashSet<string> MadeDirectories { get; } = new(StringComparer.Ordinal);

    /// <summary>Committed copies and the hashes of what was copied, by path relative to the project.</summary>
    public Dictionary<string, string> Copies { get; } = new(StringComparer.Ordinal);

    /// <summary>The project's directory as seen from the database's: who reads only this file needs it.</summary>
    public string ProjectFromState { get; set; } = "";

    /// <summary>True if what is in memory should replace the file.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Reads a database.</summary>
    /// <param name="path">Absolute path; may be missing or damaged.</param>
    /// <returns>The database, or an empty one.</returns>
    public static BuildDatabase Read(string path)
    {
        try
        {
            if (FileStamp.Of(path).SizeBytes is < HeaderBytes or > FileBytesMax)
            {
                return new BuildDatabase();
            }

            var bytes = File.ReadAllBytes(path);
            using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
            if (reader.ReadUInt32() != Magic || reader.ReadUInt32() != FormatVersion ||
                reader.ReadUInt64() != Checksum(bytes.AsSpan(HeaderBytes)))
            {
                return new BuildDatabase();
            }

            var database = new BuildDatabase();
            database.ReadPayload(reader);
            return database;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
            or FormatException or OverflowException)
        {
            return new BuildDatabase();
        }
    }

    /// <summary>The file's bytes.</summary>
    /// <returns>Header and payload.</returns>
    public byte[] ToBytes()
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(FormatVersion);
        writer.Write(0UL);
        WritePayload(writer);
        writer.Flush();
        var bytes = stream.ToArray();
        stream.Position = 8;
        writer.Write(Checksum(bytes.AsSpan(HeaderBytes)));
        writer.Flush();
        return stream.ToArray();
    }

    // FNV-1a, 64 bit: catches damage, and needs no library on the path where nothing is to do.
    internal static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 14695981039346656037UL;
        foreach (var value in bytes)
        {
            sum = (sum ^ value) * 1099511628211UL;
        }

        return sum;
    }

    private static int ReadCount(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        return count is >= 0 and <= CountMax ? count : throw new FormatException("count");
    }

    private static Dictionary<string, string> ReadPairs(BinaryReader reader)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = ReadCount(reader); left > 0; left--)
        {
            pairs[reader.ReadString()] = reader.ReadString();
        }

        return pairs;
    }

    private static void WritePairs(BinaryWriter writer, IReadOnlyDictionary<string, string> pairs)
    {
        writer.Write(pairs.Count);
        foreach (var (key, value) in pairs)
        {
            writer.Write(key);
            writer.Write(value);
        }
    }

    private void ReadPayload(BinaryReader reader)
    {
        for (var left = ReadCount(reader); left > 0; left--)
        {
            var path = reader.ReadString();
            var stamp = new FileStamp(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            Files[path] = new FileState(stamp, reader.ReadString(), reader.ReadInt64());
        }

        ProjectFromState = reader.ReadString();
        for (var left = ReadCount(reader); left > 0; left--)
        {
            MadeDirectories.Add(reader.ReadString());
        }

        foreach (var (path, hash) in ReadPairs(reader))
        {
            Copies[path] = hash;
        }

        for (var left = ReadCount(reader); left > 0; left--)
        {
            Steps[reader.ReadString()] = ReadStep(reader);
        }
    }

    private static StepRecord ReadStep(BinaryReader reader) => new()
    {
        // The order of these lines is the order in the file.
        Identity = reader.ReadString(),
        Discovered = ReadPairs(reader),
        Outputs = ReadPairs(reader),
        Messages = ReadMessages(reader),
        OutputDirectory = reader.ReadString(),
        IsOutside = reader.ReadBoolean(),
        Cause = reader.ReadString(),
        How = reader.ReadString(),
        RanAtMilliseconds = reader.ReadInt64(),
        DurationMilliseconds = reader.ReadInt32(),
    };

    private static StepMessage[] ReadMessages(BinaryReader reader)
    {
        var messages = new StepMessage[ReadCount(reader)];
        for (var index = 0; index < messages.Length; index++)
        {
            messages[index] = new StepMessage(
                IsError: reader.ReadBoolean(),
                File: reader.ReadString(),
                Line: reader.ReadInt32(),
                Column: reader.ReadInt32(),
                Code: reader.ReadString(),
                Message: reader.ReadString());
        }

        return messages;
    }

    private static void WriteStep(BinaryWriter writer, StepRecord step)
    {
        writer.Write(step.Identity);
        WritePairs(writer, step.Discovered);
        WritePairs(writer, step.Outputs);
        writer.Write(step.Messages.Count);
        foreach (var message in step.Messages)
        {
            writer.Write(message.IsError);
            writer.Write(message.File);
            writer.Write(message.Line);
            writer.Write(message.Column);
            writer.Write(message.Code);
            writer.Write(message.Message);
        }

        writer.Write(step.OutputDirectory);
        writer.Write(step.IsOutside);
        writer.Write(step.Cause);
        writer.Write(step.How);
        writer.Write(step.RanAtMilliseconds);
        writer.Write(step.DurationMilliseconds);
    }

    private void WritePayload(BinaryWriter writer)
    {
        writer.Write(Files.Count);
        foreach (var (path, state) in Files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            writer.Write(path);
            foreach (var number in state.Stamp.ToNumbers())
            {
                writer.Write(number);
            }

            writer.Write(state.Hash);
            writer.Write(state.ReadAtNanoseconds);
        }

        writer.Write(ProjectFromState);
        writer.Write(MadeDirectories.Count);
        foreach (var directory in MadeDirectories.Order(StringComparer.Ordinal))
        {
            writer.Write(directory);
        }

        WritePairs(writer, Copies);
        writer.Write(Steps.Count);
        foreach (var (key, step) in Steps.OrderBy(static step => step.Key, StringComparer.Ordinal))
        {
            writer.Write(key);
            WriteStep(writer, step);
        }
    }
}
