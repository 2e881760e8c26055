using System.Globalization;
using KernKit.Layout.Compiler.Decode;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Every limit of the language: as much is accepted, and one more is refused with its code.</summary>
public sealed class LimitTests
{
    private sealed record Limit(int Most, string Code, Func<int, string> Make);

    private static readonly Dictionary<string, Limit> Limits = new(StringComparer.Ordinal)
    {
        // Six tokens at the head of the file, and five in a constant.
        ["tokens"] = new(
            200_000,
            "KK1007",
            static n => Times(((n - 6) / 5) - 2, "const a{0}=1;") + Filled(((n - 6) % 5) + 10)),
        ["members of an enumeration"] =
            new(4_096, "KK1006", static n => $"enum e : u16 {{ {Times(n, "A{0},")} }}"),
        ["members of a structure"] = new(4_096, "KK1006", static n => $"struct s {{ {Times(n - 1, "pad 1;")} u8 a; }}"),
        ["fields of a structure"] = new(
            4_096,
            "KK1006",
            static n => $"struct s {{ {Times(n / 4, "u8 a{0},b{0},c{0},d{0};")} {Times(n % 4, "u8 e{0};")} }}"),
        ["cases of a union"] = new(
            512, "KK1006", static n => $"struct s {{ u16 k; union (k) {{ {Times(n, "case {0}: u8 a{0};")} }} }}"),
        ["labels of a case"] = new(
            256,
            "KK1006",
            static n => $"struct s {{ u16 k; union (k) {{ case {Times(n - 1, "{0},")} 900: u8 a; }} }}"),
        ["declarators"] = new(256, "KK1006", static n => $"struct s {{ u8 {Times(n - 1, "a{0},")} b; }}"),
        ["attributes"] = new(64, "KK1006", static n => $"struct s {{ u8 a {Times(n, "@unit(x)")}; }}"),
        ["parameters"] = new(32, "KK1006", static n => $"struct s({Times(n - 1, "u8 a{0},")} u8 b) {{ u8 c; }}"),
        ["ranges of a check"] = new(
            32,
            "KK1006",
            static n => $"struct s {{ u32 c check crc32({Times(n - 1, "self[4 ..],")} self[4 ..]); u8 x; }}"),
        ["terms of a check"] = new(
            32, "KK1006", static n => $"struct s {{ u32 c check {Times(n - 1, "crc32(x) ^ ")} crc32(x); u8 x; }}"),
        ["zeroed fields"] = new(
            32,
            "KK1006",
            static n => $"struct s {{ u32 c check crc32(self zeroing {Times(n - 1, "c & ")} c); u8 x; }}"),
        ["parts of an expression"] = new(
            256,
            "KK1006",
            static n => $"struct s {{ u8 a; assert {(n % 2 == 0 ? "~" : "")}a{Times((n - 3) / 2, "+a")} > 0; }}"),
        ["digits"] = new(
            200, "KK1004", static n => $"const a = 0x{new string('0', n - 3)}1;"),
        ["a doc comment"] = new(
            10_000, "KK1006", static n => $"/// {new string('x', n)}\nstruct s {{ u8 a; }}"),
        ["a chain of declarations"] = new(
            64, "KK1105", static n => Times(n - 1, "const a{0} = a{1} + 1;") + $"const a{n - 1} = 1;"),
        ["fixed fields of a message"] = new(
            4_096, "KK1210", static n => $"message m id 1 version 1 {{ u8 a[{n - 12}]; }}"),
    };

    public static TheoryData<string> Names => [.. Limits.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void As_much_as_the_limit_is_accepted_and_more_is_refused(string name)
    {
        Limit limit = Limits[name];
        Assert.Empty(Compile(limit.Make(limit.Most)).Diagnostics.Select(static diagnostic => $"{diagnostic}"));
        CompileResult more = Compile(limit.Make(limit.Most + 1));
        Assert.Contains(limit.Code, more.Diagnostics.Select(static diagnostic => diagnostic.Code));
    }

    [Fact]
    public void Values_that_stand_for_much_make_no_large_expressions()
    {
        const string schema = "struct s { u64 a; let l = ";
        string value = Times(127, "a ^ ") + "a; ";
        Assert.Empty(Compile(schema + value + "assert (l ^ l ^ l ^ l) > 0; }").Diagnostics);
        CompileResult result = Compile(schema + value + "assert (l ^ l ^ l ^ l ^ l) > 0; }");
        Assert.Equal("KK1006", Assert.Single(result.Diagnostics).Code);
    }

    [Theory]
    [InlineData(1_024, false)]
    [InlineData(1_025, true)]
    public void A_field_table_that_is_cut_says_so(int fields, bool isCut)
    {
        // Four lines each: the bits as a whole, and three of them.
        string schema = "layout 1; order le; bits b : u8 lsb { x : 1; y : 1; z : 6; } struct s { "
            + $"{Times(fields, "b a{0};")} }}";
        LayoutSchema loaded = LayoutSchema.Load(["t"], _ => schema);
        string table = loaded.Find("s")!.FieldTable;
        Assert.Equal(isCut, table.EndsWith("# 4 lines are left out\n", StringComparison.Ordinal));
    }

    [Fact]
    public void The_decoder_stops_at_each_of_its_limits_and_says_so()
    {
        string schema = "layout 1; order le; struct part0 { u8 a; } " + string.Concat(Enumerable.Range(1, 6).Select(
            static i => $"struct part{i} {{ part{i - 1} i; }} ")) + "struct tail { u8 a; u8 rest[] until end; }";
        Assert.Empty(Findings(schema, "part6", new LayoutDecodeOptions { DepthMax = 7 }));
        Assert.Contains(
            "nested deeper than 6 structures, not shown",
            Findings(schema, "part6", new LayoutDecodeOptions { DepthMax = 6 }),
            StringComparison.Ordinal);
        Assert.Empty(Findings(schema, "part6", new LayoutDecodeOptions { NodesMax = 8 }));
        Assert.Contains(
            "more than 7 parts, the rest is not shown",
            Findings(schema, "part6", new LayoutDecodeOptions { NodesMax = 7 }),
            StringComparison.Ordinal);
        Assert.Empty(Findings(schema, "tail", new LayoutDecodeOptions { BytesMax = 1 }));
        Assert.Contains(
            "needs 1 bytes or more",
            Findings(schema, "tail", new LayoutDecodeOptions { BytesMax = 0 }),
            StringComparison.Ordinal);
    }

    private static string Findings(string schema, string name, LayoutDecodeOptions options)
    {
        var decoded = new Decoded();
        LayoutSchema.Load(["t"], _ => schema).Find(name)!.Decode(new DecodedBytes(new byte[9]), 0, options, decoded);
        return string.Join('\n', decoded.Findings);
    }

    private static CompileResult Compile(string text) => Schema.Compile("layout 1; order le; " + text);

    private static string Times(int count, string text) => string.Concat(Enumerable.Range(0, count).Select(i =>
        text.Replace("{0}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{1}", (i + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));

    /// <summary>So many tokens, 10 to 14: a constant that is a sum, and one that may be negative.</summary>
    private static string Filled(int tokens) =>
        $"const x=1{Times((tokens - 10) / 2, "+1")}; const y={(tokens % 2 == 0 ? "" : "-")}1;";
}
