namespace KernKit.Build.Tests;

/// <summary>Steps, chains and circles.</summary>
public sealed class GraphTests : IDisposable
{
    private readonly GraphProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_chain_runs_through_three_generators_and_stops_where_nothing_changes()
    {
        Upper("upper", "first", "Next");
        _project.Generator("first", ("Command", "head -n 1 {Input} > {Output}"), ("Outputs", "{Filename}.1"),
            ("OutputKind", "Generate"), ("Next", "count"));
        _project.Generator("count", ("Command", "wc -c {Input} > {Output}"), ("Outputs", "{Filename}.n"));
        _project.Input("a.txt", "upper", "one\ntwo\n");

        Assert.Equal(3, _project.Build().StepsRun);
        Assert.StartsWith("4 ", _project.Output("count/a.n"), StringComparison.Ordinal);
        Assert.Equal(0, _project.Build().StepsRun);

        // The second line changes: the first step's output differs, the second's is the same, the third sleeps.
        _project.Write("a.txt", "one\nthree\n");
        var before = File.GetLastWriteTimeUtc(Path.Join(_project.State, "gen", "first", "a.1"));
        var run = _project.Run();

        Assert.Equal(2, run.Build!.StepsRun);
        Assert.Equal(
            ["upper: a.txt: changed input a.txt", "first: obj/gen/upper/a.up: changed input obj/gen/upper/a.up"],
            run.Causes);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Join(_project.State, "gen", "first", "a.1")));
    }

    [Fact]
    public void A_generator_whose_outputs_nobody_can_predict_is_followed_by_the_next_too()
    {
        _project.Script("split.sh", "#!/bin/sh\nfor word in $(cat \"$1\"); do echo $word > \"$2/$word.w\"; done\n");
        _project.Generator("split", ("Command", "./split.sh {Input} {OutputDirectory}"), ("Outputs", "**"),
            ("OutputKind", "Generate"), ("Next", "upper"));
        Upper("upper", "list", "Next");
        _project.Generator("list", ("Command", "cat {Inputs} > {Output}"), ("Outputs", "all.txt"), ("Runs", "All"));
        _project.Input("a.txt", "split", "red green");

        Assert.Equal(4, _project.Build().StepsRun);
        Assert.Equal("GREEN\nRED\n", _project.Output("list/all.txt"));
        Assert.Equal(0, _project.Build().StepsRun);

        _project.Write("a.txt", "red blue");
        Assert.Equal(3, _project.Build().StepsRun);
        Assert.Equal("BLUE\nRED\n", _project.Output("list/all.txt"));
        Assert.Equal(["list/all.txt", "split/blue.w", "split/red.w", "upper/blue.up", "upper/red.up"],
            _project.OutputNames());
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void A_step_that_names_another_steps_output_runs_after_it()
    {
        // Declared in the wrong order on purpose.
        _project.Generator("join", ("Command", "cat {Input} {Generated}/upper/b.up > {Output}"),
            ("Outputs", "{Filename}.j"),
            ("Inputs", "{Generated}/upper/b.up"));
        _project.Input("a.txt", "join", "a\n");
        Upper("upper", "", "");
        _project.Input("b.txt", "upper", "b\n");

        _project.Build();
        Assert.Equal("a\nB\n", _project.Output("join/a.j"));
        _project.Write("b.txt", "c\n");

        Assert.Equal(2, _project.Build().StepsRun);
        Assert.Equal("a\nC\n", _project.Output("join/a.j"));
    }

    [Fact]
    public void What_follows_a_failed_step_does_not_run_and_runs_when_it_is_mended()
    {
        _project.Script("gen.sh", "#!/bin/sh\ngrep -v bad \"$1\" > \"$2\" || exit 3\n");
        _project.Generator("gen", ("Command", "./gen.sh {Input} {Output}"), ("Outputs", "{Filename}.g"),
            ("OutputKind", "Generate"), ("Next", "copy"));
        _project.Generator("copy", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.c"));
        _project.Input("a.txt", "gen", "good\n");
        _project.Input("b.txt", "gen", "bad\n");

        var error = _project.Fails("KK9012");
        Assert.Contains("status 3", error.Text, StringComparison.Ordinal);
        Assert.EndsWith("b.txt", error.File, StringComparison.Ordinal);
        Assert.Equal(["copy/a.c", "gen/a.g"], _project.OutputNames());

        _project.Write("b.txt", "well\n");
        Assert.Equal(2, _project.Build().StepsRun);
        Assert.Equal("well\n", _project.Output("copy/b.c"));
    }

    [Fact]
    public void What_follows_from_a_failed_step_of_unknown_outputs_keeps_its_own_however_far_down()
    {
        _project.Script("split.sh", "#!/bin/sh\ngrep -q bad \"$1\" && exit 3\n" +
            "for word in $(cat \"$1\"); do echo $word > \"$2/$word.w\"; done\n");
        _project.Generator("split", ("Command", "./split.sh {Input} {OutputDirectory}"), ("Outputs", "**"),
            ("OutputKind", "Generate"), ("Next", "upper"));
        Upper("upper", "copy;list", "Next");
        _project.Generator("copy", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.c"));
        _project.Generator("list", ("Command", "cat {Inputs} > {Output}"), ("Outputs", "all.txt"), ("Runs", "All"));
        _project.Input("a.txt", "split", "red green");
        _project.Input("b.txt", "split", "blue");
        _project.Build();
        var before = _project.OutputNames();

        _project.Write("a.txt", "red");
        _project.Write("b.txt", "bad");
        _project.Fails("KK9012");
        Assert.Equal(before.Where(static name => !name.Contains("green", StringComparison.Ordinal)),
            _project.OutputNames());
        // Not made of what is left of its inputs.
        Assert.Equal("BLUE\nGREEN\nRED\n", _project.Output("list/all.txt"));

        _project.Write("a.txt", "red green");
        _project.Write("b.txt", "blue");
        Assert.Equal(4, _project.Build().StepsRun);
        Assert.Equal(before, _project.OutputNames());
    }

    [Fact]
    public void Generators_in_a_circle_are_refused_and_the_circle_is_shown()
    {
        Upper("one", "two", "Next");
        Upper("two", "three", "Next");
        Upper("three", "one", "Next");
        _project.Input("a.txt", "one", "a");

        Assert.Contains("one -> two -> three -> one", _project.Fails("KK9011").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_in_a_circle_are_refused_and_the_circle_is_shown()
    {
        _project.Generator("a", ("Command", "cp {Input} {Output}"), ("Outputs", "x.a"),
            ("Inputs", "{Generated}/b/x.b"));
        _project.Generator("b", ("Command", "cp {Input} {Output}"), ("Outputs", "x.b"),
            ("Inputs", "{Generated}/a/x.a"));
        _project.Input("one.txt", "a", "");
        _project.Input("two.txt", "b", "");

        Assert.Contains(
            "[a: one.txt] needs [b: two.txt] needs [a: one.txt]",
            _project.Fails("KK9011").Text, StringComparison.Ordinal);
        Assert.Empty(_project.OutputNames());
    }

    [Theory]
    [InlineData("KK9010", "no generator 'nobody'", "nobody")]
    [InlineData("KK9010", "'Comand' is unknown", "x", "Comand", "true")]
    [InlineData("KK9010", "either Command", "x", "Outputs", "y")]
    [InlineData("KK9010", "Outputs is empty", "x", "Command", "true")]
    [InlineData("KK9010", "OutputKind 'Code' is unknown", "x", "Command", "true", "Outputs", "y", "OutputKind", "Code")]
    [InlineData("KK9010", "needs Next", "x", "Command", "true", "Outputs", "y", "OutputKind", "Generate")]
    [InlineData("KK9010", "{Color}", "x", "Command", "echo {Color}", "Outputs", "y")]
    [InlineData("KK9010", "does not lie below", "x", "Command", "true", "Outputs", "../y")]
    [InlineData("KK9010", "does not lie below", "x", "Command", "true", "Outputs", "/etc/y")]
    [InlineData("KK9010", "without its pair", "x", "Command", "echo 'a", "Outputs", "y")]
    [InlineData("KK9010", "Runs=", "x", "Command", "true", "Outputs", "y", "Runs", "Never")]
    [InlineData("KK9010", "Timeout=", "x", "Command", "true", "Outputs", "y", "Timeout", "-1")]
    [InlineData("KK9010", "there is no such generator", "x", "Command", "true", "Outputs", "y", "Next", "z")]
    [InlineData("KK9020", "no program 'no-such-program'", "x", "Command", "no-such-program", "Outputs", "y")]
    [InlineData("KK9020", "no class of the engine", "x", "Type", "No.Such", "Outputs", "y")]
    [InlineData("KK9020", "is not there", "x", "Type", "No.Such", "Assembly", "no.dll", "Outputs", "y")]
    public void A_declaration_that_cannot_work_is_one_clear_error(
        string code, string says, string generator, params string[] metadata)
    {
        if (metadata.Length > 0)
        {
            _project.Generator(generator,
                [.. metadata.Chunk(2).Select(static pair => (pair[0], pair[1]))]);
        }

        _project.Input("a.txt", generator, "a");

        Assert.Contains(says, _project.Fails(code).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_input_may_be_listed_twice_but_not_with_two_meanings()
    {
        Upper("upper", "", "");
        _project.Input("a.txt", "upper", "a", ("Prefix", "1"));
        _project.Item("./a.txt", "upper", ("Prefix", "1"));
        _project.Build();

        _project.Item("./a.txt", "upper", ("Prefix", "2"));
        Assert.Contains("declared twice", _project.Fails("KK9010").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATH", "path")]
    [InlineData("Generator", "GENERATOR")]
    [InlineData("recursivedir", "Inputs")]
    public void Names_of_metadata_are_without_regard_to_case(params string[] names)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Path"] = "a.txt",
            ["Generator"] = "x",
        };
        foreach (var name in names.Where(name => !values.ContainsKey(name)))
        {
            values[name] = "";
        }

        var renamed = values.ToDictionary(
            pair => names.FirstOrDefault(name => name.Equals(pair.Key, StringComparison.OrdinalIgnoreCase), pair.Key),
            static pair => pair.Value, StringComparer.OrdinalIgnoreCase);

        Assert.Empty(InputDeclaration.From(renamed, "/p").Options);
    }

    [Fact]
    public void Two_inputs_that_predict_one_output_are_refused_with_the_way_out()
    {
        Upper("upper", "", "");
        _project.Input("one/a.txt", "upper", "1");
        _project.Input("two/a.txt", "upper", "2");

        Assert.Contains("{RecursiveDir}", _project.Fails("KK9007").Text, StringComparison.Ordinal);

        _project.Generator("upper", ("Command", "cp {Input} {Output}"), ("Outputs", "{Directory}{Filename}.up"));
        _project.Build();
        Assert.Equal(["upper/one/a.up", "upper/two/a.up"], _project.OutputNames());
    }

    [Fact]
    public void A_renamed_input_and_a_deleted_one_leave_nothing_behind_along_the_chain()
    {
        Upper("upper", "copy", "Next");
        _project.Generator("copy", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.c"));
        _project.Input("a.txt", "upper", "a");
        _project.Input("b.txt", "upper", "b");
        _project.Build();
        _project.Forget("a.txt");
        _project.Forget("b.txt");
        _project.Input("c.txt", "upper", "a");

        _project.Build();

        Assert.Equal(["copy/c.c", "upper/c.up"], _project.OutputNames());
    }

    [Fact]
    public void A_glob_among_the_inputs_sees_files_come_and_go()
    {
        _project.Generator("index", ("Command", "sh -c 'cat parts/*.p > \"$0\"' {Output}"), ("Outputs", "index"),
            ("Runs", "Once"), ("Inputs", "parts/*.p"));
        _project.Write("parts/1.p", "1");
        _project.Write("parts/2.p", "2");
        _project.Build();
        Assert.Equal("12", _project.Output("index/index"));
        _project.Write("parts/.#3.p", "lock of an editor");
        Assert.Equal(0, _project.Build().StepsRun);

        _project.Write("parts/3.p", "3");
        Assert.Equal(["index: new input parts/3.p"], _project.Run().Causes);
        File.Delete(Path.Join(_project.Root, "parts/1.p"));
        Assert.Equal(["index: no more input parts/1.p"], _project.Run().Causes);
        Assert.Equal("23", _project.Output("index/index"));
    }

    [Fact]
    public void A_glob_waits_for_generators_of_unknown_outputs_and_for_what_follows_them()
    {
        // Declared in the wrong order on purpose.
        _project.Generator("index", ("Command", "sh -c 'cat obj/gen/*/*.up > $0' {Output}"), ("Outputs", "index"),
            ("Runs", "Once"), ("Inputs", "obj/gen/*/*.up;{Generated}/split/*.w"));
        _project.Script("split.sh", "#!/bin/sh\nfor word in $(cat \"$1\"); do echo $word > \"$2/$word.w\"; done\n");
        _project.Generator("split", ("Command", "./split.sh {Input} {OutputDirectory}"), ("Outputs", "**"),
            ("OutputKind", "Generate"), ("Next", "upper"));
        Upper("upper", "", "");
        _project.Input("a.txt", "split", "red green");
        _project.Build();
        Assert.Equal("GREEN\nRED\n", _project.Output("index/index"));
        Assert.Equal(0, _project.Build().StepsRun);

        _project.Write("a.txt", "red blue");
        Assert.Equal(3, _project.Build().StepsRun);
        Assert.Equal("BLUE\nRED\n", _project.Output("index/index"));
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void Generators_of_unknown_outputs_whose_globs_may_meet_are_no_circle()
    {
        foreach (var name in (string[])["one", "two"])
        {
            _project.Generator(name, ("Command", "cp {Input} {OutputDirectory}"), ("Outputs", "**"),
                ("Inputs", "**/*.inc"));
            _project.Input(name + ".txt", name, name);
        }

        Assert.Equal(2, _project.Build().StepsRun);
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void A_glob_does_not_see_what_is_generated_no_longer()
    {
        Upper("upper", "", "");
        _project.Generator("index", ("Command", "sh -c 'ls made > $0' {Output}"), ("Outputs", "index"),
            ("Runs", "Once"), ("Inputs", "made/*.up"));
        _project.Generator("upper", ("Command", "sh up.sh {Input} {Output}"), ("Outputs", "{Filename}.up"),
            ("OutputDirectory", "made"));
        _project.Input("a.txt", "upper", "a");
        _project.Input("b.txt", "upper", "b");
        _project.Build();
        _project.Forget("b.txt");

        Assert.Contains("index: no more input made/b.up", _project.Run().Causes);
        Assert.Equal("a.up\n", _project.Output("index/index"));
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Fact]
    public void A_glob_without_a_directory_is_of_the_projects_own_directory_alone()
    {
        _project.Generator("head", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.h"), ("Inputs", "*.h"));
        _project.Write("common.h", "");
        _project.Input("a.txt", "head", "a");

        Assert.Equal(1, _project.Build().StepsRun);
        _project.Write("b.h", "");
        Assert.Equal(["head: a.txt: new input b.h"], _project.Run().Causes);
    }

    [Theory]
    [InlineData("*.h", "obj/gen/x", false)]
    [InlineData("obj/gen/x/*.h", "obj/gen/x", true)]
    [InlineData("obj/gen/*/*.h", "obj/gen/x", true)]
    [InlineData("obj/gen/*.h", "obj/gen/x", false)]
    [InlineData("obj/**/*.h", "obj/gen/x", true)]
    [InlineData("obj/gen/x/y/*.h", "obj/gen/x", true)]
    [InlineData("src/**/*.h", "obj/gen/x", false)]
    [InlineData("../*/*.h", "obj", false)]
    public void A_glob_may_match_below_a_directory(string pattern, string directory, bool may) =>
        Assert.Equal(may, Glob.MayMatchBelow(pattern, directory));

    [Fact]
    public void All_inputs_come_in_one_order_each_once_however_they_are_listed()
    {
        _project.Generator("all", ("Command", "sh -c 'echo \"$@\" > $0' {Output} {Inputs}"),
            ("Outputs", "{Filename}.all"), ("Runs", "All"));
        foreach (var name in (string[])["b", "a", "c"])
        {
            _project.Input(name, "all", name);
        }

        _project.Item("./a", "all");
        _project.Build();

        Assert.Equal("a b c\n", _project.Output("all/b.all"));
    }

    [Theory]
    [InlineData("*.h", "a.h", true)]
    [InlineData("*.h", "dir/a.h", true)]
    [InlineData("*.h", "a.hh", false)]
    [InlineData("dir/*.h", "dir/a.h", true)]
    [InlineData("dir/*.h", "dir/sub/a.h", false)]
    [InlineData("dir/**/*.h", "dir/a.h", true)]
    [InlineData("dir/**/*.h", "dir/x/y/a.h", true)]
    [InlineData("**/x/*.h", "a/x/b/x/c.h", true)]
    [InlineData("**/x/*.h", "a/x/b/c.h", false)]
    [InlineData("?.h", "a.h", true)]
    [InlineData("*.h", ".#a.h", false)]
    [InlineData("*", "a.h~", false)]
    public void Globs_match_as_everywhere(string pattern, string path, bool matches) =>
        Assert.Equal(matches, Glob.Matches(pattern, path));

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("  a\t'b c'  ", "a|b c")]
    [InlineData("a\"b c\"d", "ab cd")]
    [InlineData("a\\ b '' \"\"", "a b||")]
    [InlineData("awk '{print $1}' x", "awk|{print $1}|x")]
    [InlineData("'\\n' \"\\\\ \\x\"", "\\n|\\ \\x")]
    public void Words_are_split_as_a_shell_does(string command, string words) =>
        Assert.Equal(words.Split('|'), CommandWords.Split(command, "x"));

    private void Upper(string name, string next, string how)
    {
        var metadata = new List<(string, string)>
        {
            ("Command", "tr a-z A-Z < {Input} > {Output}"), ("Outputs", "{Filename}.up"),
        };
        metadata[0] = ("Command", "sh up.sh {Input} {Output}");
        _project.Write("up.sh", "tr a-z A-Z < \"$1\" > \"$2\"\n");
        if (how.Length > 0)
        {
            metadata.Add((how, next));
        }

        _project.Generator(name, [.. metadata]);
    }
}
