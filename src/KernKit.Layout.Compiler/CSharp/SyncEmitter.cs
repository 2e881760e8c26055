using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes the shared form of a structure, as its author chose it.</summary>
internal sealed class SyncEmitter(CodeWriter code, StructType type, CompileOptions options)
{
    private readonly CsTypes _types = new(options, type.Unit, type);

    private string Name => type.SharedName + CsTypes.TypeParameter(type);

    private string View => _types.View(type);

    private string Edit => _types.Generic(type, type.EditName);

    private string Quoted => CodeWriter.Quote(type.Name);

    private int Alignment => type.Sync == SyncKind.Seqlock
        ? 8
        : type.Fields.Select(static member => FieldCode.UnitOf(member)).DefaultIfEmpty(1).Max();

    public void Emit()
    {
        switch (type.Sync)
        {
            case SyncKind.Atomic:
                Open("ref struct", "each integer loaded and stored by itself, whole and in order", "");
                EmitStart();
                type.Fields.ForEach(EmitAtomic);
                code.Close();
                break;
            case SyncKind.Seqlock:
                Open("ref struct", "readers copy and never wait for a lock, torn copies are never handed out", "");
                EmitStart();
                EmitSeqlock();
                code.Close();
                break;
            case SyncKind.LockOutside:
                Open("ref struct", "held for as long as this lives, under the caller's lock", " : IDisposable");
                EmitOutside();
                code.Close();
                break;
            case SyncKind.LockInside:
                Open("sealed class", "its bytes and the lock around them", "");
                EmitInside();
                code.Close();
                break;
            default:
                break;
        }
    }

    private void Open(string kind, string what, string bases)
    {
        string visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        code.Blank();
        code.Doc("summary", $"The structure {type.Name} between threads: {what}.");
        if (type.HasOrderParameter)
        {
            code.Line("/// <typeparam name=\"TOrder\">The byte order of the bytes.</typeparam>");
        }

        string sealing = kind == "ref struct" ? "readonly " : "";
        code.Open($"{visibility} {sealing}{kind} {Name}{bases}{CsTypes.Constraint(type)}");
    }

    private void EmitStart()
    {
        code.Line("private readonly ref byte _start;");
        code.Blank();
        string where = $"which begins at a multiple of {Alignment}";
        code.Doc("summary", $"Shares the first {type.Size} bytes of a span, {where}.");
        code.Line("/// <exception cref=\"LayoutException\">The span is too short.</exception>");
        code.Line("/// <exception cref=\"ArgumentException\">The span is not aligned.</exception>");
        code.Open($"public {type.SharedName}(Span<byte> source)");
        code.Line($"_start = ref LayoutSharing.Start(source, {type.Size}, {Alignment}, {Quoted});");
        code.Close();
    }

    private void EmitAtomic(FieldModel field)
    {
        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string plain = CsTypes.Integer(scalar.Bytes, scalar.IsSigned);
        string own = _types.Scalar(field.Type);
        string at = field.First.At.Offset == 0 ? "_start" : $"Unsafe.Add(ref _start, {field.First.At.Offset})";
        string place = $"ref _{field.CsName}";
        string turn = scalar.Bytes == 1 ? "" : $"LayoutShared<{_types.OrderOf(scalar.Order)}>.Turn";
        string Stored(string value) => field.Type switch
        {
            EnumType => $"{turn}(({plain}){value})",
            BitsType => $"{turn}({value}.Value)",
            _ => turn.Length == 0 ? value : $"{turn}({value})",
        };
        string Shown(string value) => field.Type switch
        {
            EnumType => $"({own}){turn}({value})",
            BitsType => $"new {own}({turn}({value}))",
            _ => turn.Length == 0 ? value : $"{turn}({value})",
        };
        code.Blank();
        code.Line($"private ref {plain} _{field.CsName} => ref Unsafe.As<byte, {plain}>(ref {at});");
        code.Blank();
        ViewEmitter.EmitFieldDoc(code, field);
        code.Open($"public {own} {field.CsName}");
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: one load");
        code.Line($"get => {Shown($"System.Threading.Volatile.Read({place})")};");
        code.Blank();
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: one store");
        code.Line($"set => System.Threading.Volatile.Write({place}, {Stored("value")});");
        code.Close();
        code.Blank();
        code.Doc("summary", $"Puts another value into {field.Name}.");
        code.Doc("returns", "The value that was there.");
        code.Line($"public {own} Exchange{field.CsName}({own} value) =>");
        code.Line($"    {Shown($"System.Threading.Interlocked.Exchange({place}, {Stored("value")})")};");
        code.Blank();
        code.Doc("summary", $"Puts another value into {field.Name} if it still is what the caller believes.");
        code.Doc("returns", "The value that was there; nothing is written unless it is the expected one.");
        code.Open($"public {own} CompareExchange{field.CsName}({own} value, {own} expected)");
        code.Line($"{plain} found = System.Threading.Interlocked.CompareExchange(");
        code.Line($"    {place}, {Stored("value")}, {Stored("expected")});");
        code.Line($"return {Shown("found")};");
        code.Close();
        if (field.Type is ScalarType)
        {
            EmitAdd(field, own);
        }
    }

    private void EmitAdd(FieldModel field, string own)
    {
        code.Blank();
        code.Doc("summary", $"Adds to {field.Name}, wrapping.");
        code.Doc("returns", "The sum.");
        code.Open($"public {own} Add{field.CsName}({own} value)");
        code.Open("while (true)");
        code.Line($"{own} seen = {field.CsName};");
        code.Line($"{own} sum = unchecked(({own})(seen + value));");
        code.Open($"if (CompareExchange{field.CsName}(sum, seen) == seen)");
        code.Line("return sum;");
        code.Close();
        code.Close();
        code.Close();
    }

    private void EmitSeqlock()
    {
        FieldModel counter = type.SyncField!;
        string order = _types.OrderOf(((ScalarType)counter.Type).Order);
        code.Blank();
        string at = counter.First.At.Offset == 0 ? "_start" : $"Unsafe.Add(ref _start, {counter.First.At.Offset})";
        code.Line($"private ref ulong _count => ref Unsafe.As<byte, ulong>(ref {at});");
        code.Blank();
        code.Line($"private static bool _isSwapped => {order}.IsLittleEndian != BitConverter.IsLittleEndian;");
        code.Blank();
        code.Doc("summary", "Copies the structure as it was at one moment.");
        code.Line($"/// <param name=\"copy\">At least {type.Size} bytes of the caller's own.</param>");
        code.Line("/// <param name=\"view\">A view of the copy; until this succeeds the copy may be garbage.</param>");
        code.Line("/// <param name=\"attemptsMax\">How often to try while somebody writes.</param>");
        code.Line("/// <returns>False if a writer was always inside.</returns>");
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: a copy of constant length");
        code.Open($"public bool TryRead(Span<byte> copy, out {View} view, int attemptsMax = 1000)");
        code.Open($"if (copy.Length < {type.Size})");
        code.Line($"LayoutThrow.Short({Quoted}, copy.Length, {type.Size});");
        code.Close();
        code.Blank();
        code.Line("ref byte own = ref MemoryMarshal.GetReference(copy);");
        code.Line($"view = new {View}(ref own);");
        code.Line("return LayoutSeqlock<MachineMemory>.TryReadOnce(ref _count, _isSwapped, ref _start, ref own, "
            + $"{type.Size})");
        code.Line("    || TryReadAgain(ref _count, ref _start, copy, attemptsMax);");
        code.Close();
        code.Blank();
        code.Line("// Somebody writes. Out of line, and without this: its address would have to exist.");
        code.Line("private static bool TryReadAgain(");
        code.Line("    ref ulong count, ref byte start, Span<byte> copy, int attemptsMax) =>");
        code.Line("    LayoutSeqlock<MachineMemory>.TryRead(");
        code.Line($"        ref count, _isSwapped, ref start, copy[..{type.Size}], attemptsMax - 1);");
        EmitBegin(
            "BeginWrite",
            "Starts to write, after other writers.",
            $"LayoutSeqlock<MachineMemory>.Begin(ref _count, _isSwapped, {Quoted});");
        EmitBegin(
            "BeginWriteAlone",
            "Starts to write; the caller knows that there is no other writer.",
            "LayoutSeqlock<MachineMemory>.BeginAlone(ref _count, _isSwapped);");
        code.Blank();
        code.Doc("summary", "Lets readers in again after a writer that died inside; the data may be half written.");
        code.Open("public void Repair()");
        code.Line($"ulong count = {order}.ReadUInt64(in Unsafe.As<ulong, byte>(ref _count));");
        code.Open("if ((count & 1) != 0)");
        code.Line("LayoutSeqlock<MachineMemory>.End(ref _count, _isSwapped);");
        code.Close();
        code.Close();
        code.Blank();
        code.Doc("summary", "A writer inside; dispose it to let readers in.");
        code.Open("public readonly ref struct Writing : IDisposable");
        code.Line($"private readonly {Name} _shared;");
        code.Blank();
        code.Line($"internal Writing({Name} shared) => _shared = shared;");
        code.Blank();
        code.Doc("summary", $"The fields; {counter.Name} is not the caller's to set.");
        code.Line($"public {Edit} Edit => new {Edit}(ref _shared._start);");
        code.Blank();
        code.Doc("summary", "Ends the write.");
        code.Line("public void Dispose() => LayoutSeqlock<MachineMemory>.End(ref _shared._count, _isSwapped);");
        code.Close();
    }

    private void EmitBegin(string name, string doc, string body)
    {
        code.Blank();
        code.Doc("summary", doc);
        code.Doc("returns", "The fields, to be set and disposed.");
        code.Open($"public Writing {name}()");
        code.Line(body);
        code.Line("return new Writing(this);");
        code.Close();
    }

    private void EmitOutside()
    {
        code.Line("private readonly System.Threading.Lock _gate;");
        code.Blank();
        code.Doc("summary", "Waits for the lock that everybody who shares these bytes uses.");
        code.Line("/// <exception cref=\"LayoutException\">The span is too short; the lock is free.</exception>");
        code.Open($"public {type.SharedName}(System.Threading.Lock gate, Span<byte> source)");
        code.Line($"Edit = new {Edit}(source);");
        code.Line("_gate = gate;");
        code.Line("gate.Enter();");
        code.Close();
        code.Blank();
        code.Doc("summary", "The fields, while the lock is held.");
        code.Line($"public {Edit} Edit {{ get; }}");
        code.Blank();
        code.Doc("summary", "Lets go of the lock.");
        code.Line("public void Dispose() => _gate.Exit();");
    }

    private void EmitInside()
    {
        code.Line("private readonly System.Threading.Lock _gate = new();");
        code.Line($"private readonly byte[] _bytes = new byte[{type.Size}];");
        code.Blank();
        code.Doc("summary", "Starts with zeros.");
        code.Open($"public {type.SharedName}()");
        code.Close();
        code.Blank();
        code.Doc("summary", "Starts with a copy of a structure.");
        code.Line("/// <exception cref=\"LayoutException\">The span is too short.</exception>");
        code.Open($"public {type.SharedName}(ReadOnlySpan<byte> source)");
        code.Line($"new {View}(source).Bytes.CopyTo(_bytes);");
        code.Close();
        code.Blank();
        code.Doc("summary", "Waits for the lock.");
        code.Doc("returns", "The fields, while the lock is held; to be disposed.");
        code.Open("public Held Enter()");
        code.Line("_gate.Enter();");
        code.Line("return new Held(this);");
        code.Close();
        code.Blank();
        code.Doc("summary", "Copies the structure as it is at one moment.");
        code.Open("public void CopyTo(Span<byte> target)");
        code.Line("using Held held = Enter();");
        code.Line("_bytes.CopyTo(target);");
        code.Close();
        code.Blank();
        code.Doc("summary", "The lock held.");
        code.Open("public readonly ref struct Held : IDisposable");
        code.Line($"private readonly {Name} _shared;");
        code.Blank();
        code.Line($"internal Held({Name} shared) => _shared = shared;");
        code.Blank();
        code.Doc("summary", "The fields.");
        code.Line($"public {Edit} Edit => new {Edit}(_shared._bytes);");
        code.Blank();
        code.Doc("summary", "Lets go of the lock.");
        code.Line("public void Dispose() => _shared._gate.Exit();");
        code.Close();
    }
}
