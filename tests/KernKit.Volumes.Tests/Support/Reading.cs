using System.Security.Cryptography;
using System.Text;

namespace KernKit.Volumes.Tests;

/// <summary>A volume read as a user of the library would.</summary>
internal static class Reading
{
    public static string TypeName(NodeType type) => type switch
    {
        NodeType.File => "file",
        NodeType.Directory => "dir",
        NodeType.Symlink => "symlink",
        NodeType.CharacterDevice => "chr",
        NodeType.BlockDevice => "blk",
        NodeType.Fifo => "fifo",
        NodeType.Socket => "sock",
        NodeType.Whiteout => "whiteout",
        _ => "unknown",
    };

    public static List<(byte[] Path, NodeAttributes Attributes)> Walk(Volume volume,
        Action<WalkProblem>? problem = null)
    {
        var entries = new List<(byte[], NodeAttributes)>();
        var walk = new VolumeWalk(volume, [], true, true, problem ?? (static p => throw p.Error));
        while (walk.MoveNext())
        {
            entries.Add((walk.Path.ToArray(), walk.Attributes));
        }

        return entries;
    }

    public static string Digest(FileContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[65536];
        var offset = 0L;
        int count;
        while ((count = content.Read(offset, buffer)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            offset += count;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static byte[] All(FileContent content)
    {
        var bytes = new byte[content.Length];
        var count = content.Read(0, bytes);
        return count == bytes.Length ? bytes
            : throw new InvalidOperationException($"{count} of {bytes.Length} bytes were read");
    }

    public static string Text(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path);
}
