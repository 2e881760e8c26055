using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>What every volume of every format keeps to. An implementation says how to open one and what it
/// holds.</summary>
public abstract class VolumeSpec
{
    /// <summary>What the volume holds.</summary>
    protected abstract Manifest Expected { get; }

    [Fact]
    public void A_walk_finds_each_entry_of_the_manifest_in_order_and_nothing_else()
    {
        using var volume = Open();
        var found = Reading.Walk(volume).ConvertAll(entry => Reading.Text(entry.Path));
        Assert.Equal(Expected.Entries.Select(entry => Reading.Text(entry.Path)), found);
    }

    [Fact]
    public void Every_attribute_equals_the_manifest()
    {
        using var volume = Open();
        Assert.Equal(Expected.Format, volume.Format);
        var found = Reading.Walk(volume);
        foreach (var (expected, (_, actual)) in Expected.Entries.Zip(found))
        {
            Comparison.RequireEqual(expected, actual);
        }
    }

    [Fact]
    public void Every_content_has_the_digest_of_the_manifest()
    {
        using var volume = Open();
        foreach (var (expected, (path, actual)) in Expected.Entries.Zip(Reading.Walk(volume)))
        {
            if (expected.Sha256 is not null)
            {
                Assert.Equal((Reading.Text(path), expected.Sha256),
                    (Reading.Text(path), Reading.Digest(volume.OpenContent(actual))));
            }
        }
    }

    [Fact]
    public void Every_symbolic_link_has_the_target_of_the_manifest()
    {
        using var volume = Open();
        foreach (var (expected, (_, actual)) in Expected.Entries.Zip(Reading.Walk(volume)))
        {
            if (expected.Target is not null)
            {
                Assert.Equal(expected.Target, volume.ReadLink(actual));
            }
        }
    }

    [Fact]
    public void Names_of_one_file_lead_to_one_node_and_other_names_to_others()
    {
        using var volume = Open();
        var groups = new Dictionary<int, ulong>();
        var ids = new HashSet<ulong>();
        foreach (var (expected, (_, actual)) in Expected.Entries.Zip(Reading.Walk(volume)))
        {
            if (expected.LinkGroup > 0 && groups.TryGetValue(expected.LinkGroup, out var id))
            {
                Assert.Equal(id, actual.Id);
                continue;
            }

            Assert.True(ids.Add(actual.Id), $"{Reading.Text(expected.Path)} shares its node with another");
            groups[expected.LinkGroup] = actual.Id;
        }
    }

    [Fact]
    public void Extents_cover_each_file_once_from_start_to_end()
    {
        using var volume = Open();
        foreach (var (path, attributes) in Reading.Walk(volume))
        {
            if (attributes.Type != NodeType.File)
            {
                continue;
            }

            var content = volume.OpenContent(attributes);
            var offset = 0L;
            var last = ExtentKind.Encoded;
            while (content.TryGetExtent(offset, out var extent))
            {
                Assert.Equal(offset, extent.FileOffset);
                Assert.InRange(extent.Length, 1, content.Length - offset);
                Assert.False(last == ExtentKind.Hole
                    && extent.Kind == ExtentKind.Hole, $"{Reading.Text(path)}: a hole in two parts");
                last = extent.Kind;
                offset += extent.Length;
            }

            Assert.Equal(attributes.Size, offset);
        }
    }

    [Fact]
    public void A_read_at_any_offset_gives_the_bytes_that_a_read_of_all_gives()
    {
        using var volume = Open();
        var random = new Random(1954);
        foreach (var (path, attributes) in Reading.Walk(volume).Where(entry =>
            entry.Attributes is { Type: NodeType.File, Size: > 0 }))
        {
            var content = volume.OpenContent(attributes);
            var all = Reading.All(content);
            for (var i = 0; i < 8; i++)
            {
                var offset = random.Next(all.Length);
                var buffer = new byte[random.Next(1, 40000)];
                var count = content.Read(offset, buffer);
                Assert.Equal(Math.Min(buffer.Length, all.Length - offset), count);
                Assert.True(all.AsSpan(offset, count).SequenceEqual(buffer.AsSpan(0, count)),
                    $"{Reading.Text(path)} at {offset}");
            }

            Assert.Equal(0, content.Read(content.Length, new byte[1]));
        }
    }

    [Fact]
    public void Every_path_is_found_and_a_missing_one_is_refused()
    {
        using var volume = Open();
        foreach (var (path, attributes) in Reading.Walk(volume).Where((_, index) => index % 7 == 0))
        {
            Assert.Equal(attributes.Id, volume.Find(path).Id);
        }

        var error = Assert.Throws<VolumeException>(() => volume.Find("no/such/path"u8));
        Assert.Equal(VolumeError.NotFound, error.Error);
    }

    [Fact]
    public void Facts_begin_with_the_byte_order_and_have_unique_names()
    {
        using var volume = Open();
        var facts = volume.Describe();
        Assert.Equal("byte_order", facts[0].Name);
        Assert.Equal(facts.Count, facts.Select(fact => fact.Name).Distinct().Count());
        Assert.All(facts, fact => Assert.True(
            fact.Value is string or long or ulong or bool or string[] or long[],
                $"{fact.Name} is a {fact.Value.GetType()}"));
    }

    [Fact]
    public void Two_threads_read_the_same_at_once()
    {
        using var volume = Open();
        var expected = Expected.Entries.Length;
        var counts = new int[4];
        Parallel.For(0, counts.Length, i => counts[i] = Reading.Walk(volume).Count);
        Assert.All(counts, count => Assert.Equal(expected, count));
    }

    /// <summary>Opens the volume.</summary>
    protected abstract Volume Open();
}
