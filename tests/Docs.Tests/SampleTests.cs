using System.Diagnostics;

namespace Docs.Tests;

/// <summary>The samples that are programs of the solution do what their first lines say.</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("samples/disk.img", "da0s1a", 0, "etc/fstab:62\n")]
    [InlineData("samples/disk.img", "Six projects", 0, "home/dillon/research.txt:0\nusr/share/doc/research.txt:0\n")]
    [InlineData("samples/disk.img", "no such text", 1, "")]
    [InlineData("README.md", "kern", 2, "")]
    public void Volumes_grep_finds_files_by_their_text(string image, string text, int status, string output) =>
        Assert.Equal((status, output), Run("volumes-grep", image, text));

    [Theory]
    [InlineData("side == BUY && price * quantity > 1M && symbol ~ \"AC*\"", 0, "1:yes 2:no 3:no 1 of 3\n")]
    [InlineData("symbol ~ \"AC?E\" && id != 2", 0, "1:yes 2:no 3:yes 2 of 3\n")]
    [InlineData("sides == BUY", 2, "")]
    public void Predicates_accepts_orders_by_a_condition(string condition, int status, string output) =>
        Assert.Equal((status, output), Run("predicates", condition));

    [Fact]
    public void Bpf_flows_counts_in_a_map_and_reads_it_in_place() => Assert.Equal(
        (0, "kept 1650 octets\nprotocol 6: 2 packets, 1560 octets\nprotocol 17: 1 packets, 90 octets\n"
            + "protocol 6: 1 packet\n"),
        Run("bpf-flows"));

    [Fact]
    public void A_sample_is_short() => Assert.All(
        Directory.GetFiles(Path.Join(Pages.Root, "samples"), "*.cs", SearchOption.AllDirectories),
        static path => Assert.InRange(File.ReadAllLines(path).Length, 1, 119));

    private static (int Status, string Output) Run(string name, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, name), arguments)
        {
            WorkingDirectory = Pages.Root,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
