using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Unions in cases of unions: whether they are there, and what is proved before their tags are read.</summary>
public sealed class NestedUnionTests
{
    /// <summary>The tag <c>t</c> lies a mebibyte behind the part of run-time length that comes first.</summary>
    private const string Deep = """
        layout 1; namespace t; order le;
        struct s {
            u32 n; u8 data[n]; u8 kind;
            union (kind) {
                case 1: { u8 big[1M]; u8 t; union (t) { case 0: u8 a; default: u8 b; } }
                default: u8 x[1048578];
            }
        }
        """;

    [Fact]
    public void The_tag_of_an_inner_union_is_proved_to_be_there_before_it_is_read()
    {
        string text = Schema.Output(Deep, "S.g.cs");
        int proof = text.IndexOf("at0 < 1048579", StringComparison.Ordinal);
        int read = text.IndexOf("t_4 =", StringComparison.Ordinal);
        Assert.True(proof > 0 && proof < read, text[Math.Max(0, proof - 200)..(read + 50)]);

        // What lies behind the record belongs to somebody else: here, to nobody.
        Driver driver = Schema.Build(
            """
            [System.Runtime.InteropServices.DllImport("libc")]
            static extern nint mmap(nint at, nuint length, int protection, int flags, int handle, nint offset);
            public static unsafe bool Of()
            {
                int length = SView.MinSize;
                int pages = (length + 4095) / 4096 * 4096;
                byte* start = (byte*)mmap(0, (nuint)pages + (4 << 20), 0, 0x22, -1, 0);
                mmap((nint)start, (nuint)pages, 3, 0x32, -1, 0);
                var source = new Span<byte>(start + pages - length, length);
                BitConverter.TryWriteBytes(source, length - 5);
                source[^1] = 1;
                return SView.TryOpen(source, out _);
            }
            """,
            Deep);
        Assert.False(driver.Call<bool>("Of"));
    }

    [Fact]
    public void A_union_in_a_case_that_does_not_hold_need_not_match()
    {
        const string schema = """
            layout 1; namespace t; order le;
            struct s size 3 { u8 a; union (a) { case 1: { u8 b; union (b) { case 7: u8 x; } } case 2: u8 p[2]; } }
            struct v { u8 a; union (a) { case 1: { u8 b; union (b) { case 7: u8 x; } } case 2: u8 p[2]; } u8 c[a]; }
            struct w { u8 a; union (a) { case 1: { u8 b; union (b) { case 7: u16 x; } } case 2: u8 p[2]; } u8 c[a]; }
            struct o { u8 a, b; struct { union (b) { case 7: u8 x; } } if a == 1; u8 z; }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) => $"{new SView(b).IsValid} {VView.TryOpen(b, out var v) && v.IsValid} "
                + $"{WView.TryOpen(b, out var w) && w.IsValid} {OView.TryOpen(b, out var o) && o.IsValid}";
            """,
            schema);
        (byte[] Bytes, string Said)[] cases =
        [
            ([2, 0, 0, 0, 0], "True True True True"),
            ([1, 7, 0, 0, 0], "True True True True"),
            ([1, 6, 0, 0, 0], "False False False False"),
        ];
        foreach ((byte[] bytes, string said) in cases)
        {
            Assert.Equal(said, driver.Call<string>("Of", bytes));
            string[] decoded = [.. new[] { "s", "v", "w", "o" }
                .Select(name => $"{Decoded.Of(schema, name, bytes).Findings.Count == 0}")];
            Assert.Equal(said, string.Join(' ', decoded));
        }
    }

    [Theory]
    [InlineData("u32 v", "u32 v where it < 10", false)]
    [InlineData("u32 v", "u32 v = 3", false)]
    [InlineData("u32 v", "f32 v", false)]
    [InlineData("u32 v where it < 10", "u32 v where it < 11", false)]
    [InlineData("u32 v where it < 10", "u32 v where it < 10", true)]
    [InlineData("u32 v where it < 10", "u32 v", true)]
    public void A_name_in_two_cases_has_one_type_and_one_rule(string one, string other, bool isGood)
    {
        CompileResult result = Schema.Compile(
            $"layout 1; order le; struct s {{ u8 k; union (k) {{ case 1: {one}; default: {other}; }} }}");
        Assert.Equal(isGood ? [] : ["KK1101"], result.Diagnostics.Select(static diagnostic => diagnostic.Code));
    }

    [Fact]
    public void Of_two_cases_that_both_could_hold_the_first_does()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var v = new SView(b);
                return $"{v.HasX} {v.HasY} {v.HasZ}";
            }
            """,
            """
            layout 1; namespace t; order le;
            struct s size 3 {
                u8 a, b;
                union { case (a == 1 || a == 2) && b == 1: u8 x; case a == 2: u8 y; default: u8 z; }
            }
            """);
        Assert.Equal("True False False", driver.Call<string>("Of", new byte[] { 2, 1, 5 }));
        Assert.Equal("True False False", driver.Call<string>("Of", new byte[] { 1, 1, 5 }));
        Assert.Equal("False True False", driver.Call<string>("Of", new byte[] { 2, 2, 5 }));
        Assert.Equal("False False True", driver.Call<string>("Of", new byte[] { 1, 2, 5 }));
    }
}
