using System.Globalization;

namespace KernKit.Layout;

/// <summary>Where something lies: a value that a structure states. Following it is the program's work.</summary>
/// <remarks>
/// The program knows its spaces and fetches, with a limit on depth and a set of what it has seen: bytes may refer to
/// themselves. Offset and length are as the structure states them and may be anything.
/// </remarks>
/// <param name="Space">The name of the space: <c>self</c> (the structure's first byte), <c>file</c>, another.</param>
/// <param name="Offset">Bytes from the start of the space; may be negative or over 64 bits in damaged input.</param>
/// <param name="Length">Bytes; the least that the structure takes if <paramref name="IsLengthMinimal"/>.</param>
/// <param name="Structure">The structure's name in its schema, or "" for bytes.</param>
/// <param name="IsLengthMinimal">True if the structure says only when it is read how long it is.</param>
public readonly record struct LayoutReference(
    string Space, Int128 Offset, Int128 Length, string Structure, bool IsLengthMinimal)
{
    /// <summary>Offset and length as 64-bit numbers, if they lie inside a space.</summary>
    /// <param name="spaceLength">Bytes of the space, 0 or more.</param>
    /// <param name="offset">Bytes from its start, at most <paramref name="spaceLength"/>.</param>
    /// <param name="length">Bytes, at most what is left behind the offset.</param>
    /// <returns>False if any byte lies outside.</returns>
    public bool TryGetRange(long spaceLength, out long offset, out long length)
    {
        offset = 0;
        length = 0;
        bool isInside = Offset >= 0 && Offset <= spaceLength && Length >= 0 && Length <= spaceLength - Offset;
        if (isInside)
        {
            offset = (long)Offset;
            length = (long)Length;
        }

        return isInside;
    }

    /// <summary>One line: <c>volume+0x4000, 1024 bytes of inode</c>.</summary>
    /// <returns>Names of the schema and numbers only.</returns>
    public override string ToString()
    {
        string offset = Int128.IsNegative(Offset)
            ? Offset.ToString(CultureInfo.InvariantCulture)
            : "+0x" + Offset.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0');
        string what = string.IsNullOrEmpty(Structure) ? "" : " of " + Structure;
        string least = IsLengthMinimal ? " or more" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Space}{offset}, {Length} bytes{least}{what}");
    }
}
