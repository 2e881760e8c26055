using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Opening a variable structure: one pass that proves every length and remembers every position.</summary>
internal sealed partial class ViewEmitter
{
    // Failures by number, 1-based; Describe turns the number into words, off the hot path.
    private readonly List<(string Path, string Rule, bool IsBytes)> _failures = [];

    private void EmitVariableOpen()
    {
        _failures.Clear();
        string view = _types.View(_type);
        _code.Blank();
        _code.Line("// Proves every extent once. On failure the view is unusable and `failure` says why.");
        _code.Open($"private {_type.ViewName}(ReadOnlySpan<byte> source{Parameters}, out LayoutFailure failure)");
        _code.Line("failure = default;");
        EmitParameterStores();
        _code.Line("_bytes = source;");
        EmitFailIf("source.Length < MinSize", "0", "source.Length", "", $"needs {_type.MinSize} bytes or "
            + $"more", isBytes: true);
        foreach (OpenStep step in _type.Steps)
        {
            EmitStep(step);
        }

        if (!_type.HasOutOfLine)
        {
            _code.Blank();
            _code.Line($"_bytes = source[..{SlotText(_type.End)}];");
        }

        _code.Close();
        _code.Blank();
        _code.Doc("summary", "Opens a view of the record at the start of a span, and checks every length in it.");
        _code.Line("/// <exception cref=\"LayoutException\">The record is short, or a length or tag in it is "
            + "wrong.</exception>");
        _code.Open($"public {_type.ViewName}(ReadOnlySpan<byte> source{Parameters})");
        _code.Line($"this = new {view}(source{Arguments}, out LayoutFailure failure);");
        _code.Open("if (failure.Rule != 0)");
        _code.Line("LayoutThrow.Issue(Describe(failure));");
        _code.Close();
        _code.Close();
        EmitVariableTryOpen(view);
        EmitDescribe();
    }

    private void EmitVariableTryOpen(string view)
    {
        _code.Blank();
        _code.Doc("summary", "Opens a view if every length and tag in the record is right; no exception.");
        _code.Open($"public static bool TryOpen(ReadOnlySpan<byte> source{Parameters}, out {view} view)");
        _code.Line($"view = new {view}(source{Arguments}, out LayoutFailure failure);");
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
        _code.Line($"view = new {view}(source{Arguments}, out LayoutFailure failure);");
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

    private void EmitDescribe()
    {
        _code.Blank();
        _code.Open("private static LayoutIssue Describe(in LayoutFailure failure) => failure.Rule switch");
        string name = CodeWriter.Quote(_type.Name);
        for (int i = 0; i < _failures.Count; i++)
        {
            (string path, string rule, bool isBytes) = _failures[i];
            string arm = i == _failures.Count - 1 ? "_" : $"{i + 1}";
            _code.Line(isBytes
                ? $"{arm} => LayoutIssue.Bytes(failure.At, {name}, {CodeWriter.Quote(path)}, failure.Actual, "
                    + $"{CodeWriter.Quote(rule)}),"
                : $"{arm} => new LayoutIssue(failure.At, {name}, {CodeWriter.Quote(path)}, {CodeWriter.Quote(rule)}, "
                    + $"failure.Actual),");
        }

        _code.Close("};");
    }

    private void EmitFailIf(string condition, string at, string actual, string path, string rule, bool isBytes)
    {
        _failures.Add((path, rule, isBytes));
        _code.Open($"if ({condition})");
        _code.Line($"failure = new LayoutFailure({_failures.Count}, {at}, {actual});");
        _code.Line("return;");
        _code.Close();
    }

    private string SlotName(int slot) => (IsKept(slot) ? "_at" : "at") + slot;

    private string SlotText(Position at) => at.IsConstant
        ? $"{at.Offset}"
        : SlotName(at.Slot) + (at.Offset == 0 ? "" : $" + {at.Offset}");

    private string LimitText(int limit) => limit < 0 ? "source.Length" : SlotName(limit);

    /// <summary>Bytes between a position and a limit; never negative, because positions are proved first.</summary>
    private string Room(Position at, int limit) =>
        at == Position.Start ? LimitText(limit) : at.IsConstant || at.Offset == 0
            ? $"{LimitText(limit)} - {SlotText(at)}"
            : $"{LimitText(limit)} - ({SlotText(at)})";

    private string Declare(int slot) => IsKept(slot) ? SlotName(slot) : "int " + SlotName(slot);

    private void EmitStep(OpenStep step)
    {
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
                    isBytes: true);
                break;
            case CheckStep check:
                EmitChecks(check.Field);
                break;
            case CaseStep { Union: UnionModel union }:
                _code.Line($"_case{union.Index} = {CaseOf(union)};");
                if (!union.HasDefault)
                {
                    EmitFailIf($"_case{union.Index} < 0", SlotText(union.At), "0", "", union.RuleText, isBytes: false);
                }

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
            case WithinEndStep end:
                EmitFailIf(
                    $"{SlotText(end.At)} != {SlotName(end.Limit)}",
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

    private void EmitChecks(FieldModel field)
    {
        var expressions = new ExpressionEmitter(_types, "") { It = field.CsName };
        foreach ((string broken, string rule) in RulesOf(field, expressions, field.CsName))
        {
            EmitFailIf(broken, _fields.Offset(field), ActualOf(field, field.CsName), field.Name, rule, isBytes: false);
        }
    }

    private void EmitExtent(ExtentStep extent)
    {
        string suffix = $"{extent.NewSlot}";
        if (_expressions.Defined(extent.Count) is string defined)
        {
            EmitFailIf($"!({defined})", SlotText(extent.At), "0", extent.Path, $"`{extent.CountText}` has no "
                + $"value", isBytes: false);
        }

        Carrier carrier = ExpressionEmitter.CarrierOf(extent.Count);
        string n = "n" + suffix;
        string room = Room(extent.At, extent.Limit);
        string limit = extent.Unit switch
        {
            ExtentStep.Bits => $"({room}) * 8L",
            1 => room,
            _ => $"({room}) / {extent.Unit}",
        };
        _code.Line($"{Literals.NameOf(carrier)} {n} = {_expressions.Number(extent.Count)};");
        string tooMuch = carrier == Carrier.ULong ? $"{n} > (ulong)({limit})" : $"{n} > {limit}";
        string broken = extent.Count.Min < 0 ? $"{n} < 0 || {tooMuch}" : tooMuch;
        string what = extent.Unit switch
        {
            ExtentStep.Bits => "bits",
            1 => "bytes",
            _ => $"elements of {extent.Unit} bytes",
        };
        EmitFailIf(
            broken, SlotText(extent.At), n, extent.Path, $"the {what} `{extent.CountText}` must fit what is "
                + $"left", isBytes: false);
        _code.Blank();
        string count = carrier == Carrier.Int ? n : $"(int){n}";
        if (extent.Unit == ExtentStep.Bits && carrier != Carrier.Int)
        {
            EmitFailIf($"{n} > int.MaxValue", SlotText(extent.At), n, extent.Path, "at most 2147483647 "
                + "bits", isBytes: false);
        }

        if (extent.CountSlot >= 0)
        {
            _code.Line($"_count{extent.CountSlot} = {count};");
        }

        string taken = extent.Unit switch
        {
            ExtentStep.Bits => $"(int)(({n} + 7L) >> 3)",
            1 => count,
            _ => $"({count} * {extent.Unit})",
        };
        string start = extent.At == Position.Start ? "" : SlotText(extent.At) + " + ";
        _code.Line($"{Declare(extent.NewSlot)} = {start}{taken};");
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
            _code.Line($"_count{rest.CountSlot} = {(rest.Unit > 1 ? $"({room}) / {rest.Unit}" : room)};");
        }

        _code.Line($"{Declare(rest.NewSlot)} = {LimitText(rest.Limit)};");
    }

    private void EmitOptional(OptionalStep optional)
    {
        string has = $"_has{optional.Field.Index}";
        _code.Line($"{has} = {_expressions.DefinedCondition(optional.Condition)};");
        EmitFailIf(
            $"{has} && {Room(optional.At, optional.Limit)} < {optional.Size}",
            SlotText(optional.At),
            Room(optional.At, optional.Limit),
            optional.Field.Name,
            $"needs {optional.Size} bytes",
            isBytes: true);
        _code.Blank();
        _code.Line($"{Declare(optional.NewSlot)} = {SlotText(optional.At)} + ({has} ? {optional.Size} : 0);");
    }

    private void EmitNested(NestedStep nested)
    {
        FieldModel field = nested.Field;
        var inner = (StructType)field.Type;
        string view = _types.View(inner);
        string part = $"source.Slice({SlotText(nested.At)}, {Room(nested.At, nested.Limit)})";
        string name = $"inner{nested.NewSlot}";
        EmitFailIf(
            $"!{view}.TryOpen({part}{_fields.Arguments(field)}, out {view} {name})",
            SlotText(nested.At),
            Room(nested.At, nested.Limit),
            field.Name,
            $"do not form the structure {inner.Name}",
            isBytes: true);
        _code.Blank();
        _code.Line($"_count{field.CountSlot} = {name}.Length;");
        _code.Line($"{Declare(nested.NewSlot)} = {SlotText(nested.At)} + {name}.Length;");
    }
}
