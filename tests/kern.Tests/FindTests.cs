using System.Text.Json;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

public sealed class FindTests
{
    public static TheoryData<string> Images => [.. GivenImages.Names()];

    private static FakeVolume Small()
    {
        var volume = new FakeVolume();
        var etc = volume.AddDirectory(volume.Root, "etc");
        volume.AddFile(etc, "passwd", "root\n");
        volume.AddFile(etc, "b\u00e9ta.log", "0123456789");
        volume.AddFile(volume.Root, "etc.old", "x");
        volume.AddLink(volume.Root, "link", "etc/passwd");
        return volume;
    }

    [Theory]
    [InlineData("type == file", "etc.old\netc/b\u00e9ta.log\netc/passwd\n")]
    [InlineData("type == file && size > 1", "etc/b\u00e9ta.log\netc/passwd\n")]
    [InlineData("size >= 1K || name ~ \"*.old\"", "etc.old\n")]
    [InlineData("name == \"passwd\"", "etc/passwd\n")]
    [InlineData("name ~ \"b??ta*\"", "etc/b\u00e9ta.log\n")]
    [InlineData("path ~ \"etc/*\"", "etc/b\u00e9ta.log\netc/passwd\n")]
    [InlineData("target ~ \"*/passwd\"", "link\n")]
    [InlineData("target == \"etc/passwd\" && type == symlink", "link\n")]
    [InlineData("depth == 0", ".\n")]
    [InlineData("type != dir && mode & 0o111", "link\n")]
    [InlineData("mtime > \"2020-09-13T12:26:45\"", "etc.old\netc/b\u00e9ta.log\nlink\n")]
    [InlineData("mtime_ns == 1600000004123456789", "etc/passwd\n")]
    [InlineData("atime < \"2018-01-01\" && nlink == 1 && uid == 0", "etc.old\netc/b\u00e9ta.log\netc/passwd\nlink\n")]
    public void Entries_that_the_condition_accepts_are_found(string where, string expected)
    {
        var run = CommandRun.On(Small(), "find", "disk.img", "--where", where);
        Assert.Equal((0, expected, ""), (run.Status, run.Text, run.Error));
    }

    [Fact]
    public void Nothing_found_is_status_1()
    {
        var run = CommandRun.On(Small(), "find", "disk.img", "-w", "size > 1T");
        Assert.Equal((1, "", ""), (run.Status, run.Text, run.Error));
    }

    [Fact]
    public void Without_a_condition_everything_below_a_path_is_found()
    {
        Assert.Equal("etc\netc/b\u00e9ta.log\netc/passwd\n", CommandRun.On(Small(), "find", "disk.img", "etc").Text);
        Assert.Equal(6, CommandRun.On(Small(), "find", "disk.img").Lines.Length);
        Assert.Equal("etc.old\0", CommandRun.On(Small(), "find", "disk.img", "-0", "-w", "name == \"etc.old\"").Text);
    }

    [Fact]
    public void Forms_are_those_of_ls()
    {
        Assert.Equal("-rw-r--r--   1     0     0          5 2020-09-13T12:26:44.123456789Z etc/passwd\n",
            CommandRun.On(Small(), "find", "disk.img", "-l", "--where", "name == \"passwd\"").Text);
        var json = CommandRun.On(Small(), "find", "disk.img", "--json", "--where", "type == symlink").Text;
        Assert.Equal("etc/passwd", JsonDocument.Parse(json).RootElement.GetProperty("target").GetString());
    }

    [Theory]
    [InlineData("sise > 1", "kern: find: --where: column 1: there is no 'sise'; near it: size\n")]
    [InlineData("birthtime > now", "kern: find: --where: column 1: there is no 'birthtime' here: fake keeps none\n")]
    [InlineData("dinode.flags != 0", "kern: find: --where: column 1: there is no 'dinode.flags'; near it: flags\n")]
    public void Mistakes_are_usage(string where, string error)
    {
        var run = CommandRun.On(Small(), "find", "disk.img", "--where", where);
        Assert.Equal((2, "", error), (run.Status, run.Text, run.Error));
    }

    [Fact]
    public void Entries_without_a_value_are_told()
    {
        var run = CommandRun.On(Small(), "find", "disk.img", "--where", "8 / (size - 10) != 0 && type == file");
        Assert.Equal("etc/passwd\n", run.Text);
        Assert.StartsWith("kern: note: 1 entries were passed over", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_and_the_fields_are_shown()
    {
        var run = CommandRun.On(Small(), "find", "disk.img", "--explain", "--where", "size > 1M");
        Assert.Equal("# 10 instructions, 1 accesses, of which 1 are proved and need no check", run.Lines[0]);
        Assert.Contains("exit", run.Lines);
        Assert.Contains("mtime                    time",
            CommandRun.On(Small(), "find", "disk.img", "--fields").Lines);
        Assert.Equal(2, CommandRun.On(Small(), "find", "disk.img", "--explain").Status);
    }

    [Fact]
    public void A_condition_on_names_reads_no_inode()
    {
        var volume = Small();
        using var filter = new EntryFilter(volume, "name ~ \"*.log\" && type == file");
        Assert.False(filter.NeedsAttributes);
        using var other = new EntryFilter(volume, "rdev.major == 0");
        Assert.True(other.NeedsAttributes);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Attributes_and_inodes_agree_on_given_images(string name)
    {
        using var directory = new TemporaryDirectory();
        var image = GivenImages.Unpack(name, directory);
        var all = CommandRun.Of("ls", "-R", "--json", image);
        var same = "dinode.size == size && dinode.mode.perm == mode && dinode.uid == uid && dinode.gid == gid"
            + " && dinode.flags == flags && dinode.nlink == nlink"
            // UFS1's 32 bits of a time before 1970 are those of one after 2100.
            + " && (mtime_ns < 0 || dinode.mtime <= mtime && mtime - dinode.mtime < 1s)"
            + " && (dinode.mode.type == DIR) == (type == dir)";
        Assert.Equal(2, CommandRun.Of("find", image, "--where", same).Status);
        same = same.Replace("(dinode.mode.type == DIR) == (type == dir)",
            "(type == dir ? dinode.mode.type == DIR : dinode.mode.type != DIR)", StringComparison.Ordinal);
        Assert.Equal(all.Text, CommandRun.Of("find", image, "--json", "--where", same).Text);
        foreach (var (where, accepts) in new (string, Func<JsonElement, bool>)[]
        {
            ("type == file && size > 1K", static entry => Is(entry, "file")
                && entry.GetProperty("size").GetInt64() > 1024),
            ("type == symlink && target ~ \"*e*\"", static entry => Is(entry, "symlink")
                && (entry.GetProperty("target").GetString() is { } target ? target.Contains('e')
                    : Convert.FromHexString(entry.GetProperty("target_hex").GetString()!).Contains((byte)'e'))),
            ("mtime_ns % 2 == 1 || nlink > 1", static entry => entry.GetProperty("mtime_ns").GetInt64() % 2 == 1
                || entry.GetProperty("nlink").GetInt64() > 1),
        })
        {
            var expected = all.Lines.Where(line => accepts(JsonDocument.Parse(line).RootElement));
            Assert.Equal(expected, CommandRun.Of("find", image, "--json", "--where", where).Lines);
        }
    }

    [Fact]
    public void Programs_of_conditions_are_written_in_four_forms()
    {
        var run = CommandRun.Of("bpf", "compile", "--where", "mode.type == REG && size > 1M",
            "--layout", "ufs/dinode:dinode2", "--order", "be");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Contains("r0 = be16 r0", run.Lines);
        Assert.Matches("^[0-9a-f]+\n$", CommandRun.Of("bpf", "compile", "--where", "nr == 59 && args[0] > 4",
            "--type", "policy", "--to", "hex").Text);
        Assert.Contains("class Program1", CommandRun.Of("bpf", "compile", "--where", "nr == 59", "--type", "policy",
            "--to", "csharp").Text, StringComparison.Ordinal);
        Assert.Contains("db[12]                   64 bits, signed", CommandRun.Of("bpf", "compile", "--fields",
            "--layout", "ufs/dinode:dinode2", "--order", "le").Lines);
    }

    [Theory]
    [InlineData("bpf compile: FILE or --where EXPR, one of the two", "--type", "policy")]
    [InlineData("bpf compile: a condition is about --layout SCHEMA:STRUCT or --type NAME, one of the two", "-w", "a")]
    [InlineData("bpf compile: --type: 'record' is no hook with a context; there are xdp, tc, policy, scheduler",
        "-w", "a", "--type", "record")]
    [InlineData("bpf compile: --layout: the byte order of 'dinode2' is a parameter; add --order le or --order be",
        "-w", "a", "--layout", "ufs/dinode:dinode2")]
    [InlineData("bpf compile: --layout: say which structure, ufs/dinode:STRUCT; there are dinode1, dinode2, indirect1, "
        + "indirect2", "-w", "a", "--layout", "ufs/dinode", "--order", "le")]
    [InlineData("bpf compile: --where: column 1: there is no 'x'; fields are nr, arch, instruction_pointer, args[]",
        "-w", "x", "--type", "policy")]
    public void Mistakes_about_conditions_are_usage(string error, params string[] arguments)
    {
        var run = CommandRun.Of(["bpf", "compile", .. arguments]);
        Assert.Equal((2, $"kern: {error}\n"), (run.Status, run.Error));
    }

    private static bool Is(JsonElement entry, string type) => entry.GetProperty("type").GetString() == type;
}
