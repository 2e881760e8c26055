using KernKit.Volumes.Ufs.Check;
using Offsets = KernKit.Volumes.Layouts.Ufs.SuperblockView<KernKit.Volumes.Layouts.LittleEndian>.Offsets;

namespace KernKit.Volumes.Check.Tests;

/// <summary>The check as callers reach it: through an open volume.</summary>
public class VolumeCheckTests
{
    [Theory]
    [MemberData(nameof(Subject.AllNames), MemberType = typeof(Subject))]
    public void An_open_volume_checks_itself(string name)
    {
        using var volume = Volume.Open(new MemoryDevice(Subject.Load(name).Image));
        var summary = volume.Check(f => Assert.Fail(f.ToString()), TestContext.Current.CancellationToken);
        Assert.Contains(summary.Counts, c => c is { Name: "directories", Count: > 0 });
    }

    // The reader refuses a superblock that contradicts itself and takes a copy; the check says what was wrong with
    // the first one.
    [Theory]
    [MemberData(nameof(Subject.Names), MemberType = typeof(Subject))]
    public void A_volume_that_was_opened_by_a_copy_tells_of_its_superblock(string name)
    {
        var subject = Subject.Load(name);
        var offset = subject.SuperblockOffset + Offsets.Bshift;
        subject.Poke(offset, 4, 3);
        using var volume = Volume.Open(new MemoryDevice(subject.Image));
        var findings = new List<CheckFinding>();
        volume.Check(findings.Add, TestContext.Current.CancellationToken);
        Assert.Contains(findings, f => f.Rule == CheckRule.SuperblockGeometry && f.Offset == offset);
        Assert.All(findings, f => Assert.Equal("superblock.bshift", f.Structure));
    }
}
