using System.Text;

namespace KernKit.Build;

/// <summary>
/// Splits a command line into words as a shell would, without a shell: quotes and backslashes work, nothing is
/// expanded. Words are split before placeholders are filled in, so a path with spaces stays one word.
/// </summary>
internal static class CommandWords
{
    private const int WordsMax = 10_000;

    /// <summary>Splits.</summary>
    /// <param name="command">One line; single quotes keep everything, double quotes all but backslashes.</param>
    /// <param name="generator">Said in the error.</param>
    /// <returns>The words.</returns>
    /// <exception cref="DeclarationException">A quote is not closed.</exception>
    public static IReadOnlyList<string> Split(string command, string generator)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        for (var at = 0; at < command.Length; at++)
        {
            var c = command[at];
            if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                (quote, inWord) = (c, true);
            }
            else if (c == '\\' && quote != '\'' && at + 1 < command.Length &&
                (quote == '\0' || command[at + 1] is '"' or '\\'))
            {
                word.Append(command[++at]);
                inWord = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Add(words, word, ref inWord, generator);
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        if (quote != '\0')
        {
            throw new DeclarationException("KK9010", $"generator {generator}: Command has a {quote} without its pair");
        }

        Add(words, word, ref inWord, generator);
        return words;
    }

    private static void Add(List<string> words, StringBuilder word, ref bool inWord, string generator)
    {
        if (inWord)
        {
            words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }

        if (words.Count > WordsMax)
        {
            throw new DeclarationException("KK9010", $"generator {generator}: Command has over {WordsMax} words");
        }
    }
}
