using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Sizes and offsets against gcc's: random structures, packed, and natural with padding stated.</summary>
public sealed partial class CompilerOfCTests
{
    private static readonly (string Name, string C, int Size)[] Scalars =
    [
        ("u8", "unsigned char", 1), ("s8", "signed char", 1), ("u16", "unsigned short", 2), ("s16", "short", 2),
        ("u32", "unsigned int", 4), ("s32", "int", 4), ("u64", "unsigned long", 8), ("s64", "long", 8),
    ];

    [Fact]
    public void Sizes_and_offsets_are_those_of_gcc()
    {
        var random = new Random(20);
        var schema = new StringBuilder("layout 1; namespace t; order le;\n");
        var c = new StringBuilder("#include <stddef.h>\n#include <stdio.h>\n");
        var print = new StringBuilder("int main(void) {\n");
        for (int i = 0; i < 60; i++)
        {
            AddStructure(random, i, schema, c, print);
        }

        string gcc = RunC(c + print.ToString() + "return 0; }\n");
        CompileResult result = Schema.Compile(schema.ToString());
        Assert.Empty(result.Diagnostics);
        Assert.Equal(gcc, Ours(result));
    }

    /// <summary>One structure twice: packed, and natural with the padding that C adds written down.</summary>
    private static void AddStructure(Random random, int i, StringBuilder schema, StringBuilder c, StringBuilder print)
    {
        bool isPacked = i % 2 == 0;
        var members = new StringBuilder();
        var fields = new StringBuilder();
        int at = 0;
        int alignmentMax = 1;
        int count = random.Next(1, 12);
        for (int k = 0; k < count; k++)
        {
            (string type, string cType, int size, int alignment, int elements) = Pick(random, i);
            int padding = isPacked ? 0 : (alignment - (at % alignment)) % alignment;
            members.Append(CultureInfo.InvariantCulture, $"{(padding > 0 ? $"pad {padding}; " : "")}{type} f{k}");
            members.Append(elements > 1 ? $"[{elements}]; " : "; ");
            fields.Append(CultureInfo.InvariantCulture, $"{cType} f{k}{(elements > 1 ? $"[{elements}]" : "")}; ");
            print.Append(CultureInfo.InvariantCulture, $"printf(\"S{i} F{k} %zu\\n\", offsetof(struct s{i}, f{k}));\n");
            at += padding + (size * elements);
            alignmentMax = isPacked ? 1 : Math.Max(alignmentMax, alignment);
        }

        int tail = (alignmentMax - (at % alignmentMax)) % alignmentMax;
        members.Append(tail > 0 ? $"pad {tail};" : "");
        Known[i] = (at + tail, alignmentMax);
        schema.Append(CultureInfo.InvariantCulture, $"struct st{i} size {at + tail} {{ {members} }}\n");
        string attribute = isPacked ? " __attribute__((packed))" : "";
        c.Append(CultureInfo.InvariantCulture, $"struct s{i} {{ {fields} }}{attribute};\n");
        print.Append(CultureInfo.InvariantCulture, $"printf(\"S{i} size %zu\\n\", sizeof(struct s{i}));\n");
    }

    private static readonly Dictionary<int, (int Size, int Alignment)> Known = [];

    private static (string Type, string C, int Size, int Alignment, int Elements) Pick(Random random, int i)
    {
        int elements = random.Next(4) == 0 ? random.Next(2, 6) : 1;
        if (i > 0 && random.Next(5) == 0)
        {
            int inner = random.Next(i);
            return ($"st{inner}", $"struct s{inner}", Known[inner].Size, Known[inner].Alignment, elements);
        }

        (string name, string cName, int size) = Scalars[random.Next(Scalars.Length)];
        return (name, cName, size, size, elements);
    }

    /// <summary>What the generated constants say, in the form of the C program's output.</summary>
    private static string Ours(CompileResult result)
    {
        var text = new StringBuilder();
        for (int i = 0; i < 60; i++)
        {
            string view = result.Outputs[$"T/St{i}.g.cs"];
            string offsets = view[view.IndexOf("class Offsets", StringComparison.Ordinal)..];
            foreach (Match match in Offset().Matches(offsets[..offsets.IndexOf("\n}\n", StringComparison.Ordinal)]))
            {
                text.Append(CultureInfo.InvariantCulture, $"S{i} {match.Groups[1].Value} {match.Groups[2].Value}\n");
            }

            string size = Size().Match(view).Groups[1].Value;
            text.Append(CultureInfo.InvariantCulture, $"S{i} size {size}\n");
        }

        return text.ToString();
    }

    [GeneratedRegex("const int (F[0-9]+) = ([0-9]+);")]
    private static partial Regex Offset();

    [GeneratedRegex("const int Size = ([0-9]+);")]
    private static partial Regex Size();

    private static string RunC(string source)
    {
        string folder = Directory.CreateTempSubdirectory("kernkit-layout-").FullName;
        try
        {
            string file = Path.Combine(folder, "offsets.c");
            string program = Path.Combine(folder, "offsets");
            File.WriteAllText(file, source);
            Run("gcc", "-o", program, file);
            return Run(program);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}");
        return output;
    }
}
