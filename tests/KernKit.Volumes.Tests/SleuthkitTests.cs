using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>An independent reader sees the same: entries by fls, contents by icat.</summary>
public sealed class SleuthkitTests
{
    [Theory]
    [InlineData("ufs1-le-small")]
    [InlineData("ufs1-be-small")]
    [InlineData("ufs2-le-fbsd")]
    public void Entries_inodes_and_contents_are_those_that_sleuthkit_reads(string image)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("image");
        File.WriteAllBytes(path, TestImage.Bytes(image));
        using var volume = Volume.Open(FileDevice.Open(path));
        var ours = Reading.Walk(volume);
        var entries = ours.Where(entry => entry.Path.Length > 0 && Plain(entry.Path))
            .ToDictionary(entry => Reading.Text(entry.Path), entry => entry.Attributes.Id);
        var theirs = Tool.Run("fls", "-r", "-p", "-u", path).Split('\n')
            .Select(Parse).Where(entry =>
                entry.Name.Length > 0 && entry.Name[0] != '$' && entries.ContainsKey(entry.Name))
            .ToDictionary(entry => entry.Name, entry => entry.Inode);
        Assert.Equal(entries.Count, theirs.Count);
        Assert.All(theirs, entry => Assert.Equal(entries[entry.Key], entry.Value));
        foreach (
            var (name, node) in ours.Where((entry, index) => entry.Attributes.Type == NodeType.File && index % 9 == 0))
        {
            var content = Tool.RunForBytes("icat", "", path, node.Id.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(
                (Reading.Text(name), Convert.ToHexStringLower(SHA256.HashData(content))),
                (Reading.Text(name), Reading.Digest(volume.OpenContent(node))));
        }
    }

    /// <summary>fls prints names as they are, but for control characters and what is not UTF-8.</summary>
    private static bool Plain(byte[] path) => path.All(octet => octet is >= 0x20 and < 0x7f);

    /// <summary>A line such as "r/r 12:&#9;dir/name".</summary>
    private static (string Name, ulong Inode) Parse(string line)
    {
        var tab = line.IndexOf('\t', StringComparison.Ordinal);
        var head = tab < 0 ? "" : line[..tab];
        var number = head[(head.LastIndexOf(' ') + 1)..].TrimEnd(':');
        return ulong.TryParse(number, CultureInfo.InvariantCulture, out var inode) ? (line[(tab + 1)..], inode)
            : ("", 0);
    }
}
