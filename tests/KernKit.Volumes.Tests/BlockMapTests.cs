using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Files whose pointers no tool at hand makes: three levels deep, full of holes, repeated, wrong.</summary>
public abstract class BlockMapTests(string order, int version)
{
    private const int Block = 4096;

    [Fact]
    public void Data_behind_three_levels_of_indirection_is_read_and_the_holes_around_it_are_three()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        var reach = (long)image.Geometry.PointersPerBlock;
        var target = 12 + reach + (reach * reach) + (2 * reach * reach) + (3 * reach) + 5;
        image.ClearPointers(id);
        var (top, middle, leaf, data) = (image.Allocate(), image.Allocate(), image.Allocate(), image.Allocate());
        image.SetPointer(id, 14, top);
        image.SetIndirect(top, 2, middle);
        image.SetIndirect(middle, 3, leaf);
        image.SetIndirect(leaf, 5, data);
        image.Block(data).Fill(0x5a);
        image.SetSize(id, ((target + 1) * Block) - 96);
        image.SetSectors(id, 4 * 8);
        using var volume = image.Open(new VolumeOptions { HoleBytesMax = long.MaxValue });
        var content = volume.OpenContent(volume.Find("file"u8));
        Assert.True(content.TryGetExtent(0, out var hole));
        Assert.Equal(new Extent(ExtentKind.Hole, 0, target * Block, -1), hole);
        Assert.True(content.TryGetExtent(target * Block, out var extent));
        Assert.Equal(
            new Extent(ExtentKind.Data, target * Block, Block - 96, data << image.Geometry.FragmentShift), extent);
        Assert.False(content.TryGetExtent(content.Length, out _));
        var buffer = new byte[Block];
        Assert.Equal(Block - 96, content.Read(target * Block, buffer));
        Assert.All(buffer[..(Block - 96)], octet => Assert.Equal(0x5a, octet));
        Assert.Equal(Block, content.Read((target * Block) - 100, buffer));
        Assert.Equal((0, 0x5a), (buffer[99], buffer[100]));
    }

    [Fact]
    public void Runs_are_merged_over_the_borders_of_indirect_blocks()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.ClearPointers(id);
        var leaf = image.Allocate();
        var blocks = Enumerable.Range(0, 20).Select(_ => image.Allocate()).Order().ToArray();
        for (var i = 0; i < 12; i++)
        {
            image.SetPointer(id, i, blocks[i]);
        }

        image.SetPointer(id, 12, leaf);
        for (var i = 12; i < 20; i++)
        {
            image.SetIndirect(leaf, i - 12, blocks[i]);
        }

        image.SetSize(id, 20 * Block);
        using var volume = image.Open();
        Assert.True(volume.OpenContent(volume.Find("file"u8)).TryGetExtent(0, out var extent));
        Assert.Equal(
            new Extent(ExtentKind.Data, 0, 20 * Block, blocks[0] << image.Geometry.FragmentShift), extent);
    }

    [Fact]
    public void Pointers_that_repeat_are_damage_before_more_than_the_volume_is_read()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.ClearPointers(id);
        var (top, middle, leaf, data) = (image.Allocate(), image.Allocate(), image.Allocate(), image.Allocate());
        image.SetPointer(id, 14, top);
        var reach = image.Geometry.PointersPerBlock;
        for (var i = 0; i < reach; i++)
        {
            image.SetIndirect(top, i, middle);
            image.SetIndirect(middle, i, leaf);
            image.SetIndirect(leaf, i, data);
        }

        image.SetSize(id, (long)reach * reach * reach * Block);
        var device = new MemoryDevice(image.Image);
        using var volume = Volume.Open(device, new VolumeOptions { HoleBytesMax = long.MaxValue });
        var content = volume.OpenContent(volume.Find("file"u8));
        var error = Assert.Throws<VolumeException>(() => Reading.Digest(content));
        Assert.Equal(VolumeError.Damaged, error.Error);
        Assert.Contains("more blocks than the volume has", error.Message, StringComparison.Ordinal);
        Assert.InRange(device.ReadBytes, 0, 4L * image.Image.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pointers_that_repeat_are_told_by_what_the_device_has_not_by_what_the_superblock_claims(bool lifted)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        Repeat(image, id);
        image.ClaimManyGroups();
        var device = new MemoryDevice(image.Image) { ReadBytesMax = 4L * image.Image.Length };
        using var volume = Volume.Open(
            device, lifted ? new VolumeOptions { HoleBytesMax = long.MaxValue } : VolumeOptions.Default);
        var error = Assert.Throws<VolumeException>(
            () => Reading.Digest(volume.OpenContent(volume.Find("file"u8))));
        Assert.Equal(lifted ? VolumeError.Damaged : VolumeError.Unsupported, error.Error);
        Assert.Contains(lifted ? "more blocks than the volume has" : "HoleBytesMax", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_more_bytes_than_the_device_has_is_refused()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        Repeat(image, id);
        image.SetSize(id, 256 << 20);
        image.ClaimManyGroups();
        var device = new MemoryDevice(image.Image) { ReadBytesMax = 4L * image.Image.Length };
        using var volume = Volume.Open(device);
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.GetAttributes(id), new()));
        Assert.Equal($"inode {id}.size", error.Structure);
        Assert.Contains($"the limit of {image.Image.Length}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_indirect_blocks_that_repeat_are_not_searched_for_ever()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.ClearPointers(id);
        var (top, middle, leaf) = (image.Allocate(), image.Allocate(), image.Allocate());
        image.SetPointer(id, 14, top);
        var reach = image.Geometry.PointersPerBlock;
        for (var i = 0; i < reach; i++)
        {
            image.SetIndirect(top, i, middle);
            image.SetIndirect(middle, i, leaf);
        }

        image.SetSize(id, (long)reach * reach * reach * Block);
        using var volume = image.Open(new VolumeOptions { HoleBytesMax = long.MaxValue });
        var content = volume.OpenContent(volume.Find("file"u8));
        Assert.True(content.TryGetExtent(0, out var extent));
        Assert.InRange(extent.Length, 1, content.Length - 1);
        var error = Assert.Throws<VolumeException>(() => content.TryGetExtent(extent.Length, out _));
        Assert.Contains("more blocks than the volume has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pointer_outside_the_data_of_the_volume_is_named_with_its_place()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        var wrong = (long[])
        [
            1, 8, image.Geometry.GroupAt, image.Geometry.FragmentCount, image.Geometry.FragmentCount + 8,
            int.MaxValue - 7, -8, image.Geometry.DataAt + 81,
        ];
        foreach (var pointer in wrong)
        {
            image.SetPointer(id, 1, pointer);
            using var volume = image.Open();
            var node = volume.Find("file"u8);
            var content = volume.OpenContent(node);
            Assert.True(content.TryGetExtent(0, out var first));
            Assert.Equal(Block, first.Length);
            var error = Assert.Throws<VolumeException>(() => content.Read(Block, new byte[1]));
            Assert.Equal((VolumeError.Damaged, $"inode {id}.db[1]"), (error.Error, error.Structure));
            Assert.Equal(node.Offset + (version == 1 ? 44 : 120), error.Offset);
        }
    }

    [Fact]
    public void A_size_far_beyond_the_last_block_is_damage()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.SetSize(id, 3L << 30);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.OpenContent(volume.Find("file"u8)));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.size"), (error.Error, error.Structure));
    }

    [Fact]
    public void Holes_beyond_the_limit_are_refused_and_the_option_lifts_it()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        var reach = (long)image.Geometry.PointersPerBlock;
        image.ClearPointers(id);
        var (top, middle, leaf, data) = (image.Allocate(), image.Allocate(), image.Allocate(), image.Allocate());
        image.SetPointer(id, 14, top);
        image.SetIndirect(top, (int)reach - 1, middle);
        image.SetIndirect(middle, 0, leaf);
        image.SetIndirect(leaf, 0, data);
        var size = (12 + reach + (reach * reach) + ((reach - 1) * reach * reach) + 1) * Block;
        image.SetSize(id, size);
        image.SetSectors(id, 32);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.OpenContent(volume.Find("file"u8)));
        Assert.Equal((VolumeError.Unsupported, $"inode {id}.size"), (error.Error, error.Structure));
        Assert.Contains("HoleBytesMax", error.Message, StringComparison.Ordinal);
        using var lifted = image.Open(new VolumeOptions { HoleBytesMax = long.MaxValue });
        Assert.Equal(size, lifted.OpenContent(lifted.Find("file"u8)).Length);
    }

    [Fact]
    public void A_size_that_no_inode_can_describe_and_too_many_sectors_are_damage()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.SetSize(id, 1L << 60);
        using var volume = image.Open();
        var error = Assert.Throws<VolumeException>(() => volume.OpenContent(volume.Find("file"u8)));
        Assert.Equal($"inode {id}.size", error.Structure);
        image.SetSize(id, -1);
        using var negative = image.Open();
        Assert.Equal($"inode {id}.size", Assert.Throws<VolumeException>(() => negative.Find("file"u8)).Structure);
        image.SetSize(id, 10_000);
        image.SetSectors(id, int.MaxValue);
        using var held = image.Open();
        error = Assert.Throws<VolumeException>(() => held.OpenContent(held.Find("file"u8)));
        Assert.Equal($"inode {id}.blocks", error.Structure);
    }

    [Fact]
    public void A_snapshot_is_unsupported_where_it_refers_to_the_volume()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.SetFlags(id, 0x200000);
        image.SetPointer(id, 1, 1);
        using var volume = image.Open();
        var content = volume.OpenContent(volume.Find("file"u8));
        Assert.Equal(Block, content.Read(0, new byte[Block]));
        var error = Assert.Throws<VolumeException>(() => content.Read(Block, new byte[1]));
        Assert.Equal((VolumeError.Unsupported, $"inode {id}.db[1]"), (error.Error, error.Structure));
    }

    /// <summary>Three levels of indirection that name one block of data again and again, all of it allocated as far
    /// as the inode says.</summary>
    private static void Repeat(UfsEditor image, ulong id)
    {
        var (top, middle, leaf, data) = (image.Allocate(), image.Allocate(), image.Allocate(), image.Allocate());
        var reach = image.Geometry.PointersPerBlock;
        for (var i = 0; i < 15; i++)
        {
            image.SetPointer(id, i, i < 12 ? data : i == 12 ? leaf : i == 13 ? middle : top);
        }

        for (var i = 0; i < reach; i++)
        {
            image.SetIndirect(top, i, middle);
            image.SetIndirect(middle, i, leaf);
            image.SetIndirect(leaf, i, data);
        }

        // A quarter of what UFS1 can say: three levels of 1024 pointers reach over its largest volume.
        var blocks = (long)reach * reach * reach >> 3;
        image.SetSize(id, blocks * Block);
        image.SetSectors(id, blocks * (Block >> 9));
    }
}

public sealed class BlockMapUfs1LittleTests() : BlockMapTests("le", 1);

public sealed class BlockMapUfs1BigTests() : BlockMapTests("be", 1);

public sealed class BlockMapUfs2LittleTests() : BlockMapTests("le", 2);

public sealed class BlockMapUfs2BigTests() : BlockMapTests("be", 2);
