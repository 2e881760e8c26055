using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes how a variable structure is opened: one pass that proves every length.</summary>
/// <remarks>
/// The pass works on locals alone. Each value that an extent depends on is read once, so memory that somebody else
/// writes cannot pass a check with one value and be used with another; and a walk over records does not wait for its
/// own stores. What getters need later is remembered at the end.
/// </remarks>
internal sealed partial class OpenEmitter
{
    // Failures by number, 1-based; Describe turns the number into words, off the hot path.
    private readonly List<(string Path, string Rule, bool IsBytes)> _failures = [];
    private readonly HashSet<FieldModel> _read = [];

    // Fields whose `where` is proved: what is computed from them has a smaller range.
    private readonly HashSet<FieldModel> _proved = [];

    // The least value of a position that was computed, where more than "not negative" is known.
    private readonly Dictionary<int, BigInteger> _least = [];
    private readonly HashSet<string> _declared = [];

    // The cases whose steps are being written.
    private readonly List<Presence> _chosen = [];

    // Declarations to put in front of a block of cases: what a case computes is needed behind it.
    private List<string>? _hoisted;
    private readonly CodeWriter _code;
    private readonly StructType _type;
    private readonly Func<int, bool> _isKept;
    private readonly CsTypes _types;
    private readonly ExpressionEmitter _expressions;
    private readonly FieldCode _fields;

    public OpenEmitter(CodeWriter code, StructType type, CompileOptions options, Func<int, bool> isKept)
    {
        _code = code;
        _type = type;
        _isKept = isKept;
        _types = new CsTypes(options, type.Unit, type);
        _expressions = new ExpressionEmitter(_types, "") { Local = LocalOf };
        _fields = new FieldCode(type, _types, FieldSite.Open, _expressions);
        _expressions.LocalPresence = _fields.Present;
    }

    /// <summary>An opening of more steps is a call: what memory costs is little beside it.</summary>
    private const int InlinedStepsMax = 16;

    private string Parameters => _types.ParameterList(_type);

    private string Arguments => CsTypes.ArgumentList(_type);

    public void Emit()
    {
        string view = _types.View(_type);
        _code.Blank();
        _code.Line("// Proves every extent once. On failure the view is unusable and `failure` says why; or it is");
        _code.Line("// thrown, with an offset that counts from `origin` bytes before the record.");
        if (_type.Steps.Count <= InlinedStepsMax)
        {
            _code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/layout: a view in memory costs "
                + "more than all checks");
        }

        _code.Open($"internal {_type.ViewName}(ReadOnlySpan<byte> source{Parameters}, bool isThrowing, int origin, "
            + "out LayoutFailure failure)");
        _code.Line("failure = default;");
        if (_type.MinSize > 0)
        {
            EmitFailIf(
                "source.Length < MinSize", "0", "source.Length", "", $"needs {_type.MinSize} bytes or more",
                isBytes: true, "MinSize - source.Length");
            _code.Blank();
        }

        _code.Line("ref byte start = ref MemoryMarshal.GetReference(source);");
        foreach (OpenStep step in _type.Steps)
        {
            EmitStep(step);
        }

        EmitRemember();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Opens a view of the record at the start of a span, and checks every length in it.");
        _code.Line("/// <exception cref=\"LayoutException\">The record is short, or a length or tag in it is "
            + "wrong.</exception>");
        _code.Line($"public {_type.ViewName}(ReadOnlySpan<byte> source{Parameters})");
        _code.Open($"    : this(source{Arguments}, isThrowing: true, origin: 0, out _)");
        _code.Close();
        EmitVariableTryOpen(view);
        EmitProbe(view);
        if (_failures.Count == 0)
        {
            _code.Blank();
            _code.Line("// Nothing is asked of the bytes, so none are wrong.");
            _code.Line("private static LayoutIssue Describe(in LayoutFailure failure) => default;");
            return;
        }

        EmitFail(_code);
        EmitDescribe(_code, _type.Name, _failures);
    }

    /// <summary>What follows a broken rule, for all that open by rules.</summary>
    public static void EmitFail(CodeWriter code)
    {
        code.Blank();
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)] // one of both ways is left");
        code.Open("private static LayoutFailure Fail(bool isThrowing, int origin, LayoutFailure failure)");
        code.Open("if (isThrowing)");
        code.Line("Throw(origin, failure);");
        code.Close();
        code.Blank();
        code.Line("return failure;");
        code.Close();
        code.Blank();
        code.Line("private static void Throw(int origin, LayoutFailure failure) =>");
        code.Line("    throw new LayoutException(Describe(failure).Moved(origin));");
    }

    private static string LocalOf(FieldModel field) => $"{Names.Camel(field.Name)}_{field.Index}";

    /// <summary>Reads what an expression needs into locals; a field that is absent gives a default.</summary>
    private void EmitReads(BoundExpression? expression) => EmitReads(expression, static _ => true);

    private void EmitReads(BoundExpression? expression, Func<FieldModel, bool> isWanted)
    {
        foreach (FieldModel field in ExpressionFields.Of(expression).Where(_type.Fields.Contains).Where(isWanted))
        {
            if (!_read.Add(field))
            {
                continue;
            }

            string value = _fields.Value(field);
            string present = _fields.Present(field) is string condition ? $"!({condition}) ? default : " : "";
            _code.Line($"{Declare(_fields.ValueType(field), LocalOf(field))} = {present}{value};");
        }
    }

    private void EmitRemember()
    {
        _code.Blank();
        string end = _fields.Offset(_type.End);
        _code.Line(_type.HasOutOfLine
            ? "_bytes = source;"
            : $"_bytes = MemoryMarshal.CreateReadOnlySpan(ref start, {end});");
        foreach (int slot in Enumerable.Range(0, _type.SlotCount).Where(_isKept))
        {
            _code.Line($"_at{slot} = at{slot};");
        }

        foreach (FieldModel field in _type.Fields)
        {
            if (field.CountSlot >= 0)
            {
                _code.Line($"_count{field.CountSlot} = count{field.CountSlot};");
            }

            if (field.IsPresenceRemembered)
            {
                _code.Line($"_has{field.Index} = has{field.Index};");
            }
        }

        foreach (UnionModel union in _type.Unions)
        {
            _code.Line($"_case{union.Index} = case{union.Index};");
        }

        foreach (ParameterModel parameter in _type.Parameters)
        {
            _code.Line($"{ExpressionEmitter.Remembered(parameter)} = {parameter.CsName};");
        }
    }

    private void EmitVariableTryOpen(string view)
    {
        _code.Blank();
        _code.Doc("summary", "Opens a view if every length and tag in the record is right; no exception.");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source{Parameters}, out {view} view)");
        _code.Line($"view = new {view}(source{Arguments}, false, 0, out LayoutFailure failure);");
        _code.Open("if (failure.Rule == 0)");
        _code.Line("return true;");
        _code.Close();
        _code.Blank();
        _code.Line("view = default;");
        _code.Line("return false;");
        _code.Close();
        _code.Blank();
        _code.Doc("summary", "The same, and says what is wrong.");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source{Parameters}, out {view} view, out "
            + $"LayoutIssue issue)");
        _code.Line($"view = new {view}(source{Arguments}, false, 0, out LayoutFailure failure);");
        _code.Open("if (failure.Rule == 0)");
        _code.Line("issue = default;");
        _code.Line("return true;");
        _code.Close();
        _code.Blank();
        _code.Line("view = default;");
        _code.Line("issue = Describe(failure);");
        _code.Line("return false;");
        _code.Close();
    }

    /// <summary>For data that arrives in pieces: would more bytes help?</summary>
    private void EmitProbe(string view)
    {
        _code.Blank();
        _code.Doc("summary", "Opens a view, or says how many more bytes are needed at least; 0 if none would help.");
        string results = $"out {view} view, out int missing";
        _code.Open($"public static bool Probe(ReadOnlySpan<byte> source{Parameters}, {results})");
        _code.Line($"view = new {view}(source{Arguments}, false, 0, out LayoutFailure failure);");
        _code.Line("missing = failure.Missing;");
        _code.Line("return failure.Rule == 0;");
        _code.Close();
    }

    /// <summary>What turns the number of a broken rule into words.</summary>
    public static void EmitDescribe(
        CodeWriter code, string structure, List<(string Path, string Rule, bool IsBytes)> failures)
    {
        code.Blank();
        code.Open("private static LayoutIssue Describe(in LayoutFailure failure) => failure.Rule switch");
        string name = CodeWriter.Quote(structure);
        for (int i = 0; i < failures.Count; i++)
        {
            (string path, string rule, bool isBytes) = failures[i];
            string arm = i == failures.Count - 1 ? "_" : $"{i + 1}";
            code.Line(isBytes
                ? $"{arm} => LayoutIssue.Bytes(failure.At, {name}, {CodeWriter.Quote(path)}, failure.Actual, "
                    + $"{CodeWriter.Quote(rule)}),"
                : $"{arm} => new LayoutIssue(failure.At, {name}, {CodeWriter.Quote(path)}, {CodeWriter.Quote(rule)}, "
                    + $"failure.Actual),");
        }

        code.Close("};");
    }

    /// <param name="condition">What must not hold.</param>
    /// <param name="at">The offset, for the message.</param>
    /// <param name="actual">The value found, for the message.</param>
    /// <param name="path">The field.</param>
    /// <param name="rule">What is asked, in words.</param>
    /// <param name="isBytes">True if the value is a number of bytes.</param>
    /// <param name="missing">How many more bytes would be needed; "" if no bytes would help.</param>
    private void EmitFailIf(
        string condition, string at, string actual, string path, string rule, bool isBytes, string missing = "")
    {
        _failures.Add((path, rule, isBytes));
        string more = missing.Length == 0 ? "" : ", " + missing;
        _code.Open($"if ({condition})");
        _code.Line($"failure = Fail(isThrowing, origin, new({_failures.Count}, {at}, {actual}{more}));");
        _code.Line("return;");
        _code.Close();
    }

    private string SlotText(Position at) => _fields.Offset(at);

    private string LimitText(int limit) => limit < 0 ? "source.Length" : _fields.Slot(limit);

    /// <summary>Bytes between a position and a limit; never negative, because positions are proved first.</summary>
    private string Room(Position at, int limit) =>
        at == Position.Start ? LimitText(limit) : at.IsConstant || at.Offset == 0
            ? $"{LimitText(limit)} - {SlotText(at)}"
            : $"{LimitText(limit)} - ({SlotText(at)})";

    /// <summary>The least value of a position.</summary>
    private BigInteger LeastOf(Position at) =>
        at.Offset + (at.IsConstant ? 0 : _least.GetValueOrDefault(at.Slot));

    /// <summary>True if the bytes are there by what was proved before.</summary>
    private bool IsImplied(EnsureStep ensure) =>
        ensure.Until.IsConstant && ensure.Limit >= 0 && LeastOf(new(ensure.Limit, 0)) >= ensure.Until.Offset;

    private void EmitStep(OpenStep step)
    {
        if (step is EnsureStep proved && IsImplied(proved))
        {
            return;
        }

        _code.Blank();
        switch (step)
        {
            case EnsureStep ensure:
                Position start = new(ensure.Until.Slot, 0);
                EmitFailIf(
                    $"{Room(start, ensure.Limit)} < {ensure.Until.Offset}",
                    SlotText(start),
                    Room(start, ensure.Limit),
                    ensure.Path,
                    "needs more bytes than are left",
                    isBytes: true,
                    ensure.Limit < 0 ? $"{ensure.Until.Offset} - ({Room(start, ensure.Limit)})" : "");
                break;
            case CheckStep check:
                EmitChecks(check.Field);
                break;
            case CaseStep choice:
                EmitCase(choice.Union);
                break;
            case ExtentStep extent:
                EmitExtent(extent);
                break;
            case RestStep rest:
                EmitRest(rest);
                break;
            case OptionalStep optional:
                EmitOptional(optional);
                break;
            case NestedStep nested:
                EmitNested(nested);
                break;
            case CasesStep cases:
                EmitCases(cases);
                break;
            case TerminatedStep terminated:
                EmitTerminated(terminated);
                break;
            case UntilStep until:
                EmitUntil(until);
                break;
            case MaxStep max:
                string taken = _fields.CountSlot(max.Field.CountSlot);
                EmitFailIf(
                    $"{taken} > {max.Max}", SlotText(max.At), taken, max.Field.Name, $"at most {max.Max} elements",
                    isBytes: false);
                break;
            case WithinEndStep end:
                EmitFailIf(
                    $"{SlotText(end.At)} != {_fields.Slot(end.Limit)}",
                    SlotText(end.At),
                    Room(end.At, end.Limit),
                    end.Path,
                    "are left over at the end of the sub-range",
                    isBytes: true);
                break;
            default:
                break;
        }
    }

    private void EmitCase(UnionModel union)
    {
        union.Conditions.ForEach(EmitReads);
        _code.Line($"{Declare("int", _fields.Case(union))} = {_fields.CaseOf(union)};");
        if (!union.HasDefault)
        {
            // Where the steps of a case stand, the case is known to hold.
            Presence[] unknown = [.. union.Presence.Where(presence => !_chosen.Contains(presence))];
            string none = $"{_fields.Case(union)} < 0";
            none = unknown.Length == 0 ? none : ExpressionEmitter.Conjunction([_fields.Present(unknown), none]);
            EmitFailIf(none, SlotText(union.At), "0", "", union.RuleText, isBytes: false);
        }
    }

    private void EmitChecks(FieldModel field)
    {
        string it = LocalOf(field);
        EmitReads(new BoundIt(field, ValueKind.Integer, 0, 0));
        EmitReads(field.Where);
        var expressions = new ExpressionEmitter(_types, "")
        {
            It = it,
            Local = LocalOf,
            LocalPresence = _fields.Present,
        };
        foreach ((string broken, string rule) in FieldRules.Of(field, _types, expressions, it))
        {
            EmitFailIf(broken, _fields.Offset(field), FieldRules.ActualOf(field, it), field.Name, rule, isBytes: false);
        }

        if (!field.IsConditional)
        {
            _proved.Add(field);
        }
    }

    private void EmitExtent(ExtentStep extent)
    {
        EmitReads(extent.Count);
        BoundExpression wanted = Narrowed.Of(extent.Count, _proved.Contains);
        string suffix = $"{extent.NewSlot}";
        if (_expressions.Defined(wanted) is string defined)
        {
            EmitFailIf($"!({defined})", SlotText(extent.At), "0", extent.Path, $"`{extent.CountText}` has no "
                + $"value", isBytes: false);
        }

        Carrier carrier = ExpressionEmitter.CarrierOf(wanted);
        string n = "n" + suffix;
        string room = Room(extent.At, extent.Limit);
        string limit = extent.Unit switch
        {
            ExtentStep.Bits => $"({room}) * 8L",
            1 => room,
            _ => $"({room}) / {extent.Unit}",
        };
        _code.Line($"{Literals.NameOf(carrier)} {n} = {ExpressionEmitter.Bare(_expressions.Number(wanted))};");
        string tooMuch = carrier == Carrier.ULong ? $"{n} > (ulong)({limit})" : $"{n} > {limit}";
        string broken = wanted.Min < 0 ? $"{n} < 0 || {tooMuch}" : tooMuch;
        string what = extent.Unit switch
        {
            ExtentStep.Bits => "bits",
            1 => "bytes",
            _ => $"elements of {extent.Unit} bytes",
        };
        string unit = extent.Unit == ExtentStep.Bits ? "0" : $"{extent.Unit}";
        EmitFailIf(
            broken, SlotText(extent.At), n, extent.Path, $"the {what} `{extent.CountText}` must fit what is "
                + $"left", isBytes: false, extent.Limit < 0 ? $"LayoutBytes.Missing({n}, {unit}, {room})" : "");
        _code.Blank();
        string count = carrier == Carrier.Int ? n : $"(int){n}";
        if (extent.Unit == ExtentStep.Bits && carrier != Carrier.Int)
        {
            EmitFailIf($"{n} > int.MaxValue", SlotText(extent.At), n, extent.Path, "at most 2147483647 "
                + "bits", isBytes: false);
        }

        if (extent.CountSlot >= 0)
        {
            _code.Line($"{Declare("int", _fields.CountSlot(extent.CountSlot))} = {count};");
        }

        string taken = extent.Unit switch
        {
            ExtentStep.Bits => $"(int)(({n} + 7L) >> 3)",
            1 => count,
            _ => $"({count} * {extent.Unit})",
        };
        string end = extent.At == Position.Start ? taken : $"{SlotText(extent.At)} + {taken}";
        _code.Line($"{Declare("int", _fields.Slot(extent.NewSlot))} = {EndAsStored(extent, wanted) ?? end};");
        BigInteger least = BigInteger.Max(wanted.Min, 0);
        _least[extent.NewSlot] =
            LeastOf(extent.At) + (extent.Unit == ExtentStep.Bits ? (least + 7) >> 3 : least * extent.Unit);
    }

    /// <summary>
    /// Where a part ends whose length is stored less what lies before it: <c>6 + (reclen - 6)</c> is reclen, and a walk
    /// over records waits for two additions less.
    /// </summary>
    private string? EndAsStored(ExtentStep extent, BoundExpression wanted)
    {
        bool isStored = extent is { Unit: 1, At.IsConstant: true }
            && wanted is BoundBinary { Operator: "-", Right: BoundConstant less } && less.Value == extent.At.Offset;
        return isStored && ExpressionEmitter.CarrierOf(((BoundBinary)wanted).Left) == Carrier.Int
            ? ExpressionEmitter.Bare(_expressions.Number(((BoundBinary)wanted).Left))
            : null;
    }

    private void EmitRest(RestStep rest)
    {
        string room = Room(rest.At, rest.Limit);
        if (rest.Unit > 1)
        {
            EmitFailIf(
                $"({room}) % {rest.Unit} != 0",
                SlotText(rest.At),
                room,
                rest.Path,
                $"must be a multiple of {rest.Unit} bytes",
                isBytes: true);
        }

        if (rest.CountSlot >= 0)
        {
            string count = rest.Unit > 1 ? $"({room}) / {rest.Unit}" : room;
            _code.Line($"{Declare("int", _fields.CountSlot(rest.CountSlot))} = {count};");
        }

        _code.Line($"{Declare("int", _fields.Slot(rest.NewSlot))} = {LimitText(rest.Limit)};");
    }

    private void EmitOptional(OptionalStep optional)
    {
        string has = _fields.Has(optional.Field);
        EmitReads(optional.Condition);
        _code.Line($"{Declare("bool", has)} = "
            + $"{ExpressionEmitter.Bare(_expressions.DefinedCondition(optional.Condition))};");
        EmitFailIf(
            $"{has} && {Room(optional.At, optional.Limit)} < {optional.Size}",
            SlotText(optional.At),
            Room(optional.At, optional.Limit),
            optional.Field.Name,
            $"needs {optional.Size} bytes",
            isBytes: true,
            optional.Limit < 0 ? $"{optional.Size} - ({Room(optional.At, optional.Limit)})" : "");
        _code.Blank();
        _code.Line($"{Declare("int", _fields.Slot(optional.NewSlot))} = "
            + $"{SlotText(optional.At)} + ({has} ? {optional.Size} : 0);");
    }

    private void EmitNested(NestedStep nested)
    {
        FieldModel field = nested.Field;
        field.Arguments.ForEach(EmitReads);
        var inner = (StructType)field.Type;
        string view = _types.View(inner);
        string part = $"source.Slice({SlotText(nested.At)}, {Room(nested.At, nested.Limit)})";
        string name = $"inner{nested.NewSlot}";
        bool isOpen = nested.Limit < 0;
        string more = $"more{nested.NewSlot}";
        string open = isOpen ? "Probe" : "TryOpen";
        string missing = isOpen ? $", out int {more}" : "";
        EmitFailIf(
            $"!{view}.{open}({part}{_fields.Arguments(field)}, out {view} {name}{missing})",
            SlotText(nested.At),
            Room(nested.At, nested.Limit),
            field.Name,
            $"do not form the structure {inner.Name}",
            isBytes: true,
            isOpen ? more : "");
        _code.Blank();
        _code.Line($"{Declare("int", _fields.CountSlot(field.CountSlot))} = {name}.Length;");
        _code.Line($"{Declare("int", _fields.Slot(nested.NewSlot))} = {SlotText(nested.At)} + {name}.Length;");
    }
}
