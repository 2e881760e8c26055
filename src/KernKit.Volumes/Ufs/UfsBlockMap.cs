using System.Diagnostics;
using System.Numerics;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// From a block of a file to a place on the volume.
//
//   inode   db[0..11] ------------------------------> data          blocks 0..11
//           ib[0] --> indirect -----------------------> data          the next P blocks, P pointers in a block
//           ib[1] --> indirect --> indirect ----------> data          the next P * P
//           ib[2] --> indirect --> indirect -> indirect --> data      the next P * P * P
//
// A pointer of 0 is a hole of everything below it. TryFind answers with a run: data that lies in one piece, or a
// hole, as far as the block that holds the pointers shows it; an absent indirect block is one hole of its whole reach.
//
// Hostile volumes: each pointer is checked before it is followed; the depth is fixed by the level, so there are no
// cycles to find. But pointers may repeat, and then a volume of 3 MiB describes files of petabytes "with data". So a
// map counts, in the order of the file and behind the furthest block asked for so far, what it hands out and which
// lowest indirect blocks it enters; a file cannot hold more blocks than the device has of the volume. Reading backwards
// and again counts nothing and costs only what the caller asks for.

/// <summary>Finds the blocks of one file. A value that changes as it is used: keep it in a field or a local, never
/// in a copy.</summary>
internal struct UfsBlockMap<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly UfsVolume<TOrder> _volume;
    private readonly UfsGeometry _geometry;
    private readonly int _reachShift;
    private readonly long _fragmentsMax;
    private UfsNode _node;
    private long _blocksSeen;
    private long _leafSeen;
    private long _fragmentsSeen;

    public UfsBlockMap(UfsVolume<TOrder> volume, in UfsNode node)
    {
        _volume = volume;
        _geometry = volume.Geometry;
        _reachShift = BitOperations.Log2((uint)_geometry.PointersPerBlock);
        _node = node;

        // The last block of a small file may be a few fragments, and is counted as a block.
        _fragmentsMax = (volume.PresentBytes >> _geometry.FragmentShift) + _geometry.FragmentsPerBlock;
        _leafSeen = -1;
    }

    /// <summary>Bytes of the file.</summary>
    public readonly long Size => _node.Size;

    /// <summary>Finds the longest extent that begins at the block of <paramref name="offset"/>.</summary>
    /// <returns>False at and behind the end of the file.</returns>
    public bool TryGetExtent(long offset, out Extent extent)
    {
        if (offset >= _node.Size)
        {
            extent = default;
            return false;
        }

        CountFragments(0);
        var blockCount = ((_node.Size - 1) >> _geometry.BlockShift) + 1;
        var first = offset >> _geometry.BlockShift;
        var fragment = Find(first, blockCount, out var run);
        Count(first, run, fragment != 0);
        while (first + run < blockCount)
        {
            var next = FindNext(first + run, blockCount, fragment, run, out var more);
            if (!next)
            {
                break;
            }

            Count(first + run, more, fragment != 0);
            run += more;
        }

        var start = first << _geometry.BlockShift;
        var length = Math.Min(run << _geometry.BlockShift, _node.Size - start);
        extent = fragment == 0
            ? new Extent(ExtentKind.Hole, start, length, -1)
            : new Extent(ExtentKind.Data, start, length, fragment << _geometry.FragmentShift);
        return true;
    }

    /// <summary>The end, in bytes, of the last block that has a pointer. An upper bound where an indirect block is
    /// empty.</summary>
    public readonly long LastMappedEnd()
    {
        var first = UfsConstants.DirectCount + (1L << _reachShift) + (1L << (2 * _reachShift));
        for (var level = UfsConstants.IndirectCount; level > 0; level--)
        {
            if (_node.Pointers[UfsConstants.DirectCount + level - 1] != 0)
            {
                return (first + LastBelow(level) + 1) << _geometry.BlockShift;
            }

            first -= 1L << ((level - 1) * _reachShift);
        }

        var last = UfsConstants.DirectCount - 1;
        while (last >= 0 && _node.Pointers[last] == 0)
        {
            last--;
        }

        return (last + 1L) << _geometry.BlockShift;
    }

    /// <summary>Goes on where a run ended: true if what follows continues it.</summary>
    private bool FindNext(long block, long blockCount, long fragment, long run, out long more)
    {
        // A data run ends inside a leaf because something else follows; at the end of a leaf one more look is worth
        // its while.
        if (fragment != 0 && block >= UfsConstants.DirectCount && !IsLeafStart(block))
        {
            more = 0;
            return false;
        }

        var expected = fragment == 0 ? 0 : fragment + (run << (_geometry.BlockShift - _geometry.FragmentShift));
        return TryFind(block, blockCount, out var found, out more) && found == expected;
    }

    private readonly bool IsLeafStart(long block) =>
        ((block - UfsConstants.DirectCount) & ((1L << _reachShift) - 1)) == 0;

    /// <summary>Like <see cref="Find"/>, but false where that throws: the error belongs to the next extent.</summary>
    private bool TryFind(long block, long blockCount, out long fragment, out long run)
    {
        try
        {
            fragment = Find(block, blockCount, out run);
            return true;
        }
        catch (VolumeException)
        {
            fragment = 0;
            run = 0;
            return false;
        }
    }

    /// <summary>The fragment of a block, 0 for a hole, and how many blocks from there on continue it.</summary>
    private long Find(long block, long blockCount, out long run)
    {
        if (block < UfsConstants.DirectCount)
        {
            return FindDirect((int)block, (int)Math.Min(blockCount, UfsConstants.DirectCount), out run);
        }

        var index = block - UfsConstants.DirectCount;
        var level = 1;
        while (index >= 1L << (level * _reachShift))
        {
            index -= 1L << (level * _reachShift);
            level++;
        }

        Debug.Assert(level <= UfsConstants.IndirectCount, "the size was checked");
        var at = UfsConstants.DirectCount + level - 1;
        var pointer = _node.Pointers[at];
        if (pointer != 0)
        {
            Require(pointer, _geometry.FragmentsPerBlock, at, -1);
        }

        // What the pointer at hand reaches, all told; a hole ends where the zeros beside it end.
        var zeros = 1L;
        for (; level > 0 && pointer != 0; level--)
        {
            var slot = (int)((index >> ((level - 1) * _reachShift)) & ((1L << _reachShift) - 1));
            var parent = pointer;
            if (level == 1)
            {
                CountLeaf((block - UfsConstants.DirectCount) >> _reachShift);
                return Step(parent, slot, level, blockCount - block, out run);
            }

            pointer = Step(parent, slot, level, long.MaxValue >> 1, out zeros);
            if (pointer != 0)
            {
                Require(pointer, _geometry.FragmentsPerBlock, slot, parent);
            }
        }

        var reach = 1L << (level * _reachShift);
        run = Math.Min((zeros * reach) - (index & (reach - 1)), blockCount - block);
        return 0;
    }

    private readonly long FindDirect(int block, int end, out long run)
    {
        var fragment = _node.Pointers[block];
        run = 1;
        if (fragment != 0)
        {
            Require(fragment, _geometry.BlockFragments(_node.Size, block), block, -1);
        }

        for (var next = block + 1; next < end; next++)
        {
            var expected = fragment == 0 ? 0 : fragment + (run * _geometry.FragmentsPerBlock);
            if (_node.Pointers[next] != expected
                || (expected != 0 && !_geometry.IsDataRun(expected, _geometry.BlockFragments(_node.Size, next))))
            {
                break;
            }

            run++;
        }

        return fragment;
    }

    /// <summary>Reads a pointer of an indirect block, and the run of holes or (at level 1) of data that it
    /// begins.</summary>
    private readonly long Step(long parent, int slot, int level, long blocksLeft, out long run)
    {
        using var lease = _volume.Cache.Borrow(parent << _geometry.FragmentShift, _geometry.BlockBytes);
        var pointers = new PointerBlock<TOrder>(lease.Bytes, _geometry);
        var pointer = pointers[slot];
        run = 1;
        if (pointer != 0)
        {
            if (level > 1)
            {
                return pointer;
            }

            Require(pointer, _geometry.FragmentsPerBlock, slot, parent);
        }

        var end = (int)Math.Min(1L << _reachShift, slot + blocksLeft);
        for (var next = slot + 1; next < end; next++)
        {
            var expected = pointer == 0 ? 0 : pointer + (run * _geometry.FragmentsPerBlock);
            if (pointers[next] != expected
                || (expected != 0 && !_geometry.IsDataRun(expected, _geometry.FragmentsPerBlock)))
            {
                break;
            }

            run++;
        }

        return pointer;
    }

    private readonly long LastBelow(int level)
    {
        var parent = _node.Pointers[UfsConstants.DirectCount + level - 1];
        Require(parent, _geometry.FragmentsPerBlock, UfsConstants.DirectCount + level - 1, -1);
        var last = 0L;
        for (; level > 0; level--)
        {
            int slot;
            long pointer;
            using (var lease = _volume.Cache.Borrow(parent << _geometry.FragmentShift, _geometry.BlockBytes))
            {
                var pointers = new PointerBlock<TOrder>(lease.Bytes, _geometry);
                slot = (1 << _reachShift) - 1;
                while (slot > 0 && pointers[slot] == 0)
                {
                    slot--;
                }

                pointer = pointers[slot];
            }

            last += (long)slot << ((level - 1) * _reachShift);
            if (pointer == 0)
            {
                break;
            }

            Require(pointer, _geometry.FragmentsPerBlock, slot, parent);
            parent = pointer;
        }

        return last;
    }

    private void Count(long block, long run, bool isData)
    {
        if (block + run <= _blocksSeen)
        {
            return;
        }

        if (isData)
        {
            var fresh = block + run - Math.Max(block, _blocksSeen);
            CountFragments(fresh << (_geometry.BlockShift - _geometry.FragmentShift));
        }

        _blocksSeen = block + run;
    }

    private void CountLeaf(long leaf)
    {
        if (leaf > _leafSeen)
        {
            _leafSeen = leaf;
            CountFragments(_geometry.FragmentsPerBlock);
        }
    }

    private void CountFragments(long count)
    {
        _fragmentsSeen += count;
        if (_fragmentsSeen > _fragmentsMax)
        {
            throw new VolumeException(
                VolumeError.Damaged,
                "the pointers of the file name more blocks than the volume has on this device "
                + $"({_volume.PresentBytes >> _geometry.FragmentShift} fragments): some repeat",
                $"inode {_node.Id}",
                _node.Offset);
        }
    }

    /// <summary>Checks a pointer. A parent of -1: it stands in the inode.</summary>
    private readonly void Require(long pointer, int fragments, int slot, long parent)
    {
        if (!_geometry.IsDataRun(pointer, fragments))
        {
            throw Bad(pointer, slot, parent);
        }
    }

    private readonly VolumeException Bad(long pointer, int slot, long parent)
    {
        var (structure, offset) = parent < 0
            ? (slot < UfsConstants.DirectCount ? $"db[{slot}]" : $"ib[{slot - UfsConstants.DirectCount}]",
                _node.Offset + _volume.PointerOffset(slot))
            : ($"indirect.pointers[{slot}]",
                (parent << _geometry.FragmentShift) + ((long)slot << _geometry.PointerShift));
        structure = $"inode {_node.Id}.{structure}";
        return _node.IsSnapshot && pointer is UfsConstants.BlockNotCopied or UfsConstants.BlockInSnapshot
            ? new VolumeException(
                VolumeError.Unsupported, "the content of a snapshot lies partly in the volume itself; it is not read",
                    structure, offset)
            : new VolumeException(
                VolumeError.Damaged,
                $"block pointer {pointer} is outside the data of the volume ({_geometry.FragmentCount} fragments)",
                structure,
                offset);
    }
}
