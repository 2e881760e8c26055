using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>The floors of ARCHITECTURE.md, compared with the project files.</summary>
public sealed class FloorTests
{
    private const int BuildTime = -1;

    // Every room of the house plan, built or not, so that a new project has its floor before its first reference.
    private static readonly Dictionary<string, int> Floors = new()
    {
        ["kern"] = 4,
        ["KernKit.Volumes"] = 3,
        ["KernKit.Fuse"] = 3,
        ["KernKit.Messaging"] = 3,
        ["KernKit.Threads"] = 2,
        ["KernKit.Syscalls"] = 1,
        ["KernKit.Layout"] = 0,
        ["KernKit.Bpf"] = 0,
        ["KernKit.Alloc"] = 0,
        ["KernKit.Alloc.Preload"] = 0,
        ["KernKit.Build"] = BuildTime,
        ["KernKit.Layout.Compiler"] = BuildTime,
    };

    public static TheoryData<string> Projects => [.. Repository.SourceProjects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_has_a_floor_and_references_only_lower_ones(string project) =>
        Assert.Empty(Violations(project, References(project)));

    [Fact]
    public void A_reference_up_or_sideways_is_seen()
    {
        Assert.Single(Violations("KernKit.Layout", ["KernKit.Volumes"]));
        Assert.Single(Violations("KernKit.Volumes", ["KernKit.Fuse"]));
        Assert.Single(Violations("KernKit.Volumes", ["KernKit.Layout.Compiler"]));
        Assert.Single(Violations("KernKit.Other", []));
        Assert.Empty(Violations("KernKit.Volumes", ["KernKit.Layout", "KernKit.Bpf"]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_is_in_the_solution_with_its_lock_file_and_its_readme(string project)
    {
        Assert.Contains($"src/{project}/{project}.csproj", Repository.Read("KernKit.slnx"), StringComparison.Ordinal);
        Assert.Contains($"src/{project}/packages.lock.json", Repository.Files);
        Assert.InRange(Repository.Read($"src/{project}/README.md").Split('\n').Length, 15, 81);
    }

    [Fact]
    public void Every_test_project_is_in_the_solution_with_its_lock_file()
    {
        var solution = Repository.Read("KernKit.slnx");
        var projects = Repository.Files.Where(static path => path.EndsWith(".csproj", StringComparison.Ordinal)
            && path.StartsWith("tests/", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, path => Assert.Contains(path, solution, StringComparison.Ordinal));
        Assert.All(projects, static path =>
            Assert.Contains(Path.GetDirectoryName(path) + "/packages.lock.json", Repository.Files));
    }

    [Fact]
    public void No_project_states_the_version_of_a_package() => Assert.Empty(
        from path in Repository.Files
        where path.EndsWith(".csproj", StringComparison.Ordinal)
        from reference in XDocument.Load(Repository.At(path)).Descendants("PackageReference")
        where reference.Attribute("Version") is not null
        select $"{path}: {reference}");

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Repository.At($"src/{project}/{project}.csproj")).Descendants("ProjectReference")
            .Where(static reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(static reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

    private static List<string> Violations(string project, IEnumerable<string> references)
    {
        if (!Floors.TryGetValue(project, out var floor))
        {
            return [$"{project} has no floor: give it one in ARCHITECTURE.md and here"];
        }

        return [.. from reference in references
            where !Floors.TryGetValue(reference, out var lower) || !IsAllowed(project, floor, lower)
            select $"{project} (floor {floor}) references {reference}"];
    }

    // What builds the house does not stand in it; only the command shows the compiler to people.
    private static bool IsAllowed(string project, int floor, int lower) =>
        lower == BuildTime ? project == "kern" || floor == BuildTime : lower < floor
            || (floor == BuildTime && lower == 0);
}
