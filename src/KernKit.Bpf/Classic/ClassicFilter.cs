using System.Globalization;
using System.Text;

namespace KernKit.Bpf;

/// <summary>What a classic program reads.</summary>
internal enum ClassicDialect
{
    /// <summary>A packet: loads are of big-endian numbers at any offset, and outside of the packet the result is
    /// 0.</summary>
    Packet,

    /// <summary>seccomp's message: loads are of 32-bit words in the machine's order, at multiples of 4 within 64
    /// bytes.</summary>
    Seccomp,
}

/// <summary>Translates classic BPF to eBPF.</summary>
/// <remarks>
/// A is w0, X is w7, the scratch memory is the lowest 64 bytes below r10, r6 keeps the context and r8 its length. Each
/// classic instruction becomes one to six lines of assembly behind a label of its own number; jumps of classic
/// programs only go forward, so a translated program always ends. Division by an X of zero ends with 0.
/// </remarks>
public static class ClassicFilter
{
    private const int InstructionCountMax = 4096;
    private const int ScratchWords = 16;
    private const int SeccompBytes = 64;

    private static readonly string[] Operators = ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^="];

    /// <summary>Translates what <c>tcpdump -ddd</c> prints: a count, then four decimal numbers a line.</summary>
    /// <param name="text">The text.</param>
    /// <returns>A program for a context that is the packet itself; its result is the number of bytes to keep.</returns>
    /// <exception cref="BpfFormatException">Something else, says the line; or no program that could run.</exception>
    public static BpfProgram FromTcpdump(string text) => Translate(ClassicInstruction.ParseDecimal(text));

    /// <summary>Translates the binary form of Linux (struct sock_filter) of a packet filter.</summary>
    /// <param name="bytes">8 little-endian bytes an instruction.</param>
    /// <returns>A program for a context that is the packet itself; its result is the number of bytes to keep.</returns>
    /// <exception cref="BpfFormatException">Not a multiple of 8 bytes, or no program that could run.</exception>
    public static BpfProgram FromPacketFilter(ReadOnlySpan<byte> bytes) => Translate(ClassicInstruction.Parse(bytes));

    /// <summary>Translates a seccomp policy, as libseccomp exports it.</summary>
    /// <param name="bytes">8 little-endian bytes an instruction.</param>
    /// <returns>A program for a context that is the message (seccomp_data); its result is an action.</returns>
    /// <exception cref="BpfFormatException">Not a multiple of 8 bytes, or no program that could run.</exception>
    public static BpfProgram FromSeccomp(ReadOnlySpan<byte> bytes) =>
        Translate(ClassicInstruction.Parse(bytes), ClassicDialect.Seccomp);

    /// <summary>Translates a program.</summary>
    /// <param name="instructions">The classic program.</param>
    /// <param name="dialect">What it reads.</param>
    /// <returns>A program for a context that is the packet or the message itself.</returns>
    /// <exception cref="BpfFormatException">An instruction that does not exist, a jump outside, no return at the
    /// end.</exception>
    internal static BpfProgram Translate(
        ReadOnlySpan<ClassicInstruction> instructions, ClassicDialect dialect = ClassicDialect.Packet)
    {
        if (instructions.Length is 0 or > InstructionCountMax)
        {
            throw new BpfFormatException($"classic program: {instructions.Length} instructions, must be 1 to "
                + $"{InstructionCountMax}");
        }

        if ((instructions[^1].Code & 7) != 6)
        {
            throw Wrong(instructions.Length - 1, "the last instruction must be a return");
        }

        var text = new StringBuilder("r6 = r1\nr8 = r2\nr7 = 0\n");
        for (var word = 0; word < ScratchWords / 2; word++)
        {
            text.Append(CultureInfo.InvariantCulture, $"*(u64 *)(r10 - {64 - (8 * word)}) = 0\n");
        }

        for (var i = 0; i < instructions.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"i{i}:\n");
            var line = Line(i, instructions[i], instructions.Length, dialect);
            text.Append(line).Append('\n');
        }

        return Assembler.Assemble(text.ToString());
    }

    private static string Line(int index, ClassicInstruction one, int count, ClassicDialect dialect)
    {
        var k = one.K;
        return (one.Code & 7) switch
        {
            0 => Load(index, one, dialect),
            1 => LoadX(index, one, dialect),
            2 when one.Code == 2 => $"*(u32 *)(r10 - {Scratch(index, k)}) = w0",
            3 when one.Code == 3 => $"*(u32 *)(r10 - {Scratch(index, k)}) = w7",
            4 => Arithmetic(index, one),
            5 => Jump(index, one, count),
            6 when one.Code == 6 => $"w0 = {k}\nexit",
            6 when one.Code == 0x16 => "exit",
            7 when one.Code == 7 => "w7 = w0",
            7 when one.Code == 0x87 => "w0 = w7",
            _ => throw Unknown(index, one),
        };
    }

    private static string Load(int index, ClassicInstruction one, ClassicDialect dialect)
    {
        var type = (one.Code & 0x18) switch { 0 => "u32", 8 => "u16", 0x10 => "u8", _ => throw Unknown(index, one) };
        switch (one.Code & 0xe0)
        {
            case 0 when one.Code == 0: return $"w0 = {one.K}";
            case 0x20 when dialect == ClassicDialect.Seccomp:
                return one.Code == 0x20 && one.K % 4 == 0 && one.K <= SeccompBytes - 4
                    ? $"w0 = *(u32 *)(r6 + {one.K})"
                    : throw Wrong(index, $"loads {type} at {one.K}, must be a word at a multiple of 4 below "
                        + $"{SeccompBytes}");
            case 0x20: return $"r0 = *({type} *)skb[{Offset(index, one.K)}]";
            case 0x40 when dialect == ClassicDialect.Packet:
                // The assembler has no text for the sum, so it is made first; X keeps its value.
                return $"w9 = w7\nw9 += {Offset(index, one.K)}\nif w9 < w7 goto +1\ngoto +2\nw0 = 0\nexit\nr0 = "
                    + $"*({type} *)skb[r9]";
            case 0x60 when one.Code == 0x60: return $"w0 = *(u32 *)(r10 - {Scratch(index, one.K)})";
            case 0x80 when one.Code == 0x80: return "w0 = w8";
            default: throw Unknown(index, one);
        }
    }

    private static string LoadX(int index, ClassicInstruction one, ClassicDialect dialect) => one.Code switch
    {
        1 => $"w7 = {one.K}",
        0x61 => $"w7 = *(u32 *)(r10 - {Scratch(index, one.K)})",
        0x81 => "w7 = w8",
        0xb1 when dialect == ClassicDialect.Packet =>
            $"w9 = w0\nr0 = *(u8 *)skb[{Offset(index, one.K)}]\nw0 &= 15\nw0 <<= 2\nw7 = w0\nw0 = w9",
        _ => throw Unknown(index, one),
    };

    private static string Arithmetic(int index, ClassicInstruction one)
    {
        var operation = one.Code >> 4;
        if (one.Code > 0xff || operation >= Operators.Length)
        {
            throw Unknown(index, one);
        }

        var symbol = Operators[operation];
        var isX = (one.Code & 8) != 0;
        if (symbol == "neg")
        {
            return isX ? throw Unknown(index, one) : "w0 = -w0";
        }

        var isDivision = symbol is "/=" or "%=";
        if (!isX && ((isDivision && one.K == 0) || (symbol is "<<=" or ">>=" && one.K > 31)))
        {
            throw Wrong(index, $"A {symbol} {one.K}");
        }

        return !isX ? $"w0 {symbol} {one.K}" : isDivision
            ? $"if w7 != 0 goto +2\nw0 = 0\nexit\nw0 {symbol} w7" : $"w0 {symbol} w7";
    }

    private static string Jump(int index, ClassicInstruction one, int count)
    {
        string Target(long distance) => index + 1 + distance < count ? $"i{index + 1 + distance}"
            : throw Wrong(index, $"jumps to {index + 1 + distance}, must be below {count}");
        if (one.Code == 5)
        {
            return $"gotol {Target(one.K)}";
        }

        var source = (one.Code & 8) != 0 ? "w7" : one.K.ToString(CultureInfo.InvariantCulture);
        var symbol = (one.Code & ~8) switch
        {
            0x15 => "==",
            0x25 => ">",
            0x35 => ">=",
            0x45 => "&",
            _ => throw Unknown(index, one),
        };
        return $"if w0 {symbol} {source} goto {Target(one.JumpTrue)}\ngoto {Target(one.JumpFalse)}";
    }

    private static long Scratch(int index, uint word) => word < ScratchWords ? 64 - (4 * (long)word)
        : throw Wrong(index, $"scratch word {word}, must be 0 to {ScratchWords - 1}");

    // Offsets from 2^31 on are Linux's extensions (protocol, interface, VLAN tag): nothing that a packet holds.
    private static uint Offset(int index, uint offset) => offset <= int.MaxValue ? offset
        : throw Wrong(index, $"loads from 0x{offset:x}, an extension of one kernel");

    private static BpfFormatException Unknown(int index, ClassicInstruction one) =>
        Wrong(index, $"code 0x{one.Code:x2} is not an instruction here");

    private static BpfFormatException Wrong(int index, string what) =>
        new($"classic instruction {index}: {what}", index);
}
