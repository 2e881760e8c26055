using System.Runtime.CompilerServices;

namespace KernKit.Volumes.Ufs;

/// <summary>The block pointers of an inode: 12 direct ones, then one for each level of indirection.</summary>
[InlineArray(15)]
internal struct UfsPointers
{
    private long _first;
}

/// <summary>What of an inode is needed to find its content.</summary>
internal struct UfsNode
{
    /// <summary>The inode number.</summary>
    public ulong Id;

    /// <summary>The byte offset of the inode on the device.</summary>
    public long Offset;

    /// <summary>Bytes of content.</summary>
    public long Size;

    /// <summary>Sectors of 512 bytes that the inode says it holds.</summary>
    public long Sectors;

    /// <summary>True for a snapshot of the volume, whose pointers have other meanings too.</summary>
    public bool IsSnapshot;

    /// <summary>Fragment numbers, 0 for a hole; not checked yet.</summary>
    public UfsPointers Pointers;
}
