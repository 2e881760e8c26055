using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Phase 1, the part that needs nothing but the inode itself: type, size, hash, attributes; and what follows for its
// group: the map of used inodes, the counts of free inodes and directories. An inode is allocated if its mode is not
// zero; the map only repeats that.

/// <summary>Checks each inode for itself, and the inode map of its group.</summary>
internal sealed class InodePhase<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckDevice _device;
    private readonly CheckSink _sink;
    private readonly byte[] _expectedMap;
    private readonly byte[] _attributes;
    private readonly byte[] _target;
    private GroupCounts _group;

    public InodePhase(CheckGeometry geometry, CheckDevice device, CheckSink sink)
    {
        _geometry = geometry;
        _device = device;
        _sink = sink;
        _expectedMap = new byte[(geometry.InodesPerGroup + 7) / 8];
        _target = new byte[geometry.BlockBytes];
        _attributes = geometry.IsUfs2 ? new byte[2 * geometry.BlockBytes] : [];
    }

    /// <summary>Allocated inodes by type, index as <see cref="FileType"/>.</summary>
    public long[] CountByType { get; } = new long[16];

    /// <summary>Allocated inodes.</summary>
    public long Allocated { get; private set; }

    /// <summary>What the groups so far hold, as far as inodes tell.</summary>
    public GroupCounts Totals { get; private set; }

    public void BeginGroup(int group)
    {
        _group = new GroupCounts { FreeInodes = _geometry.InodesPerGroup };
        _expectedMap.AsSpan().Clear();
        if (group == 0)
        {
            // Inodes 0 and 1 are never used, and always marked.
            for (var i = 0; i < Math.Min(UfsConstants.RootInode, _geometry.InodesPerGroup); i++)
            {
                Mark(i);
            }
        }
    }

    /// <summary>Checks an inode of the group, allocated or not.</summary>
    public void Check(in InodeFacts inode, ReadOnlySpan<byte> bytes)
    {
        if (inode.Number < UfsConstants.RootInode)
        {
            return;
        }

        if (!inode.IsAllocated)
        {
            CheckFree(inode);
            return;
        }

        Mark((int)(inode.Number % _geometry.InodesPerGroup));
        Allocated++;
        CountByType[inode.Type]++;
        _group.Directories += inode.IsDirectory ? 1 : 0;
        if (_geometry.HashesInodes)
        {
            CheckInodeHash(inode, bytes);
        }

        if (!FileType.IsInodeType(inode.Type))
        {
            _sink.Add(CheckRule.InodeType, $"inode {inode.Number}.mode", inode.Offset,
                $"is 0{Convert.ToString(inode.Mode, 8)}, must have a type that an inode can have");
        }

        CheckSize(inode);
        CheckAttributes(inode);
        if (inode.Type == FileType.Symlink && inode.Bytes <= SizeMax(inode))
        {
            CheckTarget(inode, bytes);
        }
    }

    /// <summary>True if an inode's type and size allow its blocks to be followed.</summary>
    public bool IsSound(in InodeFacts inode) =>
        FileType.IsInodeType(inode.Type) && inode.Bytes <= SizeMax(inode) && IsAttributeSizeSound(inode);

    /// <summary>Compares the group's map and counts with its inodes.</summary>
    public void EndGroup(CylinderGroup<TOrder> group, SummaryArea<TOrder> summary)
    {
        Totals = Totals with
        {
            Directories = Totals.Directories + _group.Directories,
            FreeInodes = Totals.FreeInodes + _group.FreeInodes,
        };
        summary.Expect(group.Number, "ndir", CsumView<TOrder>.Offsets.Ndir, summary.At(group.Number).Ndir,
            _group.Directories);
        summary.Expect(group.Number, "nifree", CsumView<TOrder>.Offsets.Nifree, summary.At(group.Number).Nifree,
            _group.FreeInodes);
        if (!group.IsGroup)
        {
            return;
        }

        var view = group.View;
        var at = CylinderGroupView<TOrder>.Offsets.Cs;
        group.Expect(_sink, CheckRule.GroupCounts, "cs.ndir", at + CsumView<TOrder>.Offsets.Ndir, view.Cs.Ndir,
            _group.Directories);
        group.Expect(_sink, CheckRule.GroupCounts, "cs.nifree", at + CsumView<TOrder>.Offsets.Nifree,
            view.Cs.Nifree, _group.FreeInodes);
        if (group.HasInodeMap)
        {
            CompareMap(group);
        }
    }

    private void Mark(int index)
    {
        _expectedMap[index >> 3] |= (byte)(1 << (index & 7));
        _group.FreeInodes--;
    }

    private void CompareMap(CylinderGroup<TOrder> group)
    {
        var view = group.View;
        var first = (long)group.Number * _geometry.InodesPerGroup;
        var differences = new MapDifferences(_expectedMap, view.Inosused.Bytes, _geometry.InodesPerGroup);
        while (differences.MoveNext())
        {
            var message = differences.ActualIsSet
                ? "marked used, must be free: the mode is 0"
                : "marked free, must be used: the mode is not 0";
            _sink.Add(CheckRule.InodeBitmap, $"{group.Name}.inosused[{differences.Start}]",
                group.Offset + view.Iusedoff + (differences.Start >> 3),
                $"inodes {first + differences.Start} to {first + differences.Last} are {message}");
        }
    }

    private void CheckFree(in InodeFacts inode)
    {
        var isClear = inode.Bytes == 0;
        for (var i = 0; i < InodePointers.AttributeFirst; i++)
        {
            isClear &= inode.Pointers[i] == 0;
        }

        if (!isClear)
        {
            _sink.Add(CheckRule.PartialInode, $"inode {inode.Number}", inode.Offset,
                "has a size or block pointers, must have none while its mode is 0");
        }
    }

    private void CheckInodeHash(in InodeFacts inode, ReadOnlySpan<byte> bytes)
    {
        var at = Dinode2View<TOrder>.Offsets.Ckhash;
        var hash = CheckHash.Compute(bytes, at);
        if (hash != inode.Hash)
        {
            _sink.Add(CheckRule.InodeHash, $"inode {inode.Number}.ckhash", inode.Offset + at,
                $"is 0x{inode.Hash:x}, must be 0x{hash:x}");
        }
    }

    private void CheckSize(in InodeFacts inode)
    {
        var max = SizeMax(inode);
        if (inode.Bytes > max)
        {
            _sink.Add(CheckRule.InodeSize, $"inode {inode.Number}.size",
                inode.Offset + InodeDecoder<TOrder>.SizeAt(_geometry.IsUfs2),
                $"is {inode.Bytes}, must be at most {max} for a {FileType.Name(inode.Type)}; no block is followed");
        }
    }

    /// <summary>Checks that a link's target can be one: a path ends at its first NUL.</summary>
    private void CheckTarget(in InodeFacts inode, ReadOnlySpan<byte> bytes)
    {
        if (inode.IsShortLink(_geometry))
        {
            var at = InodeDecoder<TOrder>.PointerAt(_geometry.IsUfs2, 0);
            ReportNul(inode, "shortlink", bytes.Slice(at, (int)inode.Bytes), 0, inode.Offset + at);
            return;
        }

        for (var from = 0; from < (int)inode.Bytes; from += _geometry.BlockBytes)
        {
            // What cannot be read, and a hole, is reported with the blocks of the inode.
            var part = _target.AsSpan(0, Math.Min(_geometry.BlockBytes, (int)inode.Bytes - from));
            var block = inode.Pointers[from / _geometry.BlockBytes];
            var fragments = (part.Length + _geometry.FragmentBytes - 1) / _geometry.FragmentBytes;
            if (!_geometry.IsUsable(block, fragments) || !_device.TryRead(_geometry.ByteOffset(block), part)
                || ReportNul(inode, $"db[{from / _geometry.BlockBytes}]", part, from, _geometry.ByteOffset(block)))
            {
                return;
            }
        }
    }

    private bool ReportNul(in InodeFacts inode, string field, ReadOnlySpan<byte> part, int from, long offset)
    {
        var at = part.IndexOf((byte)0);
        if (at >= 0)
        {
            _sink.Add(CheckRule.SymlinkTarget, $"inode {inode.Number}.{field}", offset + at,
                $"holds NUL at byte {from + at} of {inode.Bytes}, must hold none");
        }

        return at >= 0;
    }

    private ulong SizeMax(in InodeFacts inode)
    {
        return inode.Type switch
        {
            FileType.Regular => _geometry.FileBytesMax,
            FileType.Directory => int.MaxValue,
            FileType.Symlink => (ulong)Math.Max(_geometry.BlockBytes, 1024),
            _ => 0,
        };
    }

    private bool IsAttributeSizeSound(in InodeFacts inode) =>
        inode.AttributeBytes >= 0 && inode.AttributeBytes <= 2L * _geometry.BlockBytes;

    private void CheckAttributes(in InodeFacts inode)
    {
        var at = inode.Offset + Dinode2View<TOrder>.Offsets.Extsize;
        if (!IsAttributeSizeSound(inode))
        {
            _sink.Add(CheckRule.ExtendedAttributes, $"inode {inode.Number}.extsize", at,
                $"is {inode.AttributeBytes}, must be 0 to {2L * _geometry.BlockBytes}");
            return;
        }

        if (inode.AttributeBytes == 0)
        {
            return;
        }

        var length = (int)inode.AttributeBytes;
        for (var from = 0; from < length; from += _geometry.BlockBytes)
        {
            var part = _attributes.AsSpan(from, Math.Min(_geometry.BlockBytes, length - from));
            var block = inode.Pointers[InodePointers.AttributeFirst + (from / _geometry.BlockBytes)];
            if (block == 0)
            {
                _sink.Add(CheckRule.ExtendedAttributes, $"inode {inode.Number}.extb[{from / _geometry.BlockBytes}]",
                    inode.Offset + InodeDecoder<TOrder>.PointerAt(
                        isUfs2: true, InodePointers.AttributeFirst + (from / _geometry.BlockBytes)),
                    $"is 0, must be a block: there are {length} bytes of attributes");
                return;
            }

            if (block < 0 || block >= _geometry.Fragments || !_device.TryRead(_geometry.ByteOffset(block), part))
            {
                return;
            }
        }

        var entries = new ExtattrAreaView<TOrder>(_attributes.AsSpan(0, length), (uint)length).Entries.GetEnumerator();
        LayoutIssue issue;
        while (entries.TryMoveNext(out _, out issue))
        {
        }

        if (!issue.IsNone)
        {
            // What is missing at the very end of the area is said to lie in its last byte.
            var bad = Math.Min(issue.Offset, length - 1);
            var block = inode.Pointers[InodePointers.AttributeFirst + (int)(bad / _geometry.BlockBytes)];
            _sink.Add(CheckRule.ExtendedAttributes, $"inode {inode.Number}.extattr",
                _geometry.ByteOffset(block) + (bad % _geometry.BlockBytes), $"{issue.Path}: {issue.Rule}");
        }
    }
}
