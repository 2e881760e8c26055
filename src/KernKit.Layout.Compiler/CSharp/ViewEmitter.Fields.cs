using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The getters.</summary>
internal sealed partial class ViewEmitter
{
    private void EmitField(FieldModel field)
    {
        if (field.OutOfLineAt is not null)
        {
            EmitOutOfLine(field);
            return;
        }

        EmitPresence(field);
        _code.Blank();
        EmitFieldDoc(_code, field);
        switch (field.Shape)
        {
            case FieldShape.Scalar:
                EmitGetter(field, _types.Scalar(field.Type), place => _fields.ReadValue(field, place.At));
                break;
            case FieldShape.Bytes:
                EmitBytesGetter(field);
                break;
            case FieldShape.Array:
                string array = ArrayType(field);
                EmitGetter(field, array, place => $"new {array}({_fields.Part(place.At, _fields.Length(field))})");
                break;
            case FieldShape.Bitmap:
                EmitGetter(field, "BitmapView", place =>
                    $"new BitmapView({_fields.Part(place.At, _fields.Length(field))}, {_fields.Count(field)})");
                break;
            default:
                EmitStructureGetter(field);
                break;
        }
    }

    /// <summary>Doc comment, unit and place of a field.</summary>
    public static void EmitFieldDoc(CodeWriter code, FieldModel field)
    {
        code.Doc("summary", Sentence(field.Doc.Length > 0 ? field.Doc : $"The field {field.Name}."));
        string place = field.Places.Count > 1 ? "offset depends on the case"
            : field.OutOfLineAt is not null ? "at " + field.OutOfLineText
            : field.First.At.IsConstant ? $"offset {field.First.At.Offset}" : "offset known at run time";
        string unit = field.Unit.Length > 0 ? $"; unit: {field.Unit}" : "";
        string time = field.Time.Length > 0 ? $"; time: {field.Time}" : "";
        code.Doc("remarks", $"{field.Name}: {place}{unit}{time}.");
    }

    private string ArrayType(FieldModel field)
    {
        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string suffix = CsTypes.Suffix(scalar);
        return scalar.Bytes == 1 ? $"{suffix}Array" : $"{suffix}Array<{_types.OrderOf(scalar.Order)}>";
    }

    private void EmitPresence(FieldModel field)
    {
        if (_fields.Present(field) is string present)
        {
            _code.Blank();
            _code.Doc("summary", $"True if {field.Name} is there: {PresenceText(field)}.");
            _code.Line($"public bool Has{field.CsName} => {present};");
        }
    }

    private static string PresenceText(FieldModel field) => string.Join(" or ", field.Places.Select(static place =>
        string.Join(" and ", place.Presence.Select(static presence => presence switch
        {
            ConditionPresence condition => condition.Text,
            CasePresence union => $"case {union.Case} of the union",
            _ => "",
        }))));

    /// <summary>A property: an expression, or a check and an expression if the field may be absent.</summary>
    private void EmitGetter(FieldModel field, string type, Func<FieldPlace, string> make, string suffix = "")
    {
        string value = _fields.Choose(field, make);
        if (!field.IsConditional)
        {
            _code.Line($"public {type} {field.CsName}{suffix} => {value};");
            return;
        }

        _code.Open($"public {type} {field.CsName}{suffix}");
        _code.Open("get");
        EmitPresenceCheck(_code, _type, field, "");
        _code.Line($"return {value};");
        _code.Close();
        _code.Close();
    }

    public static void EmitPresenceCheck(CodeWriter code, StructType type, FieldModel field, string receiver)
    {
        code.Open($"if (!{receiver}Has{field.CsName})");
        string rule = CodeWriter.Quote("is absent: " + PresenceText(field) + " does not hold");
        code.Line($"LayoutThrow.Absent({CodeWriter.Quote(type.Name)}, {CodeWriter.Quote(field.Name)}, {rule});");
        code.Close();
        code.Blank();
    }

    private void EmitBytesGetter(FieldModel field)
    {
        EmitGetter(field, "ReadOnlySpan<byte>", place => _fields.Part(place.At, _fields.Length(field)));
        if (field.Type is CharType)
        {
            _code.Blank();
            _code.Doc("summary", $"The bytes of {field.Name} up to the first NUL.");
            _code.Line($"public ReadOnlySpan<byte> {field.CsName}Text => LayoutBytes.UpToNul({field.CsName});");
        }
    }

    private void EmitStructureGetter(FieldModel field)
    {
        var nested = (StructType)field.Type;
        string arguments = _fields.Arguments(field);
        switch (field.Shape)
        {
            case FieldShape.StructureArray:
                string array = _types.Generic(nested, nested.ArrayName);
                EmitGetter(field, array, place => $"new {array}({_fields.Part(place.At, _fields.Length(field))})");
                break;
            case FieldShape.Records:
                string records = _types.Generic(nested, nested.RecordsName);
                EmitGetter(field, records, place =>
                    $"new {records}({_fields.Part(place.At, _fields.Count(field))}{arguments})");
                break;
            default:
                string view = _types.View(nested);
                EmitGetter(field, view, place => nested.IsCompact
                    ? $"new {view}({_fields.Reference(place.At, nested.Size!.Value)}{arguments})"
                    : $"new {view}({_fields.Part(place.At, NestedLength(field, nested))}{arguments})");
                break;
        }
    }

    private string NestedLength(FieldModel field, StructType nested) =>
        nested.Size is int size ? $"{size}" : _fields.Count(field);

    private void EmitOutOfLine(FieldModel field)
    {
        string type = field.Shape switch
        {
            FieldShape.Bitmap => "BitmapView",
            FieldShape.Bytes => "ReadOnlySpan<byte>",
            FieldShape.Array => ArrayType(field),
            _ => _types.Generic((StructType)field.Type, ((StructType)field.Type).ArrayName),
        };
        bool isBitmap = field.Shape == FieldShape.Bitmap;
        string at = AsLong(field.OutOfLineAt!);
        string count = AsLong(field.CountExpression!);
        string take = isBitmap
            ? $"LayoutBytes.TryTakeBits(_bytes, {at}, {count}, out ReadOnlySpan<byte> part, out int bits)"
            : $"LayoutBytes.TryTake(_bytes, {at}, {count}, {FieldCode.UnitOf(field)}, out ReadOnlySpan<byte> part)";
        string? defined = Defined(field.OutOfLineAt!, field.CountExpression!);
        if (field.IsConditional)
        {
            EmitPresence(field);
            defined = $"Has{field.CsName}" + (defined is null ? "" : " && " + defined);
        }

        string made = isBitmap ? "new BitmapView(part, bits)"
            : type == "ReadOnlySpan<byte>" ? "part"
            : $"new {type}(part)";
        _code.Blank();
        EmitFieldDoc(_code, field);
        _code.Line("/// <exception cref=\"LayoutException\">It leaves the bytes that the view was opened "
            + "on.</exception>");
        _code.Open($"public {type} {field.CsName}");
        _code.Open("get");
        if (field.IsConditional)
        {
            EmitPresenceCheck(_code, _type, field, "");
        }

        _code.Open($"if (!TryGet{field.CsName}(out {type} value))");
        _code.Line($"LayoutThrow.Outside({CodeWriter.Quote(_type.Name)}, {CodeWriter.Quote(field.Name)}, "
            + $"{OutsideAt(field)}, _bytes.Length);");
        _code.Close();
        _code.Blank();
        _code.Line("return value;");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", $"Gets {field.Name} if it lies inside the bytes that the view was opened on; no "
            + $"exception.");
        _code.Open($"public bool TryGet{field.CsName}(out {type} value)");
        _code.Open(defined is null ? $"if ({take})" : $"if ({defined} && {take})");
        _code.Line($"value = {made};");
        _code.Line("return true;");
        _code.Close();
        _code.Blank();
        _code.Line("value = default;");
        _code.Line("return false;");
        _code.Close();
    }

    /// <summary>The offset of an out-of-line field for messages; -1 where it has no value.</summary>
    private string OutsideAt(FieldModel field)
    {
        string? defined = _expressions.Defined(field.OutOfLineAt!);
        string at = AsLong(field.OutOfLineAt!);
        return defined is null ? at : $"({defined} ? {at} : -1L)";
    }

    private string? Defined(BoundExpression left, BoundExpression right)
    {
        string? first = _expressions.Defined(left);
        string? second = _expressions.Defined(right);
        return first is null ? second : second is null ? first : $"{first} && {second}";
    }

    /// <summary>A number as a long; what does not fit becomes -1, which no offset or count is.</summary>
    private string AsLong(BoundExpression bound) =>
        ExpressionEmitter.CarrierOf(bound) is Carrier.Int or Carrier.Long
            ? _expressions.NumberAs(bound, Carrier.Long)
            : $"LayoutBytes.Clamp({_expressions.Number(bound)})";
}
