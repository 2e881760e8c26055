using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KernKit.Build.Tests;

/// <summary>
/// Makes KernKit.Layout.Compiler.dll from the real contract (options, result, diagnostic) and a trivial compiler,
/// so that a test can rebuild "the compiler" with other behaviour.
/// </summary>
internal static class FakeCompiler
{
    private static readonly string[] ContractFiles =
        ["CompileOptions.cs", "LayoutFieldTables.cs", "CompileResult.cs", "LayoutDiagnostic.cs", "LayoutVisibility.cs"];

    private static readonly ConcurrentDictionary<string, byte[]> Built = new();

    /// <summary>The assembly's bytes.</summary>
    /// <param name="version">Appears in everything it generates.</param>
    /// <returns>A PE file.</returns>
    public static byte[] Bytes(string version) => Built.GetOrAdd(version, static version =>
    {
        var contract = Path.Join(Repository.Root, "src", "KernKit.Layout.Compiler");
        using var resource = new StreamReader(
            typeof(FakeCompiler).Assembly.GetManifestResourceStream("FakeLayoutCompiler.cs")!);
        var sources = ContractFiles
            .Select(file => File.ReadAllText(Path.Join(contract, file)))
            .Append(resource.ReadToEnd().Replace("VERSION", version, StringComparison.Ordinal))
            .Append("global using System; global using System.Collections.Generic; " +
                "global using System.IO; global using System.Linq;");
        return Compile("KernKit.Layout.Compiler", sources, []);
    });

    /// <summary>An assembly with a generator class.</summary>
    /// <param name="answer">A constant in what it generates.</param>
    /// <param name="statement">More that it does.</param>
    /// <returns>A PE file.</returns>
    public static byte[] Generator(string answer, string statement = "") => Compile(
        "Own",
        [
            $$"""
            using System.Collections.Generic;
            using KernKit.Build;
            namespace Own;
            public sealed class Generator : ICodeGenerator
            {
                public void Generate(GenerationContext context)
                {
                    var name = System.IO.Path.GetFileNameWithoutExtension(context.Inputs[0]);
                    context.Read(context.Inputs[0]);
                    {{statement}}
                    context.WriteText(name + ".g.cs",
                        $"// Greeting\ninternal static class {context.Options.GetValueOrDefault("Prefix", "K")}{name}" +
                        "{ public const int Answer = {{answer}}; }\n");
                }
            }
            """,
        ],
        [typeof(ICodeGenerator).Assembly.Location]);

    private static byte[] Compile(string name, IEnumerable<string> sources, IEnumerable<string> references)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));
        var compilation = CSharpCompilation.Create(
            name,
            sources.Select(static text => CSharpSyntaxTree.ParseText(text)),
            platform.Concat(references).Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                deterministic: true,
                nullableContextOptions: NullableContextOptions.Enable));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return stream.ToArray();
    }
}
