using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>What a step of a <see cref="BlockWalk{TOrder}"/> found.</summary>
internal enum BlockKind
{
    /// <summary>Content of the file: one block, or the fragments of its end.</summary>
    Data,

    /// <summary>A block of pointers; the next step enters it unless it is skipped.</summary>
    Indirect,

    /// <summary>Content of the extended-attribute area.</summary>
    Attribute,

    /// <summary>Blocks that have no address.</summary>
    Hole,

    /// <summary>A pointer beyond the file's length that is not zero.</summary>
    BeyondEnd,
}

/// <summary>One step of a <see cref="BlockWalk{TOrder}"/>.</summary>
internal readonly record struct BlockStep(
    BlockKind Kind, long LogicalBlock, long Blocks, long Fragment, int Fragments, long PointerOffset);

// An inode's pointers in the order of the file, without recursion: the open indirect blocks are a stack of at most
// three frames, each with a buffer of one block. Where a subtree has no pointer, or lies beyond the end, it is one
// step whatever its size.
//
//     pointers  0..11          12           13              14            | 15, 16
//               data       indirect 1   indirect 2      indirect 3        | attributes
//
// The walk reads a block of pointers only when the caller did not skip it, so an address that is out of range is
// never read.

/// <summary>Goes through the blocks that an inode holds.</summary>
internal sealed class BlockWalk<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckDevice _device;
    private readonly Frame[] _frames = new Frame[UfsConstants.IndirectCount];
    private InodeFacts _inode;
    private long _blocks;
    private long _attributeBlocks;
    private int _pointer;
    private int _depth;
    private long _firstOfPointer;
    private bool _mustEnter;

    public BlockWalk(CheckGeometry geometry, CheckDevice device)
    {
        _geometry = geometry;
        _device = device;
        for (var i = 0; i < _frames.Length; i++)
        {
            _frames[i] = new Frame(geometry.BlockBytes);
        }
    }

    /// <summary>Blocks of pointers that may yet be read: a volume cannot hold more of them than it has
    /// blocks.</summary>
    public long IndirectBlocksLeft { get; set; }

    public BlockStep Current { get; private set; }

    /// <summary>Begins with the first pointer of an inode.</summary>
    public void Start(in InodeFacts inode)
    {
        _inode = inode;
        _blocks = inode.HasBlocks(_geometry) ? CeilDivide(inode.Bytes, (ulong)_geometry.BlockBytes) : 0;
        _attributeBlocks = CeilDivide((ulong)Math.Max(0, inode.AttributeBytes), (ulong)_geometry.BlockBytes);
        _pointer = inode.HasBlocks(_geometry) ? 0 : InodePointers.AttributeFirst;
        _depth = 0;
        _firstOfPointer = 0;
        _mustEnter = false;
    }

    /// <summary>Leaves out the block of pointers that <see cref="Current"/> names.</summary>
    public void Skip() => _mustEnter = false;

    public bool MoveNext()
    {
        if (_mustEnter)
        {
            _mustEnter = false;
            Enter();
        }

        while (true)
        {
            if (_depth > 0)
            {
                if (StepInFrame())
                {
                    return true;
                }

                _depth--;
                continue;
            }

            if (_pointer == InodePointers.Count)
            {
                return false;
            }

            var index = _pointer++;
            if (index < InodePointers.AttributeFirst ? StepPointer(index) : StepAttribute(index))
            {
                return true;
            }
        }
    }

    /// <summary>The name of the pointer that <see cref="Current"/> came from, such as <c>inode
    /// 12.ib[0][17]</c>.</summary>
    public string Describe()
    {
        var index = _pointer - 1;
        var name = index switch
        {
            >= InodePointers.AttributeFirst => $"inode {_inode.Number}.extb[{index - InodePointers.AttributeFirst}]",
            >= UfsConstants.DirectCount => $"inode {_inode.Number}.ib[{index - UfsConstants.DirectCount}]",
            _ => $"inode {_inode.Number}.db[{index}]",
        };
        for (var i = 0; i < _depth; i++)
        {
            name += $"[{_frames[i].Next - 1}]";
        }

        return name;
    }

    private static long CeilDivide(ulong value, ulong divisor) =>
        (long)((value / divisor) + (value % divisor == 0 ? 0u : 1u));

    private bool StepPointer(int index)
    {
        var level = Math.Max(0, index - UfsConstants.DirectCount + 1);
        var first = _firstOfPointer;
        var span = Span(level);
        _firstOfPointer += span;
        return Step(_inode.Pointers[index], level, first, span, PointerOffset(index));
    }

    private bool StepAttribute(int index)
    {
        if (!_geometry.IsUfs2)
        {
            return false;
        }

        var block = index - InodePointers.AttributeFirst;
        var address = _inode.Pointers[index];
        if (address == 0)
        {
            return false;
        }

        if (block >= _attributeBlocks)
        {
            Current = new BlockStep(BlockKind.BeyondEnd, block, 1, address, 0, PointerOffset(index));
            return true;
        }

        var fragments = FragmentsOf(block, (ulong)_inode.AttributeBytes, _attributeBlocks);
        Current = new BlockStep(BlockKind.Attribute, block, 1, address, fragments, PointerOffset(index));
        return true;
    }

    private bool Step(long address, int level, long first, long span, long pointerOffset)
    {
        if (first >= _blocks)
        {
            Current = new BlockStep(BlockKind.BeyondEnd, first, 0, address, 0, pointerOffset);
            return address != 0;
        }

        var blocks = Math.Min(span, _blocks - first);
        if (address == 0)
        {
            Current = new BlockStep(BlockKind.Hole, first, blocks, 0, 0, pointerOffset);
            return true;
        }

        if (level > 0)
        {
            Current = new BlockStep(BlockKind.Indirect, first, blocks, address, _geometry.FragmentsPerBlock,
                pointerOffset);
            _mustEnter = true;
            return true;
        }

        // Only a direct pointer may name less than a block (fs.h, blksize()).
        var fragments = first < UfsConstants.DirectCount
            ? FragmentsOf(first, _inode.Bytes, _blocks)
            : _geometry.FragmentsPerBlock;
        Current = new BlockStep(BlockKind.Data, first, 1, address, fragments, pointerOffset);
        return true;
    }

    private bool StepInFrame()
    {
        var frame = _frames[_depth - 1];
        var level = LevelOfFrame(_depth - 1) - 1;
        var span = Span(level);
        var pointers = new PointerBlock<TOrder>(frame.Bytes, _geometry.Volume);
        while (frame.Next < _geometry.PointersPerBlock)
        {
            var index = frame.Next++;
            var address = pointers[index];
            var first = frame.FirstBlock + (index * span);
            if (address == 0 && (first >= _blocks || !WantsHoles))
            {
                continue;
            }

            if (Step(address, level, first, span, frame.Offset + ((long)index << _geometry.Volume.PointerShift)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True to stop at each hole below a block of pointers; false to pass over them.</summary>
    public bool WantsHoles { get; set; }

    private void Enter()
    {
        if (IndirectBlocksLeft <= 0)
        {
            return;
        }

        IndirectBlocksLeft--;
        var frame = _frames[_depth];
        frame.FirstBlock = Current.LogicalBlock;
        frame.Offset = _geometry.ByteOffset(Current.Fragment);
        frame.Next = 0;
        if (_device.TryRead(frame.Offset, frame.Bytes))
        {
            _depth++;
        }
    }

    private int LevelOfFrame(int depth) => _pointer - 1 - UfsConstants.DirectCount + 1 - depth;

    private long Span(int level)
    {
        long span = 1;
        for (var i = 0; i < level; i++)
        {
            span *= _geometry.PointersPerBlock;
        }

        return span;
    }

    private int FragmentsOf(long block, ulong bytes, long blocks)
    {
        var tail = (long)(bytes % (ulong)_geometry.BlockBytes);
        return block < blocks - 1 || tail == 0
            ? _geometry.FragmentsPerBlock
            : (int)((tail + _geometry.FragmentBytes - 1) / _geometry.FragmentBytes);
    }

    private long PointerOffset(int index) => _inode.Offset + InodeDecoder<TOrder>.PointerAt(_geometry.IsUfs2, index);

    private sealed class Frame(int bytes)
    {
        public readonly byte[] Bytes = new byte[bytes];
        public long FirstBlock;
        public long Offset;
        public int Next;
    }
}
