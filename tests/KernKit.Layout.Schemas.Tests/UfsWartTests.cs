using System.Buffers.Binary;
using KernKit.Layout.Schemas.Tests.Layouts;
using KernKit.Layout.Schemas.Tests.Layouts.Ufs;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>What makes UFS's structures hard, a test each, on images that makefs made where they hold it.</summary>
public sealed class UfsWartTests
{
    [Theory]
    [InlineData("ufs1-le-small", ByteOrder.LittleEndian, 0x011954u)]
    [InlineData("ufs1-be-small", ByteOrder.BigEndian, 0x011954u)]
    [InlineData("ufs2-le-small", ByteOrder.LittleEndian, 0x19540119u)]
    [InlineData("ufs2-be-small", ByteOrder.BigEndian, 0x19540119u)]
    public void The_byte_order_is_chosen_at_run_time_from_the_magic_at_offset_1372(string name, ByteOrder order,
        uint magic)
    {
        byte[] bytes = SparseImage.Open(name + ".img").Read(8192, UfsFormat.ProbeSize);

        Assert.True(UfsFormat.TryAccept(bytes, out ByteOrder found));
        Assert.Equal(order, found);
        Assert.Equal(1372, SuperblockView<LittleEndian>.Offsets.Magic);
        Assert.Equal(magic, order == ByteOrder.LittleEndian
            ? (uint)new SuperblockView<LittleEndian>(bytes).Magic
            : (uint)new SuperblockView<BigEndian>(bytes).Magic);
    }

    [Fact]
    public void There_are_four_places_for_a_superblock() =>
        Assert.Equal([65536L, 8192L, 0L, 262144L], UfsFormat.ProbeOffsets.ToArray());

    [Fact]
    public void UFS1_uses_the_32_bit_old_fields_beside_the_64_bit_ones()
    {
        byte[] bytes = SparseImage.Open("ufs1-le-small.img").Read(8192, UfsFormat.ProbeSize);
        var ufs1 = new SuperblockView<LittleEndian>(bytes);
        var ufs2 =
            new SuperblockView<LittleEndian>(SparseImage.Open("ufs2-le-small.img").Read(8192, UfsFormat.ProbeSize));

        Assert.True(ufs1.OldSize > 0);
        Assert.True(ufs2.SizeValue > 0);
        Assert.Equal(0, ufs2.OldSize);
    }

    [Fact]
    public void The_old_inode_format_has_16_bit_owners_and_the_old_rotational_tables_a_word_of_their_own()
    {
        Assert.Equal(-1, (int)Inodefmt.FORMAT_42BSD);
        Assert.Equal(-1, (int)Postblformat.POSTBL_42BSD);
        Assert.Equal(Dinode1View<LittleEndian>.Offsets.OldUid, Dinode1View<LittleEndian>.Offsets.Freelink);
    }

    [Fact]
    public void Solaris_and_BSD_share_a_magic_and_lay_other_fields_into_the_same_bytes() =>
        Assert.InRange(
            SuperblockView<BigEndian>.Offsets.SunState,
            SuperblockView<BigEndian>.Offsets.Maxsymlinklen,
            SuperblockView<BigEndian>.Offsets.State);

    [Fact]
    public void Solaris_has_the_length_of_a_name_where_BSD_has_its_type_as_the_old_format_does()
    {
        // Big-endian, as on SPARC: d_namlen is 16 bits wide, so its high byte lies where BSD keeps d_type.
        byte[] bytes = [0, 0, 0, 9, 0, 16, 0, 3, (byte)'e', (byte)'t', (byte)'c', 0, 0, 0, 0, 0];

        Assert.True(new DirentView<BigEndian>(bytes, true).Name.SequenceEqual("etc"u8));
        Assert.True(new DirentView<BigEndian>(bytes, false).Name.SequenceEqual("etc"u8));
        Assert.True(new DirentView<LittleEndian>([9, 0, 0, 0, 16, 0, 3, 0, .. bytes[8..]], true)
            .Name.SequenceEqual("etc"u8));
    }

    [Theory]
    [InlineData("ufs2-le-small")]
    [InlineData("ufs2-be-small")]
    public void The_last_block_of_a_small_file_is_made_of_fragments(string name)
    {
        SparseImage image = SparseImage.Open(name + ".img");
        byte[] super = image.Read(8192, UfsFormat.ProbeSize);
        int files = UfsFormat.TryAccept(super, out ByteOrder order) && order == ByteOrder.LittleEndian
            ? FilesWithFragments(image, new SuperblockView<LittleEndian>(super))
            : FilesWithFragments(image, new SuperblockView<BigEndian>(super));

        Assert.True(files > 50, $"{files} files");
    }

    /// <summary>Files below the indirect blocks hold whole blocks and, of the last one, only the fragments in
    /// use.</summary>
    private static int FilesWithFragments<TOrder>(SparseImage image, SuperblockView<TOrder> super)
        where TOrder : struct, IByteOrder
    {
        int found = 0;
        byte[] inodes = image.Read((long)super.Iblkno * super.Fsize, (int)super.Ipg * Dinode2View<TOrder>.Size);
        foreach (Dinode2View<TOrder> inode in new Dinode2Array<TOrder>(inodes))
        {
            bool isHoled = false;
            long size = (long)inode.SizeValue;
            for (int i = 0; i * (long)super.Bsize < size && i < 12; i++)
            {
                isHoled |= inode.Db[i] == 0;
            }

            bool isSmall = size < 12L * super.Bsize && size % super.Bsize != 0;
            if (inode.Mode.Type == Iftype.REG && isSmall && !isHoled && size > 0)
            {
                long fragments = (size + super.Fsize - 1) / super.Fsize;
                Assert.Equal(fragments * super.Fsize, (long)inode.Blocks * 512);
                found += fragments % super.Frag != 0 ? 1 : 0;
            }
        }

        return found;
    }

    [Fact]
    public void Entries_go_by_d_reclen()
    {
        byte[] block = Block(BinaryPrimitives.WriteUInt32LittleEndian, BinaryPrimitives.WriteUInt16LittleEndian);
        var names = new List<int>();
        foreach (DirentView<LittleEndian> entry in new DirblockView<LittleEndian>(block, 512, false).Entries)
        {
            names.Add(entry.Name.Length);
        }

        Assert.Equal([1, 2], names);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(16), 501);
        var walk = new DirblockView<LittleEndian>(block, 512, false).Entries.GetEnumerator();
        Assert.True(walk.TryMoveNext(out _, out _));
        Assert.False(walk.TryMoveNext(out _, out LayoutIssue issue));
        Assert.Contains("reclen", issue.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 7, 6)]      // on a little-endian volume the low byte of the old length is where the type is now
    [InlineData(false, 6, 7)]
    public void D_type_and_d_namlen_are_swapped_by_byte_order_in_the_old_format(bool isLittle, int typeAt, int lengthAt)
    {
        byte[] bytes = new byte[16];
        if (isLittle)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 16);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), 16);
        }

        bytes[typeAt] = 0;
        bytes[lengthAt] = 3;
        Assert.Equal(3, isLittle
            ? new DirentView<LittleEndian>(bytes, true).Name.Length
            : new DirentView<BigEndian>(bytes, true).Name.Length);
    }

    [Fact]
    public void Targets_overlay_the_block_pointers_60_bytes_in_UFS1_and_120_in_UFS2()
    {
        Assert.Equal(Dinode1View<LittleEndian>.Offsets.Db, Dinode1View<LittleEndian>.Offsets.Shortlink);
        Assert.Equal(Dinode2View<LittleEndian>.Offsets.Db, Dinode2View<LittleEndian>.Offsets.Shortlink);
        Assert.Equal(60, new Dinode1View<LittleEndian>(new byte[128]).Shortlink.Length);
        Assert.Equal(120, new Dinode2View<LittleEndian>(new byte[256]).Shortlink.Length);
    }

    [Fact]
    public void Pointers_have_32_or_64_bits_and_three_levels_and_0_is_a_hole()
    {
        byte[] bytes = new byte[16];
        bytes[8] = 5;
        Assert.Equal(3, new Dinode1View<LittleEndian>(new byte[128]).Ib.Length);
        Assert.Equal(5, new Indirect1View<LittleEndian>(bytes, 4).Pointers[2]);
        Assert.Equal(5L, new Indirect2View<LittleEndian>(bytes, 2).Pointers[1]);
        Assert.Equal(0L, new Indirect2View<LittleEndian>(bytes, 2).Pointers[0]);
    }

    [Fact]
    public void Bitmaps_of_a_cylinder_group_lie_at_offsets_in_its_header()
    {
        SparseImage image = SparseImage.Open("ufs2-le-small.img");
        var super = new SuperblockView<LittleEndian>(image.Read(8192, UfsFormat.ProbeSize));
        byte[] bytes = image.Read((long)super.Cblkno * super.Fsize, super.Cgsize);
        var group = new CylinderGroupView<LittleEndian>(bytes, super.Ipg, (uint)super.Fpg, 0, 0);

        Assert.True(group.TryGetInosused(out BitmapView used));
        Assert.True(used[2] && group.Cgx == 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CylinderGroupView<LittleEndian>.Offsets.Iusedoff),
            uint.MaxValue);
        Assert.False(new CylinderGroupView<LittleEndian>(bytes, super.Ipg, (uint)super.Fpg, 0,
            0).TryGetInosused(out _));
    }

    [Fact]
    public void The_csum_array_lies_elsewhere()
    {
        SparseImage image = SparseImage.Open("ufs2-le-small.img");
        var super = new SuperblockView<LittleEndian>(image.Read(8192, UfsFormat.ProbeSize));
        byte[] area = image.Read(super.Csaddr * super.Fsize, (int)super.Ncg * CsumView<LittleEndian>.Size);

        long directories = 0;
        foreach (CsumView<LittleEndian> group in new CsumAreaView<LittleEndian>(area, super.Ncg).Groups)
        {
            directories += group.Ndir;
        }

        Assert.Equal(super.Cstotal.Ndir, directories);
    }

    [Fact]
    public void An_extended_attribute_area_is_records_padded_to_8_with_the_padding_of_the_content_stated()
    {
        byte[] area = [24, 0, 0, 0, 1, 5, 2, (byte)'a', (byte)'b', 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0];
        int count = 0;
        foreach (ExtattrView<LittleEndian> attribute in new ExtattrAreaView<LittleEndian>(area, 24).Entries)
        {
            count++;
            Assert.Equal([1, 2, 3], attribute.Content.ToArray());
            Assert.True(attribute.Name.SequenceEqual("ab"u8));
        }

        Assert.Equal(1, count);
    }

    [Fact]
    public void The_journal_of_NetBSD_reuses_fields_of_FreeBSD() =>
        Assert.Equal(
            SuperblockView<LittleEndian>.Offsets.Unrefs, SuperblockView<LittleEndian>.Offsets.JournalVersion);

    [Fact]
    public void Blocks_of_4K_with_fragments_of_4K_exist()
    {
        byte[] bytes = SparseImage.Open("ufs2-le-small.img").Read(8192, UfsFormat.ProbeSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SuperblockView<LittleEndian>.Offsets.Bsize), 4096);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SuperblockView<LittleEndian>.Offsets.Fsize), 4096);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SuperblockView<LittleEndian>.Offsets.Frag), 1);

        Assert.True(new SuperblockView<LittleEndian>(bytes).IsValid);
        Assert.Equal(4096, UfsConstants.BlockBytesMin);
    }

    private delegate void Write32(Span<byte> target, uint value);

    private delegate void Write16(Span<byte> target, ushort value);

    private static byte[] Block(Write32 write32, Write16 write16)
    {
        byte[] block = new byte[512];
        write32(block, 2);
        write16(block.AsSpan(4), 12);
        block[7] = 1;
        block[8] = (byte)'.';
        write32(block.AsSpan(12), 2);
        write16(block.AsSpan(16), 500);
        block[19] = 2;
        block[20] = block[21] = (byte)'.';
        return block;
    }
}
