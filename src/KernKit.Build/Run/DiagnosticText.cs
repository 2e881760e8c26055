using System.Text.RegularExpressions;

namespace KernKit.Build;

/// <summary>
/// Finds messages in what a generator printed, in the forms that MSBuild knows (<c>file(line,column): error X:
/// text</c>,
/// <c>tool : error X: text</c>) and in gcc's (<c>file:line:column: error: text</c>).
/// </summary>
internal static partial class DiagnosticText
{
    private const int MessagesMax = 1000;
    private const int LineLengthMax = 4096;

    /// <summary>Reads messages.</summary>
    /// <param name="text">What was printed.</param>
    /// <param name="projectDirectory">Relative file names are relative to it.</param>
    /// <returns>At most 1000.</returns>
    public static IReadOnlyList<StepMessage> Parse(string text, string projectDirectory)
    {
        var messages = new List<StepMessage>();
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var span = text.AsSpan(range).TrimEnd('\r');
            // The cheap test first: expressions run on few lines.
            if (span.Length > LineLengthMax || messages.Count >= MessagesMax ||
                (span.IndexOf("error", StringComparison.OrdinalIgnoreCase) < 0 &&
                span.IndexOf("warning", StringComparison.OrdinalIgnoreCase) < 0))
            {
                continue;
            }

            var line = span.ToString();
            var match = MSBuildForm().Match(line);
            match = match.Success ? match : CompilerForm().Match(line);
            match = match.Success ? match : ToolForm().Match(line);
            if (match.Success)
            {
                var file = match.Groups["file"].Value.Trim();
                messages.Add(new StepMessage(
                    match.Groups["kind"].Value.EndsWith("error", StringComparison.OrdinalIgnoreCase),
                    file.Length == 0 ? "" : ProjectPath.Relative(projectDirectory, file),
                    Number(match.Groups["line"]),
                    Number(match.Groups["column"]),
                    match.Groups["code"].Value,
                    match.Groups["text"].Value.Trim()));
            }
        }

        return messages;
    }

    /// <summary>
    /// Finds <c>file:line:column: text</c>, which says nowhere that it is an error (protoc's form): to be asked only
    /// about a generator that failed.
    /// </summary>
    /// <param name="text">What was printed.</param>
    /// <param name="projectDirectory">Relative file names are relative to it.</param>
    /// <returns>At most 1000 errors.</returns>
    public static IReadOnlyList<StepMessage> ParseBare(string text, string projectDirectory) =>
    [
        .. text.Split('\n')
            .Where(static line => line.Length <= LineLengthMax)
            .Select(static line => BareForm().Match(line.TrimEnd('\r')))
            .Where(static match => match.Success)
            .Take(MessagesMax)
            .Select(match => new StepMessage(
                true,
                ProjectPath.Relative(projectDirectory, match.Groups["file"].Value),
                Number(match.Groups["line"]),
                Number(match.Groups["column"]),
                "",
                match.Groups["text"].Value.Trim())),
    ];

    private static int Number(Group group) => int.TryParse(group.ValueSpan, out var number) ? number : 0;

    // A program may put its own name in front, as people's error messages have it.
    [GeneratedRegex(@"^\s*([A-Za-z][A-Za-z0-9_.-]+: )?(?<file>[^(]+)\(" +
        @"(?<line>\d{1,9})(,(?<column>\d{1,9}))?(-\d+)?(,\d+)?(,\d+)?\)\s*:\s*" +
        @"(?<kind>(fatal )?error|warning)\s*(?<code>[A-Za-z]+[0-9]+)?\s*:\s*(?<text>.*)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex MSBuildForm();

    [GeneratedRegex(@"^(?<file>[^:\s][^:]*):(?<line>\d{1,9}):((?<column>\d{1,9}):)?\s*(?<kind>(fatal )?error|warning)" +
        @"(\s+(?<code>[A-Za-z]+[0-9]+))?\s*:\s*(?<text>.*)$",
        RegexOptions.IgnoreCase)]
    private static partial Regex CompilerForm();

    [GeneratedRegex(@"^(?<file>[^:\s][^:]*):(?<line>\d{1,9}):(?<column>\d{1,9}): (?<text>.+)$")]
    private static partial Regex BareForm();

    // Only with a code, or right at the start: prose speaks of errors too.
    [GeneratedRegex(@"^([A-Za-z0-9_./ -]{0,80}\s?:\s)?(?<kind>error|warning)" +
        @"(\s+(?<code>[A-Za-z]+[0-9]+))?\s*:\s*(?<text>.*)$",
        RegexOptions.None)]
    private static partial Regex ToolForm();
}
