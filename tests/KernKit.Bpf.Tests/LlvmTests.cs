using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Tests;

/// <summary>LLVM's own assembler and disassembler agree with ours on every row of the table.</summary>
public sealed partial class LlvmTests
{
    private const int InstructionsPerRow = 12;

    [Fact]
    public void Disassembly_equals_llvm_objdump()
    {
        var slots = Samples(1).ToList();
        var assembly = new StringBuilder(".text\n");
        foreach (var slot in slots)
        {
            assembly.Append(".byte ").AppendJoin(',', Bytes(slot)).Append('\n');
        }

        var expected = Dump(assembly.ToString()).Select(row => row.Text).ToList();
        var actual = new List<string>();
        for (var i = 0; i < slots.Count; i++)
        {
            actual.Add(Disassembler.Format(slots[i], i + 1 < slots.Count ? slots[i + 1] : default));
            i += slots[i].Opcode == 0x18 ? 1 : 0;
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Assembly_equals_llvm_mc()
    {
        // LLVM takes back neither every ld_pseudo nor the far gotol that it prints.
        var lines = new List<string>();
        var samples = Samples(2).ToList();
        for (var i = 0; i < samples.Count; i++)
        {
            lines.Add(Disassembler.Format(samples[i], i + 1 < samples.Count ? samples[i + 1] : default));
            i += samples[i].Opcode == 0x18 ? 1 : 0;
        }

        lines = [.. lines.Where(line => !Refused().IsMatch(line))];
        foreach (var row in OpcodeTable.Rows.Where(row => row.Syntax.Length > 1))
        {
            lines.Add(row.Syntax[1].Replace("%d", "r3", StringComparison.Ordinal)
                .Replace("%s", "r4", StringComparison.Ordinal)
                .Replace("%o", "- 8", StringComparison.Ordinal));
        }

        var text = string.Join('\n', lines) + "\n";
        var expected = Convert.FromHexString(string.Concat(Dump(text).Select(row => row.Hex)));
        Assert.Equal(expected, Encode(text));
    }

    [Fact]
    public void Labels_and_distances_equal_llvm_mc()
    {
        const string Text = "start:\n if r1 == 5 goto end\n r2 = 1\nloop: r2 += 1; if w2 s< 10 goto loop\n"
            + " call 6 # comment\n gotol end\n goto start\n goto +1 // more\n /* block\n comment */ goto -2\n"
            + "end: exit\n";
        var expected = Convert.FromHexString(string.Concat(Dump(Text).Select(row => row.Hex)));
        Assert.Equal(expected, Assembler.Assemble(Text).ToBytes());
    }

    private static IEnumerable<Instruction> Samples(int seed)
    {
        var random = new Random(seed);
        foreach (var row in OpcodeTable.Rows)
        {
            for (var i = 0; i < InstructionsPerRow; i++)
            {
                yield return RandomInstructions.Any(row, random);
                if (row.Op.IsWide())
                {
                    yield return new Instruction(0, 0, 0, 0, RandomInstructions.Number(random));
                }
            }
        }
    }

    // Jumps of samples go anywhere, so the statements are assembled one by one, each made a whole program around it.
    private static byte[] Encode(string text)
    {
        var bytes = new List<byte>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.AddRange(Assembler.Statement(line).SelectMany(Bytes));
        }

        return [.. bytes];
    }

    private static byte[] Bytes(Instruction slot)
    {
        var bytes = new byte[Instruction.SizeBytes];
        slot.Write(bytes);
        return bytes;
    }

    private static List<(string Hex, string Text)> Dump(string assembly)
    {
        var directory = Directory.CreateTempSubdirectory("kernkit-bpf-");
        try
        {
            var source = Path.Combine(directory.FullName, "a.s");
            var target = Path.Combine(directory.FullName, "a.o");
            File.WriteAllText(source, assembly);
            Run("llvm-mc-19", "-triple", "bpfel", "-mcpu=v4", "-filetype=obj", source, "-o", target);
            var rows = new List<(string, string)>();
            foreach (var line in Run("llvm-objdump-19", "-d", "--mcpu=v4", target).Split('\n'))
            {
                if (DumpLine().Match(line) is { Success: true } match)
                {
                    var text = Label().Replace(match.Groups[2].Value, "").Replace('\t', ' ').TrimEnd();
                    rows.Add((match.Groups[1].Value.Replace(" ", "", StringComparison.Ordinal), text));
                }
            }

            return rows;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{program}: {error.Result}"));
        return output;
    }

    [GeneratedRegex(@"^ +\d+:\s((?:[0-9a-f]{2} )+|(?:[0-9a-f]{2} )*[0-9a-f]{2})\s(.*)$")]
    private static partial Regex DumpLine();

    [GeneratedRegex(@" <\S+>$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^ld_pseudo|^gotol [+-]0x\w{4,}")]
    private static partial Regex Refused();
}
