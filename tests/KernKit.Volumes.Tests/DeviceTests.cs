using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Files, parts of devices, and the cache above them.</summary>
public sealed class DeviceTests
{
    [Fact]
    public void A_file_is_read_at_any_offset_and_not_beyond_its_end()
    {
        using var directory = new TemporaryDirectory();
        var bytes = new byte[100_003];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(directory.File("image"), bytes);
        using var device = FileDevice.Open(directory.File("image"));
        Assert.Equal(bytes.Length, device.Length);
        var buffer = new byte[5000];
        device.Read(95_003, buffer);
        Assert.Equal(bytes[95_003..], buffer);
        var error = Assert.Throws<VolumeException>(() => device.Read(95_004, buffer));
        Assert.Equal((VolumeError.Damaged, 95_004L), (error.Error, error.Offset));
        Assert.Throws<VolumeException>(() => device.Read(-1, buffer));
        Assert.Throws<VolumeException>(() => device.Read(long.MaxValue, buffer));
    }

    [Fact]
    public void What_cannot_be_an_image_is_refused_by_name()
    {
        using var directory = new TemporaryDirectory();
        Tool.Run("mkfifo", directory.File("pipe"));
        File.WriteAllBytes(directory.File("empty"), []);
        foreach (var (path, expected) in ((string, string)[])
            [(directory.File("none"), "does not exist"), ("\uDCFF", "is not UTF-8"), (directory.Path, "is a directory"),
                (directory.File("pipe"), "is a pipe"), ("/dev/zero", "is a character device"),
                (directory.File("empty"), "is empty")])
        {
            var error = Assert.Throws<VolumeException>(() => FileDevice.Open(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
            Assert.Equal(expected == "is empty" ? VolumeError.Unsupported : VolumeError.System, error.Error);
        }
    }

    [Fact]
    public void A_part_of_a_device_is_cut_where_the_device_ends()
    {
        var parent = new MemoryDevice([.. Enumerable.Range(0, 100).Select(i => (byte)i)]);
        var part = new SliceDevice(parent, "part", 90, 50);
        Assert.Equal(10, part.Length);
        var buffer = new byte[3];
        part.Read(7, buffer);
        Assert.Equal<byte>([97, 98, 99], buffer);
        Assert.Throws<VolumeException>(() => part.Read(8, new byte[3]));
        Assert.Throws<VolumeException>(() => new SliceDevice(parent, "part", 101, 1));
        part.Dispose();
        Assert.True(parent.IsDisposed);
    }

    [Fact]
    public void The_cache_gives_the_bytes_of_the_device_wherever_a_run_lies()
    {
        var bytes = new byte[(3 << 20) + 777];
        new Random(2).NextBytes(bytes);
        var cache = new BlockCache(new MemoryDevice(bytes), 16384);
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var offset = random.Next(bytes.Length);
            var count = random.Next(Math.Min(bytes.Length - offset, 20_000));
            using var lease = cache.Borrow(offset, count);
            Assert.True(lease.Bytes.SequenceEqual(bytes.AsSpan(offset, count)), $"{count} bytes at {offset}");
        }

        Assert.Throws<VolumeException>(() => cache.Borrow(bytes.Length - 5, 6).Dispose());
    }

    [Fact]
    public void The_cache_reads_each_cluster_once_while_it_has_room()
    {
        var bytes = new byte[2 << 20];
        var device = new MemoryDevice(bytes);
        var cache = new BlockCache(device, 16384);
        for (var round = 0; round < 3; round++)
        {
            for (var offset = 0; offset < bytes.Length; offset += 256)
            {
                cache.Borrow(offset, 256).Dispose();
            }
        }

        Assert.InRange(device.ReadBytes, bytes.Length, bytes.Length * 2L);
    }

    [Fact]
    public void Threads_that_share_a_cache_each_see_the_bytes_of_the_device()
    {
        var bytes = new byte[24 << 20];
        new Random(4).NextBytes(bytes);
        var cache = new BlockCache(new MemoryDevice(bytes), 16384);
        Parallel.For(0, 4, thread =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 30_000; i++)
            {
                var offset = random.Next(bytes.Length - 512);
                using var lease = cache.Borrow(offset, 512);
                Assert.True(lease.Bytes.SequenceEqual(bytes.AsSpan(offset, 512)));
            }
        });
    }
}
