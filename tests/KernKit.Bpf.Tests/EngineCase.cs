using System.Globalization;

namespace KernKit.Bpf.Tests;

/// <summary>One case of a data file: a program, its memory, and what must come out.</summary>
/// <remarks>
/// <code>
/// test NAME            begins a case
/// mem 00 11 22         memory for r1, r2; empty if absent
/// cpu 3                newest cpu version; 4 if absent
/// hex 95 00 ...        a slot, instead of assembly
/// r0 = 1               assembly
/// row S ; A ; B => X   a whole case: statement S with r0 = A, r1 = B before; X is r0, or 1 where S jumps to "taken"
/// => 0x1               the result; or "fault KIND at N", "fuel at N", "reject TEXT"
/// </code>
/// </remarks>
public sealed record EngineCase(string Name, string Assembly, byte[] Code, byte[] Memory, int CpuVersion,
    string Expected)
{
    public static List<EngineCase> Read()
    {
        var cases = new List<EngineCase>();
        foreach (var file in Directory.GetFiles(Path.Join(AppContext.BaseDirectory, "data"), "*.txt")
            .Order(StringComparer.Ordinal))
        {
            Read(file, cases);
        }

        return cases;
    }

    public BpfProgram Load()
    {
        var options = new LoadOptions { CpuVersion = CpuVersion };
        return Code.Length > 0 ? BpfProgram.Load(Code, options) : Assembler.Assemble(Assembly, options);
    }

    private static void Read(string file, List<EngineCase> cases)
    {
        var (name, assembly, code, memory, cpu) = ("", "", "", "", 4);
        foreach (var line in File.ReadLines(file))
        {
            var text = line.Trim();
            var (word, rest) = text.Split(' ', 2) is [var first, var second] ? (first, second) : (text, "");
            switch (word)
            {
                case "test": (name, assembly, code, memory, cpu) = (rest, "", "", "", 4); break;
                case "" or "#": break;
                case "row": cases.Add(Row(Path.GetFileNameWithoutExtension(file), rest)); break;
                case "mem": memory += rest; break;
                case "hex": code += rest; break;
                case "cpu": cpu = int.Parse(rest, CultureInfo.InvariantCulture); break;
                case "=>":
                    cases.Add(new EngineCase(
                        $"{Path.GetFileNameWithoutExtension(file)}: {name}", assembly, Bytes(code), Bytes(memory),
                            cpu, rest));
                    break;
                default: assembly += text + "\n"; break;
            }
        }
    }

    private static EngineCase Row(string file, string text)
    {
        var parts = text.Split(" => ");
        var columns = parts[0].Split(" ; ");
        var end = columns[0].Contains("taken", StringComparison.Ordinal)
            ? "r0 = 0\nexit\ntaken: r0 = 1\nexit\n" : "exit\n";
        var assembly = $"r0 = {columns[1]} ll\nr1 = {columns[2]} ll\n{columns[0]}\n{end}";
        return new EngineCase($"{file}: {parts[0]}", assembly, [], [], 4, parts[1]);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
