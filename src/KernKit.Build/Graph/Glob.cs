using System.IO.Enumeration;

namespace KernKit.Build;

/// <summary>
/// Names with <c>*</c>, <c>?</c> and <c>**</c> (any directories). Editors' temporary files (<c>.#x</c>, <c>4913</c>,
/// <c>x~</c>) and hidden directories never match a wildcard.
/// </summary>
internal static class Glob
{
    private const int FilesMax = 100_000;

    /// <summary>True if a text has wildcards.</summary>
    /// <param name="pattern">A path.</param>
    /// <returns>False for a plain path.</returns>
    public static bool IsGlob(string pattern) => pattern.AsSpan().ContainsAny('*', '?');

    /// <summary>True if a path matches.</summary>
    /// <param name="pattern">With forward slashes; without a slash it is compared with the last segment alone.</param>
    /// <param name="path">With forward slashes.</param>
    /// <returns>Whether it does; case counts.</returns>
    public static bool Matches(string pattern, string path)
    {
        var names = path.Split('/');
        return pattern.Contains('/', StringComparison.Ordinal)
            ? Matches(pattern.Split('/'), names)
            : Segment(pattern, names[^1]);
    }

    /// <summary>True if a whole path matches, part by part: what <see cref="Expand"/> would find.</summary>
    /// <param name="pattern">With forward slashes.</param>
    /// <param name="path">With forward slashes, from the same directory.</param>
    /// <returns>Whether it does; case counts.</returns>
    public static bool MatchesWhole(string pattern, string path) => Matches(pattern.Split('/'), path.Split('/'));

    /// <summary>True if a file somewhere below a directory could match.</summary>
    /// <param name="pattern">With forward slashes.</param>
    /// <param name="directory">With forward slashes, from the same directory as the pattern.</param>
    /// <returns>False if no name at all could.</returns>
    public static bool MayMatchBelow(string pattern, string directory)
    {
        var parts = pattern.Split('/');
        var names = directory.Split('/');
        for (var index = 0; index < names.Length; index++)
        {
            if (parts[index] == "**")
            {
                return true;
            }

            // The last part is a file's name, and there is one more to come.
            if (index == parts.Length - 1 || !Segment(parts[index], names[index]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds the files of a pattern.</summary>
    /// <param name="directory">Absolute.</param>
    /// <param name="pattern">Relative to it.</param>
    /// <param name="listed">Takes the absolute path of every directory that was listed, or is missing.</param>
    /// <returns>Paths relative to the directory, in bytewise order.</returns>
    /// <exception cref="DeclarationException">There are more than 100,000 files below the fixed part.</exception>
    public static IReadOnlyList<string> Expand(string directory, string pattern, ICollection<string> listed)
    {
        var segments = pattern.Split('/');
        var isFixed = 0;
        while (isFixed < segments.Length - 1 && !IsGlob(segments[isFixed]))
        {
            isFixed++;
        }

        var prefix = string.Join('/', segments[..isFixed]);
        var root = Path.GetFullPath(prefix, directory);
        listed.Add(root);
        if (!Directory.Exists(root))
        {
            return [];
        }

        var rest = segments[isFixed..];
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = rest.Length > 1,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = true,
            MaxRecursionDepth = 64,
        };
        // A link to a directory may lead back up, and a hidden one (.git) is nobody's source.
        var found = new FileSystemEnumerable<string>(
            root,
            (ref FileSystemEntry entry) => Path.GetRelativePath(root, entry.ToFullPath()).Replace('\\', '/'), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
            {
                var recurses = !entry.FileName.StartsWith(".") && (entry.Attributes & FileAttributes.ReparsePoint) == 0;
                if (recurses)
                {
                    listed.Add(entry.ToFullPath());
                }

                return recurses;
            },
        };
        var paths = found.Take(FilesMax + 1).ToList();
        if (paths.Count > FilesMax)
        {
            throw new DeclarationException("KK9010", $"\"{pattern}\": more than {FilesMax} files below {root}");
        }

        return [.. paths
            .Where(path => Matches(rest, path.Split('/')))
            .Select(path => prefix.Length == 0 ? path : prefix + "/" + path)
            .Order(StringComparer.Ordinal)];
    }

    // The usual backtracking over the last "**", without recursion.
    private static bool Matches(string[] pattern, string[] names)
    {
        var (p, n, starAt, resume) = (0, 0, -1, 0);
        while (n < names.Length)
        {
            if (p < pattern.Length && pattern[p] == "**")
            {
                (starAt, resume) = (p++, n);
            }
            else if (p < pattern.Length && Segment(pattern[p], names[n]))
            {
                (p, n) = (p + 1, n + 1);
            }
            else if (starAt >= 0)
            {
                (p, n) = (starAt + 1, ++resume);
            }
            else
            {
                return false;
            }
        }

        return p == pattern.Length || (pattern[p] == "**" && p == pattern.Length - 1 && names.Length > 0);
    }

    private static bool Segment(string pattern, string name) =>
        !IsGlob(pattern)
            ? pattern == name
            : !IsTemporary(name) && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    private static bool IsTemporary(string name) =>
        name.StartsWith(".#", StringComparison.Ordinal) || name.EndsWith('~') || name == "4913";
}
