namespace KernKit.Build;

/// <summary>
/// The one form in which graph, database and cache name files: relative to the project's directory with forward
/// slashes, so that clones and moved trees agree; absolute only for what shares not even its first directory with the
/// project, such as /usr/include.
/// </summary>
internal static class ProjectPath
{
    /// <summary>Brings a path into that form.</summary>
    /// <param name="directory">The project's directory, absolute.</param>
    /// <param name="path">Absolute, or relative to the project.</param>
    /// <returns>The path.</returns>
    public static string Relative(string directory, string path)
    {
        // The common case, and the one that has to be cheap: already in form.
        if (path.Length > 0 && !Path.IsPathRooted(path) && IsClean(path))
        {
            return path;
        }

        var full = Path.GetFullPath(path, directory);
        if (full.StartsWith(directory, StringComparison.Ordinal) && full.Length > directory.Length + 1 &&
            full[directory.Length] == '/')
        {
            return full[(directory.Length + 1)..];
        }

        return FirstDirectory(full).SequenceEqual(FirstDirectory(directory))
            ? Path.GetRelativePath(directory, full).Replace(Path.DirectorySeparatorChar, '/')
            : full;
    }

    /// <summary>True if a name stays below whatever it is joined to.</summary>
    /// <param name="name">With forward slashes.</param>
    /// <returns>False for absolute names, empty and dot segments, and control characters.</returns>
    public static bool IsBelow(string name) =>
        name.Length is > 0 and <= 1024 && IsClean(name) && !name.StartsWith("../", StringComparison.Ordinal) &&
        name != ".." && !name.Any(char.IsControl) && !name.Contains('\\', StringComparison.Ordinal);

    private static ReadOnlySpan<char> FirstDirectory(string full)
    {
        var end = full.AsSpan(1).IndexOf('/');
        return end < 0 ? full : full.AsSpan(0, end + 1);
    }

    // No empty and no dot segment, except leading "..".
    private static bool IsClean(string path)
    {
        var mayClimb = true;
        foreach (var range in path.AsSpan().Split('/'))
        {
            var segment = path.AsSpan(range);
            if (segment is "" or "." || (segment is ".." && !mayClimb))
            {
                return false;
            }

            mayClimb &= segment is "..";
        }

        return path[0] != '/';
    }
}
