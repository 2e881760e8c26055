using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>What is accepted makes C# that compiles, and means what it says.</summary>
public sealed class AcceptedTests
{
    private static readonly CompileOptions Objects = Schema.Options with { Objects = true };

    [Theory]
    [InlineData("struct s { u128 n; u16 d[(n & 0xffffffffffffffff) max 9]; u8 e[n & 3]; }")]
    [InlineData("struct s { u128 n; bitmap d[n & 0xffffffffff]; }")]
    [InlineData("struct s { u128 n; within (n & 0xff bytes) { pad rest; } }")]
    [InlineData("struct r { u8 n; u8 x[n]; } struct s { u128 n; r d[n & 0xff]; r e[(n & 7) max 4]; }")]
    [InlineData("struct s { u128 x where it == 1 || it == 2; u128 y where it == 1 || it == 0x10000000000000000; }")]
    [InlineData("struct s { u128 x = 5; u128 y = 0x10000000000000001; s128 z = -5; }")]
    [InlineData("enum e : s8 { N = -1 } struct s { e x = N; e y where it == N || it == 0; }")]
    [InlineData("enum e : u64 { N = 0xffffffffffffffff } struct s { e x = N; u64 y = 0xffffffffffffffff; }")]
    [InlineData("bits b : u128 lsb { x : 64; y : 64; } struct s { b b = 0x10000000000000001; b c = 1; }")]
    [InlineData("bits b : u64 lsb { x : 64; } struct s { b b = 0xffffffffffffffff; }")]
    public void An_accepted_schema_makes_code_that_compiles(string schema) =>
        Schema.Build("", Objects, "layout 1; namespace t; order le; " + schema);

    [Fact]
    public void A_header_defines_an_enumeration_once_whatever_orders_its_members_have()
    {
        const string schema = "layout 1; namespace t; param order O; enum kind : u16 { A = 1 } "
            + "struct s { kind k; be kind b; le kind l; }";
        string header = LayoutHeader.Compile("t.layout", static _ => schema).Outputs.Single().Value;
        Assert.Equal(1, header.Split("#define T_KIND_A").Length - 1);
    }

    [Theory]
    [InlineData("struct s { u128 n; u8 d[n]; }", "KK1302")]
    [InlineData("struct s { u128 n; bitmap d[n]; }", "KK1302")]
    [InlineData("struct s { u128 n; within (n bytes) { pad rest; } }", "KK1302")]
    [InlineData("struct r { u8 n; u8 x[n]; } struct s { u128 n; r d[n]; }", "KK1302")]
    [InlineData("struct s { f32 x = 0; }", "KK1202")]
    [InlineData("struct s { u8 version; char tag[4] since 2 = \"ABCD\"; }", "KK1202")]
    [InlineData("struct s { u8 n; u8 d[n]; } format f { probe s at 0; accept n == 3; }", "KK1207")]
    [InlineData("struct s { u8 d[4] transform xor(0x1234); }", "KK1402")]
    [InlineData("struct s { u8 d[4] transform xor(x\"\"); }", "KK1402")]
    public void What_no_code_could_mean_is_refused(string schema, string code)
    {
        CompileResult result = Schema.Compile("layout 1; namespace t; order le; " + schema);
        Assert.Equal(code, Assert.Single(result.Diagnostics).Code);
    }
}
