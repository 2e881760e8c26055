using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using Superblock = KernKit.Volumes.Layouts.Ufs.SuperblockView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Gives a volume FreeBSD's check hashes, computed bit by bit and so apart from the code under test.</summary>
internal static class CheckHashes
{
    private const uint Polynomial = 0x82f63b78;

    public static void Apply(Subject subject)
    {
        var g = subject.Geometry;
        var fs = subject.SuperblockOffset;
        subject.Poke(fs + Superblock.Flags, 4, 0x200);
        subject.Poke(fs + Superblock.Metackhash, 4, 7);
        for (var group = 0; group < g.Groups; group++)
        {
            Hash(subject, g.HeaderOffset(group), g.HeaderBytes, CylinderGroupView<LittleEndian>.Offsets.Ckhash);
        }

        if (g.IsUfs2)
        {
            foreach (var inode in subject.Inodes())
            {
                Hash(subject, inode.Offset, g.InodeBytes, Dinode2View<LittleEndian>.Offsets.Ckhash);
            }
        }

        Hash(subject, fs, (int)subject.Peek(fs + Superblock.Sbsize, 4), Superblock.Ckhash);
    }

    public static void Hash(Subject subject, long offset, int length, int hashAt)
    {
        subject.Poke(offset + hashAt, 4, 0);
        var hash = uint.MaxValue;
        foreach (var value in subject.Image.AsSpan((int)offset, length))
        {
            hash ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                hash = (hash >> 1) ^ ((hash & 1) * Polynomial);
            }
        }

        subject.Poke(offset + hashAt, 4, hash);
    }
}
