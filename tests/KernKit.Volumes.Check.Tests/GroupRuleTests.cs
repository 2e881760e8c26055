using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs.Check;
using Offsets = KernKit.Volumes.Layouts.Ufs.CylinderGroupView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Each rule of a cylinder group, broken in group 1 of four.</summary>
public class GroupRuleTests
{
    private static readonly string[] Four = ["ufs1-le-groups", "ufs1-be-groups", "ufs2-le-groups", "ufs2-be-groups"];

    public static TheoryData<string, string, int, string> Fields()
    {
        var data = new TheoryData<string, string, int, string>();
        foreach (var (field, at, rule) in new[]
        {
            ("cgx", Offsets.Cgx, CheckRule.GroupHeader), ("ndblk", Offsets.Ndblk, CheckRule.GroupHeader),
            ("nclusterblks", Offsets.Nclusterblks, CheckRule.GroupHeader), ("rotor", Offsets.Rotor,
                CheckRule.GroupHeader),
            ("frotor", Offsets.Frotor, CheckRule.GroupHeader), ("irotor", Offsets.Irotor, CheckRule.GroupHeader),
            ("nextfreeoff", Offsets.Nextfreeoff, CheckRule.GroupOffsets),
            ("cs.ndir", Offsets.Cs + CsumView<LittleEndian>.Offsets.Ndir, CheckRule.GroupCounts),
            ("cs.nbfree", Offsets.Cs + CsumView<LittleEndian>.Offsets.Nbfree, CheckRule.GroupCounts),
            ("cs.nifree", Offsets.Cs + CsumView<LittleEndian>.Offsets.Nifree, CheckRule.GroupCounts),
            ("cs.nffree", Offsets.Cs + CsumView<LittleEndian>.Offsets.Nffree, CheckRule.GroupCounts),
            ("frsum[3]", Offsets.Frsum + 12, CheckRule.FragmentSums), ("frsum[0]", Offsets.Frsum,
                CheckRule.FragmentSums),
        })
        {
            foreach (var name in Four)
            {
                data.Add(name, field, at, rule);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_of_a_header_must_be_what_the_group_is(string name, string field, int at, string rule)
    {
        var subject = Subject.Load(name);
        var offset = subject.Geometry.HeaderOffset(1) + at;
        subject.Add(offset, 4, 100_000);
        subject.AssertFinds("cylinder_group 1." + field, offset, rule);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_header_without_its_magic_is_one_finding(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.Geometry.HeaderOffset(1) + Offsets.Magic;
        subject.Poke(offset, 4, 0x12345678);
        var finding = subject.AssertFinds("cylinder_group 1.magic", offset, CheckRule.GroupMagic);
        Assert.Equal("is 0x12345678, must be 0x90255; the group's maps are not compared", finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_map_that_leaves_the_header_is_not_compared(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.Geometry.HeaderOffset(1) + Offsets.Freeoff;
        subject.Poke(offset, 4, -1);
        subject.AssertFinds("cylinder_group 1.freeoff", offset, CheckRule.GroupOffsets);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_summary_area_must_repeat_each_group(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.Geometry.ByteOffset(subject.Geometry.SummaryAt) + CsumView<LittleEndian>.Size
            + CsumView<LittleEndian>.Offsets.Nbfree;
        subject.Add(offset, 4, -1);
        subject.AssertFinds("csum_area.groups[1].nbfree", offset, CheckRule.SummaryCounts);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_free_fragment_that_is_marked_used_is_found_in_its_byte(string name)
    {
        var subject = Subject.Load(name);
        var (group, bit) = FindBit(subject, Offsets.Freeoff, subject.Geometry.FragmentsPerGroup, true);
        var at = MapByte(subject, group, Offsets.Freeoff, bit);
        subject.Image[at] &= (byte)~(1 << (bit & 7));
        var finding = subject.AssertFinds($"cylinder_group {group}.blksfree[{bit}]", at, CheckRule.BlockBitmap);
        Assert.Contains("marked used, must be free", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_used_fragment_that_is_marked_free_is_found_in_its_byte(string name)
    {
        var subject = Subject.Load(name);
        var (group, bit) = FindBit(subject, Offsets.Freeoff, subject.Geometry.FragmentsPerGroup, false);
        var at = MapByte(subject, group, Offsets.Freeoff, bit);
        subject.Image[at] |= (byte)(1 << (bit & 7));
        var finding = subject.AssertFinds($"cylinder_group {group}.blksfree[{bit}]", at, CheckRule.BlockBitmap);
        Assert.Contains("marked free, must be used", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_inode_map_must_mark_exactly_the_inodes_with_a_mode(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var bit = (int)(inode.Number % subject.Geometry.InodesPerGroup);
        var group = (int)(inode.Number / subject.Geometry.InodesPerGroup);
        var at = MapByte(subject, group, Offsets.Iusedoff, bit);
        subject.Image[at] ^= (byte)(1 << (bit & 7));
        var finding = subject.AssertFinds($"cylinder_group {group}.inosused[{bit}]", at, CheckRule.InodeBitmap);
        Assert.Equal($"inodes {inode.Number} to {inode.Number} are marked free, must be used: the mode is not 0",
            finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_cluster_map_and_its_sums_must_follow_from_the_free_blocks(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        Assert.True(g.ClusterSizes > 0);
        var header = g.HeaderOffset(0);
        var map = header + subject.Peek(header + Offsets.Clusteroff, 4);
        subject.Image[map] ^= 1;
        subject.AssertFinds("cylinder_group 0.clustersfree[0]", map, CheckRule.ClusterBitmap);
        subject.Image[map] ^= 1;

        var sum = header + subject.Peek(header + Offsets.Clustersumoff, 4) + 4;
        subject.Add(sum, 4, 1);
        subject.AssertFinds("cylinder_group 0.clustersum[1]", sum, CheckRule.ClusterSums);
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs2Names), MemberType = typeof(Subject))]
    public void More_initialised_inodes_than_the_group_has_are_reported(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.Geometry.HeaderOffset(1) + Offsets.Initediblk;
        subject.Poke(offset, 4, 1_000_000);
        Assert.Contains(subject.Findings(), f => f.Rule == CheckRule.GroupHeader && f.Offset == offset);
    }

    private static long MapByte(Subject subject, int group, int field, int bit)
    {
        var header = subject.Geometry.HeaderOffset(group);
        return header + subject.Peek(header + field, 4) + (bit >> 3);
    }

    private static (int Group, int Bit) FindBit(Subject subject, int field, int bits, bool isSet)
    {
        for (var group = 1; group < subject.Geometry.Groups; group++)
        {
            for (var bit = 0; bit < bits; bit++)
            {
                if (((subject.Image[MapByte(subject, group, field, bit)] >> (bit & 7) & 1) != 0) == isSet)
                {
                    return (group, bit);
                }
            }
        }

        throw new InvalidDataException("no such bit");
    }
}
