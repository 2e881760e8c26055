namespace KernKit.Volumes.Extract;

/// <summary>Removes a tree of the target, whatever its depth, with one open directory at a time.</summary>
internal static class TargetTree
{
    /// <summary>Removes all entries below an open directory; what cannot be removed stays.</summary>
    public static void RemoveContent(int root)
    {
        // For each level the subdirectories that are still to be done; a level is left by "..", which nobody else can
        // move in a directory that only we may enter.
        var levels = new Stack<(byte[]? Name, Stack<byte[]> Left)>();
        var current = Posix.OpenDirectory(root, ".\0"u8);
        levels.Push((null, RemoveFiles(current)));
        while (true)
        {
            var (name, left) = levels.Peek();
            if (left.TryPop(out var child))
            {
                if (Posix.TryRemove(current, child, isDirectory: true) != 0 && TryEnter(ref current, child))
                {
                    levels.Push((child, RemoveFiles(current)));
                }

                continue;
            }

            levels.Pop();
            if (name is null)
            {
                Posix.Close(current);
                return;
            }

            var above = Posix.OpenDirectory(current, "..\0"u8);
            Posix.Close(current);
            current = above;
            _ = Posix.TryRemove(current, name, isDirectory: true);
        }
    }

    private static bool TryEnter(ref int current, byte[] child)
    {
        try
        {
            if (Posix.EffectiveUser != 0)
            {
                // It may be finished already, with a mode that shuts out its owner.
                Posix.SetMode(current, child, 0x1C0);
            }

            var entered = Posix.OpenDirectory(current, child);
            Posix.Close(current);
            current = entered;
            return true;
        }
        catch (Exception error) when (error is VolumeException or TargetException)
        {
            return false;
        }
    }

    private static Stack<byte[]> RemoveFiles(int directory)
    {
        var directories = new Stack<byte[]>();
        foreach (var entry in List(directory))
        {
            if (Posix.TryRemove(directory, entry.Name, isDirectory: false) != 0 && entry.MayBeDirectory)
            {
                directories.Push(entry.Name);
            }
        }

        return directories;
    }

    private static List<DirectoryReader.TargetEntry> List(int directory)
    {
        try
        {
            return DirectoryReader.List(directory);
        }
        catch (TargetException)
        {
            // Why all this is removed is told, and not that some of it stays.
            return [];
        }
    }
}
