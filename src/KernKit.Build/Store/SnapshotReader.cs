using System.Text;

namespace KernKit.Build;

/// <summary>Walks a snapshot's bytes, in the forms of <see cref="BinaryWriter"/>; text only where asked.</summary>
/// <param name="bytes">The rest of the file.</param>
internal ref struct SnapshotReader(ReadOnlySpan<byte> bytes)
{
    private const int CountMax = 1 << 20;
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True if nothing is left.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>The UTF-8 bytes of a text.</summary>
    /// <returns>A part of the file.</returns>
    /// <exception cref="FormatException">It is longer than what is left.</exception>
    public ReadOnlySpan<byte> Utf8()
    {
        var (length, shift) = (0, 0);
        byte part;
        do
        {
            part = Take(1)[0];
            length |= shift < 28 ? (part & 0x7f) << shift : throw new FormatException("length");
            shift += 7;
        }
        while (part >= 0x80);
        return Take(length);
    }

    /// <summary>A text.</summary>
    /// <returns>It.</returns>
    public string Text() => Encoding.UTF8.GetString(Utf8());

    /// <summary>A truth value.</summary>
    /// <returns>It.</returns>
    public bool Truth() => Take(1)[0] != 0;

    /// <summary>A number.</summary>
    /// <returns>It.</returns>
    public long Number() => BitConverter.ToInt64(Take(sizeof(long)));

    /// <summary>A count of what follows.</summary>
    /// <returns>At most a million.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public int Count()
    {
        var count = BitConverter.ToInt32(Take(sizeof(int)));
        return count is >= 0 and <= CountMax ? count : throw new FormatException("count");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new FormatException("short");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
