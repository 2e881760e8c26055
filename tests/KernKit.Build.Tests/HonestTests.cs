namespace KernKit.Build.Tests;

/// <summary>Generators that do what they did not declare.</summary>
public sealed class HonestTests : IDisposable
{
    private readonly GraphProject _project = new();

    public HonestTests()
    {
        _project.Write("secret.txt", "secret");
        _project.Write("gen.sh", "cat $1 > $2\n");
        _project.Generator("gen", ("Command", "sh gen.sh {Input} {Output}"), ("Outputs", "{Filename}.g"));
        _project.Input("a.txt", "gen", "a");
    }

    public void Dispose() => _project.Dispose();

    [Fact]
    public void This_machine_has_Landlock_and_strace() =>
        // What the sandbox's tests show is worth nothing where they silently do not run.
        Assert.True(Landlock.Version > 0 && FileTrace.IsAvailable);

    [Theory]
    [InlineData("Auto")]
    [InlineData("Landlock")]
    [InlineData("Strace")]
    public void An_honest_generator_passes_and_its_outputs_are_used(string name)
    {
        var mode = Enum.Parse<SandboxMode>(name);
        _project.Build(options => options with { Sandbox = mode, Determinism = true });

        Assert.Equal("a", _project.Output("gen/a.g"));
        Assert.Equal(0, _project.Build().StepsRun);
    }

    [Theory]
    [InlineData("cat secret.txt $1 > $2", "reads secret.txt")]
    [InlineData("cat $1 > $2; cat secret.txt > /dev/null", "reads secret.txt")]
    [InlineData("cat $1 > $2; (cd / && cat $OLDPWD/secret.txt) > /dev/null", "reads secret.txt")]
    [InlineData("ls > $2", "lists .")]
    [InlineData("cat $1 > $2; echo x > elsewhere.txt", "writes elsewhere.txt")]
    [InlineData("cat $1 > $2; mkdir -p new", "writes new")]
    public void An_undeclared_access_is_refused_and_named(string script, string says)
    {
        _project.Write("gen.sh", "set -e\n" + script + "\n");

        foreach (var mode in new[] { SandboxMode.Landlock, SandboxMode.Strace })
        {
            var error = _project.Fails("KK9016", options => options with { Sandbox = mode });
            Assert.Contains(says, error.Text, StringComparison.Ordinal);
            // What Landlock refuses has not happened; strace only sees.
            Assert.True(mode == SandboxMode.Strace || !Directory.Exists(Path.Join(_project.Root, "new")));
        }

        _project.Build();
    }

    [Fact]
    public void A_probe_is_seen_by_strace_and_not_by_Landlock()
    {
        _project.Write("gen.sh", "cat $1 > $2; if [ -e maybe.txt ]; then :; fi\n");

        _project.Build(static options => options with { Sandbox = SandboxMode.Landlock });

        var error = _project.Fails("KK9016", static options => options with { Sandbox = SandboxMode.Strace });
        Assert.Contains("asks for maybe.txt", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descriptor_of_no_file_is_no_access()
    {
        var trace = new FileTrace { ProjectDirectory = "/p", TracePath = "/t" };

        Assert.Null(trace.Parse("newfstatat(0<pipe:[4711]>, \"\", {st_mode=S_IFIFO|0600}, AT_EMPTY_PATH) = 0"));
        Assert.Equal("/p/a", trace.Parse("newfstatat(AT_FDCWD</p>, \"a\", 0x7ffd, 0) = 0")!.Path);
    }

    [Theory]
    [InlineData("openat(AT_FDCWD</p>, \"\\303\\244.txt\", O_RDONLY) = 3</p/\\303\\244.txt>", "/p/ä.txt", "")]
    [InlineData("openat(AT_FDCWD</p>, \"\\0011\\t\\\"x\", O_RDONLY) = -1 ENOENT (No such file)", "/p/\u00011\t\"x", "")]
    [InlineData("rename(\"a\", \"../b\") = 0", "/p/a", "/b")]
    [InlineData("renameat2(AT_FDCWD</p>, \"a\", 4</q>, \"b\", RENAME_NOREPLACE) = 0", "/p/a", "/q/b")]
    [InlineData("linkat(AT_FDCWD</p>, \"a\", AT_FDCWD</p>, \"b\", 0) = 0", "/p/a", "/p/b")]
    [InlineData("symlink(\"/etc/a\", \"b\") = -1 EACCES (Permission denied)", "", "/p/b")]
    [InlineData("symlinkat(\"/etc/a\", AT_FDCWD</p>, \"\\303\\244\") = 0", "", "/p/ä")]
    public void A_trace_gives_names_as_they_are_and_both_of_a_call_that_has_two(string line, string one, string two)
    {
        var trace = new FileTrace { ProjectDirectory = "/p", TracePath = "/t" };

        Assert.Equal(one, trace.Parse(line)?.Path ?? "");
        Assert.Equal(two, trace.ParseSecond(line)?.Path ?? "");
    }

    [Fact]
    public void A_depfile_is_a_declaration()
    {
        _project.Write("gen.sh", "cat $1 secret.txt > $2; echo x: secret.txt > $3\n");
        _project.Generator("gen", ("Command", "sh gen.sh {Input} {Output} {Depfile}"), ("Outputs", "{Filename}.g"),
            ("Depfile", "{Filename}.d"));

        _project.Build(static options => options with { Sandbox = SandboxMode.Landlock, Determinism = true });
        _project.Build(static options => options with { Sandbox = SandboxMode.Strace });
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("context.ReadText(\"common.txt\");", "", "")]
    [InlineData("System.IO.File.ReadAllText(\"ROOT/secret.txt\");", "KK9016", "secret.txt")]
    [InlineData("System.IO.File.WriteAllText(\"ROOT/new.txt\", \"\");", "KK9016", "new.txt")]
    [InlineData("name += System.Environment.TickCount64 + System.Guid.NewGuid().ToString(\"N\");", "KK9016", "missing")]
    public void A_class_is_examined_on_a_thread_that_the_kernel_confines(string statement, string code, string says)
    {
        _project.Write("own/Own.dll", "");
        File.WriteAllBytes(Path.Join(_project.Root, "own", "Own.dll"), FakeCompiler.Generator(
            "7", statement.Replace("ROOT", _project.Root, StringComparison.Ordinal)));
        _project.Write("common.txt", "common");
        _project.Generator("gen", ("Type", "Own.Generator"), ("Assembly", "own/Own.dll"), ("Outputs", "**"));
        BuildOptions Examine(BuildOptions options) =>
            options with { Sandbox = SandboxMode.Landlock, Determinism = true };

        if (code.Length == 0)
        {
            _project.Build(Examine);
            Assert.Contains("Answer = 7", _project.Output("gen/a.g.cs"), StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(says, _project.Fails(code, Examine).Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("pwd > $2", "project")]
    [InlineData("echo $HOME > $2", "home")]
    [InlineData("date +%Z > $2", "a.g differs")]
    [InlineData("echo $LC_ALL > $2", "a.g differs")]
    [InlineData("cat /proc/sys/kernel/random/uuid > $2", "a.g differs")]
    [InlineData("cat $1 secret.txt > $2", "does not declare")]
    public void A_generator_that_depends_on_where_and_when_it_runs_is_found(string script, string says)
    {
        _project.Write("gen.sh", "set -e\n" + script + "\n");
        _project.Build();

        var error = _project.Fails("KK9017", static options => options with { Determinism = true });

        Assert.Contains(says, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""execve("/bin/sh", ["sh"], 0x7 /* 3 vars */) = 0""", "/bin/sh", "reads")]
    [InlineData("""openat(AT_FDCWD</p>, "a.txt", O_RDONLY) = 3</p/a.txt>""", "/p/a.txt", "reads")]
    [InlineData("""openat(AT_FDCWD</p/sub>, "../b", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No)""", "/p/b", "asks for")]
    [InlineData("""openat(5</q>, "x y\"z", O_WRONLY|O_CREAT, 0666) = 3</q/x y"z>""", "/q/x y\"z", "writes")]
    [InlineData("""openat(AT_FDCWD</p>, ".", O_RDONLY|O_DIRECTORY) = 3</p>""", "/p", "lists")]
    [InlineData("""stat("/p/c", {st_mode=S_IFREG}) = 0""", "/p/c", "asks for")]
    [InlineData("""rename("/p/c", "/p/d") = 0""", "/p/c", "writes")]
    public void Lines_of_strace_are_understood(string line, string path, string verb)
    {
        var trace = new FileTrace { ProjectDirectory = "/p", TracePath = "" };

        Assert.Equal(new FileAccessSeen(path, verb), trace.Parse(line));
    }
}
