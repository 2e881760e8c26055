using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>The hot paths allocate nothing: memory is counted, not guessed.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData("ufs1-le-full")]
    [InlineData("ufs2-be-full")]
    public void A_second_walk_allocates_nothing_for_an_entry(string image)
    {
        using var volume = Volume.Open(TestImage.Device(image));
        var first = Walk(volume, out var entries);
        var second = Walk(volume, out _);
        Assert.InRange(entries, 5000, 10_000);

        // A walk has its own buffers; they grow with the largest directory, not with the number of entries.
        Assert.InRange(second, 0, 1 << 20);
        Assert.InRange(first, 0, 12 << 20);
        var largest = volume.Find("many"u8);
        var listing = new DirectoryListing();
        volume.ReadDirectory(largest, listing);
        Assert.Equal(0, Count(() => Fill(volume, largest, listing)));
    }

    [Theory]
    [InlineData("name == \"*.c\" && depth > 1")]
    [InlineData("size > 4096 || uid != 0 && type == file")]
    [InlineData("dinode.flags != 0 || path == \"*7\"")]
    public void A_condition_costs_a_walk_no_memory_for_an_entry(string condition)
    {
        using var volume = Volume.Open(TestImage.Device("ufs2-be-full"));
        using var filter = new EntryFilter(volume, condition);
        Walk(volume, out _, filter);
        var plain = Walk(volume, out var entries);
        var filtered = Walk(volume, out _, filter);
        Assert.InRange(filtered - plain, -entries, entries / 2);
    }

    [Theory]
    [InlineData("ufs1-be-small")]
    [InlineData("ufs2-le-small")]
    public void Attributes_of_a_node_cost_no_memory(string image)
    {
        using var volume = Volume.Open(TestImage.Device(image));
        var ids = Reading.Walk(volume).ConvertAll(entry => entry.Attributes.Id);
        Assert.Equal(0, Count(() => Sum(volume, ids)));
    }

    [Fact]
    public void Reading_a_large_file_costs_no_memory()
    {
        using var volume = Volume.Open(TestImage.Device("ufs1-le-full"));
        var content = volume.OpenContent(volume.Find("large/text18m"u8));
        var buffer = new byte[65536];
        Assert.Equal(0, Count(() => ReadAll(content, buffer)));
    }

    private static long Walk(Volume volume, out int entries, EntryFilter? filter = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var walk = new VolumeWalk(volume, [], true, true, static problem => throw problem.Error);
        var count = 0;
        while (walk.MoveNext())
        {
            count++;
            filter?.Accepts(walk);
        }

        entries = count;
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Bytes that a second call allocates; the first one may compile and fill caches.</summary>
    private static long Count(Action action)
    {
        action();
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Fill(Volume volume, in NodeAttributes directory, DirectoryListing listing)
    {
        listing.Clear();
        volume.ReadDirectory(directory, listing);
    }

    private static ulong Sum(Volume volume, List<ulong> ids)
    {
        var sum = 0UL;
        foreach (var id in ids)
        {
            sum += volume.GetAttributes(id).Id;
        }

        return sum;
    }

    private static void ReadAll(FileContent content, byte[] buffer)
    {
        var offset = 0L;
        int count;
        while ((count = content.Read(offset, buffer)) > 0)
        {
            offset += count;
        }
    }
}
