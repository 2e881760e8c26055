namespace KernKit.Volumes;

/// <summary>The kind of table that describes a partition.</summary>
public enum PartitionScheme
{
    /// <summary>The boot record of the PC, with its chain of logical partitions.</summary>
    Mbr,

    /// <summary>The table of UEFI.</summary>
    Gpt,

    /// <summary>A BSD label with 32-bit sector numbers.</summary>
    Bsd,

    /// <summary>DragonFly's label with 64-bit byte offsets.</summary>
    Bsd64,
}
