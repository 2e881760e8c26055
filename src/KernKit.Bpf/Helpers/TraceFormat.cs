using System.Globalization;
using System.Text;

namespace KernKit.Bpf;

/// <summary>The conversions of trace_printk: %d %i %u %x %X %p %c %s with l and ll, and %%.</summary>
internal static class TraceFormat
{
    private const int StringBytesMax = 512;

    /// <summary>Formats up to as many arguments as there are.</summary>
    public static string Format(BpfMachine machine, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append((char)format[i]);
                continue;
            }

            var isLong = false;
            for (i++; i < format.Length && (format[i] == 'l' || char.IsAsciiDigit((char)format[i])); i++)
            {
                isLong |= format[i] == 'l';
            }

            if (i == format.Length || format[i] == '%')
            {
                text.Append('%');
                continue;
            }

            var argument = next < arguments.Length ? arguments[next++] : 0;
            Append(text, machine, (char)format[i], isLong, argument);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void Append(StringBuilder text, BpfMachine machine, char conversion, bool isLong, ulong argument)
    {
        var narrow = isLong ? argument : (uint)argument;
        _ = conversion switch
        {
            'd' or 'i' => text.Append(CultureInfo.InvariantCulture, $"{(isLong ? (long)argument : (int)argument)}"),
            'u' => text.Append(CultureInfo.InvariantCulture, $"{narrow}"),
            'x' => text.Append(CultureInfo.InvariantCulture, $"{narrow:x}"),
            'X' => text.Append(CultureInfo.InvariantCulture, $"{narrow:X}"),
            'p' => text.Append(CultureInfo.InvariantCulture, $"0x{argument:x}"),
            'c' => text.Append((char)(byte)argument),
            's' => text.Append(Text(machine, argument)),
            _ => text.Append('%').Append(conversion),
        };
    }

    private static string Text(BpfMachine machine, ulong address)
    {
        var bytes = new List<byte>();
        while (bytes.Count < StringBytesMax && machine.TryGetMemory(address + (ulong)bytes.Count, 1, out var one)
            && one[0] != 0)
        {
            bytes.Add(one[0]);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
