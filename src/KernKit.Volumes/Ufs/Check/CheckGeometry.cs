namespace KernKit.Volumes.Ufs.Check;

/// <summary>The numbers of a superblock that a check computes with, proved usable by
/// <see cref="SuperblockPhase{TOrder}"/>: a reader's geometry, and what only a check asks for.</summary>
/// <remarks>Addresses and lengths are in fragments unless a name says bytes. Facts: sys/ufs/ffs/fs.h (cgbase,
/// cgstart, ino_to_fsba).</remarks>
internal sealed record CheckGeometry(UfsGeometry Volume)
{
    public bool IsUfs2 => Volume.IsUfs2;

    /// <summary>Directory entries hold a type, and names have 8-bit lengths (4.4BSD); false for 4.2BSD's inode
    /// format.</summary>
    public bool HasEntryTypes => !Volume.OldFormat;

    /// <summary>Group headers are of the form that 4.3BSD-Tahoe brought; false for 4.2BSD's fixed tables.</summary>
    public bool HasDynamicGroups => !Volume.OldGroups;

    /// <summary>What no directory entry crosses: 512 bytes, on Apple's volumes 1024.</summary>
    public int DirectoryChunkBytes => Volume.DirectoryChunkBytes;

    public long SuperblockOffset => Volume.SuperblockOffset;

    public int BlockBytes => Volume.BlockBytes;

    public int FragmentBytes => Volume.FragmentBytes;

    /// <summary>Fragments a block: 1, 2, 4 or 8.</summary>
    public int FragmentsPerBlock => Volume.FragmentsPerBlock;

    /// <summary>Fragments of the volume.</summary>
    public long Fragments => Volume.FragmentCount;

    /// <summary>Fragments of the volume that the device holds; less than <see cref="Fragments"/> on a truncated
    /// image.</summary>
    public required long FragmentsOnDevice { get; init; }

    /// <summary>Blocks that the device holds: a pass reads no more blocks of pointers than these, nor more fragments of
    /// directories than it has, whatever the superblock claims.</summary>
    public long BlocksOnDevice => FragmentsOnDevice / FragmentsPerBlock;

    public int Groups => (int)Volume.GroupCount;

    /// <summary>Groups whose inode table begins on the device.</summary>
    public required int GroupsOnDevice { get; init; }

    public int FragmentsPerGroup => (int)Volume.FragmentsPerGroup;

    public int InodesPerGroup => (int)Volume.InodesPerGroup;

    /// <summary>Offsets in a group: of its superblock copy, its header, its inode table, its first data.</summary>
    public int SuperblockAt => Volume.SuperblockAt;

    public int HeaderAt => Volume.GroupAt;

    public int InodesAt => Volume.InodesAt;

    public int DataAt => Volume.DataAt;

    public long SummaryAt => Volume.SummaryFragment;

    /// <summary>What the counts of all groups take; the superblock may state another number.</summary>
    public required long SummaryBytes { get; init; }

    public int HeaderBytes => Volume.GroupBytes;

    /// <summary>Sizes of free clusters that a group counts; 0 if it has no cluster maps.</summary>
    public int ClusterSizes => Volume.ClusterKinds;

    public required ulong FileBytesMax { get; init; }

    /// <summary>UFS1: the shape of the rotational tables, for which a group's header keeps room in front of its
    /// maps.</summary>
    public required int OldCylindersPerGroup { get; init; }

    public required int OldRotationalPositions { get; init; }

    public required bool HashesGroups { get; init; }

    public required bool HashesInodes { get; init; }

    public int InodeBytes => Volume.InodeBytes;

    public int PointersPerBlock => Volume.PointersPerBlock;

    public int InodesPerBlock => BlockBytes / InodeBytes;

    public long Inodes => (long)Volume.InodeCount;

    public long InodesOnDevice => (long)GroupsOnDevice * InodesPerGroup;

    public long SummaryFragments => (SummaryBytes + FragmentBytes - 1) / FragmentBytes;

    /// <summary>The first fragment of a group.</summary>
    public long GroupBase(int group) => (long)group * FragmentsPerGroup;

    /// <summary>The fragment that the offsets of a group's metadata count from.</summary>
    public long GroupStart(int group) => Volume.GroupStart((uint)group);

    /// <summary>The end of a group: its own fragments, cut at the end of the volume.</summary>
    public long GroupEnd(int group) => Math.Min(GroupBase(group) + FragmentsPerGroup, Fragments);

    /// <summary>The first fragment that a group reserves for metadata: group 0 reserves the boot area too.</summary>
    public long MetadataStart(int group) => group == 0 ? 0 : GroupStart(group) + SuperblockAt;

    public long MetadataEnd(int group) => GroupStart(group) + DataAt;

    public long ByteOffset(long fragment) => fragment * FragmentBytes;

    public long HeaderOffset(int group) => ByteOffset(GroupStart(group) + HeaderAt);

    public long InodeOffset(long inode) => Volume.InodeOffset((ulong)inode);

    /// <summary>True if <paramref name="count"/> fragments lie in the volume, within one block.</summary>
    public bool IsInRange(long fragment, int count) =>
        fragment > 0 && fragment < Fragments && count <= Fragments - fragment
        && (int)(fragment & (FragmentsPerBlock - 1)) + count <= FragmentsPerBlock;

    /// <summary>True if the run lies in the volume, within one block, where files may have it.</summary>
    public bool IsUsable(long fragment, int count) => IsInRange(fragment, count) && !IsMetadata(fragment, count);

    /// <summary>True if the run touches a group's metadata or the summary area.</summary>
    public bool IsMetadata(long fragment, int count)
    {
        var group = (int)(fragment / FragmentsPerGroup);
        return (fragment < MetadataEnd(group) && fragment + count > MetadataStart(group))
            || (fragment < SummaryAt + SummaryFragments && fragment + count > SummaryAt);
    }
}
