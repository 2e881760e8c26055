namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Where a long line of C# or of words may be broken.</summary>
internal static class LineWrap
{
    public const int ColumnsMax = 120;

    private static readonly string[] Before = [" && ", " || ", " ? ", " : ", " + ", " is not "];
    private static readonly string[] After = [", ", " => ", " = ", "("];

    /// <summary>
    /// The index at which the next line starts: of the outermost places that fit, the last one; null if there is none.
    /// </summary>
    public static int? BreakOf(string line, int columns)
    {
        if (line.StartsWith("//", StringComparison.Ordinal))
        {
            return null;
        }

        int? best = null;
        int bestDepth = int.MaxValue;
        int depth = 0;
        bool isQuoted = false;
        for (int i = 1; i < Math.Min(line.Length, columns + 1); i++)
        {
            char c = line[i - 1];
            isQuoted ^= IsQuote(line, i - 1);
            if (isQuoted)
            {
                continue;
            }

            depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
            bool isGeneric = i < line.Length && char.IsLetter(line[i]) && i > 1 && char.IsLetterOrDigit(line[i - 2]);
            depth += c == '<' && isGeneric ? 1 : c == '>' && i > 1 && line[i - 2] is not (' ' or '=') ? -1 : 0;
            if (depth <= bestDepth && IsBreak(line, i))
            {
                best = i;
                bestDepth = depth;
            }
        }

        return best;
    }

    /// <summary>True for a quote that begins or ends a literal: an even number of backslashes is before it.</summary>
    public static bool IsQuote(string text, int at)
    {
        int slashes = 0;
        while (at - slashes > 0 && text[at - slashes - 1] == '\\')
        {
            slashes++;
        }

        return text[at] == '"' && slashes % 2 == 0;
    }

    /// <summary>Words in lines of at most so many columns, where spaces allow.</summary>
    public static IEnumerable<string> Words(string text, int columns)
    {
        while (text.Length > columns && text.LastIndexOf(' ', columns) is > 0 and int at)
        {
            yield return text[..at];
            text = text[(at + 1)..];
        }

        yield return text;
    }

    private static bool IsBreak(string line, int at) =>
        Array.Exists(Before, mark => string.CompareOrdinal(line, at, mark, 0, mark.Length) == 0)
        || Array.Exists(After, mark =>
            at >= mark.Length && string.CompareOrdinal(line, at - mark.Length, mark, 0, mark.Length) == 0);
}
