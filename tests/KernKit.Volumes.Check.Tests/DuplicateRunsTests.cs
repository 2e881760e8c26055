using KernKit.Volumes.Ufs.Check;

namespace KernKit.Volumes.Check.Tests;

/// <summary>Who held a fragment first is searched once for a place, however many inodes hold it.</summary>
public class DuplicateRunsTests
{
    [Fact]
    public void The_owner_of_a_place_is_the_owner_of_all_runs_there_and_ends_the_search()
    {
        var findings = new List<CheckFinding>();
        var runs = new DuplicateRuns(new CheckSink(findings.Add, 10_000), 4096);
        for (var i = 0; i < 4095; i++)
        {
            runs.Add(800, 8, $"inode {i}.db[0]", i);
        }

        runs.Add(806, 2, "inode 5000.db[1]", 5000);
        runs.Sort();
        Assert.True(runs.HasOpen);
        Assert.False(runs.TryFind(792, 8, out _));
        Assert.True(runs.TryFind(800, 4, out var index));
        runs.SetOwner(index, "inode 7.db[0]");
        Assert.False(runs.TryFind(800, 4, out _));
        Assert.True(runs.TryFind(807, 1, out index));
        runs.SetOwner(index, "inode 8.db[0]");
        Assert.False(runs.HasOpen);
        runs.Report();
        Assert.Equal(4096, findings.Count);
        Assert.Equal(4095, findings.Count(
            f => f.Message.Contains("held by inode 7.db[0] too", StringComparison.Ordinal)));
        Assert.Contains("806 to 807 are held by inode 8.db[0]", findings[^1].Message, StringComparison.Ordinal);
        Assert.True(runs.IsEmpty);
    }
}
