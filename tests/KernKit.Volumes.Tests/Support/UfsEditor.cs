using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs;

namespace KernKit.Volumes.Tests;

/// <summary>Changes an image through the generated editors, to make volumes that no tool at hand makes.</summary>
internal abstract class UfsEditor
{
    private long _nextFree;

    protected UfsEditor(byte[] image, UfsGeometry geometry)
    {
        Image = image;
        Geometry = geometry;
        _nextFree = geometry.FragmentCount & ~(geometry.FragmentsPerBlock - 1L);
    }

    public byte[] Image { get; }

    public UfsGeometry Geometry { get; }

    /// <summary>True for a big-endian image.</summary>
    public abstract bool BigOrder { get; }

    /// <summary>An editor for the byte order that the image has.</summary>
    public static UfsEditor Of(byte[] image)
    {
        var source = UfsSearch.Find(new MemoryDevice(image), out _)
            ?? throw new InvalidOperationException("not a UFS image");
        return source.Order == ByteOrder.LittleEndian
            ? new UfsEditor<LittleEndian>(image, source.Geometry)
            : new UfsEditor<BigEndian>(image, source.Geometry);
    }

    public Volume Open(VolumeOptions? options = null) => Volume.Open(new MemoryDevice(Image), options);

    public ulong IdOf(string path)
    {
        using var volume = Open();
        return volume.Find(System.Text.Encoding.UTF8.GetBytes(path)).Id;
    }

    public abstract void SetSize(ulong id, long size);

    public abstract void SetSectors(ulong id, long sectors);

    public abstract void SetFlags(ulong id, uint flags);

    public abstract void SetType(ulong id, int type);

    /// <summary>Sets the time of the last change of the content; UFS1 keeps the low 32 bits of the seconds.</summary>
    public abstract void SetModified(ulong id, long seconds, int nanoseconds);

    /// <summary>Sets a pointer of an inode: 0 to 11 direct, 12 to 14 indirect.</summary>
    public abstract void SetPointer(ulong id, int slot, long fragment);

    /// <summary>Sets a pointer of an indirect block.</summary>
    public abstract void SetIndirect(long block, int slot, long fragment);

    /// <summary>Lets the superblock claim a million groups, or what UFS1's numbers hold, of which the device has
    /// the first few.</summary>
    public abstract void ClaimManyGroups();

    public void ClearPointers(ulong id)
    {
        for (var slot = 0; slot < 15; slot++)
        {
            SetPointer(id, slot, 0);
        }
    }

    /// <summary>Takes a block from the end of the volume, where the makers leave room; it holds zeros.</summary>
    public long Allocate()
    {
        do
        {
            _nextFree -= Geometry.FragmentsPerBlock;
        }
        while (!Geometry.IsDataRun(_nextFree, Geometry.FragmentsPerBlock));

        Block(_nextFree).Clear();
        return _nextFree;
    }

    public Span<byte> Block(long fragment) =>
        Image.AsSpan((int)(fragment << Geometry.FragmentShift), Geometry.BlockBytes);

    public Span<byte> InodeBytes(ulong id) => Image.AsSpan((int)Geometry.InodeOffset(id), Geometry.InodeBytes);

    /// <summary>The bytes of the first chunk of a directory.</summary>
    public Span<byte> Chunk(string path)
    {
        using var volume = Open();
        volume.OpenContent(volume.Find(System.Text.Encoding.UTF8.GetBytes(path))).TryGetExtent(0, out var extent);
        return Image.AsSpan((int)extent.DeviceOffset, Geometry.DirectoryChunkBytes);
    }
}

/// <summary>The editor for one byte order.</summary>
internal sealed class UfsEditor<TOrder>(byte[] image, UfsGeometry geometry) : UfsEditor(image, geometry)
    where TOrder : struct, IByteOrder
{
    public override bool BigOrder => !TOrder.IsLittleEndian;

    public SuperblockEdit<TOrder> Superblock =>
        new(Image.AsSpan((int)Geometry.SuperblockOffset, SuperblockView<TOrder>.Size));

    public Dinode1Edit<TOrder> Inode1(ulong id) => new(InodeBytes(id));

    public Dinode2Edit<TOrder> Inode2(ulong id) => new(InodeBytes(id));

    public override void ClaimManyGroups()
    {
        var groups = (uint)Math.Min(1 << 20, int.MaxValue / Geometry.FragmentsPerGroup);
        var superblock = Superblock;
        superblock.Ncg = groups;
        superblock.Cssize = (int)groups * CsumView<TOrder>.Size;
        var size = (long)groups * Geometry.FragmentsPerGroup;
        if (Geometry.IsUfs2)
        {
            superblock.SizeValue = size;
        }
        else
        {
            superblock.OldSize = (int)size;
        }
    }

    public override void SetSize(ulong id, long size)
    {
        if (Geometry.IsUfs2)
        {
            var inode = Inode2(id);
            inode.SizeValue = (ulong)size;
        }
        else
        {
            var inode = Inode1(id);
            inode.SizeValue = (ulong)size;
        }
    }

    public override void SetSectors(ulong id, long sectors)
    {
        if (Geometry.IsUfs2)
        {
            var inode = Inode2(id);
            inode.Blocks = (ulong)sectors;
        }
        else
        {
            var inode = Inode1(id);
            inode.Blocks = (int)sectors;
        }
    }

    public override void SetFlags(ulong id, uint flags)
    {
        if (Geometry.IsUfs2)
        {
            var inode = Inode2(id);
            inode.Flags = (Uflags)flags;
        }
        else
        {
            var inode = Inode1(id);
            inode.Flags = (Uflags)flags;
        }
    }

    public override void SetType(ulong id, int type) =>
        new UInt16ArrayEdit<TOrder>(InodeBytes(id)[..sizeof(ushort)])[0] = (ushort)((type << 12) | 0x1a4);

    public override void SetModified(ulong id, long seconds, int nanoseconds)
    {
        if (Geometry.IsUfs2)
        {
            var inode = Inode2(id);
            inode.Mtime = seconds;
            inode.Mtimensec = nanoseconds;
        }
        else
        {
            var inode = Inode1(id);
            inode.Mtime = unchecked((uint)seconds);
            inode.Mtimensec = nanoseconds;
        }
    }

    public override void SetPointer(ulong id, int slot, long fragment) => Write(
        (int)Geometry.InodeOffset(id) + (Geometry.IsUfs2
            ? Dinode2View<TOrder>.Offsets.Db + (slot * sizeof(long))
            : Dinode1View<TOrder>.Offsets.Db + (slot * sizeof(int))),
        fragment);

    public override void SetIndirect(long block, int slot, long fragment) =>
        Write((int)(block << Geometry.FragmentShift) + (slot << Geometry.PointerShift), fragment);

    private void Write(int offset, long fragment)
    {
        if (Geometry.IsUfs2)
        {
            new Int64ArrayEdit<TOrder>(Image.AsSpan(offset, sizeof(long)))[0] = fragment;
        }
        else
        {
            new Int32ArrayEdit<TOrder>(Image.AsSpan(offset, sizeof(int)))[0] = (int)fragment;
        }
    }
}
