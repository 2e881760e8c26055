using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Schemas as strings: compiled to C#, and on to an assembly that a test can call.</summary>
internal static class Schema
{
    public static readonly CompileOptions Options = new() { Namespace = "Made" };

    private static readonly Lazy<MetadataReference[]> References = new(static () =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(static path => !Path.GetFileName(path).StartsWith("xunit", StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ]);

    public static CompileResult Compile(string text, params (string Name, string Text)[] others) =>
        Compile(text, Options, others);

    public static CompileResult Compile(
        string text, CompileOptions options, params (string Name, string Text)[] others) =>
        LayoutCompiler.Compile(
            "test.layout",
            path => path == "test.layout" ? text : others.FirstOrDefault(other => other.Name == path).Text,
            options);

    /// <summary>The one file of a schema that compiles, by the end of its name.</summary>
    public static string Output(string text, string name)
    {
        CompileResult result = Compile(text);
        Assert.Empty(result.Diagnostics);
        return result.Outputs.Single(output => output.Key.EndsWith(name, StringComparison.Ordinal)).Value;
    }

    /// <summary>Compiles schemas and a class <c>Driver</c> of static methods; warnings are errors.</summary>
    public static Driver Build(string driver, params string[] schemas) => Build(driver, Options, schemas);

    public static Driver Build(string driver, CompileOptions options, params string[] schemas)
    {
        var sources = new List<(string Name, string Text)>();
        var files = schemas.Select(static (text, i) => (Name: $"s{i}.layout", Text: text)).ToArray();
        foreach ((string name, _) in files)
        {
            CompileResult result = LayoutCompiler.Compile(
                name, path => files.FirstOrDefault(file => file.Name == path).Text, options);
            Assert.Empty(result.Diagnostics);
            sources.AddRange(result.Outputs.Select(static output => (output.Key, output.Value)));
        }

        sources.AddRange(LayoutCompiler.EmitSupport(options).Select(static output => (output.Key, output.Value)));
        const string usings = "using System; using System.Collections.Generic; using System.IO; using System.Linq;\n"
            + "using KernKit.Layout; using KernKit.Layout.Compiler; using Made; using Made.T;\n";
        sources.Add(("Driver.cs", usings + "public static class Driver\n{\n" + driver + "\n}\n"));
        return Load(sources);
    }

    /// <summary>Builds what schemas became, and a driver that names its types in full.</summary>
    public static Driver BuildSources(
        string driver, CompileOptions options, IEnumerable<KeyValuePair<string, string>> made)
    {
        var sources = made.Select(static pair => (pair.Key, pair.Value)).ToList();
        sources.AddRange(LayoutCompiler.EmitSupport(options).Select(static output => (output.Key, output.Value)));
        const string usings = "using System; using System.Collections.Generic; using System.Linq;\n"
            + "using KernKit.Layout; using Made;\n";
        sources.Add(("Driver.cs", usings + "public static class Driver\n{\n" + driver + "\n}\n"));
        return Load(sources);
    }

    private static Driver Load(List<(string Name, string Text)> sources)
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.Diagnose);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Made" + Guid.NewGuid().ToString("N"),
            sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, parse, source.Name)),
            References.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                optimizationLevel: OptimizationLevel.Release,
                checkOverflow: true,
                generalDiagnosticOption: ReportDiagnostic.Error,
                nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions:
                [
                    new("CS1591", ReportDiagnostic.Suppress),
                    new("CS8933", ReportDiagnostic.Suppress),
                ]));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        string errors = string.Join('\n', emitted.Diagnostics
            .Where(static diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Take(20));
        Assert.True(emitted.Success, errors);
        Assert.Equal("", errors);
        image.Position = 0;
        return new Driver(new AssemblyLoadContext(null, isCollectible: false).LoadFromStream(image));
    }
}

/// <summary>The static methods of a compiled driver class.</summary>
internal sealed class Driver(Assembly assembly)
{
    private readonly Type _type = assembly.GetType("Driver")!;

    public T Call<T>(string method, params object[] arguments)
    {
        MethodInfo found = _type.GetMethod(method) ?? throw new ArgumentException(method);
        try
        {
            return (T)found.Invoke(null, arguments)!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerException);
            throw;
        }
    }
}
