using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>An expression as written.</summary>
internal abstract record Syntax(int Column);

/// <param name="Column">From 1.</param>
/// <param name="Name">The path with [] for each index: <c>db[]</c>.</param>
/// <param name="Indices">What stood between the brackets.</param>
internal sealed record PathSyntax(int Column, string Name, IReadOnlyList<BigInteger> Indices) : Syntax(Column);

internal sealed record NumberSyntax(int Column, BigInteger Value, bool IsDuration) : Syntax(Column);

/// <param name="Column">From 1.</param>
/// <param name="Raw">What stands between the quotes, escapes as they are.</param>
internal sealed record TextSyntax(int Column, string Raw) : Syntax(Column);

internal sealed record BytesSyntax(int Column, byte[] Bytes) : Syntax(Column);

internal sealed record UnarySyntax(int Column, string Sign, Syntax Operand) : Syntax(Column);

/// <param name="Column">That of the sign.</param>
/// <param name="Sign">The operator.</param>
/// <param name="Left">Its left operand.</param>
/// <param name="Right">Its right operand.</param>
internal sealed record BinarySyntax(int Column, string Sign, Syntax Left, Syntax Right) : Syntax(Column);

internal sealed record ChoiceSyntax(int Column, Syntax Condition, Syntax IfTrue, Syntax IfFalse) : Syntax(Column);
