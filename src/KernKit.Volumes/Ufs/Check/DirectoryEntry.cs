namespace KernKit.Volumes.Ufs.Check;

/// <summary>One used entry of a directory, apart from its name.</summary>
/// <param name="Inode">The inode that it names.</param>
/// <param name="Type">Its type, or -1 where entries have none.</param>
/// <param name="Offset">The entry's byte offset on the device.</param>
/// <param name="Position">Its place in the directory: 0 for the first entry, 1 for the second, then more.</param>
internal readonly record struct DirectoryEntry(long Inode, int Type, long Offset, long Position);
