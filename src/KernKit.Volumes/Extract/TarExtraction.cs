using System.Buffers.Text;
using KernKit.Volumes.Layouts.Wire;

namespace KernKit.Volumes.Extract;

/// <summary>Writes a part of a volume as a pax archive, in bytewise order of paths.</summary>
internal sealed class TarExtraction(
    Volume volume, Action<WalkProblem> problem, ExtractionTotals totals, Stream archive, CancellationToken cancellation)
{
    private readonly PaxWriter _writer = new(archive);
    private readonly byte[] _buffer = new byte[1 << 18];
    private readonly Dictionary<ulong, byte[]> _firstNames = [];
    private byte[] _name = new byte[1024];

    /// <summary>Writes the archive.</summary>
    /// <param name="path">The start; names in the archive are relative to it, or its last component if it is no
    /// directory.</param>
    public void Run(ReadOnlySpan<byte> path)
    {
        var walk = new VolumeWalk(volume, path, recursive: true, needAttributes: true, problem);
        var prefix = 0;
        while (walk.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (walk.Depth == 0)
            {
                prefix = walk.Attributes.Type == NodeType.Directory
                    ? walk.Path.Length + (walk.Path.IsEmpty ? 0 : 1)
                    : walk.Path.LastIndexOf((byte)'/') + 1;
            }

            try
            {
                WriteEntry(walk, prefix);
            }
            catch (VolumeException error)
            {
                problem(new WalkProblem(walk.Path.ToArray(), error));
            }
        }

        _writer.Finish();
    }

    private void WriteEntry(VolumeWalk walk, int prefix)
    {
        ref readonly var node = ref walk.Attributes;
        var name = NameOf(walk.Path[Math.Min(prefix, walk.Path.Length)..], node);
        if (walk.Depth > 0)
        {
            EntryName.Check(walk.Path[(walk.Path.LastIndexOf((byte)'/') + 1)..], node.Offset);
        }

        var entry = new PaxEntry { Path = name, Node = node, RealSize = -1, Attributes = [] };
        if (node.LinkCount > 1 && node.Type != NodeType.Directory)
        {
            if (_firstNames.TryGetValue(node.Id, out var first))
            {
                entry.Type = Tartype.TAR_HARD_LINK;
                entry.LinkPath = first;
                _writer.WriteHeaders(entry);
                totals.Restored();
                return;
            }
        }

        entry.Attributes = UserAttributes(node, walk.Path);
        if (!TryWrite(ref entry))
        {
            return;
        }

        totals.Restored();
        if (node.Flags != 0)
        {
            totals.FlagsSkipped();
        }

        if (node.LinkCount > 1 && node.Type != NodeType.Directory)
        {
            _firstNames[node.Id] = name.ToArray();
        }
    }

    private bool TryWrite(ref PaxEntry entry)
    {
        switch (entry.Node.Type)
        {
            case NodeType.File:
                WriteFile(ref entry);
                return true;
            case NodeType.Symlink:
                entry.LinkPath = volume.ReadLink(entry.Node);
                if (entry.LinkPath.IsEmpty || entry.LinkPath.Contains((byte)0))
                {
                    throw new VolumeException(VolumeError.Damaged,
                        "the target of the symbolic link is empty or holds a NUL", $"inode {entry.Node.Id}",
                            entry.Node.Offset);
                }

                break;
            case NodeType.Socket:
                totals.SocketSkipped();
                return false;
            case NodeType.Whiteout:
                totals.WhiteoutSkipped();
                return false;
            case NodeType.Unknown:
                throw new VolumeException(VolumeError.Damaged,
                    "the type is none that exists", $"inode {entry.Node.Id}.mode", entry.Node.Offset);
        }

        entry.Type = entry.Node.Type switch
        {
            NodeType.Symlink => Tartype.TAR_SYMLINK,
            NodeType.CharacterDevice => Tartype.TAR_CHR,
            NodeType.BlockDevice => Tartype.TAR_BLK,
            NodeType.Directory => Tartype.TAR_DIR,
            _ => Tartype.TAR_FIFO,
        };
        _writer.WriteHeaders(entry);
        return true;
    }

    /// <summary>
    /// Writes a file. Its block pointers are walked before the header promises a length; a small file is even read
    /// before.
    /// </summary>
    private void WriteFile(ref PaxEntry entry)
    {
        entry.Type = Tartype.TAR_FILE;
        var content = volume.OpenContent(entry.Node);
        var (parts, stored, mapLength) = Measure(content);
        var hasHoles = stored < content.Length;
        entry.StoredSize = hasHoles ? mapLength + stored : content.Length;
        entry.RealSize = hasHoles ? content.Length : -1;
        if (!hasHoles && content.Length <= _buffer.Length)
        {
            var whole = _buffer.AsSpan(0, (int)content.Length);
            NodeWriter.ReadWhole(content, 0, whole);
            _writer.WriteHeaders(entry);
            _writer.Write(whole);
            _writer.Pad();
            totals.Wrote(content.Length);
            return;
        }

        var start = _writer.Position;
        _writer.WriteHeaders(entry);
        try
        {
            if (hasHoles)
            {
                WriteMap(content, parts);
            }

            WriteParts(content);
        }
        catch (VolumeException error)
        {
            if (!archive.CanSeek)
            {
                // The header on its way to the reader has promised a length, so nothing right can follow.
                throw new TargetException(new VolumeException(error.Error,
                    $"{error.Message}; the archive ends here, in the middle of an entry", inner: error));
            }

            _writer.Rewind(start);
            throw;
        }
    }

    private static (long Parts, long Stored, long MapLength) Measure(FileContent content)
    {
        long parts = 0;
        long stored = 0;
        long text = 0;
        long last = 0;
        Span<byte> digits = stackalloc byte[24];
        for (var map = new SparseMap(content); map.MoveNext();)
        {
            parts++;
            stored += map.End - map.Start;
            text += Line(digits, map.Start) + Line(digits, map.End - map.Start);
            last = map.End;
        }

        if (last < content.Length)
        {
            // A hole at the end: an empty part behind it tells readers where the file ends.
            parts++;
            text += Line(digits, content.Length) + Line(digits, 0);
        }

        text += Line(digits, parts);
        return (parts, stored, (text + PaxWriter.BlockLength - 1) & -PaxWriter.BlockLength);
    }

    private void WriteMap(FileContent content, long parts)
    {
        Span<byte> digits = stackalloc byte[24];
        WriteLine(digits, parts);
        long last = 0;
        for (var map = new SparseMap(content); map.MoveNext();)
        {
            WriteLine(digits, map.Start);
            WriteLine(digits, map.End - map.Start);
            last = map.End;
        }

        if (last < content.Length)
        {
            WriteLine(digits, content.Length);
            WriteLine(digits, 0);
        }

        _writer.Pad();
    }

    private void WriteParts(FileContent content)
    {
        for (var map = new SparseMap(content); map.MoveNext();)
        {
            for (var offset = map.Start; offset < map.End;)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, map.End - offset));
                NodeWriter.ReadWhole(content, offset, piece);
                _writer.Write(piece);
                offset += piece.Length;
                totals.Wrote(piece.Length);
            }
        }

        _writer.Pad();
    }

    private static int Line(Span<byte> digits, long value)
    {
        Utf8Formatter.TryFormat(value, digits, out var length);
        digits[length] = (byte)'\n';
        return length + 1;
    }

    private void WriteLine(Span<byte> digits, long value)
    {
        var length = Line(digits, value);
        _writer.Write(digits[..length]);
    }

    /// <summary>The attributes that an archive can hold; none if they are damaged: that costs the node nothing
    /// else.</summary>
    private List<ExtendedAttribute> UserAttributes(in NodeAttributes node, ReadOnlySpan<byte> path)
    {
        var kept = new List<ExtendedAttribute>();
        IReadOnlyList<ExtendedAttribute> attributes = [];
        try
        {
            attributes = volume.GetExtendedAttributes(node);
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            problem(new WalkProblem(path.ToArray(), error));
        }

        foreach (var attribute in attributes)
        {
            // '=' ends the key of a pax record, and NUL that of an attribute.
            if (attribute.Namespace == "user" && attribute.Name.AsSpan().IndexOfAny((byte)'=', (byte)0) < 0)
            {
                kept.Add(attribute);
            }
            else
            {
                totals.AttributeSkipped();
            }
        }

        return kept;
    }

    /// <summary>
    /// The name in the archive: "./" for the start, else relative to it, with '/' behind a directory.
    /// </summary>
    private ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> relative, in NodeAttributes node)
    {
        if (relative.IsEmpty)
        {
            return "./"u8;
        }

        if (relative.Length + 1 > _name.Length)
        {
            _name = new byte[relative.Length * 2];
        }

        relative.CopyTo(_name);
        _name[relative.Length] = (byte)'/';
        return _name.AsSpan(0, relative.Length + (node.Type == NodeType.Directory ? 1 : 0));
    }
}
