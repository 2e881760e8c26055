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
        _code.From(field.Place);
        EmitGetter(field);
        if (field is { IsConditional: true, Shape: FieldShape.Scalar })
        {
            EmitTryGet(field);
        }

        if (field is { Type: CharType, Shape: FieldShape.Bytes })
        {
            _code.Blank();
            _code.Doc("summary", $"The bytes of {field.Name} up to the first NUL.");
            _code.Line(field.Fill == 0
                ? $"public ReadOnlySpan<byte> {field.CsName}Text => LayoutBytes.UpToNul({field.CsName});"
                : $"public ReadOnlySpan<byte> {field.CsName}Text => {field.CsName}.TrimEnd((byte){field.Fill});");
        }

        if (field.Default is BoundConstant value)
        {
            string type = _types.Scalar(field.Type);
            string other = Literals.Typed(field.Type, type, value.Value);
            _code.Blank();
            _code.Doc("summary", $"{field.Name}, or what it counts as in versions that lack it.");
            _code.Line($"public {type} {field.CsName}OrDefault => Has{field.CsName} ? {field.CsName} : {other};");
        }

        if (field.Text.Length > 0)
        {
            EmitText(field);
        }
    }

    private void EmitTryGet(FieldModel field)
    {
        _code.Blank();
        _code.Doc("summary", $"Reads {field.Name} if it is there.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: one question, in registers");
        _code.Open($"public bool TryGet{field.CsName}(out {_fields.ValueType(field)} value)");
        _code.Open($"if (!Has{field.CsName})");
        _code.Line("value = default;");
        _code.Line("return false;");
        _code.Close();
        _code.Blank();
        _code.Line($"value = {_fields.Value(field)};");
        _code.Line("return true;");
        _code.Close();
    }

    /// <summary>Text stays bytes until asked, and bytes that are no such text are no text.</summary>
    private void EmitText(FieldModel field)
    {
        string encoding = field.Text switch
        {
            "ascii" => "Ascii",
            "latin1" => "Latin1",
            "utf8" => "Utf8",
            _ => "Utf16",
        };
        string order = field.Text == "utf16"
            ? $", {_types.OrderOf(CsTypes.ScalarOf(field.Type).Order)}.IsLittleEndian"
            : "";
        string bytes = field.Text == "utf16" ? $"{field.CsName}.Bytes" : field.CsName;
        string has = field.IsConditional ? $"Has{field.CsName} && " : "";
        _code.Blank();
        _code.Doc("summary", $"{field.Name} as text; false if its bytes are no {field.Text}.");
        _code.Open($"public bool TryGet{field.CsName}String(out string text)");
        _code.Line("text = \"\";");
        _code.Line($"return {has}LayoutText.TryDecode{encoding}({bytes}{order}, {field.Fill}, out text);");
        _code.Close();
    }

    private void EmitComputed(ComputedModel computed)
    {
        BoundExpression value = computed.Expression;
        bool isCondition = value.Kind == ValueKind.Boolean;
        string? defined = _expressions.Defined(value);
        string number = ExpressionEmitter.Bare(
            isCondition ? _expressions.Condition(value) : _expressions.Number(value));
        string type = isCondition ? "bool" : Literals.NameOf(ExpressionEmitter.CarrierOf(value));
        if (computed.Enum is EnumType known)
        {
            type = _types.Name(known, known.CsName);
            number = $"({type})({number})";
        }

        _code.Blank();
        _code.Doc("summary", Sentence(computed.Doc.Length > 0 ? computed.Doc : $"The computed value {computed.Name}."));
        _code.Doc("remarks", $"{computed.Name} = {computed.Text}.");
        if (defined is null)
        {
            _code.Line($"public {type} {computed.CsName} => {number};");
            return;
        }

        _code.Open($"public {type} {computed.CsName}");
        _code.Open("get");
        _code.Open($"if (!Has{computed.CsName})");
        string rule = CodeWriter.Quote($"has no value: `{computed.Text}` is not defined here");
        _code.Line($"LayoutThrow.Absent({CodeWriter.Quote(_type.Name)}, {CodeWriter.Quote(computed.Name)}, {rule});");
        _code.Close();
        _code.Blank();
        _code.Line($"return {number};");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", $"True if {computed.Name} has a value.");
        _code.Line($"public bool Has{computed.CsName} => {defined};");
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

    private void EmitPresence(FieldModel field)
    {
        if (_fields.Present(field) is string condition)
        {
            string present = ExpressionEmitter.Bare(condition);
            _code.Blank();
            _code.Doc("summary", $"True if {field.Name} is there: {PresenceText(field)}.");
            if (!IsVariable)
            {
                _code.Open($"public bool Has{field.CsName}");
                const string why = "// bench/layout: asked twice, computed once";
                _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] " + why);
                _code.Line($"get => {present};");
                _code.Close();
                return;
            }

            _code.Line($"public bool Has{field.CsName} => {present};");
        }
    }

    private static string PresenceText(FieldModel field) => string.Join(" or ", field.Places.Select(static place =>
        string.Join(" and ", place.Presence.Select(static presence => presence switch
        {
            ConditionPresence condition => condition.Text,
            CasePresence union when union.Union.CaseTexts[union.Case] == "default" => "no case before `default`",
            CasePresence union => union.Union.CaseTexts[union.Case],
            _ => "",
        }))));

    /// <summary>A property: an expression, or a check and an expression if the field may be absent.</summary>
    private void EmitGetter(FieldModel field)
    {
        string type = _fields.ValueType(field);
        string value = _fields.Value(field);
        if (!field.IsConditional && _type.IsCompact && field.Shape != FieldShape.Scalar)
        {
            _code.Open($"public {type} {field.CsName}");
            _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // keeps the view in registers");
            _code.Line($"get => {value};");
            _code.Close();
            return;
        }

        if (!field.IsConditional)
        {
            _code.Line($"public {type} {field.CsName} => {value};");
            return;
        }

        _code.Open($"public {type} {field.CsName}");
        if (!IsVariable)
        {
            // One call that is not inlined, be it on a path never taken, and the view's address has to exist.
            _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // keeps the view in registers");
        }

        _code.Open("get");
        EmitPresenceCheck(_code, _type, field, "");
        _code.Line($"return {value};");
        _code.Close();
        _code.Close();
    }

    public static void EmitPresenceCheck(CodeWriter code, StructType type, FieldModel field, string receiver)
    {
        code.Open($"if (!{receiver}Has{field.CsName})");
        string rule = CodeWriter.Quote("is absent, it is there only for: " + PresenceText(field));
        code.Line($"LayoutThrow.Absent({CodeWriter.Quote(type.Name)}, {CodeWriter.Quote(field.Name)}, {rule});");
        code.Close();
        code.Blank();
    }

    private void EmitOutOfLine(FieldModel field)
    {
        string type = _fields.ValueType(field);
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
            : $"new {type}(part{_fields.Arguments(field)})";
        _code.Blank();
        EmitFieldDoc(_code, field);
        _code.Line("/// <exception cref=\"LayoutException\">It leaves the bytes that the view was opened "
            + "on.</exception>");
        _code.From(field.Place);
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
