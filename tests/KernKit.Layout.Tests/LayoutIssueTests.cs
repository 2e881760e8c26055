using Xunit;

namespace KernKit.Layout.Tests;

public sealed class LayoutIssueTests
{
    [Fact]
    public void An_issue_names_offset_field_value_and_rule() => Assert.Equal(
        "offset 0x1f40 (superblock.magic): 0x0, must be 0x90255",
        new LayoutIssue(0x1f40, "superblock", "magic", "must be 0x90255", 0).ToString());

    [Fact]
    public void A_negative_value_is_shown_in_decimal() => Assert.Equal(
        "offset 0x8 (csum.ndir): -5, must satisfy it >= 0",
        new LayoutIssue(8, "csum", "ndir", "must satisfy it >= 0", -5).ToString());

    [Fact]
    public void Values_of_more_than_64_bits_are_shown_whole() => Assert.EndsWith(
        "0x1000000000000000f, rule",
        new LayoutIssue(0, "s", "", "rule", ((Int128)1 << 64) + 15).ToString(),
        StringComparison.Ordinal);

    [Fact]
    public void Missing_bytes_are_counted_in_decimal() => Assert.Equal(
        "offset 0x0 (superblock): 512 bytes, needs 1376 bytes",
        LayoutIssue.Bytes(0, "superblock", "", 512, "needs 1376 bytes").ToString());

    [Fact]
    public void An_outer_structure_adds_its_offset_and_its_field()
    {
        LayoutIssue inner = new LayoutIssue(4, "csum", "ndir", "rule", 1);
        Assert.Equal("offset 0x2c (cg.cs[2].ndir): 0x1, rule", inner.Within("cg", 40, "cs[2]").ToString());
        Assert.Equal("offset 0x28 (cg.cs): 3 bytes, rule",
            LayoutIssue.Bytes(0, "csum", "", 3, "rule").Within("cg", 40, "cs").ToString());
    }

    [Fact]
    public void A_default_issue_states_nothing_and_stays_so()
    {
        Assert.True(default(LayoutIssue).IsNone);
        Assert.True(default(LayoutIssue).Moved(8).IsNone);
        Assert.False(new LayoutIssue(0, "s", "", "rule", 0).IsNone);
    }

    [Fact]
    public void An_exception_carries_its_issue()
    {
        var exception = new LayoutException(new LayoutIssue(16, "dirent", "reclen", "must be more", 3));
        Assert.Equal((16L, "dirent", "reclen"), (exception.Offset, exception.Structure, exception.Path));
        Assert.Equal("offset 0x10 (dirent.reclen): 0x3, must be more", exception.Message);
        Assert.Equal(("", ""), (new LayoutException("text").Structure, new LayoutException("text").Path));
    }
}
