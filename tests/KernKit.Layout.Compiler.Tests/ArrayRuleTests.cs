using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Rules about elements of arrays, whatever their type is.</summary>
public sealed class ArrayRuleTests
{
    private const string Arrays = """
        layout 1; namespace t; order le;
        enum kind : u8 { A = 1, B = 2 }
        enum small : u4 { X = 1, Y = 2 } closed
        bits m : u16 lsb { p : 12; k : 4; }
        bits c : u16 lsb { p : 12; small k : 4; }
        struct s { kind k[2] where it == A || it == B; m a[2] where it.k == 2 && it != 0; c c[1]; s16 n[2] where it < 3;
            kind two[2]; assert two[0] == A && two[1] != A; assert a[0].k == 2 && a[1] > 5; }
        struct v { u16 c[2] where it >= 1; u8 d[c[0]]; u8 e[c[1]]; }
        """;

    [Fact]
    public void Rules_hold_for_elements_that_are_enumerations_and_bits()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b)
            {
                var issues = new LayoutIssue[1]; var report = new LayoutReport(issues);
                return new SView(b).Validate(ref report) ? "" : issues[0].ToString();
            }
            """,
            Arrays);
        byte[] good = [1, 2, 1, 0x20, 6, 0x20, 5, 0x10, 2, 0, 0xff, 0xff, 1, 2];
        Assert.Equal("", driver.Call<string>("Of", good));
        Assert.Empty(Decoded.Of(Arrays, "s", good).Findings);
        (int At, byte Value, string Path)[] wrong =
        [
            (1, 3, "s.k[1]"), (3, 0x30, "s.a[0]"), (5, 0x10, "s.a[1]"), (7, 0x30, "s.c[0]"), (9, 1, "s.n[0]"),
            (12, 2, "(s)"), (13, 1, "(s)"),
        ];
        foreach ((int at, byte value, string path) in wrong)
        {
            byte[] bytes = [.. good];
            bytes[at] = value;
            Assert.Contains(path, driver.Call<string>("Of", bytes), StringComparison.Ordinal);
            Assert.NotEmpty(Decoded.Of(Arrays, "s", bytes).Findings);
        }
    }

    [Fact]
    public void An_element_of_an_array_with_a_rule_may_be_a_length()
    {
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) =>
                VView.TryOpen(b, out var v) ? $"{v.D.Length} {v.E.Length} {v.IsValid}" : "no";
            """,
            Arrays);
        Assert.Equal("1 2 True", driver.Call<string>("Of", new byte[] { 1, 0, 2, 0, 1, 2, 3 }));
        Assert.Equal("0 2 False", driver.Call<string>("Of", new byte[] { 0, 0, 2, 0, 1, 2, 3 }));
        Assert.Equal("no", driver.Call<string>("Of", new byte[] { 9, 0, 2, 0, 1, 2, 3 }));
    }

    [Theory]
    [InlineData("bitmap m[16]; assert m[3] == 1;")]
    [InlineData("r m[] until end; let x = m[0];")]
    [InlineData("u8 m[3] at self + n; assert m[0] == 1;")]
    [InlineData("p m[2]; assert m == 1;")]
    [InlineData("p m[2]; u8 d[m];")]
    [InlineData("r m; r q; assert m == q;")]
    public void What_is_no_value_is_refused_with_a_message(string members)
    {
        CompileResult result = Schema.Compile(
            $"layout 1; struct p {{ u8 x; }} struct r {{ u8 n; u8 x[n]; }} struct s {{ u8 n; {members} }}");
        Assert.Equal("KK1304", Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_structure_in_an_array_has_fields()
    {
        const string schema = """
            layout 1; namespace t; order le;
            struct p { u8 x, y; }
            struct s { p a[2]; u8 d[a[1].x]; assert a[0].y == 3; }
            """;
        Driver driver = Schema.Build(
            """
            public static string Of(byte[] b) => $"{new SView(b).D.Length} {new SView(b).IsValid}";
            """,
            schema);
        Assert.Equal("2 True", driver.Call<string>("Of", new byte[] { 1, 3, 2, 1, 1, 1 }));
        Assert.Equal("1 False", driver.Call<string>("Of", new byte[] { 1, 4, 1, 1, 1, 1 }));
        Assert.Empty(Decoded.Of(schema, "s", [1, 3, 2, 1, 1, 1]).Findings);
        Assert.Single(Decoded.Of(schema, "s", [1, 4, 1, 1, 1, 1]).Findings);
    }
}
