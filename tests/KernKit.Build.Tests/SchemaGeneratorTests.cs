namespace KernKit.Build.Tests;

/// <summary>The two generators that are part of the engine, over real schemas.</summary>
public sealed class SchemaGeneratorTests : IDisposable
{
    private const string Text = "layout 1;\nnamespace disk;\norder le;\nstruct label {\n    u32 magic;\n}\n";
    private readonly GraphProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Maps_are_a_page_a_schema_and_an_index()
    {
        Maps("layouts");
        _project.Input("layouts/disk/label.layout", "maps", Text);

        _project.Build();

        Assert.StartsWith(
            "# layouts/disk/label.layout\n", _project.Read("docs/disk-label.md"), StringComparison.Ordinal);
        Assert.Contains("[disk/label](disk-label.md)", _project.Read("docs/README.md"), StringComparison.Ordinal);

        _project.Forget("layouts/disk/label.layout");
        _project.Input("layouts/disk/mark.layout", "maps", Text);
        _project.Build();
        Assert.False(File.Exists(Path.Join(_project.Root, "docs/disk-label.md")));
    }

    [Theory]
    [InlineData("other", Text, "is no .layout file below the option Root 'other/'")]
    [InlineData("layouts", "layout 1;\nstruct {", "has errors")]
    public void A_schema_without_a_map_is_one_clear_error(string root, string text, string says)
    {
        Maps(root);
        _project.Input("layouts/bad.layout", "maps", text);

        var error = _project.Fails("KK9004");

        Assert.Contains(says, error.Text, StringComparison.Ordinal);
        Assert.EndsWith("layouts/bad.layout", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_map_back_to_their_schema_from_wherever_the_output_lies()
    {
        _project.Generator("layout", ("Type", "KernKit.Build.LayoutGenerator"), ("Outputs", "**"),
            ("Options", "Namespace=App;Lines=true"));
        _project.Input("schemas/label.layout", "layout", Text);

        _project.Build();

        Assert.Contains("#line 5 \"../../../../schemas/label.layout\"\n    public uint Magic",
            _project.Output("layout/Disk/Label.g.cs"), StringComparison.Ordinal);
    }

    private void Maps(string root) => _project.Generator("maps", ("Type", "KernKit.Build.LayoutMapGenerator"),
        ("Runs", "All"), ("Outputs", "**"), ("Options", "Root=" + root), ("CommittedTo", "docs"));
}
