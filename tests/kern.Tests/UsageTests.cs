namespace KernKit.Command.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "kern: Required command was not provided (see 'kern --help')\n")]
    [InlineData("ls", "kern: ls: Required argument 'IMAGE' missing for command: 'ls' (see 'kern ls --help')\n")]
    [InlineData("ls disk.img a b", "kern: ls: Unrecognized command or argument 'b' (see 'kern ls --help')\n")]
    [InlineData(
        "ls disk.img --partition 0",
        "kern: ls: '0' is no partition: they are numbered from 1 (see 'kern ls --help')\n")]
    [InlineData(
        "ls disk.img -p one", "kern: ls: 'one' is no partition: they are numbered from 1 (see 'kern ls --help')\n")]
    [InlineData(
        "ls --bogus disk.img", "kern: ls: there is no option '--bogus'; a name that begins so stands behind '--'")]
    [InlineData("cat disk.img -x", "kern: cat: there is no option '-x'; a name that begins so stands behind '--'")]
    [InlineData("extract disk.img", "kern: extract: Option '--to' is required (see 'kern extract --help')\n")]
    [InlineData(
        "ls --digest md5 disk.img",
        "kern: ls: Argument 'md5' not recognized. Must be one of: 'sha256' (see 'kern ls --help')\n")]
    [InlineData("frobnicate", "kern: Unrecognized command or argument 'frobnicate' (see 'kern --help')\n")]
    [InlineData(
        "extract disk.img a b", "kern: extract: Unrecognized command or argument 'b' (see 'kern extract --help')\n")]
    public void A_wrong_command_line_is_one_line_and_status_2(string line, string error)
    {
        var run = CommandRun.On(new FakeVolume(), line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, run.Status);
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error, '\n');
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("ls", "")]
    [InlineData("info", "disk.img", "")]
    [InlineData("layout", "show", "", "disk.img")]
    [InlineData("layout", "check", "")]
    [InlineData("bpf", "verify", "")]
    public void No_file_has_an_empty_name(params string[] arguments)
    {
        var run = CommandRun.On(new FakeVolume(), arguments);

        Assert.Equal(2, run.Status);
        Assert.Contains("the name of a file is not empty", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error, '\n');
    }

    [Theory]
    [InlineData("info")]
    [InlineData("ls")]
    [InlineData("cat")]
    [InlineData("extract")]
    [InlineData("check")]
    [InlineData("mtree")]
    [InlineData("layout")]
    [InlineData("completion")]
    public void Every_verb_explains_itself_and_completes(string verb)
    {
        var help = CommandRun.On(new FakeVolume(), verb, "--help");
        var words = CommandRun.On(new FakeVolume(), $"[suggest:{verb.Length + 3}]", $"{verb} --");

        Assert.Equal(0, help.Status);
        Assert.Contains($"kern {verb}", help.Text, StringComparison.Ordinal);
        Assert.Contains("--help", words.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_lists_its_verbs()
    {
        var run = CommandRun.On(new FakeVolume(), "--help");

        Assert.Equal(0, run.Status);
        Assert.All(new[] { "info", "ls", "cat", "extract", "check", "mtree" },
            verb => Assert.Contains($"  {verb} ", run.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_scripts_ask_the_command(string shell) =>
        Assert.Contains(
            "[suggest:", CommandRun.On(new FakeVolume(), "completion", shell).Text, StringComparison.Ordinal);

    [Fact]
    public void A_slash_h_is_a_path_and_an_at_sign_part_of_a_name()
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "h", "content");

        Assert.Equal("content", CommandRun.On(volume, "cat", "@disk.img", "/h").Text);
    }

    [Fact]
    public void A_name_that_begins_like_an_option_stands_behind_two_dashes()
    {
        var volume = new FakeVolume();
        volume.AddFile(volume.Root, "-x", "content");

        Assert.Equal("content", CommandRun.On(volume, "cat", "disk.img", "--", "-x").Text);
    }

    [Fact]
    public void A_missing_path_is_status_1()
    {
        var run = CommandRun.On(new FakeVolume(), "ls", "disk.img", "no/such\n");

        Assert.Equal(1, run.Status);
        Assert.StartsWith("kern: disk.img: 'no/such\\012'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Debug_shows_where_an_error_arose()
    {
        var quiet = CommandRun.On(new FakeVolume(), "ls", "disk.img", "gone");
        var loud = CommandRun.On(new FakeVolume(), "ls", "disk.img", "gone", "--debug");

        Assert.DoesNotContain("   at ", quiet.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", loud.Error, StringComparison.Ordinal);
    }
}
