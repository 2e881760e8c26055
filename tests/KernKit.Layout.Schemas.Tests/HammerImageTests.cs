using System.Text;
using KernKit.Layout.Schemas.Tests.Layouts.Hammer;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>HAMMER's structures on volumes that DragonFly made: headers to inodes, every check verified.</summary>
public sealed class HammerImageTests
{
    private const uint Root = 1;

    [Theory]
    [InlineData("h1-metadata-v7.img", 7)]
    [InlineData("h1-metadata-v6.img", 6)]
    public void The_CRC_function_goes_by_the_version_and_has_a_hole_at_itself(string name, uint version)
    {
        byte[] header = SparseImage.Open(name).Read(0, VolumeOndiskView.Size);
        var volume = new VolumeOndiskView(header);

        Assert.Equal(version, volume.Version);
        Assert.True(volume.IsValid);
        Assert.Equal(LayoutCheckResult.Good, volume.CheckCrc());
        header[VolumeOndiskView.Offsets.Crc + 4] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, new VolumeOndiskView(header).CheckCrc());
        header[VolumeOndiskView.Offsets.Crc + 4] ^= 1;
        header[VolumeOndiskView.Offsets.Version] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, new VolumeOndiskView(header).CheckCrc());
    }

    [Fact]
    public void It_is_little_endian_only_and_a_swapped_volume_is_refused()
    {
        byte[] header = SparseImage.Open("h1-metadata-v7.img").Read(0, VolumeOndiskView.Size);
        ulong swapped = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(
            new VolumeOndiskView(header).Signature);
        Assert.True(HammerFormat.TryAccept(header, out _));
        Assert.Equal((ulong)HammerConstants.VolumeSignatureSwapped, swapped);

        header.AsSpan(0, 8).Reverse();
        Assert.False(HammerFormat.TryAccept(header, out _));
    }

    [Theory]
    [InlineData("h1-metadata-v7.img")]
    [InlineData("h1-metadata-v6.img")]
    public void The_CRC_of_a_FIFO_head_has_a_hole_at_itself(string name)
    {
        SparseImage image = SparseImage.Open(name);
        var volume = new VolumeOndiskView(image.Read(0, VolumeOndiskView.Size));
        byte[] fifo = image.Read(volume.BufBeg + (long)new Address(volume.UndoArray[0]).Offset, 1 << 14);
        var element = new FifoElementView(fifo, volume.Version);
        Assert.Equal(LayoutCheckResult.Good, element.CheckCrc());

        // Before the hole, and behind it: the CRC covers both.
        foreach (int at in (int[])[8, element.Length - 1])
        {
            fifo[at] ^= 1;
            Assert.Equal(LayoutCheckResult.Bad, new FifoElementView(fifo, volume.Version).CheckCrc());
            fifo[at] ^= 1;
        }
    }

    [Fact]
    public void A_hammer_off_t_is_a_zone_a_volume_and_an_offset()
    {
        var volume = new VolumeOndiskView(SparseImage.Open("h1-metadata-v7.img").Read(0, VolumeOndiskView.Size));

        Assert.Equal(Zone.ZONE_BTREE, volume.BtreeRoot.Zone);
        Assert.Equal(0UL, (ulong)volume.BtreeRoot.Volume);
        Assert.Equal(0x8000_0000_0000_0000UL | (ulong)volume.BtreeRoot.Offset, volume.BtreeRoot.Value);
    }

    [Theory]
    [InlineData("h1-metadata-v7.img", 2131)]
    [InlineData("h1-metadata-v6.img", 0)]
    public void The_B_tree_is_walked_and_every_node_and_inode_verified(string name, int elements)
    {
        var walk = new HammerWalk(SparseImage.Open(name));
        walk.Run();

        Assert.True(elements == 0 || walk.Elements == elements, $"{walk.Elements} elements");
        Assert.True(walk.Inodes > 100);
        Assert.True(walk.Internal > 0);
        Assert.Equal("", string.Join('\n', walk.Problems.Take(5)));
        Assert.True(elements == 0 || walk.Snapshots.Order().SequenceEqual(["snap-one GIVEN1", "snap-two"]));
        Assert.Contains("deep", walk.Names);
        Assert.Contains(walk.RootModes, static mode => mode == 0x1ed);
    }

    [Fact]
    public void An_internal_node_has_one_extra_right_bound()
    {
        var walk = new HammerWalk(SparseImage.Open("h1-metadata-v7.img"));
        walk.Run();

        // The bound behind the last element of the root is the largest key there is.
        Assert.Equal(1, walk.RightBoundsOfRoot);
    }

    [Fact]
    public void File_data_is_keyed_by_its_END_offset()
    {
        var walk = new HammerWalk(SparseImage.Open("h1-metadata-v7.img"));
        walk.Run();

        Assert.True(walk.DataRecords > 100);
        Assert.Equal(0, walk.BadDataKeys);
    }

    [Fact]
    public void An_element_is_one_of_two_by_what_it_stands_for()
    {
        byte[] bytes = new byte[BtreeElmView.Size];
        bytes[BtreeElmView.Offsets.DataLen] = 9;
        Assert.True(new BtreeElmView(bytes).HasDataLen);
        bytes[BaseElmView.Offsets.Btype] = (byte)Btype.BTREE_INTERNAL;
        Assert.True(new BtreeElmView(bytes).HasSubtreeOffset);
        Assert.False(new BtreeElmView(bytes).HasDataLen);
    }

    [Fact]
    public void A_blockmap_is_two_layers_each_with_its_CRC()
    {
        SparseImage image = SparseImage.Open("h1-metadata-v7.img");
        byte[] header = image.Read(0, VolumeOndiskView.Size);
        var volume = new VolumeOndiskView(header);
        BlockmapView freemap = volume.Blockmaps[4];
        long buffers = volume.BufBeg;
        byte[] first = image.Read(buffers + (long)freemap.PhysOffset.Offset, BlockmapLayer1View.Size);
        var layer1 = new BlockmapLayer1View(first, volume.Version);
        Assert.Equal(LayoutCheckResult.Good, layer1.CheckLayer1Crc());
        byte[] second = image.Read(buffers + (long)layer1.PhysOffset.Offset, 16 * 139);
        var zones = new SortedSet<int>();
        foreach (BlockmapLayer2View entry in new BlockmapLayer2Array(second, volume.Version))
        {
            Assert.True(entry.IsValid);
            zones.Add(entry.Zone);
        }

        Assert.Equal([0, 3, 4, 8, 9, 10, 11], zones);
        Assert.Equal(volume.StatFreebigblocks, (long)layer1.BlocksFree);
    }

    [Theory]
    [InlineData("h1-metadata-v7.img")]
    [InlineData("h1-metadata-v6.img")]
    public void A_FIFO_element_is_a_head_a_body_and_a_tail_at_its_size(string name)
    {
        SparseImage image = SparseImage.Open(name);
        var volume = new VolumeOndiskView(image.Read(0, VolumeOndiskView.Size));
        uint version = volume.Version;
        byte[] fifo = image.Read(volume.BufBeg + (long)new Address(volume.UndoArray[0]).Offset, 1 << 17);
        int undo = 0;
        var walk = new FifoElementRecords(fifo, version).GetEnumerator();
        while (walk.TryMoveNext(out FifoElementView element, out _))
        {
            var issues = new LayoutIssue[4];
            var report = new LayoutReport(issues);
            Assert.True(element.Validate(ref report), $"element at {walk.Offset}: {issues[0]}");
            if (element.HasUndo)
            {
                undo++;
                Assert.Equal(element.Undo.DataBytes, element.Undo.Data.Length);
            }

            if (element.HasTail)
            {
                Assert.Equal(element.SizeValue, element.Tail.SizeValue);
            }
        }

        Assert.True(undo > 20, $"{undo} UNDO elements");
        Assert.Equal(fifo.Length, walk.Offset);
    }

    [Fact]
    public void Names_have_no_NUL_and_end_with_their_data()
    {
        byte[] data = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'a', (byte)'b', (byte)'c', (byte)'d'];

        Assert.True(new DirentryDataView(data, 19).Name.SequenceEqual("abc"u8));
        Assert.False(DirentryDataView.TryOpen(data, 15, out _));
        Assert.False(DirentryDataView.TryOpen(data, 21, out _));
    }

    [Fact]
    public void Times_are_microseconds_and_negative_ones_wrap()
    {
        byte[] data = new byte[InodeDataView.Size];
        data.AsSpan(InodeDataView.Offsets.Mtime, 8).Fill(0xff);

        Assert.Equal(-1, new InodeDataView(data).Mtime);
    }

    [Fact]
    public void Owners_are_UUIDs_that_hold_a_32_bit_id()
    {
        byte[] data = new byte[InodeDataView.Size];
        data[InodeDataView.Offsets.Uid + 12] = 0xe8;
        data[InodeDataView.Offsets.Uid + 13] = 3;

        Assert.Equal(1000u, new InodeDataView(data).Uid.Owner);
    }

    [Fact]
    public void The_CRC_of_an_inode_stops_before_its_times()
    {
        byte[] leaf = new byte[LeafElmView.Size];
        leaf[BaseElmView.Offsets.RecType] = (byte)Rectype.RECORD_INODE;
        leaf[LeafElmView.Offsets.DataLen] = InodeDataView.Size;
        Assert.Equal(InodeDataView.Offsets.Mtime, new LeafElmView(leaf, 7).Covered.Length);
        Assert.Equal(InodeDataView.Size - 16, InodeDataView.Offsets.Mtime);
        Assert.Equal(InodeDataView.Size - 8, InodeDataView.Offsets.Atime);
    }

    [Fact]
    public void Data_of_a_record_is_read_by_its_type()
    {
        byte[] data = new byte[128];
        data[2] = 0xed;
        data[3] = 1;
        var record = new RecordDataView(data, Rectype.RECORD_INODE, 128);
        Assert.True(record.HasInode);
        Assert.Equal(0x1ed, record.Inode.Mode);
        Assert.True(new RecordDataView(data, Rectype.RECORD_SNAPSHOT, 128).HasSnapshot);
        Assert.Equal(100, new RecordDataView(data, Rectype.RECORD_DATA, 100).Data.Length);
        Assert.False(RecordDataView.TryOpen(data, Rectype.RECORD_PFS, 128, out _));
    }

    /// <summary>Every element of the B-tree, without recursion.</summary>
    private sealed class HammerWalk(SparseImage image)
    {
        private long _buffers;
        private uint _version;

        public int Elements { get; private set; }

        public int Internal { get; private set; }

        public int Inodes { get; private set; }

        public int DataRecords { get; private set; }

        public int BadDataKeys { get; private set; }

        public int RightBoundsOfRoot { get; private set; }

        public List<string> Problems { get; } = [];

        public List<string> Snapshots { get; } = [];

        public HashSet<string> Names { get; } = [];

        public List<int> RootModes { get; } = [];

        public void Run()
        {
            var volume = new VolumeOndiskView(image.Read(0, VolumeOndiskView.Size));
            (_buffers, _version) = (volume.BufBeg, volume.Version);
            var waiting = new Stack<ulong>([volume.BtreeRoot.Value]);
            for (bool isRoot = true; waiting.TryPop(out ulong at); isRoot = false)
            {
                byte[] bytes = image.Read(_buffers + (long)new Address(at).Offset, NodeOndiskView.Size);
                var node = new NodeOndiskView(bytes, _version);
                var issues = new LayoutIssue[4];
                var report = new LayoutReport(issues);
                if (!node.Validate(ref report))
                {
                    Problems.Add($"node {at:x}: {issues[0]}");
                }

                Walk(node, waiting, isRoot);
            }
        }

        private void Walk(NodeOndiskView node, Stack<ulong> waiting, bool isRoot)
        {
            if (node.HasInternal)
            {
                Internal++;
                Elements += node.Count;
                for (int i = 0; i < node.Count; i++)
                {
                    waiting.Push(node.Internal[i].SubtreeOffset.Value);
                }

                BaseElmView bound = node.Internal[node.Count].Base;
                RightBoundsOfRoot += isRoot && bound.Key == long.MaxValue ? 1 : 0;
                return;
            }

            for (int i = 0; i < node.Count; i++)
            {
                Elements++;
                Take(node.Leaf[i]);
            }
        }

        private void Take(LeafElmView leaf)
        {
            Rectype type = leaf.Base.RecType;
            if (type == Rectype.RECORD_DATA)
            {
                // Blocks of a file start at multiples of 16 KB; its last one is shorter.
                DataRecords++;
                BadDataKeys += (leaf.Base.Key - leaf.DataLen) % HammerConstants.BufferBytes == 0
                    || leaf.DataLen % 64 == 0 ? 0 : 1;
                BadDataKeys += leaf.Base.Key >= leaf.DataLen ? 0 : 1;
            }

            Address at = leaf.DataOffset;
            if (at.Zone != Zone.ZONE_META || leaf.DataLen == 0)
            {
                return;
            }

            byte[] data = image.Read(_buffers + (long)at.Offset, leaf.DataLen);
            if (leaf.CheckDataCrc(data.AsSpan(0, (int)leaf.Covered.Length)) != LayoutCheckResult.Good)
            {
                Problems.Add($"CRC of {type} of object {leaf.Base.ObjId:x}");
            }

            var record = new RecordDataView(data, type, (uint)data.Length);
            if (record.HasInode)
            {
                Inodes++;
                if (leaf.Base.ObjId == Root)
                {
                    RootModes.Add(record.Inode.Mode);
                }
            }
            else if (record.HasSnapshot)
            {
                Snapshots.Add(Encoding.UTF8.GetString(record.Snapshot.LabelText));
            }
            else if (record.HasEntry)
            {
                Names.Add(Encoding.UTF8.GetString(record.Entry.Name));
            }
        }
    }
}
