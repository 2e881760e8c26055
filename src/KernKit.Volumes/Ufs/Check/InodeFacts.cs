using System.Runtime.CompilerServices;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>The file types of an inode's mode, which are those of a directory entry too (sys/ufs/ufs/dinode.h,
/// dir.h).</summary>
internal static class FileType
{
    public const int None = (int)Iftype.NONE;
    public const int Fifo = (int)Iftype.FIFO;
    public const int CharacterDevice = (int)Iftype.CHR;
    public const int Directory = (int)Iftype.DIR;
    public const int BlockDevice = (int)Iftype.BLK;
    public const int Regular = (int)Iftype.REG;
    public const int Symlink = (int)Iftype.LNK;
    public const int Socket = (int)Iftype.SOCK;
    public const int Whiteout = (int)Iftype.WHT;

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
    public const int Count = AttributeFirst + UfsConstants.ExternalCount;
    public const int AttributeFirst = UfsConstants.DirectCount + UfsConstants.IndirectCount;
    private long _element;
}

/// <summary>An inode, the same for both formats.</summary>
internal struct InodeFacts
{
    public long Number;
    public long Offset;
    public int Mode;
    public int LinkCount;
    public ulong Bytes;

    /// <summary>The 512-byte sectors that it says it holds.</summary>
    public ulong Sectors;
    public Uflags Flags;
    public long AttributeBytes;
    public uint Hash;
    public InodePointers Pointers;

    public readonly int Type => Mode >> 12;

    public readonly bool IsAllocated => Mode != 0;

    public readonly bool IsDirectory => Type == FileType.Directory;

    /// <summary>A snapshot: pointers 1 and 2 are marks, not addresses (BLK_NOCOPY, BLK_SNAP).</summary>
    public readonly bool IsSnapshot => Type == FileType.Regular && (Flags & Uflags.SF_SNAPSHOT) != 0;

    /// <summary>NetBSD's journal, an inode without a name.</summary>
    public readonly bool IsJournal => (Flags & Uflags.SF_LOG) != 0;

    /// <summary>True if the pointers hold a link's target and not addresses.</summary>
    public readonly bool IsShortLink(CheckGeometry geometry) =>
        Type == FileType.Symlink && geometry.Volume.IsShortLink(Bytes, Sectors);

    /// <summary>True if the pointers are addresses of blocks.</summary>
    public readonly bool HasBlocks(CheckGeometry geometry) =>
        Type is FileType.Regular or FileType.Directory || (Type == FileType.Symlink && !IsShortLink(geometry));
}
