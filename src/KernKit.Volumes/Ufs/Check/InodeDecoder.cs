using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Takes the facts that a check needs from either form of inode.</summary>
internal static class InodeDecoder<TOrder>
    where TOrder : struct, IByteOrder
{
    private const int Direct = UfsConstants.DirectCount;
    private const int Attribute = InodePointers.AttributeFirst;

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
        (true, < Direct) => Dinode2View<TOrder>.Offsets.Db + (index * sizeof(long)),
        (true, < Attribute) => Dinode2View<TOrder>.Offsets.Ib + ((index - Direct) * sizeof(long)),
        (true, _) => Dinode2View<TOrder>.Offsets.Extb + ((index - Attribute) * sizeof(long)),
        (false, < Direct) => Dinode1View<TOrder>.Offsets.Db + (index * sizeof(int)),
        (false, _) => Dinode1View<TOrder>.Offsets.Ib + ((index - Direct) * sizeof(int)),
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
            Flags = view.Flags,
        };
        var direct = view.Db;
        for (var i = 0; i < Direct; i++)
        {
            facts.Pointers[i] = direct[i];
        }

        var indirect = view.Ib;
        for (var i = 0; i < UfsConstants.IndirectCount; i++)
        {
            facts.Pointers[Direct + i] = indirect[i];
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
            Flags = view.Flags,
            AttributeBytes = view.Extsize,
            Hash = view.Ckhash,
        };
        var direct = view.Db;
        for (var i = 0; i < Direct; i++)
        {
            facts.Pointers[i] = direct[i];
        }

        var indirect = view.Ib;
        for (var i = 0; i < UfsConstants.IndirectCount; i++)
        {
            facts.Pointers[Direct + i] = indirect[i];
        }

        var attributes = view.Extb;
        for (var i = 0; i < UfsConstants.ExternalCount; i++)
        {
            facts.Pointers[Attribute + i] = attributes[i];
        }

        return facts;
    }
}
