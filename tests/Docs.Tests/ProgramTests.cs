using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Docs.Tests;

/// <summary>C# programs in pages compile against the libraries.</summary>
public sealed class ProgramTests
{
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO;"
        + "global using System.Linq;";

    // A program says what it uses; a fragment about generated code is compiled beside its schema by other tests.
    public static TheoryData<string> Programs => [.. Pages.All.Where(static page => Of(page).Any())];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Programs_compile(string page) =>
        Assert.All(Of(page), static program => Assert.Empty(Errors(program)));

    [Fact]
    public void There_are_programs_and_a_wrong_one_is_seen()
    {
        Assert.True(Programs.Count >= 3);
        Assert.NotEmpty(Errors("using KernKit.Volumes;\nvar volume = Volume.Opne(1);\n"));
    }

    private static IEnumerable<string> Of(string page) => Pages.Blocks(page, "csharp")
        .Where(static text => text.StartsWith("using KernKit.", StringComparison.Ordinal)
            && !text.Contains("ICodeGenerator", StringComparison.Ordinal)
            && !text.Contains("Layouts", StringComparison.Ordinal));

    private static IEnumerable<string> Errors(string program) => CSharpCompilation
        .Create("example", [CSharpSyntaxTree.ParseText(Usings), CSharpSyntaxTree.ParseText(program)])
        .AddReferences(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static path => MetadataReference.CreateFromFile(path)))
        .GetDiagnostics()
        .Where(static found => found.Severity == DiagnosticSeverity.Error)
        .Select(static found => found.ToString());
}
