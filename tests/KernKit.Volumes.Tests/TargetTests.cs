using KernKit.Volumes.Extract;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>What the system refuses while a tree is restored.</summary>
public sealed class TargetTests
{
    [Theory]
    [InlineData(31, true, true)] // EMLINK: this directory, or this file, has all the links that it can have
    [InlineData(31, false, false)]
    [InlineData(36, true, true)] // ENAMETOOLONG
    [InlineData(27, false, true)] // EFBIG
    [InlineData(28, true, false)] // ENOSPC
    [InlineData(13, true, false)] // EACCES
    public void What_is_about_one_entry_does_not_end_an_extraction(int errno, bool hasName, bool isAboutOne) =>
        Assert.Equal(isAboutOne, Posix.IsAboutOneEntry(errno, hasName));

    [Fact]
    public void A_staging_directory_that_cannot_be_removed_is_told_and_what_was_moved_is_taken_back()
    {
        using var target = new TemporaryDirectory();
        using var staging = new StagingDirectory(target.Path, isTree: true);
        Posix.Close(Posix.CreateFile(staging.Descriptor, "file\0"u8, 0x180));
        var made = Assert.Single(Directory.GetDirectories(target.Path));
        Directory.Move(made, target.File("elsewhere"));
        var error = Assert.Throws<VolumeException>(staging.Publish);
        Assert.Equal(VolumeError.System, error.Error);
        Assert.False(File.Exists(target.File("file")));
        Assert.True(File.Exists(target.File("elsewhere/file")));
    }
}
