using System.Numerics;

namespace KernKit.Layout.Compiler.Syntax;

/// <summary>An expression as it is written.</summary>
/// <param name="Place">Where its first token stands.</param>
/// <param name="Text">Its text on one line, for rules and messages.</param>
internal abstract record ExpressionSyntax(SourcePlace Place, string Text)
{
    /// <summary>Characters of a text: as many, and the rest of a token; what is cut ends with three dots.</summary>
    public const int TextMax = 200;
}

internal sealed record NumberSyntax(SourcePlace Place, string Text, BigInteger Value) : ExpressionSyntax(Place, Text);

/// <summary>A string or byte string: a value of a byte array.</summary>
internal sealed record BytesSyntax(SourcePlace Place, string Text, byte[] Bytes) : ExpressionSyntax(Place, Text);

internal sealed record NameExpressionSyntax(SourcePlace Place, string Name) : ExpressionSyntax(Place, Name);

internal sealed record MemberAccessSyntax(SourcePlace Place, string Text, ExpressionSyntax Target, string Name)
    : ExpressionSyntax(Place, Text);

internal sealed record IndexSyntax(SourcePlace Place, string Text, ExpressionSyntax Target, ExpressionSyntax Index)
    : ExpressionSyntax(Place, Text);

/// <summary>A call of a function that is written in C#.</summary>
internal sealed record CallSyntax(
    SourcePlace Place, string Text, string Name, IReadOnlyList<ExpressionSyntax> Arguments)
    : ExpressionSyntax(Place, Text);

internal sealed record SizeOfSyntax(SourcePlace Place, string Text, NameSyntax Type) : ExpressionSyntax(Place, Text);

internal sealed record OffsetOfSyntax(SourcePlace Place, string Text, NameSyntax Type, NameSyntax Field)
    : ExpressionSyntax(Place, Text);

internal sealed record UnarySyntax(SourcePlace Place, string Text, string Operator, ExpressionSyntax Operand)
    : ExpressionSyntax(Place, Text);

internal sealed record BinarySyntax(
    SourcePlace Place, string Text, string Operator, ExpressionSyntax Left, ExpressionSyntax Right)
    : ExpressionSyntax(Place, Text);

internal sealed record ConditionalSyntax(
    SourcePlace Place, string Text, ExpressionSyntax Condition, ExpressionSyntax IfTrue, ExpressionSyntax IfFalse)
    : ExpressionSyntax(Place, Text);
