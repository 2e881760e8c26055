using KernKit.Layout.Compiler;
using KernKit.Layout.Compiler.Tests;
using KernKit.Volumes.Tests;

namespace KernKit.Fuzz;

/// <summary>Compiles damaged schemas: each ends in code or in at most a hundred messages.</summary>
internal sealed class SchemaTarget : IFuzzTarget
{
    private static readonly CompileOptions Options = new() { Namespace = "Made" };

    private readonly string[] _schemas =
    [
        .. Directory.GetFiles(Path.Join(Repository.Root, "layouts"), "*.layout", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText),
    ];

    public string Name => "schemas";

    public void Run(ulong seed)
    {
        var text = SchemaDamage.Of(_schemas[seed % (ulong)_schemas.Length], new Random(unchecked((int)seed)));
        var result = LayoutCompiler.Compile("fuzz.layout", path => path == "fuzz.layout" ? text : null, Options);
        if (result.Diagnostics.Count > 100 || (!result.Succeeded && result.Outputs.Count > 0))
        {
            throw new InvalidOperationException($"{result.Diagnostics.Count} messages, {result.Outputs.Count} outputs");
        }
    }
}
