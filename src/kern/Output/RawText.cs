using System.Text;

namespace KernKit.Command.Output;

/// <summary>Carries bytes that are not UTF-8 through strings: byte 0xNN becomes the lone surrogate U+DCNN.</summary>
/// <remarks>An argument of the command line is bytes on Unix, and names on old volumes are seldom UTF-8.</remarks>
internal static class RawText
{
    /// <summary>The text of bytes; loses nothing.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[used..];
            }
            else
            {
                text.Append((char)(0xDC00 + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text.</summary>
    public static byte[] ToBytes(string text)
    {
        var bytes = new List<byte>(text.Length);
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
                i += rune.Utf16SequenceLength;
            }
            else
            {
                bytes.Add((byte)text[i++]);
            }
        }

        return [.. bytes];
    }

    /// <summary>
    /// Takes the last arguments from the kernel's own copy, where the runtime has replaced bytes that are not UTF-8.
    /// </summary>
    public static string[] Recover(string[] arguments)
    {
        if (!Array.Exists(arguments, argument => argument.Contains('\uFFFD')))
        {
            return arguments;
        }

        var raw = File.ReadAllBytes("/proc/self/cmdline").AsSpan().TrimEnd((byte)0);
        var all = new List<string>();
        foreach (var range in raw.Split((byte)0))
        {
            all.Add(FromBytes(raw[range]));
        }

        return all.Count < arguments.Length ? arguments : [.. all[^arguments.Length..]];
    }
}
