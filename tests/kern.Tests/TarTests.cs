using System.Formats.Tar;
using KernKit.Volumes;
using KernKit.Volumes.Extract;

namespace KernKit.Command.Tests;

public sealed class TarTests
{
    private static FakeVolume Tree(uint largestUser = 4_294_967_290)
    {
        var volume = ExtractTests.Special();
        var sub = volume.AddDirectory(volume.Root, "sub");
        var file = volume.AddFile(sub, "file", "content");
        file.Attributes = file.Attributes with { LinkCount = 2, UserId = largestUser, GroupId = 3_000_000 };
        volume.Root.Entries.Add(("hard"u8.ToArray(), file));
        volume.AddFile(sub, new string('n', 255), "long");
        volume.AddLink(sub, "long-link", new string('t', 900));
        volume.AddFile(sub, "日本語", "utf-8");
        volume.AddFile(sub, [(byte)'b', 0xE9, 0xFF], "bytes"u8.ToArray());
        volume.AddFile(sub, "-rf", "");
        var old = volume.AddFile(sub, "old", "");
        old.Attributes = old.Attributes with { Modified = new UnixTime(-3, 750_000_000) };
        return volume;
    }

    private static FakeVolume Sparse()
    {
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "sparse", "");
        file.Attributes = file.Attributes with { Size = 10_000_001 };
        file.Pieces =
            [(1000, [.. Enumerable.Repeat((byte)7, 3000)]), (9_000_000, [.. Enumerable.Repeat((byte)9, 777)])];
        var hole = volume.AddFile(volume.Root, "hole", "");
        hole.Attributes = hole.Attributes with { Size = 1L << 36 };
        hole.Pieces = [];
        volume.AddFile(volume.Root, "zz-after", "after");
        return volume;
    }

    [Fact]
    public void Gnu_tar_restores_what_a_direct_extraction_restores()
    {
        Assert.True(Environment.IsPrivilegedProcess, "run the tests as root");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["tar"]);

        Assert.Equal(0, CommandRun.On(Tree(), "extract", "disk.img", "--to", directory["x.tar"]).Status);
        Assert.Equal(0, CommandRun.On(Tree(), "extract", "disk.img", "--to", directory["direct"]).Status);
        Programs.Output("tar", "--same-owner", "-xpf", directory["x.tar"], "-C", directory["tar"]);

        // A tar archive has no sockets, and cannot hold the owner "nobody to set".
        const string show =
            "find . -mindepth 1 ! -name sock ! -name nobody -printf '%P %y %m %U:%G %n %s %T@ %l\\n' | LC_ALL=C sort; "
            + "find . -type f -exec sha256sum {} + | LC_ALL=C sort";
        var direct = Programs.Output("sh", "-c", $"cd '{directory["direct"]}' && {show}");
        var tar = Programs.Output("sh", "-c", $"cd '{directory["tar"]}' && {show}");
        Assert.Equal(WithoutDirectorySizes(direct), WithoutDirectorySizes(tar));
    }

    [Fact]
    public void Python_reads_every_name_and_time()
    {
        using var directory = new TemporaryDirectory();
        CommandRun.On(Tree(), "extract", "disk.img", "sub", "--to", directory["x.tar"]);
        const string script = """
            import sys, tarfile
            for m in tarfile.open(sys.argv[1]):
                name = m.name.encode('utf-8', 'surrogateescape')
                shown = name.hex() if len(name) < 20 else len(name)
                print(shown, m.type.decode(), m.uid, m.gid, m.mtime, len(m.linkname))
            """;

        var lines = Programs.Output("python3", "-c", script, directory["x.tar"]).Split('\n');

        Assert.Equal("2e 5 0 0 1600000009.1234567 0", lines[0]);
        Assert.Contains("62e9ff 0 0 0 1600000014.1234567 0", lines);
        Assert.Contains("66696c65 0 4294967290 3000000 1600000010.1234567 0", lines);
        Assert.Contains("255 0 0 0 1600000011.1234567 0", lines);
        Assert.Contains("6c6f6e672d6c696e6b 2 0 0 1600000012.1234567 900", lines);
        Assert.Contains("6f6c64 0 0 0 -2.25 0", lines);
        Assert.Contains("e697a5e69cace8aa9e 0 0 0 1600000013.1234567 0", lines);
    }

    [Fact]
    public void The_frameworks_reader_reads_the_stream_to_its_end()
    {
        // It takes owners as 32-bit numbers with a sign.
        var volume = Tree(largestUser: 2_000_000_000);
        volume.Root.Entries.RemoveAll(entry => entry.Node.Attributes.UserId == uint.MaxValue);
        var run = CommandRun.On(volume, "extract", "disk.img", "--to", "-");
        using var reader = new TarReader(new MemoryStream(run.Output));

        var names = new List<string>();
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Equal(0, run.Output.Length % 10240);
        Assert.Equal("./", names[0]);
        Assert.Contains("sub/", names);
        Assert.DoesNotContain("sock", names);
        Assert.Contains("1 sockets were left out", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Holes_cost_nothing_in_the_archive_and_come_back_as_holes()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(0, CommandRun.On(Sparse(), "extract", "disk.img", "--to", directory["x.tar"]).Status);
        Programs.Output("tar", "-xf", directory["x.tar"], "-C", directory.Path);

        Assert.InRange(new FileInfo(directory["x.tar"]).Length, 1, 40960);
        Assert.Equal(1L << 36, new FileInfo(directory["hole"]).Length);
        var content = File.ReadAllBytes(directory["sparse"]);
        Assert.Equal(10_000_001, content.Length);
        Assert.Equal((3000, 777), (content.Count(value => value == 7), content.Count(value => value == 9)));
        Assert.Equal((7, 7, 9, 9), (content[1000], content[3999], content[9_000_000], content[9_000_776]));
        Assert.Equal("after", File.ReadAllText(directory["zz-after"]));
        Assert.Equal("0\n", Programs.Output("stat", "-c", "%b", directory["hole"]));
    }

    [Fact]
    public void A_damaged_file_is_left_out_of_the_archive_whole()
    {
        using var directory = new TemporaryDirectory();
        var volume = Sparse();
        var bad = volume.AddFile(volume.Root, "large"u8.ToArray(), new byte[5 << 20]);
        bad.DamagedFrom = 3 << 20;

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["x.tar"]);

        Assert.Equal(3, run.Status);
        Assert.Equal("./\nhole\nsparse\nzz-after\n", Programs.Output("tar", "-tf", directory["x.tar"]));
    }

    [Fact]
    public void What_stands_in_front_of_an_archive_stays_when_a_damaged_file_is_taken_back()
    {
        var volume = Sparse();
        var bad = volume.AddFile(volume.Root, "large"u8.ToArray(), new byte[5 << 20]);
        bad.DamagedFrom = 3 << 20;
        using var stream = new MemoryStream();
        stream.Write(Enumerable.Repeat((byte)0x7e, 100_000).ToArray());
        var problems = new List<WalkProblem>();

        new Extractor(volume, problems.Add).ToTar([], stream, TestContext.Current.CancellationToken);

        Assert.Single(problems);
        stream.Position = 0;
        for (var i = 0; i < 100_000; i++)
        {
            Assert.Equal(0x7e, stream.ReadByte());
        }

        using var reader = new TarReader(stream);
        var names = new List<string>();
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Equal(4, names.Count);
        Assert.Equal("zz-after", names[^1]);
    }

    [Fact]
    public void Nothing_goes_into_an_archive_below_a_link_of_the_same_name()
    {
        using var directory = new TemporaryDirectory();
        var volume = new FakeVolume();
        volume.AddLink(volume.Root, "d", "/outside");
        volume.AddFile(volume.AddDirectory(volume.Root, "d"), "evil", "x");
        volume.AddFile(volume.Root, "e", "");

        var run = CommandRun.On(volume, "extract", "disk.img", "--to", directory["x.tar"]);

        Assert.Equal(3, run.Status);
        Assert.Contains("d: offset", run.Error, StringComparison.Ordinal);
        Assert.Contains("holds this name twice", run.Error, StringComparison.Ordinal);
        Assert.Equal("./\nd\ne\n", Programs.Output("tar", "-tf", directory["x.tar"]));
    }

    [Fact]
    public void An_archive_that_exists_is_not_replaced()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["x.tar"], "mine");

        Assert.Equal(4, CommandRun.On(Sparse(), "extract", "disk.img", "--to", directory["x.tar"]).Status);
        Assert.Equal("mine", File.ReadAllText(directory["x.tar"]));
        Assert.Equal(["x.tar"], directory.Names);
    }

    [Fact]
    public void An_archive_is_not_written_to_a_terminal()
    {
        var run = CommandRun.OnTerminal(Sparse(), "extract", "disk.img", "--to", "-");

        Assert.Equal((2, 0), (run.Status, run.Output.Length));
    }

    private static string WithoutDirectorySizes(string listing) => string.Join('\n', listing.Split('\n').Select(line =>
    {
        var words = line.Split(' ');
        return words.Length > 5 && words[1] == "d" ? string.Join(' ', words.Where((_, i) => i != 5)) : line;
    }));
}
