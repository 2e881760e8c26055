using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace KernKit.Command.Output;

/// <summary>Writes the pieces of JSON that the command prints, straight into the output buffer.</summary>
/// <remarks>
/// A writer object with its state machine costs more than the text itself on 100,000 entries; what is written here is
/// flat.
/// </remarks>
internal static class JsonText
{
    // Printable ASCII but for the two that JSON gives a meaning.
    private static readonly SearchValues<byte> s_plain =
        SearchValues.Create(
            " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>
    /// Writes <c>"name":</c> and a string if the bytes are UTF-8, else null and a second member <c>name_hex</c>.
    /// </summary>
    public static void WriteBytes(ByteOutput output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.WriteByte((byte)'"');
        output.Write(name);
        output.Write("\":"u8);
        if (Utf8.IsValid(value))
        {
            WriteString(output, value);
            return;
        }

        output.Write("null,\""u8);
        output.Write(name);
        output.Write("_hex\":\""u8);
        WriteHex(output, value);
        output.WriteByte((byte)'"');
    }

    /// <summary>Writes a string.</summary>
    public static void WriteString(ByteOutput output, string value) =>
        WriteString(output, Encoding.UTF8.GetBytes(value));

    /// <summary>Writes a string from UTF-8. Besides what JSON demands, everything is escaped that could steer a
    /// terminal; the value stays the same.</summary>
    public static void WriteString(ByteOutput output, ReadOnlySpan<byte> value)
    {
        output.WriteByte((byte)'"');
        while (true)
        {
            var special = value.IndexOfAnyExcept(s_plain);
            if (special < 0)
            {
                output.Write(value);
                break;
            }

            output.Write(value[..special]);
            value = value[special..];
            Rune.DecodeFromUtf8(value, out var rune, out var used);
            if (!rune.IsAscii && NameText.IsShowable(rune))
            {
                output.Write(value[..used]);
            }
            else
            {
                WriteEscape(output, rune);
            }

            value = value[used..];
        }

        output.WriteByte((byte)'"');
    }

    /// <summary>Writes lower-case hexadecimal digits.</summary>
    public static void WriteHex(ByteOutput output, ReadOnlySpan<byte> value)
    {
        while (!value.IsEmpty)
        {
            var piece = value[..Math.Min(value.Length, 1024)];
            Convert.TryToHexStringLower(piece, output.GetSpan(piece.Length * 2), out var written);
            output.Advance(written);
            value = value[piece.Length..];
        }
    }

    /// <summary>Writes any value of a volume's facts: strings, numbers, booleans and arrays of these.</summary>
    public static void WriteValue(ByteOutput output, object value)
    {
        switch (value)
        {
            case string text:
                WriteString(output, text);
                break;
            case bool truth:
                output.Write(truth ? "true"u8 : "false"u8);
                break;
            case ulong number:
                output.WriteNumber(number);
                break;
            case System.Collections.IEnumerable list:
                output.WriteByte((byte)'[');
                var first = true;
                foreach (var item in list)
                {
                    if (!first)
                    {
                        output.WriteByte((byte)',');
                    }

                    first = false;
                    WriteValue(output, item);
                }

                output.WriteByte((byte)']');
                break;
            default:
                output.WriteNumber(Convert.ToInt64(value));
                break;
        }
    }

    private static void WriteEscape(ByteOutput output, Rune rune)
    {
        output.WriteByte((byte)'\\');
        switch (rune.Value)
        {
            case '"' or '\\':
                output.WriteByte((byte)rune.Value);
                break;
            case '\n':
                output.WriteByte((byte)'n');
                break;
            case '\t':
                output.WriteByte((byte)'t');
                break;
            case '\r':
                output.WriteByte((byte)'r');
                break;
            default:
                Span<char> units = stackalloc char[2];
                var count = rune.EncodeToUtf16(units);
                WriteUnit(output, units[0]);
                if (count == 2)
                {
                    output.WriteByte((byte)'\\');
                    WriteUnit(output, units[1]);
                }

                break;
        }
    }

    private static void WriteUnit(ByteOutput output, char unit)
    {
        output.WriteByte((byte)'u');
        WriteHex(output, [(byte)(unit >> 8), (byte)unit]);
    }
}
