using KernKit.Volumes.Ufs.Check;
using Dirent = KernKit.Volumes.Layouts.Ufs.DirentView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Each rule of directories, names and link counts.</summary>
public class DirectoryRuleTests
{
    private const int TypeAt = 6;
    private const int NameAt = 8;

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_root_must_be_a_directory(string name)
    {
        var subject = Subject.Load(name);
        var root = subject.Inode();
        subject.Poke(root.Offset, 2, 0x81a4);
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.RootDirectory);
        Assert.Equal(("inode 2.mode", root.Offset), (finding.Structure, finding.Offset));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_directory_must_be_whole_chunks(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("empty");
        var offset = directory.Offset + subject.SizeAt;
        subject.Poke(offset, 8, 500);
        Assert.Contains(subject.Findings(), f => f.Rule == CheckRule.DirectorySize && f.Offset == offset);

        subject.Poke(offset, 8, 12);
        Assert.Contains(subject.Findings(), f => f.Rule == CheckRule.DirectorySize && f.Offset == offset);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_directory_must_have_no_hole(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("many");
        var offset = directory.Offset + subject.PointerAt(0);
        subject.Poke(offset, subject.Width, 0);
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DirectoryHole);
        Assert.Equal(($"inode {directory.Number}.db[0]", offset), (finding.Structure, finding.Offset));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void An_entry_must_end_in_its_chunk(string name)
    {
        var subject = Subject.Load(name);
        foreach (var length in new[] { 0, 6, 14, 1024, 65532 })
        {
            var directory = subject.Find("empty");
            var entry = subject.Entry(directory, "..");
            var old = subject.Peek(entry + Dirent.Reclen, 2);
            subject.Poke(entry + Dirent.Reclen, 2, length);
            var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DirectoryEntry);
            Assert.Equal(($"directory {directory.Number}", entry), (finding.Structure, finding.Offset));
            subject.Poke(entry + Dirent.Reclen, 2, old);
        }
    }

    [Theory]
    [InlineData("ufs1-le-groups", '/')]
    [InlineData("ufs1-be-groups", '\0')]
    [InlineData("ufs2-le-groups", '\0')]
    [InlineData("ufs2-be-groups", '/')]
    public void A_name_must_not_hold_what_no_path_can_say(string name, char bad)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var entry = subject.Entry(directory, "double");
        subject.Image[entry + NameAt + 2] = (byte)bad;
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DirectoryEntry);
        Assert.Equal(($"directory {directory.Number}", entry), (finding.Structure, finding.Offset));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Dot_must_be_first_and_name_its_own_directory(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("empty");
        var entry = subject.Entry(directory, ".");
        subject.Poke(entry, 4, 2);
        subject.AssertFinds($"directory {directory.Number}/.", entry, CheckRule.DotEntry, CheckRule.LinkCount);

        subject.Poke(entry, 4, directory.Number);
        subject.Image[entry + NameAt] = (byte)'x';
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DotEntry);
        Assert.Equal(($"directory {directory.Number}/x", entry), (finding.Structure, finding.Offset));
    }

    // Inodes above and below their parent: the name and the ".." are met in both orders.
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Dotdot_must_name_the_directory_that_names_it(string name)
    {
        foreach (var path in new[] { "empty", "dir/deeper/deepest", "many" })
        {
            var subject = Subject.Load(name);
            var directory = subject.Find(path);
            var entry = subject.Entry(directory, "..");
            var parent = subject.Peek(entry, 4);
            var wrong = subject.Inodes().First(i =>
                i.IsDirectory && i.Number != parent && i.Number != directory.Number).Number;
            subject.Poke(entry, 4, wrong);
            var finding = subject.AssertFinds(
                $"directory {directory.Number}/..", entry, CheckRule.DotDotEntry, CheckRule.LinkCount);
            Assert.Equal($"names inode {wrong}, must be {parent}", finding.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Two_entries_of_a_directory_must_not_have_one_name(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var (one, other) = (subject.Entry(directory, "deeper"), subject.Entry(directory, "double"));
        "double"u8.CopyTo(subject.Image.AsSpan((int)one + NameAt));
        var finding = subject.AssertFinds(
            $"directory {directory.Number}/double", Math.Max(one, other), CheckRule.DuplicateName);
        Assert.Equal($"has the name of the entry at offset 0x{Math.Min(one, other):x}", finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Names_that_are_too_many_to_compare_are_told(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("many");
        var found = new List<CheckFinding>();
        var summary = subject.Check(found.Add, new CheckLimits { NameBytesPerDirectory = 5000 });
        Assert.Empty(found);
        Assert.Contains(
            $"equal names: directories with more names than are kept: 1; the first is inode {directory.Number}",
            summary.Unchecked);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Names_are_shown_as_other_verbs_show_them(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var entry = subject.Entry(directory, "double");
        new byte[] { 1, (byte)'\\', 0xff }.CopyTo(subject.Image, entry + NameAt + 1);
        subject.Image[entry + TypeAt] = FileType.Directory;
        subject.AssertFinds($@"directory {directory.Number}/d\001\134\377le", entry, CheckRule.EntryType);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_missing_dotdot_and_a_second_one_are_found(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var entry = subject.Entry(directory, "short");
        subject.Image[entry + 7] = 2;
        subject.Image.AsSpan((int)entry + NameAt, 5).Clear();
        ".."u8.CopyTo(subject.Image.AsSpan((int)entry + NameAt));
        var second = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DotDotEntry);
        Assert.Equal(($"directory {directory.Number}/..", entry), (second.Structure, second.Offset));

        subject = Subject.Load(name);
        directory = subject.Find("empty");
        subject.Poke(subject.Entry(directory, ".."), 4, 0);
        var missing = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DotDotEntry);
        Assert.Equal(($"directory {directory.Number}", directory.Offset), (missing.Structure, missing.Offset));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void An_entry_must_name_an_allocated_inode_of_the_volume(string name)
    {
        foreach (var target in new long[] { 1_000_000, -1, 0x7fff_ffff })
        {
            var subject = Subject.Load(name);
            var entry = subject.Entry(subject.Find("dir"), "double");
            subject.Poke(entry, 4, target);
            subject.AssertFinds($"directory {subject.Find("dir").Number}/double", entry,
                CheckRule.EntryInode, CheckRule.UnreferencedInode);
        }

        var free = Subject.Load(name);
        var at = free.Entry(free.Find("dir"), "double");
        free.Poke(at, 4, Enumerable.Range(3, 1000).First(n => free.Inodes().All(inode => inode.Number != n)));
        free.AssertFinds($"directory {free.Find("dir").Number}/double", at, CheckRule.EntryInode,
            CheckRule.UnreferencedInode);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void The_type_of_an_entry_must_be_that_of_its_inode(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var entry = subject.Entry(directory, "double");
        subject.Image[entry + TypeAt] = FileType.Directory;
        var finding = subject.AssertFinds($"directory {directory.Number}/double", entry, CheckRule.EntryType);
        Assert.Equal($"has type 4 (dir), must be 8 (file) as inode {subject.Find("dir/double").Number} is",
            finding.Message);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_whiteout_has_inode_1_and_its_own_type(string name)
    {
        var subject = Subject.Load(name);
        var directory = subject.Find("dir");
        var entry = subject.Entry(directory, "short");
        subject.Image[entry + TypeAt] = FileType.Whiteout;
        subject.AssertFinds($"directory {directory.Number}/short", entry, CheckRule.WhiteoutEntry,
            CheckRule.UnreferencedInode);

        subject.Poke(entry, 4, 1);
        subject.AssertFinds($"inode {Subject.Load(name).Find("dir/short").Number}",
            Subject.Load(name).Find("dir/short").Offset, CheckRule.UnreferencedInode);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_directory_has_one_name(string name)
    {
        var subject = Subject.Load(name);
        var dir = subject.Find("dir");
        var empty = subject.Find("empty");
        var entry = subject.Entry(dir, "double");
        subject.Poke(entry, 4, empty.Number);
        subject.Image[entry + TypeAt] = FileType.Directory;
        var findings = subject.Findings();
        Assert.Contains(findings, f => f.Rule == CheckRule.DirectoryHardLink);
        Assert.Contains(findings, f => f.Rule == CheckRule.LinkCount && f.Structure == $"inode {empty.Number}.nlink");
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_directory_without_a_name_is_unreachable_and_what_is_below_it_is_not_reported_again(string name)
    {
        var subject = Subject.Load(name);
        var deeper = subject.Find("dir/deeper");
        subject.Poke(subject.Entry(subject.Find("dir"), "deeper"), 4, 0);
        subject.AssertFinds($"inode {deeper.Number}", deeper.Offset, CheckRule.DirectoryUnreachable);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Directories_that_contain_each_other_are_a_cycle(string name)
    {
        // "dir/deeper" leaves "dir" for "dir/deeper/deepest": it is then below itself.
        var subject = Subject.Load(name);
        var deeper = subject.Find("dir/deeper");
        var deepest = subject.Find("dir/deeper/deepest");
        subject.Poke(subject.Entry(subject.Find("dir"), "deeper"), 4, 0);
        var dotDot = subject.Entry(deepest, "..");
        var reclen = subject.Peek(dotDot + Dirent.Reclen, 2);
        subject.Poke(dotDot + Dirent.Reclen, 2, 12);
        subject.Poke(dotDot + 12, 4, deeper.Number);
        subject.Poke(dotDot + 12 + Dirent.Reclen, 2, reclen - 12);
        subject.Image[dotDot + 12 + TypeAt] = FileType.Directory;
        subject.Image[dotDot + 12 + 7] = 1;
        subject.Image[dotDot + 12 + NameAt] = (byte)'c';
        subject.Poke(subject.Entry(deeper, ".."), 4, deepest.Number);

        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.DirectoryCycle);
        Assert.Contains(finding.Structure, new[] { $"inode {deeper.Number}", $"inode {deepest.Number}" });
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_link_count_must_be_the_number_of_names(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("hard");
        var offset = inode.Offset + subject.NlinkAt;
        foreach (var count in new[] { 2, 4, 32767, -1, 0 })
        {
            subject.Poke(offset, 2, count);
            var finding = subject.AssertFinds($"inode {inode.Number}.nlink", offset, CheckRule.LinkCount);
            Assert.Equal($"is {(ushort)count}, must be 3", finding.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void An_allocated_inode_without_a_name_is_reported(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/double");
        subject.Poke(subject.Entry(subject.Find("dir"), "double"), 4, 0);
        subject.AssertFinds($"inode {inode.Number}", inode.Offset, CheckRule.UnreferencedInode);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void An_inode_without_a_name_is_found_if_its_link_count_says_so_too(string name)
    {
        var subject = Subject.Load(name);
        var inode = subject.Find("dir/double");
        subject.Poke(subject.Entry(subject.Find("dir"), "double"), 4, 0);
        subject.Poke(inode.Offset + subject.NlinkAt, 2, 0);
        subject.AssertFinds($"inode {inode.Number}", inode.Offset, CheckRule.UnreferencedInode);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void What_is_found_does_not_depend_on_the_windows(string name)
    {
        var subject = Subject.Load(name);
        subject.Poke(subject.Entry(subject.Find("dir"), "deeper"), 4, 0);
        subject.Poke(subject.Entry(subject.Find("empty"), ".."), 4, subject.Find("many").Number);
        subject.Add(subject.Find("hard").Offset + subject.NlinkAt, 2, 1);
        var files = subject.Inodes().Where(i =>
            i.Type == FileType.Regular && i.Bytes > (ulong)subject.Geometry.BlockBytes).ToArray();
        subject.Poke(files[1].Offset + subject.PointerAt(0), subject.Width, files[0].Pointers[0]);
        subject.Image[subject.Entry(subject.Find("dir"), "double") + TypeAt] = FileType.Fifo;

        var small = new CheckLimits { FragmentsPerWindow = 1, InodesPerWindow = 16, DirectoriesPerWindow = 1 };
        Assert.Equal(
            subject.Findings().Select(f => f.ToString()).Order(StringComparer.Ordinal),
            subject.Findings(small).Select(f => f.ToString()).Order(StringComparer.Ordinal));
    }
}
