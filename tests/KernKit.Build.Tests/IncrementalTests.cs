using System.Globalization;

namespace KernKit.Build.Tests;

/// <summary>What runs and what does not, through the engine that the loader takes from bytes.</summary>
public sealed class IncrementalTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_first_run_generates_every_schema_and_the_support_types()
    {
        _project.Schema("a.layout", "namespace Ufs\nstruct Dinode");

        var run = _project.Run();

        Assert.Empty(run.Errors);
        Assert.Equal(2, run.StepsRun);
        Assert.Equal([_project.Output("Support.g.cs"), _project.Output("Ufs/Dinode.g.cs")], run.Sources);
        Assert.Contains("namespace App.Ufs;", File.ReadAllText(_project.Output("Ufs/Dinode.g.cs")));
        Assert.True(File.Exists(_project.Database));
    }

    [Fact]
    public void A_second_run_runs_nothing_and_returns_the_same_items()
    {
        _project.Schema("a.layout", "struct A");
        _project.Schema("b.layout", "struct B");
        var first = _project.Run();

        var second = _project.Run();

        Assert.Equal(0, second.StepsRun);
        Assert.Equal(first.Sources, second.Sources);
    }

    [Fact]
    public void Touching_a_schema_without_a_change_runs_nothing()
    {
        var schema = _project.Schema("a.layout", "struct A");
        _project.Run();
        File.SetLastWriteTimeUtc(schema, DateTime.UtcNow.AddHours(1));

        Assert.Equal(0, _project.Run().StepsRun);
    }

    [Fact]
    public void A_change_of_one_schema_in_a_hundred_runs_one()
    {
        for (var number = 0; number < 100; number++)
        {
            _project.Schema(
                string.Create(CultureInfo.InvariantCulture, $"s{number}.layout"),
                string.Create(CultureInfo.InvariantCulture, $"struct S{number}"));
        }

        Assert.Equal(101, _project.Run().StepsRun);
        _project.Schema("s42.layout", "struct S42 changed");

        var run = _project.Run();

        Assert.Equal(1, run.StepsRun);
        Assert.Equal(["layout: s42.layout: changed input s42.layout"], run.Causes);
        Assert.Contains("changed", File.ReadAllText(_project.Output("Plain/S42.g.cs")));
    }

    [Fact]
    public void A_change_that_moves_the_time_backwards_and_keeps_the_size_is_seen()
    {
        var schema = _project.Schema("a.layout", "struct A one");
        _project.Run();
        var before = File.GetLastWriteTimeUtc(schema);
        File.WriteAllText(schema, "struct A two");
        File.SetLastWriteTimeUtc(schema, before);

        Assert.Equal(1, _project.Run().StepsRun);
        Assert.Contains("two", File.ReadAllText(_project.Output("Plain/A.g.cs")));
    }

    [Fact]
    public void Output_with_the_same_content_is_not_touched()
    {
        var schema = _project.Schema("a.layout", "struct A\nstruct B");
        _project.Run();
        var old = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(_project.Output("Plain/A.g.cs"), old);
        File.WriteAllText(schema, "struct A\nstruct B text");

        Assert.Equal(1, _project.Run().StepsRun);
        Assert.Equal(old, File.GetLastWriteTimeUtc(_project.Output("Plain/A.g.cs")));
    }

    [Fact]
    public void A_renamed_structure_leaves_no_old_file()
    {
        _project.Schema("a.layout", "struct Old");
        _project.Run();
        _project.Schema("a.layout", "struct New");

        var run = _project.Run();

        Assert.Equal(["Plain/New.g.cs", "Support.g.cs"], _project.GeneratedNames());
        Assert.Equal(2, run.Sources.Length);
    }

    [Fact]
    public void A_name_that_changes_only_its_case_leaves_no_old_file()
    {
        _project.Schema("a.layout", "struct inode");
        _project.Run();
        _project.Schema("a.layout", "struct Inode");
        _project.Run();

        Assert.Equal(["Plain/Inode.g.cs", "Support.g.cs"], _project.GeneratedNames());
    }

    [Fact]
    public void A_deleted_schema_takes_its_files_along_and_the_last_one_takes_all()
    {
        _project.Schema("a.layout", "namespace Gone\nstruct A");
        _project.Schema("b.layout", "struct B");
        _project.Run();
        _project.Remove("a.layout");

        Assert.Equal(0, _project.Run().StepsRun);
        Assert.Equal(["Plain/B.g.cs", "Support.g.cs"], _project.GeneratedNames());
        Assert.False(Directory.Exists(_project.Output("Gone")));

        _project.Remove("b.layout");
        Assert.Empty(_project.Run().Sources);
        Assert.Empty(_project.GeneratedNames());
    }

    [Fact]
    public void A_structure_may_move_between_schemas_in_both_directions()
    {
        _project.Schema("a.layout", "struct A\nstruct Moving");
        _project.Schema("b.layout", "struct B");
        _project.Run();
        _project.Schema("a.layout", "struct A");
        _project.Schema("b.layout", "struct B\nstruct Moving");
        Assert.Empty(_project.Run().Errors);
        _project.Schema("a.layout", "struct A\nstruct Moving");
        _project.Schema("b.layout", "struct B");

        Assert.Empty(_project.Run().Errors);
        Assert.Equal(0, _project.Run().StepsRun);
        Assert.True(File.Exists(_project.Output("Plain/Moving.g.cs")));
    }

    [Fact]
    public void A_changed_import_runs_those_that_import_it()
    {
        _project.Schema("a.layout", "struct A\nimport sub/common.txt");
        _project.Schema("b.layout", "struct B");
        _project.WriteFile("sub/common.txt", "one");
        _project.Run();
        _project.WriteFile("sub/common.txt", "two");

        var run = _project.Run();

        Assert.Equal(["layout: a.layout: changed discovered input sub/common.txt"], run.Causes);
        Assert.Equal(1, run.StepsRun);
    }

    [Fact]
    public void A_missing_import_is_an_error_until_it_appears()
    {
        _project.Schema("a.layout", "struct A\nimport later.txt");
        var error = Assert.Single(_project.Run().Errors);
        Assert.Equal((2, 8, "KK1001"), (error.Line, error.Column, error.Code));
        Assert.Single(_project.Run().Errors);
        _project.WriteFile("later.txt", "");

        Assert.Empty(_project.Run().Errors);
        Assert.True(File.Exists(_project.Output("Plain/A.g.cs")));
    }

    [Theory]
    [InlineData("edited")]
    [InlineData("deleted")]
    public void Output_that_somebody_changed_is_made_again(string how)
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        var output = _project.Output("Plain/A.g.cs");
        var before = File.ReadAllText(output);
        File.Delete(output);
        if (how == "edited")
        {
            File.WriteAllText(output, before.Replace("A", "B", StringComparison.Ordinal));
        }

        var run = _project.Run();

        Assert.Equal(1, run.StepsRun);
        Assert.Equal(before, File.ReadAllText(output));
        Assert.Contains(output, run.Sources);
    }

    [Fact]
    public void Changed_options_run_everything()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        _project.Namespace = "Other";
        Assert.Equal(["layout: a.layout: changed option Namespace", "layout-support: changed option Namespace"],
            _project.Run().Causes);
        _project.Visibility = "Public";

        Assert.Equal(2, _project.Run().StepsRun);
        Assert.Contains("public static class A", File.ReadAllText(_project.Output("Plain/A.g.cs")));
    }

    [Fact]
    public void A_rebuilt_compiler_runs_everything_with_its_new_code_in_the_same_process()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        _project.UseCompiler("two");

        Assert.Equal(2, _project.Run().StepsRun);
        Assert.Contains("\"two\"", File.ReadAllText(_project.Output("Plain/A.g.cs")));

        _project.UseCompiler("one");
        Assert.Equal(2, _project.Run().StepsRun);
        Assert.Contains("\"one\"", File.ReadAllText(_project.Output("Plain/A.g.cs")));
    }

    [Fact]
    public void A_compiler_that_was_only_copied_again_runs_nothing()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        _project.UseCompiler("one");

        Assert.Equal(0, _project.Run().StepsRun);
    }

    [Fact]
    public void A_project_that_moved_with_its_intermediate_files_generates_nothing()
    {
        _project.Schema("a.layout", "struct A");
        _project.Run();
        using var moved = new TestProject();
        Directory.CreateDirectory(moved.Intermediate);
        foreach (var path in Directory.GetFiles(_project.Intermediate, "*", SearchOption.AllDirectories))
        {
            var target = Path.Join(moved.Intermediate, Path.GetRelativePath(_project.Intermediate, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        moved.Schema("a.layout", "struct A");

        Assert.Equal(0, moved.Run().StepsRun);
    }

    [Fact]
    public void A_question_reports_what_is_out_of_date_and_writes_nothing()
    {
        _project.Schema("a.layout", "struct A");

        var error = Assert.Single(_project.Run(question: true).Errors);

        Assert.Equal("KK9006", error.Code);
        Assert.Empty(_project.GeneratedNames());
        _project.Run();
        Assert.Empty(_project.Run(question: true).Errors);
    }
}
