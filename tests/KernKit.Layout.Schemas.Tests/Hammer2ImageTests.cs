using System.Text;
using KernKit.Layout.Schemas.Tests.Layouts.Hammer2;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>HAMMER2's structures on volumes that DragonFly made: headers, references, inodes, every check.</summary>
public sealed class Hammer2ImageTests
{
    [Theory]
    [InlineData("h2-g-lz4-xxh64")]
    [InlineData("h2-g-none-iscsi32")]
    [InlineData("h2-g-zlib-sha192")]
    public void A_volume_header_is_an_array_of_sector_CRCs_and_one_over_all(string name)
    {
        byte[] header = SparseImage.Open(name + ".head.img").Read(0, VolumeDataView.Size);
        var volume = new VolumeDataView(header);

        Assert.Equal(LayoutCheckResult.Good, volume.CheckIcrcSect0());
        Assert.Equal(LayoutCheckResult.Good, volume.CheckIcrcSect1());
        Assert.Equal(LayoutCheckResult.Good, volume.CheckIcrcVolheader());
        header[1000] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, new VolumeDataView(header).CheckIcrcSect1());
        Assert.Equal(LayoutCheckResult.Good, new VolumeDataView(header).CheckIcrcSect0());
    }

    [Theory]
    [InlineData("h2-g-lz4-xxh64", "lz4")]
    [InlineData("h2-g-none-iscsi32", "none")]
    [InlineData("h2-g-zlib-sha192", "zlib")]
    public void References_are_walked_to_inodes_and_every_block_is_checked_by_its_own_kind(string name, string comp)
    {
        var walk = new Hammer2Walk(SparseImage.Open(name + ".head.img"));
        walk.Run();

        Assert.Equal("", string.Join('\n', walk.Problems.Take(5)));
        Assert.Contains("SUPROOT", walk.InodeNames);
        Assert.Contains("deep", walk.EntryNames);
        Assert.Contains(walk.EntryNames, static entry => Encoding.UTF8.GetByteCount(entry) > 64);
        Assert.True(walk.Inodes > 100 && walk.Checked > 300, $"{walk.Inodes} inodes, {walk.Checked} blocks");
        Assert.True(walk.DirectData > 0);
        Assert.True(walk.FreemapLeaves > 0);
        Assert.Equal(comp, walk.Compressed == 0 ? "none" : walk.CompressedName);
    }

    [Theory]
    [InlineData("h2-g-lz4-xxh64")]
    [InlineData("h2-g-zlib-sha192")]
    public void The_stored_size_differs_from_the_logical_one_and_LZ4_has_a_length_prefix(string name)
    {
        var walk = new Hammer2Walk(SparseImage.Open(name + ".head.img"));
        walk.Run();

        Assert.True(walk.Compressed > 2 && walk.IsSmaller, $"{walk.Compressed} blocks, {walk.IsSmaller}");
        Assert.Equal("", string.Join('\n', walk.Forms.Take(5)));
    }

    [Fact]
    public void The_magic_has_a_byte_swapped_form()
    {
        ulong swapped = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ulong)Hammer2Constants.VolumeMagic);
        Assert.Equal((ulong)Hammer2Constants.VolumeMagicSwapped, swapped);
    }

    [Theory]
    [InlineData("h2-g-lz4-xxh64", (int)Checkkind.CHECK_XXHASH64)]
    [InlineData("h2-g-none-iscsi32", (int)Checkkind.CHECK_ISCSI32)]
    [InlineData("h2-g-zlib-sha192", (int)Checkkind.CHECK_SHA192)]
    public void The_check_of_a_reference_is_one_of_a_union_and_finds_one_wrong_bit(string name, int kind)
    {
        SparseImage image = SparseImage.Open(name + ".head.img");
        var walk = new Hammer2Walk(image);
        walk.Run();
        var reference = new BlockrefView(walk.Samples[(Checkkind)kind]);
        byte[] data = Data(image, reference);

        Assert.Equal(LayoutCheckResult.Good, Check(reference, data));
        data[^1] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, Check(reference, data));

        // A kind that nobody knows is no check at all: there is nothing that could be called good.
        byte[] other = reference.Bytes.ToArray();
        other[BlockrefView.Offsets.Methods] |= 0xf0;
        var unknown = new BlockrefView(other);
        Assert.True(unknown.HasCheckBytes);
        Assert.False(unknown.HasXxhash64 || unknown.HasSha192 || unknown.HasIscsi32 || unknown.HasIcrc32);
    }

    [Fact]
    public void A_freemap_leaf_is_bitmaps_of_two_bits_for_each_16_KB()
    {
        SparseImage image = SparseImage.Open("h2-g-lz4-xxh64.head.img");
        BlockrefView node = new VolumeDataView(image.Read(0, VolumeDataView.Size)).FreemapBlockset.Blockref[0];
        while (node.Type != Breftype.BREF_FREEMAP_LEAF)
        {
            node = new IndirectView(Data(image, node)).Blockref[0];
        }

        byte[] data = Data(image, node);
        Assert.Equal(LayoutCheckResult.Good, node.CheckIcrc32(data));
        var leaf = new FreemapLeafView(data);
        const int chunks = 8 * 32;
        int allocated = 0;
        int empty = 0;
        foreach (BmapDataView bitmap in leaf.Bitmaps)
        {
            int free = 0;
            for (int i = 0; i < chunks; i++)
            {
                ulong state = (bitmap.Bitmap[i / 32] >> (2 * (i % 32))) & 3;
                allocated += state == (ulong)Chunkstate.CHUNK_ALLOCATED ? 1 : 0;
                free += state == (ulong)Chunkstate.CHUNK_FREE ? 1 : 0;
            }

            Assert.InRange(bitmap.Avail, 0u, (uint)(chunks * Hammer2Constants.ChunkBytes));
            empty += free == chunks && bitmap.Avail == chunks * Hammer2Constants.ChunkBytes ? 1 : 0;
        }

        Assert.True(allocated > 10 && empty > 10, $"{allocated} chunks, {empty} bitmaps of nothing");
    }

    private static byte[] Data(SparseImage image, BlockrefView reference) =>
        image.Read((long)reference.Data.Offset, (int)reference.Data.Length);

    private static LayoutCheckResult Check(BlockrefView reference, byte[] data) =>
        reference.HasXxhash64 ? reference.CheckXxhash64(data)
        : reference.HasSha192 ? reference.CheckSha192(data)
        : reference.CheckIscsi32(data);

    [Fact]
    public void The_newest_valid_of_four_headers_is_found_by_its_mirror_tid()
    {
        byte[] first = SparseImage.Open("h2-g-lz4-xxh64.head.img").Read(0, VolumeDataView.Size);
        ulong tid = new VolumeDataView(first).MirrorTid;
        byte[][] headers = [first, Next(first, tid + 2), Next(first, tid + 1), Next(first, tid + 3)];
        headers[3][^1] ^= 1;
        int newest = -1;
        for (int i = 0; i < headers.Length; i++)
        {
            var header = new VolumeDataView(headers[i]);
            bool isNewer = newest < 0 || header.MirrorTid > new VolumeDataView(headers[newest]).MirrorTid;
            newest = header.IsValid && isNewer ? i : newest;
        }

        Assert.Equal(1, newest);

        static byte[] Next(byte[] header, ulong tid)
        {
            byte[] made = [.. header];
            var edit = new VolumeDataEdit(made) { MirrorTid = tid };
            edit.UpdateChecks();
            return made;
        }
    }

    [Fact]
    public void Headers_lie_at_the_start_of_each_of_the_first_four_zones_of_2_GB()
    {
        Assert.Equal([0L, 2L << 30, 4L << 30, 6L << 30], Hammer2Format.ProbeOffsets.ToArray());
        Assert.Equal(4, Hammer2Constants.VolumeHeaders);
        Assert.Equal(0x78, VolumeDataView.Offsets.MirrorTid);
    }

    [Theory]
    [InlineData(0x0000_0000_0000_0000, 0)]       // radix 0: no block, not one byte
    [InlineData(0x0000_0000_0040_000a, 1024)]
    [InlineData(0x0000_0000_0041_0010, 65536)]
    public void The_low_6_bits_of_data_off_are_log2_of_the_size(ulong dataOff, int size)
    {
        byte[] bytes = new byte[BlockrefView.Size];
        BitConverter.TryWriteBytes(bytes.AsSpan(BlockrefView.Offsets.DataOff), dataOff);
        var reference = new BlockrefView(bytes);

        Assert.Equal(size, reference.Data.Length);
        Assert.Equal((long)(dataOff & ~63UL), (long)reference.Data.Offset);
    }

    [Fact]
    public void A_name_of_up_to_64_bytes_lies_in_the_check_area_of_its_entry()
    {
        byte[] bytes = new byte[BlockrefView.Size];
        bytes[0] = (byte)Breftype.BREF_DIRENT;
        bytes[BlockrefView.Offsets.Dirent + 8] = 64;
        Assert.True(new BlockrefView(bytes).HasName);
        bytes[BlockrefView.Offsets.Dirent + 8] = 65;
        Assert.False(new BlockrefView(bytes).HasName);
    }

    [Fact]
    public void Data_of_up_to_512_bytes_lies_in_the_inode_if_a_flag_says_so()
    {
        byte[] bytes = new byte[InodeDataView.Size];
        Assert.True(new InodeDataView(bytes).HasBlocks);
        bytes[InodeMetaView.Offsets.OpFlags] = 1;
        Assert.True(new InodeDataView(bytes).HasData);
        Assert.Equal(512, new InodeDataView(bytes).Data.Length);
    }

    [Theory]
    [InlineData(0x32, (int)Compression.COMP_LZ4, (int)Checkkind.CHECK_XXHASH64)]
    [InlineData(0x43, (int)Compression.COMP_ZLIB, (int)Checkkind.CHECK_SHA192)]
    public void The_low_half_of_methods_is_compression_and_the_high_half_the_check(
        byte methods, int comp, int check)
    {
        var value = new Methods(methods);

        Assert.Equal(comp, (int)value.Comp);
        Assert.Equal(check, (int)value.Checker);
    }
}
