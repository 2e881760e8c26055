using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KernKit.Bpf.Tests;

/// <summary>Turns programs into C# and that into code.</summary>
internal static class AheadCompiler
{
    public static List<AheadProgram> Compile(IReadOnlyList<BpfProgram> programs)
    {
        var source = CSharpWriter.Write(programs.Select((program, i) => KeyValuePair.Create($"P{i}", program)));
        var trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var compilation = CSharpCompilation.Create(
            "ahead",
            [CSharpSyntaxTree.ParseText(source)],
            trusted.Split(':').Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Take(10)));
        var assembly = Assembly.Load(stream.ToArray());
        return [.. programs.Select((_, i) =>
            (AheadProgram)assembly.GetType($"P{i}")!.GetProperty("Program")!.GetValue(null)!)];
    }
}
