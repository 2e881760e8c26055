using System.IO.Enumeration;

namespace KernKit.Build;

/// <summary>
/// What lies below a directory, without following links: behind a link to a directory are somebody else's files, and
/// what walks here moves and deletes.
/// </summary>
internal static class FileTree
{
    private const int DepthMax = 64;

    /// <summary>Everything below a directory.</summary>
    /// <param name="root">Absolute; it exists.</param>
    /// <returns>Files, directories and links; a link to a directory is listed and not entered.</returns>
    public static IReadOnlyList<FileSystemInfo> Below(string root) =>
    [
        .. new FileSystemEnumerable<FileSystemInfo>(
            root,
            static (ref FileSystemEntry entry) => entry.ToFileSystemInfo(),
            new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.None,
                IgnoreInaccessible = false,
                MaxRecursionDepth = DepthMax,
            })
        {
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => !IsLink(entry.Attributes),
        },
    ];

    /// <summary>True for a link of any kind.</summary>
    /// <param name="entry">One of <see cref="Below"/>.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsLink(FileSystemInfo entry) => IsLink(entry.Attributes) || entry.LinkTarget is not null;

    /// <summary>Removes directories that are empty, or hold only such.</summary>
    /// <param name="root">Absolute; it exists, and stays.</param>
    public static void RemoveEmptyBelow(string root)
    {
        foreach (var directory in Below(root).OfType<DirectoryInfo>().Where(static entry => !IsLink(entry))
            .OrderByDescending(static directory => directory.FullName.Length))
        {
            if (!directory.EnumerateFileSystemInfos().Any())
            {
                directory.Delete();
            }
        }
    }

    private static bool IsLink(FileAttributes attributes) => (attributes & FileAttributes.ReparsePoint) != 0;
}
