using System.Globalization;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>
/// Writes a structure whose layout depends on the ABI: one generic view and edit, the layouts, and conversions.
/// </summary>
/// <remarks>
/// <para>The ABIs are empty structures (<c>Lp64</c>, <c>I386</c>) that all structures of a project share. Each
/// implements, in a part of its own, what a structure's layout needs: offsets, reads and writes as static abstract
/// members. As the type argument is a structure, the JIT compiles one view for each ABI and folds the offsets.</para>
/// <para>A value has the C# type of its widest form; writing it says false where the ABI's form does not hold it. So a
/// conversion is a read under one ABI and a write under the other, field by field.</para>
/// </remarks>
internal sealed class AbiEmitter
{
    private readonly CodeWriter _code;
    private readonly AbiStructType _type;
    private readonly CsTypes _types;
    private readonly IReadOnlyList<AbiMember> _members;
    private readonly string _visibility;
    private readonly string _stem;

    // True if the byte order is a type argument beside the ABI.
    private readonly bool _hasOrder;

    public AbiEmitter(CodeWriter code, AbiStructType type, CompileOptions options)
    {
        _code = code;
        _type = type;
        _types = new CsTypes(options, type.Unit, null);
        _members = AbiMember.Of(type, _types);
        _visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        _stem = type.CsName;
        _hasOrder = type.Variants.Exists(static variant => variant.Structure.HasOrderParameter);
    }

    /// <summary>What the schema's own namespace gets.</summary>
    public void Emit()
    {
        EmitInterface();
        EmitView(isEdit: false);
        EmitView(isEdit: true);
        EmitFixup();
    }

    /// <summary>What the project's namespace gets: the layout under each ABI.</summary>
    public void EmitLayouts()
    {
        string contract = _types.Name(_type, _type.LayoutName);
        contract = contract.StartsWith("global::", StringComparison.Ordinal) ? contract : _type.LayoutName;
        foreach (AbiVariant variant in _type.Variants)
        {
            foreach (AbiPreset preset in variant.Presets)
            {
                _code.Blank();
                _code.Doc("summary", $"The ABI {preset.Name}, as a type argument.");
                _code.Open($"{_visibility} readonly partial struct {MarkerOf(preset)} : {contract}");
                _code.Line($"static int {contract}.{_stem}Size => {variant.Structure.Size};");
                foreach (AbiMember member in _members)
                {
                    _code.Blank();
                    EmitImplementation(member, variant.Structure, contract);
                }

                _code.Close();
            }
        }
    }

    /// <summary>What methods and calls that depend on the byte order carry.</summary>
    private string Order => OrderArgument("TOrder");

    private string OrderConstraint => _hasOrder ? " where TOrder : struct, IByteOrder" : "";

    private string ViewArguments => _hasOrder ? "<TAbi, TOrder>" : "<TAbi>";

    private string OrderArgument(string order) => _hasOrder ? $"<{order}>" : "";

    private static string MarkerOf(AbiPreset preset) => Names.Pascal(preset.Name);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private string Inherited()
    {
        string[] inner =
        [
            .. _members.Select(static member => member.Inner).OfType<AbiStructType>().Distinct()
                .Select(type => _types.Name(type, type.LayoutName)),
        ];
        return inner.Length == 0 ? "" : " : " + string.Join(", ", inner);
    }

    private void EmitInterface()
    {
        _code.Doc("summary", $"Where the members of {_type.Name} lie under one ABI.");
        _code.Open($"{_visibility} interface {_type.LayoutName}{Inherited()}");
        _code.Doc("summary", "Bytes of the structure.");
        _code.Line($"static abstract int {_stem}Size {{ get; }}");
        foreach (AbiMember member in _members)
        {
            _code.Blank();
            _code.Doc("summary", $"Bytes from the start to {member.Name}.");
            _code.Line($"static abstract int {_stem}{member.CsName}At {{ get; }}");
            if (member.Kind != AbiMemberKind.Number)
            {
                continue;
            }

            string index = member.Count is null ? "" : ", int index";
            _code.Blank();
            _code.Doc("summary", $"Reads {member.Name} from the structure's first byte on.");
            _code.Line($"static abstract {member.CsType} Read{_stem}{member.CsName}{Order}(ref byte start{index})"
                + OrderConstraint + ";");
            _code.Blank();
            _code.Doc("summary",
                $"Writes {member.Name}; false, and nothing written, if the ABI's form does not hold it.");
            _code.Line($"static abstract bool TryWrite{_stem}{member.CsName}{Order}(ref byte start{index}, "
                + $"{member.CsType} value){OrderConstraint};");
        }

        _code.Close();
    }

    private void EmitImplementation(AbiMember member, StructType structure, string contract)
    {
        FieldModel field = member.FieldIn(structure);
        int offset = field.First.At.Offset;
        _code.Line($"static int {contract}.{_stem}{member.CsName}At => {offset};");
        if (member.Kind != AbiMemberKind.Number)
        {
            return;
        }

        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string order = _hasOrder ? "TOrder" : structure.IsLittleEndian == false ? "BigEndian" : "LittleEndian";
        order = scalar.Order switch { OrderKind.Little => "LittleEndian", OrderKind.Big => "BigEndian", _ => order };
        string index = member.Count is null ? "" : ", int index";
        string at = member.Count is null ? Text($"{offset}") : Text($"{offset} + (index * {scalar.Bytes})");
        string place = $"ref Unsafe.Add(ref start, {at})";
        string read = scalar.Bytes == 1
            ? (scalar.IsSigned ? $"unchecked((sbyte){place["ref ".Length..]})" : place["ref ".Length..])
            : $"{order}.Read{CsTypes.Suffix(scalar)}({place})";
        CBitField? bit = member.IsBitField ? structure.CBitFields.Find(bit => bit.Name == member.Name) : null;
        _code.Blank();
        _code.Line($"static {member.CsType} {contract}.Read{_stem}{member.CsName}{Order}(ref byte start{index}) =>");
        _code.Line($"    {(bit is null ? Wrap(member, field, read) : AbiBits.Read(bit, read, member.CsType))};");
        _code.Blank();
        _code.Open($"static bool {contract}.TryWrite{_stem}{member.CsName}{Order}(ref byte start{index}, "
            + $"{member.CsType} value)");
        if (bit is not null)
        {
            AbiBits.Write(_code, bit, read, value => Store(scalar, order, place, value));
        }
        else
        {
            EmitWrite(member, field, scalar, value => Store(scalar, order, place, value));
        }

        _code.Close();
    }

    private static string Store(ScalarType scalar, string order, string place, string value) => scalar.Bytes == 1
        ? $"{place["ref ".Length..]} = unchecked((byte){value});"
        : $"{order}.Write{CsTypes.Suffix(scalar)}({place}, {value});";

    private static string Wrap(AbiMember member, FieldModel field, string read) => field.Type switch
    {
        BitsType => member.IsRaw ? read : $"new {member.CsType}({read})",
        EnumType => $"({member.CsType}){read}",
        _ => read,
    };

    private void EmitWrite(AbiMember member, FieldModel field, ScalarType scalar, Func<string, string> store)
    {
        string own = CsTypes.Number(scalar);
        string value = field.Type switch
        {
            BitsType when !member.IsRaw => "value.Value",
            EnumType => $"({own})value",
            _ => "value",
        };
        bool isNarrower = field.Type is ScalarType { IsFloat: false } && own != member.CsType;
        if (isNarrower)
        {
            string below = scalar.IsSigned ? $"value < {own}.MinValue || " : "";
            _code.Open($"if ({below}value > {own}.MaxValue)");
            _code.Line("return false;");
            _code.Close();
            _code.Blank();
            value = $"({own})value";
        }

        _code.Line(store(scalar.Bytes == 1 && scalar.IsSigned ? $"(sbyte){value}" : value));
        _code.Line("return true;");
    }

    private void EmitView(bool isEdit)
    {
        string name = isEdit ? _type.EditName : _type.ViewName;
        string span = isEdit ? "Span<byte>" : "ReadOnlySpan<byte>";
        _code.Blank();
        string purpose = isEdit ? "read and written in place" : "read-only";
        _code.Doc("summary",
            $"{(_type.Doc.Length > 0 ? _type.Doc.ReplaceLineEndings(" ") : _type.Name)} Under one ABI; {purpose}.");
        _code.Line("/// <typeparam name=\"TAbi\">The ABI of the program that wrote the source.</typeparam>");
        if (_hasOrder)
        {
            _code.Line("/// <typeparam name=\"TOrder\">The byte order of that program.</typeparam>");
        }

        _code.Open($"{_visibility} readonly ref struct {name}{ViewArguments} where TAbi : struct, {_type.LayoutName}"
            + OrderConstraint);
        _code.Line("private readonly ref byte _start;");
        _code.Blank();
        _code.Doc("summary", "Looks at the start of a span.");
        _code.Line("/// <exception cref=\"LayoutException\">It is shorter than the structure under this "
            + "ABI.</exception>");
        _code.Open($"public {name}({span} source)");
        _code.Open($"if (source.Length < TAbi.{_stem}Size)");
        string quoted = CodeWriter.Quote(_type.Name);
        _code.Line($"LayoutThrow.Issue(LayoutIssue.Bytes(0, {quoted}, \"\", source.Length, \"needs more bytes under "
            + $"this ABI\"));");
        _code.Close();
        _code.Blank();
        _code.Line("_start = ref MemoryMarshal.GetReference(source);");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Bytes of the structure under this ABI.");
        _code.Line($"public static int Size => TAbi.{_stem}Size;");
        foreach (AbiMember member in _members)
        {
            _code.Blank();
            EmitProperty(member, isEdit);
        }

        _code.Close();
    }

    private void EmitProperty(AbiMember member, bool isEdit)
    {
        string doc = member.Doc.Length > 0 ? member.Doc.ReplaceLineEndings(" ") : member.Name;
        string at = $"ref Unsafe.Add(ref _start, TAbi.{_stem}{member.CsName}At)";
        string make = isEdit ? "CreateSpan" : "CreateReadOnlySpan";
        string span = isEdit ? "Span<byte>" : "ReadOnlySpan<byte>";
        _code.Doc("summary", doc);
        switch (member.Kind)
        {
            case AbiMemberKind.Bytes:
                _code.Line($"public {span} {member.CsName} => MemoryMarshal.{make}({at}, {member.Count});");
                break;
            case AbiMemberKind.Number when member.Count is null:
                _code.Line($"public {member.CsType} {member.CsName} => "
                    + $"TAbi.Read{_stem}{member.CsName}{Order}(ref _start);");
                break;
            case AbiMemberKind.Number:
                EmitCheckedIndex(member, $"{member.CsType} Get{member.CsName}(int index)",
                    $"TAbi.Read{_stem}{member.CsName}{Order}(ref _start, index)");
                break;
            default:
                EmitStructure(member, isEdit, make);
                break;
        }

        if (!isEdit || member.Kind != AbiMemberKind.Number)
        {
            return;
        }

        string index = member.Count is null ? "" : "int index, ";
        string argument = member.Count is null ? "" : "index, ";
        _code.Blank();
        _code.Doc("summary", $"Writes {member.Name}; false, and nothing written, if this ABI's form does not hold it.");
        string header = $"bool TrySet{member.CsName}({index}{member.CsType} value)";
        string call = $"TAbi.TryWrite{_stem}{member.CsName}{Order}(ref _start, {argument}value)";
        if (member.Count is null)
        {
            _code.Line($"public {header} => {call};");
        }
        else
        {
            EmitCheckedIndex(member, header, call);
        }
    }

    private void EmitCheckedIndex(AbiMember member, string header, string result)
    {
        _code.Line($"/// <exception cref=\"IndexOutOfRangeException\">The index is not below "
            + $"{member.Count}.</exception>");
        _code.Open($"public {header}");
        _code.Open($"if ((uint)index >= {member.Count}u)");
        _code.Line("LayoutThrow.Index();");
        _code.Close();
        _code.Blank();
        _code.Line($"return {result};");
        _code.Close();
    }

    private void EmitStructure(AbiMember member, bool isEdit, string make)
    {
        string type = member.Inner is AbiStructType inner
            ? $"{_types.Name(inner, isEdit ? inner.EditName : inner.ViewName)}{ViewArguments}"
            : _types.Generic(member.Plain!, isEdit ? member.Plain!.EditName : member.Plain!.ViewName);
        string size = member.Inner is null ? Text($"{member.Plain!.Size}") : $"TAbi.{member.Inner.CsName}Size";
        string offset = $"TAbi.{_stem}{member.CsName}At";
        string part = $"MemoryMarshal.{make}(ref Unsafe.Add(ref _start, {offset}), {size})";
        if (member.Count is null)
        {
            _code.Line($"public {type} {member.CsName} => new({part});");
            return;
        }

        string element = $"MemoryMarshal.{make}(ref Unsafe.Add(ref _start, {offset} + (index * {size})), {size})";
        EmitCheckedIndex(member, $"{type} Get{member.CsName}(int index)", $"new {type}({element})");
    }

    private void EmitFixup()
    {
        _code.Blank();
        _code.Doc("summary", $"Conversions of {_type.Name} between ABIs.");
        _code.Open($"{_visibility} static class {_type.FixupName}");
        IReadOnlyList<AbiRegion>? regions = AbiRegion.Of(_type, _members);
        if (regions is null)
        {
            _code.Line("// None: members share bytes that differ between ABIs; only the program knows which holds.");
            _code.Close();
            return;
        }

        _code.Doc("summary", "Converts one structure; padding becomes zero.");
        _code.Line("/// <param name=\"source\">The structure under the ABI TFrom.</param>");
        _code.Line("/// <param name=\"target\">Room for it under the ABI TTo.</param>");
        _code.Line("/// <param name=\"issue\">What does not fit, with its place in the source.</param>");
        _code.Line("/// <typeparam name=\"TFrom\">The ABI of the source.</typeparam>");
        _code.Line("/// <typeparam name=\"TTo\">The ABI of the target.</typeparam>");
        if (_hasOrder)
        {
            _code.Line("/// <typeparam name=\"TFromOrder\">The byte order of the source.</typeparam>");
            _code.Line("/// <typeparam name=\"TToOrder\">The byte order of the target.</typeparam>");
        }

        _code.Line("/// <returns>False if a span is short or a value does not fit; the target is then not to be "
            + "used.</returns>");
        _code.Line($"public static bool TryConvert<{ConvertArguments}>(ReadOnlySpan<byte> source, "
            + "Span<byte> target, out LayoutIssue issue)");
        _code.Line($"    where TFrom : struct, {_type.LayoutName}");
        if (_hasOrder)
        {
            _code.Line("    where TFromOrder : struct, IByteOrder");
            _code.Line("    where TToOrder : struct, IByteOrder");
        }

        _code.Open($"    where TTo : struct, {_type.LayoutName}");
        string name = CodeWriter.Quote(_type.Name);
        _code.Open($"if (source.Length < TFrom.{_stem}Size || target.Length < TTo.{_stem}Size)");
        _code.Line($"issue = LayoutIssue.Bytes(0, {name}, \"\", Math.Min(source.Length, target.Length), \"needs more "
            + $"bytes under this ABI\");");
        _code.Line("return false;");
        _code.Close();
        _code.Blank();
        _code.Line($"target[..TTo.{_stem}Size].Clear();");
        _code.Line("ref byte from = ref MemoryMarshal.GetReference(source);");
        _code.Line("ref byte to = ref MemoryMarshal.GetReference(target);");
        foreach (AbiMember member in _members.Where(static member => !member.IsShared))
        {
            EmitConversion(member, name);
        }

        foreach (AbiRegion region in regions)
        {
            _code.Line($"source.Slice(TFrom.{_stem}{region.Start}At, {region.Bytes}).CopyTo("
                + $"target[TTo.{_stem}{region.Start}At..]);");
        }

        _code.Blank();
        _code.Line("issue = default;");
        _code.Line("return true;");
        _code.Close();
        _code.Close();
    }

    private string ConvertArguments => _hasOrder ? "TFrom, TFromOrder, TTo, TToOrder" : "TFrom, TTo";

    private void EmitConversion(AbiMember member, string name)
    {
        string own = _stem + member.CsName;
        string field = CodeWriter.Quote(member.Name);
        bool isLoop = member.Count is not null && member.Kind != AbiMemberKind.Bytes;
        _code.Blank();
        if (isLoop)
        {
            _code.Open($"for (int index = 0; index < {member.Count}; index++)");
        }

        string index = isLoop ? ", index" : "";
        string path = isLoop ? $"LayoutBytes.Indexed({field}, index)" : field;
        switch (member.Kind)
        {
            case AbiMemberKind.Bytes:
                _code.Line($"source.Slice(TFrom.{own}At, {member.Count}).CopyTo(target[TTo.{own}At..]);");
                break;
            case AbiMemberKind.Number:
                string actual = member.IsFloat ? "0" : member.IsBits ? "(Int128)value.Value" : "(Int128)value";
                actual = member.IsEnum ? "(Int128)(long)value" : actual;
                _code.Line($"{(isLoop ? "" : "{ ")}{member.CsType} value = TFrom.Read{own}"
                    + $"{OrderArgument("TFromOrder")}(ref from{index});");
                _code.Open($"if (!TTo.TryWrite{own}{OrderArgument("TToOrder")}(ref to{index}, value))");
                _code.Line($"issue = new LayoutIssue(TFrom.{own}At, {name}, {path}, \"must fit the other ABI\", "
                    + $"{actual});");
                _code.Line("return false;");
                _code.Close(isLoop ? "}" : "} }");
                break;
            default:
                EmitInnerConversion(member, own, name, path, isLoop);
                break;
        }

        if (isLoop)
        {
            _code.Close();
        }
    }

    private void EmitInnerConversion(AbiMember member, string own, string name, string path, bool isLoop)
    {
        string fromSize = member.Inner is null ? Text($"{member.Plain!.Size}") : $"TFrom.{member.Inner.CsName}Size";
        string toSize = member.Inner is null ? fromSize : $"TTo.{member.Inner.CsName}Size";
        string step = isLoop ? " + (index * " : "";
        string fromAt = $"TFrom.{own}At" + (isLoop ? step + fromSize + ")" : "");
        string toAt = $"TTo.{own}At" + (isLoop ? step + toSize + ")" : "");
        if (member.Inner is null)
        {
            if (member.Plain!.HasOrderParameter)
            {
                _code.Open("if (TFromOrder.IsLittleEndian != TToOrder.IsLittleEndian)");
                _code.Line($"issue = new LayoutIssue({fromAt}, {name}, {path}, \"must keep its byte order\", 0);");
                _code.Line("return false;");
                _code.Close();
                _code.Blank();
            }

            _code.Line($"source.Slice({fromAt}, {fromSize}).CopyTo(target[({toAt})..]);");
            return;
        }

        string fixup = _types.Name(member.Inner, member.Inner.FixupName);
        string spans = $"source[({fromAt})..], target[({toAt})..]";
        _code.Open($"if (!{fixup}.TryConvert<{ConvertArguments}>({spans}, out issue))");
        _code.Line($"issue = issue.Within({name}, {fromAt}, {path});");
        _code.Line("return false;");
        _code.Close();
    }
}
