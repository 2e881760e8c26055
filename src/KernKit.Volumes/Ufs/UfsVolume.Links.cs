using KernKit.Layout;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

/// <content>Symbolic links and extended attributes.</content>
internal sealed partial class UfsVolume<TOrder>
{
    /// <summary>No system makes longer targets.</summary>
    private const int TargetBytesMax = 65536;

    public override byte[] ReadLink(in NodeAttributes link)
    {
        if (link.Type != NodeType.Symlink)
        {
            throw new VolumeException(VolumeError.Damaged, "is not a symbolic link", $"inode {link.Id}.mode",
                link.Offset);
        }

        LoadNode(link.Id, out var node);
        if (node.Size is < 0 or > TargetBytesMax)
        {
            throw Damaged(node, "size", SizeOffset,
                $"a target of {node.Size} bytes is over the limit of {TargetBytesMax}");
        }

        var target = new byte[node.Size];
        if (!TryReadShort(node, target))
        {
            OpenContent(link).Read(0, target);
        }

        if (target.AsSpan().Contains((byte)0))
        {
            throw Damaged(node, "shortlink", PointerOffset(0), "the target of the symbolic link holds NUL");
        }

        return target;
    }

    public override IReadOnlyList<ExtendedAttribute> GetExtendedAttributes(in NodeAttributes node)
    {
        if (!Geometry.IsUfs2)
        {
            return [];
        }

        RequireInode(node.Id);
        Span<long> pointers = stackalloc long[UfsConstants.ExternalCount];
        var inodeAt = Geometry.InodeOffset(node.Id);
        int size;
        using (var lease = Cache.Borrow(inodeAt, Geometry.InodeBytes))
        {
            var inode = new Dinode2View<TOrder>(lease.Bytes);
            size = inode.Extsize;
            inode.Extb.CopyTo(pointers);
        }

        if (size == 0)
        {
            return [];
        }

        if (size < 0 || size > UfsConstants.ExternalCount << Geometry.BlockShift)
        {
            throw new VolumeException(
                VolumeError.Damaged,
                $"{size} bytes of extended attributes are more than two blocks",
                $"inode {node.Id}.extsize",
                inodeAt + Dinode2View<TOrder>.Offsets.Extsize);
        }

        var area = ReadExternal(node.Id, inodeAt, pointers, size);
        return ParseAttributes(node.Id, pointers, area);
    }

    private bool TryReadShort(in UfsNode node, Span<byte> target)
    {
        if (!Geometry.IsShortLink((ulong)node.Size, (ulong)node.Sectors))
        {
            return false;
        }

        using var lease = Cache.Borrow(node.Offset, Geometry.InodeBytes);
        var room = Geometry.IsUfs2
            ? new Dinode2View<TOrder>(lease.Bytes).Shortlink
            : new Dinode1View<TOrder>(lease.Bytes).Shortlink;
        room[..target.Length].CopyTo(target);
        return true;
    }

    private byte[] ReadExternal(ulong id, long inodeAt, ReadOnlySpan<long> pointers, int size)
    {
        var area = new byte[size];
        for (var block = 0; block << Geometry.BlockShift < size; block++)
        {
            var start = block << Geometry.BlockShift;
            var part = area.AsSpan(start, Math.Min(Geometry.BlockBytes, size - start));
            var pointer = pointers[block];
            if (!Geometry.IsDataRun(pointer, Geometry.BlockFragments(size, block)))
            {
                throw new VolumeException(
                    VolumeError.Damaged,
                    $"block pointer {pointer} is outside the data of the volume",
                    $"inode {id}.extb[{block}]",
                    inodeAt + Dinode2View<TOrder>.Offsets.Extb + (block * sizeof(long)));
            }

            Device.Read(pointer << Geometry.FragmentShift, part);
        }

        return area;
    }

    private List<ExtendedAttribute> ParseAttributes(ulong id, ReadOnlySpan<long> pointers, byte[] area)
    {
        var attributes = new List<ExtendedAttribute>();
        var entries = new ExtattrAreaView<TOrder>(area, (uint)area.Length).Entries.GetEnumerator();
        LayoutIssue issue;
        while (entries.TryMoveNext(out var entry, out issue))
        {
            var space = entry.Space switch
            {
                ExtattrNamespace.EXTATTR_USER => "user",
                ExtattrNamespace.EXTATTR_SYSTEM => "system",
                ExtattrNamespace.EXTATTR_EMPTY => "empty",
                _ => $"{(int)entry.Space}",
            };
            attributes.Add(new ExtendedAttribute(space, entry.Name.ToArray(), entry.Content.ToArray()));
        }

        if (issue.IsNone)
        {
            return attributes;
        }

        // What is missing at the very end of the area is said to lie in its last byte.
        var bad = Math.Min(issue.Offset, area.Length - 1);
        var block = (int)(bad >> Geometry.BlockShift);
        var at = (pointers[block] << Geometry.FragmentShift) + (bad & (Geometry.BlockBytes - 1));
        throw new VolumeException(VolumeError.Damaged, $"{issue.Actual}, {issue.Rule}",
            $"inode {id}.extattr.{issue.Path}", at);
    }
}
