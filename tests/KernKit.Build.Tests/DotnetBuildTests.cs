namespace KernKit.Build.Tests;

/// <summary>The hook in real builds: one project, one story a test.</summary>
public sealed class DotnetBuildTests : IDisposable
{
    private readonly DotnetProject _project = new();

    public void Dispose()
    {
        _project.StopServer();
        _project.Dispose();
    }

    [Fact]
    public void Builds_follow_the_schemas()
    {
        _project.Schema("first", "struct Dinode one");
        _project.Build();
        Assert.Equal(["Anchor one", "Dinode one one"], _project.Types());

        // Nothing to do: nothing is written, nothing is forgotten, and the next build still knows all.
        var compiled = File.GetLastWriteTimeUtc(_project.Assembly);
        File.SetLastWriteTimeUtc(Path.Join(_project.Project, "first.layout"), DateTime.UtcNow);
        _project.Build("--no-restore");
        Assert.Equal(compiled, File.GetLastWriteTimeUtc(_project.Assembly));
        Assert.Equal(["Anchor.g.cs", "Dinode.g.cs", "Support.g.cs"], _project.GeneratedNames());

        _project.Schema("first", "struct Dinode two");
        _project.Build("--no-restore");
        Assert.Equal(["Anchor one", "Dinode one two"], _project.Types());

        // Renamed: the old type leaves the assembly, and comes back with the file.
        File.Move(Path.Join(_project.Project, "first.layout"), Path.Join(_project.Project, "second.layout"));
        _project.Schema("second", "struct Inode two");
        _project.Build("--no-restore");
        Assert.Equal(["Anchor one", "Inode one two"], _project.Types());

        // Deleted: the type leaves.
        File.Delete(Path.Join(_project.Project, "second.layout"));
        _project.Build("--no-restore");
        Assert.Equal(["Anchor one"], _project.Types());
        Assert.Equal(["Anchor.g.cs", "Support.g.cs"], _project.GeneratedNames());

        // Another compiler at the same path, in a server that has the old one in memory.
        _project.UseCompiler("two");
        _project.Build("--no-restore");
        Assert.Equal(["Anchor two"], _project.Types());
    }

    [Fact]
    public void A_warning_is_repeated_also_where_nothing_is_looked_at_and_inputs_know_where_they_were_found()
    {
        using var project = new DotnetProject(items: """
            <ItemGroup>
              <CodeGenerator Include="copy" Command="cp {Input} {Output}" Outputs="{RecursiveDir}{Filename}.copy"
                             OutputDirectory="made" />
              <Generate Include="in/**/*.in" Generator="copy" />
            </ItemGroup>
            """);
        project.Write("App/in/deep/a.in", "a");
        project.Schema("old", "struct Old\nwarning old form");
        var snapshot = Path.Join(project.Intermediate, "kernkit.build.same");
        Assert.Contains("old form", project.Build(), StringComparison.Ordinal);
        // For two seconds the files are too young for their stamps to prove anything.
        for (var build = 0; build < 100 && !File.Exists(snapshot); build++)
        {
            Assert.Contains("old form", project.Build("--no-restore"), StringComparison.Ordinal);
        }

        Assert.True(File.Exists(snapshot));
        Assert.Contains("old form", project.Build("--no-restore"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(project.Project, "made", "deep", "a.copy")));
    }

    [Fact]
    public void Items_for_a_generator_that_nobody_registered_are_an_error()
    {
        using var project = new DotnetProject(items: """
            <ItemGroup>
              <Layout Remove="@(Layout)" />
              <Generate Include="Program.cs" Generator="nobody" />
            </ItemGroup>
            """);

        var (status, output) = project.Dotnet(["msbuild", "-restore", "-t:KernKitGenerate"]);

        Assert.NotEqual(0, status);
        Assert.Contains("there is no generator 'nobody'", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_in_a_schema_fails_the_build_and_not_the_editor()
    {
        _project.Build();
        _project.Schema("bad", "\nerror no such type");

        var (status, output) = _project.Dotnet(["build", "--no-restore"]);

        Assert.NotEqual(0, status);
        Assert.Contains("bad.layout(3,1): error KK1000: no such type", output);

        string[] designTime =
        [
            "msbuild", "-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true",
            "-getItem:Compile",
        ];
        (status, output) = _project.Dotnet(designTime);
        Assert.True(status == 0, output);
        Assert.Contains("gen/layout/Ufs/Anchor.g.cs", output);

        _project.Schema("bad", "struct Good");
        (status, output) = _project.Dotnet(designTime);
        Assert.True(status == 0, output);
        Assert.Contains("gen/layout/Ufs/Good.g.cs", output);

        File.Delete(Path.Join(_project.Tools, "KernKit.Build.dll"));
        (status, output) = _project.Dotnet(designTime);
        Assert.True(status == 0, output);
        Assert.Contains("gen/layout/Ufs/Anchor.g.cs", output);
    }

    [Theory]
    [InlineData("-m:1")]
    [InlineData("-m:2")]
    [InlineData("-graph")]
    public void Each_target_framework_has_its_own_output(string how)
    {
        using var project = new DotnetProject("net10.0;netstandard2.0");
        project.Write("App/App.csproj", File.ReadAllText(Path.Join(project.Project, "App.csproj"))
            .Replace("<OutputType>Exe</OutputType>", "", StringComparison.Ordinal));
        File.Delete(Path.Join(project.Project, "Program.cs"));

        project.Build(how);
        var built = Assemblies(project).ConvertAll(File.GetLastWriteTimeUtc);
        project.Build(how, "--no-restore");

        Assert.Equal(built, Assemblies(project).ConvertAll(File.GetLastWriteTimeUtc));
        foreach (var framework in new[] { "net10.0", "netstandard2.0" })
        {
            var generated = Path.Join(project.Project, "obj", "Debug", framework, "gen");
            Assert.True(File.Exists(Path.Join(generated, "layout", "Ufs", "Anchor.g.cs")));
        }

        var (status, output) = project.Dotnet(["clean"]);
        Assert.True(status == 0, output);
        Assert.Empty(Directory.GetDirectories(Path.Join(project.Project, "obj", "Debug"), "gen",
            SearchOption.AllDirectories));
    }

    private static List<string> Assemblies(DotnetProject project) =>
    [
        .. Directory.GetFiles(Path.Join(project.Project, "bin"), "App.dll", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal),
    ];
}
