using KernKit.Volumes;

namespace KernKit.Command.Output;

/// <summary>Writes an entry as one line of JSON.</summary>
internal static class EntryJson
{
    /// <summary>Writes one entry.</summary>
    /// <param name="output">Takes the line.</param>
    /// <param name="path">The path from the root of the volume; empty for the root.</param>
    /// <param name="node">The attributes.</param>
    /// <param name="target">The target of a symbolic link, or null.</param>
    /// <param name="digest">The SHA-256 of the content, or empty.</param>
    public static void Write(
        ByteOutput output, ReadOnlySpan<byte> path, in NodeAttributes node, byte[]? target, ReadOnlySpan<byte> digest)
    {
        output.WriteByte((byte)'{');
        JsonText.WriteBytes(output, "path"u8, path);
        output.Write(",\"type\":\""u8);
        output.Write(TypeName(node.Type));
        output.Write("\",\"mode\":\""u8);
        WriteMode(output, node.Permissions);
        Member(output, "\",\"uid\":"u8, node.UserId);
        Member(output, ",\"gid\":"u8, node.GroupId);
        Member(output, ",\"size\":"u8, node.Size);
        Member(output, ",\"nlink\":"u8, node.LinkCount);
        output.Write(",\"inode\":"u8);
        output.WriteNumber(node.Id);
        Member(output, ",\"mtime_ns\":"u8, node.Modified);
        Member(output, ",\"atime_ns\":"u8, node.Accessed);
        Member(output, ",\"ctime_ns\":"u8, node.Changed);
        Member(output, ",\"birthtime_ns\":"u8, node.Born);
        if (target is not null)
        {
            output.WriteByte((byte)',');
            JsonText.WriteBytes(output, "target"u8, target);
        }

        if (node.Device is { } device)
        {
            Member(output, ",\"rdev\":["u8, device.Major);
            Member(output, ","u8, device.Minor);
            output.WriteByte((byte)']');
        }

        if (!digest.IsEmpty)
        {
            output.Write(",\"sha256\":\""u8);
            JsonText.WriteHex(output, digest);
            output.WriteByte((byte)'"');
        }

        output.Write("}\n"u8);
    }

    /// <summary>The word for a type.</summary>
    public static ReadOnlySpan<byte> TypeName(NodeType type) => type switch
    {
        NodeType.File => "file"u8,
        NodeType.Directory => "dir"u8,
        NodeType.Symlink => "symlink"u8,
        NodeType.CharacterDevice => "chr"u8,
        NodeType.BlockDevice => "blk"u8,
        NodeType.Fifo => "fifo"u8,
        NodeType.Socket => "socket"u8,
        NodeType.Whiteout => "whiteout"u8,
        _ => "unknown"u8,
    };

    /// <summary>Writes four octal digits.</summary>
    public static void WriteMode(ByteOutput output, ushort permissions)
    {
        var span = output.GetSpan(4);
        span[0] = (byte)('0' + ((permissions >> 9) & 7));
        span[1] = (byte)('0' + ((permissions >> 6) & 7));
        span[2] = (byte)('0' + ((permissions >> 3) & 7));
        span[3] = (byte)('0' + (permissions & 7));
        output.Advance(4);
    }

    private static void Member(ByteOutput output, ReadOnlySpan<byte> name, long value)
    {
        output.Write(name);
        output.WriteNumber(value);
    }

    private static void Member(ByteOutput output, ReadOnlySpan<byte> name, UnixTime? time)
    {
        if (time is { } value)
        {
            output.Write(name);
            output.WriteNumber(value.TotalNanoseconds);
        }
    }
}
