using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests.Tidy;

/// <summary>Rules that need to understand C#.</summary>
internal static class SyntaxRules
{
    private const int MethodLinesMax = 70;
    private const int SafetyReach = 3;

    private static readonly string[] VagueSuffixes =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Processor", "Handler", "Info", "Data"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TidyRule> All { get; } =
    [
        new("method-length", IsCSharp, LongMethods),
        new("region", IsCSharp, static file => file.Syntax
            .DescendantTrivia(descendIntoTrivia: true)
            .Where(static trivia => trivia.IsKind(SyntaxKind.RegionDirectiveTrivia))
            .Select(region => (file.LineOf(region.SpanStart), "split the file or the type instead"))),
        new("type-name", IsCSharp, VagueTypeNames),
        new("one-public-type", static path => IsCSharp(path) && path.StartsWith("src/", StringComparison.Ordinal),
            SeveralPublicTypes),
        new("safety", IsCSharp, UnsafeWithoutReason),
        new("inlining", static path => IsCSharp(path) && path.StartsWith("src/", StringComparison.Ordinal), Inlining),
        new("skipped-test", static path => IsCSharp(path) && path.StartsWith("tests/", StringComparison.Ordinal),
            SkippedTests),
    ];

    private static bool IsCSharp(string path) => path.EndsWith(".cs", StringComparison.Ordinal);

    private static IEnumerable<(int Line, string Message)> LongMethods(SourceFile file)
    {
        var bodies = file.Syntax.DescendantNodes().Where(static node =>
            node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax);
        foreach (var body in bodies)
        {
            var inner = body.DescendantNodes().OfType<LocalFunctionStatementSyntax>()
                .Where(local => local.Ancestors().First(IsFunction) == body)
                .Sum(local => LinesOf(file, local));
            var lines = LinesOf(file, body) - inner;
            if (lines > MethodLinesMax)
            {
                yield return (file.LineOf(body), $"{lines} lines, {MethodLinesMax} at most: give its parts names");
            }
        }

        var topLevel = file.Syntax.Members.OfType<GlobalStatementSyntax>()
            .Where(static statement => statement.Statement is not LocalFunctionStatementSyntax)
            .Sum(statement => LinesOf(file, statement));
        // A benchmark is read once, from its top to its end.
        if (topLevel > MethodLinesMax && !file.Path.StartsWith("bench/", StringComparison.Ordinal))
        {
            yield return (1, $"{topLevel} lines outside of any method, {MethodLinesMax} at most");
        }
    }

    private static bool IsFunction(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            or CompilationUnitSyntax;

    // Text in a method (a program for a test, a piece of generated code) is no code of it.
    private static int LinesOf(SourceFile file, SyntaxNode node) =>
        file.LineOf(node.Span.End) - file.LineOf(node.SpanStart) + 1
        - node.DescendantTokens().Sum(token => token.IsKind(SyntaxKind.MultiLineRawStringLiteralToken)
            || token.IsKind(SyntaxKind.Utf8MultiLineRawStringLiteralToken)
                ? file.LineOf(token.Span.End) - file.LineOf(token.SpanStart) : 0)
        - node.DescendantNodes().OfType<InterpolatedStringExpressionSyntax>().Sum(text =>
            file.LineOf(text.Span.End) - file.LineOf(text.SpanStart));

    // eBPF calls the functions of its host helpers.
    private static bool IsOfBpf(string path) => path.StartsWith("src/KernKit.Bpf/", StringComparison.Ordinal);

    private static IEnumerable<(int Line, string Message)> VagueTypeNames(SourceFile file) =>
        from type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        let name = type.Identifier.Text
        let suffix = VagueSuffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal))
        where suffix is not null && !(suffix == "Helpers" && IsOfBpf(file.Path))
        select (file.LineOf(type.Identifier), $"{name}: '{suffix}' says nothing; use the field's word for what it is");

    // What is one line or one enumeration may stand beside the type it belongs to.
    private static IEnumerable<(int Line, string Message)> SeveralPublicTypes(SourceFile file)
    {
        var types = file.Syntax.DescendantNodes(static node => node is not TypeDeclarationSyntax)
            .OfType<TypeDeclarationSyntax>()
            .Where(static type => type.Modifiers.Any(SyntaxKind.PublicKeyword) && type.Members.Count > 0)
            .ToList();
        return types.Skip(1).Select(type => (file.LineOf(type.Identifier),
            $"{type.Identifier.Text}: a second public type: give it a file"));
    }

    private static IEnumerable<(int Line, string Message)> UnsafeWithoutReason(SourceFile file)
    {
        foreach (var word in file.Syntax.DescendantTokens().Where(
            static token => token.IsKind(SyntaxKind.UnsafeKeyword)))
        {
            var line = file.LineOf(word);
            if (word.Parent is TypeDeclarationSyntax)
            {
                yield return (line, "an unsafe type hides where the danger is: mark the blocks");
            }
            else if (word.Parent is not UsingDirectiveSyntax && !file.HasNear(line, SafetyReach, "SAFETY:"))
            {
                yield return (line, "a // SAFETY: line within three lines says bounds, lifetime and threads");
            }
        }
    }

    private static IEnumerable<(int Line, string Message)> Inlining(SourceFile file) =>
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        let text = attribute.ToString()
        where text.Contains("AggressiveInlining", StringComparison.Ordinal)
            || text.StartsWith("SkipLocalsInit", StringComparison.Ordinal)
        let line = file.LineOf(attribute)
        where !Enumerable.Range(line - 3, 4).Any(near => near >= 1 && IsComment(file.Lines[near - 1]))
        select (line, "a comment just above names the benchmark and the gain, or the attribute goes");

    private static bool IsComment(string line)
    {
        var at = line.IndexOf("//", StringComparison.Ordinal);
        return at >= 0 && !line[at..].StartsWith("///", StringComparison.Ordinal);
    }

    private static IEnumerable<(int Line, string Message)> SkippedTests(SourceFile file) =>
        from argument in file.Syntax.DescendantNodes().OfType<AttributeArgumentSyntax>()
        where argument.NameEquals?.Name.Identifier.Text is "Skip" or "SkipUnless" or "SkipWhen" or "Explicit"
        select (file.LineOf(argument), "a test runs or goes; what it needs is installed by ./x setup");
}
