using KernKit.Bpf;
using KernKit.Command.Verbs.Bpf;

namespace KernKit.Command.Tests;

/// <summary><c>kern bpf run --pcap</c>.</summary>
public sealed class BpfPcapTests
{
    private const string Loop = "r0 = 100\nagain: r0 -= 1\nif r0 != 0 goto again\nr0 = 1\nexit\n";

    [Fact]
    public void Fuel_that_is_given_counts_and_that_of_the_type_otherwise()
    {
        using var directory = new TemporaryDirectory();
        var arguments = Capture(directory, Loop);
        var run = CommandRun.Of(arguments);
        Assert.Equal((0, "1 1\n2 1\n", ""), (run.Status, run.Text, run.Error));
        run = CommandRun.Of([.. arguments, "--fuel", "10"]);
        Assert.Equal((1, ""), (run.Status, run.Text));
        Assert.Contains("2 of 2 packets got the fallback; the last: out of fuel", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Captures_of_either_byte_order_are_read_and_cut_off_ones_refused()
    {
        using var directory = new TemporaryDirectory();
        var arguments = Capture(directory, "r0 = r2\nexit\n");
        var bytes = File.ReadAllBytes(directory["a.pcap"]);
        File.WriteAllBytes(directory["a.pcap"], bytes[..^1]);
        var run = CommandRun.Of(arguments);
        Assert.Equal((3, "1 3\n"), (run.Status, run.Text));
        Assert.Contains("offset 0x2b: packet 2 is cut off", run.Error, StringComparison.Ordinal);
        File.WriteAllBytes(directory["a.pcap"],
            Convert.FromHexString("a1b23c4d000200040000000000000000" + "0001000000000001"
                + "0000000000000000" + "000000010000000109"));
        Assert.Equal((0, "1 1\n"), (CommandRun.Of(arguments).Status, CommandRun.Of(arguments).Text));
        File.WriteAllBytes(directory["a.pcap"], new byte[30]);
        Assert.Contains("not a pcap file", CommandRun.Of(arguments).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_that_runs_no_captures_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var run = CommandRun.Of([.. Capture(directory, Loop), "--engine", "ahead"]);
        Assert.Equal(2, run.Status);
        Assert.Contains("--pcap takes --engine interpreter or compiled", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("interpreter")]
    [InlineData("compiled")]
    public void Unproved_checks_are_those_of_the_type_and_its_packets(string engine)
    {
        const string Source = """
            r2 = *(u32 *)(r1 + 76)
            r3 = *(u32 *)(r1 + 80)
            r4 = r2
            r4 += 2
            r0 = 0
            if r4 > r3 goto end
            r0 = *(u8 *)(r2 + 1)
            end: exit
            """;
        var type = ProgramTypes.Classifier;
        var content = System.Text.Encoding.UTF8.GetBytes(Source);
        var always = BpfCapture.Make("a.s", content, type, new BpfBatchOptions(EngineKind.Compiled, false, null));
        Assert.Empty(always.Machine.Facts);
        var unproved = BpfCapture.Make("a.s", content, type, new BpfBatchOptions(EngineKind.Compiled, true, null));
        var facts = Assert.Single(unproved.Machine.Facts);
        Assert.Equal(unproved.Program, facts.Program);
        Assert.All([0, 1, 6], slot => Assert.True(facts.IsAccessProved(slot)));
        using var directory = new TemporaryDirectory();
        var run = CommandRun.Of(
            [.. Capture(directory, Source), "--type", "tc", "--engine", engine, "--checks", "unproved"]);
        Assert.Equal((0, "1 2\n", ""), (run.Status, run.Text, run.Error));
    }

    [Fact]
    public void An_object_with_a_map_that_is_not_known_is_damaged_input()
    {
        using var directory = new TemporaryDirectory();
        var arguments = Capture(directory, "");
        var source = directory["a.c"];
        File.WriteAllText(source, """
            #define SECTION(name) __attribute__((section(name), used))
            struct { int (*type)[4]; int (*max_entries)[4]; int (*key_size)[4]; int (*value_size)[4]; } events
                SECTION(".maps");
            SECTION("packet") long f(void *memory, long length) { return (long)&events; }
            """);
        Programs.Output("clang-19", "-target", "bpf", "-O2", "-g", "-c", source, "-o", directory["program"]);
        var run = CommandRun.Of(arguments);
        Assert.Equal(3, run.Status);
        Assert.Contains("map 'events' is of kind 4, which is not known here", run.Error, StringComparison.Ordinal);
    }

    // Two packets: the bytes 1, 2, 3, and one byte alone.
    private static string[] Capture(TemporaryDirectory directory, string source)
    {
        File.WriteAllText(directory["program"], source);
        using var writer = new BinaryWriter(File.Create(directory["a.pcap"]));
        foreach (var word in new uint[] { 0xa1b2c3d4, 0x0004_0002, 0, 0, 65535, 1, 0, 0, 3, 3 })
        {
            writer.Write(word);
        }

        writer.Write([1, 2, 3]);
        foreach (var word in new uint[] { 1, 0, 1, 1 })
        {
            writer.Write(word);
        }

        writer.Write((byte)9);
        return ["bpf", "run", directory["program"], "--pcap", directory["a.pcap"]];
    }
}
