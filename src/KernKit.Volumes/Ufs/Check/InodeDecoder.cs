using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Takes the facts that a check needs from either form of inode.</summary>
internal static class InodeDecoder<TOrder>
    where TOrder : struct, IByteOrder
{
    public static InodeFacts Decode(CheckGeometry geometry, ReadOnlySpan<byte> bytes, long number, long offset)
    {
        var inode = geometry.IsUfs2 ? Decode2(bytes, number, offset) : Decode1(bytes, number, offset);

        // 4.2BSD's inodes have no flags, and Solaris keeps other things in their place.
        inode.Flags = geometry.HasEntryTypes ? inode.Flags : 0;
        return inode;
    }

    /// <summary>The offset of a pointer in the inode: 12 direct, 3 indirect, 2 of attributes.</summary>
    public static int PointerAt(bool isUfs2, int index) => (isUfs2, index) switch
    {
        (true, < 12) => Dinode2View<TOrder>.Offsets.Db + (index * sizeof(long)),
        (true, < 15) => Dinode2View<TOrder>.Offsets.Ib + ((index - 12) * sizeof(long)),
        (true, _) => Dinode2View<TOrder>.Offsets.Extb + ((index - 15) * sizeof(long)),
        (false, < 12) => Dinode1View<TOrder>.Offsets.Db + (index * sizeof(int)),
        (false, _) => Dinode1View<TOrder>.Offsets.Ib + ((index - 12) * sizeof(int)),
    };

    public static int LinkCountAt(bool isUfs2) =>
        isUfs2 ? Dinode2View<TOrder>.Offsets.Nlink : Dinode1View<TOrder>.Offsets.Nlink;

    public static int SizeAt(bool isUfs2) =>
        isUfs2 ? Dinode2View<TOrder>.Offsets.SizeValue : Dinode1View<TOrder>.Offsets.SizeValue;

    public static int BlocksAt(bool isUfs2) =>
        isUfs2 ? Dinode2View<TOrder>.Offsets.Blocks : Dinode1View<TOrder>.Offsets.Blocks;

    private static InodeFacts Decode1(ReadOnlySpan<byte> bytes, long number, long offset)
    {
        var view = new Dinode1View<TOrder>(bytes);
        var facts = new InodeFacts
        {
            Number = number,
            Offset = offset,
            Mode = view.Mode.Value,
            LinkCount = (ushort)view.Nlink,
            Bytes = view.SizeValue,
            Sectors = (uint)view.Blocks,
            Flags = (uint)view.Flags,
        };
        var direct = view.Db;
        for (var i = 0; i < 12; i++)
        {
            facts.Pointers[i] = direct[i];
        }

        var indirect = view.Ib;
        for (var i = 0; i < 3; i++)
        {
            facts.Pointers[12 + i] = indirect[i];
        }

        return facts;
    }

    private static InodeFacts Decode2(ReadOnlySpan<byte> bytes, long number, long offset)
    {
        var view = new Dinode2View<TOrder>(bytes);
        var facts = new InodeFacts
        {
            Number = number,
            Offset = offset,
            Mode = view.Mode.Value,
            LinkCount = (ushort)view.Nlink,
            Bytes = view.SizeValue,
            Sectors = view.Blocks,
            Flags = (uint)view.Flags,
            AttributeBytes = view.Extsize,
            Hash = view.Ckhash,
        };
        var direct = view.Db;
        for (var i = 0; i < 12; i++)
        {
            facts.Pointers[i] = direct[i];
        }

        var indirect = view.Ib;
        for (var i = 0; i < 3; i++)
        {
            facts.Pointers[12 + i] = indirect[i];
        }

        var attributes = view.Extb;
        facts.Pointers[15] = attributes[0];
        facts.Pointers[16] = attributes[1];
        return facts;
    }
}
