using System.Text.RegularExpressions;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Volumes that makefs makes with other options: all clean. Needs makefs, and for the counts Sleuthkit's
/// fsstat.</summary>
[Trait("needs", "makefs")]
public class MadeImageTests(MadeTree tree) : IClassFixture<MadeTree>
{
    public static TheoryData<string, string> Options()
    {
        var data = new TheoryData<string, string>();
        foreach (var sizes in new[]
        {
            "bsize=4096,fsize=512", "bsize=4096,fsize=4096", "bsize=8192,fsize=1024", "bsize=16384,fsize=2048",
            "bsize=32768,fsize=4096", "bsize=65536,fsize=8192", "bsize=65536,fsize=65536",
        })
        {
            foreach (var version in new[] { 1, 2 })
            {
                foreach (var more in new[] { "", ",maxbpcg=800", ",density=16384" })
                {
                    data.Add(version == 1 ? "be" : "le", $"version={version},{sizes}{more}");
                    data.Add(version == 1 ? "le" : "be", $"version={version},{sizes}{more}");
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void A_volume_of_any_shape_that_makefs_makes_is_clean(string order, string options)
    {
        var path = tree.Make("clean.img", order, options);
        Assert.Empty(Subject.Open(File.ReadAllBytes(path)).Findings());
    }

    // Most of the volume is directories of one fragment each.
    [Theory]
    [InlineData("le", "version=2,bsize=16384,fsize=2048")]
    [InlineData("be", "version=1,bsize=65536,fsize=8192")]
    public void A_volume_full_of_small_directories_is_clean(string order, string options)
    {
        using var many = new MadeTree(directoriesOnly: 150);
        Assert.Empty(Subject.Open(File.ReadAllBytes(many.Make("many.img", order, options))).Findings());
    }

    // Sleuthkit finds the superblock of UFS1 where Debian's makefs puts it, in both byte orders.
    [Theory]
    [InlineData("le", "version=1,bsize=8192,fsize=1024")]
    [InlineData("be", "version=1,bsize=16384,fsize=2048,maxbpcg=800")]
    public void Counts_are_those_of_fsstat(string order, string options)
    {
        var path = tree.Make("counts.img", order, options);
        var counts = Subject.Open(File.ReadAllBytes(path)).Check(_ => { }).Counts.ToDictionary(c => c.Name, c =>
            c.Count);
        var text = Programs.Run("fsstat", "-f", "ufs", path);

        Assert.Equal(Number(text, "Num of Directories"), counts["directories"]);
        Assert.Equal(Number(text, "Num of Avail Inodes"), counts["inodes_free"]);
        Assert.Equal(Number(text, "Num of Avail Full Blocks"), counts["blocks_free"]);
        Assert.Equal(Number(text, "Number of Cylinder Groups"), counts["cylinder_groups"]);
        var perBlock = Number(text, "Block Size") / Number(text, "Fragment Size");
        Assert.Equal(
            (Number(text, "Num of Avail Full Blocks") * perBlock) + Number(text, "Num of Avail Fragments"),
            counts["fragments_free"]);
    }

    private static long Number(string text, string label) =>
        long.Parse(Regex.Match(text, label + @": (\d+)").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
}
