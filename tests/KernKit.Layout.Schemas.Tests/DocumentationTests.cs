using System.Text.Json;
using System.Text.RegularExpressions;
using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.C;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>The page of examples, and the editor's grammar.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void Every_example_becomes_C_sharp_and_C_that_is_proved()
    {
        string page = File.ReadAllText(Path.Combine(Schemas.Root, "docs", "layout-examples.md"));
        MatchCollection blocks = Block().Matches(page);
        Assert.Equal(9, blocks.Count);
        foreach (Match block in blocks)
        {
            string text = block.Groups[1].Value;
            CompileResult code =
                LayoutCompiler.Compile("example.layout", _ => text, new CompileOptions { Namespace = "Examples" });
            CompileResult header = LayoutHeader.Compile("example.layout", _ => text);
            Assert.Empty(code.Diagnostics);
            Assert.NotEmpty(code.Outputs);
            foreach (CCompiler compiler in CompilerSet.All.Take(2))
            {
                Assert.Null(compiler.Refuses(Assert.Single(header.Outputs).Value));
            }
        }
    }

    [Fact]
    public void Every_word_that_the_parser_knows_is_in_the_editor_grammar()
    {
        string grammar =
            File.ReadAllText(Path.Combine(Schemas.Root, "editors", "vscode", "syntaxes", "layout.tmLanguage.json"));
        string folder = Path.Combine(Schemas.Root, "src", "KernKit.Layout.Compiler", "Syntax");
        var words = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "Parser*.cs"))
        {
            foreach (Match use in Use().Matches(File.ReadAllText(path)))
            {
                words.UnionWith(Word().Matches(use.Value).Select(static word => word.Groups[1].Value));
            }
        }

        Assert.True(words.Count > 40, $"{words.Count} words");
        Assert.All(words, word => Assert.Matches($"[|(]{word}[|)]", grammar));
    }

    [Fact]
    public void The_editor_grammar_is_JSON_whose_patterns_are_regular_expressions()
    {
        string folder = Path.Combine(Schemas.Root, "editors", "vscode");
        foreach (string name in (string[])["package.json", "language-configuration.json",
            "syntaxes/layout.tmLanguage.json"])
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name)));
            int patterns = 0;
            Walk(document.RootElement, ref patterns);
            Assert.True(patterns > 10 || !name.StartsWith("syntaxes", StringComparison.Ordinal));
        }
    }

    private static void Walk(JsonElement element, ref int patterns)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    if (property.Name is "match" or "begin" or "end"
                        && property.Value.ValueKind == JsonValueKind.String)
                    {
                        _ = new Regex(property.Value.GetString()!);
                        patterns++;
                    }

                    Walk(property.Value, ref patterns);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Walk(item, ref patterns);
                }

                break;
            default:
                break;
        }
    }

    [GeneratedRegex("```layout\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    // What the parser compares words with: IsWord("x"), case "x" or "y", the order of the clauses.
    [GeneratedRegex("(?:IsWord|TakeWord|ExpectWord)\\(\"[a-z_]+\"|case (?:\"[a-z_]+\"(?:\\s+or\\s+)?)+|\\[\"=\", "
        + "[^\\]]+\\]")]
    private static partial Regex Use();

    [GeneratedRegex("\"([a-z_]+)\"")]
    private static partial Regex Word();
}
