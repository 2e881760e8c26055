using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.C;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>C types under each ABI against the compilers that have it.</summary>
public sealed partial class AbiTests
{
    /// <summary>Which compiler has which ABI.</summary>
    private static readonly (string Abi, string Program, string Target)[] Targets =
    [
        ("lp64", "gcc", "-m64"),
        ("i386", "gcc", "-m32"),
        ("lp64", "clang", "--target=aarch64-linux-gnu"),
        ("ilp32", "clang", "--target=armv7-linux-gnueabi"),
        ("ilp32", "clang", "--target=riscv32-linux-gnu"),
        ("i386", "clang", "--target=i386-unknown-freebsd"),
        ("llp64", "clang", "--target=x86_64-pc-windows-msvc"),
        ("win32", "clang", "--target=i686-pc-windows-msvc"),
        ("lp64_be", "clang", "--target=s390x-linux-gnu"),
        ("lp64_be", "clang", "--target=powerpc64-linux-gnu"),
        ("ilp32_be", "clang", "--target=powerpc-linux-gnu"),
    ];

    private static readonly (string Schema, string C)[] Types =
    [
        ("char", "char"), ("short", "short"), ("int", "int"), ("uint", "unsigned"), ("long", "long"),
        ("ulong", "unsigned long"), ("long_long", "long long"), ("size_t", "__SIZE_TYPE__"), ("ptr", "void *"),
        ("double", "double"), ("float", "float"), ("u8", "unsigned char"), ("u16", "unsigned short"),
        ("s32", "int"), ("u64", "unsigned long long"), ("ssize_t", "__PTRDIFF_TYPE__"),
    ];

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Random_structures_lie_as_each_compiler_lays_them(int seed, bool isPacked)
    {
        var random = new Random(seed);
        var schema = new StringBuilder("layout 1; namespace t; param abi A;\n");
        var c = new StringBuilder();
        const int structures = 60;
        for (int i = 0; i < structures; i++)
        {
            bool isUnion = i % 7 == 3;
            schema.Append(CultureInfo.InvariantCulture,
                $"struct st{i} abi {(isPacked ? "packed " : "")}{{ {(isUnion ? "overlay { " : "")}");
            c.Append(CultureInfo.InvariantCulture, $"{(isUnion ? "union" : "struct")} st{i} {{ ");
            int count = random.Next(1, 9);
            for (int k = 0; k < count; k++)
            {
                AddMember(random, schema, c, i, k, allowBits: !isUnion);
            }

            for (int k = random.Next(4); k > 0 && !isUnion; k--)
            {
                AddUnnamed(random, schema, c, isPacked, k);
            }

            schema.Append(isUnion ? "} }\n" : "}\n");
            c.Append(isPacked ? "} __attribute__((packed));\n" : "};\n");
        }

        CompareAll(schema.ToString(), c.ToString(), structures);
    }

    [Fact]
    public void Hammer_pseudofs_data_is_292_bytes_packed_and_296_unpacked_on_lp64_with_every_offset_equal()
    {
        const string members = """
            u64 f0, f1, f2, f3, f4; u8 f5[16], f6[16]; s32 f7; s32 f8; char f9[64], f10[64];
            s32 f11, f12, f13, f14, f15; s32 f16[16];
            """;
        string schema = $$"""
            layout 1; namespace t; param abi A; order le;
            struct st0 abi size 292 | 296 { {{members}} }
            struct st1 abi packed fixed size 292 { {{members}} }
            """;
        CompareAll(schema, """
            struct st0 { unsigned long long f0, f1, f2, f3, f4;
                unsigned char f5[16], f6[16]; int f7, f8; char f9[64], f10[64];
                int f11, f12, f13, f14, f15, f16[16]; };
            struct __attribute__((packed)) st1 { unsigned long long f0, f1, f2, f3, f4;
                unsigned char f5[16], f6[16]; int f7, f8;
                char f9[64], f10[64]; int f11, f12, f13, f14, f15, f16[16]; };
            """, 2);
    }

    [Fact]
    public void Bit_fields_start_at_the_low_end_of_little_endian_bytes_and_at_the_high_end_of_big_endian_ones()
    {
        string header =
            HeaderOf("layout 1; namespace t; param abi A = lp64, lp64_be; struct st0 abi { u32 a : 3, b : 5, c : 24; "
            + "}");
        string output = CompilerSet.RunC(header + """

            #include <stdio.h>
            #include <string.h>
            int main(void)
            {
                unsigned char le[4] = { 0 }, be[4] = { 0 };
                struct { unsigned a : 3, b : 5, c : 24; } here = { 1, 2, 3 };
                uint32_t v = t_st0_lp64_bits0_with_a(0, 1);
                v = t_st0_lp64_bits0_with_b(v, 2);
                t_st0_lp64_set_bits0(le, t_st0_lp64_bits0_with_c(v, 3));
                v = t_st0_lp64_be_bits0_with_a(0, 1);
                v = t_st0_lp64_be_bits0_with_b(v, 2);
                t_st0_lp64_be_set_bits0(be, t_st0_lp64_be_bits0_with_c(v, 3));
                printf("%02x%02x%02x%02x %02x%02x%02x%02x %d\n",
                    le[0], le[1], le[2], le[3], be[0], be[1], be[2], be[3], memcmp(le, &here, 4));
                return 0;
            }

            """);
        Assert.Equal("11030000 22000003 0\n", output);
    }

    [Theory]
    [InlineData("struct x abi fixed { u8 a; u64 b; }",
        "KK1703: `x` is not fixed: `b` lies at 8 under lp64 and at 4 under i386")]
    [InlineData("struct x abi size 16 { u8 a; u64 b; }",
        "KK1204: `x` takes 16 under lp64 ilp32 llp64 win32, 12 under i386 i386_time64")]
    [InlineData("struct x abi { long a; } struct y { x b; }",
        "KK1701: the layout of `x` depends on the ABI; write `x_lp64`")]
    [InlineData("struct x { u32 a : 3; }", "KK1702: bit fields of C stand in structures with `abi` only")]
    [InlineData("struct x abi { u8 a : 9; }", "KK1702: 9 bits do not fit a bit field of 8 bits")]
    [InlineData("struct x abi { char a; int : 4; }", "KK1702: an unnamed bit field aligns `x` to 4 on ARM")]
    [InlineData("struct x abi { u8 n; u8 a[n]; }", "KK1701: `x` has no constant size")]
    [InlineData("struct x abi { long a; } struct x_lp64 { u8 b; }", "KK1101: ")]
    public void What_an_ABI_cannot_give_is_an_error(string text, string message)
    {
        CompileResult result = LayoutHeader.Compile("t.layout", _ => "layout 1; order le; param abi A; " + text);
        Assert.Contains(message, string.Join('\n', result.Diagnostics), StringComparison.Ordinal);
    }

    [Fact]
    public void A_structure_of_another_order_has_no_alignment_that_is_known()
    {
        CompileResult result = LayoutHeader.Compile("t.layout", static _ =>
            "layout 1; param abi A; struct in abi order be { u64 x; } struct out abi { char c; in x; }");
        Assert.Contains("KK1701: `in` is not defined for the ABI lp64", string.Join('\n', result.Diagnostics),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_bits_in_a_union_begin_where_it_begins()
    {
        CompareAll(
            """
            layout 1; namespace t; param abi A; order le;
            struct st0 abi { u8 f0; overlay { bits f1 : u32 lsb { a : 4; pad : 28; }; u8 f2; } u8 f3; }
            """,
            "struct st0 { unsigned char f0; union { unsigned f1; unsigned char f2; }; unsigned char f3; };",
            1);
    }

    [Fact]
    public void A_width_of_0_is_a_border_of_the_ABIs_alignment_in_packed_structures_too()
    {
        CompareAll(
            """
            layout 1; namespace t; param abi A = i386, i386_time64; order le;
            struct st0 abi packed { u8 f0; u64 a : 3; u64 : 0; u8 f1; }
            struct st1 abi packed { u8 f0; u16 a : 3; u16 : 0; u8 f1; u8 b : 1; int : 0; u8 f2; }
            """,
            """
            struct st0 { unsigned char f0; unsigned long long a : 3; unsigned long long : 0; unsigned char f1; }
                __attribute__((packed));
            struct st1 { unsigned char f0; unsigned short a : 3; unsigned short : 0; unsigned char f1;
                unsigned char b : 1; int : 0; unsigned char f2; } __attribute__((packed));
            """,
            2);
    }

    [Fact]
    public void A_layout_of_one_ABI_is_a_structure_of_its_own()
    {
        string header = HeaderOf("""
            layout 1; namespace t; order le; param abi A = lp64, i386;
            struct inner abi { u8 a; u64 b; }
            struct frame { u32 kind; inner_lp64 big; inner_i386 small; }
            struct outer abi { inner a; long b; }
            """);
        Assert.Contains("_Static_assert(offsetof(struct t_frame, small) == 20,", header, StringComparison.Ordinal);
        Assert.Contains("_Static_assert(sizeof(struct t_outer_lp64) == 24,", header, StringComparison.Ordinal);
        Assert.Contains("_Static_assert(sizeof(struct t_outer_i386) == 16,", header, StringComparison.Ordinal);
    }

    /// <summary>
    /// Bit fields of all types with and without a name and a width, in front of a member that is aligned as any.
    /// </summary>
    private static void AddUnnamed(Random random, StringBuilder schema, StringBuilder c, bool isPacked, int k)
    {
        (string type, string cType, int bits) = random.Next(4) switch
        {
            0 => ("u8", "unsigned char", 8),
            1 => ("u16", "unsigned short", 16),
            2 => ("int", "int", 32),
            _ => ("u64", "unsigned long long", 64),
        };
        bool isNamed = random.Next(2) == 0;

        // A packed field of 64 bits may begin in any bit, and would then lie in 9 bytes; a width of 0 aligns a packed
        // structure on some machines.
        bool isEmpty = random.Next(3) == 0 && !isNamed && (!isPacked || bits == 8);
        int width = isEmpty ? 0 : random.Next(1, isPacked && bits == 64 ? 57 : bits + 1);
        string name = isNamed ? $"n{k} " : "";
        schema.Append(CultureInfo.InvariantCulture, $"{type} {name}: {width}; u8 f10{k}; ");
        c.Append(CultureInfo.InvariantCulture, $"{cType} {name}: {width}; unsigned char f10{k}; ");
        if (k == 1)
        {
            schema.Append("u64 f200; ");
            c.Append("unsigned long long f200; ");
        }
    }

    private static void AddMember(Random random, StringBuilder schema, StringBuilder c, int i, int k, bool allowBits)
    {
        int kind = random.Next(10);
        if (kind < 2 && allowBits)
        {
            (string type, string cType, int bits) = random.Next(4) switch
            {
                0 => ("u8", "unsigned char", 8),
                1 => ("u16", "unsigned short", 16),
                2 => ("uint", "unsigned", 32),
                _ => ("int", "int", 32),
            };
            int width = random.Next(1, bits + 1);
            schema.Append(CultureInfo.InvariantCulture, $"{type} b{k} : {width}; ");
            c.Append(CultureInfo.InvariantCulture, $"{cType} b{k} : {width}; ");
            return;
        }

        string count = random.Next(4) == 0 ? $"[{random.Next(1, 4)}]" : "";
        int inner = random.Next(Math.Max(i, 1));
        if (kind == 2 && i > 0)
        {
            schema.Append(CultureInfo.InvariantCulture, $"st{inner} f{k}{count}; ");
            c.Append(CultureInfo.InvariantCulture, $"{(inner % 7 == 3 ? "union" : "struct")} st{inner} f{k}{count}; ");
            return;
        }

        (string name, string cName) = Types[random.Next(Types.Length)];
        schema.Append(CultureInfo.InvariantCulture, $"{name} f{k}{count}; ");
        c.Append(CultureInfo.InvariantCulture, $"{cName} f{k}{count}; ");
    }

    private static void CompareAll(string schema, string c, int structures)
    {
        string header = HeaderOf(schema);
        int compilers = 0;
        foreach ((string abi, string program, string target) in Targets)
        {
            CCompiler? compiler = program == "gcc" ? CCompiler.ForTarget(program, target) : Clang(target);
            Assert.True(compiler is not null || program != "gcc", "gcc is missing");
            if (compiler is null || !Layouts(header).Any(layout => layout.Abis.Contains(abi)))
            {
                continue;
            }

            compilers++;
            var source = new StringBuilder("#include <stddef.h>\n").Append(c);
            for (int i = 0; i < structures; i++)
            {
                AddAssertions(source, header, abi, i);
            }

            string? complaint = compiler.RefusesOriginal(source + "extern int x;\n");
            Assert.True(complaint is null, $"{abi}, {compiler.Name}: {complaint}\n{c}");
        }

        Assert.True(compilers >= 2);
    }

    private static void AddAssertions(StringBuilder source, string header, string abi, int i)
    {
        string tag = i % 7 == 3 ? "union" : "struct";
        string body = Layouts(header).Single(layout =>
            Regex.IsMatch(layout.Name, $"^t_st{i}(_[a-z]+[0-9a-z_]*)?$") && layout.Abis.Contains(abi)).Body;
        foreach (Match match in Offset().Matches(body))
        {
            source.Append(CultureInfo.InvariantCulture,
                $"_Static_assert(offsetof({tag} st{i}, {match.Groups[1].Value}) == "
                + $"{match.Groups[2].Value}, \"st{i}.{match.Groups[1].Value}\");\n");
        }

        string size = Size().Match(body).Groups[1].Value;
        source.Append(CultureInfo.InvariantCulture, $"_Static_assert(sizeof({tag} st{i}) == {size}, \"st{i}\");\n");
    }

    private static IEnumerable<(string Name, string[] Abis, string Body)> Layouts(string header)
    {
        foreach (Match match in Layout().Matches(header))
        {
            yield return (match.Groups[2].Value, match.Groups[1].Value.Split(' '), match.Groups[3].Value);
        }
    }

    private static CCompiler? Clang(string target) =>
        CCompiler.ForTarget("clang", target) ?? CCompiler.ForTarget("clang-19",
            target) ?? CCompiler.ForTarget("clang-14", target);

    private static string HeaderOf(string schema)
    {
        CompileResult result = LayoutHeader.Compile("t.layout", _ => schema);
        Assert.Empty(result.Diagnostics);
        string header = Assert.Single(result.Outputs).Value;
        foreach (CCompiler compiler in CompilerSet.All.Take(2))
        {
            Assert.Null(compiler.Refuses(header));
        }

        return header;
    }

    [GeneratedRegex("The layout under ([a-z0-9_ ]+)\\.\n \\*/\n(?:#define[^\n]*\n)struct ([a-z0-9_]+) (.*?)\n#endif",
        RegexOptions.Singleline)]
    private static partial Regex Layout();

    [GeneratedRegex("offsetof\\(struct [a-z0-9_]+, (f[0-9]+)\\) == ([0-9]+)")]
    private static partial Regex Offset();

    [GeneratedRegex("_Static_assert\\(sizeof\\(struct [a-z0-9_]+\\) == ([0-9]+)")]
    private static partial Regex Size();
}
