using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>
/// Two names that become one in C#, and names that generated code uses itself: refused, or made to differ.
/// </summary>
public sealed class CollisionTests
{
    private static readonly CompileOptions Objects = Schema.Options with { Objects = true };

    [Theory]
    [InlineData("extern function f(u8 x, u8 x) -> u16; struct s { u8 a; }", "KK1101")]
    [InlineData("const MAX_SIZE = 1; const max_size = 2;", "KK1104")]
    [InlineData("extern function f_x(u8 x) -> u16; extern function fx(u8 x) -> u16; extern function f_X(u8 x) -> u16;",
        "KK1104")]
    [InlineData("const t_constants = 1;", "KK1104")]
    [InlineData("const x = 1; enum t_constants : u8 { A }", "KK1104")]
    [InlineData("struct s { u16 map[4]; u32 map_bytes; }", "KK1104")]
    [InlineData("struct guid { u8 a; } struct guid_object { u8 a; }", "KK1104")]
    [InlineData("bits b : u8 lsb { perm : 4; with_perm : 4; }", "KK1104")]
    [InlineData("struct s sync atomic { u64 hits, add_hits; }", "KK1104")]
    [InlineData("struct s sync atomic { u64 hits, exchange_hits; }", "KK1104")]
    [InlineData("struct s { u32 x @name(Size); }", "KK1104")]
    [InlineData("struct s { u32 x = 3 @name(found); }", "KK1104")]
    [InlineData("struct s { u32 x @name(_start); }", "KK1104")]
    [InlineData("struct s @name(Span) { u32 x; }", "KK1104")]
    [InlineData("param abi A = lp64; struct s abi { int a : 3, a : 4; }", "KK1101")]
    [InlineData("param abi A = lp64; struct s abi { int ab : 3, a_b : 4, Ab : 4; }", "KK1104")]
    public void Names_that_collide_are_refused(string schema, string code)
    {
        CompileResult result = Schema.Compile("layout 1; namespace t; order le; " + schema);
        Assert.Equal(code, Assert.Single(result.Diagnostics).Code);
    }

    [Theory]
    [InlineData("enum kind : u8 { A = 1 } struct s { u8 n; kind k; let kind = n + 1; assert k == A; }")]
    [InlineData("enum kind : u8 { A = 1 } closed struct s { u8 n; kind k; ref kind[n bytes] at file + n; }")]
    [InlineData("enum kind : u8 { A = 1 } struct s { kind k; let kind = k; let is_a = kind == A; }")]
    [InlineData("const max = 1; const min = 2; struct max_ { u8 a; }")]
    [InlineData("bits b : u8 lsb { width : 4; with : 4; }")]
    public void Names_that_only_look_alike_make_code_that_compiles(string schema) =>
        Schema.Build("", Objects, "layout 1; namespace t; order le; " + schema);

    [Fact]
    public void A_parameter_may_be_called_as_any_local_of_generated_code()
    {
        const string schema = """
            layout 1; namespace t; order le;
            struct text { u8 n; char text[n]; }
            struct plain(u8 k) { u8 a; u16 w[2]; zero 2; }
            struct open(u8 k) {
                u8 n; u32 crc check crc32(self zeroing crc); plain p(k); plain ps[2](k); u16 w[n]; bitmap m[n];
                within (n bytes) { text r[] until end; }
                union (k) { case 1: u8 q; default: { u16 z; overlay { u16 db[2]; char raw[4]; u32 both; } } }
                byte data[n] transform zlib max 64; u32 t[] until 0; u8 opt if k == 3; text many[n max 9];
                u8 rules where it < n; text ended[] until it.n == 0;
            }
            """;
        CompileResult result = Schema.Compile(schema, Objects);
        Assert.Empty(result.Diagnostics);
        string[] used =
        [
            .. result.Outputs.Values
                .SelectMany(static text => CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes())
                .Select(static node => node switch
                {
                    VariableDeclaratorSyntax variable => variable.Identifier.Text,
                    ParameterSyntax parameter => parameter.Identifier.Text,
                    SingleVariableDesignationSyntax designation => designation.Identifier.Text,
                    ForEachStatementSyntax each => each.Identifier.Text,
                    _ => "",
                })
                .Select(static name => name.TrimStart('_'))
                .Where(static name => name.Length > 0 && char.IsAsciiLetterLower(name[0]))
                .Select(static name => string.Concat(name.Select(static c => char.IsAsciiLetterUpper(c)
                    ? $"_{char.ToLowerInvariant(c)}"
                    : $"{c}")))
                .Distinct()
                .Where(static name => name is not ("k" or "n_0"))
                .DistinctBy(static name =>
                    (name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), char.IsAsciiDigit(name[^1])))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Contains("is_throwing", used);
        Assert.Contains("origin", used);
        Assert.True(used.Length > 40, string.Join(' ', used));

        // Sixteen parameters a structure; the underscore keeps them apart from the fields in the schema alone.
        int start = schema.IndexOf("struct plain", StringComparison.Ordinal);
        string all = string.Concat(used.Chunk(16).Select((names, i) => schema[start..]
            .Replace("plain", $"plain{i}", StringComparison.Ordinal)
            .Replace("struct open", $"struct open{i}", StringComparison.Ordinal)
            .Replace("(u8 k)", $"(u8 k{string.Concat(names.Select(static name => $", u8 {name}_"))})",
                StringComparison.Ordinal)
            .Replace("p(k)", $"p(k{string.Concat(names.Select(static name => $", {name}_"))})",
                StringComparison.Ordinal)
            .Replace("ps[2](k)", $"ps[2](k{string.Concat(names.Select(static name => $", {name}_"))})",
                StringComparison.Ordinal)));
        Schema.Build("", Objects, schema[..start] + all);
    }
}
