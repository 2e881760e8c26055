using KernKit.Volumes;

namespace KernKit.Command.Output;

/// <summary>Writes an entry as one line of text, short or in the manner of <c>ls -l</c>.</summary>
internal static class EntryLine
{
    /// <summary>
    /// Writes type, mode, links, numeric owners, size or device number, and time (UTC), each with a blank behind it.
    /// </summary>
    public static void WriteLong(ByteOutput output, in NodeAttributes node)
    {
        WriteModeLetters(output, node);
        output.WriteByte((byte)' ');
        output.WriteColumn(node.LinkCount, 3);
        output.WriteByte((byte)' ');
        output.WriteColumn(node.UserId, 5);
        output.WriteByte((byte)' ');
        output.WriteColumn(node.GroupId, 5);
        output.WriteByte((byte)' ');
        if (node.Device is { } device)
        {
            output.WriteColumn(device.Major, 5);
            output.Write(", "u8);
            output.WriteColumn(device.Minor, 3);
        }
        else
        {
            output.WriteColumn(node.Size, 10);
        }

        output.WriteByte((byte)' ');
        WriteTime(output, node.Modified);
        output.WriteByte((byte)' ');
    }

    /// <summary>Writes a name, perhaps in the colour of its type.</summary>
    public static void WriteName(
        ByteOutput output, ReadOnlySpan<byte> name, in NodeAttributes node, bool escaped, bool colored)
    {
        if (!escaped)
        {
            output.Write(name);
            return;
        }

        var color = colored ? ColorOf(node) : default;
        output.Write(color);
        NameText.WriteEscaped(output, name);
        if (!color.IsEmpty)
        {
            output.Write("\e[m"u8);
        }
    }

    /// <summary>
    /// Writes a time as ISO 8601 in UTC to the nanosecond; beyond the years 1 to 9999 as <c>@seconds.nanoseconds</c>.
    /// </summary>
    public static void WriteTime(ByteOutput output, UnixTime time)
    {
        if (time.Seconds is >= -62_135_596_800 and <= 253_402_300_799)
        {
            DateTime.UnixEpoch.AddTicks(time.Seconds * TimeSpan.TicksPerSecond)
                .TryFormat(output.GetSpan(32), out var written, "yyyy-MM-ddTHH:mm:ss");
            output.Advance(written);
            WriteFraction(output, time.Nanoseconds);
            output.WriteByte((byte)'Z');
            return;
        }

        output.WriteByte((byte)'@');
        output.WriteNumber(time.Seconds);
        WriteFraction(output, time.Nanoseconds);
    }

    /// <summary>Writes a point and nine digits.</summary>
    public static void WriteFraction(ByteOutput output, int nanoseconds)
    {
        output.WriteByte((byte)'.');
        nanoseconds.TryFormat(output.GetSpan(9), out var written, "D9");
        output.Advance(written);
    }

    private static ReadOnlySpan<byte> ColorOf(in NodeAttributes node) => node.Type switch
    {
        NodeType.Directory => "\e[1;34m"u8,
        NodeType.Symlink => "\e[36m"u8,
        NodeType.CharacterDevice or NodeType.BlockDevice => "\e[33m"u8,
        NodeType.Fifo or NodeType.Socket => "\e[35m"u8,
        NodeType.File when (node.Permissions & 0b001_001_001) != 0 => "\e[32m"u8,
        _ => default,
    };

    private static void WriteModeLetters(ByteOutput output, in NodeAttributes node)
    {
        var letters = output.GetSpan(10);
        letters[0] = node.Type switch
        {
            NodeType.File => (byte)'-',
            NodeType.Directory => (byte)'d',
            NodeType.Symlink => (byte)'l',
            NodeType.CharacterDevice => (byte)'c',
            NodeType.BlockDevice => (byte)'b',
            NodeType.Fifo => (byte)'p',
            NodeType.Socket => (byte)'s',
            NodeType.Whiteout => (byte)'w',
            _ => (byte)'?',
        };
        for (var i = 0; i < 9; i++)
        {
            letters[i + 1] = (node.Permissions & (0x100 >> i)) != 0 ? "rwx"u8[i % 3] : (byte)'-';
        }

        MarkSpecial(letters, 3, node.Permissions, 0x800, (byte)'s');
        MarkSpecial(letters, 6, node.Permissions, 0x400, (byte)'s');
        MarkSpecial(letters, 9, node.Permissions, 0x200, (byte)'t');
        output.Advance(10);
    }

    private static void MarkSpecial(Span<byte> letters, int at, ushort permissions, int bit, byte letter)
    {
        if ((permissions & bit) != 0)
        {
            // A capital letter says that the bit stands without the permission to execute.
            letters[at] = letters[at] == 'x' ? letter : (byte)(letter - 32);
        }
    }
}
