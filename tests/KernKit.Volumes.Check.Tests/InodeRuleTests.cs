using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Each rule of inodes and of the blocks that they hold.</summary>
public class InodeRuleTests
{
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_mode_must_have_a_type_that_an_inode_can_have(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/fifo");
        subject.Poke(inode.Offset, 2, 0x3180);
        subject.AssertFinds($"inode {inode.Number}.mode", inode.Offset, CheckRule.InodeType);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_size_that_no_pointers_reach_is_reported_and_nothing_is_followed(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var offset = inode.Offset + subject.SizeAt;
        subject.Poke(offset, 8, -1);

        // Its blocks stay marked, and now nothing is known to hold them.
        subject.AssertFinds($"inode {inode.Number}.size", offset, CheckRule.InodeSize, CheckRule.BlockBitmap,
            CheckRule.GroupCounts, CheckRule.SummaryCounts, CheckRule.SuperblockTotals, CheckRule.ClusterBitmap,
            CheckRule.ClusterSums, CheckRule.FragmentSums);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_fifo_has_no_size(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/fifo");
        subject.Poke(inode.Offset + subject.SizeAt, 8, 1);
        subject.AssertFinds($"inode {inode.Number}.size", inode.Offset + subject.SizeAt, CheckRule.InodeSize);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_free_inode_must_be_empty(string name)
    {
        var subject = Subject.Load(name);
        var free = Enumerable.Range(3, 1000).First(n => subject.Inodes().All(inode => inode.Number != n));
        var offset = subject.Geometry.InodeOffset(free);
        subject.Poke(offset + subject.SizeAt, 8, 5);
        subject.AssertFinds($"inode {free}", offset, CheckRule.PartialInode);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Pointers_beyond_the_end_of_a_file_must_be_zero(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var offset = inode.Offset + subject.PointerAt(14);
        subject.Poke(offset, subject.Width, 77);
        subject.AssertFinds($"inode {inode.Number}.ib[2]", offset, CheckRule.UnusedPointer);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Pointers_beyond_the_end_in_a_block_of_pointers_must_be_zero(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/indirect");
        var last = subject.Geometry.PointersPerBlock - 1;
        var offset = subject.Geometry.ByteOffset(inode.Pointers[12]) + (last * subject.Width);
        subject.Poke(offset, subject.Width, 77);
        subject.AssertFinds($"inode {inode.Number}.ib[0][{last}]", offset, CheckRule.UnusedPointer);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_device_and_a_short_link_use_only_the_pointers_that_they_need(string name)
    {
        var subject = Subject.Load(name);
        foreach (var path in new[] { "dir/chr", "dir/short", "dir/fifo" })
        {
            var inode = subject.Find(path);
            var offset = inode.Offset + subject.PointerAt(11);
            subject.Poke(offset, subject.Width, 1);
            subject.AssertFinds($"inode {inode.Number}.db[11]", offset, CheckRule.UnusedPointer);
            subject.Poke(offset, subject.Width, 0);
        }
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_pointer_outside_the_volume_is_a_bad_block(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var offset = inode.Offset + subject.PointerAt(0);
        subject.Poke(offset, subject.Width, subject.Geometry.Fragments);
        AssertLost(subject, $"inode {inode.Number}.db[0]", offset, CheckRule.BadBlock);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_whole_block_must_begin_at_a_block(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var offset = inode.Offset + subject.PointerAt(0);
        subject.Add(offset, subject.Width, 1);
        AssertLost(subject, $"inode {inode.Number}.db[0]", offset, CheckRule.BadBlock);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_pointer_into_a_groups_metadata_is_reported_as_such(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        var inode = subject.PlainFile();
        var offset = inode.Offset + subject.PointerAt(0);
        subject.Poke(offset, subject.Width, g.GroupStart(1) + g.HeaderAt);
        AssertLost(subject, $"inode {inode.Number}.db[0]", offset, CheckRule.MetadataBlock);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_block_that_two_files_hold_is_reported_with_both(string name)
    {
        var subject = Subject.Load(name);
        var files = subject.Inodes().Where(inode =>
            inode.Type == FileType.Regular && inode.Bytes > (ulong)subject.Geometry.BlockBytes).Take(2).ToArray();
        var offset = files[1].Offset + subject.PointerAt(0);
        subject.Poke(offset, subject.Width, files[0].Pointers[0]);
        var finding = AssertLost(subject, $"inode {files[1].Number}.db[0]", offset, CheckRule.DuplicateBlock);
        var first = files[0].Pointers[0];
        Assert.Equal(
            $"fragments {first} to {first + subject.Geometry.FragmentsPerBlock - 1} "
            + $"are held by inode {files[0].Number}.db[0] too, "
            + "must have one holder",
            finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_count_of_sectors_must_be_what_the_inode_holds(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/double");
        var offset = inode.Offset + subject.BlocksAt;
        subject.Add(offset, subject.IsUfs2 ? 8 : 4, 2);
        subject.AssertFinds($"inode {inode.Number}.blocks", offset, CheckRule.BlockCount);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_hole_inside_a_file_is_fine_and_a_hole_at_its_end_is_not(string name)
    {
        var subject = Subject.Load(name);
        var g = subject.Geometry;
        var inode = subject.Find("dir/indirect");
        var sectors = g.BlockBytes / 512;

        // A file grows by a hole and keeps its blocks: only the size says so, and the pointers stay as they are.
        var grown = (long)inode.Bytes + (5 * g.BlockBytes);
        subject.Poke(inode.Offset + subject.SizeAt, 8, grown);
        subject.AssertFinds($"inode {inode.Number}.size", inode.Offset + subject.SizeAt, CheckRule.TrailingHole);
        subject.Poke(inode.Offset + subject.SizeAt, 8, (long)inode.Bytes);

        // A block leaves the middle: it is lost to the maps, but the file is sound.
        subject.Poke(inode.Offset + subject.PointerAt(3), subject.Width, 0);
        subject.Add(inode.Offset + subject.BlocksAt, subject.IsUfs2 ? 8 : 4, -sectors);
        Assert.DoesNotContain(subject.Findings(), f => f.Structure.StartsWith("inode", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs2Names), MemberType = typeof(Subject))]
    public void The_area_of_extended_attributes_must_be_a_chain_of_records(string name)
    {
        var subject = Subject.Load(name);
        var (inode, area) = GiveAttributes(subject);
        Assert.DoesNotContain(subject.Findings(), f => f.Rule == CheckRule.ExtendedAttributes);

        subject.Poke(area + 24, 4, 7);
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.ExtendedAttributes);
        Assert.Equal(($"inode {inode.Number}.extattr", area + 24), (finding.Structure, finding.Offset));

        var offset = inode.Offset + Dinode2View<LittleEndian>.Offsets.Extsize;
        subject.Poke(offset, 4, 1 << 20);
        Assert.Contains(subject.Findings(), f => f.Rule == CheckRule.ExtendedAttributes && f.Offset == offset);
    }

    [Theory]
    [MemberData(nameof(Subject.Ufs2Names), MemberType = typeof(Subject))]
    public void Extended_attributes_must_have_a_block(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        subject.Poke(inode.Offset + Dinode2View<LittleEndian>.Offsets.Extsize, 4, 100);
        var finding = subject.AssertFinds($"inode {inode.Number}.extb[0]",
            inode.Offset + Dinode2View<LittleEndian>.Offsets.Extb, CheckRule.ExtendedAttributes);
        Assert.Equal("is 0, must be a block: there are 100 bytes of attributes", finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_target_of_a_symbolic_link_must_not_hold_NUL(string name)
    {
        var subject = Subject.Load(name);
        var isShort = new List<bool>();
        foreach (var link in subject.Inodes().Where(inode => inode.Type == FileType.Symlink && inode.Bytes > 1))
        {
            isShort.Add(link.IsShortLink(subject.Geometry));
            var at = (isShort[^1] ? link.Offset + subject.PointerAt(0)
                : subject.Geometry.ByteOffset(link.Pointers[0])) + (long)link.Bytes - 1;
            var old = subject.Image[at];
            subject.Image[at] = 0;
            var field = isShort[^1] ? "shortlink" : "db[0]";
            var finding = subject.AssertFinds($"inode {link.Number}.{field}", at, CheckRule.SymlinkTarget);
            Assert.Equal($"holds NUL at byte {link.Bytes - 1} of {link.Bytes}, must hold none", finding.Message);
            subject.Image[at] = old;
        }

        Assert.Equal([false, true], isShort.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_snapshot_marks_blocks_with_one_and_two(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.PlainFile();
        var flags = subject.IsUfs2 ? Dinode2View<LittleEndian>.Offsets.Flags : Dinode1View<LittleEndian>.Offsets.Flags;
        subject.Poke(inode.Offset + flags, 4, (uint)Uflags.SF_SNAPSHOT);
        subject.Poke(inode.Offset + subject.PointerAt(0), subject.Width, 1);
        subject.Add(inode.Offset + subject.BlocksAt, subject.IsUfs2 ? 8 : 4, -subject.Geometry.BlockBytes / 512);
        Assert.DoesNotContain(subject.Findings(), f => f.Structure.StartsWith("inode", StringComparison.Ordinal));
    }

    private static (InodeFacts Inode, long Area) GiveAttributes(Subject subject)
    {
        // The file's last block becomes its attribute block, and its size shrinks by that block: what it holds stays
        // the same.
        var g = subject.Geometry;
        var inode = subject.First(i =>
            i.Type == FileType.Regular && i.Bytes > (ulong)(2 * g.BlockBytes) && i.Pointers[12] == 0);
        subject.Poke(inode.Offset + subject.SizeAt, 8, g.BlockBytes);
        subject.Poke(inode.Offset + subject.PointerAt(15), 8, inode.Pointers[1]);
        for (var i = 1; i < 12; i++)
        {
            subject.Poke(inode.Offset + subject.PointerAt(i), 8, 0);
        }

        subject.Poke(inode.Offset + Dinode2View<LittleEndian>.Offsets.Extsize, 4, 48);
        var area = g.ByteOffset(inode.Pointers[1]);
        subject.Image.AsSpan((int)area, 48).Clear();
        for (var at = 0; at < 48; at += 24)
        {
            // length, user, no padding behind the content, name of one byte: content begins at 8.
            subject.Poke(area + at, 4, 24);
            subject.Image[area + at + 4] = 1;
            subject.Image[area + at + 6] = 1;
            subject.Image[area + at + 7] = (byte)'x';
        }

        return (inode, area);
    }

    /// <summary>Asserts a finding about a pointer that loses its old block: the maps then miss a holder, in details
    /// of no interest.</summary>
    private static CheckFinding AssertLost(Subject subject, string structure, long offset, string rule)
    {
        var findings = subject.Findings();
        var finding = Assert.Single(findings, f => f.Rule == rule);
        Assert.Equal((structure, offset), (finding.Structure, finding.Offset));
        Assert.DoesNotContain(findings, f => f.Rule == CheckRule.BlockCount);
        Assert.Contains(findings, f => f.Rule == CheckRule.BlockBitmap);
        return finding;
    }
}
