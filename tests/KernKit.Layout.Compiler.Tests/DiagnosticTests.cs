using System.Text.RegularExpressions;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Every message of the compiler, word for word: golden/CODE.layout makes golden/CODE.txt.</summary>
/// <remarks>Set KERNKIT_UPDATE_GOLDEN=1 to write the texts anew; then read them.</remarks>
public sealed partial class DiagnosticTests
{
    public static TheoryData<string> Codes =>
    [
        .. Directory.GetFiles(Golden.Folder, "KK*.layout")
            .Select(static path => Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_message_is_what_its_golden_text_says(string code)
    {
        string shown = string.Join('\n', Compile(code).Diagnostics) + "\n";
        Assert.Contains(code, shown, StringComparison.Ordinal);
        Golden.Compare(code + ".txt", shown);
    }

    [Fact]
    public void Every_code_that_the_compiler_knows_has_a_golden_text()
    {
        string source = Path.Combine(Golden.Root, "src", "KernKit.Layout.Compiler");
        IEnumerable<string> known = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .SelectMany(static path => Code().Matches(File.ReadAllText(path)))
            .Select(static match => match.Groups[1].Value)
            .Distinct();
        string[] golden = [.. Directory.GetFiles(Golden.Folder, "KK*.txt").Select(File.ReadAllText)];
        string[] missing =
        [
            .. known.Where(code => code != "KK1007" && code != "KK1012" && !Array.Exists(
                golden, text => text.Contains(code, StringComparison.Ordinal))),
        ];
        Assert.Empty(missing);
    }

    [Fact]
    public void A_file_over_its_limits_is_refused_as_a_whole()
    {
        CompileResult large = Schema.Compile("layout 1;" + new string(' ', 1 << 20));
        Assert.Equal("KK1007", Assert.Single(large.Diagnostics).Code);
        CompileResult many = Schema.Compile("layout 1;" + string.Concat(Enumerable.Repeat(";", 250_000)));
        Assert.False(many.Succeeded);
        Assert.Equal(100, many.Diagnostics.Count);
    }

    [Fact]
    public void Sixty_four_imports_are_read_and_no_more()
    {
        int read = 0;
        IEnumerable<string> imports = Enumerable.Range(0, 70).Select(static i => $"import \"{i}.layout\";");
        string root = "layout 1;" + string.Concat(imports);
        CompileResult result = LayoutCompiler.Compile(
            "root.layout",
            path =>
            {
                read++;
                return path == "root.layout" ? root : "layout 1;";
            },
            Schema.Options);
        Assert.Equal(65, read);
        Assert.All(result.Diagnostics, static diagnostic => Assert.Equal("KK1012", diagnostic.Code));
        Assert.Equal(64, result.ImportedFiles.Count);
    }

    [Fact]
    public void Files_that_import_each_other_are_fine_and_positions_are_their_own()
    {
        CompileResult result = LayoutCompiler.Compile(
            "a/one.layout",
            static path => path switch
            {
                "a/one.layout" => "layout 1; namespace n; import \"../b/two.layout\"; struct one { two t; }",
                "b/two.layout" => "layout 1; namespace n; import \"../a/one.layout\"; struct two { u8 x; nope y; }",
                _ => null,
            },
            Schema.Options);
        Assert.Equal(
            "b/two.layout(1,69): error KK1106: `nope` is no known type; declare it, import it, or correct the name",
            Assert.Single(result.Diagnostics).ToString());
        Assert.Equal(["b/two.layout"], result.ImportedFiles);
    }

    [Fact]
    public void At_most_a_hundred_messages_are_shown_the_first_by_position()
    {
        string text = "layout 1;\n" + string.Concat(Enumerable.Range(0, 500).Select(static i => $"nope x{i};\n"));
        CompileResult result = Schema.Compile(text);
        Assert.Equal(100, result.Diagnostics.Count);
        Assert.Equal(Enumerable.Range(2, 100), result.Diagnostics.Select(static diagnostic => diagnostic.Line));
    }

    [GeneratedRegex("\"(KK[0-9]{4})\"")]
    private static partial Regex Code();

    private static CompileResult Compile(string code) => LayoutCompiler.Compile(
        code + ".layout",
        static path =>
        {
            string direct = Path.Combine(Golden.Folder, path);
            string import = Path.Combine(Golden.Folder, "imports", path);
            string? found = File.Exists(direct) ? direct : File.Exists(import) ? import : null;
            return found is null ? null : File.ReadAllText(found);
        },
        Schema.Options);
}
