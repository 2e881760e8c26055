using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes what holds many structures: arrays of constant-size ones, runs of records by length.</summary>
internal sealed class SequenceEmitter(CodeWriter code, StructType type, CompileOptions options)
{
    private readonly CsTypes _types = new(options, type.Unit, type);

    private string Visibility => options.Visibility == LayoutVisibility.Public ? "public" : "internal";

    private string Generic => CsTypes.TypeParameter(type);

    public void Emit()
    {
        if (type.IsFixed)
        {
            EmitArray(type.ArrayName, _types.View(type), "ReadOnlySpan<byte>", isEdit: false);
            EmitArray(type.EditArrayName, _types.Generic(type, type.EditName), "Span<byte>", isEdit: true);
        }
        else if (type is { Size: null, HasOutOfLine: false, MinSize: > 0 })
        {
            EmitRecords();
        }
    }

    private void EmitArray(string name, string element, string span, bool isEdit)
    {
        string size = $"{_types.View(type)}.Size";
        string purpose = isEdit ? "read and written in place" : "read-only";
        code.Blank();
        code.Doc("summary", $"Structures {type.Name} one behind the other, {purpose}.");
        EmitTypeParameterDoc();
        code.Open($"{Visibility} readonly ref struct {name}{Generic}{CsTypes.Constraint(type)}");
        code.Line(type.IsCompact ? "private readonly ref byte _start;" : $"private readonly {span} _bytes;");
        EmitParameterFields("private ");
        code.Blank();
        code.Doc("summary", "Takes as many whole structures as a span holds.");
        code.Open($"public {name}({span} source{_types.ParameterList(type)})");
        code.Line(type.IsCompact ? "_start = ref MemoryMarshal.GetReference(source);" : "_bytes = source;");
        code.Line($"Length = source.Length / {size};");
        EmitParameterStores("");
        code.Close();
        code.Blank();
        code.Doc("summary", "Structures, not bytes.");
        code.Line("public int Length { get; }");
        code.Blank();
        code.Doc("summary", "The bytes of all structures.");
        string make = isEdit ? "CreateSpan" : "CreateReadOnlySpan";
        code.Line(type.IsCompact
            ? $"public {span} Bytes => MemoryMarshal.{make}(ref _start, Length * {size});"
            : $"public {span} Bytes => _bytes[..(Length * {size})];");
        code.Blank();
        code.Doc("summary", "One structure; 0-based.");
        code.Line("/// <exception cref=\"IndexOutOfRangeException\">The index is not below Length.</exception>");
        code.Open($"public {element} this[int index]");
        code.Open("get");
        code.Open("if (unchecked((uint)index >= (uint)Length))");
        code.Line("LayoutThrow.Index();");
        code.Close();
        code.Blank();
        string stored = CsTypes.StoredList(type);
        code.Line(type.IsCompact
            ? $"return new {element}(ref Unsafe.Add(ref _start, (nint)((nuint)(uint)index * {size})){stored});"
            : $"return new {element}(_bytes.Slice(index * {size}, {size}){stored});");
        code.Close();
        code.Close();
        EmitEnumerator(name + Generic, element);
        code.Close();
    }

    private void EmitEnumerator(string sequence, string element)
    {
        code.Blank();
        code.Doc("summary", "For foreach.");
        code.Line("public Enumerator GetEnumerator() => new(this);");
        code.Blank();
        if (type.IsCompact)
        {
            EmitCompactEnumerator(sequence, element);
            return;
        }

        code.Doc("summary", "Walks the structures from the first to the last.");
        code.Open("public ref struct Enumerator");
        code.Line($"private readonly {sequence} _sequence;");
        code.Line("private int _index;");
        code.Blank();
        code.Open($"internal Enumerator({sequence} sequence)");
        code.Line("_sequence = sequence;");
        code.Line("_index = -1;");
        code.Close();
        code.Blank();
        code.Doc("summary", "The structure that MoveNext reached.");
        code.Line($"public readonly {element} Current => _sequence[_index];");
        code.Blank();
        code.Doc("summary", "Goes on; false at the end.");
        code.Line("public bool MoveNext() => ++_index < _sequence.Length;");
        code.Close();
    }

    /// <summary>A reference that moves on: no index to check and to multiply.</summary>
    private void EmitCompactEnumerator(string sequence, string element)
    {
        code.Doc("summary", "Walks the structures from the first to the last.");
        code.Open("public ref struct Enumerator");
        code.Line("private ref byte _current;");
        code.Line("private ref byte _next;");
        code.Line("private int _left;");
        EmitParameterFields("private ");
        code.Blank();
        code.Open($"internal Enumerator({sequence} sequence)");
        code.Line("_next = ref sequence._start;");
        code.Line("_current = ref Unsafe.NullRef<byte>();");
        code.Line("_left = sequence.Length;");
        EmitParameterStores("sequence.");
        code.Close();
        code.Blank();
        code.Doc("summary", "The structure that MoveNext reached; none before and behind.");
        code.Line($"public readonly {element} Current => new {element}(ref _current{CsTypes.StoredList(type)});");
        code.Blank();
        code.Doc("summary", "Goes on; false at the end.");
        code.Open("public bool MoveNext()");
        code.Open("if (_left <= 0)");
        code.Line("_current = ref Unsafe.NullRef<byte>();");
        code.Line("return false;");
        code.Close();
        code.Blank();
        code.Line("_left--;");
        code.Line("_current = ref _next;");
        code.Line($"_next = ref Unsafe.Add(ref _next, {type.Size});");
        code.Line("return true;");
        code.Close();
        code.Close();
    }

    private void EmitParameterFields(string visibility)
    {
        foreach (ParameterModel parameter in type.Parameters)
        {
            code.Line($"{visibility}readonly {_types.Parameter(parameter)} {ExpressionEmitter.Remembered(parameter)};");
        }
    }

    /// <summary>From the constructor's parameters, or from the fields of what is walked over.</summary>
    private void EmitParameterStores(string from)
    {
        foreach (ParameterModel parameter in type.Parameters)
        {
            string remembered = ExpressionEmitter.Remembered(parameter);
            code.Line($"{remembered} = {(from.Length == 0 ? parameter.CsName : from + remembered)};");
        }
    }

    private void EmitTypeParameterDoc()
    {
        if (type.HasOrderParameter)
        {
            code.Line("/// <typeparam name=\"TOrder\">The byte order of the source.</typeparam>");
        }
    }

    private void EmitRecords()
    {
        string name = type.RecordsName;
        string parameters = _types.ParameterList(type);
        code.Blank();
        code.Doc("summary", $"Records {type.Name} one behind the other; each says how long it is. Opened one by one.");
        EmitTypeParameterDoc();
        code.Open($"{Visibility} readonly ref struct {name}{Generic}{CsTypes.Constraint(type)}");
        EmitParameterFields("private ");

        code.Blank();
        code.Doc("summary", "Takes a span that records fill up to its end; none is opened yet.");
        code.Open($"public {name}(ReadOnlySpan<byte> source{parameters})");
        code.Line("Bytes = source;");
        EmitParameterStores("");

        code.Close();
        code.Blank();
        code.Doc("summary", "The bytes of all records.");
        code.Line("public ReadOnlySpan<byte> Bytes { get; }");
        code.Blank();
        code.Doc("summary", "For foreach; an invalid record throws LayoutException.");
        string stored = CsTypes.StoredList(type);
        code.Line($"public Enumerator GetEnumerator() => new(Bytes{stored});");
        code.Blank();
        EmitRecordsEnumerator(parameters, stored);
        code.Close();
    }

    private void EmitRecordsEnumerator(string parameters, string stored)
    {
        string view = _types.View(type);
        code.Doc("summary", "Walks the records. Each one is proved before it is handed out, and takes at least one "
            + "byte.");
        code.Open("public ref struct Enumerator");
        code.Line("private readonly ReadOnlySpan<byte> _bytes;");
        EmitParameterFields("private ");

        code.Line("private int _next;");
        code.Line($"private {view} _current;");
        code.Blank();
        code.Open($"internal Enumerator(ReadOnlySpan<byte> bytes{parameters})");
        code.Line("_bytes = bytes;");
        EmitParameterStores("");

        code.Close();
        code.Blank();
        code.Doc("summary", "The record that MoveNext reached.");
        code.Line($"public readonly {view} Current => _current;");
        code.Blank();
        code.Doc("summary", "Where the current record begins, in bytes from the first one.");
        code.Line("public int Offset { get; private set; }");
        code.Blank();
        EmitRecordsMoves(view, stored);
        code.Close();
    }

    private void EmitRecordsMoves(string view, string stored)
    {
        code.Doc("summary", "Goes on to the next record; false at the end.");
        code.Line("/// <exception cref=\"LayoutException\">It is invalid; offsets count from the first.</exception>");
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: the walk stays in registers");
        code.Open("public bool MoveNext()");
        code.Line("Offset = _next;");
        code.Open("if ((uint)_next >= (uint)_bytes.Length)");
        code.Line("_current = default;");
        code.Line("return false;");
        code.Close();
        code.Blank();
        code.Line($"_current = new {view}(_bytes[_next..]{stored}, isThrowing: true, _next, out _);");
        code.Line("_next += _current.Length;");
        code.Line("return true;");
        code.Close();
        code.Blank();
        code.Doc("summary", "Goes on without exceptions: false at the end, and at an invalid record, which the issue "
            + "then describes.");
        code.Open($"public bool TryMoveNext(out {view} view, out LayoutIssue issue)");
        code.Line("Offset = _next;");
        code.Open("if (_next >= _bytes.Length)");
        code.Line("view = default;");
        code.Line("issue = default;");
        code.Line("return false;");
        code.Close();
        code.Blank();
        code.Open($"if (!{view}.TryOpen(_bytes[_next..]{stored}, out view, out issue))");
        code.Line("issue = issue.Moved(_next);");
        code.Line("return false;");
        code.Close();
        code.Blank();
        code.Line("_next += view.Length;");
        code.Line("return true;");
        code.Close();
    }
}
