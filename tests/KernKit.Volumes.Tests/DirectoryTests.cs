using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Damaged directories: what can be read is listed, and the first damage is named.</summary>
public abstract class DirectoryTests(string order, int version)
{
    private static readonly string[] _all = ["link", "one", "two"];

    // In the small image the chunk of "dir" holds ".", "..", and three entries of 12, 12 and 16 or more bytes.
    private const int Entries = 24;

    public static TheoryData<int, byte, string, int> Damages() => new()
    {
        { 4, 0, "reclen", 0 },
        { 5, 0xff, "reclen", 0 },
        { 8, (byte)'/', "name", 2 },
        { 9, 0, "name", 2 },
    };

    [Fact]
    public void Entries_are_listed_with_names_types_and_places()
    {
        var image = SmallImage.Edit(order, version);
        using var volume = image.Open();
        var listing = List(volume);
        Assert.Equal(_all, Names(listing));
        Assert.Equal(NodeType.Symlink, listing.Type(0));
        Assert.All(Enumerable.Range(0, 3), i => Assert.True(image.Image
            .AsSpan((int)listing.Offset(i) + 8, listing.Name(i).Length).SequenceEqual(listing.Name(i))));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_entry_is_named_and_the_others_of_its_chunk_are_listed_as_far_as_possible(
        int at, byte value, string field, int listed)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        var chunk = image.Chunk("dir");
        if (field == "reclen" && value == 0)
        {
            chunk.Slice(Entries + at, 2).Clear();
        }
        else
        {
            chunk[Entries + at] = value;
            if (field == "reclen")
            {
                chunk[Entries + at - 1] = value;
            }
        }

        using var volume = image.Open();
        var listing = new DirectoryListing();
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.Find("dir"u8), listing));
        Assert.Equal(VolumeError.Damaged, error.Error);
        Assert.StartsWith($"directory {id}.", error.Structure, StringComparison.Ordinal);
        Assert.EndsWith(field, error.Structure!, StringComparison.Ordinal);
        Assert.InRange(error.Offset, 1, image.Image.Length);
        Assert.Equal(listed, listing.Count);
    }

    [Fact]
    public void An_entry_that_names_no_inode_of_the_volume_is_damage()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        image.Chunk("dir").Slice(Entries, 4).Fill(0x7f);
        using var volume = image.Open();
        var listing = new DirectoryListing();
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.Find("dir"u8), listing));
        Assert.Equal($"directory {id}.dirent.ino", error.Structure);
        Assert.Equal(2, listing.Count);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void Dot_and_dotdot_are_damage_behind_the_head_of_a_directory(string name)
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        var entry = image.Chunk("dir")[Entries..];
        entry[7] = (byte)name.Length;
        entry[8..12].Clear();
        System.Text.Encoding.ASCII.GetBytes(name, entry[8..]);
        using var volume = image.Open();
        var listing = new DirectoryListing();
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.Find("dir"u8), listing));
        Assert.Equal((VolumeError.Damaged, $"directory {id}.dirent.name"), (error.Error, error.Structure));
        Assert.Contains($"'{name}'", error.What, StringComparison.Ordinal);
        Assert.Equal(2, listing.Count);
    }

    [Fact]
    public void Dot_and_dotdot_are_damage_at_the_head_of_a_later_chunk()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        var chunk = image.Chunk("dir").ToArray();
        var block = MoveToBlock(image);
        chunk.CopyTo(image.Block(block)[chunk.Length..]);
        image.SetPointer(id, 0, block);
        image.SetSize(id, 4096);
        using var volume = image.Open();
        var listing = new DirectoryListing();
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.Find("dir"u8), listing));
        var second = (block << image.Geometry.FragmentShift) + chunk.Length;
        Assert.Equal(($"directory {id}.dirent.name", second), (error.Structure, error.Offset));
        Assert.Equal(6, listing.Count);
    }

    [Fact]
    public void Unused_room_is_passed_over()
    {
        var image = SmallImage.Edit(order, version);
        image.Chunk("dir").Slice(Entries, 4).Clear();
        using var volume = image.Open();
        Assert.Equal(2, List(volume).Count);
    }

    [Fact]
    public void A_directory_with_a_hole_is_damage_and_the_rest_is_listed()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        image.SetPointer(id, 0, MoveToBlock(image));
        image.SetSize(id, 2 * 4096);
        using var volume = image.Open();
        var listing = new DirectoryListing();
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.Find("dir"u8), listing));
        Assert.Equal($"inode {id}.db", error.Structure);
        Assert.Equal(3, listing.Count);
    }

    [Fact]
    public void An_entry_that_was_listed_is_found_in_a_damaged_directory()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        var expected = image.IdOf("dir/one");
        image.SetPointer(id, 0, MoveToBlock(image));
        image.SetSize(id, 2 * 4096);
        using var volume = image.Open();
        Assert.Equal(expected, volume.Find("dir/one"u8).Id);
        var error = Assert.Throws<VolumeException>(() => volume.Find("dir/none"u8));
        Assert.Equal((VolumeError.Damaged, $"inode {id}.db"), (error.Error, error.Structure));
    }

    [Fact]
    public void A_directory_larger_than_its_limit_is_refused()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        using var volume = image.Open(new VolumeOptions { DirectoryBytesMax = 511 });
        var error = Assert.Throws<VolumeException>(() => volume.ReadDirectory(volume.GetAttributes(id), new()));
        Assert.Equal($"inode {id}.size", error.Structure);
    }

    [Fact]
    public void A_directory_that_holds_itself_ends_a_walk_with_a_problem()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("dir");
        var chunk = image.Chunk("dir");
        chunk[..4].CopyTo(chunk.Slice(Entries, 4));
        chunk[Entries + 6] = 4;
        using var volume = image.Open();
        var problems = new List<WalkProblem>();
        var entries = Reading.Walk(volume, problems.Add);
        Assert.InRange(entries.Count, 4, 10);
        Assert.Contains($"inode {id}", Assert.Single(problems).Error.Structure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_of_two_equal_names_is_a_problem_and_is_not_walked()
    {
        var image = SmallImage.Edit(order, version);
        var chunk = image.Chunk("dir");
        "two"u8.CopyTo(chunk[chunk.IndexOf("one\0"u8)..]);
        using var volume = image.Open();
        var problems = new List<WalkProblem>();
        var entries = Reading.Walk(volume, problems.Add);
        Assert.Equal(["", "dir", "dir/link", "dir/two", "file"], entries.Select(entry => Reading.Text(entry.Path)));
        var problem = Assert.Single(problems);
        Assert.Equal("dir/two", Reading.Text(problem.Path));
        Assert.Equal("dirent.name", problem.Error.Structure);
        Assert.InRange(problem.Error.Offset, 1, image.Image.Length);
    }

    [Fact]
    public void A_file_is_no_directory_and_no_link()
    {
        using var volume = SmallImage.Edit(order, version).Open();
        var file = volume.Find("file"u8);
        Assert.Equal(
            $"inode {file.Id}.mode",
            Assert.Throws<VolumeException>(() => volume.ReadDirectory(file, new())).Structure);
        Assert.Equal($"inode {file.Id}.mode", Assert.Throws<VolumeException>(() => volume.ReadLink(file)).Structure);
        Assert.Throws<VolumeException>(() => volume.GetAttributes(ulong.MaxValue));
    }

    [Fact]
    public void Types_that_do_not_exist_and_free_inodes_are_damage()
    {
        var image = SmallImage.Edit(order, version);
        var id = image.IdOf("file");
        image.SetType(id, 5);
        using var volume = image.Open();
        Assert.Equal($"inode {id}.mode", Assert.Throws<VolumeException>(() => volume.GetAttributes(id)).Structure);
        image.InodeBytes(id).Clear();
        using var free = image.Open();
        Assert.Contains(
            "free", Assert.Throws<VolumeException>(() => free.GetAttributes(id)).Message, StringComparison.Ordinal);
        Assert.Equal(NodeType.Whiteout, free.GetAttributes(1).Type);
    }

    [Fact]
    public void A_missing_path_is_shown_without_bytes_that_are_no_text()
    {
        using var volume = SmallImage.Edit(order, version).Open();
        byte[] path = [.. "dir/\u00e9\u001b[0m"u8, 0xe9, (byte)'!'];
        var error = Assert.Throws<VolumeException>(() => volume.Find(path));
        Assert.Contains("'dir/\u00e9\\033[0m\\351!'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1L, 999_999_999)]
    [InlineData(-31536000L, 0)]
    [InlineData(-(1L << 27), 1)]
    [InlineData(0L, 0)]
    [InlineData(int.MaxValue, 5)]
    [InlineData(int.MaxValue + 1L, 123456789)]
    [InlineData((1L << 32) - (1L << 27) - 1, 7)]
    public void Times_before_1970_and_after_2038_are_read_to_the_nanosecond(long seconds, int nanoseconds)
    {
        var image = SmallImage.Edit(order, version);
        image.SetModified(image.IdOf("file"), seconds, nanoseconds);
        using var volume = image.Open();
        Assert.Equal(new UnixTime(seconds, nanoseconds), volume.Find("file"u8).Modified);
    }

    [Fact]
    public void A_fraction_that_is_none_counts_as_zero()
    {
        var image = SmallImage.Edit(order, version);
        image.SetModified(image.IdOf("file"), 5, 1_000_000_000);
        using var volume = image.Open();
        Assert.Equal(new UnixTime(5, 0), volume.Find("file"u8).Modified);
    }

    private static long MoveToBlock(UfsEditor image)
    {
        var block = image.Allocate();
        var chunk = image.Chunk("dir").ToArray();
        var target = image.Block(block);
        for (var at = 0; at < target.Length; at += chunk.Length)
        {
            chunk.CopyTo(target[at..]);
            if (at > 0)
            {
                // Chunks without entries: one record of no inode.
                target.Slice(at, chunk.Length).Clear();
                chunk.AsSpan(Entries, 12).CopyTo(target[at..]);
                target.Slice(at, 4).Clear();
                target[at + 4] = image.BigOrder ? (byte)2 : (byte)0;
                target[at + 5] = image.BigOrder ? (byte)0 : (byte)2;
            }
        }

        return block;
    }

    private static DirectoryListing List(Volume volume)
    {
        var listing = new DirectoryListing();
        volume.ReadDirectory(volume.Find("dir"u8), listing);
        listing.Sort();
        return listing;
    }

    private static IEnumerable<string> Names(DirectoryListing listing) =>
        Enumerable.Range(0, listing.Count).Select(i => Reading.Text(listing.Name(i)));
}

public sealed class DirectoryUfs1LittleTests() : DirectoryTests("le", 1);

public sealed class DirectoryUfs1BigTests() : DirectoryTests("be", 1);

public sealed class DirectoryUfs2LittleTests() : DirectoryTests("le", 2);

public sealed class DirectoryUfs2BigTests() : DirectoryTests("be", 2);
