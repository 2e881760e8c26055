using System.Buffers;
using System.Text;

namespace KernKit.Command.Output;

/// <summary>
/// Writes names, which are any bytes, in forms that a terminal, an error line or an mtree specification can bear.
/// </summary>
internal static class NameText
{
    // What a name may hold without a second look: printable ASCII except the backslash, which starts an escape.
    private static readonly SearchValues<byte> s_plain =
        SearchValues.Create(
            " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    // vis(3) as mtree(8) uses it: blanks, the comment sign, glob characters and the backslash are escaped too.
    private static readonly SearchValues<byte> s_vis =
        SearchValues.Create(
            "!\"$%&'()+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>
    /// Writes a name for people: control characters and bytes that are not UTF-8 become \ooo, a backslash \\.
    /// </summary>
    public static void WriteEscaped(ByteOutput output, ReadOnlySpan<byte> name)
    {
        while (!name.IsEmpty)
        {
            var plain = name.IndexOfAnyExcept(s_plain);
            if (plain != 0)
            {
                plain = plain < 0 ? name.Length : plain;
                output.Write(name[..plain]);
                name = name[plain..];
                continue;
            }

            var status = Rune.DecodeFromUtf8(name, out var rune, out var used);
            if (name[0] == '\\')
            {
                output.Write(@"\\"u8);
            }
            else if (status == OperationStatus.Done && IsShowable(rune))
            {
                output.Write(name[..used]);
            }
            else
            {
                used = 1;
                WriteOctal(output, name[0]);
            }

            name = name[used..];
        }
    }

    /// <summary>The text of a name for people, as <see cref="WriteEscaped"/> writes it.</summary>
    public static string Escaped(ReadOnlySpan<byte> name)
    {
        var bytes = new MemoryStream(name.Length);
        var output = new ByteOutput(bytes);
        WriteEscaped(output, name);
        output.Flush();
        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>A message, in which names are escaped already: what else could steer a terminal is escaped, and
    /// backslashes stay.</summary>
    public static string Message(string text) =>
        Escaped(RawText.ToBytes(text)).Replace(@"\\", @"\", StringComparison.Ordinal);

    /// <summary>
    /// Writes a name as mtree(5) wants it: every byte outside printable ASCII, blanks, '#', globs and '\' as \ooo.
    /// </summary>
    public static void WriteVis(ByteOutput output, ReadOnlySpan<byte> name)
    {
        while (!name.IsEmpty)
        {
            var plain = name.IndexOfAnyExcept(s_vis);
            if (plain < 0)
            {
                output.Write(name);
                return;
            }

            output.Write(name[..plain]);
            WriteOctal(output, name[plain]);
            name = name[(plain + 1)..];
        }
    }

    /// <summary>False for what is no text, and for what steers a terminal: C1 controls do as C0 ones, and format
    /// characters (bidirectional overrides) reorder what follows them.</summary>
    public static bool IsShowable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
        or System.Globalization.UnicodeCategory.Surrogate or System.Globalization.UnicodeCategory.OtherNotAssigned);

    private static void WriteOctal(ByteOutput output, byte value)
    {
        output.WriteByte((byte)'\\');
        output.WriteByte((byte)('0' + (value >> 6)));
        output.WriteByte((byte)('0' + ((value >> 3) & 7)));
        output.WriteByte((byte)('0' + (value & 7)));
    }
}
