using System.Text;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

public sealed class ExtractTests
{
    [Fact]
    public void A_tree_comes_out_with_content_links_and_times()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var sub = volume.AddDirectory(volume.Root, "sub");
        var file = volume.AddFile(sub, "file", "content");
        file.Attributes = file.Attributes with { LinkCount = 2 };
        volume.Root.Entries.Add(("other"u8.ToArray(), file));
        volume.AddLink(sub, "link", "../other");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal(["out"], directory.Names);
        Assert.Equal("content", File.ReadAllText(directory["out/other"]));
        Assert.Equal("../other", new FileInfo(directory["out/sub/link"]).LinkTarget);
        var stat = Programs.Output("stat", "-c", "%a %h %Y.%y", directory["out/other"], directory["out/sub/file"]);
        var lines = stat.Split('\n');
        Assert.Equal(lines[0], lines[1]);
        Assert.StartsWith("644 2 1600000004.2020-09-13 12:26:44.123456789", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            "755 2020-09-13 12:26:43.123456789 +0000\n755 2020-09-13 12:26:42.123456789 +0000\n",
            Programs.Output("stat", "-c", "%a %y", directory["out/sub"], directory["out"]));
    }

    [Fact]
    public void An_existing_directory_keeps_its_own_attributes_and_entries()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "new", "n");
        Directory.CreateDirectory(directory["out"], (UnixFileMode)0x1C0);
        File.WriteAllText(directory["out/old"], "o");

        Assert.Equal(0, CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]).Status);

        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(directory["out"]));
        Assert.Equal(["new", "old"], Directory.GetFileSystemEntries(directory["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_has_damaged_attributes_is_restored_without_them()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var sub = volume.AddDirectory(volume.Root, "sub");
        var file = volume.AddFile(sub, "file", "content");
        file.Attributes = file.Attributes with { LinkCount = 2 };
        sub.Entries.Add(("other"u8.ToArray(), file));
        sub.HasDamagedAttributes = file.HasDamagedAttributes = true;
        string[] problems =
        [
            "kern: disk.img: sub/file: offset 0x77 (inode 4.extb[0]): no attributes there",
            "kern: disk.img: sub: offset 0x77 (inode 3.extb[0]): no attributes there",
        ];

        var tree = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);
        var archive = CommandRun.On(volume, "extract", "disk.img", "--to", directory["x.tar"]);
        var single = CommandRun.On(volume, "extract", "disk.img", "sub/file", "--to", directory["one"]);
        Directory.CreateDirectory(directory["tar"]);
        Programs.Output("tar", "-xpf", directory["x.tar"], "-C", directory["tar"]);

        Assert.All([tree, archive], run => Assert.Equal((3, string.Join('\n', problems)), (run.Status,
            string.Join('\n', run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.Contains("note:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)))));
        Assert.Equal(3, single.Status);
        Assert.Equal("content", File.ReadAllText(directory["one/file"]));
        foreach (var target in new[] { "out", "tar" })
        {
            Assert.Equal("content", File.ReadAllText(directory[target + "/sub/other"]));
            Assert.Equal("644 1600000004\n755 1600000003\n", Programs.Output("stat", "-c", "%a %Y",
                directory[target + "/sub/file"], directory[target + "/sub"]));
        }
    }

    [Fact]
    public void An_interruption_ends_an_extraction_in_the_middle_of_a_file()
    {
        using var directory = new TemporaryDirectory();
        using var interruption = new CancellationTokenSource();
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "large"u8.ToArray(), new byte[8 << 20]);
        var reads = 0;
        volume.OnRead = () =>
        {
            reads++;
            interruption.Cancel();
        };

        var run = CommandRun.Until(interruption.Token, volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal((130, 1), (run.Status, reads));
        Assert.Empty(directory.Names);
    }

    [Fact]
    public void Nothing_that_exists_is_replaced_and_nothing_is_written_then()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "a", "new");
        volume.AddFile(volume.Root, "b", "new");
        File.WriteAllText(directory["b"], "old");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory.Path);

        Assert.Equal(4, run.Status);
        Assert.Contains("/b exists already, and nothing is replaced", run.Error, StringComparison.Ordinal);
        Assert.Equal(["b"], directory.Names);
        Assert.Equal("old", File.ReadAllText(directory["b"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".tar")]
    public void A_target_that_is_not_utf8_is_refused_and_not_made_under_another_name(string extension)
    {
        using var directory = new TemporaryDirectory();

        var run = CommandRun.On(new FakeVolume(), "extract", "disk.img", "--to", directory["d\uDCFF" + extension]);

        Assert.Equal(4, run.Status);
        Assert.Contains("/d\\377", run.Error, StringComparison.Ordinal);
        Assert.Contains("the name is not UTF-8", run.Error, StringComparison.Ordinal);
        Assert.Empty(directory.Names);
    }

    [Fact]
    public void One_directory_or_one_file_can_be_extracted()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var sub = volume.AddDirectory(volume.Root, "sub");
        volume.AddFile(sub, "file", "content");

        Assert.Equal(0, CommandRun.On(volume, "extract", "disk.img", "sub", "--to", directory["d"]).Status);
        Assert.Equal(0, CommandRun.On(volume, "extract", "disk.img", "/sub/file", "--to", directory["f"]).Status);

        Assert.Equal("content", File.ReadAllText(directory["d/file"]));
        Assert.Equal("content", File.ReadAllText(directory["f/file"]));
        // The directory of one file is no directory of the volume: it is made as any other of this user.
        Directory.CreateDirectory(directory["usual"]);
        Assert.Equal(File.GetUnixFileMode(directory["usual"]), File.GetUnixFileMode(directory["f"]));
    }

    [Fact]
    public void Holes_stay_holes()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "sparse", "");
        file.Attributes = file.Attributes with { Size = 1L << 40 };
        file.Pieces = [(1 << 30, new byte[100_000])];
        var hole = volume.AddFile(volume.Root, "hole", "");
        hole.Attributes = hole.Attributes with { Size = 1 << 30 };
        hole.Pieces = [];

        Assert.Equal(0, CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]).Status);

        Assert.Equal(1L << 40, new FileInfo(directory["out/sparse"]).Length);
        var blocks = Programs.Output("stat", "-c", "%b", directory["out/sparse"], directory["out/hole"]).Split('\n');
        Assert.InRange(long.Parse(blocks[0]), 1, 400);
        Assert.Equal("0", blocks[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../escaped")]
    [InlineData("/escaped")]
    [InlineData("a/b")]
    [InlineData("nul\0here")]
    public void A_name_that_is_no_component_is_left_out(string name)
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, name, "evil");
        volume.AddFile(volume.Root, "good", "good");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal(3, run.Status);
        Assert.Contains("dirent.name", run.Error, StringComparison.Ordinal);
        Assert.Equal(["good"], Directory.GetFileSystemEntries(directory["out"]).Select(Path.GetFileName));
        Assert.Equal(["out"], directory.Names);
    }

    [Fact]
    public void A_link_and_a_directory_of_one_name_do_not_lead_outside()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["victim"]);
        var volume = new FakeVolume();
        volume.AddLink(volume.Root, "x", directory["victim"]);
        var evil = volume.AddDirectory(volume.Root, "x");
        volume.AddFile(evil, "planted", "evil");
        volume.AddLink(volume.Root, "y", directory["victim/created"]);
        volume.AddFile(volume.Root, "y", "evil");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal(3, run.Status);
        Assert.Equal(2, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("holds this name twice", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory["victim"]));
        Assert.Equal(directory["victim"], new FileInfo(directory["out/x"]).LinkTarget);
    }

    [Fact]
    public void A_symbolic_link_in_the_place_of_the_target_is_the_users_own_and_is_followed()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["real"]);
        File.CreateSymbolicLink(directory["out"], directory["real"]);
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "f", "x");

        Assert.Equal(0, CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]).Status);
        Assert.True(File.Exists(directory["real/f"]));
    }

    [Fact]
    public void A_cycle_of_directories_ends()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var sub = volume.AddDirectory(volume.Root, "sub");
        sub.Entries.Add(("up"u8.ToArray(), volume.Root));
        sub.Entries.Add(("self"u8.ToArray(), sub));

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal(3, run.Status);
        Assert.Contains("a cycle or a hard link", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory["out/sub"]));
    }

    [Fact]
    public void A_tree_deeper_than_descriptors_and_path_lengths_comes_out()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var parent = volume.Root;
        for (var i = 0; i < 1500; i++)
        {
            parent = volume.AddDirectory(parent, "directory");
        }

        volume.AddFile(parent, "leaf", "deep");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Equal("1500\n", Programs.Output("sh", "-c", $"find '{directory["out"]}' -mindepth 1 -type d | wc -l"));
    }

    [Fact]
    public void A_damaged_file_is_left_out_whole_with_all_its_names()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var bad = volume.AddFile(volume.Root, "bad"u8.ToArray(), new byte[3 << 20]);
        bad.DamagedFrom = 2 << 20;
        bad.Attributes = bad.Attributes with { LinkCount = 2 };
        volume.Root.Entries.Add(("bad-too"u8.ToArray(), bad));
        volume.AddFile(volume.Root, "good", "good");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal(3, run.Status);
        Assert.Equal(["good"], Directory.GetFileSystemEntries(directory["out"]).Select(Path.GetFileName));
        Assert.Contains("points outside the volume", run.Error, StringComparison.Ordinal);
        Assert.Contains("another name of the same file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Interruption_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        using var stop = new CancellationTokenSource();
        var volume = new FakeVolume();
        var sub = volume.AddDirectory(volume.Root, "sub");
        for (var i = 0; i < 500; i++)
        {
            volume.AddFile(sub, $"f{i}", "content");
        }

        var reads = 0;
        volume.OnRead = () =>
        {
            if (Interlocked.Increment(ref reads) == 200)
            {
                stop.Cancel();
            }
        };

        Assert.Equal(130, CommandRun.Until(stop.Token, volume, "extract", "disk.img", "--to", directory["out"]).Status);
        Assert.Empty(directory.Names);
        Directory.CreateDirectory(directory["there"]);
        reads = 0;
        Assert.Equal(
            130, CommandRun.Until(stop.Token, volume, "extract", "disk.img", "--to", directory["there"]).Status);
        Assert.Empty(Directory.GetFileSystemEntries(directory["there"]));
        Assert.Equal(
            130, CommandRun.Until(stop.Token, volume, "extract", "disk.img", "--to", directory["x.tar"]).Status);
        Assert.Equal(["there"], directory.Names);
    }

    [Fact]
    public void A_full_target_aborts_and_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["small"]);
        Assert.True(Environment.IsPrivilegedProcess, "this test mounts a small file system: run the tests as root");
        Programs.Output("mount", "-t", "tmpfs", "-o", "size=1m", "none", directory["small"]);
        try
        {
            var volume = new FakeVolume();
            for (var i = 0; i < 100; i++)
            {
                volume.AddFile(volume.Root, Encoding.UTF8.GetBytes($"f{i}"), new byte[100_000]);
            }

            var toDirectory = CommandRun.On(volume, "extract", "disk.img", "--to", directory["small/out"]);
            var toTar = CommandRun.On(volume, "extract", "disk.img", "--to", directory["small/out.tar"]);

            Assert.Equal((4, 4), (toDirectory.Status, toTar.Status));
            Assert.Contains("No space left on device", toDirectory.Error, StringComparison.Ordinal);
            Assert.Contains("No space left on device", toTar.Error, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(
                directory["small"], "*", new EnumerationOptions { AttributesToSkip = 0 }));
        }
        finally
        {
            Programs.Output("umount", directory["small"]);
        }
    }

    [Fact]
    public void Owners_devices_and_set_uid_come_back_as_root()
    {
        Assert.True(Environment.IsPrivilegedProcess, "run the tests as root");
        using var directory = new TemporaryDirectory();
        var volume = Special();

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        Assert.Equal(0, run.Status);
        Assert.Equal(
            """
            chr character special file 660 1:2 12c:11170
            link symbolic link 777 7:8 0:0
            nobody regular empty file 755 0:0 0:0
            pipe fifo 622 3:4 0:0
            sock socket 600 0:0 0:0
            suid regular empty file 6755 1000:1000 0:0

            """,
            Programs.Output("sh", "-c", $"cd '{directory["out"]}' && stat -c '%n %F %a %u:%g %t:%T' *"));
        Assert.Contains("owners of 1 entries were not restored", run.Error, StringComparison.Ordinal);
        Assert.Contains("set-uid and set-gid bits of 1 entries were left off", run.Error, StringComparison.Ordinal);
        Assert.Contains("BSD file flags of 1 entries", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_attributes_of_users_come_back()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "f", "x");
        file.Extended.Add(new ExtendedAttribute("user", "color"u8.ToArray(), "blue"u8.ToArray()));
        file.Extended.Add(new ExtendedAttribute("user", [(byte)'c', 0xe9], "red"u8.ToArray()));
        file.Extended.Add(new ExtendedAttribute("system", "posix1e.acl"u8.ToArray(), [1]));

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["out"]);

        var get = "import os,sys; print([os.getxattr(sys.argv[1], n) for n in (b'user.color', b'user.c\\xe9')])";
        Assert.Equal("[b'blue', b'red']\n", Programs.Output("python3", "-c", get, directory["out/f"]));
        Assert.Contains("1 extended attributes were not restored", run.Error, StringComparison.Ordinal);
    }

    internal static FakeVolume Special()
    {
        var volume = new FakeVolume();
        FakeNode Special(string name, NodeType type, ushort mode, uint user, uint group)
        {
            var node = volume.Add(type, mode);
            node.Attributes = node.Attributes with { UserId = user, GroupId = group };
            volume.Root.Entries.Add((Encoding.UTF8.GetBytes(name), node));
            return node;
        }

        var device = Special("chr", NodeType.CharacterDevice, 0x1B0, 1, 2);
        device.Attributes = device.Attributes with { Device = new DeviceNumber(300, 70000) };
        Special("link", NodeType.Symlink, 0x1FF, 7, 8).Target = "nowhere"u8.ToArray();
        Special("nobody", NodeType.File, 0x9ED, uint.MaxValue, 0);
        Special("pipe", NodeType.Fifo, 0x192, 3, 4);
        Special("sock", NodeType.Socket, 0x180, 0, 0);
        var privileged = Special("suid", NodeType.File, 0xDED, 1000, 1000);
        privileged.Attributes = privileged.Attributes with { Flags = 2 };
        return volume;
    }
}
