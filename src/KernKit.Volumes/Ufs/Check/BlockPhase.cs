using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Phase 1, the blocks: each pointer of each inode claims its fragments in the window. A claim of what is claimed is a
// duplicate; whose the first claim was is found afterwards, and only if there are duplicates, by walking all inodes
// again (phase 1b).
//
// Work is bounded: blocks of pointers that may be read in one pass are as many as the device has blocks (honest
// volumes hold each of them once), and blocks of pointers that are claimed already are not entered again once an
// inode has shown ten bad runs.

/// <summary>Follows the blocks of inodes, window after window.</summary>
internal sealed class BlockPhase<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckLimits _limits;
    private readonly CheckSink _sink;
    private readonly BlockWalk<TOrder> _walk;
    private readonly DuplicateRuns _duplicates;
    private bool _stopReported;

    public BlockPhase(CheckGeometry geometry, CheckLimits limits, CheckDevice device, CheckSink sink)
    {
        _geometry = geometry;
        _limits = limits;
        _sink = sink;
        _walk = new BlockWalk<TOrder>(geometry, device);
        _duplicates = new DuplicateRuns(sink, limits.DuplicateRuns);
        Window = new FragmentWindow(geometry, limits.FragmentsPerWindow);
    }

    public FragmentWindow Window { get; }

    public bool HasDuplicates => !_duplicates.IsEmpty;

    public void BeginPass()
    {
        Window.Advance();
        _walk.IndirectBlocksLeft = _geometry.BlocksOnDevice + 1;
    }

    /// <summary>Claims the blocks of a sound inode.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="isFirstPass">True to report what does not depend on the window.</param>
    public void Claim(in InodeFacts inode, bool isFirstPass)
    {
        long fragments = 0, lastBlock = -1;
        var bad = 0;
        _walk.Start(inode);
        while (_walk.MoveNext())
        {
            var step = _walk.Current;
            switch (step.Kind)
            {
                case BlockKind.Hole:
                    continue;
                case BlockKind.BeyondEnd:
                    if (isFirstPass && bad++ < _limits.BadRunsPerInode)
                    {
                        _sink.Add(CheckRule.UnusedPointer, _walk.Describe(), step.PointerOffset,
                            $"is {step.Fragment}, must be 0 beyond the size of {inode.Bytes} bytes");
                    }

                    continue;
            }

            if (inode.IsSnapshot && step.Kind == BlockKind.Data
                && step.Fragment is UfsConstants.BlockNotCopied or UfsConstants.BlockInSnapshot)
            {
                continue;
            }

            fragments += step.Fragments;
            lastBlock = step.Kind == BlockKind.Data ? step.LogicalBlock : lastBlock;
            if (!TryClaim(inode, step, isFirstPass, ref bad))
            {
                _walk.Skip();
            }
        }

        if (isFirstPass)
        {
            CheckCounts(inode, fragments, lastBlock, bad);
        }

        if (_walk.IndirectBlocksLeft <= 0 && !_stopReported)
        {
            _stopReported = true;
            _sink.Add(CheckRule.FollowingStopped, $"inode {inode.Number}", inode.Offset,
                "more blocks of pointers than the volume has blocks: the rest are not followed");
        }
    }

    /// <summary>Checks the pointers of an inode that has no blocks: all that its type does not use must be
    /// zero.</summary>
    public void CheckUnused(in InodeFacts inode)
    {
        if (inode.HasBlocks(_geometry))
        {
            return;
        }

        var shift = _geometry.Volume.PointerShift;
        var used = inode.Type switch
        {
            FileType.Symlink => (int)((inode.Bytes + (1UL << shift) - 1) >> shift),
            FileType.CharacterDevice or FileType.BlockDevice => 1,
            _ => 0,
        };
        for (var i = used; i < InodePointers.AttributeFirst; i++)
        {
            if (inode.Pointers[i] != 0)
            {
                var name = i < UfsConstants.DirectCount ? $"db[{i}]" : $"ib[{i - UfsConstants.DirectCount}]";
                _sink.Add(CheckRule.UnusedPointer, $"inode {inode.Number}.{name}",
                    inode.Offset + InodeDecoder<TOrder>.PointerAt(_geometry.IsUfs2, i),
                    $"is {inode.Pointers[i]}, must be 0 in a {FileType.Name(inode.Type)}");
            }
        }
    }

    /// <summary>Begins the search of who claimed first; then comes <see cref="FindOwners"/> for each inode, in
    /// order.</summary>
    public void BeginOwners()
    {
        _duplicates.Sort();
        _walk.IndirectBlocksLeft = _geometry.BlocksOnDevice + 1;
    }

    public void FindOwners(in InodeFacts inode)
    {
        _walk.Start(inode);
        while (_duplicates.HasOpen && _walk.MoveNext())
        {
            var step = _walk.Current;
            if (step.Kind is BlockKind.Hole or BlockKind.BeyondEnd)
            {
                continue;
            }

            if (!_geometry.IsUsable(step.Fragment, step.Fragments))
            {
                _walk.Skip();
                continue;
            }

            while (_duplicates.TryFind(step.Fragment, step.Fragments, out var index))
            {
                _duplicates.SetOwner(index, _walk.Describe());
            }
        }
    }

    public void ReportOwners() => _duplicates.Report();

    private bool TryClaim(in InodeFacts inode, in BlockStep step, bool isFirstPass, ref int bad)
    {
        var isMetadata = false;
        if (!_geometry.IsInRange(step.Fragment, step.Fragments)
            || (isMetadata = _geometry.IsMetadata(step.Fragment, step.Fragments)))
        {
            if (isFirstPass && bad++ < _limits.BadRunsPerInode)
            {
                _sink.Add(isMetadata ? CheckRule.MetadataBlock : CheckRule.BadBlock, _walk.Describe(),
                    step.PointerOffset,
                    isMetadata
                        ? $"is {step.Fragment}, must not lie in a group's metadata or the summary area"
                        : $"is {step.Fragment} with {step.Fragments} fragments, "
                            + $"must lie in one block below {_geometry.Fragments}");
            }

            return false;
        }

        var held = Window.IsOpen ? Window.Claim(step.Fragment, step.Fragments) : 0;
        if (held == 0)
        {
            return true;
        }

        if (bad++ < _limits.BadRunsPerInode)
        {
            var first = System.Numerics.BitOperations.TrailingZeroCount(held);
            var count = System.Numerics.BitOperations.Log2((uint)held) - first + 1;
            _duplicates.Add(step.Fragment + first, count, _walk.Describe(), step.PointerOffset);
            return true;
        }

        if (bad == _limits.BadRunsPerInode + 1)
        {
            _sink.Add(CheckRule.FollowingStopped, $"inode {inode.Number}", inode.Offset,
                $"more than {_limits.BadRunsPerInode} bad or duplicate blocks: the rest are not reported");
        }

        return false;
    }

    private void CheckCounts(in InodeFacts inode, long fragments, long lastBlock, int bad)
    {
        // Once something was not entered, what the inode holds is not known.
        var sectors = (ulong)(fragments * (_geometry.FragmentBytes / UfsConstants.SectorBytes));
        if (bad > _limits.BadRunsPerInode || _walk.IndirectBlocksLeft <= 0)
        {
            return;
        }

        if (inode.Sectors != sectors)
        {
            _sink.Add(CheckRule.BlockCount, $"inode {inode.Number}.blocks",
                inode.Offset + InodeDecoder<TOrder>.BlocksAt(_geometry.IsUfs2),
                    $"is {inode.Sectors}, must be {sectors}");
        }

        // No kernel lets a file end in a hole: growing a file allocates its last block.
        if (inode.Type is FileType.Regular or FileType.Symlink && inode.HasBlocks(_geometry) && !inode.IsSnapshot
            && bad == 0)
        {
            var last = (long)((inode.Bytes + (ulong)_geometry.BlockBytes - 1) / (ulong)_geometry.BlockBytes) - 1;
            if (last >= 0 && lastBlock < last)
            {
                _sink.Add(CheckRule.TrailingHole, $"inode {inode.Number}.size",
                    inode.Offset + InodeDecoder<TOrder>.SizeAt(_geometry.IsUfs2),
                    $"is {inode.Bytes}, must end in an allocated block; the last one is {lastBlock} of {last}");
            }
        }
    }
}
