using System.Diagnostics;

namespace KernKit.Build.Tests;

/// <summary><c>kern build gen</c> started by a make with <c>-j</c>: what runs at once is make's to say.</summary>
public sealed class JobServerTests : IDisposable
{
    private const int Steps = 8;
    private readonly string _root = Directory.CreateTempSubdirectory("kernkit-jobs-").FullName;

    public JobServerTests()
    {
        // Says how many of them run. The first one waits for a second, if one is expected.
        File.WriteAllText(At("gen.sh"), """
            mkdir -p running
            touch running/$1
            n=0
            while [ $(ls running | wc -l) -lt $(cat expected) ] && [ ! -e met ] && [ $n -lt 500 ]
            do sleep 0.02; n=$((n+1)); done
            [ $(ls running | wc -l) -lt $(cat expected) ] || touch met
            ls running | wc -l >> seen
            sleep 0.05
            rm running/$1
            echo done > $2
            """);
        for (var number = 0; number < Steps; number++)
        {
            File.WriteAllText(At($"{number}.in"), $"{number}\n");
        }

        File.WriteAllText(At("kernbuild.json"), """
            { "generators": { "gen": { "command": "sh gen.sh {Filename} {Output}", "outputs": "{Filename}.out" } },
              "generate": [ { "include": "*.in", "generator": "gen" } ] }
            """);
        File.WriteAllText(At("Makefile"), "marked: ; +$(KERN) build gen\nplain: ; $(KERN) build gen\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("marked", 3, 3)]
    [InlineData("marked", 1, 1)]
    [InlineData("plain", 3, 1)]
    public void A_real_make_counts_every_step_as_a_job(string target, int jobs, int atOnce)
    {
        File.WriteAllText(At("expected"), $"{atOnce}\n");

        Kern.Good(_root, "make", $"-j{jobs}", target, "KERN=" + Kern.Path);

        Assert.Equal(atOnce, Seen().Max());
        Assert.Equal(Steps, Seen().Length);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    public void A_pipe_with_a_name_lends_its_jobs_and_gets_them_back(int tokens, int atOnce)
    {
        File.WriteAllText(At("expected"), $"{atOnce}\n");
        Kern.Good(_root, "mkfifo", "jobs");
        // Opened for both, as make does it: neither end waits for the other.
        using var pipe = new FileStream(At("jobs"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        var given = Enumerable.Range('a', tokens).Select(static letter => (byte)letter).ToArray();
        pipe.Write(given);

        var (status, output) = Gen($" -j{tokens + 1} --jobserver-auth=fifo:{At("jobs")}");

        Assert.True(status == 0, output);
        Assert.Equal(atOnce, Seen().Max());
        var left = new byte[tokens];
        pipe.ReadExactly(left);
        Assert.Equal(given, left.Order());
    }

    [Theory]
    [InlineData(" -j8 --jobserver-auth=fifo:nowhere")]
    [InlineData(" -j8 --jobserver-auth=fifo:Makefile")]
    [InlineData(" -j8 --jobserver-auth=-2,-2")]
    [InlineData(" -j8 --jobserver-auth=3,4")]
    [InlineData(" -j8 --jobserver-fds=1000,1001")]
    [InlineData(" -j8 --jobserver-auth=")]
    public void A_job_server_out_of_reach_leaves_one_job(string flags)
    {
        File.WriteAllText(At("expected"), "1\n");
        var makefile = File.ReadAllText(At("Makefile"));

        var (status, output) = Gen(flags);

        Assert.True(status == 0, output);
        Assert.Equal(1, Seen().Max());
        Assert.Equal(makefile, File.ReadAllText(At("Makefile")));
    }

    [Fact]
    public void A_dry_run_says_what_would_be_made_and_makes_nothing()
    {
        var (status, output) = Kern.Run(_root, "make", "-n", "marked", "KERN=" + Kern.Path);

        Assert.True(status == 0, output);
        Assert.Contains("gen: 0.in: never built", output, StringComparison.Ordinal);
        Assert.False(File.Exists(At("seen")));
    }

    private string At(string name) => Path.Join(_root, name);

    private int[] Seen() => [.. File.ReadAllLines(At("seen")).Select(int.Parse)];

    private (int Status, string Output) Gen(string makeFlags)
    {
        var start = new ProcessStartInfo(Kern.Path, ["build", "gen"])
        {
            WorkingDirectory = _root,
            RedirectStandardError = true,
        };
        start.Environment["MAKEFLAGS"] = makeFlags;
        start.Environment["KERNKIT_BUILD_CACHE"] = "off";
        using var process = Process.Start(start)!;
        var output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
