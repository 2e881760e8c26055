using Xunit;

namespace KernKit.Layout.Tests;

public sealed class LayoutReportTests
{
    private static LayoutIssue Issue(int offset) => new(offset, "inner", "x", "rule", 0);

    [Fact]
    public void A_report_keeps_what_fits_and_counts_all()
    {
        var report = new LayoutReport(new LayoutIssue[2]);
        for (int i = 0; i < 5; i++)
        {
            report.Add(Issue(i));
        }

        Assert.Equal((2, 5L), (report.Count, report.Found));
        Assert.Equal([0L, 1L], report.Issues.ToArray().Select(static issue => issue.Offset));
    }

    [Fact]
    public void A_default_report_counts_only()
    {
        var report = default(LayoutReport);
        report.Add(Issue(0));
        report.Relocate(0, "outer", 8, "field");
        Assert.Equal((0, 1L), (report.Count, report.Found));
    }

    [Fact]
    public void Only_issues_since_the_mark_are_seen_from_the_outer_structure()
    {
        var report = new LayoutReport(new LayoutIssue[4]);
        report.Add(Issue(1));
        int mark = report.Count;
        report.Add(Issue(2));
        report.Relocate(mark, "outer", 100, "items", 3);
        Assert.Equal("offset 0x1 (inner.x): 0x0, rule", report.Issues[0].ToString());
        Assert.Equal("offset 0x66 (outer.items[3].x): 0x0, rule", report.Issues[1].ToString());
        report.Relocate(-1, "outer", 1, "f");
        report.Relocate(9, "outer", 1, "f");
        Assert.Equal(0x66, report.Issues[1].Offset);
    }
}
