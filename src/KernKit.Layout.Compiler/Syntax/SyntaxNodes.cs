namespace KernKit.Layout.Compiler.Syntax;

/// <summary>A name, dotted where a namespace is named, and its place.</summary>
internal sealed record NameSyntax(string Text, SourcePlace Place);

/// <summary><c>@unit(sector512)</c>: for tools, never for bytes or validity.</summary>
internal sealed record AttributeSyntax(string Name, string Argument, SourcePlace Place);

/// <summary>Everything one file says.</summary>
internal sealed class FileSyntax
{
    public NameSyntax? Namespace { get; set; }

    public string Source { get; set; } = "";

    public string License { get; set; } = "";

    public List<(string Path, SourcePlace Place)> Imports { get; } = [];

    /// <summary>"le", "be", "param" or null.</summary>
    public string? Order { get; set; }

    /// <summary>The name of the ABI parameter, or "".</summary>
    public string AbiParameter { get; set; } = "";

    /// <summary>The ABIs that the file is about; all if none is named.</summary>
    public List<NameSyntax> Abis { get; } = [];

    /// <summary>The parameter's name if <see cref="Order"/> is "param".</summary>
    public string OrderParameter { get; set; } = "";

    public List<DeclarationSyntax> Declarations { get; } = [];
}

internal abstract record DeclarationSyntax(NameSyntax Name, string Doc, IReadOnlyList<AttributeSyntax> Attributes);

internal sealed record ConstantSyntax(NameSyntax Name, string Doc, ExpressionSyntax Value)
    : DeclarationSyntax(Name, Doc, []);

/// <summary><c>alias NAME = TYPE;</c> or <c>alias NAME = TYPE[count];</c></summary>
internal sealed record AliasSyntax(
    NameSyntax Name, string Doc, IReadOnlyList<AttributeSyntax> Attributes, NameSyntax Target, ExpressionSyntax? Count)
    : DeclarationSyntax(Name, Doc, Attributes);

internal sealed record EnumMemberSyntax(NameSyntax Name, string Doc, ExpressionSyntax? Value);

internal sealed record EnumSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<AttributeSyntax> Attributes,
    NameSyntax Backing,
    IReadOnlyList<EnumMemberSyntax> Members,
    bool IsFlags,
    bool IsClosed)
    : DeclarationSyntax(Name, Doc, Attributes);

/// <summary>One run of bits; a null name is padding.</summary>
internal sealed record BitFieldSyntax(
    NameSyntax? Type, NameSyntax? Name, string Doc, ExpressionSyntax Width, ExpressionSyntax? Shift, SourcePlace Place);

internal sealed record BitsSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<AttributeSyntax> Attributes,
    NameSyntax Backing,
    bool IsMsbFirst,
    IReadOnlyList<BitFieldSyntax> Fields)
    : DeclarationSyntax(Name, Doc, Attributes);

internal sealed record ParameterSyntax(NameSyntax Type, NameSyntax Name);

internal sealed record StructSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<AttributeSyntax> Attributes,
    IReadOnlyList<ParameterSyntax> Parameters,
    ExpressionSyntax? Size,
    IReadOnlyList<MemberSyntax> Members,
    bool HasErrors)
    : DeclarationSyntax(Name, Doc, Attributes)
{
    /// <summary>How threads share the structure; null if nothing is said.</summary>
    public SyncSyntax? Sync { get; init; }

    /// <summary>"le" or "be" if the structure states its own byte order.</summary>
    public string? Order { get; init; }

    /// <summary>True if members are C types, aligned as an ABI says.</summary>
    public bool IsAbi { get; init; }

    /// <summary>True if they are C types without alignment.</summary>
    public bool IsPacked { get; init; }

    /// <summary>True if the layout has to be the same under every ABI.</summary>
    public bool IsFixed { get; init; }
}

/// <summary>
/// <c>sync atomic</c>, <c>sync seqlock(field)</c>, <c>sync lock outside</c>, <c>sync lock inside</c>.
/// </summary>
internal sealed record SyncSyntax(SourcePlace Place, string Kind, NameSyntax? Field);

/// <summary><c>message NAME id N version N { fields }</c></summary>
internal sealed record MessageSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<AttributeSyntax> Attributes,
    ExpressionSyntax Id,
    ExpressionSyntax Version,
    IReadOnlyList<MemberSyntax> Members,
    bool HasErrors)
    : DeclarationSyntax(Name, Doc, Attributes);

internal sealed record FormatSyntax(
    NameSyntax Name,
    string Doc,
    IReadOnlyList<string> Orders,
    NameSyntax? OrderParameter,
    NameSyntax? Structure,
    NameSyntax? StructureName,
    IReadOnlyList<ExpressionSyntax> Offsets,
    ExpressionSyntax? Accept)
    : DeclarationSyntax(Name, Doc, []);

internal abstract record MemberSyntax(SourcePlace Place);

/// <summary>The clauses and attributes after a declarator, in their fixed order.</summary>
internal sealed record ClausesSyntax(
    ExpressionSyntax? Equal,
    ExpressionSyntax? At,
    ExpressionSyntax? If,
    ExpressionSyntax? Where,
    bool UntilEnd,
    IReadOnlyList<AttributeSyntax> Attributes)
{
    public static readonly ClausesSyntax None = new(null, null, null, null, false, []);

    /// <summary>The terminator of an open array, or the condition on <c>it</c> that ends one.</summary>
    public ExpressionSyntax? Until { get; init; }

    /// <summary>The first version that has the field, or null.</summary>
    public ExpressionSyntax? Since { get; init; }

    /// <summary>How the bytes are stored, or null.</summary>
    public TransformClauseSyntax? Transform { get; init; }

    /// <summary>The terms of <c>check</c>, or null.</summary>
    public IReadOnlyList<CheckTermSyntax>? Check { get; init; }
}

/// <summary>A name, <c>[count]</c> or <c>[]</c>, and <c>(arguments)</c>.</summary>
internal sealed record DeclaratorSyntax(
    NameSyntax Name, bool IsArray, ExpressionSyntax? Count, IReadOnlyList<ArgumentSyntax>? Arguments)
{
    /// <summary>The bits of a bit field of C, in structures with <c>abi</c>.</summary>
    public ExpressionSyntax? Width { get; init; }

    /// <summary>The most elements: <c>[max n]</c>, <c>[count max n]</c>.</summary>
    public ExpressionSyntax? Max { get; init; }

    /// <summary>True for <c>[]</c> and <c>[max n]</c>, which an <c>until</c> ends.</summary>
    public bool IsOpen => IsArray && Count is null;
}

internal sealed record ArgumentSyntax(NameSyntax? Name, ExpressionSyntax Value);

internal sealed record FieldSyntax(
    SourcePlace Place,
    NameSyntax Type,
    IReadOnlyList<DeclaratorSyntax> Declarators,
    ClausesSyntax Clauses,
    string Doc,
    BitsSyntax? InlineBits)
    : MemberSyntax(Place)
{
    /// <summary>True for <c>le TYPE name;</c>, false for <c>be</c>, null if the member states no order.</summary>
    public bool? IsLittleEndian { get; init; }
}

/// <summary><c>bitmap NAME[count] at self + expr;</c></summary>
internal sealed record BitmapSyntax(
    SourcePlace Place, NameSyntax Name, ExpressionSyntax Count, ClausesSyntax Clauses, string Doc)
    : MemberSyntax(Place);

/// <summary><c>pad N;</c> or, with a null count, <c>pad rest;</c></summary>
internal sealed record PadSyntax(SourcePlace Place, ExpressionSyntax? Count) : MemberSyntax(Place);

internal sealed record ZeroSyntax(SourcePlace Place, ExpressionSyntax Count) : MemberSyntax(Place);

internal sealed record OverlaySyntax(SourcePlace Place, IReadOnlyList<MemberSyntax> Members, ClausesSyntax Clauses)
    : MemberSyntax(Place);

internal sealed record GroupSyntax(SourcePlace Place, IReadOnlyList<MemberSyntax> Members, ClausesSyntax Clauses)
    : MemberSyntax(Place);

internal sealed record WithinSyntax(SourcePlace Place, ExpressionSyntax Length, IReadOnlyList<MemberSyntax> Members)
    : MemberSyntax(Place);

/// <summary>One arm; no conditions for <c>default</c>.</summary>
internal sealed record CaseSyntax(
    SourcePlace Place, IReadOnlyList<ExpressionSyntax> Conditions, IReadOnlyList<MemberSyntax> Members);

internal sealed record UnionSyntax(SourcePlace Place, ExpressionSyntax? Selector, IReadOnlyList<CaseSyntax> Cases)
    : MemberSyntax(Place)
{
    /// <summary>Bytes that every case takes, filled up where it is shorter; null: each case takes its own.</summary>
    public ExpressionSyntax? Size { get; init; }
}

/// <summary><c>let NAME = expr;</c>: a value that takes no bytes.</summary>
internal sealed record LetSyntax(
    SourcePlace Place, NameSyntax Name, ExpressionSyntax Value, IReadOnlyList<AttributeSyntax> Attributes, string Doc)
    : MemberSyntax(Place);

/// <summary><c>assert expr;</c>: what must hold for the structure as a whole.</summary>
internal sealed record AssertSyntax(SourcePlace Place, ExpressionSyntax Condition) : MemberSyntax(Place);
