using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Phase 2: every directory, chunk by chunk. A directory's own form is reported when its inode is in the window, an
// entry's target when that target is, so that several windows report nothing twice. Every used entry counts as a name
// of its target, "." and ".." too.
//
// A directory and the name of it in its parent are met in either order; whichever is first leaves its number in the
// window's link, the second one compares (a directory's ".." must be the directory that names it).

/// <summary>Reads all directories and counts the names of the inodes of a window.</summary>
internal sealed class DirectoryPhase<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckDevice _device;
    private readonly CheckSink _sink;
    private readonly BlockWalk<TOrder> _walk;
    private readonly EqualNames _names;
    private readonly byte[] _block;
    private readonly InodeWindow _window;
    private long _directory;
    private bool _reportsDirectory;
    private long _position;
    private bool _hasDotDot;
    private long _fragmentsLeft;

    public DirectoryPhase(
        CheckGeometry geometry, CheckDevice device, CheckSink sink, InodeWindow window, EqualNames names)
    {
        _geometry = geometry;
        _device = device;
        _sink = sink;
        _window = window;
        _names = names;
        _walk = new BlockWalk<TOrder>(geometry, device) { WantsHoles = true };
        _block = new byte[geometry.BlockBytes];
    }

    public void BeginPass()
    {
        _walk.IndirectBlocksLeft = _geometry.BlocksOnDevice + 1;
        _fragmentsLeft = _geometry.FragmentsOnDevice + 1;
    }

    /// <summary>Reads one sound directory.</summary>
    public void Read(in InodeFacts directory)
    {
        _directory = directory.Number;
        _reportsDirectory = _window.Contains(_directory);
        _position = 0;
        _hasDotDot = false;
        _names.Begin();
        CheckSize(directory);
        var left = (long)directory.Bytes;
        _walk.Start(directory);
        while (left > 0 && _walk.MoveNext())
        {
            var step = _walk.Current;
            if (step.Kind == BlockKind.Hole)
            {
                // fsck_ffs cuts a directory at its first hole; what follows is unknown.
                ReportDirectory(CheckRule.DirectoryHole, _walk.Describe(), step.PointerOffset,
                    $"has {step.Blocks} blocks without an address, must have none; the directory is read up to here");
                break;
            }

            if (step.Kind is BlockKind.BeyondEnd or BlockKind.Attribute)
            {
                break;
            }

            if (!_geometry.IsUsable(step.Fragment, step.Fragments))
            {
                // Reported with the blocks of the inode; whether there is a ".." cannot be known then.
                _walk.Skip();
                _hasDotDot |= step.LogicalBlock == 0;
                left -= step.Blocks * _geometry.BlockBytes;
                _position += 2;
                continue;
            }

            if (step.Kind == BlockKind.Data)
            {
                _fragmentsLeft -= step.Fragments;
                if (_fragmentsLeft < 0)
                {
                    ReportDirectory(CheckRule.FollowingStopped, $"inode {_directory}", directory.Offset,
                        "directories have more fragments than the volume: the rest are not read");
                    return;
                }

                var bytes = (int)Math.Min(left, (long)step.Fragments * _geometry.FragmentBytes);
                left -= bytes;
                if (_device.TryRead(_geometry.ByteOffset(step.Fragment), _block.AsSpan(0, bytes)))
                {
                    ReadBlock(bytes, _geometry.ByteOffset(step.Fragment));
                }
            }
        }

        CheckDots(directory);
        _names.Report(ReportEqualNames);
    }

    private void ReportEqualNames(ReadOnlySpan<byte> name, long offset, long other) =>
        ReportDirectory(CheckRule.DuplicateName, Name(name), offset,
            $"has the name of the entry at offset 0x{other:x}");

    private void CheckSize(in InodeFacts directory)
    {
        var at = directory.Offset + InodeDecoder<TOrder>.SizeAt(_geometry.IsUfs2);
        if (directory.Bytes < UfsConstants.DirectoryBytesMin)
        {
            ReportDirectory(CheckRule.DirectorySize, $"inode {_directory}.size", at,
                $"is {directory.Bytes}, must be at least {UfsConstants.DirectoryBytesMin} to hold . and ..");
        }
        else if (directory.Bytes % (ulong)_geometry.DirectoryChunkBytes != 0)
        {
            ReportDirectory(CheckRule.DirectorySize, $"inode {_directory}.size", at,
                $"is {directory.Bytes}, must be a multiple of {_geometry.DirectoryChunkBytes}");
        }
    }

    private void CheckDots(in InodeFacts directory)
    {
        if (!_hasDotDot && directory.Bytes >= UfsConstants.DirectoryBytesMin)
        {
            ReportDirectory(CheckRule.DotDotEntry, $"directory {_directory}", directory.Offset,
                "has no .. as its second entry");
        }
    }

    private void ReadBlock(int bytes, long offset)
    {
        for (var at = 0; at < bytes; at += _geometry.DirectoryChunkBytes)
        {
            ReadChunk(_block.AsSpan(at, Math.Min(_geometry.DirectoryChunkBytes, bytes - at)), offset + at);
        }
    }

    private void ReadChunk(ReadOnlySpan<byte> chunk, long offset)
    {
        var at = 0;
        while (at < chunk.Length)
        {
            if (!DirentView<TOrder>.TryOpen(chunk[at..], !_geometry.HasEntryTypes, out var entry))
            {
                ReportDirectory(CheckRule.DirectoryEntry, $"directory {_directory}", offset + at,
                    "must be an entry whose length is a multiple of 4 and ends in its chunk; the rest is not read");
                return;
            }

            if (entry.Ino != 0)
            {
                var end = DirentView<TOrder>.MinSize + entry.Namlen;
                if (!IsNameSound(entry.Name) || end >= entry.Reclen || chunk[at + end] != 0)
                {
                    ReportDirectory(CheckRule.DirectoryEntry, $"directory {_directory}", offset + at,
                        $"the name '{ShownPath.Of(entry.Name)}' must have 1 to 255 bytes without NUL or '/', "
                        + "and end in NUL");
                    return;
                }

                var type = _geometry.HasEntryTypes ? entry.Type : -1;
                Take(new DirectoryEntry(entry.Ino, type, offset + at, _position), entry.Name);
            }
            else if (_position == 0)
            {
                ReportDirectory(CheckRule.DotEntry, $"directory {_directory}", offset + at,
                    "the first entry is unused, must be .");
            }

            _position++;
            at += entry.Reclen;
        }
    }

    private static bool IsNameSound(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.IndexOfAny((byte)0, (byte)'/') < 0;

    private void Take(in DirectoryEntry entry, ReadOnlySpan<byte> name)
    {
        var isDot = name.SequenceEqual("."u8);
        var isDotDot = name.SequenceEqual(".."u8);
        if (_reportsDirectory)
        {
            CheckPlace(entry, name, isDot, isDotDot);
            if (!isDot && !isDotDot)
            {
                _names.Add(_directory, name, entry.Offset);
            }
        }

        if (entry.Inode >= _geometry.Inodes)
        {
            ReportDirectory(CheckRule.EntryInode, Name(name), entry.Offset,
                $"names inode {entry.Inode}, must be below {_geometry.Inodes}");
            return;
        }

        if (entry.Inode == UfsConstants.WhiteoutInode || entry.Type == FileType.Whiteout)
        {
            if (entry.Inode != UfsConstants.WhiteoutInode || (entry.Type != FileType.Whiteout && entry.Type != -1))
            {
                ReportDirectory(CheckRule.WhiteoutEntry, Name(name), entry.Offset,
                    $"names inode {entry.Inode} with type {entry.Type}, "
                    + $"a whiteout must have inode {UfsConstants.WhiteoutInode} and type {FileType.Whiteout}");
            }

            return;
        }

        if (_window.Contains(entry.Inode))
        {
            CheckTarget(entry, name, isDot, isDotDot);
        }
    }

    /// <summary>"." first and itself, ".." second and nowhere else.</summary>
    private void CheckPlace(in DirectoryEntry entry, ReadOnlySpan<byte> name, bool isDot, bool isDotDot)
    {
        if (entry.Position == 0)
        {
            if (!isDot)
            {
                ReportDirectory(CheckRule.DotEntry, Name(name), entry.Offset, "is the first entry, must be .");
            }
            else if (entry.Inode != _directory)
            {
                ReportDirectory(CheckRule.DotEntry, Name(name), entry.Offset,
                    $"names inode {entry.Inode}, must be {_directory}");
            }
        }
        else if (isDot || (isDotDot && entry.Position != 1))
        {
            ReportDirectory(isDot ? CheckRule.DotEntry : CheckRule.DotDotEntry, Name(name), entry.Offset,
                "must not appear a second time");
        }

        if (entry.Position == 1 && isDotDot)
        {
            _hasDotDot = true;
            TakeDotDot(entry);
        }
    }

    private void TakeDotDot(in DirectoryEntry entry)
    {
        var state = _window.State(_directory);
        ref var link = ref _window.Link(_window.IndexOf(_directory));
        if ((state & InodeState.HasParent) == 0)
        {
            link = (uint)entry.Inode;
            _window.Set(_directory, InodeState.HasDotDot);
        }
        else if (link != entry.Inode)
        {
            ReportDotDot(_directory, entry.Offset, entry.Inode, link);
        }
    }

    private void CheckTarget(in DirectoryEntry entry, ReadOnlySpan<byte> name, bool isDot, bool isDotDot)
    {
        var state = _window.State(entry.Inode);
        if ((state & InodeState.Allocated) == 0)
        {
            _sink.Add(CheckRule.EntryInode, Name(name), entry.Offset,
                $"names inode {entry.Inode}, which is not allocated");
            return;
        }

        _window.CountName(entry.Inode);
        var type = (int)(state & InodeState.TypeMask);
        if (entry.Type >= 0 && entry.Type != type && FileType.IsInodeType(type))
        {
            _sink.Add(CheckRule.EntryType, Name(name), entry.Offset,
                $"has type {entry.Type} ({FileType.Name(entry.Type)}), "
                + $"must be {type} ({FileType.Name(type)}) as inode {entry.Inode} is");
        }

        if (type == FileType.Directory && !isDot && !isDotDot)
        {
            TakeName(entry, name, state);
        }
    }

    private void TakeName(in DirectoryEntry entry, ReadOnlySpan<byte> name, InodeState state)
    {
        ref var link = ref _window.Link(_window.IndexOf(entry.Inode));
        if ((state & InodeState.HasParent) != 0 || entry.Inode == UfsConstants.RootInode)
        {
            var other = entry.Inode == UfsConstants.RootInode ? entry.Inode : link;
            _sink.Add(CheckRule.DirectoryHardLink, Name(name), entry.Offset,
                $"names directory {entry.Inode}, which directory {other} names already");
            return;
        }

        _window.Set(entry.Inode, InodeState.HasParent);
        if ((state & InodeState.HasDotDot) != 0 && link != _directory)
        {
            ReportDotDot(entry.Inode, DotDotOffset(entry.Inode), link, _directory);
        }

        link = (uint)_directory;
    }

    private void ReportDotDot(long directory, long offset, long actual, long expected) =>
        _sink.Add(CheckRule.DotDotEntry, $"directory {directory}/..", offset,
            $"names inode {actual}, must be {expected}");

    /// <summary>Where the ".." of a directory that was read before lies: behind its ".", in its first block.</summary>
    private long DotDotOffset(long directory)
    {
        Span<byte> bytes = stackalloc byte[Dinode2View<TOrder>.Size];
        var offset = _geometry.InodeOffset(directory);
        if (!_device.TryRead(offset, bytes[.._geometry.InodeBytes]))
        {
            return -1;
        }

        var inode = InodeDecoder<TOrder>.Decode(_geometry, bytes[.._geometry.InodeBytes], directory, offset);
        var first = _geometry.ByteOffset(inode.Pointers[0]);
        return _device.TryRead(first, bytes) && DirentView<TOrder>.TryOpen(bytes, !_geometry.HasEntryTypes, out var dot)
            ? first + dot.Reclen
            : first;
    }

    private string Name(ReadOnlySpan<byte> name) => $"directory {_directory}/{ShownPath.Of(name)}";

    private void ReportDirectory(string rule, string structure, long offset, string message)
    {
        if (_reportsDirectory)
        {
            _sink.Add(rule, structure, offset, message);
        }
    }
}
