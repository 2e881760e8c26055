using System.Text.RegularExpressions;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Every example of the language's page and of the two READMEs compiles.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void Examples_of_the_language_page_compile()
    {
        string[] schemas = [.. Blocks(Path.Combine("docs", "layout.md"), "layout")];
        Assert.Equal(7, schemas.Length);
        foreach (string schema in schemas)
        {
            string named = schema.Replace("namespace shop;", "namespace t;", StringComparison.Ordinal);
            Assert.NotEqual(schema, named);
            Schema.Build("", named);
        }
    }

    [Fact]
    public void Examples_of_the_readmes_compile()
    {
        string compiler = Path.Combine("src", "KernKit.Layout.Compiler", "README.md");
        string schema = Assert.Single(Blocks(compiler, "layout"));
        string named = schema.Replace("namespace demo;", "namespace t;", StringComparison.Ordinal);
        IEnumerable<string> code = Blocks(compiler, "csharp")
            .Concat(Blocks(Path.Combine("src", "KernKit.Layout", "README.md"), "csharp"));
        Schema.Build(string.Concat(code), named);
    }

    [Fact]
    public void The_editors_grammar_knows_every_word_of_the_language()
    {
        string grammar = File.ReadAllText(
            Path.Combine(Golden.Root, "editors", "vscode", "syntaxes", "layout.tmLanguage.json"));
        string[] patterns =
        [
            .. Matched().Matches(grammar).Select(static match => Regex.Unescape(match.Groups[1].Value)),
        ];
        string page = string.Concat(Blocks(Path.Combine("docs", "layout.md"), "ebnf"));
        string algorithms = File.ReadLines(Path.Combine(Golden.Folder, "KK1401.txt"))
            .Select(static line => Algorithms().Match(line).Groups[1].Value)
            .First(static names => names.Length > 0);
        string[] words =
        [
            .. Quoted().Matches(page).Select(static match => match.Groups[1].Value),
            .. algorithms.Split(", "),
            .. "sizeof offsetof true false lz4 lz4_prefixed zlib deflate xor it".Split(' '),
        ];

        Assert.True(words.Length > 80);
        Assert.Equal([], words.Distinct().Where(word => !patterns.Any(pattern =>
            Regex.IsMatch(word + " x", "^(" + pattern + ")( x)?$"))));
    }

    private static IEnumerable<string> Blocks(string file, string language) => Block()
        .Matches(File.ReadAllText(Path.Combine(Golden.Root, file)))
        .Where(match => match.Groups[1].Value == language)
        .Select(static match => match.Groups[2].Value);

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("\"match\": \"(.*)\"")]
    private static partial Regex Matched();

    [GeneratedRegex("\"([a-z_]{2,})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("is no check; .* or use (.*)$")]
    private static partial Regex Algorithms();
}
