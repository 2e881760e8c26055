using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>A fixed share of the mutated images; the fuzz runner reads many more with
/// <see cref="VolumeFuzz"/>.</summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData("ufs1-le-small", 1)]
    [InlineData("ufs1-be-small", 2)]
    [InlineData("ufs2-le-small", 3)]
    [InlineData("ufs2-be-small", 4)]
    [InlineData("ufs2-le-fbsd", 5)]
    public void Mutated_images_end_in_entries_or_in_errors_that_say_where(string image, int seed)
    {
        var fuzz = new VolumeFuzz(TestImage.Bytes(image), seed);
        fuzz.Run(80);
        Assert.InRange(fuzz.ErrorCount, 20, long.MaxValue);
        Assert.InRange(fuzz.CleanCount, 1, 79);
    }
}
