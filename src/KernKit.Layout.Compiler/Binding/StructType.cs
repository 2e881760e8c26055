using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>
/// A structure with every field placed.
/// </summary>
/// <remarks>
/// <para>A position is (slot, offset). Slot -1 is the start of the structure, so the offset is a constant. Every part
/// whose length is known only at run time opens a new slot: an <c>int</c> that the view computes once, when it is
/// opened, and never again. A getter therefore adds at most one remembered number to a constant.</para>
/// <code>
///   ino  reclen | namlen type | name[namlen] | pad rest |
///   0    4        6      7      8              ^slot 0     ^slot 1 = end of the record
/// </code>
/// <para>The steps say how to open a variable structure: what has to be proved in which order. A structure of
/// constant size has none but its length.</para>
/// </remarks>
internal sealed class StructType(string name, string csName, FileUnit unit, string doc)
    : NamedType(name, csName, unit, doc)
{
    /// <summary>The largest constant size: far above any structure on disk, far below what int offsets allow.</summary>
    public const int SizeMax = 1 << 24;

    /// <summary>
    /// Views of structures up to this size hold one reference and nothing else: a read through a default view
    /// then hits the unmapped first page and is a NullReferenceException.
    /// </summary>
    public const int CompactSizeMax = 4096;

    /// <summary>The argument of <c>@c</c>: the type of the C original and the prefix of its members, or "".</summary>
    public string COriginal { get; init; } = "";

    /// <summary>The ABI under which C types were placed; null where they are none.</summary>
    public AbiPreset? Abi { get; init; }

    /// <summary>What C aligns the structure to, by the name of the ABI; 1 without ABIs.</summary>
    public Dictionary<string, int> AbiAlignments { get; } = new(StringComparer.Ordinal);

    /// <summary>The structure of which this is one layout; null if there is only one.</summary>
    public AbiStructType? AbiOwner { get; set; }

    /// <summary>Bit fields of C; the containers that hold them are fields of their own.</summary>
    public List<CBitField> CBitFields { get; } = [];

    public List<ParameterModel> Parameters { get; } = [];

    public List<FieldModel> Fields { get; } = [];

    /// <summary>Checked gaps.</summary>
    public List<ZeroModel> Zeros { get; } = [];

    /// <summary>Gaps, for the map only.</summary>
    public List<GapModel> Gaps { get; } = [];

    public List<UnionModel> Unions { get; } = [];

    /// <summary>Values without bytes: <c>let</c>.</summary>
    public List<ComputedModel> Computed { get; } = [];

    /// <summary>Places of things elsewhere: <c>ref</c>.</summary>
    public List<ReferenceModel> References { get; } = [];

    /// <summary>Fields that hold checks, in order of declaration.</summary>
    public List<CheckModel> Checks { get; } = [];

    /// <summary>Bytes that are stored in another form.</summary>
    public List<TransformModel> Transforms { get; } = [];

    /// <summary>How threads share the structure.</summary>
    public SyncKind Sync { get; set; }

    /// <summary>The field that counts the writes of a seqlock.</summary>
    public FieldModel? SyncField { get; set; }

    public string StreamName => CsName + "Stream";

    public string SharedName => CsName + "Shared";

    /// <summary>What must hold for the structure as a whole: <c>assert</c>.</summary>
    public List<AssertionModel> Assertions { get; } = [];

    /// <summary>The byte order that the structure itself states; null if it takes its file's.</summary>
    public bool? OwnLittleEndian { get; init; }

    /// <summary>The order that the member states whose type this is; null everywhere else.</summary>
    public bool? GivenLittleEndian { get; private set; }

    /// <summary>True if the byte order is a type parameter.</summary>
    public bool HasOrderParameter => OwnLittleEndian is null && Unit.HasOrderParameter;

    /// <summary>The order of integers that state none; null if it is a parameter, or if nobody states one.</summary>
    public bool? IsLittleEndian => GivenLittleEndian ?? OwnLittleEndian ?? Unit.IsLittleEndian;

    /// <summary>The same structure in the order that a member states; what it holds is shared.</summary>
    public StructType With(bool isLittleEndian)
    {
        var ordered = (StructType)MemberwiseClone();
        ordered.GivenLittleEndian = isLittleEndian;
        return ordered;
    }

    /// <summary>Bits that are declared inside of the structure.</summary>
    public List<BitsType> InlineBits { get; } = [];

    public List<OpenStep> Steps { get; } = [];

    /// <summary>How many run-time positions the view computes.</summary>
    public int SlotCount { get; set; }

    /// <summary>Bytes, if constant; what <c>at self + expr</c> reaches is not counted.</summary>
    public int? Size { get; set; }

    /// <summary>Bytes that are there in any case.</summary>
    public int MinSize { get; set; }

    /// <summary>Where the sequential part ends.</summary>
    public Position End { get; set; }

    public bool HasOutOfLine => Fields.Exists(static member => member.OutOfLineAt is not null);

    /// <summary>True if a view is one reference, proved once.</summary>
    public bool IsCompact => Size is <= CompactSizeMax && !HasOutOfLine;

    /// <summary>True if the structure can be an element of an array.</summary>
    public bool IsFixed => Size is not null && !HasOutOfLine;

    /// <summary>How deep structures of one type may nest in each other.</summary>
    public const int DepthMax = 32;

    private bool? _isRecursive;

    /// <summary>True if its records may hold such structures again: how deep is up to the data, and bounded.</summary>
    public bool IsRecursive => _isRecursive ??= Reaches(this, []);

    /// <summary>False if a member could not be bound: the structure is then used silently.</summary>
    public bool IsBroken { get; set; }

    public string ViewName => CsName + "View";

    public string EditName => CsName + "Edit";

    public string ArrayName => CsName + "Array";

    public string EditArrayName => CsName + "EditArray";

    public string WriterName => CsName + "Writer";

    /// <summary>
    /// The plain object; a property may not have the name of its class, and <c>Guid</c> is somebody else's.
    /// </summary>
    public string ObjectName => Names.IsCommonType(CsName) || Fields.Exists(member => member.CsName == CsName)
        ? CsName + "Object"
        : CsName;

    public string RecordsName => CsName + "Records";

    // The same structure in another order is another type with the same fields.
    private bool Reaches(StructType target, HashSet<StructType> seen) => Fields.Exists(member =>
        member.Type is StructType inner
        && (inner.Fields == target.Fields || (seen.Add(inner) && inner.Reaches(target, seen))));
}

/// <summary>How threads share a structure.</summary>
internal enum SyncKind
{
    /// <summary>Not at all: whoever shares it brings his own order.</summary>
    None,

    /// <summary>Each integer by itself: aligned, ordered loads and stores.</summary>
    Atomic,

    /// <summary>Readers copy and try again; a counter tells whether somebody wrote.</summary>
    Seqlock,

    /// <summary>A lock that the program keeps beside the bytes.</summary>
    LockOutside,

    /// <summary>A generated holder has the bytes and the lock.</summary>
    LockInside,
}

/// <param name="Slot">-1 for the start of the structure.</param>
/// <param name="Offset">Bytes from there.</param>
internal readonly record struct Position(int Slot, int Offset)
{
    public static readonly Position Start = new(-1, 0);

    public bool IsConstant => Slot < 0;

    public static Position operator +(Position position, int bytes) =>
        new(position.Slot, checked(position.Offset + bytes));
}

internal sealed record ZeroModel(Position At, int Count, IReadOnlyList<Presence> Presence);

internal sealed record GapModel(Position At, string Size, string Meaning, SourcePlace Place);

/// <summary><c>let</c>: a value computed from fields; expressions of its structure hold what it computes.</summary>
/// <param name="Name">The name in the schema.</param>
/// <param name="CsName">The property.</param>
/// <param name="Expression">An integer or a condition.</param>
/// <param name="Text">The expression as it is written.</param>
/// <param name="Doc">The doc comment.</param>
/// <param name="Enum">The enumeration whose value it is, or null.</param>
internal sealed record ComputedModel(
    string Name, string CsName, BoundExpression Expression, string Text, string Doc, EnumType? Enum);

internal sealed record AssertionModel(BoundExpression Condition, string Text);

/// <summary>
/// Alternatives of which the first whose condition holds is there: a <c>union</c>, or an optional part, which is a
/// union of that part and of nothing.
/// </summary>
internal sealed class UnionModel(int index)
{
    public int Index { get; } = index;

    /// <summary>True for <c>if</c> on a part: case 0 is the part, case 1 is empty.</summary>
    public bool IsOptional { get; init; }

    /// <summary>How the schema writes each case: <c>case A, B</c>, <c>default</c>, or the condition.</summary>
    public List<string> CaseTexts { get; } = [];

    /// <summary>Null for <c>default</c>.</summary>
    public List<BoundExpression?> Conditions { get; } = [];

    public Position At { get; set; }

    /// <summary>Why the union may be absent: one that is need not match.</summary>
    public IReadOnlyList<Presence> Presence { get; init; } = [];

    public bool HasDefault => Conditions.Count > 0 && Conditions[^1] is null;

    public string RuleText { get; set; } = "";
}

/// <summary>Why a field may be absent.</summary>
internal abstract record Presence;

internal sealed record ConditionPresence(BoundExpression Condition, string Text) : Presence;

internal sealed record CasePresence(UnionModel Union, int Case) : Presence;

internal enum FieldShape
{
    /// <summary>One integer, enumeration value or bits value.</summary>
    Scalar,

    /// <summary>Integers.</summary>
    Array,

    /// <summary>Raw bytes: <c>u8 x[n]</c>, <c>char x[n]</c>.</summary>
    Bytes,

    Structure,

    /// <summary>Structures of constant size.</summary>
    StructureArray,

    /// <summary>Records by length up to an end.</summary>
    Records,

    Bitmap,
}

/// <summary>One reading of a field: where it lies, under which conditions.</summary>
internal sealed record FieldPlace(Position At, IReadOnlyList<Presence> Presence);

internal sealed class FieldModel
{
    public required string Name { get; init; }

    public required string CsName { get; set; }

    public required SourcePlace Place { get; init; }

    public required TypeModel Type { get; init; }

    public required FieldShape Shape { get; init; }

    public string Doc { get; init; } = "";

    public string Unit { get; init; } = "";

    /// <summary>
    /// The argument of <c>@c</c>: the member of the C original, <c>-</c> if it has none, "" for the own name.
    /// </summary>
    public string COriginal { get; init; } = "";

    /// <summary>The argument of <c>@show</c> (hex, uuid, ...), or "".</summary>
    public string Show { get; init; } = "";

    /// <summary>The encoding of <c>@text</c>: ascii, latin1, utf8, utf16; "" if none is stated.</summary>
    public string Text { get; init; } = "";

    /// <summary>The byte with which text is filled up, as <c>@fill</c> says; 0 otherwise.</summary>
    public int Fill { get; init; }

    public string Time { get; init; } = "";

    /// <summary>More than one if the same name stands in several cases of one union.</summary>
    public List<FieldPlace> Places { get; } = [];

    public FieldPlace First => Places[0];

    /// <summary>Elements, bytes or bits; null if a run-time count.</summary>
    public int? Count { get; set; }

    /// <summary>The run-time count of an out-of-line field.</summary>
    public BoundExpression? CountExpression { get; set; }

    public string CountText { get; set; } = "";

    /// <summary>Index of the remembered count, if the count is computed when the view is opened.</summary>
    public int CountSlot { get; set; } = -1;

    /// <summary>The offset from the start of the structure if the field lies outside of the sequence.</summary>
    public BoundExpression? OutOfLineAt { get; set; }

    public string OutOfLineText { get; set; } = "";

    public BoundExpression? Equal { get; set; }

    public string EqualText { get; set; } = "";

    public BoundExpression? Where { get; set; }

    public string WhereText { get; set; } = "";

    /// <summary>What a field counts as in versions that lack it; null if nothing is stated.</summary>
    public BoundExpression? Default { get; set; }

    public List<BoundExpression> Arguments { get; } = [];

    /// <summary>True if the extent of the structure, or the case of a union, depends on this value.</summary>
    public bool IsExtent { get; set; }

    /// <summary>Order of declaration, which decides what an expression may use.</summary>
    public int Index { get; init; }

    public bool IsConditional => Places.Exists(static place => place.Presence.Count > 0) && !IsInEveryCase;

    /// <summary>True if the cases of one union all have the field, so that it is never absent.</summary>
    public bool IsInEveryCase { get; set; }

    /// <summary>Bytes of one element, of one bit in a bitmap's 8, or of a part whose count is in bytes.</summary>
    public int UnitBytes => Type switch
    {
        StructType { IsFixed: true } structure => structure.Size!.Value,
        StructType => 1,
        _ => CSharp.CsTypes.ScalarOf(Type).Bytes,
    };

    /// <summary>The bytes that so many elements, bytes or bits take.</summary>
    public BigInteger BytesOf(BigInteger count) =>
        Shape == FieldShape.Bitmap ? (count + 7) >> 3 : count * UnitBytes;

    /// <summary>True if opening the view decides presence once and remembers it.</summary>
    public bool IsPresenceRemembered { get; set; }
}

/// <summary>One thing to prove or to compute while a variable structure is opened.</summary>
internal abstract record OpenStep;

/// <summary>Everything up to a position is inside a limit (slot -1: the source's length).</summary>
internal sealed record EnsureStep(Position Until, int Limit, string Path) : OpenStep;

/// <summary>A field on which extents depend obeys its rules, as far as fields up to an index can tell.</summary>
internal sealed record CheckStep(FieldModel Field, int LastField) : OpenStep;

/// <summary>Picks the case of a union.</summary>
internal sealed record CaseStep(UnionModel Union) : OpenStep;

/// <summary>Takes <c>count * unit</c> bytes from a position; the new slot is what follows.</summary>
internal sealed record ExtentStep(
    BoundExpression Count, string CountText, int Unit, Position At, int Limit, int NewSlot, int CountSlot, string Path)
    : OpenStep
{
    /// <summary>True for the length of a <c>within</c>, whose members follow and whose end the slot is.</summary>
    public bool IsWithin { get; init; }

    /// <summary>The unit of counts of bits, which take whole bytes.</summary>
    public const int Bits = 0;
}

/// <summary>Takes everything up to the limit; the count, if any, has to come out even.</summary>
internal sealed record RestStep(int Unit, Position At, int Limit, int NewSlot, int CountSlot, string Path) : OpenStep;

/// <summary>A sequential field that is there only if a condition holds.</summary>
internal sealed record OptionalStep(
    FieldModel Field, BoundExpression Condition, int Size, Position At, int Limit, int NewSlot) : OpenStep;

/// <summary>Opens a variable structure in place, to learn its length.</summary>
internal sealed record NestedStep(FieldModel Field, Position At, int Limit, int NewSlot) : OpenStep;

/// <summary>
/// Alternatives of different or run-time lengths, behind the <see cref="CaseStep"/> that chose one: the steps of the
/// chosen case run, and the new slot is where it ends.
/// </summary>
internal sealed record CasesStep(UnionModel Union, IReadOnlyList<CaseBlock> Cases, int NewSlot) : OpenStep;

/// <summary>What opening one case does, and where the case ends.</summary>
internal sealed record CaseBlock(IReadOnlyList<OpenStep> Steps, Position End);

/// <summary>
/// Integers up to one of a value, which is not counted but belongs to the extent; slots as in <see cref="ExtentStep"/>.
/// </summary>
internal sealed record TerminatedStep(
    FieldModel Field, System.Numerics.BigInteger Terminator, string Text, int? Max, Position At, int Limit, int NewSlot)
    : OpenStep;

/// <summary>
/// Structures that are opened one behind the other: up to the first for which a condition on <c>it</c> holds, which is
/// the last; or a number of them. One of condition and count is null.
/// </summary>
internal sealed record UntilStep(
    FieldModel Field,
    BoundExpression? Condition,
    BoundExpression? Count,
    string Text,
    int? Max,
    Position At,
    int Limit,
    int NewSlot)
    : OpenStep;

/// <summary>A count that is known by now is at most a number.</summary>
internal sealed record MaxStep(FieldModel Field, int Max, Position At) : OpenStep;

/// <summary>The members of <c>within</c> must end where it ends.</summary>
internal sealed record WithinEndStep(Position At, int Limit, string Path) : OpenStep;
