using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Where code that reaches fields stands, and what bytes and remembered numbers are called there.</summary>
/// <param name="Start">The reference to the first byte.</param>
/// <param name="Bytes">The span of all bytes.</param>
/// <param name="Remembered">What stands before <c>at0</c>, <c>count0</c>, <c>case0</c>, <c>has0</c>.</param>
/// <param name="IsWritable">True in an edit.</param>
/// <param name="IsProved">True where every offset that is used has been compared with the bytes just before.</param>
internal sealed record FieldSite(string Start, string Bytes, string Remembered, bool IsWritable, bool IsProved)
{
    /// <summary>In the view.</summary>
    public static readonly FieldSite View = new("_start", "_bytes", "_", false, false);

    /// <summary>In the edit, whose view remembers.</summary>
    public static readonly FieldSite Edit = new("_start", "_bytes", "View._", true, false);

    /// <summary>In the constructor that opens a variable structure: all numbers are locals.</summary>
    public static readonly FieldSite Open = new("start", "source", "", false, true);
}

/// <summary>The C# that reaches one field: its offset, its bytes, its condition.</summary>
internal sealed class FieldCode(StructType structure, CsTypes types, FieldSite site, ExpressionEmitter expressions)
{

    public string Slot(int slot) => $"{site.Remembered}at{slot}";

    public string Case(UnionModel union) => $"{site.Remembered}case{union.Index}";

    public string Has(FieldModel field) => $"{site.Remembered}has{field.Index}";

    public string CountSlot(int slot) => $"{site.Remembered}count{slot}";

    /// <summary>A position as a C# expression of type int.</summary>
    public string Offset(Position at) =>
        at.IsConstant ? $"{at.Offset}" : Slot(at.Slot) + (at.Offset == 0 ? "" : $" + {at.Offset}");

    /// <summary>The offset of a field, whichever case holds.</summary>
    public string Offset(FieldModel field) => Choose(field, place => Offset(place.At));

    /// <summary>A reference to the byte at a position, for a read or write of some bytes.</summary>
    public string Reference(Position at, int bytes)
    {
        if (structure.IsCompact || site.IsProved || at.Offset + bytes <= StructType.CompactSizeMax)
        {
            string offset = Offset(at);
            return offset == "0" ? $"ref {site.Start}" : $"ref Unsafe.Add(ref {site.Start}, {offset})";
        }

        // A default view holds a null reference: far behind it lies memory that is somebody else's.
        return $"ref LayoutBytes.At({site.Bytes}, {Offset(at)}, {bytes})";
    }

    /// <summary>The bytes of a part, read-only in a view and writable in an edit.</summary>
    public string Part(Position at, string length) => !structure.IsCompact
        ? $"{site.Bytes}.Slice({Offset(at)}, {length})"
        : !site.IsWritable
            ? $"MemoryMarshal.CreateReadOnlySpan({Reference(at, 0)}, {length})"
            : $"MemoryMarshal.CreateSpan({Reference(at, 0)}, {length})";

    /// <summary>Reads one integer as the C# type of its width.</summary>
    public string Read(ScalarType type, Position at)
    {
        string reference = Reference(at, type.Bytes);
        if (type.Bytes == 1)
        {
            string value = reference["ref ".Length..];
            return type.IsSigned ? $"unchecked((sbyte){value})" : value;
        }

        return $"{types.OrderOf(type.Order)}.Read{CsTypes.Suffix(type)}(in {reference["ref ".Length..]})";
    }

    /// <summary>Reads one field's value as its property's type.</summary>
    public string ReadValue(FieldModel field, Position at)
    {
        string value = Read(CsTypes.ScalarOf(field.Type), at);
        return field.Type switch
        {
            EnumType => $"({types.Scalar(field.Type)}){value}",
            BitsType => $"new {types.Scalar(field.Type)}({value})",
            _ => value,
        };
    }

    /// <summary>Writes a value of the property's type.</summary>
    public string Write(FieldModel field, Position at)
    {
        ScalarType type = CsTypes.ScalarOf(field.Type);
        string plain = CsTypes.Number(type);
        string value = field.Type switch
        {
            EnumType => $"({plain})value",
            BitsType => "value.Value",
            _ => "value",
        };
        string reference = Reference(at, type.Bytes);
        return type.Bytes == 1
            ? $"{reference["ref ".Length..]} = {(type.IsSigned ? $"unchecked((byte){value})" : value)}"
            : $"{types.OrderOf(type.Order)}.Write{CsTypes.Suffix(type)}({reference}, {value})";
    }

    /// <summary>One expression for all places of a field: the last place is the one that is left over.</summary>
    public string Choose(FieldModel field, Func<FieldPlace, string> make)
    {
        string result = make(field.Places[^1]);
        for (int i = field.Places.Count - 2; i >= 0; i--)
        {
            result = $"{Present(field.Places[i])} ? {make(field.Places[i])} : {result}";
        }

        return result;
    }

    /// <summary>The condition under which a field is there; null if always.</summary>
    public string? Present(FieldModel field)
    {
        if (!field.IsConditional)
        {
            return null;
        }

        return field.IsPresenceRemembered
            ? Has(field)
            : string.Join(" || ", field.Places.Select(Present));
    }

    public string Present(IReadOnlyList<Presence> presence) =>
        presence.Count == 0 ? "true" : ExpressionEmitter.Conjunction(presence.Select(Present));

    /// <summary>The number of elements or bytes of a field.</summary>
    public string Count(FieldModel field) =>
        field.Count is int count ? $"{count}" : CountSlot(field.CountSlot);

    /// <summary>The bytes that an array takes.</summary>
    public string Length(FieldModel field)
    {
        int unit = UnitOf(field);
        if (field.Shape == FieldShape.Bitmap)
        {
            return field.Count is int bits ? $"{(bits + 7) / 8}" : $"(int)(({Count(field)} + 7L) >> 3)";
        }

        return field.Count is int count ? $"{count * unit}" : unit == 1 ? Count(field) : $"{Count(field)} * {unit}";
    }

    public static int UnitOf(FieldModel field) => field.UnitBytes;

    /// <summary>The arguments that a nested structure takes, with a leading comma.</summary>
    public string Arguments(FieldModel field)
    {
        if (field.Type is not StructType nested)
        {
            return "";
        }

        return string.Concat(nested.Parameters.Zip(field.Arguments, (parameter, argument) => parameter.IsBoolean
            ? ", " + expressions.Condition(argument)
            : $", ({types.Parameter(parameter)}){expressions.Number(argument)}"));
    }

    private string Present(FieldPlace place) => Present(place.Presence);

    private string Present(Presence presence) => presence switch
    {
        ConditionPresence condition => expressions.DefinedCondition(condition.Condition),
        CasePresence union when structure.Size is not null => CaseHolds(union.Union, union.Case),
        CasePresence union => $"{Case(union.Union)} == {union.Case}",
        _ => "true",
    };

    /// <summary>
    /// Where nothing is remembered: the case's own condition, and none of those before that could hold as well.
    /// </summary>
    private string CaseHolds(UnionModel union, int index)
    {
        var parts = new List<string>();
        for (int i = 0; i < index; i++)
        {
            if (!AreExclusive(union.Conditions[i]!, union.Conditions[index]))
            {
                parts.Add(HasOfCase(union, i) is string has
                    ? "!" + has
                    : expressions.Negated(union.Conditions[i]!));
            }
        }

        if (union.Conditions[index] is BoundExpression own)
        {
            parts.Add(expressions.DefinedCondition(own));
        }

        return parts.Count == 0 ? "true" : ExpressionEmitter.Conjunction(parts);
    }

    /// <summary>The property of a field that is there whenever a case holds; null if there is no such one.</summary>
    private string? HasOfCase(UnionModel union, int index)
    {
        bool hasProperties = site == FieldSite.View || site == FieldSite.Edit;
        FieldModel? field = !hasProperties ? null : structure.Fields.Find(field =>
            field is { OutOfLineAt: null, Places: [{ Presence: [CasePresence only] }] }
            && only.Union == union && only.Case == index);
        return field is null ? null : (site == FieldSite.Edit ? "View.Has" : "Has") + field.CsName;
    }

    /// <summary>True if two conditions ask one value for different constants.</summary>
    private static bool AreExclusive(BoundExpression left, BoundExpression? right)
    {
        if (right is null)
        {
            return false;
        }

        return Equalities(left).All(one => Equalities(right).All(other =>
            one is not null && other is not null && one.Left == other.Left && one.Right != other.Right));
    }

    /// <summary>The alternatives <c>value == constant</c> of a condition; null stands for anything else.</summary>
    private static IEnumerable<BoundBinary?> Equalities(BoundExpression condition) => condition switch
    {
        BoundBinary { Operator: "||" } either => Equalities(either.Left).Concat(Equalities(either.Right)),
        BoundBinary { Operator: "&&" } both => Equalities(both.Left).ToList() is var all && !all.Contains(null)
            ? all
            : Equalities(both.Right),
        BoundBinary { Operator: "==", Right: BoundConstant } equality => [equality],
        _ => [null],
    };

    /// <summary>The index of the first case that holds; -1 if none does.</summary>
    public string CaseOf(UnionModel union)
    {
        string result = union.HasDefault ? $"{union.Conditions.Count - 1}" : "-1";
        int last = union.HasDefault ? union.Conditions.Count - 2 : union.Conditions.Count - 1;
        for (int i = last; i >= 0; i--)
        {
            result = $"{expressions.DefinedCondition(union.Conditions[i]!)} ? {i} : {result}";
        }

        return result;
    }

    /// <summary>What reads a field: the body of its getter, without the check of its presence.</summary>
    public string Value(FieldModel field)
    {
        string type = ValueType(field);
        return Choose(field, place => field.Shape switch
        {
            FieldShape.Scalar => ReadValue(field, place.At),
            FieldShape.Bytes => Part(place.At, Length(field)),
            FieldShape.Bitmap => $"new BitmapView({Part(place.At, Length(field))}, {Count(field)})",
            FieldShape.Records => $"new {type}({Part(place.At, Count(field))}{Arguments(field)})",
            FieldShape.Structure when ((StructType)field.Type).IsCompact =>
                $"new {type}({Reference(place.At, ((StructType)field.Type).Size!.Value)}{Arguments(field)})",
            FieldShape.Structure =>
                $"new {type}({Part(place.At, NestedLength(field))}{Arguments(field)})",
            FieldShape.StructureArray => $"new {type}({Part(place.At, Length(field))}{Arguments(field)})",
            FieldShape.Array when structure.IsCompact && field.Count is int count =>
                $"new {type}({Reference(place.At, 0)}, {count})",
            _ => $"new {type}({Part(place.At, Length(field))})",
        });
    }

    /// <summary>The type of a field's property in a view.</summary>
    public string ValueType(FieldModel field) => (field.Shape, field.Type) switch
    {
        (FieldShape.Scalar, _) => types.Scalar(field.Type),
        (FieldShape.Bytes, _) => "ReadOnlySpan<byte>",
        (FieldShape.Bitmap, _) => "BitmapView",
        (FieldShape.Array, _) => ArrayType(field, "Array"),
        (FieldShape.StructureArray, StructType nested) => types.Generic(nested, nested.ArrayName),
        (FieldShape.Records, StructType nested) => types.Generic(nested, nested.RecordsName),
        (_, StructType nested) => types.View(nested),
        _ => "byte",
    };

    /// <summary>The array type of integers: <c>UInt16Array</c> or <c>UInt16ArrayEdit</c> of an order.</summary>
    public string ArrayType(FieldModel field, string suffix)
    {
        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string order = scalar.Bytes == 1 ? "" : $"<{types.OrderOf(scalar.Order)}>";
        return CsTypes.Suffix(scalar) + suffix + order;
    }

    /// <summary>The bytes that a field takes, whatever its shape.</summary>
    public string BytesOf(FieldModel field) => field.Shape switch
    {
        FieldShape.Scalar => $"{UnitOf(field)}",
        FieldShape.Structure => NestedLength(field),
        FieldShape.Records => Count(field),
        _ => Length(field),
    };

    public string NestedLength(FieldModel field) =>
        ((StructType)field.Type).Size is int size ? $"{size}" : Count(field);
}
