using System.Globalization;
using System.Text;

namespace KernKit.Build;

/// <summary>One output in the cache.</summary>
/// <param name="Name">Relative to the generator's output directory.</param>
/// <param name="Hash">Of its content.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
internal sealed record CachedFile(string Name, string Hash, bool IsExecutable);

/// <summary>One known result of a step: under these discovered files, these outputs.</summary>
/// <param name="Discovered">Paths and hashes.</param>
/// <param name="Files">The outputs.</param>
/// <param name="Messages">Warnings.</param>
internal sealed record CacheEntry(
    IReadOnlyList<KeyValuePair<string, string>> Discovered,
    IReadOnlyList<CachedFile> Files,
    IReadOnlyList<StepMessage> Messages)
{
    private const string Header = "kernkit action 1";
    private const int EntriesMax = 16;
    private const int LinesMax = 1_000_000;

    /// <summary>Reads the results of one identity.</summary>
    /// <param name="text">The file's text.</param>
    /// <returns>The entries, newest first; none if the text is odd in any way.</returns>
    public static IReadOnlyList<CacheEntry> Parse(string text)
    {
        var lines = text.Split('\n', LinesMax);
        var entries = new List<CacheEntry>();
        if (lines[0] != Header)
        {
            return entries;
        }

        var discovered = new List<KeyValuePair<string, string>>();
        var files = new List<CachedFile>();
        var messages = new List<StepMessage>();
        foreach (var line in lines.AsSpan(1))
        {
            var words = line.Split('\t');
            switch (words[0], words.Length)
            {
                case ("read", 3):
                    discovered.Add(new(Unescape(words[2]), words[1]));
                    break;
                case ("file", 4) when ProjectPath.IsBelow(Unescape(words[3])) && IsHash(words[1]):
                    files.Add(new CachedFile(Unescape(words[3]), words[1], words[2] == "x"));
                    break;
                case ("warning", 6) when int.TryParse(words[1], out var number) &&
                    int.TryParse(words[2], out var column):
                    messages.Add(new StepMessage(
                        false, Unescape(words[4]), number, column, Unescape(words[3]), Unescape(words[5])));
                    break;
                case ("end", 1):
                    entries.Add(new CacheEntry(discovered, files, messages));
                    (discovered, files, messages) = ([], [], []);
                    break;
                case ("", 1):
                    break;
                default:
                    return [];
            }
        }

        return entries;
    }

    /// <summary>The text of one identity's results.</summary>
    /// <param name="entries">Newest first; those beyond sixteen are dropped.</param>
    /// <returns>The text.</returns>
    public static string Format(IEnumerable<CacheEntry> entries)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var entry in entries.Take(EntriesMax))
        {
            foreach (var (path, hash) in entry.Discovered)
            {
                text.Append("read\t").Append(hash).Append('\t').Append(Escape(path)).Append('\n');
            }

            foreach (var file in entry.Files)
            {
                text.Append("file\t").Append(file.Hash).Append(file.IsExecutable ? "\tx\t" : "\t-\t")
                    .Append(Escape(file.Name)).Append('\n');
            }

            foreach (var message in entry.Messages)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"warning\t{message.Line}\t{message.Column}\t{Escape(message.Code)}\t{Escape(message.File)}\t")
                    .Append(Escape(message.Message)).Append('\n');
            }

            text.Append("end\n");
        }

        return text.ToString();
    }

    /// <summary>True if two entries depend on the same files with the same content.</summary>
    /// <param name="other">Another entry.</param>
    /// <returns>Whether one replaces the other.</returns>
    public bool HasSameReads(CacheEntry other) => Discovered.SequenceEqual(other.Discovered);

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitUpper);

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal);

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            plain.Append(c != '\\' || at + 1 == text.Length ? c : text[++at] switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                var other => other,
            });
        }

        return plain.ToString();
    }
}
