using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Where the C# compiler and a debugger see generated code: <c>#line</c>.</summary>
public sealed class LineTests
{
    private const string Text = """
        layout 1;
        namespace t;
        order le;
        enum kind : u8 { A = 1 }
        /// A record.
        struct record {
            u8 count;
            u8 flags;
            u16 extra if flags == 1;
        }
        """;

    [Theory]
    [InlineData("RecordView", 6)]
    [InlineData("RecordEdit", 6)]
    [InlineData("Kind", 4)]
    public void The_head_of_a_type_is_its_declaration(string type, int line) => Assert.Equal(
        $"/up/test.layout:{line}",
        Place(All<BaseTypeDeclarationSyntax>().First(node => node.Identifier.ValueText == type).Identifier));

    [Theory]
    [InlineData("Count", 7)]
    [InlineData("Flags", 8)]
    [InlineData("Extra", 9)]
    public void A_field_of_a_view_is_its_declaration(string property, int line) => Assert.Equal(
        $"/up/test.layout:{line}",
        Place(All<PropertyDeclarationSyntax>().First(node => node.Identifier.ValueText == property).Identifier));

    [Fact]
    public void The_body_of_a_field_that_may_be_absent_and_all_that_no_field_declares_stay_where_they_are()
    {
        Assert.All(All<StatementSyntax>(), static statement =>
            Assert.StartsWith("/gen/", Place(statement.GetFirstToken()), StringComparison.Ordinal));
        Assert.All(All<MethodDeclarationSyntax>(), static method =>
            Assert.StartsWith("/gen/", Place(method.Identifier), StringComparison.Ordinal));
    }

    [Fact]
    public void A_path_that_a_line_cannot_hold_leaves_it_out()
    {
        CompileResult result = Schema.Compile(Text, Schema.Options with { LinePath = static (_, _) => "a\"b" });

        Assert.All(result.Outputs.Values, static text =>
            Assert.DoesNotContain("#line", text, StringComparison.Ordinal));
    }

    private static List<T> All<T>()
        where T : SyntaxNode
    {
        CompileResult result = Schema.Compile(
            Text, Schema.Options with { LinePath = static (output, schema) => $"/up/{schema}" });
        Assert.Empty(result.Diagnostics);
        return [.. result.Outputs.SelectMany(static output =>
            CSharpSyntaxTree.ParseText(output.Value, path: "/gen/" + output.Key).GetRoot().DescendantNodes())
            .OfType<T>()];
    }

    private static string Place(SyntaxToken token)
    {
        FileLinePositionSpan span = token.GetLocation().GetMappedLineSpan();
        return $"{span.Path}:{span.StartLinePosition.Line + 1}";
    }
}
