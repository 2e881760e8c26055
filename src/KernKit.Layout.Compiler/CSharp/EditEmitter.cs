using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the in-place editor: the view's getters, and setters that keep extents as they are.</summary>
/// <remarks>
/// A length, a count or a tag has no setter: what a view proved when it was opened must stay true for as long as the
/// edit lives. Padding and everything that is not set keeps its bytes.
/// </remarks>
internal sealed class EditEmitter
{
    private readonly CodeWriter _code;
    private readonly StructType _type;
    private readonly CompileOptions _options;
    private readonly CsTypes _types;
    private readonly FieldCode _fields;

    public EditEmitter(CodeWriter code, StructType type, CompileOptions options)
    {
        _code = code;
        _type = type;
        _options = options;
        _types = new CsTypes(options, type.Unit, type);
        _fields = new FieldCode(type, _types, FieldSite.Edit, new ExpressionEmitter(_types, "View."));
    }

    private bool IsVariable => _type.Size is null;

    public void Emit()
    {
        string visibility = _options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        string view = _types.View(_type);
        _code.Blank();
        _code.Doc("summary", $"The structure {_type.Name}, read and written in place; what is not set keeps its "
            + $"bytes.");
        if (_type.HasOrderParameter)
        {
            _code.Line("/// <typeparam name=\"TOrder\">The byte order of the source.</typeparam>");
        }

        _code.Open($"{visibility} ref struct {_type.EditName}{CsTypes.TypeParameter(_type)}"
            + CsTypes.Constraint(_type));
        EmitStart(view);
        foreach (FieldModel field in _type.Fields)
        {
            _code.Blank();
            ViewEmitter.EmitFieldDoc(_code, field);
            EmitField(field);
        }

        EmitUpdates();
        _code.Close();
    }

    /// <summary>A check is computed anew only where somebody asks for it.</summary>
    private void EmitUpdates()
    {
        foreach (CheckModel check in _type.Checks)
        {
            FieldModel field = check.Field;
            bool isDigest = field.Shape == FieldShape.Bytes;
            string given = check.Reference is null ? "" : "ReadOnlySpan<byte> data";
            string argument = check.Reference is null ? "" : "data, ";
            _code.Blank();
            _code.Doc("summary", $"Computes {field.Name} anew: {check.Text}.");
            if (check.Reference is not null)
            {
                _code.Doc("remarks", $"The data are all bytes that {check.Reference.CsName} refers to.");
            }

            _code.Doc("returns", "Good if it is written; otherwise nothing is.");
            _code.Open($"public readonly LayoutCheckResult Update{field.CsName}({given})");
            if (isDigest)
            {
                string part = _fields.Part(field.First.At, _fields.Length(field));
                _code.Line($"return View.Compute{field.CsName}({argument}{part});");
                _code.Close();
                continue;
            }

            string type = _types.Scalar(field.Type);
            _code.Line($"LayoutCheckResult result = View.Compute{field.CsName}({argument}out {type} value);");
            _code.Open("if (result == LayoutCheckResult.Good)");
            _code.Line(_fields.Write(field, field.First.At) + ";");
            _code.Close();
            _code.Blank();
            _code.Line("return result;");
            _code.Close();
        }

        CheckModel[] own = [.. CheckOrder.Of(_type).Where(static check => check.Reference is null)];
        if (own.Length > 0)
        {
            _code.Blank();
            _code.Doc("summary", "Computes every check of the structure itself anew, those that others cover first.");
            _code.Open("public readonly void UpdateChecks()");
            foreach (CheckModel check in own)
            {
                _code.Line($"Update{check.Field.CsName}();");
            }

            _code.Close();
        }
    }

    private void EmitStart(string view)
    {
        _code.Line(_type.IsCompact ? "private readonly ref byte _start;" : "private readonly Span<byte> _bytes;");
        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"private readonly {_types.Parameter(parameter)} {ExpressionEmitter.Remembered(parameter)};");
        }

        _code.Blank();
        _code.Doc("summary", "Edits the first bytes of a span.");
        _code.Line("/// <exception cref=\"LayoutException\">The span is too short, or a length or tag in it is "
            + "wrong.</exception>");
        _code.Open($"public {_type.EditName}(Span<byte> source{_types.ParameterList(_type)})");
        if (IsVariable)
        {
            _code.Line($"View = new {view}(source{CsTypes.ArgumentList(_type)});");
            _code.Line("_bytes = source;");
            EmitParameterStores();
        }
        else
        {
            _code.Open($"if (source.Length < {view}.Size)");
            _code.Line($"LayoutThrow.Short({CodeWriter.Quote(_type.Name)}, source.Length, {view}.Size);");
            _code.Close();
            _code.Blank();
            _code.Line(_type.IsCompact ? "_start = ref MemoryMarshal.GetReference(source);" : "_bytes = source;");
            EmitParameterStores();
        }

        _code.Close();
        if (_type.IsCompact)
        {
            _code.Blank();
            _code.Line("// The caller has proved that Size bytes follow.");
            _code.Open($"internal {_type.EditName}(ref byte start{_types.ParameterList(_type)})");
            _code.Line("_start = ref start;");
            EmitParameterStores();
            _code.Close();
        }

        EmitView(view);
    }

    private void EmitParameterStores()
    {
        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"{ExpressionEmitter.Remembered(parameter)} = {parameter.CsName};");
        }
    }

    private void EmitView(string view)
    {
        string stored = CsTypes.StoredList(_type);
        _code.Blank();
        _code.Doc("summary", "The same bytes, read-only.");
        _code.Line(IsVariable ? $"public readonly {view} View {{ get; }}"
            : _type.IsCompact ? $"public readonly {view} View => new {view}(ref _start{stored});"
            : $"public readonly {view} View => new {view}(_bytes{stored});");
        if (!_type.IsCompact)
        {
            _code.Blank();
            _code.Line("private readonly ref byte _start => ref MemoryMarshal.GetReference(_bytes);");
        }
    }

    private void EmitField(FieldModel field)
    {
        if (field.OutOfLineAt is not null)
        {
            EmitOutOfLine(field);
            return;
        }

        switch (field.Shape)
        {
            case FieldShape.Scalar:
                EmitScalar(field);
                break;
            case not (FieldShape.Records or FieldShape.Bitmap) when field.IsExtent && IsVariable:
                // A length, count or tag is inside: what was proved when the bytes were opened has to stay. Where the
                // size is constant nothing was, and a tag is read anew each time.
                _code.Line($"public readonly {_fields.ValueType(field)} {field.CsName} => View.{field.CsName};");
                break;
            case FieldShape.Bytes:
                EmitGetter(field, "Span<byte>", place => _fields.Part(place.At, _fields.Length(field)));
                break;
            case FieldShape.Array:
                string array = ArrayType(field);
                EmitGetter(field, array, place => $"new {array}({_fields.Part(place.At, _fields.Length(field))})");
                break;
            case FieldShape.StructureArray:
                var element = (StructType)field.Type;
                string edits = _types.Generic(element, element.EditArrayName);
                EmitGetter(field, edits, place =>
                    $"new {edits}({_fields.Part(place.At, _fields.Length(field))}{_fields.Arguments(field)})");
                break;
            case FieldShape.Records:
                var record = (StructType)field.Type;
                _code.Line($"public readonly {_types.Generic(record, record.RecordsName)} {field.CsName} => "
                    + $"View.{field.CsName};");
                break;
            case FieldShape.Bitmap:
                EmitGetter(field, "BitmapEdit", place =>
                    $"new BitmapEdit({_fields.Part(place.At, _fields.Length(field))}, {_fields.Count(field)})");
                break;
            default:
                EmitNested(field, (StructType)field.Type);
                break;
        }
    }

    private string ArrayType(FieldModel field) => _fields.ArrayType(field, "ArrayEdit");

    private void EmitNested(FieldModel field, StructType nested)
    {
        string edit = _types.Generic(nested, nested.EditName);
        string arguments = _fields.Arguments(field);
        string length = _fields.NestedLength(field);
        EmitGetter(field, edit, place => nested.IsCompact
            ? $"new {edit}({_fields.Reference(place.At, nested.Size!.Value)}{arguments})"
            : $"new {edit}({_fields.Part(place.At, length)}{arguments})");
    }

    private void EmitGetter(FieldModel field, string type, Func<FieldPlace, string> make)
    {
        string value = _fields.Choose(field, make);
        if (!field.IsConditional)
        {
            _code.Line($"public readonly {type} {field.CsName} => {value};");
            return;
        }

        _code.Open($"public readonly {type} {field.CsName}");
        _code.Open("get");
        ViewEmitter.EmitPresenceCheck(_code, _type, field, "View.");
        _code.Line($"return {value};");
        _code.Close();
        _code.Close();
    }

    private void EmitScalar(FieldModel field)
    {
        string type = _types.Scalar(field.Type);
        if (field.IsExtent)
        {
            _code.Line($"public readonly {type} {field.CsName} => View.{field.CsName};");
            return;
        }

        _code.Open($"public readonly {type} {field.CsName}");
        _code.Line($"get => View.{field.CsName};");
        if (!field.IsConditional && field.Places.Count == 1)
        {
            _code.Line($"set => {_fields.Write(field, field.First.At)};");
            _code.Close();
            return;
        }

        _code.Open("set");
        if (field.IsConditional)
        {
            ViewEmitter.EmitPresenceCheck(_code, _type, field, "View.");
        }

        for (int i = 0; i < field.Places.Count; i++)
        {
            bool isLast = i == field.Places.Count - 1;
            if (!isLast)
            {
                _code.Open($"if ({_fields.Present(field.Places[i].Presence)})");
            }

            _code.Line(_fields.Write(field, field.Places[i].At) + ";");
            if (!isLast)
            {
                _code.Line("return;");
                _code.Close();
                _code.Blank();
            }
        }

        _code.Close();
        _code.Close();
    }

    /// <summary>The view finds the bytes; they are writable because the edit was made on a writable span.</summary>
    private void EmitOutOfLine(FieldModel field)
    {
        string source = field.Shape == FieldShape.Bytes ? $"View.{field.CsName}" : $"View.{field.CsName}.Bytes";
        string writable = $"LayoutBytes.Writable({source})";
        (string type, string made) = field.Shape switch
        {
            FieldShape.Bitmap => ("BitmapEdit", $"new BitmapEdit({writable}, View.{field.CsName}.Length)"),
            FieldShape.Bytes => ("Span<byte>", writable),
            FieldShape.Array => (ArrayType(field), $"new {ArrayType(field)}({writable})"),
            _ => (EditArray(field), $"new {EditArray(field)}({writable}{_fields.Arguments(field)})"),
        };
        _code.Line($"public readonly {type} {field.CsName} => {made};");
    }

    private string EditArray(FieldModel field)
    {
        var element = (StructType)field.Type;
        return _types.Generic(element, element.EditArrayName);
    }
}
