using KernKit.Volumes;

namespace KernKit.Command.Tests;

public sealed class CatTests
{
    [Fact]
    public void Content_comes_out_byte_by_byte_with_zeros_for_holes()
    {
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "sparse", "");
        file.Attributes = file.Attributes with { Size = 3_000_000 };
        file.Pieces = [(1_500_000, [1, 2, 3])];

        var run = CommandRun.On(volume, "cat", "disk.img", "sparse");

        Assert.Equal((0, 3_000_000), (run.Status, run.Output.Length));
        Assert.Equal(
            [1_500_000, 1_500_001, 1_500_002], Enumerable.Range(0, run.Output.Length).Where(i => run.Output[i] != 0));
    }

    [Fact]
    public void A_directory_and_a_link_are_refused_with_what_they_are()
    {
        var volume = new FakeVolume();
        volume.AddDirectory(volume.Root, "d");
        volume.AddLink(volume.Root, "l", "to/there");

        Assert.Contains(
            "is a directory", CommandRun.On(volume, "cat", "disk.img", "d").Error, StringComparison.Ordinal);
        Assert.Contains(
            "'/' is a directory", CommandRun.On(volume, "cat", "disk.img", "/").Error, StringComparison.Ordinal);
        var link = CommandRun.On(volume, "cat", "disk.img", "l");
        Assert.Contains("a symbolic link to 'to/there'", link.Error, StringComparison.Ordinal);
        Assert.Equal(1, link.Status);
    }

    [Fact]
    public void Damage_in_the_middle_is_never_a_silent_short_output()
    {
        var volume = new FakeVolume();
        var file = volume.AddFile(volume.Root, "f"u8.ToArray(), new byte[4 << 20]);
        file.DamagedFrom = 2 << 20;

        var run = CommandRun.On(volume, "cat", "disk.img", "f");

        Assert.Equal((3, 2 << 20), (run.Status, run.Output.Length));
        Assert.Equal("kern: disk.img: f: offset 0x99 (inode.db[1]): points outside the volume\n", run.Error);
    }

    [Fact]
    public void A_refusal_of_the_system_is_status_4()
    {
        var volume = new FakeVolume
        { OnRead = () => throw new VolumeException(VolumeError.System, "Input/output error") };
        volume.AddFile(volume.Root, "f", "x");

        Assert.Equal(4, CommandRun.On(volume, "cat", "disk.img", "f").Status);
    }
}
