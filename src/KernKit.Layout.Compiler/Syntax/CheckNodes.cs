namespace KernKit.Layout.Compiler.Syntax;

/// <summary><c>ref</c>: the place of something elsewhere, as a value.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Type">The structure there, or null for bytes.</param>
/// <param name="Name">The reference's name.</param>
/// <param name="Count">Structures or bytes; null for one structure.</param>
/// <param name="Space">self, file or the name of a space.</param>
/// <param name="At">Bytes from the start of the space.</param>
/// <param name="If">When there is one.</param>
/// <param name="Attributes">For tools.</param>
/// <param name="Doc">The doc comment.</param>
internal sealed record ReferenceSyntax(
    SourcePlace Place,
    NameSyntax? Type,
    NameSyntax Name,
    ExpressionSyntax? Count,
    string Space,
    ExpressionSyntax At,
    ExpressionSyntax? If,
    IReadOnlyList<AttributeSyntax> Attributes,
    string Doc)
    : MemberSyntax(Place)
{
    /// <summary>How the bytes there are stored, or null.</summary>
    public TransformClauseSyntax? Transform { get; init; }
}

/// <summary><c>extern function NAME(type name, ...) -> type;</c>, written in C#.</summary>
internal sealed record FunctionSyntax(
    NameSyntax Name, string Doc, IReadOnlyList<ParameterSyntax> Parameters, NameSyntax Result)
    : DeclarationSyntax(Name, Doc, []);

/// <summary>A transform, as a check: <c>transform NAME(type name, ..., bytes...) { case ...: way; }</c></summary>
internal sealed record TransformSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<ParameterSyntax> Parameters,
    IReadOnlyList<ChoiceSyntax> Cases)
    : DeclarationSyntax(Name, Doc, []);

/// <summary>The clause <c>transform NAME(arguments) max N</c>.</summary>
/// <param name="Name">A way, or a declared transform.</param>
/// <param name="Arguments">Its values, or the key of xor.</param>
/// <param name="Max">Bytes of the result at most; null for the limit of all.</param>
internal sealed record TransformClauseSyntax(
    NameSyntax Name, IReadOnlyList<ExpressionSyntax> Arguments, ExpressionSyntax? Max);

/// <summary>A check whose algorithm depends on its parameters.</summary>
internal sealed record CheckSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<ParameterSyntax> Parameters,
    IReadOnlyList<ChoiceSyntax> Cases)
    : DeclarationSyntax(Name, Doc, []);

/// <summary><c>case expr: name;</c>, or <c>default: name(seed);</c></summary>
/// <param name="Condition">Null for <c>default</c>.</param>
/// <param name="Name">An algorithm, or a way of storing bytes.</param>
/// <param name="Seed">What the algorithm starts from, or null.</param>
internal sealed record ChoiceSyntax(ExpressionSyntax? Condition, NameSyntax Name, ExpressionSyntax? Seed);

/// <summary>One call; the results of several are combined by exclusive or.</summary>
internal sealed record CheckTermSyntax(NameSyntax Algorithm, IReadOnlyList<CheckArgumentSyntax> Arguments);

/// <summary>An argument of a check: a value, a field, a reference, or a range of <c>self</c>.</summary>
internal sealed record CheckArgumentSyntax(
    SourcePlace Place,
    string Text,
    bool IsSelf,
    ExpressionSyntax? Value,
    CheckPointSyntax? From,
    CheckPointSyntax? To,
    IReadOnlyList<NameSyntax> Zeroed);

/// <summary>The start of a field, <c>end(field)</c>, or a number of bytes from <c>self</c>.</summary>
internal sealed record CheckPointSyntax(ExpressionSyntax Value, bool IsEnd);
