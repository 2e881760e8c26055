using System.Globalization;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes a message: a view, an encoder, a plain object.</summary>
/// <remarks>
/// The view proves the header and the length of every part once, known or not, and remembers where the known parts
/// lie; a fixed field is then one load at a constant offset. The encoder writes where the bytes will stay.
/// </remarks>
internal sealed partial class MessageEmitter
{
    private readonly CodeWriter _code;
    private readonly MessageModel _message;
    private readonly CompileOptions _options;
    private readonly StructType _type;
    private readonly CsTypes _types;
    private readonly FieldCode _read;
    private readonly FieldCode _write;
    private readonly List<(string Path, string Rule, bool IsBytes)> _failures = [];

    public MessageEmitter(CodeWriter code, MessageModel message, CompileOptions options)
    {
        _code = code;
        _message = message;
        _options = options;
        _type = message.Fixed;
        _types = new CsTypes(options, _type.Unit, _type);
        var expressions = new ExpressionEmitter(_types, "");
        _read = new FieldCode(_type, _types, FieldSite.View, expressions);
        _write = new FieldCode(_type, _types, FieldSite.Edit, expressions);
    }

    private string Visibility => _options.Visibility == LayoutVisibility.Public ? "public" : "internal";

    private string Order => _types.AmbientOrder;

    private int FixedEnd => _type.Size!.Value;

    /// <summary>True if every field has a place of its own: no parts, unless a newer version added some.</summary>
    private bool IsPlain => _message.Parts.Count == 0;

    public void Emit()
    {
        EmitView();
        EmitEncoder();
        EmitObject();
        foreach (BitsType bits in _type.InlineBits)
        {
            _code.Blank();
            new ValueEmitter(_code, _options).Emit(bits);
        }
    }

    private static string Has(MessageField field) => string.Join(" && ", Conditions(field.Since, field.Until, field));

    private static string Has(MessagePart part, int index)
    {
        string until = part.Until is int version ? $" && MessageVersion < {version}" : "";
        return $"_length{index} >= 0{until}";
    }

    private static IEnumerable<string> Conditions(int since, int? until, MessageField field)
    {
        if (since > 1)
        {
            yield return $"_end >= {field.End}";
        }

        if (until is int version)
        {
            yield return $"MessageVersion < {version}";
        }
    }

    private void EmitView()
    {
        string doc = _message.Doc.Length > 0 ? _message.Doc : $"The message {_message.Name}";
        _code.Doc("summary", ViewEmitter.Sentence(doc));
        _code.Line("/// <remarks>Read-only, never copies. What newer versions added is skipped and kept.</remarks>");
        _code.Open($"{Visibility} readonly ref struct {_type.ViewName}");
        EmitConstants();
        _code.Line("private readonly ReadOnlySpan<byte> _bytes;");
        _code.Line("private readonly int _end;");
        if (!IsPlain)
        {
            _code.Line("private readonly int _unknown;");
        }

        for (int i = 0; i < _message.Parts.Count; i++)
        {
            _code.Line($"private readonly int _at{i};");
            _code.Line($"private readonly int _length{i};");
        }

        EmitOpen();
        EmitViewMembers();
        _message.Fields.ForEach(EmitGetter);
        for (int i = 0; i < _message.Parts.Count; i++)
        {
            EmitPart(_message.Parts[i], i);
        }

        EmitValidate();
        EmitVisit();
        _code.Close();
    }

    private void EmitConstants()
    {
        _code.Doc("summary", "What tells this message from others.");
        _code.Line($"public const int MessageId = {_message.Id};");
        _code.Blank();
        _code.Doc("summary", "The version that this code was made for.");
        _code.Line($"public const int CurrentVersion = {_message.Version};");
        _code.Blank();
        _code.Doc("summary", "Bytes of header and fixed fields in the current version.");
        _code.Line($"public const int FixedSize = {FixedEnd};");
        _code.Blank();
        _code.Doc("summary", "Bytes that any version has.");
        _code.Line($"public const int LeastSize = {_message.LeastSize};");
        _code.Blank();
    }

    private void FailIf(string condition, string at, string actual, string path, string rule, bool isBytes = false)
    {
        _failures.Add((path, rule, isBytes));
        _code.Open($"if ({condition})");
        _code.Line($"failure = Fail(isThrowing, 0, new({_failures.Count}, {at}, {actual}));");
        _code.Line("return;");
        _code.Close();
        _code.Blank();
    }

    private string Read(string suffix, string at) => $"{Order}.Read{suffix}(in Unsafe.Add(ref start, {at}))";

    private void EmitOpen()
    {
        _code.Blank();
        _code.Line("// Proves every length once. On failure the view is unusable and `failure` says why, or it is "
            + "thrown.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: the view stays in registers");
        _code.Open($"private {_type.ViewName}(ReadOnlySpan<byte> source, bool isThrowing, out LayoutFailure failure)");
        _code.Line("failure = default;");
        string least = $"needs {_message.LeastSize} bytes or more";
        FailIf("source.Length < LeastSize", "0", "source.Length", "", least, true);
        _code.Line("ref byte start = ref MemoryMarshal.GetReference(source);");
        _code.Line($"uint total = {Order}.ReadUInt32(in start);");
        FailIf(
            "total < LeastSize || total > (uint)source.Length",
            "0",
            "total",
            "total",
            "must be a length that is there");
        _code.Line("int length = (int)total;");
        FailIf($"{Read("UInt16", "4")} != MessageId", "4", Read("UInt16", "4"), "id", $"must be {_message.Id}");
        _code.Line($"int end = {MessageModel.HeaderSize} + {Read("UInt16", "8")};");
        FailIf("end < LeastSize || end > length", "8", "end", "fixed", "must cover the fixed fields of version 1");
        _code.Line($"int parts = {Read("UInt16", "10")};");
        _code.Line("int at = end;");
        for (int i = 0; i < _message.Parts.Count; i++)
        {
            EmitOpenPart(_message.Parts[i], i);
        }

        if (!IsPlain)
        {
            _code.Line("_unknown = at;");
        }

        string more = IsPlain ? "parts" : $"parts - {_message.Parts.Count}";
        _code.Open($"if (parts > {_message.Parts.Count})");
        _code.Line($"at = LayoutMessage.Skip<{Order}>(ref start, length, at, {more});");
        _code.Close();
        _code.Blank();
        FailIf("at < 0", "10", "parts", "parts", "must be the number of parts that are there");
        FailIf("at != length", "at", "length - at", "", "are left over behind the parts of the message", true);
        _code.Line("_bytes = MemoryMarshal.CreateReadOnlySpan(ref start, length);");
        _code.Line("_end = end;");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Opens the message at the start of a span, and checks every length in it.");
        _code.Line("/// <exception cref=\"LayoutException\">It is no such message, or is cut.</exception>");
        EmitThrowingOpen();
        EmitTryOpen();
    }

    private void EmitThrowingOpen()
    {
        if (!IsPlain)
        {
            _code.Line($"public {_type.ViewName}(ReadOnlySpan<byte> source)");
            _code.Open("    : this(source, isThrowing: true, out _)");
            _code.Close();
            return;
        }

        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: the view stays in registers");
        _code.Open($"public {_type.ViewName}(ReadOnlySpan<byte> source)");
        _code.Line("this = IsUsual(source)");
        _code.Line($"    ? new {_type.ViewName}(ref MemoryMarshal.GetReference(source), FixedSize, FixedSize)");
        _code.Line($"    : new {_type.ViewName}(source, isThrowing: true, out _);");
        _code.Close();
        _code.Blank();
        _code.Line("// The caller has proved a message of so many bytes, and where its fixed fields end.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: the view stays in registers");
        _code.Open($"private {_type.ViewName}(ref byte start, int length, int end)");
        _code.Line("_bytes = MemoryMarshal.CreateReadOnlySpan(ref start, length);");
        _code.Line("_end = end;");
        _code.Close();
    }

    /// <summary>
    /// A message of fixed fields alone, from a writer that knows just as many: one comparison of id, length of the
    /// fixed fields and number of parts says all that the other checks would.
    /// </summary>
    private void EmitUsual()
    {
        ulong known = (ulong)(FixedEnd - MessageModel.HeaderSize);
        string value = ByOrder((known << 32) | (uint)_message.Id, ((ulong)_message.Id << 48) | (known << 16));
        string mask = ByOrder(0xffff_ffff_0000_ffff, 0xffff_0000_ffff_ffff);
        _code.Blank();
        _code.Line("// A message of this version: total, id, length of the fixed fields and number of parts are what");
        _code.Line("// they must be. All but the first lie in 8 bytes, as does the version, which may be any.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // two comparisons instead of seven");
        _code.Open("private static bool IsUsual(ReadOnlySpan<byte> source)");
        _code.Line("ref byte start = ref MemoryMarshal.GetReference(source);");
        _code.Line($"return source.Length >= FixedSize && {Order}.ReadUInt32(in start) == FixedSize");
        _code.Line($"    && ({Read("UInt64", "4")} & {mask}) == {value};");
        _code.Close();
        EmitMeasure();
    }

    /// <summary>The rules of the constructor once more, without words: no numbers to keep for those who fail.</summary>
    private void EmitMeasure()
    {
        _code.Blank();
        _code.Line("// What the constructor checks, for those who want to know no more than whether it holds.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: a call takes registers");
        _code.Open("private static bool TryMeasure(ReadOnlySpan<byte> source, out int length, out int end)");
        _code.Line("length = end = 0;");
        _code.Open("if (source.Length < LeastSize)");
        _code.Line("return false;");
        _code.Close();
        _code.Blank();
        _code.Line("ref byte start = ref MemoryMarshal.GetReference(source);");
        _code.Line($"uint total = {Order}.ReadUInt32(in start);");
        _code.Line("length = unchecked((int)total);");
        _code.Line($"end = {MessageModel.HeaderSize} + {Read("UInt16", "8")};");
        _code.Line("return total >= LeastSize && total <= (uint)source.Length && end >= LeastSize && end <= length");
        _code.Line($"    && {Read("UInt16", "4")} == MessageId");
        _code.Line($"    && LayoutMessage.Skip<{Order}>(ref start, length, end, {Read("UInt16", "10")}) == length;");
        _code.Close();
    }

    private string ByOrder(ulong little, ulong big)
    {
        string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x16}ul");
        return Order switch
        {
            "LittleEndian" => Hex(little),
            "BigEndian" => Hex(big),
            _ => $"({Order}.IsLittleEndian ? {Hex(little)} : {Hex(big)})",
        };
    }

    private void EmitOpenPart(MessagePart part, int index)
    {
        _code.Line($"_length{index} = -1;");
        _code.Open($"if (parts > {index})");
        FailIf("length - at < 4", "at", "length - at", part.Name, "needs 4 bytes for its length", true);
        _code.Line($"uint size = {Read("UInt32", "at")};");
        string uneven = part.Unit > 1 ? $" || size % {part.Unit} != 0" : "";
        string rule = $"must be at most {part.Max} elements of {part.Unit} bytes, which are there";
        string tooLong = $"size > (uint)(length - at - 4) || size > {(long)part.Max * part.Unit}{uneven}";
        FailIf(tooLong, "at", "size", part.Name, rule);
        _code.Line($"_at{index} = at + 4;");
        _code.Line($"_length{index} = (int)size;");
        _code.Line("at += 4 + (int)size;");
        _code.Close();
        _code.Blank();
    }

    private void EmitTryOpen()
    {
        if (IsPlain)
        {
            EmitUsual();
        }

        string view = _type.ViewName;
        _code.Blank();
        _code.Doc("summary", "Opens a message; no exception.");
        _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: the view stays in registers");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source, out {view} view)");
        if (IsPlain)
        {
            _code.Line("int length = FixedSize;");
            _code.Line("int end = FixedSize;");
            _code.Open("if (!IsUsual(source) && !TryMeasure(source, out length, out end))");
            _code.Line("view = default;");
            _code.Line("return false;");
            _code.Close();
            _code.Blank();
            _code.Line($"view = new {view}(ref MemoryMarshal.GetReference(source), length, end);");
            _code.Line("return true;");
            _code.Close();
        }
        else
        {
            EmitOpening(hasIssue: false);
        }

        _code.Blank();
        _code.Doc("summary", "The same, and says what is wrong.");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source, out {view} view, out LayoutIssue issue)");
        EmitOpening(hasIssue: true);
        OpenEmitter.EmitFail(_code);
        OpenEmitter.EmitDescribe(_code, _message.Name, _failures);
    }

    private void EmitOpening(bool hasIssue)
    {
        _code.Line($"view = new {_type.ViewName}(source, isThrowing: false, out LayoutFailure failure);");
        _code.Open("if (failure.Rule == 0)");
        if (hasIssue)
        {
            _code.Line("issue = default;");
        }

        _code.Line("return true;");
        _code.Close();
        _code.Blank();
        _code.Line("view = default;");
        if (hasIssue)
        {
            _code.Line("issue = Describe(failure);");
        }

        _code.Line("return false;");
        _code.Close();
    }

    private void EmitViewMembers()
    {
        _code.Blank();
        _code.Doc("summary", "The bytes of the message.");
        _code.Line("public ReadOnlySpan<byte> Bytes => _bytes;");
        _code.Blank();
        _code.Doc("summary", "Bytes of the message.");
        _code.Line("public int Length => _bytes.Length;");
        _code.Blank();
        _code.Doc("summary", "The version of whoever wrote it.");
        _code.Line($"public int MessageVersion => {Order}.ReadUInt16(in Unsafe.Add(ref _start, 6));");
        _code.Blank();
        _code.Doc("summary", "Fixed fields that a newer version added.");
        _code.Line("public ReadOnlySpan<byte> UnknownFixed => _end > FixedSize ? _bytes[FixedSize.._end] : default;");
        _code.Blank();
        _code.Doc("summary", "Parts that a newer version added, each behind its length.");
        _code.Line($"public ReadOnlySpan<byte> UnknownParts => _bytes[{(IsPlain ? "_end" : "_unknown")}..];");
        _code.Blank();
        _code.Line("// True if an object has more to keep than the fields and parts that it knows.");
        _code.Line("internal bool IsOtherVersion => MessageVersion != CurrentVersion || _end > FixedSize");
        _code.Line($"    || {(IsPlain ? "_end" : "_unknown")} != _bytes.Length;");
        _code.Blank();
        _code.Line("private ref byte _start => ref MemoryMarshal.GetReference(_bytes);");
        if (_message.Fields.Exists(static one => one.Field.Shape is not (FieldShape.Scalar or FieldShape.Array)))
        {
            _code.Blank();
            _code.Line("internal static Span<byte> FixedPart(Span<byte> message, int at, int length) => "
                + "message.Slice(at, length);");
        }
    }

    private void EmitGetter(MessageField field)
    {
        string has = Has(field);
        FieldModel model = field.Field;
        string type = _read.ValueType(model);
        if (has.Length > 0)
        {
            _code.Blank();
            _code.Doc("summary", $"True if the message's version has {model.Name}.");
            _code.Line($"public bool Has{model.CsName} => {has};");
        }

        _code.Blank();
        EmitDoc(model.Name, model.Doc, field.Since, field.Until);
        string value = _read.Value(model);
        string absent = model.Shape == FieldShape.Scalar
            ? Literals.Typed(model.Type, type, field.Default)
            : "default";
        _code.Line(has.Length == 0
            ? $"public {type} {model.CsName} => {value};"
            : $"public {type} {model.CsName} => Has{model.CsName} ? {value} : {absent};");
    }

    private void EmitDoc(string name, string doc, int since, int? until)
    {
        _code.Doc("summary", ViewEmitter.Sentence(doc.Length > 0 ? doc : $"The field {name}."));
        string versions = (since > 1 ? $" since version {since}" : "")
            + (until is int last ? $" until version {last}" : "");
        if (versions.Length > 0)
        {
            _code.Doc("remarks", $"{name}:{versions}; absent, it is its default.");
        }
    }

    private void EmitPart(MessagePart part, int index)
    {
        string part_ = $"_bytes.Slice(_at{index}, _length{index})";
        (string type, string made) = PartType(part, part_);
        string has = Has(part, index);
        if (part.Since > 1 || part.Until is not null)
        {
            _code.Blank();
            _code.Doc("summary", $"True if the message has {part.Name}.");
            _code.Line($"public bool Has{part.CsName} => {has};");
        }

        _code.Blank();
        EmitDoc(part.Name, part.Doc, part.Since, part.Until);
        _code.Line($"public {type} {part.CsName} => {has} ? {made} : default;");
        if (part.Kind == PartKind.Text)
        {
            _code.Blank();
            _code.Doc("summary", $"{part.Name} as text; false if its bytes are no UTF-8.");
            _code.Line($"public bool TryGet{part.CsName}String(out string text) =>");
            _code.Line($"    LayoutText.TryDecodeUtf8({part.CsName}, -1, out text);");
        }
    }

    private (string Type, string Made) PartType(MessagePart part, string bytes)
    {
        if (part.Kind is PartKind.Text or PartKind.Bytes)
        {
            return ("ReadOnlySpan<byte>", bytes);
        }

        if (part.Type is StructType nested)
        {
            string array = _types.Generic(nested, nested.ArrayName);
            return (array, $"new {array}({bytes})");
        }

        ScalarType scalar = CsTypes.ScalarOf(part.Type);
        string order = scalar.Bytes == 1 ? "" : $"<{_types.OrderOf(scalar.Order)}>";
        string name = CsTypes.Suffix(scalar) + "Array" + order;
        return (name, $"new {name}({bytes})");
    }

    private void EmitValidate()
    {
        _code.Blank();
        _code.Doc("summary", "True if no rule of the schema is broken, and no check is of an unknown algorithm.");
        _code.Open("public bool IsValid");
        _code.Open("get");
        _code.Line("var report = default(LayoutReport);");
        _code.Line("return Validate(ref report) && report.Unchecked == 0;");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Checks every rule of the schema; reports those that are broken.");
        _code.Open("public bool Validate(ref LayoutReport report)");
        _code.Line("long found = report.Found;");
        string name = CodeWriter.Quote(_message.Name);
        var rules = new ViewEmitter(_code, _type, _options);
        foreach (MessageField field in _message.Fields.Where(static one => ViewEmitter.HasRules(one.Field)))
        {
            bool isGuarded = Has(field).Length > 0;
            if (isGuarded)
            {
                _code.Open($"if (Has{field.Field.CsName})");
            }

            rules.EmitFieldRules(field.Field);
            if (isGuarded)
            {
                _code.Close();
                _code.Blank();
            }
        }

        for (int i = 0; i < _message.Parts.Count; i++)
        {
            EmitPartRules(_message.Parts[i], i, name);
        }

        _code.Line("return report.Found == found;");
        _code.Close();
    }

    private void EmitPartRules(MessagePart part, int index, string name)
    {
        string quoted = CodeWriter.Quote(part.Name);
        string i = $"item{index}";
        string at = $"_at{index} + ({i} * {part.Unit})";
        if (part.Kind == PartKind.Text)
        {
            _code.Open($"if (!System.Text.Unicode.Utf8.IsValid({part.CsName}))");
            _code.Line($"report.Add(LayoutIssue.Bytes(_at{index}, {name}, {quoted}, _length{index}, "
                + "\"must be UTF-8\"));");
        }
        else if (part.Type is StructType nested && ViewEmitter.HasRules(nested))
        {
            _code.Open($"for (int {i} = 0; {i} < {part.CsName}.Length; {i}++)");
            _code.Line($"int mark{index} = report.Count;");
            _code.Open($"if (!{part.CsName}[{i}].Validate(ref report))");
            _code.Line($"report.Relocate(mark{index}, {name}, {at}, {quoted}, {i});");
            _code.Close();
        }
        else if (part.Type is EnumType { IsClosed: true } closed)
        {
            string value = $"(({_types.Scalar(closed)}){part.CsName}[{i}])";
            _code.Open($"for (int {i} = 0; {i} < {part.CsName}.Length; {i}++)");
            _code.Open($"if (!{_types.IsKnown(closed, value)})");
            _code.Line($"report.Add(new LayoutIssue({at}, {name}, LayoutBytes.Indexed({quoted}, {i}), "
                + $"{CodeWriter.Quote($"must be a known value of {closed.Name}")}, {part.CsName}[{i}]));");
            _code.Close();
        }
        else
        {
            return;
        }

        _code.Close();
        _code.Blank();
    }

    private void EmitVisit()
    {
        _code.Blank();
        _code.Doc("summary", "Tells a visitor the fields and parts.");
        _code.Open("public void Accept<TVisitor>(TVisitor visitor, string name = \"\", long offset = -1) "
            + "where TVisitor : ILayoutVisitor");
        _code.Open($"if (!visitor.BeginStructure(name, offset, {CodeWriter.Quote(_message.Name)}))");
        _code.Line("return;");
        _code.Close();
        _code.Blank();
        var visits = new ViewEmitter(_code, _type, _options);
        foreach (MessageField field in _message.Fields)
        {
            bool isGuarded = Has(field).Length > 0;
            if (isGuarded)
            {
                _code.Open($"if (Has{field.Field.CsName})");
            }

            visits.EmitVisit(field.Field);
            if (isGuarded)
            {
                _code.Close();
                _code.Blank();
            }
        }

        for (int i = 0; i < _message.Parts.Count; i++)
        {
            MessagePart part = _message.Parts[i];
            string isText = part.Kind == PartKind.Text ? "true" : "false";
            string bytes = part.Kind is PartKind.Text or PartKind.Bytes ? part.CsName : $"{part.CsName}.Bytes";
            _code.Line($"visitor.VisitBytes({CodeWriter.Quote(part.Name)}, _at{i}, {bytes}, {isText});");
        }

        _code.Line("visitor.EndStructure();");
        _code.Close();
        visits.EmitVisitEnds();
    }
}
