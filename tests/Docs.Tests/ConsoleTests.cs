using System.Diagnostics;

namespace Docs.Tests;

/// <summary>What a page shows of the command is what the command prints.</summary>
public sealed class ConsoleTests
{
    private const string Prompt = "$ ./kern ";

    public static TheoryData<string> Shown => [.. Pages.All.Where(static page => Examples(page).Any())];

    public static TheoryData<string> Verbs => [.. Run("--help").Split('\n')
        .SkipWhile(static line => line != "Commands:").Skip(1)
        .TakeWhile(static line => line.StartsWith("  ", StringComparison.Ordinal))
        .Where(static line => line[2] != ' ')
        .Select(static line => line.Trim().Split(' ')[0])
        .Where(static verb => verb != "completion")];

    [Theory]
    [MemberData(nameof(Shown))]
    public void Examples_print_what_the_page_shows(string page) => Assert.All(
        Examples(page), static example => Assert.Equal(example.Output, Run(example.Arguments)));

    [Fact]
    public void The_readme_has_examples() => Assert.True(Examples("README.md").Count() >= 2);

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_has_a_page_that_names_its_options(string verb)
    {
        var page = Pages.Read($"docs/commands/{verb}.md");
        var options = Run($"{verb} --help").Split(
            [' ', ',', '\n', '<', '[', ']'], StringSplitOptions.RemoveEmptyEntries)
            .Where(static word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            .Where(static word => word is not ("--help" or "--debug" or "--version"))
            .Distinct();

        Assert.Equal(
            "", string.Join(' ', options.Where(option => !page.Contains(option, StringComparison.Ordinal))));
    }

    [Fact]
    public void There_are_verbs() => Assert.True(Verbs.Count >= 6);

    private static IEnumerable<(string Arguments, string Output)> Examples(string page) =>
        from block in Pages.Blocks(page, "console")
        from part in ("\n" + block).Split("\n" + Prompt).Skip(1)
        let end = part.IndexOf('\n', StringComparison.Ordinal)
        select (end < 0 ? part : part[..end], end < 0 ? "" : part[(end + 1)..].TrimEnd('\n') + "\n");

    private static string Run(string arguments)
    {
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "kern"), arguments.Split(' '))
        {
            WorkingDirectory = Pages.Root,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
