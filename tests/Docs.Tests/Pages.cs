using System.Text.RegularExpressions;

namespace Docs.Tests;

/// <summary>The Markdown files of the repository.</summary>
internal static partial class Pages
{
    /// <summary>The directory of KernKit.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All of them, relative to the root, sorted.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.GetFiles(Root, "*.md", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Root, path))
            .Where(static path => !path.StartsWith("artifacts", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public static string Read(string page) => File.ReadAllText(Path.Join(Root, page));

    /// <summary>The texts between fences of one language.</summary>
    public static IEnumerable<string> Blocks(string page, string language) =>
        Fence().Matches(Read(page)).Where(match => match.Groups[1].Value == language)
            .Select(static match => match.Groups[2].Value);

    /// <summary>The targets of links that lead into the repository, without their anchors.</summary>
    public static IEnumerable<string> Links(string text) => Link().Matches(Fence().Replace(text, ""))
        .Select(static match => match.Groups[1].Value.Split('#')[0])
        .Where(static target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal));

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "KernKit.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("no KernKit.slnx");
        }

        return directory;
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
