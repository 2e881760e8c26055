using System.Buffers.Binary;
using System.Globalization;

namespace KernKit.Bpf;

/// <summary>One instruction of classic BPF, which packet filters and seccomp use.</summary>
/// <param name="Code">Class, size or operation, and mode.</param>
/// <param name="JumpTrue">Instructions to skip where a comparison holds.</param>
/// <param name="JumpFalse">Instructions to skip where it does not.</param>
/// <param name="K">The operand.</param>
/// <remarks>Facts: the manual page bpf(4) of the BSDs; McCanne and Jacobson, "The BSD Packet Filter", 1993.</remarks>
internal readonly record struct ClassicInstruction(ushort Code, byte JumpTrue, byte JumpFalse, uint K)
{
    /// <summary>Bytes of an instruction: 8.</summary>
    public const int SizeBytes = 8;

    /// <summary>Reads what <c>tcpdump -ddd</c> prints: a count, then four decimal numbers a line.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The instructions.</returns>
    /// <exception cref="BpfFormatException">Something else; says the line.</exception>
    public static ClassicInstruction[] ParseDecimal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || !int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count != lines.Length - 1)
        {
            throw new BpfFormatException($"line 1: must be the number of the following lines, {lines.Length - 1}", 1);
        }

        var instructions = new ClassicInstruction[count];
        for (var i = 0; i < count; i++)
        {
            var fields = lines[i + 1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            instructions[i] = fields.Length == 4
                && ushort.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                && byte.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var jumpTrue)
                && byte.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var jumpFalse)
                && uint.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var k)
                ? new ClassicInstruction(code, jumpTrue, jumpFalse, k)
                : throw new BpfFormatException($"line {i + 2}: '{lines[i + 1]}', must be four decimal numbers", i + 2);
        }

        return instructions;
    }

    /// <summary>Reads the binary form of Linux (struct sock_filter), as seccomp tools export it.</summary>
    /// <param name="bytes">8 little-endian bytes an instruction.</param>
    /// <returns>The instructions.</returns>
    /// <exception cref="BpfFormatException">Not a multiple of 8 bytes.</exception>
    public static ClassicInstruction[] Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % SizeBytes != 0)
        {
            throw new BpfFormatException($"classic program: {bytes.Length} bytes, must be a multiple of {SizeBytes}");
        }

        var instructions = new ClassicInstruction[bytes.Length / SizeBytes];
        for (var i = 0; i < instructions.Length; i++)
        {
            var one = bytes.Slice(i * SizeBytes, SizeBytes);
            instructions[i] = new ClassicInstruction(
                BinaryPrimitives.ReadUInt16LittleEndian(one), one[2], one[3],
                    BinaryPrimitives.ReadUInt32LittleEndian(one[4..]));
        }

        return instructions;
    }
}
