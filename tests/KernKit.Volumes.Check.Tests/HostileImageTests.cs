using KernKit.Volumes.Layouts;
using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Images that were made to hurt: the check ends, its work is bounded, and it never throws.</summary>
public class HostileImageTests
{
    private const int Rounds = 400;

    // Structures are small beside the image, so most mutations go where they are: the superblock, headers, inodes,
    // directories.
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Mutated_volumes_are_checked_to_the_end_with_bounded_work(string name)
    {
        var clean = Subject.Load(name);
        var places = Places(clean);
        for (var seed = 0; seed < Rounds; seed++)
        {
            var random = new Random(seed);
            var image = (byte[])clean.Image.Clone();
            for (var count = random.Next(1, 24); count > 0; count--)
            {
                Mutate(random, image, places[random.Next(places.Count)]);
            }

            var device = new MemoryDevice(image);
            var limits = seed % 4 == 0
                ? new CheckLimits { FragmentsPerWindow = 2000, InodesPerWindow = 100, DirectoriesPerWindow = 3 }
                : CheckLimits.Standard;
            try
            {
                Run(clean, device, limits);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Assert.Fail($"seed {seed} of {name}: {error}");
            }

            // The windows above make at most eight passes of three scans, each of which reads no byte more often than
            // twice.
            Assert.True(device.BytesRead < 100L * image.Length,
                $"seed {seed} of {name}: {device.BytesRead} bytes were read");
        }
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_tree_of_pointers_that_holds_itself_is_left(string name) => LeavesTree(Subject.Load(name));

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_tree_of_pointers_that_holds_itself_is_left_whatever_size_the_superblock_claims(string name)
    {
        var subject = Subject.Load(name);
        subject.ClaimGroups(Math.Min(1 << 20, int.MaxValue / subject.Geometry.FragmentsPerGroup));
        LeavesTree(subject);
    }

    private static void LeavesTree(Subject subject)
    {
        // All pointers of a triple tree name the one block that holds them: n * n * n * n ways down.
        var inode = subject.Find("dir/double");
        var g = subject.Geometry;
        var block = inode.Pointers[12];
        subject.Poke(inode.Offset + subject.SizeAt, 8, (long)Math.Min(g.FileBytesMax, long.MaxValue));
        for (var level = 12; level < 15; level++)
        {
            subject.Poke(inode.Offset + subject.PointerAt(level), subject.Width, block);
        }

        for (var i = 0; i < g.PointersPerBlock; i++)
        {
            subject.Poke(g.ByteOffset(block) + (i * subject.Width), subject.Width, block);
        }

        var device = new MemoryDevice(subject.Image);
        var findings = new List<CheckFinding>();
        Run(subject, device, CheckLimits.Standard, findings.Add);

        Assert.Contains(findings, f => f.Rule == CheckRule.DuplicateBlock);
        Assert.Contains(findings, f => f.Rule == CheckRule.FollowingStopped);
        Assert.True(device.BytesRead < 20L * subject.Image.Length, $"{device.BytesRead} bytes were read");
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Many_directories_with_the_same_blocks_are_read_no_more_than_the_volume_has_blocks(string name)
    {
        var subject = Subject.Load(name);
        var model = subject.Find("many");
        var g = subject.Geometry;
        for (var number = 3; number < g.InodesPerGroup; number++)
        {
            if (number != model.Number)
            {
                subject.Image.AsSpan((int)model.Offset,
                    g.InodeBytes).CopyTo(subject.Image.AsSpan((int)g.InodeOffset(number)));
            }
        }

        var device = new MemoryDevice(subject.Image);
        var summary = Run(subject, device, CheckLimits.Standard);
        Assert.True(summary.FindingCount > 0);
        Assert.True(device.BytesRead < 20L * subject.Image.Length, $"{device.BytesRead} bytes were read");
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Findings_beyond_the_cap_of_a_rule_are_counted_and_said(string name)
    {
        var subject = Subject.Load(name);
        foreach (var inode in subject.Inodes())
        {
            subject.Add(inode.Offset + subject.BlocksAt, subject.IsUfs2 ? 8 : 4, 1);
        }

        var findings = new List<CheckFinding>();
        var summary = subject.Check(findings.Add, new CheckLimits { FindingsPerRule = 5 });
        Assert.Equal(5, findings.Count);
        Assert.Equal(173, summary.FindingCount);
        Assert.Contains("block-count: 173 findings, of which the first 5 are reported", summary.Unchecked);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Names_in_messages_cannot_drive_a_terminal(string name)
    {
        var subject = Subject.Load(name);
        var entry = subject.Entry(subject.Find("dir"), "double");
        subject.Image[entry + 8] = 0x1b;
        subject.Image[entry + 9] = 0xff;
        subject.Poke(entry, 4, 0x7fff_ffff);
        var finding = Assert.Single(subject.Findings(), f => f.Rule == CheckRule.EntryInode);
        Assert.Equal($"directory {subject.Find("dir").Number}/\\033\\377uble", finding.Structure);
    }

    private static CheckSummary Run(Subject subject, MemoryDevice device, CheckLimits limits,
        Action<CheckFinding>? report = null) =>
        subject.IsLittleEndian
            ? UfsCheck<LittleEndian>.Run(device, subject.SuperblockOffset, report ?? (_ => { }), default, limits)
            : UfsCheck<BigEndian>.Run(device, subject.SuperblockOffset, report ?? (_ => { }), default, limits);

    private static List<(long Offset, int Length)> Places(Subject subject)
    {
        var g = subject.Geometry;
        var places = new List<(long, int)> { (subject.SuperblockOffset, 1376), (g.ByteOffset(g.SummaryAt), 64) };
        for (var group = 0; group < g.Groups; group++)
        {
            places.Add((g.HeaderOffset(group), 168));
            places.Add((g.HeaderOffset(group), g.HeaderBytes));
            places.Add((g.InodeOffset(group * g.InodesPerGroup), g.InodeBytes * 64));
        }

        foreach (var inode in subject.Inodes().Where(i => i.IsDirectory || i.Pointers[12] != 0))
        {
            places.AddRange(subject.Blocks(inode)
                .Where(b => b.Step.Kind == BlockKind.Indirect || inode.IsDirectory)
                .Select(b => (g.ByteOffset(b.Step.Fragment), b.Step.Fragments * g.FragmentBytes)));
            places.Add((inode.Offset, g.InodeBytes));
        }

        return places;
    }

    private static void Mutate(Random random, byte[] image, (long Offset, int Length) place)
    {
        var at = (int)place.Offset + random.Next(place.Length);
        switch (random.Next(4))
        {
            case 0:
                image[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                image[at] = (byte)random.Next(256);
                break;
            case 2:
                image.AsSpan(at & ~3, 4).Fill((byte)(random.Next(3) switch { 0 => 0xff, 1 => 0x7f, _ => 0 }));
                break;
            default:
                var length = Math.Min(random.Next(1, 64), image.Length - at);
                image.AsSpan(random.Next(image.Length - length), length).CopyTo(image.AsSpan(at));
                break;
        }
    }
}
