using System.Globalization;
using System.Text;

namespace KernKit.Bpf.Tests;

/// <summary>Random programs of what compilers put in a row: what the interpreter fuses, and almost that.</summary>
internal static class RandomIdioms
{
    private static readonly string[] Operators = ["+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>=", "s>>="];
    private static readonly string[] Conditions = ["==", "!=", "<", "<=", ">", ">=", "s<", "s<=", "s>", "s>=", "&"];
    private static readonly string[] Sizes = ["u8", "u16", "u32", "u64"];

    /// <summary>Makes a program of some groups of instructions; r1 stays the context's address.</summary>
    public static BpfProgram Make(Random random, int groups)
    {
        var lines = new List<string>();
        for (var register = 0; register < 10; register++)
        {
            lines.Add(register is 1 ? "r1 = r1" : $"r{register} = {random.Next(0, 40)}");
        }

        for (var i = 0; i < groups; i++)
        {
            lines.AddRange(Group(random));
        }

        var text = new StringBuilder();
        for (var i = 0; i < lines.Count; i++)
        {
            // Most jumps go a little forwards, also into the middle of groups; a few go back.
            var distance = random.Next(8) == 0 ? -random.Next(1, 12) : random.Next(1, 7);
            var target = Math.Clamp(i + distance, 10, lines.Count);
            var line = lines[i].Replace("L?", $"L{target}", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"L{i}: {line}\n");
        }

        return Assembler.Assemble(text.Append(CultureInfo.InvariantCulture, $"L{lines.Count}: exit\n").ToString());
    }

    private static string[] Group(Random random)
    {
        var (a, b, c) = (Register(random), Register(random), Register(random));
        var half = random.Next(2) == 0;
        var (wa, wb) = (half ? $"w{a}" : $"r{a}", half ? $"w{b}" : $"r{b}");
        var size = Sizes[random.Next(4)];
        var offset = random.Next(-1, 20);
        var high = random.Next(2);
        return random.Next(10) switch
        {
            0 => [$"{wa} = {wb}", Operation(random, a, c)],
            1 => [$"r{a} = r1", $"r{a} += r{b}", $"r{(high == 0 ? a : c)} = *({size} *)(r{a}{At(offset)})"],
            2 => [$"r{a} = *({size} *)(r1{At(offset)})", Jump(random, a)],
            3 => [$"if {wa} {Conditions[random.Next(11)]} {random.Next(9)} goto +1", "goto L?"],
            4 => [$"r{a} += {random.Next(-3, 9)}", $"r{b} += {Operand(random, c)}", Jump(random, b)],
            5 => [
                $"r{a} = *(u8 *)(r1{At(offset + high)})", $"r{b} = *(u8 *)(r1{At(offset + 1 - high)})",
                $"w{(high == 1 ? b : a)} <<= {(random.Next(5) == 0 ? 7 : 8)}",
                $"w{(high == 1 ? b : a)} |= w{(high == 1 ? a : b)}"],
            6 => [$"w{a} <<= {random.Next(33) & 31}", $"w{a} |= w{b}", $"w{a} &= 0xffff", Jump(random, a)],
            7 => [$"{wa} = {wb}", $"r{a} &= {random.Next(0, 300)}", Jump(random, a)],
            8 => [$"r{a} = r{b}", $"r{c} = r{a}"],
            _ => [$"*({size} *)(r1{At(offset)}) = {Operand(random, a)}", $"r{b} += r{b}", Jump(random, b)],
        };
    }

    private static int Register(Random random) => random.Next(9) is var register && register >= 1
        ? register + 1 : register;

    private static string At(int offset) => offset < 0 ? $" - {-offset}" : $" + {offset}";

    private static string Operation(Random random, int a, int c)
    {
        var operand = Operand(random, c);
        var name = random.Next(2) == 0 ? "r" : "w";
        operand = operand.Replace("r", name, StringComparison.Ordinal);
        return $"{name}{a} {Operators[random.Next(Operators.Length)]} {operand}";
    }

    private static string Operand(Random random, int register) =>
        random.Next(2) == 0 ? $"r{register}" : $"{random.Next(-2, 40)}";

    private static string Jump(Random random, int register) =>
        $"if {(random.Next(2) == 0 ? "w" : "r")}{register} {Conditions[random.Next(random.Next(2) == 0 ? 3 : 11)]} "
        + $"{random.Next(0, 12)} goto L?";
}
