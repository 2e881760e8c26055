using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// Where things lie on a UFS volume. Everything is counted in fragments from the start of the volume:
//
//   0         boot area, first superblock (at a byte offset that is searched)
//   group c   begins at c * FragmentsPerGroup; its metadata begins at GroupStart(c), which UFS1 may move by a few
//             fragments from group to group (so that not all of it lay on one platter):
//               + SuperblockAt   copy of the superblock
//               + GroupAt        cylinder group header with its bitmaps
//               + InodesAt       inode table
//               + DataAt         data; in group 0 the summary area comes first
//             what lies before the copy of the superblock in groups above 0 is data too.
//
// UFS1 takes sizes from the old 32-bit fields, UFS2 from the 64-bit ones. UfsSuperblock.Read makes a geometry and
// checks each number: code that uses one may multiply and shift without checking again. The largest product is the
// volume: 2^24 groups of 2^19 fragments (eight for each byte of a block) of 2^16 bytes are 2^59. But what a volume says
// of its size need not be there: work is bounded by UfsVolume.PresentBytes.

/// <summary>The checked geometry of a UFS volume.</summary>
internal sealed record UfsGeometry
{
    /// <summary>True for UFS2: 64-bit pointers and inodes of 256 bytes.</summary>
    public required bool IsUfs2 { get; init; }

    /// <summary>The format's name.</summary>
    public string Format => IsUfs2 ? "ufs2" : "ufs1";

    /// <summary>True for directory entries of 4.2BSD (Solaris among them): without a type, the length of the name in
    /// 16 bits.</summary>
    public required bool OldFormat { get; init; }

    /// <summary>True for inodes of 4.2BSD (Solaris among them): owners of 16 bits.</summary>
    public required bool OldOwners { get; init; }

    /// <summary>True if cylinder groups have the fixed form of 4.2BSD.</summary>
    public required bool OldGroups { get; init; }

    /// <summary>Bytes from the start of the device.</summary>
    public required long SuperblockOffset { get; init; }

    public required int BlockBytes { get; init; }

    public required int FragmentBytes { get; init; }

    public required int FragmentsPerBlock { get; init; }

    /// <summary>Log2 of <see cref="BlockBytes"/>.</summary>
    public required int BlockShift { get; init; }

    /// <summary>Log2 of <see cref="FragmentBytes"/>.</summary>
    public required int FragmentShift { get; init; }

    /// <summary>Fragments of the volume.</summary>
    public required long FragmentCount { get; init; }

    public required uint GroupCount { get; init; }

    public required uint InodesPerGroup { get; init; }

    public required uint FragmentsPerGroup { get; init; }

    public required int SuperblockAt { get; init; }

    public required int GroupAt { get; init; }

    public required int InodesAt { get; init; }

    public required int DataAt { get; init; }

    public required int GroupStep { get; init; }

    public required int GroupStepMask { get; init; }

    /// <summary>First fragment of the summary area.</summary>
    public required long SummaryFragment { get; init; }

    public required int SummaryBytes { get; init; }

    /// <summary>Bytes of a cylinder group header with its maps, at most a block.</summary>
    public required int GroupBytes { get; init; }

    /// <summary>Kinds in a group's cluster summary; 0 for none.</summary>
    public required int ClusterKinds { get; init; }

    /// <summary>Targets of symbolic links shorter than this lie in the inode.</summary>
    public required int ShortLinkBytes { get; init; }

    /// <summary>Room for a target in an inode.</summary>
    public int ShortLinkRoom => IsUfs2 ? UfsConstants.ShortLinkBytesUfs2 : UfsConstants.ShortLinkBytesUfs1;

    /// <summary>No directory entry crosses a multiple of this.</summary>
    public required int DirectoryChunkBytes { get; init; }

    /// <summary>Bytes of an inode.</summary>
    public int InodeBytes => IsUfs2 ? Dinode2View<LittleEndian>.Size : Dinode1View<LittleEndian>.Size;

    /// <summary>Pointers in an indirect block.</summary>
    public int PointersPerBlock => BlockBytes >> PointerShift;

    /// <summary>Log2 of the bytes of a block pointer.</summary>
    public int PointerShift => IsUfs2 ? 3 : 2;

    /// <summary>Inodes of the volume, used or not; numbers 0 and 1 are never used.</summary>
    public ulong InodeCount => (ulong)GroupCount * InodesPerGroup;

    /// <summary>Bytes of the volume.</summary>
    public long VolumeBytes => FragmentCount << FragmentShift;

    /// <summary>The largest file that the pointers of an inode can describe.</summary>
    public Int128 FileBytesMax
    {
        get
        {
            Int128 pointers = PointersPerBlock;
            var blocks = UfsConstants.DirectCount + pointers * (1 + pointers * (1 + pointers));
            return blocks << BlockShift;
        }
    }

    /// <summary>The fragment where the metadata of a group begins.</summary>
    public long GroupStart(uint group)
    {
        var start = (long)group * FragmentsPerGroup;
        return IsUfs2 ? start : start + ((long)GroupStep * (group & ~(uint)GroupStepMask));
    }

    /// <summary>The byte offset of an inode, which must be below <see cref="InodeCount"/>.</summary>
    public long InodeOffset(ulong id)
    {
        var group = (uint)(id / InodesPerGroup);
        var index = (long)(id - ((ulong)group * InodesPerGroup));
        return ((GroupStart(group) + InodesAt) << FragmentShift) + (index * InodeBytes);
    }

    /// <summary>True if a symbolic link's target lies in its inode: it is shorter than the volume's limit, or (old
    /// volumes, Solaris, NeXT) fits and the inode holds no blocks.</summary>
    public bool IsShortLink(ulong bytes, ulong sectors) =>
        bytes <= (ulong)ShortLinkRoom && (bytes < (ulong)ShortLinkBytes || sectors == 0);

    /// <summary>Fragments of a group; the last one may be short.</summary>
    public uint GroupFragments(uint group) =>
        (uint)Math.Min(FragmentsPerGroup, FragmentCount - ((long)group * FragmentsPerGroup));

    /// <summary>True if <paramref name="count"/> fragments at <paramref name="fragment"/> lie on the volume, within
    /// one block, and outside the metadata of a cylinder group.</summary>
    public bool IsDataRun(long fragment, int count)
    {
        if (fragment <= 0 || fragment > FragmentCount - count
            || (fragment & (FragmentsPerBlock - 1)) + count > FragmentsPerBlock)
        {
            return false;
        }

        var group = (uint)(fragment / FragmentsPerGroup);
        var start = GroupStart(group);
        return fragment >= start + DataAt || (group > 0 && fragment + count <= start + SuperblockAt);
    }

    /// <summary>Fragments that block <paramref name="block"/> of a file takes: the last block of a file without
    /// indirect blocks may be short.</summary>
    public int BlockFragments(long fileBytes, long block)
    {
        if (block >= UfsConstants.DirectCount || fileBytes >= (block + 1) << BlockShift)
        {
            return FragmentsPerBlock;
        }

        var tail = fileBytes & (BlockBytes - 1);
        return (int)((tail + FragmentBytes - 1) >> FragmentShift);
    }
}
