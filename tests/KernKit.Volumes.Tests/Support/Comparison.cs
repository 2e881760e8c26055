using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Compares a volume with what it must hold, field by field.</summary>
internal static class Comparison
{
    /// <summary>Fails the test at the first difference in names, attributes, targets or contents.</summary>
    public static void RequireEqual(Manifest expected, Volume volume)
    {
        Assert.Equal(expected.Format, volume.Format);
        var found = Reading.Walk(volume);
        Assert.Equal(
            expected.Entries.Select(entry => Reading.Text(entry.Path)),
                found.Select(entry => Reading.Text(entry.Path)));
        foreach (var (entry, (_, actual)) in expected.Entries.Zip(found))
        {
            RequireEqual(entry, actual);
            var name = Reading.Text(entry.Path);
            if (entry.Target is not null)
            {
                Assert.Equal((name, Reading.Text(entry.Target)), (name, Reading.Text(volume.ReadLink(actual))));
            }

            if (entry.Sha256 is not null)
            {
                Assert.Equal((name, entry.Sha256), (name, Reading.Digest(volume.OpenContent(actual))));
            }
        }
    }

    /// <summary>Fails the test if an attribute differs.</summary>
    public static void RequireEqual(ExpectedEntry expected, in NodeAttributes actual)
    {
        var name = Reading.Text(expected.Path);
        Assert.Equal((name, expected.Type), (name, Reading.TypeName(actual.Type)));
        Assert.Equal((name, Convert.ToString(expected.Mode, 8)), (name, Convert.ToString(actual.Permissions, 8)));
        Assert.Equal((name, expected.UserId, expected.GroupId), (name, actual.UserId, actual.GroupId));
        if (expected.ModifiedNanoseconds is { } modified)
        {
            Assert.Equal((name, modified), (name, actual.Modified.TotalNanoseconds));
        }

        if (expected.LinkCount is { } links)
        {
            Assert.Equal((name, links), (name, actual.LinkCount));
        }

        if (expected.Size is { } size)
        {
            Assert.Equal((name, size), (name, actual.Size));
        }

        Assert.Equal((name, expected.Device), (name, actual.Device));
    }
}
