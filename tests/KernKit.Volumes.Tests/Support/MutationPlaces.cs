using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs;

namespace KernKit.Volumes.Tests;

/// <summary>Where the metadata of an image lies.</summary>
internal static class MutationPlaces
{
    /// <summary>Superblock, cylinder groups, used inodes, directory chunks and indirect blocks, the small ones
    /// several times over.</summary>
    public static List<(int Offset, int Length)> Find(byte[] image)
    {
        var device = new MemoryDevice(image);
        var source = UfsSearch.Find(device, out _) ?? throw new InvalidOperationException("not a UFS image");
        return source.Order == ByteOrder.LittleEndian ? Find<LittleEndian>(device, source)
            : Find<BigEndian>(device, source);
    }

    private static List<(int Offset, int Length)> Find<TOrder>(MemoryDevice device, UfsSource source)
        where TOrder : struct, IByteOrder
    {
        var geometry = source.Geometry;
        using var volume = new UfsVolume<TOrder>(device, source, VolumeOptions.Default);
        var targets = new List<(int, int)>();
        for (var group = 0u; group < geometry.GroupCount; group++)
        {
            targets.Add(((int)((geometry.GroupStart(group) + geometry.GroupAt) << geometry.FragmentShift),
                geometry.GroupBytes));
        }

        foreach (var (_, node) in Reading.Walk(volume))
        {
            targets.Add(((int)node.Offset, geometry.InodeBytes));
            if (node.Type == NodeType.Directory)
            {
                AddDirectory(volume, node, targets);
            }

            if (node.Type is NodeType.File or NodeType.Directory && node.Size > 12 * geometry.BlockBytes)
            {
                AddIndirect<TOrder>(device, geometry, node, targets);
            }
        }

        // One superblock must not drown among hundreds of inodes.
        for (var i = targets.Count / 6; i >= 0; i--)
        {
            targets.Add(((int)geometry.SuperblockOffset, source.Superblock.Length));
        }

        return targets;
    }

    private static void AddDirectory(Volume volume, in NodeAttributes node, List<(int, int)> targets)
    {
        var content = volume.OpenContent(node);
        for (var offset = 0L; content.TryGetExtent(offset, out var extent); offset += extent.Length)
        {
            for (var at = 0L; at < extent.Length; at += 512)
            {
                targets.Add(((int)(extent.DeviceOffset + at), 512));
            }
        }
    }

    private static void AddIndirect<TOrder>(
        MemoryDevice device, UfsGeometry geometry, in NodeAttributes node, List<(int, int)> targets)
        where TOrder : struct, IByteOrder
    {
        var inode = device.Bytes.AsSpan((int)node.Offset, geometry.InodeBytes);
        var pointer = geometry.IsUfs2 ? new Dinode2View<TOrder>(inode).Ib[0] : new Dinode1View<TOrder>(inode).Ib[0];
        if (pointer != 0)
        {
            for (var i = 0; i < 8; i++)
            {
                targets.Add(((int)(pointer << geometry.FragmentShift), 256));
            }
        }
    }
}
