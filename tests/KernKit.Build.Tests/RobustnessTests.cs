using System.Diagnostics;

namespace KernKit.Build.Tests;

/// <summary>Errors, damage, contention.</summary>
public sealed class RobustnessTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void An_error_names_file_line_and_column_and_keeps_the_last_good_output()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        var schema = _project.Schema("a.layout", "struct A\n\nerror no such type");

        var run = _project.Run();

        var error = Assert.Single(run.Errors);
        Assert.Equal((schema, 3, 1, "KK1000", "no such type"),
            (error.File, error.Line, error.Column, error.Code, error.Text));
        Assert.Contains(_project.Output("Plain/A.g.cs"), run.Sources);
        Assert.Single(_project.Run().Errors);
        _project.Schema("a.layout", "struct A");
        Assert.Empty(_project.Run().Errors);
    }

    [Fact]
    public void A_warning_is_repeated_while_nothing_changes()
    {
        _project.Schema("a.layout", "struct A\nwarning old form");
        Assert.Single(_project.Run().Warnings);

        var run = _project.Run();

        Assert.Equal(0, run.StepsRun);
        Assert.Equal("old form", Assert.Single(run.Warnings).Text);
    }

    [Fact]
    public void A_design_time_run_warns_where_a_build_fails()
    {
        _project.Schema("a.layout", "struct A\nerror bad");
        _project.Schema("b.layout", "struct B");

        var run = _project.Run(designTime: true);

        Assert.Empty(run.Errors);
        Assert.Single(run.Warnings);
        Assert.Contains(_project.Output("Plain/B.g.cs"), run.Sources);
        Assert.Single(_project.Run().Errors);
    }

    [Fact]
    public void Two_schemas_that_generate_one_file_are_refused()
    {
        _project.Schema("a.layout", "struct Inode");
        _project.Schema("b.layout", "struct INODE");

        var error = Assert.Single(_project.Run().Errors);

        Assert.Equal("KK9007", error.Code);
        Assert.Contains("a.layout", error.Text);
        Assert.EndsWith("b.layout", error.File);
    }

    [Theory]
    [InlineData("My-App", "internal")]
    [InlineData("", "internal")]
    [InlineData("1st.Layouts", "internal")]
    [InlineData("App", "protected")]
    public void Options_that_cannot_work_are_refused(string space, string visibility)
    {
        _project.Schema("a.layout", "struct A");
        _project.Namespace = space;
        _project.Visibility = visibility;

        Assert.All(_project.Run().Errors, static error => Assert.Equal("KK9004", error.Code));
        Assert.NotEmpty(_project.Run().Errors);
    }

    [Fact]
    public void A_schema_that_is_not_text_is_refused()
    {
        var schema = _project.Schema("a.layout", "");
        File.WriteAllBytes(schema, [0x73, 0xff, 0xfe, 0x00]);

        Assert.Contains(_project.Run().Errors, error => error.Code == "KK9003" && error.File == schema);
    }

    [Fact]
    public void A_pipe_or_a_directory_in_place_of_a_file_is_a_missing_file()
    {
        Directory.CreateDirectory(Path.Join(_project.Root, "directory.txt"));
        using (var mkfifo = Process.Start("mkfifo", [Path.Join(_project.Root, "pipe.txt")]))
        {
            mkfifo.WaitForExit();
        }

        _project.Schema("a.layout", "import directory.txt");
        _project.Schema("b.layout", "import pipe.txt");

        Assert.Equal(2, _project.Run().Errors.Count());
    }

    [Fact]
    public void A_damaged_database_is_an_empty_one()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        var good = File.ReadAllBytes(_project.Database);
        for (var at = 0; at < good.Length; at++)
        {
            var flipped = (byte[])good.Clone();
            flipped[at] ^= 0x5a;
            AssertEmptyDatabase(flipped);
            AssertEmptyDatabase(good[..at]);
        }

        Assert.Equal(2, _project.Run().StepsRun);
        Assert.Equal(0, _project.Run().StepsRun);
    }

    [Fact]
    public void What_a_killed_build_left_behind_goes()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        var oldDatabase = File.ReadAllBytes(_project.Database);
        _project.Schema("a.layout", "struct A text");
        _project.Run();
        // Killed after it wrote an output and before it wrote the database, with a file half-written aside.
        File.WriteAllBytes(_project.Database, oldDatabase);
        var temporary = Path.Join(_project.Intermediate, "gen.tmp");
        Directory.CreateDirectory(temporary);
        File.WriteAllText(Path.Join(temporary, "1.0"), "names");
        File.WriteAllText(_project.Output("Plain/Orphan.g.cs"), "half");

        var run = _project.Run();

        Assert.Equal(1, run.StepsRun);
        Assert.Equal(["Plain/A.g.cs", "Support.g.cs"], _project.GeneratedNames());
        Assert.False(Directory.Exists(temporary));
    }

    [Fact]
    public async Task Many_runs_at_once_agree()
    {
        for (var number = 0; number < 10; number++)
        {
            _project.Schema($"s{number}.layout", $"struct S{number}\nstruct T{number}");
        }

        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => _project.Run())));

        Assert.All(runs, static run => Assert.Empty(run.Errors));
        Assert.All(runs, static run => Assert.Equal(21, run.Sources.Length));
        Assert.Equal(11, runs.Sum(static run => run.StepsRun));
        Assert.Equal(0, _project.Run().StepsRun);
    }

    [Fact]
    public void A_design_time_run_beside_a_long_build_returns_what_there_is()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        _project.Schema("a.layout", "struct A text");
        using var other = BuildLock.TryTake(
            Path.Join(_project.Intermediate, "kernkit.build.lock"), TimeSpan.Zero, CancellationToken.None);

        var run = _project.Run(designTime: true);

        Assert.Equal("KK9005", Assert.Single(run.Warnings).Code);
        Assert.Contains(_project.Output("Plain/A.g.cs"), run.Sources);
    }

    [Fact]
    public void A_lock_has_one_holder_also_while_others_clean_it_away()
    {
        var path = Path.Join(_project.Root, "lock");
        var (holders, taken) = (0, 0);
        void TakeAndClean()
        {
            while (Volatile.Read(ref taken) is >= 0 and < 2000)
            {
                using var held = BuildLock.TryTake(path, TimeSpan.Zero, CancellationToken.None);
                if (held is null)
                {
                    continue;
                }

                var others = Interlocked.Increment(ref holders) - 1;
                Thread.Yield();
                Interlocked.Decrement(ref holders);
                Interlocked.Increment(ref taken);
                if (others > 0)
                {
                    Volatile.Write(ref taken, -1_000_000);
                }

                held.Delete();
            }
        }

        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(TakeAndClean)).ToList();
        threads.ForEach(static thread => thread.Start());
        threads.ForEach(static thread => thread.Join());

        Assert.True(taken > 0);
    }

    [Fact]
    public async Task A_build_waits_for_another_as_long_as_that_lives_and_says_so()
    {
        using var project = new GraphProject();
        project.Generator("gen", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.g"));
        project.Input("a.txt", "gen", "a");
        Directory.CreateDirectory(project.State);
        using var waits = new SemaphoreSlim(0);
        Task<GraphProject.Result> build;
        using (BuildLock.TryTake(project.Declaration().LockPath, TimeSpan.Zero, CancellationToken.None))
        {
            build = Task.Run(() => project.Run(options => options with
            {
                Report = (_, _, _, _, _, text) =>
                {
                    if (text.StartsWith("waits for", StringComparison.Ordinal))
                    {
                        waits.Release();
                    }
                },
            }));
            await waits.WaitAsync(TestContext.Current.CancellationToken);
        }

        await build;
        Assert.Equal("a", project.Output("gen/a.g"));
    }

    [Theory]
    [InlineData("context.Cancellation.WaitHandle.WaitOne(); context.Cancellation.ThrowIfCancellationRequested();")]
    [InlineData("while (!System.IO.File.Exists(\"ROOT/enough\")) { System.Threading.Thread.Sleep(10); }")]
    public void A_class_that_takes_too_long_is_given_up_whether_it_looks_or_not(string statement)
    {
        using var project = new GraphProject();
        File.WriteAllBytes(project.Write("own/Own.dll", ""), FakeCompiler.Generator("1",
            statement.Replace("ROOT", project.Root, StringComparison.Ordinal)));
        project.Generator("gen", ("Type", "Own.Generator"), ("Assembly", "own/Own.dll"), ("Outputs", "**"),
            ("Timeout", "1"));
        project.Input("a.txt", "gen", "a");

        Assert.Contains("takes too long", project.Fails("KK9021").Text, StringComparison.Ordinal);
        project.Write("enough", "");
        Assert.Empty(project.OutputNames());
        project.Generator("gen", ("Type", "Own.Generator"), ("Assembly", "own/Own.dll"), ("Outputs", "**"));
        File.Delete(Path.Join(project.Root, "enough"));
        var editor = project.Run(static options => options with { DesignTime = true });
        Assert.Equal("KK9021", Assert.Single(editor.Warnings).Code);
        project.Write("enough", "");
    }

    [Fact]
    public void Tools_that_are_not_there_or_not_code_are_one_clear_error()
    {
        var missing = Assert.Throws<IOException>(() => EngineLoader.Load(Path.Join(_project.Root, "nowhere")));
        Assert.Contains("KernKit.Build.dll", missing.Message);
        File.WriteAllText(Path.Join(_project.Tools, "KernKit.Build.dll"), "MZ no");

        Assert.Contains(_project.Tools, Assert.Throws<IOException>(() => EngineLoader.Load(_project.Tools)).Message);
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(3_000, true)]
    [InlineData(1_500, false)]
    [InlineData(0, false)]
    [InlineData(-60_000, false)]
    public void A_stamp_is_believed_only_if_the_file_was_old_when_it_was_read(long ageMilliseconds, bool believed)
    {
        const long ReadAt = 1_700_000_000_000_000_000;
        var modified = ReadAt - (ageMilliseconds * 1_000_000);

        Assert.Equal(believed, new FileState(new FileStamp(1, modified, 0, 0), "", ReadAt).IsTrusted);
        Assert.Equal(believed, new FileState(new FileStamp(1, 0, modified, 0), "", ReadAt).IsTrusted);
    }

    private void AssertEmptyDatabase(byte[] bytes)
    {
        File.WriteAllBytes(_project.Database, bytes);
        Assert.Empty(BuildDatabase.Read(_project.Database).Steps);
    }
}
