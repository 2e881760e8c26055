using System.Text;
using KernKit.Command.Images;
using KernKit.Volumes;

namespace KernKit.Command.Tests;

/// <summary>One run of the command in this process: what it printed and returned.</summary>
internal sealed record CommandRun(int Status, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line on real images.</summary>
    public static CommandRun Of(params string[] arguments) => On(new ImageFiles(), false, default, arguments);

    /// <summary>Runs a command line on a volume in memory, which every image name opens.</summary>
    public static CommandRun On(FakeVolume volume, params string[] arguments) =>
        On(new OneVolume(volume), false, default, arguments);

    /// <summary>The same with a terminal at both ends.</summary>
    public static CommandRun OnTerminal(FakeVolume volume, params string[] arguments) =>
        On(new OneVolume(volume), true, default, arguments);

    /// <summary>The same with a way to stop it.</summary>
    public static CommandRun Until(CancellationToken cancellation, FakeVolume volume, params string[] arguments) =>
        On(new OneVolume(volume), false, cancellation, arguments);

    /// <summary>Bytes that this thread allocates for a run whose output goes nowhere.</summary>
    public static long AllocatedBytes(FakeVolume volume, params string[] arguments)
    {
        var host = new CommandHost { Output = Stream.Null, Error = Stream.Null, Images = new OneVolume(volume) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(0, CommandTree.Run(arguments, host));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static CommandRun On(
        IImageSource images, bool terminal, CancellationToken cancellation, IReadOnlyList<string> arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var host = new CommandHost
        {
            Output = output,
            Error = error,
            Images = images,
            OutputIsTerminal = terminal,
            ErrorIsTerminal = terminal,
            ColorAllowed = terminal,
            Cancellation = cancellation,
        };
        var status = CommandTree.Run(arguments, host);
        return new CommandRun(status, output.ToArray(), Encoding.UTF8.GetString(error.ToArray()));
    }

    private sealed class OneVolume(FakeVolume volume) : IImageSource
    {
        public Volume OpenVolume(string image, int? partition) => partition is null or 1
            ? volume
            : throw new VolumeException(VolumeError.NotFound, $"there is no partition {partition}");

        public ImageContents Inspect(string image, int? partition) =>
            new(1 << 20, volume, [new PartitionContents(1, "gpt", 512, 4096, "FreeBSD UFS", "ro\not", "fake")], null);
    }
}
