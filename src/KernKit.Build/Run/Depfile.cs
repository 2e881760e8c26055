using System.Text;

namespace KernKit.Build;

/// <summary>
/// Files in make's format: <c>target: dependency dependency \</c>. Reads what compilers write (gcc, clang, protoc,
/// DMD), escapes and continuations included; writes what GNU make, bmake, ninja and CMake all read.
/// </summary>
internal static class Depfile
{
    private const int BytesMax = 16 << 20;
    private const int FilesMax = 100_000;

    /// <summary>Reads the dependencies of all rules.</summary>
    /// <param name="path">Absolute.</param>
    /// <returns>As written in the file, each once.</returns>
    /// <exception cref="InvalidDataException">It is too large, has a NUL, or is no depfile.</exception>
    public static IReadOnlyCollection<string> Read(string path)
    {
        if (FileStamp.Of(path).SizeBytes > BytesMax)
        {
            throw new InvalidDataException($"the depfile has more than {BytesMax} bytes");
        }

        var text = File.ReadAllText(path);
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new InvalidDataException("the depfile has a NUL byte, which no file's name has")
            : Parse(text);
    }

    /// <summary>Reads the dependencies of all rules.</summary>
    /// <param name="text">The file's text.</param>
    /// <returns>As written, each once.</returns>
    /// <exception cref="InvalidDataException">A line has no colon, or there are over 100,000 files.</exception>
    public static IReadOnlyCollection<string> Parse(string text)
    {
        var files = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        var afterColon = false;
        var lineHasWords = false;

        void EndWord(char next)
        {
            var isTarget = !afterColon && word.Length > 0 && word[^1] == ':' && next is ' ' or '\n';
            if (isTarget)
            {
                afterColon = true;
            }
            else if (word.Length > 0)
            {
                if (afterColon && files.Add(word.ToString()) && files.Count > FilesMax)
                {
                    throw new InvalidDataException($"the depfile names more than {FilesMax} files");
                }

                lineHasWords = true;
            }

            word.Clear();
        }

        for (var at = 0; at <= text.Length; at++)
        {
            var c = at < text.Length ? text[at] : '\n';
            var next = at + 1 < text.Length ? text[at + 1] : '\n';
            if (c == '\\' && next is '\n' or '\r')
            {
                EndWord(' ');
                at += next == '\r' && at + 2 < text.Length && text[at + 2] == '\n' ? 2 : 1;
            }
            else if (c == '\\' && next is ' ' or '#' or ':')
            {
                word.Append(next);
                at++;
            }
            else if (c == '$' && next == '$')
            {
                word.Append('$');
                at++;
            }
            else if (c is ' ' or '\t' or '\r')
            {
                EndWord(' ');
            }
            else if (c == '\n')
            {
                EndWord('\n');
                if (lineHasWords && !afterColon)
                {
                    throw new InvalidDataException("the depfile has a line without 'target:'");
                }

                (afterColon, lineHasWords) = (false, false);
            }
            else
            {
                word.Append(c);
            }
        }

        return files;
    }

    /// <summary>Writes one rule.</summary>
    /// <param name="target">What depends.</param>
    /// <param name="files">On what.</param>
    /// <returns>The text; each dependency is a target of its own too, so that a deleted one is no error.</returns>
    public static string Format(string target, IEnumerable<string> files)
    {
        var escaped = files.Select(Escape).ToList();
        var text = new StringBuilder(Escape(target)).Append(':');
        foreach (var file in escaped)
        {
            text.Append(" \\\n  ").Append(file);
        }

        text.Append('\n');
        foreach (var file in escaped)
        {
            text.Append(file).Append(":\n");
        }

        return text.ToString();
    }

    private static string Escape(string path) => path
        .Replace("$", "$$", StringComparison.Ordinal)
        .Replace("#", "\\#", StringComparison.Ordinal)
        .Replace(" ", "\\ ", StringComparison.Ordinal);
}
