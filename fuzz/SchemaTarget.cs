using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.Tests;
using KernKit.Volumes.Tests;

namespace KernKit.Fuzz;

/// <summary>Compiles damaged schemas: each ends in code or in at most a hundred messages.</summary>
internal sealed class SchemaTarget : IFuzzTarget
{
    private const string Fence = "```layout\n";

    private static readonly CompileOptions Options = new() { Namespace = "Made", Objects = true };

    // The schemas of layouts/, and the examples of the language's page, which has every word of it.
    private readonly (string Folder, string Text)[] _schemas =
    [
        .. Directory.GetFiles(Path.Join(Repository.Root, "layouts"), "*.layout", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(static path => (Path.GetDirectoryName(path)!, File.ReadAllText(path))),
        .. File.ReadAllText(Path.Join(Repository.Root, "docs", "layout.md")).Split(Fence)[1..]
            .Select(static part => ("", part[..part.IndexOf("```", StringComparison.Ordinal)])),
    ];

    public string Name => "schemas";

    public void Run(ulong seed)
    {
        var (folder, sound) = _schemas[seed % (ulong)_schemas.Length];
        var text = SchemaDamage.Of(sound, new Random(unchecked((int)seed)));
        var root = Path.Join(folder, "fuzz.layout");
        var result = LayoutCompiler.Compile(
            root, path => path == root ? text : File.Exists(path) ? File.ReadAllText(path) : null, Options);
        if (result.Diagnostics.Count > 100 || (!result.Succeeded && result.Outputs.Count > 0))
        {
            throw new InvalidOperationException($"{result.Diagnostics.Count} messages, {result.Outputs.Count} outputs");
        }
    }
}
