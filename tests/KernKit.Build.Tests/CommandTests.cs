namespace KernKit.Build.Tests;

/// <summary>Generators that are programs.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly GraphProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_changed_command_option_variable_or_program_runs_the_step_and_says_so()
    {
        _project.Script("gen.sh", "#!/bin/sh\necho \"$@\" $COLOR\n");
        Gen("./gen.sh {Mark} > {Output}");
        _project.Input("a.txt", "gen", "a", ("Mark", "1"));
        _project.Environment["COLOR"] = "red";
        _project.Build();
        Assert.Equal("1 red\n", _project.Output("gen/a.g"));

        _project.Input("a.txt", "gen", "a", ("Mark", "2"));
        Assert.Equal(["gen: a.txt: changed command"], _project.Run().Causes);
        _project.Environment["COLOR"] = "blue";
        Assert.Equal(["gen: a.txt: changed environment COLOR"], _project.Run().Causes);
        _project.Environment["UNRELATED"] = "yes";
        Assert.Empty(_project.Run().Causes);
        _project.Script("gen.sh", "#!/bin/sh\necho new \"$@\" $COLOR\n");
        Assert.Equal(["gen: a.txt: changed program gen.sh"], _project.Run().Causes);
        Assert.Equal("new 2 blue\n", _project.Output("gen/a.g"));
    }

    [Fact]
    public void A_script_named_in_the_command_is_an_input_without_being_declared()
    {
        _project.Write("gen.sh", "cat \"$1\"\n");
        Gen("sh gen.sh {Input} > {Output}");
        _project.Input("a.txt", "gen", "a");
        _project.Build();
        _project.Write("gen.sh", "cat \"$1\" \"$1\"\n");

        Assert.Equal(["gen: a.txt: changed input gen.sh"], _project.Run().Causes);
        Assert.Equal("aa", _project.Output("gen/a.g"));
    }

    [Fact]
    public void A_generator_sees_a_small_fixed_environment()
    {
        Gen("env > {Output}");
        _project.Input("a.txt", "gen", "");
        _project.Environment["SECRET"] = "x";
        _project.Environment["TZ"] = "Asia/Tokyo";
        _project.Build();

        var names = _project.Output("gen/a.g").Split('\n').Select(static line => line.Split('=')[0]).ToHashSet();
        Assert.DoesNotContain("SECRET", names);
        Assert.Superset(new HashSet<string> { "PATH", "LANG", "TMPDIR", "SOURCE_DATE_EPOCH" }, names);
        Assert.Contains("TZ=UTC", _project.Output("gen/a.g"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_depfile_names_is_watched_and_what_disappears_is_noticed()
    {
        _project.Write("gen.sh", "cat \"$1\" common.inc > \"$2\"; " +
            "echo \"$2: $1 common.inc \\\\\n /etc/hostname\" > \"$3\"\n");
        _project.Generator("gen", ("Command", "sh gen.sh {Input} {Output} {Depfile}"), ("Outputs", "{Filename}.g"),
            ("Depfile", "{Filename}.d"));
        _project.Input("a.txt", "gen", "a");
        _project.Write("common.inc", "1");
        _project.Build();
        Assert.Equal(["gen/a.g"], _project.OutputNames());
        _project.Write("common.inc", "2");

        Assert.Equal(["gen: a.txt: changed discovered input common.inc"], _project.Run().Causes);
        Assert.Equal("a2", _project.Output("gen/a.g"));
        Assert.Equal(0, _project.Build().StepsRun);

        File.Delete(Path.Join(_project.Root, "common.inc"));
        Assert.Contains(_project.Run().Causes, static cause => cause.Contains("missing discovered input"));
    }

    [Theory]
    [InlineData("a.o: b.c c.h\n", "b.c|c.h")]
    [InlineData("a.o: b.c \\\n  c.h \\\r\n d.h", "b.c|c.h|d.h")]
    [InlineData("a.o: with\\ space.h dollar$$.h hash\\#.h", "with space.h|dollar$.h|hash#.h")]
    [InlineData("a.o : b.c\nc.h:\nd.h:\n", "b.c")]
    [InlineData("a b.o: x\ny: x z\n", "x|z")]
    [InlineData("", "")]
    public void Depfiles_are_read_as_make_reads_them(string text, string files) =>
        Assert.Equal(files.Split('|', StringSplitOptions.RemoveEmptyEntries), Depfile.Parse(text));

    [Fact]
    public void A_depfile_that_is_none_is_refused_and_one_that_we_write_is_read_back()
    {
        Assert.Throws<InvalidDataException>(() => Depfile.Parse("no rule here\n"));
        string[] files = ["plain.h", "with space.h", "dollar$.h", "hash#.h"];
        Assert.Equal(files, Depfile.Parse(Depfile.Format("the target", files)));
    }

    [Fact]
    public void Messages_in_the_usual_forms_keep_their_place_and_warnings_are_repeated()
    {
        _project.Write("gen.sh", "echo 'a.txt(3,7): warning W12: odd' >&2; " +
            "echo 'sub/x.h:4:2: warning: dusty'; cp $1 $2\n");
        Gen("sh gen.sh {Input} {Output}");
        var input = _project.Input("a.txt", "gen", "a");

        foreach (var expectedRuns in new[] { 1, 0 })
        {
            var run = _project.Run();
            Assert.Equal(expectedRuns, run.Build!.StepsRun);
            Assert.Equal(
                [(input, 3, 7, "W12", "odd"), (Path.Join(_project.Root, "sub/x.h"), 4, 2, "", "dusty")],
                run.Warnings.Select(static w => (w.File, w.Line, w.Column, w.Code, w.Text)));
        }

        _project.Write("gen.sh", "echo 'a.txt(2): error E1: bad'; cp $1 $2\n");
        var error = _project.Fails("E1");
        Assert.Equal((input, 2, 0, "bad"), (error.File, error.Line, error.Column, error.Text));

        _project.Write("gen.sh", "echo 'kern: a.txt(2,4): error E2: worse'; cp $1 $2\n");
        error = _project.Fails("E2");
        Assert.Equal((input, 2, 4, "worse"), (error.File, error.Line, error.Column, error.Text));
    }

    [Fact]
    public void A_failed_generator_may_name_the_place_without_calling_it_an_error()
    {
        _project.Write("gen.sh", "echo 'a.txt:5:3: Expected \";\".' >&2; exit 1\n");
        Gen("sh gen.sh {Input} {Output}");
        _project.Input("a.txt", "gen", "a");

        var error = _project.Fails("");

        Assert.Equal((5, 3, "Expected \";\"."), (error.Line, error.Column, error.Text));
    }

    [Theory]
    [InlineData("true", "KK9013", "without writing a.g")]
    [InlineData(
        "sh -c 'cp \"$0\" \"$1\"/a.g; cp \"$0\" \"$1\"/extra' {Input} {OutputDirectory}", "KK9013", "wrote extra")]
    [InlineData("sh -c 'ln -s /etc/passwd \"$0\"' {Output}", "KK9012", "no regular file")]
    [InlineData("sh -c 'mkfifo \"$0\"' {Output}", "KK9012", "no regular file")]
    [InlineData("sh -c 'ln -s \"$PWD/src\" \"$1\"/src; echo > $0' {Output} {OutputDirectory}", "KK9012",
        "'src', which is no regular file")]
    [InlineData("sh -c 'yes | head -c 3000000; echo trouble; exit 1' {Output}", "KK9012", "trouble")]
    [InlineData("sh -c 'echo trouble >&2; kill -TERM $$' {Output}", "KK9012", "trouble")]
    [InlineData("sleep 60", "KK9021", "killed after 1 s")]
    public void A_generator_that_does_not_keep_its_word_fails_the_step(string command, string code, string says)
    {
        _project.Generator("gen", ("Command", command), ("Outputs", "{Filename}.g"), ("Timeout", "1"));
        _project.Input("a.txt", "gen", "a");

        Assert.Contains(says, _project.Fails(code).Text, StringComparison.Ordinal);
        Assert.Empty(_project.OutputNames());
        Assert.False(Directory.Exists(Path.Join(_project.State, "gen.tmp")));
    }

    [Fact]
    public void Links_to_directories_are_not_followed_by_whatever_moves_or_deletes()
    {
        _project.Write("src/precious.c", "precious");
        _project.Generator("gen", ("Outputs", "**"),
            ("Command", "sh -c 'ln -s \"$PWD/src\" \"$1\"/src; cp $0 $1' {Input} {OutputDirectory}"));
        _project.Input("a.txt", "gen", "a");
        _project.Fails("KK9012");
        Assert.Equal("precious", _project.Read("src/precious.c"));

        _project.Generator("gen", ("Command", "sh -c 'cp $0 $1' {Input} {OutputDirectory}"), ("Outputs", "**"));
        _project.Build();
        Directory.CreateDirectory(Path.Join(_project.Root, "src", "empty"));
        Directory.CreateSymbolicLink(Path.Join(_project.State, "gen", "link"), Path.Join(_project.Root, "src"));
        _project.Write("a.txt", "b");
        _project.Build();
        Cleaning.Run(_project.Root, _project.State, static (_, _, _, _, _, _) => { });
        Assert.Equal("precious", _project.Read("src/precious.c"));
        Assert.True(Directory.Exists(Path.Join(_project.Root, "src", "empty")));
    }

    [Fact]
    public async Task A_depfile_with_a_NUL_fails_its_step_and_a_directory_that_cannot_be_made_the_build()
    {
        _project.Generator("gen", ("Command", "sh -c 'echo > $0; printf \"x: a\\0b\" > $1' {Output} {Depfile}"),
            ("Outputs", "{Filename}.g"), ("Depfile", "{Filename}.d"));
        _project.Input("a.txt", "gen", "a");
        Assert.Contains("NUL", _project.Fails("KK9012").Text, StringComparison.Ordinal);

        _project.Write("obj/gen.tmp", "in the way");
        var build = Task.Run(() => _project.Fails("KK9008"), TestContext.Current.CancellationToken);
        await build.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void An_equal_output_keeps_its_time_and_a_different_one_does_not()
    {
        Gen("head -c 1 {Input} > {Output}");
        _project.Input("a.txt", "gen", "abc");
        _project.Build();
        var path = Path.Join(_project.State, "gen", "gen", "a.g");
        var old = DateTime.UtcNow.AddDays(-3);
        File.SetLastWriteTimeUtc(path, old);
        _project.Write("a.txt", "axx");
        Assert.Equal(1, _project.Build().StepsRun);
        Assert.Equal(old, File.GetLastWriteTimeUtc(path));
        _project.Write("a.txt", "bxx");
        _project.Build();
        Assert.NotEqual(old, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void Outputs_in_a_directory_of_the_user_never_overwrite_what_is_not_ours()
    {
        _project.Generator("gen", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.h"),
            ("OutputDirectory", "include/made"));
        _project.Input("a.txt", "gen", "1");
        _project.Write("include/made/b.h", "mine");
        _project.Build();
        Assert.Equal("1", _project.Read("include/made/a.h"));

        _project.Input("b.txt", "gen", "2");
        Assert.EndsWith("b.h", _project.Fails("KK9015").File, StringComparison.Ordinal);
        Assert.Equal("mine", _project.Read("include/made/b.h"));
        _project.Forget("b.txt");
        _project.Write("include/made/a.h", "edited");
        _project.Fails("KK9015");
        Assert.Equal("edited", _project.Read("include/made/a.h"));
    }

    [Fact]
    public void Cleaning_removes_what_was_made_wherever_it_lies_and_nothing_else()
    {
        _project.Generator("gen", ("Command", "cp {Input} {Output}"), ("Outputs", "deep/{Filename}.h"),
            ("OutputDirectory", "include/made"));
        Gen("cp {Input} {Output}", "own");
        foreach (var name in new[] { "a", "b" })
        {
            _project.Input(name + ".txt", "gen", name);
            _project.Item(name + ".txt", "own");
        }

        _project.Write("include/mine.h", "mine");
        _project.Build();
        _project.Write("include/made/deep/b.h", "edited");
        var warnings = new List<string>();

        Cleaning.Run(_project.Root, _project.State, (_, code, file, _, _, _) => warnings.Add(code + " " + file));

        Assert.Equal(["KK9022 " + Path.Join(_project.Root, "include/made/deep/b.h")], warnings);
        Assert.Equal(["a.txt", "b.txt", "include/made/deep/b.h", "include/mine.h"],
            Directory.GetFiles(_project.Root, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(_project.Root, path)).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Path.Join(_project.State, "gen")));
    }

    [Fact]
    public void Cleaning_removes_directories_that_were_made_and_keeps_those_that_were_there()
    {
        _project.Generator("gen", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.h"),
            ("OutputDirectory", "there/made/new"));
        Directory.CreateDirectory(Path.Join(_project.Root, "there"));
        _project.Input("a.txt", "gen", "a");
        _project.Build();

        Cleaning.Run(_project.Root, _project.State, static (_, _, _, _, _, _) => { });

        Assert.True(Directory.Exists(Path.Join(_project.Root, "there")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Join(_project.Root, "there")));
    }

    [Fact]
    public void Committed_copies_are_written_or_compared_with_a_diff()
    {
        _project.Generator("map", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.md"),
            ("CommittedTo", "docs/maps"));
        _project.Input("a.txt", "map", "one\ntwo\nthree\n");
        BuildOptions Check(BuildOptions options) => options with { Committed = CommittedMode.Check };

        Assert.Contains("+ one", _project.Fails("KK9018", Check).Text, StringComparison.Ordinal);
        _project.Build();
        Assert.Equal("one\ntwo\nthree\n", _project.Read("docs/maps/a.md"));
        _project.Build(Check);

        _project.Write("docs/maps/a.md", "one\n2\nthree\n");
        var error = _project.Fails("KK9018", Check);
        Assert.Contains("  one\n- 2\n+ two\n  three", error.Text, StringComparison.Ordinal);
        Assert.EndsWith("docs/maps/a.md", error.File, StringComparison.Ordinal);
        Assert.Equal("one\n2\nthree\n", _project.Read("docs/maps/a.md"));
        Cleaning.Run(_project.Root, _project.State, static (_, _, _, _, _, _) => { });
        Assert.True(File.Exists(Path.Join(_project.Root, "docs/maps/a.md")));
    }

    [Fact]
    public void A_committed_copy_goes_with_its_output_unless_somebody_edited_it()
    {
        _project.Generator("map", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.md"),
            ("CommittedTo", "docs"));
        foreach (var name in (string[])["a", "b", "c"])
        {
            _project.Input(name + ".txt", "map", name);
        }

        _project.Write("docs/mine.md", "mine");
        _project.Build();
        _project.Forget("a.txt");
        _project.Forget("b.txt");
        _project.Write("docs/b.md", "b, edited");

        var error = _project.Fails("KK9018", static options => options with { Committed = CommittedMode.Check });
        Assert.Contains("is generated no longer", error.Text, StringComparison.Ordinal);
        Assert.EndsWith("docs/a.md", error.File, StringComparison.Ordinal);

        _project.Build();
        Assert.Equal(["b.md", "c.md", "mine.md"], Directory.GetFiles(Path.Join(_project.Root, "docs"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // A generator that goes leaves its last copies: they are somebody's now.
        _project.Forget("c.txt");
        _project.Generator("map", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.md"));
        _project.Build();
        Assert.Equal("c", _project.Read("docs/c.md"));
    }

    [Fact]
    public void Steps_run_in_parallel_up_to_the_cores_that_are_granted()
    {
        // Each waits until it has seen as many at once as are allowed: with fewer it would wait for ever.
        _project.Write("gen.sh",
            "touch run/$$; until [ $(ls run | wc -l) -ge $3 ]; do sleep 0.01; done; " +
            "echo $3 > $2; sleep 0.05; ls run | wc -l > $2\n");
        Directory.CreateDirectory(Path.Join(_project.Root, "run"));
        _project.Generator("gen", ("Command", "sh gen.sh {Input} {Output} 3"), ("Outputs", "{Filename}.g"),
            ("Timeout", "20"));
        foreach (var name in new[] { "a", "b", "c" })
        {
            _project.Input(name + ".txt", "gen", name);
        }

        var asked = new List<int>();
        var released = new List<int>();
        _project.Build(options => options with
        {
            JobsMax = 7,
            RequestCores = wanted =>
            {
                asked.Add(wanted);
                return 3;
            },
            ReleaseCores = released.Add,
        });

        Assert.Equal([7], asked);
        Assert.Equal([3], released);
    }

    [Fact]
    public async Task A_cancelled_build_kills_what_it_started_and_what_that_started()
    {
        _project.Write("gen.sh", "sleep 987 & echo $! > pids; echo $$ >> pids; : > started; wait\n");
        Gen("sh gen.sh {Output}");
        _project.Input("a.txt", "gen", "a");
        using var cancellation = new CancellationTokenSource();
        var build = Task.Run(
            () => _project.Run(options => options with { Cancellation = cancellation.Token }),
            TestContext.Current.CancellationToken);
        SpinWait.SpinUntil(() => File.Exists(Path.Join(_project.Root, "started")), TimeSpan.FromSeconds(20));

        await cancellation.CancelAsync();

        var result = await build.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal("KK9021", Assert.Single(result.Errors).Code);
        AssertGone(_project.Read("pids"));
    }

    [Fact]
    public void What_a_generator_leaves_in_the_background_ends_with_the_build()
    {
        _project.Write("gen.sh", "sleep 987 >/dev/null 2>&1 & echo $! > pids; cp $1 $2\n");
        Gen("sh gen.sh {Input} {Output}");
        _project.Input("a.txt", "gen", "a");

        _project.Build();

        AssertGone(_project.Read("pids"));
    }

    private static void AssertGone(string pids)
    {
        foreach (var pid in pids.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // An orphan is reaped by whoever inherits it, and until then is a zombie that runs nothing.
            var stat = $"/proc/{pid}/stat";
            Assert.True(SpinWait.SpinUntil(
                () =>
                {
                    try
                    {
                        return File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
                    }
                    catch (IOException)
                    {
                        return true;
                    }
                },
                TimeSpan.FromSeconds(10)), $"process {pid} lives on");
        }
    }

    private void Gen(string command, string name = "gen") => _project.Generator(
        name, ("Command", command), ("Outputs", "{Filename}.g"), ("Environment", "COLOR"));
}
