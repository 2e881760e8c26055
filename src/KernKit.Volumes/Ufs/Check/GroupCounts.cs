namespace KernKit.Volumes.Ufs.Check;

/// <summary>What a group, or a volume, really holds.</summary>
internal struct GroupCounts
{
    public long Directories;

    /// <summary>Whole free blocks.</summary>
    public long FreeBlocks;

    public long FreeInodes;

    /// <summary>Free fragments outside whole free blocks.</summary>
    public long FreeFragments;
}
