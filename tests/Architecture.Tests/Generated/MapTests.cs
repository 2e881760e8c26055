using KernKit.Layout.Compiler;

namespace Architecture.Tests.Generated;

/// <summary>docs/maps shows the structures of layouts/, a page a schema, and an index.</summary>
public sealed class MapTests
{
    private static readonly string[] Schemas = [.. Repository.Files
        .Where(static path => path.StartsWith("layouts/", StringComparison.Ordinal))
        .Where(static path => path.EndsWith(".layout", StringComparison.Ordinal))];

    public static TheoryData<string> Paths => [.. Schemas];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_map_shows_what_its_schema_says(string schema)
    {
        var page = LayoutCompiler.DrawMap(
            Repository.At(schema), static path => File.Exists(path) ? File.ReadAllText(path) : null, schema);

        Assert.NotNull(page);
        CommittedFile.Verify(MapOf(schema), page);
    }

    [Fact]
    public void The_index_names_every_map() => CommittedFile.Verify(
        "docs/maps/README.md",
        "# Maps\n\nThe structures of the schemas, generated from them by `./x gen`.\n\n"
        + string.Concat(Schemas.Select(static schema =>
            $"- [{schema["layouts/".Length..^".layout".Length]}]({MapOf(schema)["docs/maps/".Length..]})\n")));

    [Fact]
    public void No_map_is_left_of_a_schema_that_went() => Assert.Empty(Repository.Files
        .Where(static path => path.StartsWith("docs/maps/", StringComparison.Ordinal))
        .Except(Schemas.Select(MapOf)).Except(["docs/maps/README.md"]));

    private static string MapOf(string schema) =>
        $"docs/maps/{schema["layouts/".Length..^".layout".Length].Replace('/', '-')}.md";
}
