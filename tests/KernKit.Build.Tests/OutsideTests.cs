using System.Text.Json;

namespace KernKit.Build.Tests;

/// <summary><c>kern build</c>, alone and called by make, bmake, ninja and CMake.</summary>
public sealed class OutsideTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernkit-outside-").FullName;

    public OutsideTests()
    {
        var sample = Path.Join(Repository.Root, "samples", "build-outside");
        Directory.CreateDirectory(At("colors"));
        foreach (var path in Directory.GetFiles(sample, "*", SearchOption.AllDirectories))
        {
            File.Copy(path, At(Path.GetRelativePath(sample, path)));
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("app", "make KERN=")]
    [InlineData("app", "bmake -f Makefile.bsd KERN=")]
    [InlineData("app", "ninja")]
    [InlineData("out/app", "cmake --build out")]
    public void Each_build_system_generates_once_and_rebuilds_what_changed(string app, string command)
    {
        var words = command.Replace("KERN=", "KERN=" + Kern.Path, StringComparison.Ordinal).Split(' ');
        if (words[0] == "ninja")
        {
            File.WriteAllText(At("build.ninja"), File.ReadAllText(At("build.ninja"))
                .Replace("kern = kern", "kern = " + Kern.Path, StringComparison.Ordinal));
        }
        else if (words[0] == "cmake")
        {
            Kern.Good(_root, "cmake", "-G", "Ninja", "-B", "out", "-DKERN=" + Kern.Path);
        }

        string Build()
        {
            var output = Kern.Good(_root, words[0], words[1..]);
            // All of them compare times, bmake whole seconds, and the kernel's clock for files ticks every few
            // milliseconds: what is edited in the tick of the last build is not seen.
            Thread.Sleep(TimeSpan.FromMilliseconds(words[0] == "bmake" ? 1050 : 50));
            return output;
        }

        Build();
        Assert.Equal("2 colors, red is 1\n", Kern.Good(_root, At(app)));

        // Nothing to do: neither kern nor the linker runs.
        var linked = File.GetLastWriteTimeUtc(At(app));
        Assert.DoesNotContain("build gen", Build(), StringComparison.Ordinal);

        // Touched, and edited without effect: kern runs, the header keeps its time, nothing is linked.
        File.SetLastWriteTimeUtc(At("colors/house.colors"), DateTime.UtcNow);
        Build();
        File.WriteAllText(At("colors/house.colors"), "red   1\ngreen 2\n");
        Build();
        Assert.Equal(linked, File.GetLastWriteTimeUtc(At(app)));

        // Edited; and the script that nobody declared.
        File.WriteAllText(At("colors/house.colors"), "red 7\ngreen 2\nblue 3\n");
        Build();
        Assert.Equal("3 colors, red is 7\n", Kern.Good(_root, At(app)));
        File.WriteAllText(At("colors.awk"), File.ReadAllText(At("colors.awk"))
            .Replace("%d\\n\", prefix, NR", "%d\\n\", prefix, NR * 10", StringComparison.Ordinal));
        Build();
        Assert.Equal("30 colors, red is 7\n", Kern.Good(_root, At(app)));

        // A new input, of which no rule says anything, and one that goes.
        File.WriteAllText(At("colors/garden.colors"), "green 1\n");
        Build();
        Assert.True(File.Exists(At("include/garden.h")));
        File.Delete(At("colors/garden.colors"));
        Build();
        Assert.False(File.Exists(At("include/garden.h")));
        Assert.DoesNotContain("build gen", Build(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gen_tells_why_and_checks_and_cleans()
    {
        Assert.Contains("colors: colors/house.colors: never built", Gen(0, "--verbose"), StringComparison.Ordinal);
        Assert.Equal("", Gen(0));
        Assert.Contains("\"ran\":0", Gen(0, "--json"), StringComparison.Ordinal);
        File.WriteAllText(At("colors/house.colors"), "red 5\n");
        Assert.Contains("KK9006", Gen(1, "--question"), StringComparison.Ordinal);
        Assert.Contains("changed input colors/house.colors", Gen(0, "--verbose"), StringComparison.Ordinal);
        Assert.Equal("", Gen(0, "--sandbox", "--determinism"));

        var why = Kern.Good(_root, Kern.Path, "build", "why", "house.h");
        Assert.Contains("asked for; now: up to date", why, StringComparison.Ordinal);
        Assert.Contains("from colors.awk", why, StringComparison.Ordinal);
        File.WriteAllText(At("colors.awk"), "");
        using var json = JsonDocument.Parse(Kern.Good(_root, Kern.Path, "build", "why", "--json"));
        Assert.Equal("changed input colors.awk", json.RootElement.GetProperty("now").GetString());
        Assert.Equal(1, Kern.Run(_root, Kern.Path, "build", "why", "nothing.h").Status);

        Gen(0, "--clean");
        Assert.False(Directory.Exists(At("include")));
        Assert.Equal(1, Kern.Run(_root, Kern.Path, "build", "why").Status);
    }

    [Fact]
    public void Cache_counts_bounds_and_clears()
    {
        Gen(0);
        Assert.StartsWith("1 results, 1 files", CacheLine(), StringComparison.Ordinal);
        Assert.Contains("at most 2097152 bytes, unused for 7 days",
            CacheLine("--limit", "2M", "--age", "7"), StringComparison.Ordinal);
        Assert.StartsWith("0 results, 0 files", CacheLine("--clear"), StringComparison.Ordinal);
        Assert.Equal(2, Kern.Run(_root, Kern.Path, "build", "cache", "--limit", "much").Status);
        Assert.Equal(2, Kern.Run(_root, Kern.Path, "build", "cache", "--age", "-1").Status);
    }

    [Theory]
    [InlineData("{", 3, "kernbuild.json(1,")]
    [InlineData("[]", 3, "a graph is an object")]
    [InlineData("""{ "generator": {} }""", 3, "'generator' is unknown")]
    [InlineData("""{ "generate": [ { "generator": "x" } ] }""", 3, "lacks \"include\"")]
    [InlineData("""{ "generate": [ { "include": "a", "generator": "x" } ] }""", 3, "no generator 'x'")]
    [InlineData("""{ "generators": { "x": { "command": {} } } }""", 3, "values are strings")]
    [InlineData("""{ "generators": { "x": { "command": "cp {Input} {out}", "outputs": "y" } }, """ +
        """ "generate": [ { "include": "gone", "generator": "x" } ] }""", 3, "gone does not exist")]
    [InlineData("""{ "generators": { "x": { "command": "nonesuch", "outputs": "y", "runs": "once" } } }""", 4,
        "nonesuch")]
    [InlineData("""{ "generators": { "x": { "command": "false", "outputs": "y", "runs": "once" } } }""", 1, "status 1")]
    public void A_graph_that_cannot_work_is_one_clear_error(string graph, int status, string says)
    {
        File.WriteAllText(At("kernbuild.json"), graph);

        var output = Gen(status);

        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_graph_is_said_to_be_missing()
    {
        File.Delete(At("kernbuild.json"));

        Assert.Contains("kernbuild.json: there is no such file", Gen(1), StringComparison.Ordinal);
    }

    private string At(string name) => Path.Join(_root, name);

    private string CacheLine(params string[] options) =>
        Kern.Good(_root, Kern.Path, ["build", "cache", .. options]).Split('\n')[1];

    private string Gen(int status, params string[] options)
    {
        var (found, output) = Kern.Run(_root, Kern.Path, ["build", "gen", .. options]);
        Assert.True(status == found, $"{found}\n{output}");
        return output;
    }
}
