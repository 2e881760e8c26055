using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Images that makefs makes now, over its options, against the tree they were made from.</summary>
public sealed class MakefsTests
{
    private static readonly SourceTree _tree = SourceTree.Varied();

    public static TheoryData<int, string, int, int> Shapes()
    {
        var shapes = new TheoryData<int, string, int, int>();
        foreach (var version in (int[])[1, 2])
        {
            foreach (var order in (string[])["le", "be"])
            {
                foreach (var block in (int[])[4096, 8192, 16384, 32768, 65536])
                {
                    foreach (var ratio in (int[])[1, 2, 4, 8])
                    {
                        shapes.Add(version, order, block, block / ratio);
                    }
                }
            }
        }

        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_of_volume_equals_the_tree_it_was_made_from(int version, string order, int block,
        int fragment)
    {
        var image = _tree.Make("-B", order, "-o", $"version={version},bsize={block},fsize={fragment},density=1024",
            "-b", "10%", "-M", $"{Math.Max(12 << 20, 400 * fragment)}");
        using var volume = Volume.Open(new MemoryDevice(image));
        Comparison.RequireEqual(_tree.Manifest($"ufs{version}"), volume);
        var facts = volume.Describe().ToDictionary(fact => fact.Name, fact => fact.Value);
        Assert.Equal(order == "le" ? "little" : "big", facts["byte_order"]);
        Assert.Equal((long)block, facts["block_size"]);
        Assert.Equal((long)fragment, facts["fragment_size"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Several_cylinder_groups_are_one_volume(int version)
    {
        var image = _tree.Make("-o", $"version={version},bsize=4096,fsize=512,maxbpcg=200,density=2048", "-M", "12m");
        using var volume = Volume.Open(new MemoryDevice(image));
        var groups = volume.Describe().Single(fact => fact.Name == "cylinder_groups").Value;
        Assert.InRange((long)groups, 5, 1000);
        Comparison.RequireEqual(_tree.Manifest($"ufs{version}"), volume);
    }

    [Theory]
    [InlineData(1, "be")]
    [InlineData(2, "le")]
    public void A_directory_of_thirty_thousand_entries_is_listed_whole(int version, string order)
    {
        var tree = new SourceTree();
        tree.Directory("many");
        for (var i = 0; i < 30_000; i++)
        {
            tree.Empty($"many/file-{i:d6}-{new string('x', i % 60)}");
        }

        var image = tree.Make("-B", order, "-o", $"version={version},bsize=8192,fsize=1024,density=512", "-M", "40m");
        using var volume = Volume.Open(new MemoryDevice(image));
        Comparison.RequireEqual(tree.Manifest($"ufs{version}"), volume);
        Assert.InRange(volume.Find("many"u8).Size, 12 * 8192, long.MaxValue);
    }

    [Fact]
    public void A_second_image_of_the_same_tree_differs_only_in_its_times_of_making()
    {
        var first = Volume.Open(new MemoryDevice(_tree.Make("-o", "version=2", "-f", "100")));
        var second = Volume.Open(new MemoryDevice(_tree.Make("-o", "version=2", "-f", "100")));
        string[] own = ["uuid", "last_written"];
        Assert.Equal(
            first.Describe().Where(fact => !own.Contains(fact.Name)).Select(fact => (fact.Name, Text(fact.Value))),
            second.Describe().Where(fact => !own.Contains(fact.Name)).Select(fact => (fact.Name, Text(fact.Value))));
        first.Dispose();
        second.Dispose();
    }

    private static string Text(object value) => value is string[] list ? string.Join(',', list) : $"{value}";
}
