using KernKit.Volumes.Ufs.Check;
using Offsets = KernKit.Volumes.Layouts.Ufs.SuperblockView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>A volume whose superblock is damaged, and which is read by the copy of a group.</summary>
public class ReplacedSuperblockTests
{
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void What_is_wrong_with_the_superblock_is_said_and_all_else_is_checked(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        var home = subject.SuperblockOffset;
        var copy = g.ByteOffset(g.GroupStart(2) + g.SuperblockAt);
        subject.Poke(home + Offsets.Bshift, 4, 3);
        subject.Add(subject.Find("hard").Offset + subject.NlinkAt, 2, 1);

        var findings = new List<CheckFinding>();
        var summary = subject.Check(findings.Add, superblockOffset: copy);

        Assert.Equal(
            [
                (CheckRule.LinkCount, $"inode {subject.Find("hard").Number}.nlink"),
                (CheckRule.SuperblockAlternate, "superblock.bshift"),
                (CheckRule.SuperblockGeometry, "superblock.bshift"),
            ],
            findings.Select(f => (f.Rule, f.Structure)).Order());
        Assert.All(findings.Take(2), f => Assert.Equal(home + Offsets.Bshift, f.Offset));
        Assert.Contains(summary.Unchecked, n => n.StartsWith("totals of the superblock", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs2Names), MemberType = typeof(Subject))]
    public void A_superblock_that_claims_the_most_groups_that_inode_numbers_reach_is_compared_to_the_end(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        subject.ClaimGroups(134_217_727);
        subject.Poke(subject.SuperblockOffset + Offsets.Ipg, 4, 32);
        subject.Poke(subject.SuperblockOffset + Offsets.Cssize, 4, 2_147_483_632);

        var findings = new List<CheckFinding>();
        subject.Check(findings.Add, superblockOffset: g.ByteOffset(g.GroupStart(1) + g.SuperblockAt));

        Assert.Contains(findings, f => f is { Rule: CheckRule.SuperblockAlternate, Structure: "superblock.ncg" });
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_superblock_without_magic_is_one_finding(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        subject.Image.AsSpan((int)subject.SuperblockOffset, 1376).Clear();

        var findings = new List<CheckFinding>();
        subject.Check(findings.Add, superblockOffset: g.ByteOffset(g.GroupStart(1) + g.SuperblockAt));

        var finding = Assert.Single(findings);
        Assert.Equal(
            ("superblock.magic", subject.SuperblockOffset + Offsets.Magic), (finding.Structure, finding.Offset));
    }
}
