namespace KernKit.Layout.Compiler.Binding;

/// <summary>The algorithms; the values are those of KernKit.Layout's <c>LayoutCheckAlgorithm</c>.</summary>
internal enum CheckAlgorithm
{
    /// <summary>None that is known: what it protects stays unchecked.</summary>
    Unknown,

    /// <summary>The format states that there is no check.</summary>
    None,

    Crc32,
    Crc32C,
    Crc32CRaw,
    XxHash64,
    Sha256,
    Sha256Folded,
    Adler32,
    Fletcher16,
    Fletcher32,
    Fletcher64,
    Internet,
    Xor16,
}

/// <summary><c>check name(parameters) { ... }</c>.</summary>
/// <param name="Name">The name in the schema.</param>
/// <param name="Unit">The file that declares it, whose names its conditions use.</param>
/// <param name="Parameters">Value parameters.</param>
/// <param name="Cases">The first whose condition holds is taken; a null condition always holds.</param>
internal sealed record CheckDeclaration(
    string Name,
    FileUnit Unit,
    IReadOnlyList<ParameterModel> Parameters,
    IReadOnlyList<(Syntax.ChoiceSyntax Syntax, CheckAlgorithm Algorithm)> Cases);

/// <summary>A case of a check where it is used.</summary>
/// <param name="Condition">Null if it always holds.</param>
/// <param name="Algorithm">What is computed then.</param>
/// <param name="Seed">What the algorithm starts from; null for its own start.</param>
internal sealed record CheckChoice(BoundExpression? Condition, CheckAlgorithm Algorithm, BoundExpression? Seed);

/// <summary>What a field must equal: the exclusive or of its terms.</summary>
/// <param name="Field">The field that holds the check.</param>
/// <param name="Terms">At least one.</param>
/// <param name="Text">The clause as it is written.</param>
internal sealed record CheckModel(FieldModel Field, IReadOnlyList<CheckTerm> Terms, string Text)
{
    /// <summary>
    /// The reference whose bytes are checked, which somebody has to fetch; null for the structure's own.
    /// </summary>
    public ReferenceModel? Reference => Terms[0].Reference;
}

/// <summary>One algorithm over bytes, one range behind the other.</summary>
/// <param name="Choices">The first whose condition holds is taken.</param>
/// <param name="Ranges">Ranges of the structure itself; empty if a reference is checked.</param>
/// <param name="Reference">The reference whose bytes are checked, or null.</param>
internal sealed record CheckTerm(
    IReadOnlyList<CheckChoice> Choices,
    IReadOnlyList<CheckRange> Ranges,
    ReferenceModel? Reference);

/// <summary>A range of the structure's bytes.</summary>
/// <param name="From">Null for the start of the structure.</param>
/// <param name="To">Null for its end.</param>
/// <param name="Zeroed">Fields inside that count as zero.</param>
internal sealed record CheckRange(CheckPoint? From, CheckPoint? To, IReadOnlyList<FieldModel> Zeroed);

/// <summary>A place in the structure.</summary>
/// <param name="Field">The field at whose start or end it lies, or null.</param>
/// <param name="IsEnd">True for the end of the field.</param>
/// <param name="Offset">Bytes from the start of the structure if no field is named.</param>
internal sealed record CheckPoint(FieldModel? Field, bool IsEnd, BoundExpression? Offset);

/// <summary>A function that is written in C#: <c>extern function</c>.</summary>
/// <param name="Name">The name in the schema.</param>
/// <param name="CsName">The method.</param>
/// <param name="Unit">The file that declares it.</param>
/// <param name="Doc">The doc comment.</param>
/// <param name="Parameters">Integers, conditions and, with a null type, runs of bytes.</param>
/// <param name="Result">An integer or an enumeration; null for a condition.</param>
internal sealed record FunctionModel(
    string Name,
    string CsName,
    FileUnit Unit,
    string Doc,
    IReadOnlyList<ParameterModel> Parameters,
    TypeModel? Result);

/// <summary>The ways of storing bytes; the values are those of KernKit.Layout's <c>LayoutTransformKind</c>.</summary>
internal enum TransformWay
{
    /// <summary>Nobody knows it.</summary>
    Unknown,

    None,

    Lz4,

    Lz4Prefixed,

    Zlib,

    Deflate,

    Xor,
}

/// <summary><c>transform name(parameters) { ... }</c>.</summary>
internal sealed record TransformDeclaration(
    string Name,
    FileUnit Unit,
    IReadOnlyList<ParameterModel> Parameters,
    IReadOnlyList<(Syntax.ExpressionSyntax? Condition, TransformWay Way)> Cases);

/// <summary>How the bytes of a field or of a reference are stored.</summary>
/// <param name="Field">The field, or null.</param>
/// <param name="Reference">The reference, or null.</param>
/// <param name="Ways">The first whose condition holds is taken; a null condition always holds.</param>
/// <param name="Key">The key of xor.</param>
/// <param name="Max">Bytes of the result at most.</param>
/// <param name="Text">The clause as it is written.</param>
internal sealed record TransformModel(
    FieldModel? Field,
    ReferenceModel? Reference,
    IReadOnlyList<(BoundExpression? Condition, TransformWay Way)> Ways,
    byte[] Key,
    int Max,
    string Text);

/// <summary><c>ref</c>: where something lies, as a value; reading it is somebody else's work.</summary>
internal sealed class ReferenceModel
{
    public required string Name { get; init; }

    public required string CsName { get; init; }

    public required string Doc { get; init; }

    /// <summary>self, file, or the name of a space.</summary>
    public required string Space { get; init; }

    /// <summary>Bytes from the start of the space; the start of this structure for self.</summary>
    public required BoundExpression At { get; init; }

    public required string AtText { get; init; }

    /// <summary>Bytes, or structures if there is a target; null for one structure.</summary>
    public BoundExpression? Count { get; init; }

    /// <summary>The declaration of the structure that lies there; bound only after this one. Null for bytes.</summary>
    public Symbol? Target { get; init; }

    /// <summary>The structure that lies there; null for bytes.</summary>
    public StructType? TargetType => Target?.Type as StructType;

    public IReadOnlyList<Presence> Presence { get; init; } = [];
}
