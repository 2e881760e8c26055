namespace Docs.Tests;

/// <summary>Every link leads somewhere.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Paths => [.. Pages.All];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Links_into_the_repository_lead_to_a_file(string page) => Assert.Equal(
        "", string.Join(' ', Pages.Links(Pages.Read(page)).Where(target => !Exists(page, target))));

    [Fact]
    public void A_broken_link_is_seen()
    {
        var links = Pages.Links("[a](no/such.md#part) [b](https://dot.net) [c](#here)\n```sh\n[d](e)\n```\n").ToList();

        Assert.Equal(["no/such.md"], links);
        Assert.False(Exists("README.md", links[0]));
    }

    private static bool Exists(string page, string target)
    {
        var path = Path.Join(Pages.Root, Path.GetDirectoryName(page), target);
        return File.Exists(path) || Directory.Exists(path);
    }
}
