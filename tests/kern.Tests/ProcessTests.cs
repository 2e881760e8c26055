using System.Diagnostics;

namespace KernKit.Command.Tests;

/// <summary>What only a process of its own can show: exit statuses, signals, pipes, the environment.</summary>
public sealed class ProcessTests(MadeImage image) : IClassFixture<MadeImage>
{
    private static string Kern => Path.Combine(AppContext.BaseDirectory, "kern");

    [Fact]
    public void A_reader_that_goes_away_ends_the_command_quietly()
    {
        var (_, output, error) = Programs.Run(
            "bash", "-c", $"'{Kern}' ls -R '{image.Path}' | head -n 1; echo ${{PIPESTATUS[0]}}");

        Assert.Equal("large\n141\n", output);
        Assert.Empty(error);
    }

    [Fact]
    public void A_full_output_is_status_4()
    {
        var (status, _, error) = Programs.Run("bash", "-c", $"'{Kern}' ls -R '{image.Path}' > /dev/full");

        Assert.Equal(4, status);
        Assert.Equal($"kern: {image.Path}: cannot write the output: No space left on device\n", error);
    }

    [Theory]
    [InlineData("--help > /dev/full", "No space left on device")]
    [InlineData("ls --help > /dev/full", "No space left on device")]
    [InlineData("--version > /dev/full", "No space left on device")]
    [InlineData("--help >&-", "Bad file descriptor")]
    public void Help_that_cannot_be_written_is_status_4(string arguments, string reason)
    {
        var (status, _, error) = Programs.Run("bash", "-c", $"'{Kern}' {arguments}");

        Assert.Equal(4, status);
        Assert.Equal($"kern: kern: cannot write the output: {reason}\n", error);
    }

    [Fact]
    public void Output_is_appended_to_what_a_redirected_file_holds()
    {
        using var directory = new TemporaryDirectory();
        Programs.Output(
            "bash", "-c", $"(echo before; '{Kern}' ls '{image.Path}'; echo after) > '{directory["out"]}'");

        Assert.Equal("before\nlarge\nmany\nafter\n", File.ReadAllText(directory["out"]));
    }

    [Fact]
    public void A_target_that_has_neither_links_nor_modes_gets_all_else()
    {
        using var directory = new TemporaryDirectory();
        Programs.Run("mkdir", directory["tree"]);
        File.WriteAllText(directory["tree/a"], "content");
        Programs.Output("ln", directory["tree/a"], directory["tree/b"]);
        File.CreateSymbolicLink(directory["tree/c"], "a");
        File.WriteAllText(directory["tree/d"], "more");
        Programs.Output("makefs", "-t", "ffs", "-M", "2m", directory["image"], directory["tree"]);

        // What FAT answers; the mask keeps new files from having the right mode by themselves.
        var (status, _, error) = Programs.Run(
            "sh", "-c", "umask 077; exec \"$@\"", "sh",
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=symlinkat,linkat,fchmod:error=EPERM",
            Kern, "extract", directory["image"], "--to", directory["out"]);

        Assert.Equal(4, status);
        Assert.Contains(": b: cannot create a hard link: Operation not permitted", error, StringComparison.Ordinal);
        Assert.Contains(": c: cannot create a symbolic link: Operation not permit", error, StringComparison.Ordinal);
        Assert.Contains("note: modes of 3 entries were not restored", error, StringComparison.Ordinal);
        Assert.Equal("content", File.ReadAllText(directory["out/a"]));
        Assert.Equal("more", File.ReadAllText(directory["out/d"]));
    }

    [Theory]
    [InlineData("ls", 2)]
    [InlineData("ls IMAGE no/such", 1)]
    [InlineData("ls /no/such.img", 4)]
    [InlineData("ls /dev/null", 4)]
    [InlineData("ls /", 4)]
    [InlineData("ls IMAGE", 0)]
    [InlineData("check IMAGE", 0)]
    [InlineData("ls IMAGE --partition 1", 1)]
    public void Exit_statuses_are_those_of_the_contract(string line, int expected)
    {
        var (status, _, error) = Programs.Run(
            Kern, line.Replace("IMAGE", image.Path, StringComparison.Ordinal).Split(' '));

        Assert.True(status == expected, $"{line}: {status}, {error}");
        Assert.Equal(expected == 0 ? 0 : 1, error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1", false)]
    [InlineData("TERM=dumb", false)]
    public void A_terminal_has_colours_unless_the_user_says_no(string setting, bool colored)
    {
        // script(1) gives the command a terminal.
        var (_, output, _) = Programs.Run(
            "script", "-qec", $"env -u NO_COLOR TERM=xterm {setting} '{Kern}' ls '{image.Path}'", "/dev/null");

        Assert.Equal(colored, output.Contains('\e'));
        Assert.Contains("many", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130, "new")]
    [InlineData("TERM", 143, "there")]
    [InlineData("INT", 130, "x.tar")]
    public void A_signal_during_an_extraction_leaves_nothing(string signal, int status, string target)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["there"]);
        using var process = Process.Start(
            new ProcessStartInfo(Kern, ["extract", image.Path, "--to", directory[target]]))!;
        string? Staging() => Directory.EnumerateFileSystemEntries(
            directory.Path, ".kern-*", new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true })
                .FirstOrDefault();
        while (Staging() is null && !process.HasExited)
        {
            Thread.Yield();
        }

        // Stopped first, so that it cannot end between the look and the signal.
        Programs.Output("kill", "-STOP", process.Id.ToString());
        Assert.NotNull(Staging());
        Programs.Output("kill", $"-{signal}", process.Id.ToString());
        Programs.Output("kill", "-CONT", process.Id.ToString());
        process.WaitForExit();

        Assert.Equal(status, process.ExitCode);
        Assert.Equal(["there"], directory.Names);
        Assert.Empty(Directory.GetFileSystemEntries(directory["there"]));
    }

    [Theory]
    [InlineData("umask 077")]
    [InlineData("umask 0; chgrp 7 .; chmod g+s .")]
    public void Owners_and_modes_do_not_depend_on_the_users_mask_and_the_targets_group(string before)
    {
        using var directory = new TemporaryDirectory();
        var run = Programs.Run(
            "sh", "-c", $"cd '{directory.Path}' && {before} && exec '{Kern}' extract '{image.Path}' --to out");

        Assert.Equal((0, ""), (run.Status, run.Error));
        string Attributes(string tree) => Programs.Output(
            "sh", "-c", $"cd '{tree}' && find . -printf '%m %U:%G %p\n' | LC_ALL=C sort -k3");
        Assert.Equal(Attributes(image.Tree), Attributes(directory["out"]));
    }

    [Fact]
    public void An_argument_that_is_not_utf8_reaches_the_volume()
    {
        var (status, _, error) = Programs.Run("bash", "-c", $"'{Kern}' cat '{image.Path}' $'no\\xe9'");

        Assert.Equal(1, status);
        Assert.Contains("no\\351", error, StringComparison.Ordinal);
    }
}
