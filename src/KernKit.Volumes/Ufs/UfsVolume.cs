using System.Runtime.CompilerServices;
using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Ufs;

// A UFS volume is chosen once: UfsSearch finds the superblock and its byte order, and everything below is compiled
// for that order. UFS1 and UFS2 differ in the inode and in the width of pointers, and share the rest; those two
// places ask Geometry.IsUfs2.
//
//   superblock -> UfsGeometry (checked numbers) -> UfsVolume
//   inode number --Geometry.InodeOffset--> inode, read in place through BlockCache
//   inode -> UfsNode (15 pointers) -> UfsBlockMap -> extents of the device
//   directory = file of chunks of 512 bytes, each filled with entries from first to last byte
//
// Nothing here interprets bytes but through the generated views of layouts/ufs. State: the cache; everything else
// never changes, so all methods may run at once in several threads.

/// <summary>A UFS1 or UFS2 volume in one byte order.</summary>
internal sealed partial class UfsVolume<TOrder> : Volume
    where TOrder : struct, IByteOrder
{
    private const int ClusterBytesMin = 16384;

    private readonly UfsSource _source;
    private readonly VolumeOptions _options;

    public UfsVolume(IBlockDevice device, UfsSource source, VolumeOptions options)
    {
        Device = device;
        Geometry = source.Geometry;
        Cache = new BlockCache(device, Math.Max(ClusterBytesMin, Geometry.BlockBytes));
        _source = source;
        _options = options;
    }

    public override string Format => Geometry.Format;

    public override IBlockDevice Device { get; }

    public override ulong RootId => UfsConstants.RootInode;

    /// <summary>Where things lie.</summary>
    public UfsGeometry Geometry { get; }

    /// <summary>Metadata goes through here.</summary>
    public BlockCache Cache { get; }

    /// <summary>The bytes of the volume that the device really has. Limits of work go by these: what a superblock
    /// says costs nothing to say.</summary>
    public long PresentBytes => Math.Min(Geometry.VolumeBytes, Device.Length);

    public override NodeAttributes GetAttributes(ulong id)
    {
        RequireInode(id);
        var offset = Geometry.InodeOffset(id);
        using var lease = Cache.Borrow(offset, Geometry.InodeBytes);
        Unsafe.SkipInit(out NodeAttributes node);
        if (Geometry.IsUfs2)
        {
            Fill2(new Dinode2View<TOrder>(lease.Bytes), id, offset, out node);
        }
        else
        {
            Fill1(new Dinode1View<TOrder>(lease.Bytes), id, offset, out node);
        }

        return node;
    }

    internal override NodeRecord? Record => new("dinode", Geometry.InodeBytes, _source.Order == ByteOrder.BigEndian,
        Geometry.IsUfs2 ? Dinode2FieldTable.Text : Dinode1FieldTable.Text, CopyInode);

    private void CopyInode(ulong id, Span<byte> target)
    {
        RequireInode(id);
        using var lease = Cache.Borrow(Geometry.InodeOffset(id), Geometry.InodeBytes);
        lease.Bytes.CopyTo(target);
    }

    public override FileContent OpenContent(in NodeAttributes file)
    {
        if (file.Type is not (NodeType.File or NodeType.Directory or NodeType.Symlink))
        {
            throw new VolumeException(
                VolumeError.Unsupported, $"a node of type {file.Type} has no content", $"inode {file.Id}.mode",
                    file.Offset);
        }

        return new UfsFileContent<TOrder>(this, Map(file));
    }

    public override CheckSummary Check(Action<CheckFinding> report, CancellationToken cancellation = default) =>
        UfsCheck<TOrder>.Run(Device, Geometry.SuperblockOffset, report, cancellation);

    /// <summary>The byte offset of a pointer within an inode.</summary>
    public int PointerOffset(int slot) => Geometry.IsUfs2
        ? Dinode2View<TOrder>.Offsets.Db + (slot * sizeof(long))
        : Dinode1View<TOrder>.Offsets.Db + (slot * sizeof(int));

    /// <summary>Reads what is needed to find the content of a node, and refuses what cannot be true of it.</summary>
    private UfsBlockMap<TOrder> Map(in NodeAttributes attributes)
    {
        LoadNode(attributes.Id, out var node);
        if (node.Size < 0 || node.Size > Geometry.FileBytesMax)
        {
            throw Damaged(node, "size", SizeOffset,
                $"{node.Size} bytes are more than the pointers of an inode can reach");
        }

        if (node.Sectors < 0 || node.Sectors > Geometry.VolumeBytes / UfsConstants.SectorBytes)
        {
            throw Damaged(node, "blocks", BlocksOffset, $"{node.Sectors} sectors are more than the volume has");
        }

        var held = Math.Min(node.Sectors * UfsConstants.SectorBytes, PresentBytes);
        var map = new UfsBlockMap<TOrder>(this, node);
        if (node.Size > Geometry.VolumeBytes)
        {
            var end = map.LastMappedEnd();
            if (node.Size - end > Geometry.VolumeBytes)
            {
                throw Damaged(node, "size", SizeOffset,
                    $"{node.Size} bytes, but the last block that is allocated ends at {end}");
            }
        }

        if (node.Size - held > _options.HoleBytesMax && node.Size / _options.HoleRatioMax > held)
        {
            throw new VolumeException(
                VolumeError.Unsupported,
                $"{node.Size} bytes, of which {held} are allocated: more holes than the limit of "
                + $"{_options.HoleBytesMax} bytes and {_options.HoleRatioMax} times the allocated bytes "
                + "(VolumeOptions.HoleBytesMax lifts it)",
                $"inode {node.Id}.size",
                node.Offset + SizeOffset);
        }

        return map;
    }

    private void LoadNode(ulong id, out UfsNode node)
    {
        RequireInode(id);
        var offset = Geometry.InodeOffset(id);
        node = default;
        node.Id = id;
        node.Offset = offset;
        using var lease = Cache.Borrow(offset, Geometry.InodeBytes);
        if (Geometry.IsUfs2)
        {
            var inode = new Dinode2View<TOrder>(lease.Bytes);
            node.Size = (long)inode.SizeValue;
            node.Sectors = (long)inode.Blocks;
            node.IsSnapshot = (inode.Flags & Uflags.SF_SNAPSHOT) != 0;
            inode.Db.CopyTo(node.Pointers[..UfsConstants.DirectCount]);
            inode.Ib.CopyTo(node.Pointers[UfsConstants.DirectCount..]);
            return;
        }

        var old = new Dinode1View<TOrder>(lease.Bytes);
        node.Size = (long)old.SizeValue;
        node.Sectors = old.Blocks;
        node.IsSnapshot = (old.Flags & Uflags.SF_SNAPSHOT) != 0;
        for (var i = 0; i < UfsConstants.DirectCount; i++)
        {
            node.Pointers[i] = old.Db[i];
        }

        for (var i = 0; i < UfsConstants.IndirectCount; i++)
        {
            node.Pointers[UfsConstants.DirectCount + i] = old.Ib[i];
        }
    }

    private int SizeOffset =>
        Geometry.IsUfs2 ? Dinode2View<TOrder>.Offsets.SizeValue : Dinode1View<TOrder>.Offsets.SizeValue;

    private int BlocksOffset =>
        Geometry.IsUfs2 ? Dinode2View<TOrder>.Offsets.Blocks : Dinode1View<TOrder>.Offsets.Blocks;

    private static VolumeException Damaged(in UfsNode node, string field, int fieldOffset, string what) =>
        new(VolumeError.Damaged, what, $"inode {node.Id}.{field}", node.Offset + fieldOffset);

    private void RequireInode(ulong id)
    {
        if (id >= Geometry.InodeCount)
        {
            throw new VolumeException(
                VolumeError.Damaged,
                $"the volume has {Geometry.InodeCount} inodes, {id} is not one of them",
                "superblock.ipg",
                Geometry.SuperblockOffset + SuperblockView<TOrder>.Offsets.Ipg);
        }
    }
}
