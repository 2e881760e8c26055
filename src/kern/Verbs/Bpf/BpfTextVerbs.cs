using System.CommandLine;
using System.Text;
using KernKit.Bpf;
using KernKit.Command.Output;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs.Bpf;

/// <summary><c>kern bpf asm</c> and <c>kern bpf disasm</c>: between text and bytes, in LLVM's form.</summary>
internal static class BpfTextVerbs
{
    private const string HexName = "--hex";
    private const string OutputName = "--output";

    /// <summary>Makes <c>asm</c>.</summary>
    public static ShellCommand CreateAssemble(CommandHost host)
    {
        var command = new ShellCommand("asm", "Assemble a program; its bytes go to standard output.")
        {
            BpfVerb.File("Assembly in LLVM's form; - reads standard input."),
            new Option<bool>(HexName) { Description = "Write hexadecimal digits, one line." },
            new Option<string?>(OutputName, "-o") { Description = "Write to a file instead.", HelpName = "FILE" },
        };
        command.SetAction(parsed => BpfVerb.Run(host, parsed, Assemble));
        return command;
    }

    /// <summary>Makes <c>disasm</c>.</summary>
    public static ShellCommand CreateDisassemble(CommandHost host)
    {
        var command = new ShellCommand("disasm", "Print the instructions of a program.")
        {
            BpfVerb.File("Instructions as bytes, or a clang object; - reads standard input."),
            new Option<bool>(HexName) { Description = "FILE holds hexadecimal digits." },
            CommonOptions.Json(),
        };
        command.SetAction(parsed => BpfVerb.Run(host, parsed, Disassemble));
        return command;
    }

    private static int Assemble(Session session)
    {
        var file = session.Arguments.GetRequiredValue<string>(BpfVerb.FileName);
        var bytes = Assembler.Assemble(Encoding.UTF8.GetString(BpfVerb.Read(file))).ToBytes();
        if (session.Arguments.GetValue<bool>(HexName))
        {
            bytes = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes) + "\n");
        }

        if (session.Arguments.GetValue<string?>(OutputName) is { } target)
        {
            File.WriteAllBytes(target, bytes);
        }
        else
        {
            session.Output.Write(bytes);
        }

        return ExitStatus.Done;
    }

    private static int Disassemble(Session session)
    {
        var file = session.Arguments.GetRequiredValue<string>(BpfVerb.FileName);
        var bytes = BpfVerb.Read(file);
        if (session.Arguments.GetValue<bool>(HexName))
        {
            bytes = Digits(file, bytes);
        }

        if (BpfObject.IsObject(bytes))
        {
            foreach (var program in BpfObject.Load(bytes).Programs)
            {
                if (!session.Json)
                {
                    session.Output.WriteText($"{program.Section}/{program.Name}:\n");
                }

                Print(session, program.Program);
            }

            return ExitStatus.Done;
        }

        Print(session, BpfProgram.Load(bytes));
        return ExitStatus.Done;
    }

    private static byte[] Digits(string file, byte[] text)
    {
        try
        {
            return BpfVerb.FromHex(Encoding.ASCII.GetString(text));
        }
        catch (FormatException)
        {
            throw BpfVerb.Refused(file, "not an even number of hexadecimal digits");
        }
    }

    private static void Print(Session session, BpfProgram program)
    {
        if (!session.Json)
        {
            session.Output.WriteText(Disassembler.Format(program));
            return;
        }

        var slots = program.Instructions;
        for (var i = 0; i < slots.Length; i++)
        {
            var isWide = slots[i].Opcode == Instruction.WideOpcode;
            session.Output.WriteText($"{{\"slot\":{i},\"hex\":\"");
            JsonText.WriteHex(session.Output, program.ToBytes().AsSpan(i * Instruction.SizeBytes, isWide ? 16 : 8));
            session.Output.WriteText("\",\"text\":");
            JsonText.WriteString(session.Output, Disassembler.Format(slots[i], isWide ? slots[i + 1] : default));
            session.Output.WriteText("}\n");
            i += isWide ? 1 : 0;
        }
    }
}
