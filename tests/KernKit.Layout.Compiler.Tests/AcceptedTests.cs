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

    [Theory]
    [InlineData("struct s { u128 n; u8 d[n]; }", "KK1302")]
    [InlineData("struct s { u128 n; bitmap d[n]; }", "KK1302")]
    [InlineData("struct s { u128 n; within (n bytes) { pad rest; } }", "KK1302")]
    [InlineData("struct r { u8 n; u8 x[n]; } struct s { u128 n; r d[n]; }", "KK1302")]
    [InlineData("struct s { f32 x = 0; }", "KK1202")]
    public void What_no_code_could_mean_is_refused(string schema, string code)
    {
        CompileResult result = Schema.Compile("layout 1; namespace t; order le; " + schema);
        Assert.Equal(code, Assert.Single(result.Diagnostics).Code);
    }
}
