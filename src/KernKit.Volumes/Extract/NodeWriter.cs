namespace KernKit.Volumes.Extract;

/// <summary>Makes files, links and special files in an open directory of the target. One for each thread.</summary>
internal sealed class NodeWriter(Volume volume, ExtractionTotals totals, CancellationToken cancellation)
{
    private const uint NobodyToSet = uint.MaxValue;
    private const int SetUserAndGroup = 0xC00;
    private const int OwnerReadsAndWrites = 0x180;
    private const int PermissionBits = 0x1FF;
    // As much as stays in a core's cache: 1 MiB took three times the time, copy_file_range(2) a little more than this.
    private readonly byte[] _buffer = new byte[1 << 18];
    private readonly byte[] _name = new byte[256];
    private readonly bool _isRoot = Posix.EffectiveUser == 0;

    // The owner and mode that a new file has by itself if it is made with this mode: most files of a tree are alike,
    // and to set what is there already would be a third of all calls (bench/volumes). The user's mask and the staging
    // directory's group and default ACL decide it, and stay as they are while we run.
    private int _givenFor = -1;
    private FileStatus? _given;

    /// <summary>The damage for which the last node was restored without its extended attributes, or null.</summary>
    public VolumeException? AttributeDamage { get; private set; }

    /// <summary>Makes one entry that is no directory, whole or not at all.</summary>
    /// <param name="directory">The open directory.</param>
    /// <param name="name">One checked component.</param>
    /// <param name="node">What the volume keeps about it.</param>
    /// <returns>False if this kind cannot be made here; that is counted.</returns>
    public bool Write(int directory, ReadOnlySpan<byte> name, in NodeAttributes node)
    {
        var terminated = Terminated(name);
        AttributeDamage = null;
        switch (node.Type)
        {
            case NodeType.File:
                WriteFile(directory, terminated, node);
                break;
            case NodeType.Symlink:
                WriteSymbolicLink(directory, terminated, node);
                break;
            case NodeType.CharacterDevice or NodeType.BlockDevice or NodeType.Fifo or NodeType.Socket:
                if (!TryWriteSpecial(directory, terminated, node))
                {
                    totals.DeviceSkipped();
                    return false;
                }

                break;
            case NodeType.Whiteout:
                totals.WhiteoutSkipped();
                return false;
            default:
                throw new VolumeException(
                    VolumeError.Damaged, "the type is none that exists", $"inode {node.Id}.mode", node.Offset);
        }

        if (node.Flags != 0)
        {
            totals.FlagsSkipped();
        }

        return true;
    }

    /// <summary>Gives an open directory or file its extended attributes, owner, mode and times, in this order:
    /// each of them may undo a later one.</summary>
    /// <param name="descriptor">The open directory or file.</param>
    /// <param name="node">What the volume keeps about it.</param>
    /// <param name="withMode">False to leave the mode for later.</param>
    public void Restore(int descriptor, in NodeAttributes node, bool withMode = true)
    {
        AttributeDamage = null;
        Restore(descriptor, node, AttributesOf(node), withMode);
    }

    private void Restore(
        int descriptor, in NodeAttributes node, IReadOnlyList<ExtendedAttribute> attributes, bool withMode)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Namespace != "user" || attribute.Name.Contains((byte)0)
                || !Posix.TrySetAttribute(descriptor, [.. "user."u8, .. attribute.Name, 0], attribute.Value))
            {
                totals.AttributeSkipped();
            }
        }

        var owned = MayOwn(node) && Posix.TrySetOwner(descriptor, node.UserId, node.GroupId);
        var mode = ModeFor(node, owned);
        if (withMode && !Posix.TrySetMode(descriptor, mode))
        {
            totals.ModeSkipped();
        }

        RestoreTimes(descriptor, node);
    }

    /// <summary>The extended attributes of a node; none if they are damaged: that costs the node nothing
    /// else.</summary>
    private IReadOnlyList<ExtendedAttribute> AttributesOf(in NodeAttributes node)
    {
        try
        {
            return volume.GetExtendedAttributes(node);
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            AttributeDamage = error;
            return [];
        }
    }

    private static void RestoreTimes(int descriptor, in NodeAttributes node) =>
        Posix.SetTimes(descriptor, TimeOf(node.Accessed ?? node.Modified), TimeOf(node.Modified));

    private static Timespec TimeOf(UnixTime time) => new(time.Seconds, Math.Clamp(time.Nanoseconds, 0, 999_999_999));

    private void WriteFile(int directory, ReadOnlySpan<byte> name, in NodeAttributes node)
    {
        var content = volume.OpenContent(node);
        var mode = node.Permissions & (PermissionBits & ~OwnerReadsAndWrites) | OwnerReadsAndWrites;
        var file = Posix.CreateFile(directory, name, mode);
        var whole = false;
        try
        {
            Copy(content, file);
            var attributes = AttributesOf(node);
            if (IsGiven(file, node, mode) && attributes.Count == 0)
            {
                RestoreTimes(file, node);
            }
            else
            {
                Restore(file, node, attributes, withMode: true);
            }

            whole = true;
        }
        finally
        {
            Posix.Close(file);
            if (!whole)
            {
                _ = Posix.TryRemove(directory, name, isDirectory: false);
            }
        }
    }

    /// <summary>True if a file that was made with <paramref name="mode"/> has the node's owner and mode so.</summary>
    private bool IsGiven(int file, in NodeAttributes node, int mode)
    {
        if (node.Permissions != mode || !MayOwn(node))
        {
            return false;
        }

        if (_givenFor != mode)
        {
            _given = FileStatus.Of(file);
            _givenFor = mode;
        }

        return _given is { } given
            && given.User == node.UserId && given.Group == node.GroupId && given.Permissions == mode;
    }

    private void Copy(FileContent content, int file)
    {
        var length = content.Length;
        long written = 0;
        long offset = 0;
        while (offset < length)
        {
            var (kind, end) = NextRun(content, offset);
            if (kind == ExtentKind.Hole)
            {
                offset = end;
                continue;
            }

            while (offset < end)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - offset));
                ReadWhole(content, offset, piece);
                Posix.WriteAt(file, piece, offset);
                offset += piece.Length;
                written += piece.Length;
            }

            if (end == length)
            {
                totals.Wrote(written);
                return;
            }
        }

        totals.Wrote(written);
        if (length > 0)
        {
            // The file ends in a hole: nothing was written up to its end.
            Posix.SetLength(file, length);
        }
    }

    /// <summary>
    /// The run from <paramref name="offset"/> on that is hole, or not; runs of data are joined up to a buffer's length,
    /// so that a fragmented small file takes one write.
    /// </summary>
    private (ExtentKind Kind, long End) NextRun(FileContent content, long offset)
    {
        var first = ExtentAt(content, offset);
        var end = EndOf(content, offset, first);
        while (first.Kind != ExtentKind.Hole && end < content.Length && end - offset < _buffer.Length)
        {
            var next = ExtentAt(content, end);
            if (next.Kind == ExtentKind.Hole)
            {
                break;
            }

            end = EndOf(content, end, next);
        }

        return (first.Kind, end);
    }

    private static Extent ExtentAt(FileContent content, long offset) => content.TryGetExtent(offset, out var extent)
        ? extent
        : throw new VolumeException(VolumeError.Damaged, $"the content ends at byte {offset} of {content.Length}");

    private static long EndOf(FileContent content, long offset, Extent extent)
    {
        var end = Math.Min(extent.FileOffset + extent.Length, content.Length);
        return end > offset
            ? end
            : throw new VolumeException(VolumeError.Damaged, $"the content does not go on at byte {offset}");
    }

    internal static void ReadWhole(FileContent content, long offset, Span<byte> piece)
    {
        var length = content.Read(offset, piece);
        if (length != piece.Length)
        {
            throw new VolumeException(
                VolumeError.Damaged, $"the content ends at byte {offset + length} of {content.Length}");
        }
    }

    private void WriteSymbolicLink(int directory, ReadOnlySpan<byte> name, in NodeAttributes node)
    {
        var target = volume.ReadLink(node);
        if (target.Length == 0 || target.AsSpan().Contains((byte)0))
        {
            throw new VolumeException(VolumeError.Damaged,
                "the target of the symbolic link is empty or holds a NUL", $"inode {node.Id}", node.Offset);
        }

        Posix.MakeSymbolicLink([.. target, 0], directory, name);
        if (!MayOwn(node) || !Posix.TrySetOwner(directory, name, node.UserId, node.GroupId))
        {
            totals.OwnerSkipped();
        }

        Posix.SetTimes(directory, name, TimeOf(node.Accessed ?? node.Modified), TimeOf(node.Modified));
    }

    private bool TryWriteSpecial(int directory, ReadOnlySpan<byte> name, in NodeAttributes node)
    {
        var (bits, device) = node.Type switch
        {
            NodeType.CharacterDevice => (0x2000u, Encode(node.Device)),
            NodeType.BlockDevice => (0x6000u, Encode(node.Device)),
            NodeType.Fifo => (0x1000u, 0ul),
            _ => (0xC000u, 0ul),
        };
        // Beyond 12 and 20 bits Linux has no such device, and older kernels would make another one of it.
        if ((node.Device is { } number && (number.Major > 0xFFF || number.Minor > 0xFFFFF))
            || !Posix.TryMakeNode(directory, name, bits | 0x180, device))
        {
            return false;
        }

        var owned = MayOwn(node) && Posix.TrySetOwner(directory, name, node.UserId, node.GroupId);
        Posix.SetMode(directory, name, ModeFor(node, owned));
        Posix.SetTimes(directory, name, TimeOf(node.Accessed ?? node.Modified), TimeOf(node.Modified));
        return true;
    }

    private static ulong Encode(DeviceNumber? device)
    {
        var (major, minor) = device.GetValueOrDefault();
        return ((ulong)(minor & 0xFFFFFF00) << 12) | ((major & 0xFFFu) << 8) | (minor & 0xFF);
    }

    /// <summary>
    /// False where setting the owner cannot work, or would silently mean "leave it": then set-uid bits must not be set.
    /// </summary>
    private bool MayOwn(in NodeAttributes node) =>
        node.UserId != NobodyToSet && node.GroupId != NobodyToSet && (_isRoot || node.UserId == Posix.EffectiveUser);

    private int ModeFor(in NodeAttributes node, bool owned)
    {
        if (owned)
        {
            return node.Permissions;
        }

        totals.OwnerSkipped();
        if ((node.Permissions & SetUserAndGroup) == 0)
        {
            return node.Permissions;
        }

        totals.PrivilegesSkipped();
        return node.Permissions & ~SetUserAndGroup;
    }

    private ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_name);
        _name[name.Length] = 0;
        return _name.AsSpan(0, name.Length + 1);
    }
}
