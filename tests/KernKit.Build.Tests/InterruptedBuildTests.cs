namespace KernKit.Build.Tests;

/// <summary>Builds beside builds, and builds that die.</summary>
public sealed class InterruptedBuildTests : IDisposable
{
    private readonly DotnetProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Builds_at_once_and_killed_builds_leave_nothing_half_written()
    {
        Assert.Equal(0, Run("build", "-p:Warm=1"));
        for (var number = 0; number < 200; number++)
        {
            _project.Schema($"s{number}", $"struct S{number}");
        }

        // Killed at different moments of its generation; the delays only choose which.
        foreach (var delay in new[] { 350, 500, 650 })
        {
            using var killed = _project.Start(["build", "--no-restore"], server: false);
            Thread.Sleep(delay);
            killed.Kill(entireProcessTree: true);
            killed.WaitForExit();
            foreach (var path in Directory.GetFiles(Path.Join(_project.Intermediate, "gen"), "*.g.cs",
                SearchOption.AllDirectories))
            {
                Assert.EndsWith("\n", File.ReadAllText(path));
            }
        }

        using var one = _project.Start(["msbuild", "-t:KernKitGenerate"], server: false);
        using var two = _project.Start(["msbuild", "-t:KernKitGenerate"], server: false);
        one.WaitForExit();
        two.WaitForExit();
        Assert.Equal((0, 0), (one.ExitCode, two.ExitCode));
        Assert.Equal(0, Run("build", "--no-restore"));
        Assert.Equal(201, _project.Types().Length);
        Assert.False(Directory.Exists(Path.Join(_project.Intermediate, "gen.tmp")));
    }

    private int Run(params string[] arguments)
    {
        using var process = _project.Start(arguments, server: false);
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? 0 : throw new InvalidOperationException(output.Result);
    }
}
