using System.Diagnostics;

namespace KernKit.Build.Tests;

/// <summary>Builds that die at any moment.</summary>
public sealed class KilledTests : IDisposable
{
    private const int Kills = 50;
    private const int Lines = 6;
    private readonly string _root = Directory.CreateTempSubdirectory("kernkit-killed-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Fifty_kills_at_random_points_leave_no_half_written_file_and_no_child()
    {
        const int Seed = 20_261_124;
        var random = new Random(Seed);
        File.WriteAllText(Path.Join(_root, "gen.sh"), $"""
            n=0
            while [ $n -lt {Lines} ]; do echo "$(cat $1)"; sleep 0.01; n=$((n+1)); done > $2
            """);
        File.WriteAllText(Path.Join(_root, "kernbuild.json"), """
            { "generators": {
                "gen": { "command": "sh gen.sh {Input} {Output}", "outputs": "{Filename}.g", "next": "copy" },
                "copy": { "command": "cp {Input} {Output}", "outputs": "{Filename}.c", "outputDirectory": "made" } },
              "generate": [ { "include": "*.in", "generator": "gen" } ] }
            """);
        for (var kill = 0; kill < Kills; kill++)
        {
            for (var number = 0; number < 6; number++)
            {
                File.WriteAllText(Path.Join(_root, $"{number}.in"), $"kill {kill} input {number}\n");
            }

            using (var build = Start())
            {
                build.WaitForExit(random.Next(60, 350));
                build.Kill();
                build.WaitForExit();
            }

            AssertWhole($"seed {Seed}, kill {kill}");
        }

        Assert.True(SpinWait.SpinUntil(() => Survivors().Length == 0, TimeSpan.FromSeconds(5)),
            string.Join('\n', Survivors()));
        using var last = Start();
        last.WaitForExit();
        Assert.Equal(0, last.ExitCode);
        Assert.Equal($"kill {Kills - 1} input 3\n", File.ReadLines(Path.Join(_root, "made", "3.c")).First() + "\n");
        Assert.False(Directory.Exists(Path.Join(_root, ".kernbuild", "gen.tmp")));
        Assert.Empty(Directory.GetFiles(Path.Join(_root, "made"), ".*"));
    }

    [Fact]
    public void A_copy_that_a_killed_build_left_among_the_users_files_goes_with_the_next_build()
    {
        File.WriteAllText(Path.Join(_root, "1.in"), "one\n");
        File.WriteAllText(Path.Join(_root, "kernbuild.json"), """
            { "generators": {
                "copy": { "command": "cp {Input} {Output}", "outputs": "{Filename}.c", "outputDirectory": "made" } },
              "generate": [ { "include": "*.in", "generator": "copy" } ] }
            """);
        var intent = Path.Join(_root, ".kernbuild", "kernkit.build.intent");
        var partial = Path.Join(_root, "made", ".gone.c.kkpart");
        Directory.CreateDirectory(Path.GetDirectoryName(intent)!);
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        File.WriteAllText(partial, "hal");
        File.WriteAllText(intent, "partial\tmade/gone.c\npartial\tnowhere/at-all.c\n");

        using var build = Start();
        build.WaitForExit();

        Assert.Equal(0, build.ExitCode);
        Assert.False(File.Exists(partial));
        Assert.Equal("one\n", File.ReadAllText(Path.Join(_root, "made", "1.c")));
    }

    [Fact]
    public void What_a_killed_build_put_among_the_users_files_and_nothing_makes_any_more_goes()
    {
        using var project = new GraphProject(_root);
        project.Generator("copy", ("Command", "sh -c 'ls obj > $0' {Output}"), ("Outputs", "{Filename}.c"),
            ("OutputDirectory", "made"));
        project.Input("1.in", "copy", "one\n");
        project.Write("obj/kernkit.build.same", "the proof of an older build");
        project.Build();
        // Gone before anything is put in place: whatever happens then, the next build looks closely.
        Assert.DoesNotContain("kernkit.build.same", project.Read("made/1.c"), StringComparison.Ordinal);

        project.Write("made/2.c", "two\n");
        project.Write("made/3.c", "three, and edited\n");
        project.Write("obj/kernkit.build.intent",
            $"{FileState.HashOf("two\n"u8)}\tmade/2.c\n{FileState.HashOf("three\n"u8)}\tmade/3.c\n");
        project.Build();

        Assert.Equal(["1.c", "3.c"], Directory.GetFiles(Path.Join(_root, "made")).Select(Path.GetFileName).Order());
        Assert.False(File.Exists(Path.Join(_root, "obj", "kernkit.build.intent")));
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Kern.Path, ["build", "gen"]) { WorkingDirectory = _root };
        start.Environment["KERNKIT_BUILD_CACHE"] = Path.Join(_root, ".cache");
        return Process.Start(start)!;
    }

    private void AssertWhole(string when)
    {
        foreach (var directory in new[] { Path.Join(_root, ".kernbuild", "gen"), Path.Join(_root, "made") })
        {
            foreach (var path in Directory.Exists(directory)
                ? Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
                : [])
            {
                if (Path.GetFileName(path).StartsWith('.'))
                {
                    // Not under its final name; the next build does not mistake it for an output.
                    continue;
                }

                var lines = File.ReadAllLines(path);
                Assert.True(lines.Length == Lines && lines.Distinct().Count() == 1,
                    $"{when}: {path}: {lines.Length} lines");
            }
        }
    }

    /// <summary>Programs that run in the test's directory, or were started with its paths.</summary>
    private string[] Survivors() =>
    [
        .. Directory.GetDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
            .Where(path =>
            {
                try
                {
                    return File.ReadAllText(path + "/cmdline").Contains(_root, StringComparison.Ordinal) ||
                        new DirectoryInfo(path + "/cwd").ResolveLinkTarget(false)?.FullName == _root;
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    return false;
                }
            }),
    ];
}
