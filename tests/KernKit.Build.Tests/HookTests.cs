namespace KernKit.Build.Tests;

/// <summary>Generators of all kinds in real builds.</summary>
public sealed class HookTests : IDisposable
{
    // The first is written as people will write it first: MSBuild fills in %(Filename) itself, with "consts".
    private const string Items = """
        <ItemGroup>
          <CodeGenerator Include="consts" Command="sh consts.sh {Input} {Prefix}" Outputs="%(Filename).g.cs"
                         OutputKind="Compile" />
          <CodeGenerator Include="header" Command="sed s/^/#define\ / {Input} &gt; {Output}" Outputs="{Filename}.h"
                         OutputKind="Generate" Next="object" />
          <CodeGenerator Include="object" Command="gcc -c -o {Output} -MD -MF {Depfile} -include {Input} unit.c"
                         Outputs="{Filename}.o" Depfile="{Filename}.d" OutputKind="EmbeddedResource" />
          <CodeGenerator Include="text" Command="cat {Inputs} &gt; {Output}" Outputs="all.txt" Runs="All"
                         OutputKind="Content" OutputDirectory="made" CommittedTo="committed" />
          <Generate Include="*.def" Generator="consts" Prefix="K" />
          <Generate Include="*.def" Generator="header" />
          <Generate Include="*.def" Generator="text" />
        </ItemGroup>
        """;

    private readonly DotnetProject _project = new(items: Items.Replace(
        "{Input} {Prefix}\"", "{Input} {Prefix} {InputFromOutput} &gt; {Output}\"", StringComparison.Ordinal));

    public HookTests()
    {
        _project.Write("App/consts.sh", """
            case $(cat $1) in *bad*) echo "$1(1,5): error DEF1: bad value" >&2; exit 1;; esac
            echo "internal static class $2$(basename $1 .def) {"
            while read name value; do echo "#line $((n=n+1)) \"$3\""; echo "public const int $name = $value;"; done < $1
            echo "}"

            """);
        _project.Write("App/unit.c", "#include \"unit.inc\"\nint answer = Answer;\n");
        _project.Write("App/unit.inc", "");
        _project.Write("App/one.def", "Answer 42\n");
        _project.Write("App/Program.cs", """
            System.Console.WriteLine(Kone.Answer);
            foreach (var name in typeof(Kone).Assembly.GetManifestResourceNames())
            {
                System.Console.WriteLine(name);
            }
            System.Console.WriteLine(System.IO.File.ReadAllText(
                System.IO.Path.Combine(System.AppContext.BaseDirectory, "all.txt")).Trim());
            """);
    }

    public void Dispose()
    {
        _project.StopServer();
        _project.Dispose();
    }

    [Fact]
    public void Every_kind_of_output_reaches_the_build_and_follows_its_input()
    {
        // The first build already has all of it: code, resource through two generators, content.
        _project.Build();
        Assert.Equal(["42", "Answer 42", "one.o"], _project.Types());
        Assert.Equal("Answer 42\n", File.ReadAllText(Path.Join(_project.Project, "committed", "all.txt")));

        // Nothing to do, and nothing done, twice: the second finds what the first left.
        var built = File.GetLastWriteTimeUtc(_project.Assembly);
        _project.Build("--no-restore", "-graph");
        _project.Build("--no-restore");
        Assert.Equal(built, File.GetLastWriteTimeUtc(_project.Assembly));
        Assert.Equal(["Anchor.g.cs", "Support.g.cs", "one.g.cs", "one.h", "one.o"], _project.GeneratedNames());

        // An edit that leaves the C# equal does not start the compiler; here the header's and the object's too.
        File.SetLastWriteTimeUtc(Path.Join(_project.Project, "one.def"), DateTime.UtcNow);
        File.AppendAllText(Path.Join(_project.Project, "consts.sh"), "# a comment\n");
        _project.Build("--no-restore");
        Assert.Equal(built, File.GetLastWriteTimeUtc(_project.Assembly));

        // A compiler's error points into the definition, and so does the generator's own.
        _project.Write("App/one.def", "Answer 43\nWrong nonsense\n");
        var (status, output) = _project.Dotnet(["build", "--no-restore"]);
        Assert.NotEqual(0, status);
        Assert.Contains("App/one.def(2,", output, StringComparison.Ordinal);
        _project.Write("App/one.def", "Answer bad\n");
        (status, output) = _project.Dotnet(["build", "--no-restore"]);
        Assert.NotEqual(0, status);
        Assert.Contains("App/one.def(1,5): error DEF1: bad value", output, StringComparison.Ordinal);

        // Another definition comes, the first one goes.
        File.Delete(Path.Join(_project.Project, "one.def"));
        _project.Write("App/two.def", "Answer 44\n");
        _project.Write("App/Program.cs", File.ReadAllText(Path.Join(_project.Project, "Program.cs"))
            .Replace("Kone", "Ktwo", StringComparison.Ordinal));
        _project.Build("--no-restore");
        Assert.Equal(["44", "Answer 44", "two.o"], _project.Types());

        AssertEditorAndWatchSeeAll();
        AssertCleanIsExact();
    }

    [Fact]
    public void A_class_of_the_projects_own_is_a_generator_and_its_new_code_runs_in_an_old_process()
    {
        var assembly = Path.Join(_project.Root, "own", "Own.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(assembly)!);
        _project.Write("App/App.csproj", File.ReadAllText(Path.Join(_project.Project, "App.csproj"))
            .Replace("Command=\"sh consts.sh {Input} {Prefix} {InputFromOutput} &gt; {Output}\"",
                $"Type=\"Own.Generator\" Assembly=\"{assembly}\"", StringComparison.Ordinal));

        foreach (var answer in new[] { "7", "8" })
        {
            File.WriteAllBytes(assembly, FakeCompiler.Generator(answer));
            _project.Build();
            Assert.Contains(answer, _project.Types());
        }

        Assert.Contains("Greeting", File.ReadAllText(Path.Join(_project.Intermediate, "gen", "consts", "one.g.cs")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_mean_something_to_MSBuild_or_a_shell_mean_nothing_here()
    {
        string[] names = ["a b", "100%", "%41", "x;y", "[z]", "q$HOME", "$(q)", "it's", "@(p)", "k=v", "\u00fc"];
        File.Delete(Path.Join(_project.Project, "one.def"));
        foreach (var name in names)
        {
            _project.Write($"App/{name}.def", "Answer 42\n");
        }

        _project.Write("App/consts.sh", "echo \"// $1\"");
        _project.Write("App/unit.c", "");
        _project.Write("App/Program.cs", "System.Console.WriteLine();");
        _project.Build();

        Assert.Equal(names.Select(static name => name + ".g.cs").Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Join(_project.Intermediate, "gen", "consts")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
        var built = File.GetLastWriteTimeUtc(_project.Assembly);
        _project.Build("--no-restore");
        Assert.Equal(built, File.GetLastWriteTimeUtc(_project.Assembly));
    }

    private void AssertEditorAndWatchSeeAll()
    {
        var (status, output) = _project.Dotnet(
        [
            "msbuild", "-t:Compile", "-p:DesignTimeBuild=true", "-p:SkipCompilerExecution=true",
            "-getItem:Compile", "-getItem:Watch",
        ]);
        Assert.True(status == 0, output);
        Assert.Contains("gen/consts/two.g.cs", output, StringComparison.Ordinal);
        Assert.Contains("\"Identity\": \"two.def\"", output, StringComparison.Ordinal);
    }

    private void AssertCleanIsExact()
    {
        _project.Write("App/made/mine.txt", "mine");
        var edited = Path.Join(_project.Intermediate, "gen", "consts", "two.g.cs");
        File.AppendAllText(edited, "// edited");
        var (status, output) = _project.Dotnet(["clean"]);

        Assert.True(status == 0, output);
        Assert.Contains("KK9022", output, StringComparison.Ordinal);
        Assert.Equal(["two.g.cs"], _project.GeneratedNames());
        Assert.Equal(["mine.txt"], Directory.GetFiles(Path.Join(_project.Project, "made")).Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Join(_project.Project, "committed", "all.txt")));
        Assert.Empty(Directory.GetFiles(_project.Intermediate, "kernkit*"));
    }
}
