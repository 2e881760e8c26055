using System.Text;
using System.Text.Json;
using KernKit.Command.Images;
using KernKit.Command.Output;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

/// <summary>What info, check and mtree print.</summary>
public sealed class ReportTests
{
    [Fact]
    public void Info_shows_facts_and_partitions_in_columns()
    {
        var run = CommandRun.On(new FakeVolume(), "info", "a.img", "b.img");

        Assert.Equal(0, run.Status);
        Assert.Contains(
            "a.img\n  size               1048576 (1.0 MiB)\n  format             fake\n", run.Text,
            StringComparison.Ordinal);
        Assert.Contains(
            "  label              a\\033b\n  block size         8192\n  clean              yes\n", run.Text,
            StringComparison.Ordinal);
        Assert.Contains(
            "      1  gpt                    512            4096  fake     FreeBSD UFS \"ro\\012ot\"\n", run.Text,
            StringComparison.Ordinal);
        Assert.Contains("\n\nb.img\n", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_as_json_is_one_object_an_image()
    {
        var run = CommandRun.On(new FakeVolume(), "info", "--json", "a.img");

        Assert.Equal(
            """{"image":"a.img","size":1048576,"format":"fake","label":"a\u001bb","block_size":8192,"clean":true,"sizes":[1,2],"partitions":[{"number":1,"table":"gpt","start":512,"size":4096,"type":"FreeBSD UFS","name":"ro\not","format":"fake"}]}""",
            Assert.Single(run.Lines));
    }

    [Fact]
    public void A_clean_check_is_status_0_and_says_what_it_could_not_check()
    {
        var run = CommandRun.On(new FakeVolume(), "check", "a.img");

        Assert.Equal(0, run.Status);
        Assert.Equal(
            "fake: 1 inodes\nnot checked: cylinder-group hashes: the format has none\nno damage found\n", run.Text);
    }

    [Fact]
    public void Damage_is_status_1_with_each_finding_and_its_place()
    {
        var volume = new FakeVolume();
        volume.Findings.Add(new CheckFinding("link-count", "inode 12.nlink", 0x1f40, "2, but 3 names were found"));
        volume.Findings.Add(new CheckFinding("block-bitmap", "cylinder group 0", -1, "block 7 is used, but free"));

        var text = CommandRun.On(volume, "check", "a.img");
        var json = CommandRun.On(volume, "check", "--json", "a.img");

        Assert.Equal((1, 1), (text.Status, json.Status));
        Assert.StartsWith(
            "offset 0x1f40 (inode 12.nlink): 2, but 3 names were found [link-count]\n", text.Text,
            StringComparison.Ordinal);
        Assert.EndsWith("2 contradictions found\n", text.Text, StringComparison.Ordinal);
        Assert.Equal(
            """{"kind":"finding","rule":"link-count","structure":"inode 12.nlink","offset":8000,"message":"2, but 3 names were found"}""",
            json.Lines[0]);
        Assert.Contains("\"offset\":null", json.Lines[1], StringComparison.Ordinal);
        Assert.Equal(
            """{"kind":"summary","format":"fake","findings":2,"counts":{"inodes":1},"unchecked":["cylinder-group hashes: the format has none"]}""",
            json.Lines[2]);
        Assert.All(json.Lines, line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public void The_names_in_findings_are_escaped_once()
    {
        var volume = new FakeVolume();
        volume.Findings.Add(new CheckFinding("rule", @"directory 2/a\001b", 16, "wrong\u001b"));

        Assert.StartsWith("offset 0x10 (directory 2/a\\001b): wrong\\033 [rule]\n",
            CommandRun.On(volume, "check", "a.img").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ls", "a.img")]
    [InlineData("ls", "-R", "a.img", "/")]
    [InlineData("ls", "a.img", "file")]
    [InlineData("find", "a.img")]
    [InlineData("cat", "a.img", "/")]
    [InlineData("cat", "a.img", "file")]
    [InlineData("mtree", "a.img")]
    [InlineData("extract", "a.img", "--to", "-")]
    [InlineData("extract", "a.img", "--to", "/dev/null/none")]
    public void A_root_that_is_no_directory_is_damage(params string[] arguments)
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "file", "x");
        volume.Root.Attributes = volume.Root.Attributes with { Type = NodeType.File };

        var run = CommandRun.On(volume, arguments);

        Assert.Equal((3, "kern: a.img: offset 0x2000 (inode 2.mode): the root of the volume is no directory\n"),
            (run.Status, run.Error));
    }

    [Fact]
    public void At_most_a_hundred_findings_are_shown_as_text_and_all_as_json()
    {
        var volume = new FakeVolume();
        for (var i = 0; i < 250; i++)
        {
            volume.Findings.Add(new CheckFinding("rule", $"inode {i}", i, "wrong"));
        }

        var text = CommandRun.On(volume, "check", "a.img");

        Assert.Contains("... and 150 more (--json shows all)\n", text.Text, StringComparison.Ordinal);
        Assert.Equal(100, text.Lines.Count(line => line.EndsWith("[rule]", StringComparison.Ordinal)));
        Assert.Equal(251, CommandRun.On(volume, "check", "--json", "a.img").Lines.Length);
    }

    [Theory]
    [InlineData("1", "1: several, choose one: 1: mbr; 2: mbr", "several, choose one: 1: mbr; 2: mbr")]
    [InlineData("1", "partition 1 of 1: wrong: 1: x", "partition 1: wrong: 1: x")]
    [InlineData("x", "points out of x: 5", "points out of x: 5")]
    [InlineData("x", "partition table of x: 5", "partition table of x: 5")]
    public void The_name_of_the_image_is_taken_off_the_head_of_a_message_only(string image, string what, string shown)
    {
        using var error = new MemoryStream();
        var host = new CommandHost { Output = Stream.Null, Error = error, Images = new ImageFiles() };
        new Diagnostics(host, debug: false).Report(image, default,
            new VolumeException(VolumeError.Unsupported, what, "partition table", 0));
        Assert.Equal($"kern: {image}: offset 0x0 (partition table): {shown}\n",
            Encoding.UTF8.GetString(error.ToArray()));
    }

    [Theory]
    [InlineData(0, "... and 5 more (--json shows 0)\n", "5 contradictions found\n")]
    [InlineData(250, "... and 155 more (--json shows 250)\n", "255 contradictions found\n")]
    public void Findings_that_are_only_counted_count(int reported, string more, string found)
    {
        var volume = new FakeVolume { FindingsNotReported = 5 };
        for (var i = 0; i < reported; i++)
        {
            volume.Findings.Add(new CheckFinding("rule", $"inode {i}", i, "wrong"));
        }

        var text = CommandRun.On(volume, "check", "a.img");
        Assert.Equal(1, text.Status);
        Assert.Contains(more, text.Text, StringComparison.Ordinal);
        Assert.EndsWith(found, text.Text, StringComparison.Ordinal);
        Assert.Contains($"\"findings\":{reported + 5},", CommandRun.On(volume, "check", "--json", "a.img").Lines[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mtree_escapes_names_and_names_every_attribute()
    {
        var volume = ExtractTests.Special();
        volume.AddFile(volume.Root, "a b#c\\d*\n\u00e9", "x");

        var run = CommandRun.On(volume, "mtree", "--digest", "sha256", "a.img");

        Assert.Equal("#mtree v2.0", run.Lines[0]);
        Assert.Equal(". type=dir mode=0755 uid=0 gid=0 nlink=2 time=1600000002.123456789", run.Lines[1]);
        Assert.Equal(
            "./a\\040b\\043c\\134d\\052\\012\\303\\251 type=file mode=0644 uid=0 gid=0 nlink=1 size=1 "
            + "time=1600000009.123456789 "
            + "sha256digest=2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
            run.Lines[2]);
        Assert.EndsWith(" device=native,300,70000", run.Lines[3], StringComparison.Ordinal);
        Assert.EndsWith(" link=nowhere", run.Lines[4], StringComparison.Ordinal);
        Assert.StartsWith("./pipe type=fifo mode=0622 ", run.Lines[6], StringComparison.Ordinal);
        Assert.StartsWith("./sock type=socket ", run.Lines[7], StringComparison.Ordinal);
    }
}
