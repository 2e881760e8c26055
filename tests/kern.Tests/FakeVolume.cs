using System.Text;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

/// <summary>
/// A volume in memory, which may hold what no honest file system would: any names, types, cycles and failures.
/// </summary>
internal sealed class FakeVolume : Volume
{
    private readonly Dictionary<ulong, FakeNode> _nodes = [];

    public FakeVolume() => Root = Add(NodeType.Directory, 0x1ED);

    public FakeNode Root { get; }

    public List<CheckFinding> Findings { get; } = [];

    /// <summary>Findings that a check counts and does not report.</summary>
    public int FindingsNotReported { get; set; }

    public Action? OnRead { get; set; }

    public override string Format => "fake";

    public override IBlockDevice Device { get; } = new NoDevice();

    public override ulong RootId => Root.Attributes.Id;

    public FakeNode Add(NodeType type, ushort permissions = 0x1A4)
    {
        var id = (ulong)_nodes.Count + 2;
        var node = new FakeNode
        {
            Attributes = new NodeAttributes
            {
                Id = id,
                Type = type,
                Permissions = permissions,
                LinkCount = type == NodeType.Directory ? 2u : 1u,
                Modified = new UnixTime(1_600_000_000 + (long)id, 123_456_789),
                Accessed = new UnixTime(1_500_000_000, 5),
                Offset = 0x1000 * (long)id,
            },
        };
        _nodes.Add(id, node);
        return node;
    }

    public FakeNode AddDirectory(FakeNode parent, string name)
    {
        var node = Add(NodeType.Directory, 0x1ED);
        parent.Entries.Add((Encoding.UTF8.GetBytes(name), node));
        return node;
    }

    public FakeNode AddFile(FakeNode parent, string name, string content) =>
        AddFile(parent, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content));

    public FakeNode AddFile(FakeNode parent, byte[] name, byte[] content)
    {
        var node = Add(NodeType.File);
        node.Content = content;
        node.Attributes = node.Attributes with { Size = content.Length };
        parent.Entries.Add((name, node));
        return node;
    }

    public FakeNode AddLink(FakeNode parent, string name, string target)
    {
        var node = Add(NodeType.Symlink, 0x1FF);
        node.Target = Encoding.UTF8.GetBytes(target);
        parent.Entries.Add((Encoding.UTF8.GetBytes(name), node));
        return node;
    }

    public override IReadOnlyList<VolumeFact> Describe() =>
        [new("label", "a\u001bb"), new("block_size", 8192L), new("clean", true), new("sizes", new[] { 1L, 2L })];

    public override NodeAttributes GetAttributes(ulong id) =>
        _nodes.TryGetValue(id, out var node) && !node.IsDamaged
            ? node.Attributes
            : throw new VolumeException(VolumeError.Damaged, "no such inode", $"inode {id}", 0x40);

    public override void ReadDirectory(in NodeAttributes directory, DirectoryListing listing)
    {
        foreach (var (name, node) in _nodes[directory.Id].Entries)
        {
            listing.Add(name, node.Attributes.Id, node.Attributes.Type, node.Attributes.Offset);
        }
    }

    public override byte[] ReadLink(in NodeAttributes link) => _nodes[link.Id].Target;

    public override FileContent OpenContent(in NodeAttributes file) => new FakeContent(this, _nodes[file.Id]);

    public override IReadOnlyList<ExtendedAttribute> GetExtendedAttributes(in NodeAttributes node) =>
        !_nodes[node.Id].HasDamagedAttributes
            ? _nodes[node.Id].Extended
            : throw new VolumeException(VolumeError.Damaged, "no attributes there", $"inode {node.Id}.extb[0]", 0x77);

    public override CheckSummary Check(Action<CheckFinding> report, CancellationToken cancellation = default)
    {
        Findings.ForEach(report);
        return new CheckSummary(
            [("inodes", _nodes.Count)], Findings.Count + FindingsNotReported,
            ["cylinder-group hashes: the format has none"]);
    }

    private sealed class NoDevice : IBlockDevice
    {
        public string Name => "fake.img";

        public long Length => 1 << 20;

        public void Read(long offset, Span<byte> buffer) => buffer.Clear();

        public void Dispose()
        {
        }
    }

    private sealed class FakeContent(FakeVolume volume, FakeNode node) : FileContent
    {
        public override long Length => node.Attributes.Size;

        public override int Read(long offset, Span<byte> buffer)
        {
            volume.OnRead?.Invoke();
            if (offset + buffer.Length > node.DamagedFrom)
            {
                throw new VolumeException(VolumeError.Damaged, "points outside the volume", "inode.db[1]", 0x99);
            }

            var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
            buffer[..count].Clear();
            foreach (var (start, bytes) in node.Parts())
            {
                var from = Math.Max(start, offset);
                var to = Math.Min(start + bytes.Length, offset + count);
                if (from < to)
                {
                    bytes.AsSpan((int)(from - start), (int)(to - from)).CopyTo(buffer[(int)(from - offset)..]);
                }
            }

            return count;
        }

        public override bool TryGetExtent(long offset, out Extent extent)
        {
            extent = default;
            if (offset >= Length)
            {
                return false;
            }

            long holeEnd = Length;
            foreach (var (start, bytes) in node.Parts())
            {
                if (offset >= start && offset < start + bytes.Length)
                {
                    extent = new Extent(ExtentKind.Data, start, bytes.Length, 0);
                    return true;
                }

                holeEnd = start > offset ? Math.Min(holeEnd, start) : holeEnd;
            }

            extent = new Extent(ExtentKind.Hole, offset, holeEnd - offset, -1);
            return true;
        }
    }
}

/// <summary>A node of a <see cref="FakeVolume"/>.</summary>
internal sealed class FakeNode
{
    public NodeAttributes Attributes { get; set; }

    public List<(byte[] Name, FakeNode Node)> Entries { get; } = [];

    public byte[] Content { get; set; } = [];

    /// <summary>Where the content's pieces lie; null if it is one piece.</summary>
    public List<(long Start, byte[] Bytes)>? Pieces { get; set; }

    public byte[] Target { get; set; } = [];

    public List<ExtendedAttribute> Extended { get; } = [];

    public bool IsDamaged { get; set; }

    public bool HasDamagedAttributes { get; set; }

    public long DamagedFrom { get; set; } = long.MaxValue;

    public IEnumerable<(long Start, byte[] Bytes)> Parts() => Pieces ?? [(0, Content)];
}
