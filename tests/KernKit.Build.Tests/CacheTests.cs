namespace KernKit.Build.Tests;

/// <summary>The cache that clones share.</summary>
public sealed class CacheTests : IDisposable
{
    private readonly GraphProject _one = new();
    private readonly GraphProject _two = new();
    private readonly string _cache = Directory.CreateTempSubdirectory("kernkit-cache-").FullName;

    public CacheTests()
    {
        foreach (var project in (GraphProject[])[_one, _two])
        {
            project.Environment["KERNKIT_BUILD_CACHE"] = _cache;
            project.Write("gen.sh", "cat $1 common.inc > $2; echo x: common.inc > $3; " +
                "echo 'a.txt(1,1): warning W1: hm'\n");
            project.Write("common.inc", "1");
            project.Generator("gen", ("Command", "sh gen.sh {Input} {Output} {Depfile}"), ("Outputs", "{Filename}.g"),
                ("Depfile", "{Filename}.d"), ("OutputKind", "Generate"), ("Next", "tool"));
            project.Generator("tool", ("Command", "install -m 755 {ProjectDirectory}/{Input} {Output}"),
                ("Outputs", "{Filename}.x"));
            project.Input("a.txt", "gen", "a");
        }
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public void Another_clone_takes_everything_from_the_cache_and_starts_nothing()
    {
        Assert.Equal((2, 0), Counts(_one.Build()));

        var run = _two.Run();

        Assert.Equal((0, 2), Counts(run.Build!));
        Assert.Equal(0, run.Build!.ProcessesStarted);
        Assert.Equal("a1", _two.Output("tool/a.x"));
        Assert.True(File.GetUnixFileMode(Path.Join(_two.State, "gen/tool/a.x")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal("W1", Assert.Single(run.Warnings).Code);
        Assert.Equal((0, 0), Counts(_two.Build()));
    }

    [Fact]
    public void A_discovered_file_that_differs_is_a_miss_and_both_results_stay()
    {
        _one.Build();
        _two.Write("common.inc", "2");
        Assert.Equal((2, 0), Counts(_two.Build()));
        Assert.Equal("a2", _two.Output("tool/a.x"));

        // Back and forth, as between two branches.
        _two.Write("common.inc", "1");
        Assert.Equal((0, 2), Counts(_two.Build()));
        _two.Write("common.inc", "2");
        Assert.Equal((0, 2), Counts(_two.Build()));
    }

    [Fact]
    public void A_class_that_says_where_its_input_lies_is_not_shared_with_a_place_where_that_differs()
    {
        foreach (var project in (GraphProject[])[_one, _two])
        {
            var assembly = Path.Join(project.Root, "own", "Own.dll");
            Directory.CreateDirectory(Path.GetDirectoryName(assembly)!);
            File.WriteAllBytes(assembly, FakeCompiler.Generator("1",
                "context.WriteText(name + \".from\", context.PathFromOutput(name + \".from\", context.Inputs[0]));"));
            project.Forget("a.txt");
            project.Generator("own", ("Type", "Own.Generator"), ("Assembly", assembly), ("Outputs", "**"),
                ("OutputDirectory", project == _one ? "out" : "out/deeper"));
            project.Input("a.txt", "own", "a");
        }

        _one.Build();
        _two.Build();

        Assert.Equal("../a.txt", _one.Read("out/a.from"));
        Assert.Equal("../../a.txt", _two.Read("out/deeper/a.from"));
    }

    [Fact]
    public void Two_steps_that_see_the_same_files_and_take_different_ones_share_no_result()
    {
        foreach (var name in (string[])["x", "y"])
        {
            _one.Input(name + ".txt", "tree", "same");
        }

        _one.Generator("tree", ("Command", "sh -c 'cp $(cat $0) $1' {InputList} {OutputDirectory}"), ("Outputs", "**"),
            ("Inputs", "x.txt;y.txt"));

        _one.Build(static options => options with { JobsMax = 1 });

        Assert.True(_one.HasOutput("tree/x.txt") && _one.HasOutput("tree/y.txt"));
    }

    [Fact]
    public void Words_that_only_look_alike_are_other_words()
    {
        string MadeOf(GraphProject project, string words)
        {
            project.Generator("words", ("Command", "printf '%s|' " + words + " > {Output}"), ("Outputs", "words"),
                ("Runs", "Once"));
            project.Build();
            return project.Output("words/words");
        }

        Assert.Equal("a b|", MadeOf(_one, "'a b'"));
        Assert.Equal("'a|b'|", MadeOf(_two, "\"'a\" \"b'\""));
    }

    [Fact]
    public void A_damaged_or_missing_content_is_a_miss_and_is_mended()
    {
        _one.Build();
        foreach (var path in Directory.GetFiles(Path.Join(_cache, "v1", "cas"), "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllText(path, "other");
        }

        // Both steps made the same content: the first one mends it for the second.
        Assert.Equal((1, 1), Counts(_two.Build()));
        Assert.Equal("a1", _two.Output("tool/a.x"));
        Directory.Delete(_two.State, recursive: true);
        Assert.Equal((0, 2), Counts(_two.Build()));
        foreach (var path in Directory.GetFiles(Path.Join(_cache, "v1", "ac"), "*", SearchOption.AllDirectories))
        {
            File.WriteAllText(path, "kernkit action 1\nfile\t../../etc\tx\tq\nend\n");
        }

        Directory.Delete(_two.State, recursive: true);
        Assert.Equal((2, 0), Counts(_two.Build()));
    }

    [Fact]
    public void An_edited_output_never_reaches_the_store()
    {
        _one.Build();
        File.AppendAllText(Path.Join(_one.State, "gen/tool/a.x"), "edited");

        Assert.Equal((0, 2), Counts(_two.Build()));
        Assert.Equal("a1", _two.Output("tool/a.x"));
        // And the edit itself is undone from the cache.
        Assert.Equal((0, 1), Counts(_one.Build()));
        Assert.Equal("a1", _one.Output("tool/a.x"));
    }

    [Fact]
    public void The_bounds_hold_by_size_and_by_age_and_what_was_used_last_stays()
    {
        var cache = new BuildCache(_cache);
        _one.Build();
        var before = cache.Statistics();
        Assert.Equal((2, 1), (before.Results, before.Files));
        var now = DateTime.UtcNow;

        // Old enough for any collection; one result is a day younger than the other.
        var actions = Directory.GetFiles(Path.Join(_cache, "v1", "ac"), "*", SearchOption.AllDirectories);
        File.SetLastWriteTimeUtc(actions[0], now.AddDays(-20));
        File.SetLastWriteTimeUtc(actions[1], now.AddDays(-21));
        foreach (var path in Directory.GetFiles(Path.Join(_cache, "v1", "cas"), "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(path, now.AddDays(-21));
        }

        cache.SetLimits(before.Bytes - 1, null);
        Assert.Equal([actions[0]], Directory.GetFiles(Path.Join(_cache, "v1", "ac"), "*", SearchOption.AllDirectories));
        cache.SetLimits(null, TimeSpan.FromDays(10));
        var after = cache.Statistics();
        Assert.Equal((0, 0, 0L, TimeSpan.FromDays(10)), (after.Results, after.Files, after.Bytes, after.Age));
    }

    [Fact]
    public void What_is_too_old_goes_once_a_day_and_what_is_stored_again_is_young()
    {
        _one.Build();
        var old = Directory.GetFiles(Path.Join(_cache, "v1", "ac"), "*", SearchOption.AllDirectories)
            .Single(static path => File.ReadAllText(path).Contains("common.inc", StringComparison.Ordinal));
        var content = Assert.Single(
            Directory.GetFiles(Path.Join(_cache, "v1", "cas"), "*", SearchOption.AllDirectories));
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-31));
        File.SetLastWriteTimeUtc(content, DateTime.UtcNow.AddHours(-1));
        _two.Write("a.txt", "b");
        _two.Build();
        Assert.True(File.Exists(old));

        File.SetLastWriteTimeUtc(Path.Join(_cache, "v1", "collected"), DateTime.UtcNow.AddDays(-2));
        _two.Write("gen.sh", "printf a1 > $2; echo x: common.inc > $3\n");
        _two.Build();
        Assert.False(File.Exists(old));
        Assert.True(DateTime.UtcNow - File.GetLastWriteTimeUtc(content) < TimeSpan.FromMinutes(9));
    }

    [Fact]
    public void A_cache_that_is_off_read_only_or_unusable_changes_nothing_but_the_time()
    {
        _one.Environment["KERNKIT_BUILD_CACHE"] = "off";
        Assert.Equal((2, 0), Counts(_one.Build()));
        Assert.False(Directory.Exists(Path.Join(_cache, "v1")));
        _one.Environment["KERNKIT_BUILD_CACHE"] = "readonly";
        _one.Environment["XDG_CACHE_HOME"] = _cache;
        _one.Write("a.txt", "b");
        Assert.Equal((2, 0), Counts(_one.Build()));
        Assert.Empty(Directory.GetFileSystemEntries(_cache));
        _one.Environment["KERNKIT_BUILD_CACHE"] = "/dev/null/nowhere";
        _one.Write("a.txt", "c");
        Assert.Equal((2, 0), Counts(_one.Build()));
    }

    [Fact]
    public async Task Many_builds_may_fill_and_empty_one_cache_at_once()
    {
        var clones = Enumerable.Range(0, 6).Select(_ => new GraphProject()).ToList();
        try
        {
            foreach (var clone in clones)
            {
                clone.Environment["KERNKIT_BUILD_CACHE"] = _cache;
                clone.Generator("gen", ("Command", "cp {Input} {Output}"), ("Outputs", "{Filename}.g"));
                Enumerable.Range(0, 12).ToList().ForEach(n => clone.Input($"{n}.txt", "gen", $"content {n}"));
            }

            var builds = clones
                .Select(clone => Task.Run(() => clone.Build(), TestContext.Current.CancellationToken)).ToList();
            var clearing = Task.Run(
                () =>
                {
                    for (var round = 0; round < 20; round++)
                    {
                        new BuildCache(_cache).Clear(all: round % 2 == 0);
                    }
                },
                TestContext.Current.CancellationToken);
            await Task.WhenAll([.. builds, clearing]);

            Assert.All(clones, static clone => Assert.Equal("content 7", clone.Output("gen/7.g")));
        }
        finally
        {
            clones.ForEach(static clone => clone.Dispose());
        }
    }

    [Fact]
    public async Task Everything_may_be_removed_and_counted_while_results_are_stored()
    {
        var source = Path.Join(_cache, "source");
        await File.WriteAllTextAsync(source, "content", TestContext.Current.CancellationToken);
        // A fixed number of results: file systems that search past recently deleted inodes make each one dear.
        var storing = Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(
            () =>
            {
                for (var number = 0; number < 60; number++)
                {
                    var hash = BuildCache.KeyOf($"{writer} {number}");
                    var entry = new CacheEntry([], [new CachedFile("out", hash, false)], []);
                    new BuildCache(_cache).Store(hash, entry, [source]);
                }
            },
            TestContext.Current.CancellationToken)));

        do
        {
            new BuildCache(_cache).Clear(all: true);
            Assert.True(new BuildCache(_cache).Statistics().Bytes >= 0);
        }
        while (!storing.IsCompleted);

        await storing;
        new BuildCache(_cache).Clear(all: true);
        Assert.Equal((0, 0), (new BuildCache(_cache).Statistics().Results, new BuildCache(_cache).Statistics().Files));
        Assert.Empty(Directory.GetDirectories(Path.Join(_cache, "v1"), "removed.*"));
    }

    private static (int Ran, int Cached) Counts(BuildRun run) => (run.StepsRun, run.StepsFromCache);
}
