namespace Architecture.Tests.Generated;

/// <summary>
/// A library's public surface is what api/ says: a change of it is seen in review. <c>./x gen</c> writes the files
/// anew.
/// </summary>
public sealed class SurfaceTests
{
    // Aim at 25 public types a library. These have more, for the reason given.
    private static readonly Dictionary<string, int> Allowed = new()
    {
        // A kind of map, of program and of hook is a type of its own, and so is each thing that a verifier or a
        // predicate may say.
        ["KernKit.Bpf"] = 55,
        // A predicate on entries is one more than the reader itself has.
        ["KernKit.Volumes"] = 26,
    };

    public static TheoryData<string> Libraries => [.. Repository.SourceProjects.Where(static name => name != "kern")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_surface_is_the_one_that_api_lists(string library) =>
        CommittedFile.Verify($"api/{library}.txt", Surface(library).ToString());

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_public_surface_is_small(string library) =>
        Assert.InRange(Surface(library).TypeCount, 1, Allowed.GetValueOrDefault(library, 25));

    [Fact]
    public void Every_surface_file_has_its_library() => Assert.Empty(
        Repository.Files.Where(static path => path.StartsWith("api/", StringComparison.Ordinal))
            .Select(static path => Path.GetFileNameWithoutExtension(path)!)
            .Except(Repository.SourceProjects));

    [Fact]
    public void A_surface_shows_what_a_caller_can_name_and_nothing_else()
    {
        var surface = PublicSurface.OfText("""
            namespace N;
            public class A { public int P { get; private set; } protected void M(string s = "x") { } internal int I; }
            class Hidden { public int P; }
            public enum E : byte { One = 1 }
            """);

        Assert.Equal(2, surface.TypeCount);
        Assert.Equal(
            """
            class N.A
                public int N.A.P { get; private set; }
                protected void N.A.M(string s = "x")
            enum N.E
                N.E.One = 1

            """.Replace("\r", "", StringComparison.Ordinal), surface.ToString());
    }

    private static PublicSurface Surface(string library) =>
        PublicSurface.OfAssembly(Path.Join(AppContext.BaseDirectory, library + ".dll"));
}
