using System.Globalization;
using System.Text;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>Prints programs in the text form of LLVM's assembler, as llvm-objdump does for -mcpu=v4.</summary>
public static class Disassembler
{
    /// <summary>Prints one instruction.</summary>
    /// <param name="slot">Its first slot.</param>
    /// <param name="next">The slot after it, which a 64-bit immediate needs; default otherwise.</param>
    /// <returns>Its text without address or label; <c>&lt;unknown&gt;</c> if no row of the ISA fits.</returns>
    public static string Format(Instruction slot, Instruction next = default)
    {
        if (OpcodeTable.Find(slot) is not { } row)
        {
            return "<unknown>";
        }

        var text = new StringBuilder();
        var syntax = row.Syntax[0];
        for (var i = 0; i < syntax.Length; i++)
        {
            if (syntax[i] != '%' || syntax[i + 1] is '=' or ' ')
            {
                text.Append(syntax[i]);
                continue;
            }

            _ = syntax[++i] switch
            {
                'd' => text.Append(CultureInfo.InvariantCulture, $"r{slot.Destination}"),
                's' => text.Append(CultureInfo.InvariantCulture, $"r{slot.Source}"),
                'D' => text.Append(CultureInfo.InvariantCulture, $"w{slot.Destination}"),
                'S' => text.Append(CultureInfo.InvariantCulture, $"w{slot.Source}"),
                'o' => text.Append(slot.Offset < 0 ? "- " : "+ ").Append(Hex(Math.Abs((int)slot.Offset))),
                'j' => text.Append(slot.Offset < 0 ? "" : "+").Append(Hex(slot.Offset)),
                'J' => text.Append(slot.Immediate < 0 ? "" : "+").Append(Hex(slot.Immediate)),
                'u' => text.Append(Hex((uint)slot.Immediate)),
                'L' => text.Append(Hex((long)((uint)slot.Immediate | ((ulong)(uint)next.Immediate << 32)))),
                _ => text.Append(Hex(slot.Immediate)),
            };
        }

        return text.ToString();
    }

    /// <summary>Prints a program: a line an instruction, with labels for its local functions.</summary>
    /// <param name="program">The program.</param>
    /// <returns>Text that <see cref="Assembler.Assemble"/> turns into the same bytes.</returns>
    public static string Format(BpfProgram program)
    {
        var text = new StringBuilder();
        var slots = program.Instructions;
        var functions = new SortedSet<int>();
        for (var i = 0; i < slots.Length; i++)
        {
            if (program.Ops[i] == Op.CallLocal)
            {
                functions.Add(program.Target(i));
            }
        }

        for (var i = 0; i < slots.Length; i++)
        {
            if (functions.Contains(i))
            {
                text.Append(CultureInfo.InvariantCulture, $"function_{i}:\n");
            }

            if (program.Ops[i] == Op.CallLocal)
            {
                text.Append(CultureInfo.InvariantCulture, $"call function_{program.Target(i)}\n");
            }
            else if (program.Ops[i] != BpfProgram.SecondHalf)
            {
                text.Append(Format(slots[i], i + 1 < slots.Length ? slots[i + 1] : default)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Hex(long value) => value < 0
        ? string.Create(CultureInfo.InvariantCulture, $"-0x{unchecked((ulong)-value):x}")
        : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
}
