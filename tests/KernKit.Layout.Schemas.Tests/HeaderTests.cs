using System.Text;
using System.Text.RegularExpressions;
using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.C;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>The C that comes out of schemas, given to C compilers.</summary>
public sealed partial class HeaderTests
{
    [Fact]
    public void Both_widths_of_gcc_are_there()
    {
        string[] names = [.. CompilerSet.All.Select(static compiler => compiler.Name)];
        Assert.Contains("gcc -m64", names);
        Assert.Contains("gcc -m32", names);
    }

    [Fact]
    public void Every_schema_is_proved_by_every_C_compiler()
    {
        foreach (string schema in Schemas.All)
        {
            string header = Schemas.Header(schema);
            Assert.Equal(Regex.Count(header, "_Static_assert"), Assertion().Count(header));
            foreach (CCompiler compiler in CompilerSet.All.Take(2))
            {
                Assert.True(compiler.Refuses(header) is null, $"{schema}: {compiler.Refuses(header)}");
            }
        }
    }

    [Fact]
    public void All_headers_can_be_included_together_twice()
    {
        string folder = Directory.CreateTempSubdirectory("kernkit-headers-").FullName;
        try
        {
            var source = new StringBuilder();
            foreach (string schema in Schemas.All)
            {
                string name = schema.Replace('/', '_') + ".h";
                File.WriteAllText(Path.Combine(folder, name), Schemas.Header(schema));
                source.Append("#include \"").Append(name).Append("\"\n");
            }

            source.Append(new StringBuilder().Append(source));
            foreach (CCompiler compiler in CompilerSet.All)
            {
                Assert.Null(compiler.Refuses(source + "extern int x;\n", folder));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_member_that_alignment_would_move_stands_as_bytes_and_has_an_accessor()
    {
        string header = HeaderOf("order be; struct x size 16 { u8 a; u32 b; s24 c; u64 d; }");
        Assert.Contains("uint8_t b[4];", header, StringComparison.Ordinal);
        Assert.Contains("uint8_t c[3];", header, StringComparison.Ordinal);
        Assert.Contains("uint64_t d;", header, StringComparison.Ordinal);
        string output = CompilerSet.RunC(header + """

            #include <stdio.h>
            int main(void)
            {
                unsigned char bytes[16] = { 1, 0x80, 2, 3, 4, 0xff, 0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8 };
                printf("%x %d %llx\n", t_x_get_b(bytes), t_x_get_c(bytes), (unsigned long long)t_x_get_d(bytes));
                t_x_set_c(bytes, -8388608);
                t_x_set_b(bytes, 0x01020304);
                printf("%02x%02x%02x%02x %02x%02x%02x\n",
                    bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
                printf("%d\n", t_x_get_c(bytes));
                return 0;
            }

            """);
        Assert.Equal("80020304 -2 102030405060708\n01020304 800000\n-8388608\n", output);
    }

    [Fact]
    public void A_structure_of_both_orders_takes_the_order_as_an_argument()
    {
        string header =
            HeaderOf("param order O; struct x { u16 a; s32 b[2]; le32 c; bits m : u16 lsb { p : 4; q : 12 << 2; } }");
        string output = CompilerSet.RunC(header + """

            #include <stdio.h>
            int main(void)
            {
                unsigned char bytes[16] = { 1, 2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe, 1, 0, 0, 0, 0x12, 0x34 };
                printf("%x %x %d %d %u\n", t_x_get_a(bytes, false), t_x_get_a(bytes, true),
                    t_x_get_b(bytes, 0, true), t_x_get_b(bytes, 1, true), t_x_get_c(bytes));
                uint16_t m = t_x_get_m(bytes, true);
                printf("%x %x\n", (unsigned)t_x_m_get_p(m), (unsigned)t_x_m_get_q(m));
                t_x_set_m(bytes, true, t_x_m_with_q(m, 0xabc << 2));
                printf("%02x%02x\n", bytes[14], bytes[15]);
                return 0;
            }

            """);
        Assert.Equal("201 102 1 -2 1\n4 48c\nabc4\n", output);
    }

    [Fact]
    public void Overlaps_are_unions_of_lanes_with_every_offset_proved()
    {
        string header = HeaderOf("""
            order le;
            struct x size 40 {
                u32 a;
                overlay { struct { u64 b; u32 c; } struct { u32 d; pad 4; u16 e; u8 f[2]; } u8 g[12]; }
                u64 h, i; u32 j;
                pad 4;
            }
            """);
        Assert.Contains("union {", header, StringComparison.Ordinal);
        Assert.Contains("_Static_assert(offsetof(struct t_x, e) == 12, \"t_x.e\");", header, StringComparison.Ordinal);
        foreach (CCompiler compiler in CompilerSet.All)
        {
            Assert.Null(compiler.Refuses(header));
        }
    }

    [Fact]
    public void Constants_and_members_of_enums_keep_their_values_in_C()
    {
        string header = HeaderOf("""
            const TOP = 0xffff_ffff_ffff_ffff; const LOW = -(1 << 63); const SMALL = -5;
            enum e : s64 { MINUS = -9_000_000_000, BIG = 0x7fff_ffff_ffff_ffff }
            flags f : u32 { HIGH = 0x8000_0000 }
            struct x { u8 a; }
            """);
        string output = CompilerSet.RunC(header + """

            #include <stdio.h>
            int main(void)
            {
                printf("%llx %lld %d %lld %lld %u\n", (unsigned long long)T_TOP, (long long)T_LOW, T_SMALL,
                    (long long)T_E_MINUS, (long long)T_E_BIG, T_F_HIGH);
                return 0;
            }

            """);
        string expected = "ffffffffffffffff -9223372036854775808 -5 -9000000000 9223372036854775807 2147483648\n";
        Assert.Equal(expected, output);
    }

    [Fact]
    public void Names_and_comments_that_C_would_misread_are_made_harmless()
    {
        string header = HeaderOf("""
            order le;
            /// Ends here */ int x; /* and a \
            struct x { u32 default; u32 class, pad0; pad 4; /// what */ else
            }
            """);
        Assert.Contains("uint32_t default_;", header, StringComparison.Ordinal);
        foreach (CCompiler compiler in CompilerSet.All)
        {
            Assert.Null(compiler.Refuses(header));
        }
    }

    [Fact]
    public void Records_of_run_time_length_have_their_constant_part_in_C()
    {
        string header = HeaderOf("""
            order le;
            struct x { u32 a; u16 n; within (n bytes) { u8 k; pad 1; u32 tail[k]; pad rest; } }
            struct only { u8 all[] until end; }
            """);
        Assert.Contains("uint32_t tail[];", header, StringComparison.Ordinal);
        Assert.Contains("T_X_MIN_SIZE", header, StringComparison.Ordinal);
        foreach (CCompiler compiler in CompilerSet.All)
        {
            Assert.Null(compiler.Refuses(header));
        }
    }

    [Fact]
    public void Random_structures_stand_in_C_as_they_stand_in_the_schema()
    {
        var random = new Random(11);
        var text = new StringBuilder("order be;\n");
        string[] types = ["u8", "s16", "u24", "u32", "s40", "u48", "s56", "u64", "le32", "char"];
        for (int i = 0; i < 80; i++)
        {
            text.Append("struct st").Append(i).Append(" { ");
            for (int k = 0; k < random.Next(1, 10); k++)
            {
                AddMember(random, text, types, i, k);
            }

            text.Append("u8 last; }\n");
        }

        string header = HeaderOf(text.ToString());
        foreach (CCompiler compiler in CompilerSet.All)
        {
            Assert.Null(compiler.Refuses(header));
        }
    }

    private static void AddMember(Random random, StringBuilder text, string[] types, int i, int k)
    {
        string type = i > 0 && random.Next(5) == 0 ? $"st{random.Next(i)}" : types[random.Next(types.Length)];
        string count = random.Next(3) == 0 ? $"[{random.Next(1, 4)}]" : "";
        switch (random.Next(5))
        {
            case 0:
                text.Append($"pad {random.Next(1, 9)}; ");
                break;
            case 1:
                string other = types[random.Next(types.Length)];
                text.Append($"overlay {{ {type} o{k}{count}; struct {{ {other} p{k}; u8 q{k}; {other} r{k}; }} }} ");
                break;
            default:
                text.Append($"{type} f{k}{count}; ");
                break;
        }
    }

    private static string HeaderOf(string text)
    {
        CompileResult result = LayoutHeader.Compile("t.layout", _ => "layout 1; namespace t; " + text);
        Assert.Empty(result.Diagnostics);
        return Assert.Single(result.Outputs).Value;
    }

    [GeneratedRegex("^_Static_assert\\((offsetof|sizeof)\\(.*\\) == [0-9]+, \"[^\"]+\"\\);$", RegexOptions.Multiline)]
    private static partial Regex Assertion();
}
