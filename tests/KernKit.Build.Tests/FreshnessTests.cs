namespace KernKit.Build.Tests;

/// <summary>Files that change while a build runs: by another step, or by somebody else.</summary>
public sealed class FreshnessTests : IDisposable
{
    private readonly GraphProject _project = new();
    private readonly GraphProject _clone = new();
    private readonly string _cache = Directory.CreateTempSubdirectory("kernkit-cache-").FullName;

    public void Dispose()
    {
        _project.Dispose();
        _clone.Dispose();
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public void What_a_class_read_before_another_step_made_it_anew_is_read_again_by_later_steps()
    {
        File.WriteAllBytes(_project.Write("own/Own.dll", ""), FakeCompiler.Generator("1",
            "context.WriteText(name + \".seen\", context.ReadText(\"obj/gen/mk/c.t\") ?? \"none\");"));
        _project.Generator("own", ("Type", "Own.Generator"), ("Assembly", "own/Own.dll"), ("Outputs", "**"));
        _project.Generator("mk", ("Command", "cp {Input} {Output}"), ("Outputs", "c.t"), ("OutputKind", "Generate"),
            ("Next", "own"));
        _project.Input("x.txt", "own", "x");
        _project.Input("c.src", "mk", "one");
        static BuildOptions OneByOne(BuildOptions options) => options with { JobsMax = 1 };
        _project.Build(OneByOne);
        _project.Build(OneByOne);
        _project.Write("x.txt", "y");
        _project.Write("c.src", "two");

        _project.Build(OneByOne);
        Assert.Equal("two", _project.Output("own/c.seen"));
        _project.Build(OneByOne);
        Assert.Equal("two", _project.Output("own/x.seen"));
        Assert.Equal(0, _project.Build(OneByOne).StepsRun);
    }

    [Theory]
    [InlineData("a.txt")]
    [InlineData("gen.sh")]
    [InlineData("common.inc")]
    [InlineData("own/Own.dll")]
    public async Task What_changes_while_a_step_runs_is_looked_at_again_and_reaches_no_cache(string edited)
    {
        foreach (var project in (GraphProject[])[_project, _clone])
        {
            project.Environment["KERNKIT_BUILD_CACHE"] = _cache;
            project.Script("gen.sh", "#!/bin/sh\n" +
                "if [ -e slow ]; then touch reading; while [ -e slow ]; do sleep 0.01; done; fi\n" +
                "cat $1 gen.sh common.inc own/Own.dll > $2; echo x: common.inc > $3\n");
            project.Generator("gen", ("Command", "./gen.sh {Input} {Output} {Depfile}"), ("Outputs", "{Filename}.g"),
                ("Depfile", "{Filename}.d"), ("Inputs", "own/*.dll"));
            project.Write("common.inc", "common\n");
            project.Write("own/Own.dll", "own\n");
            project.Input("a.txt", "gen", "one\n");
        }

        var before = _project.Read(edited);
        _project.Write("slow", "");
        var build = Task.Run(() => _project.Build(), TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => build.IsCompleted || File.Exists(Path.Join(_project.Root, "reading")));
        _project.Write(edited, before + "# edited\n");
        File.Delete(Path.Join(_project.Root, "slow"));
        await build;
        Assert.Contains("edited", _project.Output("gen/a.g"), StringComparison.Ordinal);
        _project.Write(edited, before);

        _clone.Build();
        Assert.DoesNotContain("edited", _clone.Output("gen/a.g"), StringComparison.Ordinal);
        _project.Build();
        Assert.DoesNotContain("edited", _project.Output("gen/a.g"), StringComparison.Ordinal);
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void A_step_that_reads_what_another_makes_runs_after_it_also_where_only_a_depfile_says_so()
    {
        _project.Write("use.sh", "cat $1 made/s.h > $2 2> /dev/null; echo used >> log; echo x: made/s.h > $3\n");
        // Declared in the wrong order on purpose; the second one slowly, and followed by another.
        _project.Generator("use", ("Command", "sh use.sh {Input} {Output} {Depfile}"), ("Outputs", "{Filename}.u"),
            ("Depfile", "{Filename}.d"), ("OutputKind", "Generate"), ("Next", "copy"));
        _project.Generator("copy", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.c"));
        _project.Generator("head", ("Command", "sh -c 'sleep 0.1; cp $0 $1' {Input} {Output}"),
            ("Outputs", "{Filename}.h"), ("OutputDirectory", "made"));
        _project.Input("a.txt", "use", "a ");
        _project.Input("s.def", "head", "1");

        _project.Build();
        Assert.Equal("a 1", _project.Output("copy/a.c"));
        Assert.Equal(0, _project.Build().StepsRun);
        _project.Write("log", "");
        _project.Write("s.def", "2");
        _project.Build();
        Assert.Equal("a 2", _project.Output("copy/a.c"));
        Assert.Equal("used\n", _project.Read("log"));
        Assert.Equal(0, _project.Build().StepsRun);

        // Each reads what the other makes: no order does, and none is refused.
        _project.Write("use.sh", "cat $1 made/s.h > $2; echo x: made/s.h > $3\n");
        _project.Generator("head",
            ("Command", "sh -c 'cat $0 > $1; echo x: obj/gen/use/a.u > $2' {Input} {Output} {Depfile}"),
            ("Outputs", "{Filename}.h"), ("OutputDirectory", "made"), ("Depfile", "{Filename}.d"));
        _project.Build();
        _project.Build();
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void What_another_build_recorded_meanwhile_is_not_undone_by_copying_committed_files()
    {
        _project.Generator("gen", ("Command", "sh -c 'echo \"a.txt(1): warning W1: hm\"; cp $0 $1' {Input} {Output}"),
            ("Outputs", "{Filename}.md"), ("CommittedTo", "docs"));
        _project.Input("a.txt", "gen", "one");
        var other = false;

        // A build repeats its warnings after it has let go of the lock, and takes it again to copy.
        _project.Run(options => options with
        {
            Report = (kind, code, file, line, column, text) =>
            {
                if (kind == "warning" && !other)
                {
                    other = true;
                    _project.Write("a.txt", "two");
                    Assert.Equal(1, _project.Build().StepsRun);
                }
            },
        });

        Assert.True(other);
        Assert.Equal(0, _project.Build().StepsRun);
        Assert.Equal("two", _project.Read("docs/a.md"));
    }
}
