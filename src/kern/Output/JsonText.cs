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
    private static readonly SearchValues<byte> s_special = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
            30, 31,
            (byte)'"', (byte)'\\', 127]);

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

    /// <summary>Writes a string from UTF-8; only what JSON demands is escaped, and DEL.</summary>
    public static void WriteString(ByteOutput output, ReadOnlySpan<byte> value)
    {
        output.WriteByte((byte)'"');
        while (true)
        {
            var special = value.IndexOfAny(s_special);
            if (special < 0)
            {
                output.Write(value);
                break;
            }

            output.Write(value[..special]);
            WriteEscape(output, value[special]);
            value = value[(special + 1)..];
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

    private static void WriteEscape(ByteOutput output, byte value)
    {
        output.WriteByte((byte)'\\');
        switch (value)
        {
            case (byte)'"' or (byte)'\\':
                output.WriteByte(value);
                break;
            case (byte)'\n':
                output.WriteByte((byte)'n');
                break;
            case (byte)'\t':
                output.WriteByte((byte)'t');
                break;
            case (byte)'\r':
                output.WriteByte((byte)'r');
                break;
            default:
                output.Write("u00"u8);
                WriteHex(output, [value]);
                break;
        }
    }
}
