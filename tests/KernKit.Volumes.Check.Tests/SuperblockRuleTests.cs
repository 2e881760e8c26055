using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs.Check;
using Offsets = KernKit.Volumes.Layouts.Ufs.SuperblockView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Each rule of the superblock: one field broken, one finding with its name and place.</summary>
public class SuperblockRuleTests
{
    // Derived fields break nothing else, since the check computes with what they are derived from. The copies keep
    // the old value, so those that newfs never changes again are found there too, once for each of four groups.
    public static TheoryData<string, string, int, bool> Derived()
    {
        var data = new TheoryData<string, string, int, bool>();
        foreach (var (field, at, copied) in new[]
        {
            ("bmask", Offsets.Bmask, true), ("fmask", Offsets.Fmask, true), ("bshift", Offsets.Bshift, true),
            ("fshift", Offsets.Fshift, true), ("fragshift", Offsets.Fragshift, true), ("nindir", Offsets.Nindir, true),
            ("inopb", Offsets.Inopb, true), ("cssize", Offsets.Cssize, true), ("qbmask", Offsets.Qbmask, false),
            ("qfmask", Offsets.Qfmask, false),
        })
        {
            foreach (var name in new[] { "ufs1-le-groups", "ufs1-be-groups", "ufs2-le-groups", "ufs2-be-groups" })
            {
                data.Add(name, field, at, copied);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Derived))]
    public void A_derived_field_must_agree_with_what_it_is_derived_from(string name, string field, int at, bool copied)
    {
        var subject = Subject.Load(name);
        var offset = subject.SuperblockOffset + at;
        var width = field is "qbmask" or "qfmask" ? 8 : 4;
        var old = subject.Peek(offset, width);
        subject.Poke(offset, width, old + 1);

        var rules = copied
            ? new[] { CheckRule.SuperblockGeometry, CheckRule.SuperblockAlternate }
            : [CheckRule.SuperblockGeometry];
        var finding = subject.AssertFinds("superblock." + field, offset, rules);
        Assert.Equal($"is {old + 1}, must be {old}", finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_reserve_of_more_than_99_percent_is_out_of_range(string name)
    {
        var subject = Subject.Load(name);
        subject.Poke(subject.SuperblockOffset + Offsets.Minfree, 4, 100);
        subject.AssertFinds("superblock.minfree", subject.SuperblockOffset + Offsets.Minfree,
            CheckRule.SuperblockRange);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void An_impossible_fact_ends_the_check_after_one_finding(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.SuperblockOffset + Offsets.Bsize;
        subject.Poke(offset, 4, 3000);
        var findings = new List<CheckFinding>();
        var summary = subject.Check(findings.Add);

        Assert.Equal(CheckRule.SuperblockGeometry, findings[0].Rule);
        Assert.Equal(("superblock.bsize", offset), (findings[0].Structure, findings[0].Offset));
        Assert.Contains("everything but the superblock: its geometry cannot be used", summary.Unchecked);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_copy_that_differs_or_lacks_its_magic_is_found_in_its_group(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        var copy = g.ByteOffset(g.GroupStart(2) + g.SuperblockAt);
        subject.Add(copy + Offsets.Ipg, 4, 1);
        subject.AssertFinds("superblock copy 2.ipg", copy + Offsets.Ipg, CheckRule.SuperblockAlternate);

        subject.Poke(copy + Offsets.Magic, 4, 0);
        subject.AssertFinds("superblock copy 2.magic", copy + Offsets.Magic, CheckRule.SuperblockAlternate);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Totals_must_be_the_sums_of_all_groups(string name)
    {
        var subject = Subject.Load(name);
        var total = subject.SuperblockOffset + Offsets.Cstotal + CsumTotalView<LittleEndian>.Offsets.Nffree;
        subject.Add(total, 8, 3);
        subject.AssertFinds("superblock.cstotal.nffree", total, CheckRule.SuperblockTotals);
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs1Names), MemberType = typeof(Subject))]
    public void The_old_and_the_new_fields_of_UFS1_must_agree(string name)
    {
        var subject = Subject.Load(name);
        subject.Add(subject.SuperblockOffset + Offsets.Dsize, 8, 1);
        subject.AssertFinds("superblock.dsize", subject.SuperblockOffset + Offsets.Dsize,
            CheckRule.SuperblockOldFields);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_truncated_device_is_one_finding_and_what_is_there_is_checked(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        subject.Image = subject.Image[..(int)g.ByteOffset(g.GroupBase(3))];
        var findings = subject.Findings();

        Assert.Single(findings, f => f.Rule == CheckRule.DeviceSize);
        Assert.DoesNotContain(findings, f => f.Structure.StartsWith("cylinder_group", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Check_hashes_are_verified_where_the_superblock_says_that_they_are_kept(string name)
    {
        var subject = Subject.Load(name);
        CheckHashes.Apply(subject);
        Assert.Empty(subject.Findings());

        // A label is covered by the superblock's hash and by nothing else.
        subject.Image[subject.SuperblockOffset + Offsets.Volname] ^= 1;
        subject.AssertFinds("superblock.ckhash", subject.SuperblockOffset + Offsets.Ckhash, CheckRule.SuperblockHash);
        subject.Image[subject.SuperblockOffset + Offsets.Volname] ^= 1;

        var g = subject.Geometry;
        var header = g.HeaderOffset(1);
        subject.Image[header + CylinderGroupView<LittleEndian>.Offsets.Time] ^= 1;
        subject.AssertFinds("cylinder_group 1.ckhash",
            header + CylinderGroupView<LittleEndian>.Offsets.Ckhash, CheckRule.GroupHash);
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs2Names), MemberType = typeof(Subject))]
    public void The_hash_of_an_inode_covers_its_owner(string name)
    {
        var subject = Subject.Load(name);
        CheckHashes.Apply(subject);
        var inode = subject.PlainFile();
        subject.Image[inode.Offset + Dinode2View<LittleEndian>.Offsets.Uid] ^= 1;
        subject.AssertFinds($"inode {inode.Number}.ckhash",
            inode.Offset + Dinode2View<LittleEndian>.Offsets.Ckhash, CheckRule.InodeHash);
    }
}
