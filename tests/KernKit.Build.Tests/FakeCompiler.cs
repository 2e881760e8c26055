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
        ["CompileOptions.cs", "CompileResult.cs", "LayoutDiagnostic.cs", "LayoutVisibility.cs"];

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
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));
        var compilation = CSharpCompilation.Create(
            "KernKit.Layout.Compiler",
            sources.Select(static text => CSharpSyntaxTree.ParseText(text)),
            platform.Select(static path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                deterministic: true,
                nullableContextOptions: NullableContextOptions.Enable));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return stream.ToArray();
    });
}
