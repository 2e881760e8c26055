using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests;

/// <summary>One text file.</summary>
internal sealed class SourceFile
{
    private readonly Lazy<CompilationUnitSyntax> _syntax;

    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Lines = text.Split('\n');
        _syntax = new Lazy<CompilationUnitSyntax>(() => CSharpSyntaxTree.ParseText(text).GetCompilationUnitRoot());
    }

    /// <summary>Relative to the root, with forward slashes.</summary>
    public string Path { get; }

    public string Text { get; }

    public string[] Lines { get; }

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    public CompilationUnitSyntax Syntax => _syntax.Value;

    /// <summary>1-based line of a position in C#.</summary>
    public int LineOf(SyntaxNodeOrToken node) => LineOf(node.SpanStart);

    public int LineOf(int position) => Syntax.SyntaxTree.GetText().Lines.GetLineFromPosition(position).LineNumber + 1;

    /// <summary>True if a text stands in a line not farther than <paramref name="reach"/> from a line.</summary>
    public bool HasNear(int line, int reach, string text) => Enumerable
        .Range(line - reach, (2 * reach) + 1)
        .Any(near => near >= 1 && near <= Lines.Length && Lines[near - 1].Contains(text, StringComparison.Ordinal));
}
