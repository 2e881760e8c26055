using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Check.Tests;

public class CleanImageTests
{
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_clean_volume_has_no_findings_and_its_counts_are_those_of_its_tree(string name)
    {
        var findings = new List<CheckFinding>();
        var summary = Subject.Load(name).Check(findings.Add);

        Assert.Empty(findings);
        Assert.Equal(0, summary.FindingCount);
        Assert.Equal(["contents of files: UFS keeps no checksum of data"], summary.Unchecked);
        var counts = summary.Counts.ToDictionary(c => c.Name, c => c.Count);
        Assert.Equal(
            (4, 173, 6, 162, 2, 2, 1, 0),
            (counts["cylinder_groups"], counts["inodes_used"], counts["directories"], counts["files"],
                counts["symlinks"], counts["devices"], counts["fifos"], counts["sockets"]));
        Assert.Equal(counts["fragments"], counts["fragments_used"] + counts["fragments_free"]);
        Assert.Equal(counts["inodes"], counts["inodes_used"] + 2 + counts["inodes_free"]);
    }

    [Theory]
    [MemberData(nameof(Subject.AllNames), MemberType = typeof(Subject))]
    public void No_image_of_the_house_has_findings(string name) => Assert.Empty(Subject.Load(name).Findings());

    // Small windows make a small volume take many passes; what is found may not depend on that.
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void Passes_over_many_windows_find_nothing_on_a_clean_volume(string name)
    {
        var limits = new CheckLimits { FragmentsPerWindow = 1, InodesPerWindow = 20, DirectoriesPerWindow = 2 };
        var findings = new List<CheckFinding>();
        var summary = Subject.Load(name).Check(findings.Add, limits);

        Assert.Empty(findings);
        Assert.Equal(Subject.Load(name).Check(findings.Add).Counts, summary.Counts);
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_stopped_check_says_so(string name)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var subject = Subject.Load(name);
        Assert.Throws<OperationCanceledException>(() => subject.IsLittleEndian
            ? UfsCheck<Layouts.LittleEndian>.Run(new MemoryDevice(subject.Image), subject.SuperblockOffset, _ =>
                { }, source.Token)
            : UfsCheck<Layouts.BigEndian>.Run(new MemoryDevice(subject.Image), subject.SuperblockOffset, _ =>
                { }, source.Token));
    }

    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_volume_that_is_not_marked_clean_gets_a_note_and_no_finding(string name)
    {
        var subject = Subject.Load(name);
        subject.Poke(subject.SuperblockOffset + Layouts.Ufs.SuperblockView<Layouts.LittleEndian>.Offsets.Clean, 1, 0);
        var summary = subject.Check(_ => { });

        Assert.Equal(0, summary.FindingCount);
        Assert.Contains(summary.Unchecked, note =>
            note.StartsWith("the volume is not marked clean", StringComparison.Ordinal));
    }
}
