using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs;

namespace KernKit.Volumes.Tests;

/// <summary>Changes an image through the generated editors, to make volumes that no tool at hand makes.</summary>
internal sealed class UfsEditor<TOrder>
    where TOrder : struct, IByteOrder
{
    private long _nextFree;

    public UfsEditor(byte[] image)
    {
        Image = image;
        var source = UfsSearch.Find(new MemoryDevice(image), out _)
            ?? throw new InvalidOperationException("not a UFS image");
        if (source.Order == ByteOrder.LittleEndian != TOrder.IsLittleEndian)
        {
            throw new InvalidOperationException("the image has the other byte order");
        }

        Geometry = source.Geometry;
        _nextFree = Geometry.FragmentCount & ~(Geometry.FragmentsPerBlock - 1L);
    }

    public byte[] Image { get; }

    public UfsGeometry Geometry { get; }

    public SuperblockEdit<TOrder> Superblock =>
        new(Image.AsSpan((int)Geometry.SuperblockOffset, SuperblockView<TOrder>.Size));

    public Volume Open(VolumeOptions? options = null) => Volume.Open(new MemoryDevice(Image), options);

    public ulong IdOf(string path)
    {
        using var volume = Open();
        return volume.Find(System.Text.Encoding.UTF8.GetBytes(path)).Id;
    }

    public Span<byte> InodeBytes(ulong id) => Image.AsSpan((int)Geometry.InodeOffset(id), Geometry.InodeBytes);

    public Dinode1Edit<TOrder> Inode1(ulong id) => new(InodeBytes(id));

    public Dinode2Edit<TOrder> Inode2(ulong id) => new(InodeBytes(id));

    public void SetSize(ulong id, long size)
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

    public void SetSectors(ulong id, long sectors)
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

    /// <summary>Sets a pointer of an inode: 0 to 11 direct, 12 to 14 indirect.</summary>
    public void SetPointer(ulong id, int slot, long fragment)
    {
        var offset = (int)Geometry.InodeOffset(id) + (Geometry.IsUfs2
            ? Dinode2View<TOrder>.Offsets.Db + (slot * sizeof(long))
            : Dinode1View<TOrder>.Offsets.Db + (slot * sizeof(int)));
        Write(offset, fragment);
    }

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
        _nextFree -= Geometry.FragmentsPerBlock;
        Block(_nextFree).Clear();
        return _nextFree;
    }

    public Span<byte> Block(long fragment) =>
        Image.AsSpan((int)(fragment << Geometry.FragmentShift), Geometry.BlockBytes);

    /// <summary>Sets a pointer of an indirect block.</summary>
    public void SetIndirect(long block, int slot, long fragment) =>
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
