using System.Text;

namespace KernKit.Build;

/// <summary>
/// Patterns with placeholders: <c>{Filename}.g.cs</c>. Braces around anything but a word stay as they are, so an awk
/// program may stand in a command; a doubled brace is one brace.
/// </summary>
internal static class Template
{
    /// <summary>Replaces placeholders.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="lookUp">The value of a name, or null if it is unknown.</param>
    /// <param name="where">Said in the error.</param>
    /// <returns>The text.</returns>
    /// <exception cref="DeclarationException">A placeholder is unknown.</exception>
    public static string Expand(string pattern, Func<string, string?> lookUp, string where)
    {
        if (!pattern.AsSpan().ContainsAny('{', '}'))
        {
            return pattern;
        }

        var text = new StringBuilder(pattern.Length + 32);
        for (var at = 0; at < pattern.Length; at++)
        {
            var c = pattern[at];
            if ((c is '{' or '}') && at + 1 < pattern.Length && pattern[at + 1] == c)
            {
                text.Append(c);
                at++;
            }
            else if (c == '{' && NameAt(pattern, at) is { Length: > 0 } name)
            {
                text.Append(lookUp(name) ?? throw new DeclarationException("KK9010",
                    $"{where}: {{{name}}} in \"{pattern}\" is neither a placeholder nor an option of the item; " +
                    $"for the text itself write {{{{{name}}}}}"));
                at += name.Length + 1;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    /// <summary>True if a pattern has a placeholder.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>False for plain text.</returns>
    public static bool HasPlaceholder(string pattern) =>
        Enumerable.Range(0, pattern.Length).Any(at => pattern[at] == '{' && NameAt(pattern, at).Length > 0);

    private static string NameAt(string pattern, int at)
    {
        var end = at + 1;
        while (end < pattern.Length && (char.IsAsciiLetterOrDigit(pattern[end]) || pattern[end] is '_' or '.'))
        {
            end++;
        }

        return end < pattern.Length && pattern[end] == '}' && end > at + 1 && char.IsAsciiLetter(pattern[at + 1])
            ? pattern[(at + 1)..end]
            : "";
    }
}
