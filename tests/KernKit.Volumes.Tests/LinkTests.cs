using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Symbolic links in every place that a target can have, and extended attributes.</summary>
public sealed class LinkTests
{
    [Theory]
    [InlineData("le", 1)]
    [InlineData("be", 1)]
    [InlineData("le", 2)]
    [InlineData("be", 2)]
    public void A_target_in_a_block_is_read_although_it_would_fit_in_the_inode(string order, int version)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir/link");
        image.ClearPointers(id);
        var block = image.Allocate();
        image.SetPointer(id, 0, block);
        var target = new byte[200];
        target.AsSpan().Fill((byte)'t');
        target.CopyTo(image.Block(block));
        image.SetSize(id, target.Length);
        image.SetSectors(id, 1);
        using var volume = image.Open();
        Assert.Equal(target, volume.ReadLink(volume.Find("dir/link"u8)));
    }

    [Theory]
    [InlineData("le", 1)]
    [InlineData("be", 2)]
    public void A_target_that_fills_the_inode_is_told_from_pointers_by_the_sectors_held(string order, int version)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir/link");
        var room = version == 1 ? UfsConstants.ShortLinkBytesUfs1 : UfsConstants.ShortLinkBytesUfs2;
        image.InodeBytes(id).Slice(version == 1 ? 40 : 112, room).Fill((byte)'s');
        image.SetSize(id, room);
        image.SetSectors(id, 0);
        using var volume = image.Open();
        Assert.Equal(new string('s', room), Reading.Text(volume.ReadLink(volume.Find("dir/link"u8))));
        Assert.Equal(0, volume.Check(finding => Assert.Fail(finding.ToString()),
            TestContext.Current.CancellationToken).FindingCount);
    }

    [Theory]
    [InlineData("be", 1)]
    [InlineData("le", 2)]
    public void Targets_that_are_too_long_or_hold_NUL_are_damage(string order, int version)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir/link");
        image.SetSize(id, 50);
        using var holds = image.Open();
        var error = Assert.Throws<VolumeException>(() => holds.ReadLink(holds.Find("dir/link"u8)));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.shortlink"), (error.Error, error.Structure));
        image.SetSize(id, 70_000);
        using var long1 = image.Open();
        error = Assert.Throws<VolumeException>(() => long1.ReadLink(long1.Find("dir/link"u8)));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.size"), (error.Error, error.Structure));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("be")]
    public void Extended_attributes_are_read_with_name_space_name_and_value(string order)
    {
        var (image, id) = WithAttributes(order, out _);
        using var volume = image.Open();
        var found = volume.GetExtendedAttributes(volume.GetAttributes(id));
        Assert.Equal([("user", "comment"), ("system", "posix1e.acl_access"), ("user", "empty")],
            found.Select(attribute => (attribute.Namespace, Reading.Text(attribute.Name))));
        Assert.Equal("hello"u8.ToArray(), found[0].Value);
        Assert.Equal(5000, found[1].Value.Length);
        Assert.All(found[1].Value, octet => Assert.Equal(0x41, octet));
        Assert.Empty(found[2].Value);
        Assert.Empty(volume.GetExtendedAttributes(volume.Find("dir"u8)));
    }

    [Fact]
    public void The_name_of_an_extended_attribute_is_bytes()
    {
        var image = SmallImage.Edit("le", 2);
        var id = image.IdOf("file");
        var block = image.Allocate();
        var size = Put(image.Block(block), false, ExtattrNamespace.EXTATTR_USER, [0xe9, (byte)'!'], [1]);
        SetAttributes(image, id, size, block, 0);
        using var volume = image.Open();
        var attribute = Assert.Single(volume.GetExtendedAttributes(volume.GetAttributes(id)));
        Assert.Equal([0xe9, (byte)'!'], attribute.Name);
    }

    [Theory]
    [InlineData("le")]
    [InlineData("be")]
    public void Damaged_extended_attributes_are_named_with_their_place(string order)
    {
        var (image, id) = WithAttributes(order, out var second);
        image.Block(second)[^1] ^= 0;
        var first = FirstBlock(image, id);
        image.Block(first)[order == "le" ? 0 : 3] = 9;
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.GetExtendedAttributes(volume.GetAttributes(id)));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.extattr.length"), (error.Error, error.Structure));
        Assert.Equal(first << image.Geometry.FragmentShift, error.Offset);
    }

    [Theory]
    [InlineData("le")]
    [InlineData("be")]
    public void An_extended_attribute_whose_content_ends_before_it_begins_is_damage(string order)
    {
        // Two records fill both blocks; of the second one, eight bytes, the padding is longer than what is left.
        var image = SmallImage.Edit(order, 2);
        var id = image.IdOf("file");
        var second = image.Allocate();
        var first = image.Allocate();
        var size = 2 * image.Geometry.BlockBytes;
        var area = image.Image.AsSpan((int)(first << image.Geometry.FragmentShift), size);
        var big = order == "be";
        Put(area, big, ExtattrNamespace.EXTATTR_USER, "long"u8, new byte[size - 24]);
        Put(area[^8..], big, ExtattrNamespace.EXTATTR_USER, "x"u8, []);
        area[^3] = 1;
        SetAttributes(image, id, size, first, second);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.GetExtendedAttributes(volume.GetAttributes(id)));
        Assert.Equal(VolumeError.Damaged, error.Error);
        Assert.Equal(((second + image.Geometry.FragmentsPerBlock) << image.Geometry.FragmentShift) - 1, error.Offset);
        var findings = new List<CheckFinding>();
        volume.Check(findings.Add, TestContext.Current.CancellationToken);
        Assert.Contains(findings, finding => finding.Rule == "extended-attributes" && finding.Offset == error.Offset);
    }

    [Theory]
    [InlineData("le", -1)]
    [InlineData("be", int.MaxValue)]
    [InlineData("le", 8193)]
    public void A_size_of_extended_attributes_beyond_two_blocks_is_damage(string order, int size)
    {
        var image = SmallImage.Edit(order, 2);
        var id = image.IdOf("file");
        SetAttributes(image, id, size, 0, 0);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.GetExtendedAttributes(volume.GetAttributes(id)));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.extsize"), (error.Error, error.Structure));
    }

    [Fact]
    public void A_missing_block_of_extended_attributes_is_damage_and_UFS1_has_none()
    {
        var image = SmallImage.Edit("le", 2);
        var id = image.IdOf("file");
        SetAttributes(image, id, 100, 0, 0);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.GetExtendedAttributes(volume.GetAttributes(id)));
        Assert.Equal($"inode {id}.extb[0]", error.Structure);
        using var old = SmallImage.Edit("le", 1).Open();
        Assert.Empty(old.GetExtendedAttributes(old.Find("file"u8)));
    }

    private static (UfsEditor Image, ulong Id) WithAttributes(string order, out long second)
    {
        var image = SmallImage.Edit(order, 2);
        var id = image.IdOf("file");
        second = image.Allocate();
        var first = image.Allocate();
        Assert.Equal(first + image.Geometry.FragmentsPerBlock, second);
        var area = image.Image.AsSpan((int)(first << image.Geometry.FragmentShift), 2 * image.Geometry.BlockBytes);
        var at = 0;
        var big = order == "be";
        at += Put(area[at..], big, ExtattrNamespace.EXTATTR_USER, "comment"u8, "hello"u8);
        var acl = new byte[5000];
        acl.AsSpan().Fill(0x41);
        at += Put(area[at..], big, ExtattrNamespace.EXTATTR_SYSTEM, "posix1e.acl_access"u8, acl);
        at += Put(area[at..], big, ExtattrNamespace.EXTATTR_USER, "empty"u8, []);
        SetAttributes(image, id, at, first, second);
        return (image, id);
    }

    private static long FirstBlock(UfsEditor image, ulong id) => image is UfsEditor<LittleEndian> little
        ? little.Inode2(id).View.Extb[0]
        : ((UfsEditor<BigEndian>)image).Inode2(id).View.Extb[0];

    private static void SetAttributes(UfsEditor image, ulong id, int size, long first, long second)
    {
        if (image is UfsEditor<LittleEndian> little)
        {
            Set(little);
        }
        else
        {
            Set((UfsEditor<BigEndian>)image);
        }

        void Set<TOrder>(UfsEditor<TOrder> editor)
            where TOrder : struct, IByteOrder
        {
            var inode = editor.Inode2(id);
            inode.Extsize = size;
            var blocks = inode.Extb;
            (blocks[0], blocks[1]) = (first, second);
        }
    }

    /// <summary>Writes an attribute as FreeBSD does: name and value each padded to 8 bytes.</summary>
    private static int Put(
        Span<byte> area, bool big, ExtattrNamespace space, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var valueAt = (UfsConstants.ExtattrHeaderBytes + name.Length + 7) & ~7;
        var padding = -value.Length & 7;
        var length = valueAt + value.Length + padding;
        if (big)
        {
            new UInt32ArrayEdit<BigEndian>(area[..4])[0] = (uint)length;
        }
        else
        {
            new UInt32ArrayEdit<LittleEndian>(area[..4])[0] = (uint)length;
        }

        area[4] = (byte)space;
        area[5] = (byte)padding;
        area[6] = (byte)name.Length;
        name.CopyTo(area[UfsConstants.ExtattrHeaderBytes..]);
        value.CopyTo(area[valueAt..]);
        return length;
    }
}
