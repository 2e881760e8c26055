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

    private int Run(params string[] arguments)
    {
        using var process = _project.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? 0 : throw new InvalidOperationException(output.Result);
    }
}
