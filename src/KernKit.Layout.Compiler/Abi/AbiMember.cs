using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

internal enum AbiMemberKind
{
    /// <summary>A number, or numbers.</summary>
    Number,

    /// <summary>Raw bytes, the same under every ABI.</summary>
    Bytes,

    /// <summary>A structure, or structures.</summary>
    Structure,
}

/// <summary>One member of a structure that depends on the ABI, with the C# type that holds it under all of
/// them.</summary>
internal sealed record AbiMember(
    string Name, string CsName, string Doc, AbiMemberKind Kind, string CsType, int? Count)
{
    /// <summary>The structure that depends on the ABI too; null for others.</summary>
    public AbiStructType? Inner { get; init; }

    /// <summary>The structure that is the same everywhere.</summary>
    public StructType? Plain { get; init; }

    public bool IsFloat { get; init; }

    public bool IsEnum { get; init; }

    /// <summary>True for declared bits.</summary>
    public bool IsBits { get; init; }

    /// <summary>True for bits that the structure declares itself: they are integers here.</summary>
    public bool IsRaw { get; init; }

    /// <summary>True for a bit field of C: a part of a field that each layout has made for itself.</summary>
    public bool IsBitField { get; init; }

    /// <summary>True if other members lie in the same bytes.</summary>
    public bool IsShared { get; init; }

    public static IReadOnlyList<AbiMember> Of(AbiStructType type, CsTypes types)
    {
        var members = new List<AbiMember>();
        StructType first = type.Variants[0].Structure;
        foreach (FieldModel field in first.Fields)
        {
            if (first.CBitFields.Exists(bit => bit.Container == field))
            {
                // Another ABI may hold them in other containers.
                members.AddRange(first.CBitFields.Where(bit => bit.Container == field).Select(static bit =>
                    new AbiMember(bit.Name, bit.CsName, "", AbiMemberKind.Number, AbiBits.TypeOf(bit), null)
                    {
                        IsBitField = true,
                    }));
                continue;
            }

            FieldModel[] forms =
            [
                .. type.Variants.Select(variant => variant.Structure.Fields.First(other => other.Name == field.Name)),
            ];
            if (MemberOf(field, forms, first, types) is AbiMember member)
            {
                members.Add(member with { IsShared = first.Fields.Exists(other => Overlap(field, other)) });
            }
        }

        return members;
    }

    /// <summary>The member's field in one of the layouts.</summary>
    public FieldModel FieldIn(StructType structure) => IsBitField
        ? structure.CBitFields.First(bit => bit.Name == Name).Container
        : structure.Fields.First(field => field.Name == Name);

    private static bool Overlap(FieldModel field, FieldModel other)
    {
        int start = field.First.At.Offset;
        int otherStart = other.First.At.Offset;
        int bytes = FieldCode.UnitOf(field) * (field.Count ?? 1);
        int otherBytes = FieldCode.UnitOf(other) * (other.Count ?? 1);
        return other != field && start < otherStart + otherBytes && otherStart < start + bytes;
    }

    private static AbiMember? MemberOf(FieldModel field, FieldModel[] forms, StructType structure, CsTypes types)
    {
        var member = new AbiMember(
            field.Name, field.CsName, field.Doc, AbiMemberKind.Bytes, "", field.Count);
        switch (field.Shape)
        {
            case FieldShape.Bytes:
                return member;
            case FieldShape.Structure or FieldShape.StructureArray:
                var nested = (StructType)field.Type;
                bool isPlain = Array.TrueForAll(forms, form => form.Type == nested);
                return member with
                {
                    Kind = AbiMemberKind.Structure,
                    Inner = isPlain ? null : nested.AbiOwner,
                    Plain = isPlain ? nested : null,
                };
            case FieldShape.Scalar or FieldShape.Array:
                return member with
                {
                    Kind = AbiMemberKind.Number,
                    CsType = TypeOf(field, forms, structure, types),
                    IsFloat = field.Type is ScalarType { IsFloat: true },
                    IsEnum = field.Type is EnumType,
                    IsBits = field.Type is BitsType bits && !structure.InlineBits.Contains(bits),
                    IsRaw = field.Type is BitsType inline && structure.InlineBits.Contains(inline),
                };
            default:
                return null;
        }
    }

    private static string TypeOf(FieldModel field, FieldModel[] forms, StructType structure, CsTypes types)
    {
        if (field.Type is EnumType || (field.Type is BitsType bits && !structure.InlineBits.Contains(bits)))
        {
            return types.Scalar(field.Type);
        }

        ScalarType widest = forms.Select(static form => CsTypes.ScalarOf(form.Type)).MaxBy(static form => form.Bytes)!;
        return CsTypes.Number(widest);
    }
}
