namespace KernKit.Volumes;

/// <summary>What a node of a file system is.</summary>
public enum NodeType : byte
{
    /// <summary>A directory entry that does not say; read the attributes.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,

    /// <summary>A local socket.</summary>
    Socket,

    /// <summary>A whiteout of a union mount.</summary>
    Whiteout,
}

/// <summary>A point in time as file systems keep it.</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z, negative before it.</param>
/// <param name="Nanoseconds">0 to 999,999,999, always counted forwards.</param>
public readonly record struct UnixTime(long Seconds, int Nanoseconds)
{
    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z; 128 bits, since a damaged inode may hold any 64-bit
    /// second.</summary>
    public Int128 TotalNanoseconds => ((Int128)Seconds * 1_000_000_000) + Nanoseconds;
}

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
