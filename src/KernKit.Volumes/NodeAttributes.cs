namespace KernKit.Volumes;

/// <summary>A device number, split into its two halves.</summary>
/// <param name="Major">The driver.</param>
/// <param name="Minor">The unit.</param>
public readonly record struct DeviceNumber(uint Major, uint Minor);

/// <summary>What a file system keeps about a node. A time that the format lacks is null.</summary>
public record struct NodeAttributes
{
    /// <summary>The node's number: a UFS inode, a HAMMER object identifier.</summary>
    public ulong Id { get; set; }

    /// <summary>What the node is.</summary>
    public NodeType Type { get; set; }

    /// <summary>The low 12 mode bits: permissions, set-uid, set-gid and sticky.</summary>
    public ushort Permissions { get; set; }

    /// <summary>The owner.</summary>
    public uint UserId { get; set; }

    /// <summary>The group.</summary>
    public uint GroupId { get; set; }

    /// <summary>The logical size in bytes.</summary>
    public long Size { get; set; }

    /// <summary>The number of names.</summary>
    public uint LinkCount { get; set; }

    /// <summary>BSD file flags (chflags(2)), 0 where the format has none.</summary>
    public uint Flags { get; set; }

    /// <summary>The last change of the content.</summary>
    public UnixTime Modified { get; set; }

    /// <summary>The last access.</summary>
    public UnixTime? Accessed { get; set; }

    /// <summary>The last change of the attributes.</summary>
    public UnixTime? Changed { get; set; }

    /// <summary>The creation.</summary>
    public UnixTime? Born { get; set; }

    /// <summary>The device number of a character or block device.</summary>
    public DeviceNumber? Device { get; set; }

    /// <summary>The byte offset of the node's own structure on the device, for messages.</summary>
    public long Offset { get; set; }
}
