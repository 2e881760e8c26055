using System.Text.RegularExpressions;

namespace Architecture.Tests.Tidy;

/// <summary>Rules that only read lines.</summary>
internal static class TextRules
{
    private const int ColumnsMax = 120;
    private const int FileLinesMax = 800;
    private const string MarkWords = "TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK";
    private const string MachinePaths = @"(?<![\w.}~-])/(?:tmp/(?:kk|bash_jobs)|wo" + @"rk|farm|root|home/\w)[/""'\s]";
    private const string HostNames = @"(?:api|www)\.nu" + @"get\.org|arti"
        + @"factory|localhost:\d|\b\d+\.\d+\.\d+\.\d+:\d";
    private const string MakerNames = "Clau" + "de|Anth" + "ropic|Chat" + "GPT|Co" + @"pilot|\bLL" + @"M\b|\bAI a"
        + "gent";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TidyRule> All { get; } =
    [
        new("columns", IsCode, static file => Numbered(file)
            .Where(static line => line.Text.Length > ColumnsMax && !IsLiteral(line.Text))
            .Select(static line => (line.Number, $"{line.Text.Length} columns, {ColumnsMax} at most"))),
        new("file-length", IsCSharp, static file => file.Lines.Length - 1 > FileLinesMax
            ? [(0, $"{file.Lines.Length - 1} lines, {FileLinesMax} at most: it holds more than one thing")]
            : []),
        new("unfinished", IsCode, Forbid(
            $@"\b(?:{MarkWords})\b|NotImplemented" + "Exception", "finish it, or open an issue and say nothing here")),
        new("machine-path", Any, Forbid(MachinePaths, "no path of one machine: it is wrong on all others")),
        new("host-name", Any, Forbid(HostNames, "no host of one network: the package client knows its own")),
        new("maker", Any, Forbid(MakerNames, "files say what the thing is, not who or what wrote it")),
        new("line-end", static path => Path.GetFileName(path) != "Makefile", static file => Numbered(file)
            .Where(static line => line.Text.EndsWith('\r') || line.Text.EndsWith(' ') || line.Text.Contains('\t'))
            .Select(static line => (line.Number, "ends with a space or a carriage return, or holds a tab"))),
        new("last-line", Any, static file => file.Text.Length == 0 || file.Text.EndsWith('\n')
            ? []
            : [(file.Lines.Length, "has no end")]),
        new("test-clock", static path => path.StartsWith("tests/", StringComparison.Ordinal) && IsCSharp(path),
            Forbid(@"\bStop" + @"watch\b|\bAssert\w*\(.*Elapsed",
                "no test asserts a time: it fails on a busy machine")),
    ];

    private static bool Any(string path) => true;

    // Expected output stands in tests as it is printed.
    private static bool IsLiteral(string line) => line.TrimStart().StartsWith("\"\"\"{", StringComparison.Ordinal);

    private static bool IsCSharp(string path) => path.EndsWith(".cs", StringComparison.Ordinal);

    private static bool IsCode(string path) => IsCSharp(path)
        || path.EndsWith(".layout", StringComparison.Ordinal)
        || path.EndsWith(".sh", StringComparison.Ordinal)
        || path is "x" or "kern";

    private static IEnumerable<(int Number, string Text)> Numbered(SourceFile file) =>
        file.Lines.Select(static (text, index) => (index + 1, text));

    private static Func<SourceFile, IEnumerable<(int Line, string Message)>> Forbid(string pattern, string message)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled);
        return file => Numbered(file)
            .Where(line => regex.IsMatch(line.Text))
            .Select(line => (line.Number, $"'{regex.Match(line.Text).Value.Trim()}': {message}"));
    }
}
