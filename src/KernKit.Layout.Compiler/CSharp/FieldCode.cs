using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The C# that reaches one field: its offset, its bytes, its condition.</summary>
/// <param name="structure">The structure.</param>
/// <param name="types">Names as the structure sees them.</param>
/// <param name="receiver">"" inside the view, <c>View.</c> inside the edit.</param>
internal sealed class FieldCode(StructType structure, CsTypes types, string receiver)
{
    private readonly ExpressionEmitter _expressions = new(types, receiver);

    /// <summary>A position as a C# expression of type int.</summary>
    public string Offset(Position at) =>
        at.IsConstant ? $"{at.Offset}" : $"{receiver}_at{at.Slot}" + (at.Offset == 0 ? "" : $" + {at.Offset}");

    /// <summary>The offset of a field, whichever case holds.</summary>
    public string Offset(FieldModel field) => Choose(field, place => Offset(place.At));

    /// <summary>A reference to the byte at a position, for a read or write of some bytes.</summary>
    public string Reference(Position at, int bytes)
    {
        if (structure.IsCompact || at.Offset + bytes <= StructType.CompactSizeMax)
        {
            string offset = Offset(at);
            return offset == "0" ? "ref _start" : $"ref Unsafe.Add(ref _start, {offset})";
        }

        // A default view holds a null reference: far behind it lies memory that is somebody else's.
        return $"ref LayoutBytes.At(_bytes, {Offset(at)}, {bytes})";
    }

    /// <summary>The bytes of a part, read-only in a view and writable in an edit.</summary>
    public string Part(Position at, string length) => !structure.IsCompact
        ? $"_bytes.Slice({Offset(at)}, {length})"
        : receiver.Length == 0
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
        string plain = CsTypes.Integer(type.Bytes, type.IsSigned);
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
            ? $"{receiver}_has{field.Index}"
            : string.Join(" || ", field.Places.Select(Present));
    }

    public string Present(IReadOnlyList<Presence> presence) =>
        presence.Count == 0 ? "true" : string.Join(" && ", presence.Select(Present));

    /// <summary>The number of elements or bytes of a field.</summary>
    public string Count(FieldModel field) =>
        field.Count is int count ? $"{count}" : $"{receiver}_count{field.CountSlot}";

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

    public static int UnitOf(FieldModel field) => field.Type switch
    {
        StructType { IsFixed: true } structure => structure.Size!.Value,
        StructType => 1,
        _ => CsTypes.ScalarOf(field.Type).Bytes,
    };

    /// <summary>The arguments that a nested structure takes, with a leading comma.</summary>
    public string Arguments(FieldModel field)
    {
        if (field.Type is not StructType nested)
        {
            return "";
        }

        return string.Concat(nested.Parameters.Zip(field.Arguments, (parameter, argument) => parameter.IsBoolean
            ? ", " + _expressions.Condition(argument)
            : $", ({types.Parameter(parameter)}){_expressions.Number(argument)}"));
    }

    private string Present(FieldPlace place) => Present(place.Presence);

    private string Present(Presence presence) => presence switch
    {
        ConditionPresence condition => _expressions.DefinedCondition(condition.Condition),
        CasePresence union => $"{receiver}_case{union.Union.Index} == {union.Case}",
        _ => "true",
    };
}
