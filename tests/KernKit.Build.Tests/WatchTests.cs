using System.Text;

namespace KernKit.Build.Tests;

/// <summary>A running <c>dotnet watch</c>.</summary>
public sealed class WatchTests : IDisposable
{
    private const string Count = """
        <Target Name="Count" AfterTargets="Build">
          <WriteLinesToFile File="../builds" Lines="built" />
        </Target>
        """;

    private const string Waiting = "Waiting for a file to change";
    private readonly DotnetProject _project = new(items: Count) { UsesServer = false, ReusesNodes = false };
    private readonly StringBuilder _output = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void An_edited_schema_is_built_once_and_what_is_generated_wakes_nobody()
    {
        _project.Schema("first", "struct First edit0");
        _project.Build();
        File.Delete(Path.Join(_project.Root, "builds"));
        using var watch = _project.Start(["watch", "--non-interactive", "build", "--no-restore"], verbatim: true);
        watch.OutputDataReceived += (_, line) => Append(line.Data);
        watch.ErrorDataReceived += (_, line) => Append(line.Data);
        watch.BeginOutputReadLine();
        watch.BeginErrorReadLine();
        try
        {
            for (var builds = 1; builds <= 3; builds++)
            {
                Assert.True(SpinWait.SpinUntil(() => Times() >= builds, TimeSpan.FromSeconds(120)), Said());
                Assert.Equal(builds, File.ReadAllLines(Path.Join(_project.Root, "builds")).Length);
                Assert.Contains($"First one edit{builds - 1}", _project.Types());
                _project.Schema("first", $"struct First edit{builds}");
            }
        }
        finally
        {
            watch.Kill(entireProcessTree: true);
            watch.WaitForExit();
        }
    }

    private int Times() => Said().Split(Waiting).Length - 1;

    private string Said()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
