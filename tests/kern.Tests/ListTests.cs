using System.Text.Json;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

public sealed class ListTests
{
    private static FakeVolume Small()
    {
        var volume = new FakeVolume();
        var etc = volume.AddDirectory(volume.Root, "etc");
        volume.AddFile(etc, "passwd", "root\n");
        volume.AddFile(volume.Root, "etc.old", "x");
        volume.AddLink(volume.Root, "link", "etc/passwd");
        return volume;
    }

    [Fact]
    public void Names_of_a_directory_are_listed_one_a_line()
    {
        var run = CommandRun.On(Small(), "ls", "disk.img");

        Assert.Equal((0, "etc\netc.old\nlink\n", ""), (run.Status, run.Text, run.Error));
    }

    [Fact]
    public void A_tree_is_listed_in_bytewise_order_of_whole_paths()
    {
        var run = CommandRun.On(Small(), "ls", "-R", "disk.img");

        Assert.Equal("etc\netc.old\netc/passwd\nlink\n", run.Text);
    }

    [Fact]
    public void A_path_may_start_with_a_slash_and_name_a_file()
    {
        Assert.Equal("etc/passwd\n", CommandRun.On(Small(), "ls", "disk.img", "/etc/passwd").Text);
        Assert.Equal("passwd\n", CommandRun.On(Small(), "ls", "disk.img", "/etc/").Text);
    }

    [Fact]
    public void Long_lines_show_mode_owner_size_time_and_target()
    {
        var run = CommandRun.On(Small(), "ls", "-lR", "disk.img");

        Assert.Equal("drwxr-xr-x   2     0     0          0 2020-09-13T12:26:43.123456789Z etc", run.Lines[0]);
        Assert.Equal("-rw-r--r--   1     0     0          5 2020-09-13T12:26:44.123456789Z etc/passwd", run.Lines[2]);
        Assert.Equal(
            "lrwxrwxrwx   1     0     0          0 2020-09-13T12:26:46.123456789Z link -> etc/passwd", run.Lines[3]);
    }

    [Theory]
    [InlineData(0xFFF, "-rwsrwsrwt")]
    [InlineData(0xE00, "---S--S--T")]
    [InlineData(0x000, "----------")]
    public void Special_mode_bits_have_their_letters(int mode, string letters)
    {
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "f", "");
        file.Attributes = file.Attributes with { Permissions = (ushort)mode };

        Assert.StartsWith(letters + " ", CommandRun.On(volume, "ls", "-l", "disk.img").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_json_entry_has_the_members_of_the_contract()
    {
        var volume = Small();
        var device = volume.Add(NodeType.CharacterDevice);
        device.Attributes = device.Attributes with
        {
            Device = new DeviceNumber(300, 70000),
            Born = new UnixTime(-2, 500_000_000),
            Changed = new UnixTime(long.MaxValue, 999_999_999),
        };
        volume.Root.Entries.Add(("null"u8.ToArray(), device));

        var run = CommandRun.On(volume, "ls", "-R", "--json", "--digest", "sha256", "disk.img");

        Assert.Equal(
            """{"path":"","type":"dir","mode":"0755","uid":0,"gid":0,"size":0,"nlink":2,"inode":2,"mtime_ns":1600000002123456789,"atime_ns":1500000000000000005}""",
            run.Lines[0]);
        Assert.Equal(
            """{"path":"etc/passwd","type":"file","mode":"0644","uid":0,"gid":0,"size":5,"nlink":1,"inode":4,"mtime_ns":1600000004123456789,"atime_ns":1500000000000000005,"sha256":"53175bcc0524f37b47062fafdda28e3f8eb91d519ca0a184ca71bbebe72f969a"}""",
            run.Lines[3]);
        Assert.Contains("\"type\":\"symlink\"", run.Lines[4], StringComparison.Ordinal);
        Assert.EndsWith("\"target\":\"etc/passwd\"}", run.Lines[4], StringComparison.Ordinal);
        Assert.EndsWith(
            "\"ctime_ns\":9223372036854775807999999999,\"birthtime_ns\":-1500000000,\"rdev\":[300,70000]}",
            run.Lines[5], StringComparison.Ordinal);
        Assert.All(run.Lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void Json_of_one_directory_lists_its_entries_only()
    {
        var run = CommandRun.On(Small(), "ls", "--json", "disk.img", "etc");

        Assert.StartsWith("{\"path\":\"etc/passwd\"", Assert.Single(run.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_not_utf8_is_hex_in_json_and_raw_in_text()
    {
        var volume = new FakeVolume();
        byte[] name = [(byte)'a', 0xE9, 0xFF];
        volume.AddFile(volume.Root, name, []);
        volume.AddLink(volume.Root, "l", "x").Target = [0xFE];

        var json = CommandRun.On(volume, "ls", "--json", "disk.img");
        var text = CommandRun.On(volume, "ls", "disk.img");

        Assert.StartsWith("{\"path\":null,\"path_hex\":\"61e9ff\",", json.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\"target\":null,\"target_hex\":\"fe\"}", json.Lines[1], StringComparison.Ordinal);
        Assert.Equal([.. name, (byte)'\n', (byte)'l', (byte)'\n'], text.Output);
    }

    [Fact]
    public void A_path_that_is_not_utf8_can_be_named()
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, [(byte)'a', 0xE9], "found"u8.ToArray());

        Assert.Equal("found", CommandRun.On(volume, "cat", "disk.img", "a\uDCE9").Text);
    }

    [Fact]
    public void Json_escapes_what_json_must_and_what_steers_a_terminal_and_leaves_the_rest()
    {
        const string Name = "a\"\\\n\u0001\u007f日<\u009b\u202e\U000e0001é";
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, Name, "");

        var line = Assert.Single(CommandRun.On(volume, "ls", "--json", "disk.img").Lines);

        Assert.StartsWith("{\"path\":\"a\\\"\\\\\\n\\u0001\\u007f日<\\u009b\\u202e\\udb40\\udc01é\",", line,
            StringComparison.Ordinal);
        Assert.Equal(Name, JsonDocument.Parse(line).RootElement.GetProperty("path").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_name_steers_a_terminal_or_forges_a_long_line(bool terminal)
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "a\u001b[2J\u009b2J\u202e\\b", "");
        volume.AddLink(volume.Root, "l", "\u001b]0;t\u0007");
        volume.AddFile(volume.Root, "n\n-rwsr-xr-x", "");

        var run = terminal
            ? CommandRun.OnTerminal(volume, "ls", "-l", "disk.img")
            : CommandRun.On(volume, "ls", "-l", "disk.img");

        Assert.Equal(3, run.Lines.Length);
        Assert.Contains("a\\033[2J\\302\\2332J\\342\\200\\256\\\\b", run.Text, StringComparison.Ordinal);
        Assert.Contains("-> \\033]0;t\\007", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_appear_on_a_terminal_only()
    {
        Assert.Contains(
            "\e[1;34metc\e[m\n", CommandRun.OnTerminal(Small(), "ls", "disk.img").Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", CommandRun.On(Small(), "ls", "disk.img").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_entry_is_reported_and_the_rest_is_listed()
    {
        var volume = Small();
        volume.Root.Entries[0].Node.IsDamaged = true;

        var run = CommandRun.On(volume, "ls", "-R", "--json", "disk.img");

        Assert.Equal(3, run.Status);
        Assert.Equal(3, run.Lines.Length);
        Assert.Equal("kern: disk.img: etc: offset 0x40 (inode 3): no such inode\n", run.Error);
    }

    [Fact]
    public void A_damaged_directory_is_reported_where_only_names_are_listed()
    {
        var volume = Small();
        volume.Root.Entries[0].Node.IsDamaged = true;

        var run = CommandRun.On(volume, "ls", "-R", "disk.img");

        Assert.Equal((3, "kern: disk.img: etc: offset 0x40 (inode 3): no such inode\n"), (run.Status, run.Error));
    }

    [Fact]
    public void At_most_a_hundred_errors_are_shown_and_the_rest_counted()
    {
        var volume = new FakeVolume();
        for (var i = 0; i < 150; i++)
        {
            volume.AddFile(volume.Root, $"f{i:D3}", "").IsDamaged = true;
        }

        var run = CommandRun.On(volume, "ls", "-l", "disk.img");

        Assert.Equal(101, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("kern: 50 more errors are not shown\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_that_cannot_be_computed_leaves_the_entry_without_it()
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "bad", "x").DamagedFrom = 0;

        var run = CommandRun.On(volume, "ls", "--json", "--digest", "sha256", "disk.img");

        Assert.Equal(3, run.Status);
        Assert.DoesNotContain("sha256", run.Text, StringComparison.Ordinal);
        Assert.Equal("kern: disk.img: bad: offset 0x99 (inode.db[1]): points outside the volume\n", run.Error);
    }

    [Fact]
    public void Listing_allocates_nothing_per_entry()
    {
        var volume = new FakeVolume();
        for (var i = 0; i < 100; i++)
        {
            var directory = volume.AddDirectory(volume.Root, $"d{i:D3}");
            for (var j = 0; j < 50; j++)
            {
                volume.AddFile(directory, $"file-{j}", "");
            }
        }

        CommandRun.AllocatedBytes(volume, "ls", "-R", "--json", "disk.img");
        var one = CommandRun.AllocatedBytes(volume, "ls", "--json", "disk.img", "d000");
        var all = CommandRun.AllocatedBytes(volume, "ls", "-R", "--json", "disk.img");

        Assert.InRange((all - one) / 5000, 0, 15);
    }
}
