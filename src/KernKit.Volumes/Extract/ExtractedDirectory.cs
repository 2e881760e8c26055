namespace KernKit.Volumes.Extract;

/// <summary>
/// A directory that is being restored. It is finished (owner, mode, times) when nothing below it is pending.
/// </summary>
internal sealed class ExtractedDirectory
{
    /// <summary>Makes the root (no parent, no name) or a directory below.</summary>
    public ExtractedDirectory(ExtractedDirectory? parent, ReadOnlySpan<byte> name, ulong id)
    {
        Parent = parent;
        Name = [.. name, 0];
        Id = id;
        Depth = parent is null ? 0 : parent.Depth + 1;
    }

    public ExtractedDirectory? Parent { get; }

    /// <summary>One component with its NUL.</summary>
    public byte[] Name { get; }

    /// <summary>The node on the volume.</summary>
    public ulong Id { get; }

    public int Depth { get; }

    /// <summary>
    /// The open descriptor, or -1; only <see cref="DirectoryDescriptors"/> touches it, under its lock.
    /// </summary>
    public int Descriptor { get; set; } = -1;

    /// <summary>Users of the descriptor; under the same lock.</summary>
    public int Pins { get; set; }

    /// <summary>
    /// Pieces of work, subdirectories and hard links that must be done before this directory is; changed atomically.
    /// </summary>
    public int Pending = 1;

    /// <summary>The memory of its listing while pieces of work wait for it; any thread reads it, the one that lists
    /// the directory and the last one that used the listing set it.</summary>
    public long ListingBytes;

    /// <summary>What the listings of the directories above hold.</summary>
    public ListingBudget ListingsAbove()
    {
        var budget = default(ListingBudget);
        for (var directory = Parent; directory is not null; directory = directory.Parent)
        {
            budget.Add(Volatile.Read(ref directory.ListingBytes));
        }

        return budget;
    }

    /// <summary>The path of an entry of this directory, from the root of the extraction, for messages.</summary>
    public byte[] PathOf(ReadOnlySpan<byte> entry)
    {
        var names = new List<byte[]>();
        var length = entry.Length;
        for (var directory = this; directory.Parent is not null; directory = directory.Parent)
        {
            names.Add(directory.Name);
            length += directory.Name.Length;
        }

        var path = new byte[length];
        var at = 0;
        for (var i = names.Count - 1; i >= 0; i--)
        {
            names[i].CopyTo(path, at);
            at += names[i].Length;
            path[at - 1] = (byte)'/';
        }

        entry.CopyTo(path.AsSpan(at));
        return entry.IsEmpty && at > 0 ? path[..(at - 1)] : path;
    }
}
