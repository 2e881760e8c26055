using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The encoder, and the plain object that holds a message beyond its bytes.</summary>
internal sealed partial class MessageEmitter
{
    private const string TooLong =
        "/// <exception cref=\"LayoutException\">It is too long, or a later part is already set.</exception>";

    private int PartCount => _message.Parts.Count;

    private void EmitEncoder()
    {
        string name = _message.EncoderName;
        _code.Blank();
        _code.Doc("summary", $"Writes a message {_message.Name} where its bytes will stay.");
        _code.Doc("remarks", "Set fields in any order, parts in the order of the schema, then call Finish.");
        _code.Open($"{Visibility} ref struct {name}");
        _code.Line("private readonly Span<byte> _bytes;");
        _code.Line(PartCount > 0 ? "private int _at;" : "private readonly int _at;");
        if (PartCount > 0)
        {
            _code.Line("private int _next;");
        }

        _code.Blank();
        _code.Doc("summary", "Starts a message of the current version; what is not set is its default.");
        _code.Line("/// <exception cref=\"LayoutException\">The target is shorter than the fixed fields.</exception>");
        _code.Open($"public {name}(Span<byte> target)");
        int least = FixedEnd + (4 * PartCount);
        _code.Open($"if (target.Length < {least})");
        _code.Line($"LayoutThrow.Short({CodeWriter.Quote(_message.Name)}, target.Length, {least});");
        _code.Close();
        _code.Blank();
        _code.Line("_bytes = target;");
        _code.Line($"_at = {FixedEnd};");
        if (PartCount > 0)
        {
            _code.Line("_next = 0;");
        }

        _code.Line($"target[..{FixedEnd}].Clear();");
        _code.Line("ref byte start = ref MemoryMarshal.GetReference(target);");
        EmitHeader("UInt16", 4, $"{_message.Id}");
        EmitHeader("UInt16", 6, $"{_message.Version}");
        EmitHeader("UInt16", 8, $"{FixedEnd - MessageModel.HeaderSize}");
        EmitHeader("UInt16", 10, $"{PartCount}");
        foreach (MessageField field in _message.Fields.Where(static field => !field.Default.IsZero))
        {
            string value = Literals.Typed(field.Field.Type, _types.Scalar(field.Field.Type), field.Default);
            _code.Line($"{field.Field.CsName} = {value};");
        }

        _code.Close();
        _code.Blank();
        _code.Line("private readonly ref byte _start => ref MemoryMarshal.GetReference(_bytes);");
        _message.Fields.ForEach(EmitSetter);
        for (int i = 0; i < PartCount; i++)
        {
            EmitPartSetter(_message.Parts[i], i);
        }

        EmitNext();
        _code.Close();
    }

    private void EmitHeader(string suffix, int at, string value) =>
        _code.Line($"{Order}.Write{suffix}(ref Unsafe.Add(ref start, {at}), {value});");

    private void EmitSetter(MessageField field)
    {
        FieldModel model = field.Field;
        _code.Blank();
        EmitDoc(model.Name, model.Doc, field.Since, field.Until);
        Position at = model.First.At;
        switch (model.Shape)
        {
            case FieldShape.Scalar:
                _code.Open($"public readonly {_types.Scalar(model.Type)} {model.CsName}");
                _code.Line($"set => {_write.Write(model, at)};");
                _code.Line($"get => {_write.ReadValue(model, at)};");
                _code.Close();
                break;
            case FieldShape.Array:
                string array = _write.ArrayType(model, "ArrayEdit");
                string part = _write.Part(at, _write.Length(model));
                _code.Line($"public readonly {array} {model.CsName} => new {array}({part});");
                break;
            case FieldShape.Structure:
                var nested = (StructType)model.Type;
                string edit = _types.Generic(nested, nested.EditName);
                string made = nested.IsCompact
                    ? _write.Reference(at, nested.Size!.Value)
                    : _write.Part(at, $"{nested.Size}");
                _code.Line($"public readonly {edit} {model.CsName} => "
                    + $"new {edit}({made}{_write.Arguments(model)});");
                break;
            default:
                _code.Line($"public readonly Span<byte> {model.CsName} => {_write.Part(at, _write.BytesOf(model))};");
                break;
        }
    }

    private void EmitPartSetter(MessagePart part, int index)
    {
        string max = $"{(long)part.Max * part.Unit}";
        bool isScalars = part.Kind == PartKind.Scalars;
        ScalarType scalar = CsTypes.ScalarOf(part.Type);
        string type = isScalars ? CsTypes.Number(scalar) : "byte";
        _code.Blank();
        EmitDoc(part.Name, part.Doc, part.Since, part.Until);
        _code.Line(TooLong);
        _code.Open($"public void Set{part.CsName}(scoped ReadOnlySpan<{type}> value)");
        if (!isScalars)
        {
            _code.Line($"value.CopyTo(Next({index}, value.Length, {max}));");
            _code.Close();
        }
        else
        {
            string order = scalar.Bytes == 1 ? "" : $"<{_types.OrderOf(scalar.Order)}>";
            string array = CsTypes.Suffix(scalar) + "ArrayEdit" + order;
            _code.Line($"var target = new {array}(Next({index}, checked(value.Length * {part.Unit}), {max}));");
            _code.Open("for (int i = 0; i < value.Length; i++)");
            _code.Line("target.Set(i, value[i]);");
            _code.Close();
            _code.Close();
        }

        if (part.Kind == PartKind.Text)
        {
            _code.Blank();
            EmitDoc(part.Name, part.Doc, part.Since, part.Until);
            _code.Line(TooLong);
            _code.Open($"public void Set{part.CsName}(scoped ReadOnlySpan<char> value)");
            _code.Line("int length = System.Text.Encoding.UTF8.GetByteCount(value);");
            _code.Line($"System.Text.Encoding.UTF8.GetBytes(value, Next({index}, length, {max}));");
            _code.Close();
        }
    }

    private void EmitNext()
    {
        string name = CodeWriter.Quote(_message.Name);
        _code.Blank();
        _code.Doc("summary", "Ends the message.");
        _code.Doc("returns", "Bytes of the message; the rest of the target is not touched.");
        _code.Open("public int Finish()");
        if (PartCount > 0)
        {
            _code.Line($"Skip({PartCount});");
        }

        _code.Line($"{Order}.WriteUInt32(ref _start, (uint)_at);");
        _code.Line("return _at;");
        _code.Close();
        if (PartCount == 0)
        {
            return;
        }

        _code.Blank();
        _code.Open("private void Skip(int index)");
        _code.Open("while (_next < index)");
        _code.Line($"{Order}.WriteUInt32(ref Unsafe.Add(ref _start, _at), 0);");
        _code.Line("_at += 4;");
        _code.Line("_next++;");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Line("// Room for the lengths of all parts was proved by the constructor and stays free.");
        _code.Open("private Span<byte> Next(int index, int length, int max)");
        _code.Open("if (index < _next || length > max)");
        _code.Line($"throw new LayoutException(index < _next ? \"parts of \" + {name} + \" are set once, in order\"");
        string text = $"$\"a part of {{{name}}} has {{length}} bytes, {{max}} at most\"";
        _code.Line($"    : FormattableString.Invariant({text}));");
        _code.Close();
        _code.Blank();
        _code.Line("Skip(index);");
        _code.Line($"int room = _bytes.Length - _at - (4 * ({PartCount} - index));");
        _code.Open("if (length > room)");
        _code.Line($"LayoutThrow.Short({name}, _bytes.Length, _bytes.Length - room + length);");
        _code.Close();
        _code.Blank();
        _code.Line($"{Order}.WriteUInt32(ref Unsafe.Add(ref _start, _at), (uint)length);");
        _code.Line("Span<byte> part = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref _start, _at + 4), length);");
        _code.Line("_at += 4 + length;");
        _code.Line("_next++;");
        _code.Line("return part;");
        _code.Close();
    }

    private void EmitObject()
    {
        _code.Blank();
        string doc = _message.Doc.Length > 0 ? _message.Doc : $"The message {_message.Name}";
        _code.Doc("summary", ViewEmitter.Sentence(doc));
        _code.Line("/// <remarks>Holds copies, also of what newer versions added; one thread at a time.</remarks>");
        _code.Open($"{Visibility} sealed class {_message.CsName}");
        _code.Line("// Null for a message of the current version without anything unknown.");
        _code.Line("private LayoutOtherVersion? _other;");
        foreach (MessageField field in _message.Fields)
        {
            _code.Blank();
            EmitDoc(field.Field.Name, field.Field.Doc, field.Since, field.Until);
            FieldModel model = field.Field;
            string type = model.Shape switch
            {
                FieldShape.Scalar => _types.Scalar(model.Type),
                FieldShape.Array => CsTypes.Number(CsTypes.ScalarOf(model.Type)) + "[]",
                _ => "byte[]",
            };
            string initial = model.Shape == FieldShape.Scalar
                ? field.Default.IsZero ? "" : $" = {Literals.Typed(model.Type, type, field.Default)};"
                : " = [];";
            _code.Line($"public {type} {NameIn(model.CsName)} {{ get; set; }}{initial}");
        }

        foreach (MessagePart part in _message.Parts)
        {
            _code.Blank();
            EmitDoc(part.Name, part.Doc, part.Since, part.Until);
            (string type, string initial) = HeldPart(part);
            _code.Line($"public {type} {NameIn(part.CsName)} {{ get; set; }} = {initial};");
        }

        _code.Blank();
        _code.Doc("summary", "The version that was decoded, or the current one.");
        EmitOther("int", "MessageVersion", "Version", $"{_type.ViewName}.CurrentVersion");
        _code.Blank();
        _code.Doc("summary", "Fixed fields that a newer version added; written again.");
        EmitOther("byte[]", "UnknownFixed", "Fixed", "[]");
        _code.Blank();
        _code.Doc("summary", "Parts that a newer version added, each behind its length; written again.");
        EmitOther("byte[]", "UnknownParts", "Parts", "[]");
        EmitDecode();
        EmitEncode();
        _code.Close();
    }

    /// <summary>What few messages have takes room only in those.</summary>
    private void EmitOther(string type, string name, string member, string usual)
    {
        _code.Open($"public {type} {name}");
        _code.Line($"get => _other?.{member} ?? {usual};");
        _code.Line($"set => (_other ??= new LayoutOtherVersion({_type.ViewName}.CurrentVersion)).{member} = value;");
        _code.Close();
    }

    private string NameIn(string csName) => csName == _message.CsName ? csName + "Value" : csName;

    private static (string Type, string Initial) HeldPart(MessagePart part) => part.Kind switch
    {
        PartKind.Text => ("string", "\"\""),
        PartKind.Scalars => (CsTypes.Number(CsTypes.ScalarOf(part.Type)) + "[]", "[]"),
        _ => ("byte[]", "[]"),
    };

    private void EmitDecode()
    {
        _code.Blank();
        _code.Doc("summary", "Copies a message out of its bytes.");
        _code.Line("/// <exception cref=\"LayoutException\">It is no such message, or a text is no UTF-8.</exception>");
        _code.Line($"public static {_message.CsName} Decode(ReadOnlySpan<byte> source) =>");
        _code.Line($"    From(new {_type.ViewName}(source));");
        _code.Blank();
        _code.Doc("summary", "Copies a message out of a view.");
        _code.Line("/// <exception cref=\"LayoutException\">A text is no UTF-8.</exception>");
        if (IsPlain)
        {
            _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // keeps the view in registers");
        }

        _code.Open($"public static {_message.CsName} From(scoped in {_type.ViewName} view)");
        _code.Line($"var made = new {_message.CsName}();");
        foreach (MessageField field in _message.Fields)
        {
            string name = field.Field.CsName;
            string to = $"made.{NameIn(name)}";
            if (field.Field.Shape == FieldShape.Array)
            {
                _code.Line($"{to} = new {CsTypes.Number(CsTypes.ScalarOf(field.Field.Type))}[view.{name}.Length];");
                _code.Line($"view.{name}.CopyTo({to});");
                continue;
            }

            _code.Line(field.Field.Shape switch
            {
                FieldShape.Scalar => $"{to} = view.{name};",
                FieldShape.Bytes => $"{to} = view.{name}.ToArray();",
                _ => Has(field).Length == 0
                    ? $"{to} = view.{name}.Bytes.ToArray();"
                    : $"{to} = view.Has{name} ? view.{name}.Bytes.ToArray() : [];",
            });
        }

        foreach (MessagePart part in _message.Parts)
        {
            EmitDecodePart(part);
        }

        _code.Open($"if (view.IsOtherVersion)");
        _code.Line("made.MessageVersion = view.MessageVersion;");
        _code.Line("made.UnknownFixed = view.UnknownFixed.ToArray();");
        _code.Line("made.UnknownParts = view.UnknownParts.ToArray();");
        _code.Close();
        _code.Blank();
        _code.Line("return made;");
        _code.Close();
    }

    private void EmitDecodePart(MessagePart part)
    {
        string to = $"made.{NameIn(part.CsName)}";
        switch (part.Kind)
        {
            case PartKind.Text:
                _code.Open($"if (!view.TryGet{part.CsName}String(out string text{part.CsName}))");
                string text = $"{_message.Name}.{part.Name} is no UTF-8; read its bytes through the view";
                _code.Line($"throw new LayoutException({CodeWriter.Quote(text)});");
                _code.Close();
                _code.Blank();
                _code.Line($"{to} = text{part.CsName};");
                break;
            case PartKind.Bytes:
                _code.Line($"{to} = view.{part.CsName}.ToArray();");
                break;
            case PartKind.Structures:
                _code.Line($"{to} = view.{part.CsName}.Bytes.ToArray();");
                break;
            default:
                _code.Line($"{to} = new {CsTypes.Number(CsTypes.ScalarOf(part.Type))}[view.{part.CsName}.Length];");
                _code.Line($"view.{part.CsName}.CopyTo({to});");
                break;
        }
    }

    private void EmitEncode()
    {
        _code.Blank();
        _code.Doc("summary", "Bytes that Encode writes.");
        _code.Open("public int GetEncodedLength()");
        string least = $"{FixedEnd + (4 * PartCount)}";
        var lengths = new List<string> { least, "(_other?.Fixed.Length ?? 0)", "(_other?.Parts.Length ?? 0)" };
        lengths.AddRange(_message.Parts.Select(part => part.Kind switch
        {
            PartKind.Text => $"System.Text.Encoding.UTF8.GetByteCount({NameIn(part.CsName)})",
            PartKind.Scalars => $"({NameIn(part.CsName)}.Length * {part.Unit})",
            _ => $"{NameIn(part.CsName)}.Length",
        }));
        _code.Line($"return checked({string.Join("\n            + ", lengths)});");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Writes the message.");
        _code.Line("/// <exception cref=\"LayoutException\">A part is over its bound.</exception>");
        _code.Open("public void Encode(System.Buffers.IBufferWriter<byte> target)");
        _code.Line("int length = GetEncodedLength();");
        _code.Line("Span<byte> bytes = target.GetSpan(length)[..length];");
        _code.Line($"var encoder = new {_message.EncoderName}(bytes);");
        foreach (MessageField field in _message.Fields)
        {
            FieldModel model = field.Field;
            string from = NameIn(model.CsName);
            switch (model.Shape)
            {
                case FieldShape.Scalar:
                    _code.Line($"encoder.{model.CsName} = {from};");
                    break;
                case FieldShape.Array:
                    _code.Open($"for (int i = 0; i < {from}.Length; i++)");
                    _code.Line($"encoder.{model.CsName}.Set(i, {from}[i]);");
                    _code.Close();
                    _code.Blank();
                    break;
                default:
                    string size = _write.BytesOf(model);
                    _code.Line($"{from}.CopyTo({_type.ViewName}.FixedPart(bytes, {model.First.At.Offset}, {size}));");
                    break;
            }
        }

        foreach (MessagePart part in _message.Parts)
        {
            _code.Line($"encoder.Set{part.CsName}({NameIn(part.CsName)});");
        }

        _code.Line("length = encoder.Finish();");
        _code.Open("if (_other is { Fixed.Length: > 0 } or { Parts.Length: > 0 })");
        _code.Line($"length = LayoutMessage.Append<{Order}>(");
        _code.Line($"    bytes, length, {_type.ViewName}.FixedSize, _other.Version, _other.Fixed, _other.Parts);");
        _code.Close();
        _code.Blank();
        _code.Line("target.Advance(length);");
        _code.Close();
    }
}
