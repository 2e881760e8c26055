namespace Architecture.Tests.Generated;

/// <summary>
/// docs/maps has a page for each schema of layouts/. The build draws them (KernKit.Layout.Schemas.Tests.csproj), and
/// fails where one is not up to date and may not be written: <c>./x gen --check</c>.
/// </summary>
public sealed class MapTests
{
    private static readonly string[] Schemas = [.. Repository.Files
        .Where(static path => path.StartsWith("layouts/", StringComparison.Ordinal))
        .Where(static path => path.EndsWith(".layout", StringComparison.Ordinal))];

    [Fact]
    public void Every_schema_has_its_map_and_no_map_is_left_of_one_that_went() => Assert.Equal(
        Schemas.Select(static schema =>
                $"docs/maps/{schema["layouts/".Length..^".layout".Length].Replace('/', '-')}.md")
            .Append("docs/maps/README.md").Order(StringComparer.Ordinal),
        Repository.Files.Where(static path => path.StartsWith("docs/maps/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal));
}
