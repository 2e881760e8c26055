namespace KernKit.Build.Tests;

/// <summary>Builds beside builds; those that die are in <see cref="KilledTests"/>.</summary>
public sealed class InterruptedBuildTests : IDisposable
{
    private readonly DotnetProject _project = new() { UsesServer = false, ReusesNodes = false };

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Two_builds_at_once_agree()
    {
        Assert.Equal(0, Run("restore"));
        for (var number = 0; number < 100; number++)
        {
            _project.Schema($"s{number}", $"struct S{number}");
        }

        using var one = _project.Start(["msbuild", "-t:KernKitGenerate"]);
        using var two = _project.Start(["msbuild", "-t:KernKitGenerate"]);
        one.WaitForExit();
        two.WaitForExit();
        Assert.Equal((0, 0), (one.ExitCode, two.ExitCode));
        Assert.Equal(0, Run("build", "--no-restore"));
        Assert.Equal(101, _project.Types().Length);
        Assert.False(Directory.Exists(Path.Join(_project.Intermediate, "gen.tmp")));
    }

    [Fact]
    public void Killed_while_it_generates_a_build_leaves_whole_files_and_the_next_one_is_right()
    {
        const int Seed = 20_261_129;
        const int Kills = 6;
        var random = new Random(Seed);
        _project.Write("App/App.csproj", File.ReadAllText(Path.Join(_project.Project, "App.csproj"))
            .Replace("<Layout Include=\"*.layout\" />", """
                <Layout Include="*.layout" />
                <CodeGenerator Include="slow" Command="sh slow.sh {Input} {Output}" Outputs="{Filename}.txt"
                               OutputDirectory="made" />
                <Generate Include="*.in" Generator="slow" />
                """, StringComparison.Ordinal));
        _project.Write("App/slow.sh", "for n in 1 2 3 4 5; do cat $1; sleep 0.01; done > $2\n");
        Assert.Equal(0, Run("restore"));
        for (var kill = 0; kill < Kills; kill++)
        {
            for (var number = 0; number < 8; number++)
            {
                _project.Write($"App/{number}.in", $"kill {kill} input {number}\n");
            }

            using var build = _project.Start(["msbuild", "-t:KernKitGenerate"]);
            SpinWait.SpinUntil(() =>
                build.HasExited || Directory.Exists(Path.Join(_project.Intermediate, "gen.tmp")));
            build.WaitForExit(random.Next(0, 250));
            build.Kill();
            build.WaitForExit();
            foreach (var path in Directory.Exists(Path.Join(_project.Project, "made"))
                ? Directory.GetFiles(Path.Join(_project.Project, "made"), "?.txt")
                : [])
            {
                var lines = File.ReadAllLines(path);
                Assert.True(lines.Length == 5 && lines.Distinct().Count() == 1, $"seed {Seed}, kill {kill}: {path}");
            }
        }

        Assert.Equal(0, Run("build", "--no-restore"));
        Assert.Equal(8, Directory.GetFileSystemEntries(Path.Join(_project.Project, "made")).Length);
        Assert.StartsWith($"kill {Kills - 1} input 3\n",
            File.ReadAllText(Path.Join(_project.Project, "made", "3.txt")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Join(_project.Intermediate, "gen.tmp")));
        Assert.False(File.Exists(Path.Join(_project.Intermediate, "kernkit.build.intent")));
    }

    private int Run(params string[] arguments)
    {
        using var process = _project.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? 0 : throw new InvalidOperationException(output.Result);
    }
}
