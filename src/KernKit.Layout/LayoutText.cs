using System.Buffers.Binary;
using System.Text;

namespace KernKit.Layout;

/// <summary>Text of fields whose schema states an encoding. Bytes that are not in it are no text.</summary>
/// <remarks>
/// With a fill of 0 the text ends before the first NUL; with another fill the field is padded, and that byte is taken
/// off its end. Called by generated code; a new string is the only allocation.
/// </remarks>
public static class LayoutText
{
    /// <summary>Decodes ASCII.</summary>
    /// <param name="bytes">The whole field.</param>
    /// <param name="fill">The byte that fills the field up, 0 to 255; -1 if none does.</param>
    /// <param name="text">The text, or "".</param>
    /// <returns>False if a byte is over 127.</returns>
    public static bool TryDecodeAscii(ReadOnlySpan<byte> bytes, int fill, out string text)
    {
        ReadOnlySpan<byte> part = Trim(bytes, fill);
        bool isText = Ascii.IsValid(part);
        text = isText ? Encoding.ASCII.GetString(part) : "";
        return isText;
    }

    /// <summary>Decodes ISO 8859-1, in which every byte is a character.</summary>
    /// <param name="bytes">The whole field.</param>
    /// <param name="fill">The byte that fills the field up, 0 to 255; -1 if none does.</param>
    /// <param name="text">The text.</param>
    /// <returns>True.</returns>
    public static bool TryDecodeLatin1(ReadOnlySpan<byte> bytes, int fill, out string text)
    {
        text = Encoding.Latin1.GetString(Trim(bytes, fill));
        return true;
    }

    /// <summary>Decodes UTF-8.</summary>
    /// <param name="bytes">The whole field.</param>
    /// <param name="fill">The byte that fills the field up, 0 to 255; -1 if none does.</param>
    /// <param name="text">The text, or "".</param>
    /// <returns>False if the bytes are not well-formed.</returns>
    public static bool TryDecodeUtf8(ReadOnlySpan<byte> bytes, int fill, out string text)
    {
        ReadOnlySpan<byte> part = Trim(bytes, fill);
        bool isText = System.Text.Unicode.Utf8.IsValid(part);
        text = isText ? Encoding.UTF8.GetString(part) : "";
        return isText;
    }

    /// <summary>Decodes UTF-16 up to the first NUL.</summary>
    /// <param name="bytes">The whole field, two bytes a unit.</param>
    /// <param name="isLittleEndian">The order of the bytes of a unit.</param>
    /// <param name="fill">The unit that fills the field up, 0 to 255.</param>
    /// <param name="text">The text, or "".</param>
    /// <returns>False if a surrogate has no partner.</returns>
    public static bool TryDecodeUtf16(ReadOnlySpan<byte> bytes, bool isLittleEndian, int fill, out string text)
    {
        char[] units = new char[bytes.Length / 2];
        int length = 0;
        for (; length < units.Length; length++)
        {
            ReadOnlySpan<byte> unit = bytes.Slice(length * 2, 2);
            units[length] = (char)(isLittleEndian
                ? BinaryPrimitives.ReadUInt16LittleEndian(unit)
                : BinaryPrimitives.ReadUInt16BigEndian(unit));
            if (fill == 0 && units[length] == 0)
            {
                break;
            }
        }

        while (fill != 0 && length > 0 && units[length - 1] == fill)
        {
            length--;
        }

        text = "";
        for (int i = 0; i < length; i++)
        {
            bool isPair = char.IsHighSurrogate(units[i]) && i + 1 < length && char.IsLowSurrogate(units[i + 1]);
            if (char.IsSurrogate(units[i]) && !isPair)
            {
                return false;
            }

            i += isPair ? 1 : 0;
        }

        text = new string(units, 0, length);
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes, int fill)
    {
        if (fill < 0)
        {
            return bytes;
        }

        if (fill != 0)
        {
            return bytes.TrimEnd((byte)fill);
        }

        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }
}
