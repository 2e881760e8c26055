using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the read-only view of a structure.</summary>
/// <remarks>
/// <para>A compact view is one reference. Its constructor compares one length; a getter is one load at a constant
/// distance, in the order that the type parameter names: the JIT makes it a load and at most a byte swap.</para>
/// <para>Every other view is a span and the positions that were computed when it was opened. Nothing that decides an
/// extent is read twice for a decision: what was proved is what was remembered.</para>
/// </remarks>
internal sealed partial class ViewEmitter
{
    private readonly CodeWriter _code;
    private readonly StructType _type;
    private readonly CompileOptions _options;
    private readonly CsTypes _types;
    private readonly FieldCode _fields;
    private readonly ExpressionEmitter _expressions;

    public ViewEmitter(CodeWriter code, StructType type, CompileOptions options)
    {
        _code = code;
        _type = type;
        _options = options;
        _types = new CsTypes(options, type.Unit, type);
        _expressions = new ExpressionEmitter(_types, "");
        _fields = new FieldCode(type, _types, FieldSite.View, _expressions);
    }

    private string Visibility => _options.Visibility == LayoutVisibility.Public ? "public" : "internal";

    private bool IsVariable => _type.Size is null;

    private string Parameters => _types.ParameterList(_type);

    private string Arguments => CsTypes.ArgumentList(_type);

    public void Emit()
    {
        _code.Doc("summary", Sentence(_type.Doc.Length > 0 ? _type.Doc : $"The structure {_type.Name}, read-only."));
        _code.Line($"/// <remarks>{StructMap.Length(_type)}; never copies, never allocates.</remarks>");
        if (_type.HasOrderParameter)
        {
            _code.Line("/// <typeparam name=\"TOrder\">The byte order of the source.</typeparam>");
        }

        _code.Open($"{Visibility} readonly ref struct {_type.ViewName}{CsTypes.TypeParameter(_type)}"
            + CsTypes.Constraint(_type));
        EmitSizes();
        EmitState();
        EmitConstructors();
        EmitBytes();
        foreach (FieldModel field in _type.Fields)
        {
            EmitField(field);
        }

        _type.Computed.ForEach(EmitComputed);
        _type.References.ForEach(EmitReference);
        _type.Checks.ForEach(EmitCheck);
        _type.Transforms.ForEach(EmitTransform);
        EmitUnions();
        EmitValidate();
        EmitVisit();
        EmitOffsets();
        _code.Close();
    }

    /// <summary>A doc comment as a sentence: some schemas end theirs with a stop, some do not.</summary>
    public static string Sentence(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        string start = char.ToUpperInvariant(text[0]) + text[1..];
        return text[^1] is '.' or '?' or '!' or ':' ? start : start + ".";
    }

    private void EmitSizes()
    {
        if (_type.Size is int size)
        {
            _code.Doc("summary", "Bytes of the structure.");
            _code.Line($"public const int Size = {size};");
        }

        if (IsVariable || _type.HasOutOfLine)
        {
            _code.Blank();
            _code.Doc("summary", "Bytes that are there in any case.");
            _code.Line($"public const int MinSize = {_type.MinSize};");
        }

        _code.Blank();
    }

    private void EmitState()
    {
        _code.Line(_type.IsCompact
            ? "private readonly ref byte _start;"
            : "private readonly ReadOnlySpan<byte> _bytes;");
        foreach (int slot in Enumerable.Range(0, _type.SlotCount).Where(IsKept))
        {
            _code.Line($"internal readonly int _at{slot};");
        }

        foreach (FieldModel field in _type.Fields)
        {
            if (field.CountSlot >= 0)
            {
                _code.Line($"internal readonly int _count{field.CountSlot};");
            }

            if (field.IsPresenceRemembered)
            {
                _code.Line($"internal readonly bool _has{field.Index};");
            }
        }

        foreach (UnionModel union in _type.Unions)
        {
            if (IsVariable)
            {
                _code.Line($"internal readonly int _case{union.Index};");
            }
        }

        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"internal readonly {_types.Parameter(parameter)} {ExpressionEmitter.Remembered(parameter)};");
        }
    }

    /// <summary>True if a getter needs the position after the view is open.</summary>
    private bool IsKept(int slot) =>
        _options.Objects
        || _type.Fields.Exists(field => field.Places.Exists(place => place.At.Slot == slot))
        || _type.Zeros.Exists(zero => zero.At.Slot == slot)
        || (_type.HasOutOfLine && _type.End.Slot == slot);

    private void EmitConstructors()
    {
        if (IsVariable)
        {
            new OpenEmitter(_code, _type, _options, IsKept).Emit();
            return;
        }

        _code.Blank();
        _code.Doc("summary", "Opens a view of the first bytes of a span.");
        _code.Line("/// <exception cref=\"LayoutException\">The span is shorter than the structure.</exception>");
        _code.Open($"public {_type.ViewName}(ReadOnlySpan<byte> source{Parameters})");
        _code.Open("if (source.Length < Size)");
        _code.Line($"LayoutThrow.Short({CodeWriter.Quote(_type.Name)}, source.Length, Size);");
        _code.Close();
        _code.Blank();
        _code.Line(_type.IsCompact ? "_start = ref MemoryMarshal.GetReference(source);" : Cut("source"));
        EmitParameterStores();
        _code.Close();
        if (_type.IsCompact)
        {
            _code.Blank();
            _code.Line("// The caller has proved that Size bytes follow.");
            _code.Open($"internal {_type.ViewName}(ref byte start{Parameters})");
            _code.Line("_start = ref start;");
            EmitParameterStores();
            _code.Close();
        }

        EmitTryOpen();
    }

    private string Cut(string source) => _type.HasOutOfLine ? $"_bytes = {source};" : $"_bytes = {source}[..Size];";

    private void EmitParameterStores()
    {
        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"{ExpressionEmitter.Remembered(parameter)} = {parameter.CsName};");
        }
    }

    private void EmitTryOpen()
    {
        _code.Blank();
        _code.Doc("summary", "Opens a view if the span is long enough; no exception.");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source{Parameters}, out {_types.View(_type)} view)");
        _code.Open("if (source.Length < Size)");
        _code.Line("view = default;");
        _code.Line("return false;");
        _code.Close();
        _code.Blank();
        _code.Line(_type.IsCompact
            ? $"view = new {_types.View(_type)}(ref MemoryMarshal.GetReference(source){Arguments});"
            : $"view = new {_types.View(_type)}(source{Arguments});");
        _code.Line("return true;");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Opens a view, or says how many more bytes are needed.");
        _code.Open($"public static bool Probe(ReadOnlySpan<byte> source{Parameters}, "
            + $"out {_types.View(_type)} view, out int missing)");
        _code.Line("missing = Math.Max(0, Size - source.Length);");
        _code.Line($"return TryOpen(source{Arguments}, out view);");
        _code.Close();
    }

    private void EmitBytes()
    {
        _code.Blank();
        _code.Doc("summary", _type.HasOutOfLine
            ? "All bytes that the view was opened on: the structure and what its offsets reach."
            : "The bytes of the structure.");
        _code.Line(_type.IsCompact
            ? "public ReadOnlySpan<byte> Bytes => MemoryMarshal.CreateReadOnlySpan(ref _start, Size);"
            : "public ReadOnlySpan<byte> Bytes => _bytes;");
        if (!_type.IsCompact)
        {
            _code.Blank();
            _code.Doc("summary", "Bytes that the structure takes, without what lies at offsets stored in it.");
            string length = !_type.HasOutOfLine ? "_bytes.Length" : _fields.Offset(_type.End);
            _code.Line($"public int Length => {length};");
            _code.Blank();
            _code.Line("private ref byte _start => ref MemoryMarshal.GetReference(_bytes);");
        }
    }

    /// <summary>In a structure of constant size nothing depends on the case, so it is decided at each access.</summary>
    private void EmitUnions()
    {
        foreach (UnionModel union in _type.Unions)
        {
            if (!IsVariable)
            {
                _code.Blank();
                _code.Line($"internal int _case{union.Index} => {_fields.CaseOf(union)};");
            }
        }
    }

    private void EmitOffsets()
    {
        _code.Blank();
        _code.Doc("summary", "Constant offsets, in bytes from the start of the structure.");
        _code.Open("public static class Offsets");
        foreach (FieldModel field in _type.Fields)
        {
            if (field is { OutOfLineAt: null, Places: [{ At.IsConstant: true } place] })
            {
                _code.Blank();
                _code.Doc("summary", $"Offset of {field.Name}.");
                _code.Line($"public const int {field.CsName} = {place.At.Offset};");
            }
        }

        _code.Close();
    }
}
