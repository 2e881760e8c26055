using System.Runtime.CompilerServices;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>The file types of an inode's mode, which are those of a directory entry too (sys/ufs/ufs/dinode.h,
/// dir.h).</summary>
internal static class FileType
{
    public const int None = 0;
    public const int Fifo = 1;
    public const int CharacterDevice = 2;
    public const int Directory = 4;
    public const int BlockDevice = 6;
    public const int Regular = 8;
    public const int Symlink = 10;
    public const int Socket = 12;
    public const int Whiteout = 14;

    /// <summary>True for the types that an inode may have; a whiteout is an entry without an inode.</summary>
    public static bool IsInodeType(int type) =>
        type is Fifo or CharacterDevice or Directory or BlockDevice or Regular or Symlink or Socket;

    public static string Name(int type) => type switch
    {
        None => "unknown",
        Fifo => "fifo",
        CharacterDevice => "chr",
        Directory => "dir",
        BlockDevice => "blk",
        Regular => "file",
        Symlink => "symlink",
        Socket => "socket",
        Whiteout => "whiteout",
        _ => $"type {type}",
    };
}

/// <summary>The 12 direct and 3 indirect pointers of an inode, then its 2 attribute pointers (UFS2).</summary>
[InlineArray(Count)]
internal struct InodePointers
{
    public const int Count = 17;
    public const int AttributeFirst = 15;
    private long _element;
}

/// <summary>An inode, the same for both formats.</summary>
internal struct InodeFacts
{
    /// <summary>A snapshot: pointers 1 and 2 are marks, not addresses (SF_SNAPSHOT, BLK_NOCOPY, BLK_SNAP).</summary>
    public const uint FlagSnapshot = 0x0020_0000;

    /// <summary>NetBSD's journal, an inode without a name (SF_LOG).</summary>
    public const uint FlagLog = 0x0040_0000;

    public long Number;
    public long Offset;
    public int Mode;
    public int LinkCount;
    public ulong Bytes;

    /// <summary>The 512-byte sectors that it says it holds.</summary>
    public ulong Sectors;
    public uint Flags;
    public long AttributeBytes;
    public uint Hash;
    public InodePointers Pointers;

    public readonly int Type => Mode >> 12;

    public readonly bool IsAllocated => Mode != 0;

    public readonly bool IsDirectory => Type == FileType.Directory;

    public readonly bool IsSnapshot => Type == FileType.Regular && (Flags & FlagSnapshot) != 0;

    /// <summary>True if the pointers hold a link's target and not addresses.</summary>
    /// <remarks>Volumes that state no length of short links have them where a link holds no blocks (NetBSD,
    /// NeXT).</remarks>
    public readonly bool IsShortLink(CheckGeometry geometry) => Type == FileType.Symlink
        && (geometry.ShortLinkBytes > 0 ? Bytes < (ulong)geometry.ShortLinkBytes : Sectors == 0 && Bytes <= 60);

    /// <summary>True if the pointers are addresses of blocks.</summary>
    public readonly bool HasBlocks(CheckGeometry geometry) =>
        Type is FileType.Regular or FileType.Directory || (Type == FileType.Symlink && !IsShortLink(geometry));
}
