using KernKit.Volumes.Ufs.Check;
using Group = KernKit.Volumes.Layouts.Ufs.CylinderGroupView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;
using Offsets = KernKit.Volumes.Layouts.Ufs.SuperblockView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>UFS1 in 4.2BSD's form: entries without a type, no cluster maps, no 64-bit fields.</summary>
public class OldFormatTests
{
    [Theory]
    [MemberData(nameof(Subject.Ufs1Names), MemberType = typeof(Subject))]
    public void A_volume_of_the_old_form_is_clean_and_its_names_are_counted(string name)
    {
        var subject = MakeOld(name);
        Assert.Empty(subject.Findings());

        var inode = subject.First(i => i.Type == FileType.Regular);
        subject.Add(inode.Offset + subject.NlinkAt, 2, 1);
        subject.AssertFinds($"inode {inode.Number}.nlink", inode.Offset + subject.NlinkAt, CheckRule.LinkCount);
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs1Names), MemberType = typeof(Subject))]
    public void Groups_of_fixed_tables_are_said_not_to_be_compared(string name)
    {
        var subject = MakeOld(name);
        subject.Poke(subject.SuperblockOffset + Offsets.OldPostblformat, 4, -1);
        subject.Image.AsSpan((int)subject.Geometry.HeaderOffset(1), 168).Fill(0xee);
        var summary = subject.Check(f => Assert.Fail(f.ToString()));
        Assert.Contains(summary.Unchecked, n => n.StartsWith("maps and counts", StringComparison.Ordinal));
    }

    private static Subject MakeOld(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        foreach (var directory in subject.Inodes().Where(inode => inode.IsDirectory))
        {
            foreach (var (step, _) in subject.Blocks(directory))
            {
                DropTypes(subject, g.ByteOffset(step.Fragment), step.Fragments * g.FragmentBytes);
            }
        }

        // The maps end where the cluster sums began, and what follows is no longer looked at.
        for (var group = 0; group < g.Groups; group++)
        {
            var header = g.HeaderOffset(group);
            var end = subject.Peek(header + Group.Freeoff, 4) + ((g.FragmentsPerGroup + 7) / 8);
            subject.Poke(header + Group.Nextfreeoff, 4, end);
        }

        var fs = subject.SuperblockOffset;
        subject.Poke(fs + Offsets.OldInodefmt, 4, -1);
        subject.Poke(fs + Offsets.Maxsymlinklen, 4, 0);
        subject.Poke(fs + Offsets.Contigsumsize, 4, 0);
        subject.Image[fs + Offsets.OldFlags] = 0;
        subject.Image.AsSpan((int)fs + Offsets.Sblockloc, 8).Clear();
        return Subject.Open(subject.Image);
    }

    private static void DropTypes(Subject subject, long start, int length)
    {
        for (var at = start; at < start + length; at += subject.Peek(at + 4, 2))
        {
            var nameLength = subject.Image[at + 7];
            subject.Poke(at + 6, 2, nameLength);
        }
    }
}
