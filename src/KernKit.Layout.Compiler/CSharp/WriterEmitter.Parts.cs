using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The parts of a record in order.</summary>
internal sealed partial class WriterEmitter
{
    // Where the members of a within begin, by the slot of its end.
    private readonly Dictionary<int, ExtentStep> _withins = [];

    private void EmitWriteTo()
    {
        string arguments = string.Concat(_type.Parameters.Select(static parameter => ", " + parameter.CsName));
        _code.Blank();
        _code.Doc("summary", "Writes the record.");
        _code.Line("/// <exception cref=\"LayoutException\">What is set does not agree, or does not fit; nothing is "
            + "written.</exception>");
        _code.Open("public void WriteTo(System.Buffers.IBufferWriter<byte> target)");
        _code.Line("using LayoutBuilder builder = LayoutBuilder.Rent();");
        foreach (ParameterModel parameter in _type.Parameters)
        {
            string remembered = ExpressionEmitter.Remembered(parameter);
            _code.Line($"{_types.Parameter(parameter)} {parameter.CsName} = {remembered};");
        }

        _code.Line($"{View} old = default;");
        _code.Line($"bool hasOld = !Original.IsEmpty && {View}.TryOpen(Original{arguments}, out old);");
        EmitLocals();
        _code.Blank();
        EmitSequence(_type.Steps, Position.Start, _type.End, "hasOld", []);
        EmitOutOfLine();
        _code.Blank();
        EmitFinish(arguments);
        _code.Close();
    }

    private void EmitLocals()
    {
        for (int slot = 0; slot < _type.SlotCount; slot++)
        {
            _code.Line($"int at{slot} = 0;");
        }

        foreach (UnionModel union in _type.Unions)
        {
            _code.Line($"int case{union.Index} = -1;");
        }

        foreach (FieldModel field in _type.Fields.Where(static field => field.IsPresenceRemembered))
        {
            _code.Line($"bool has{field.Index} = false;");
        }
    }

    private string At(Position position) => _fields.Offset(position);

    private static string OldAt(Position position) => position.IsConstant
        ? $"{position.Offset}"
        : $"old._at{position.Slot}" + (position.Offset == 0 ? "" : $" + {position.Offset}");

    private void EmitSequence(
        IReadOnlyList<OpenStep> steps, Position start, Position end, string keep, HashSet<Presence> active)
    {
        Position at = start;
        foreach (OpenStep step in steps)
        {
            at = EmitStep(step, at, keep, active);
        }

        EmitRegion(at, end, keep, active);
    }

    private Position EmitStep(OpenStep step, Position at, string keep, HashSet<Presence> active)
    {
        switch (step)
        {
            case CaseStep { Union: UnionModel union }:
                _code.Line($"case{union.Index} = {_fields.CaseOf(union)};");
                return at;
            case ExtentStep { IsWithin: true } within:
                EmitRegion(at, within.At, keep, active);
                _withins[within.NewSlot] = within;
                return within.At;
            case ExtentStep extent:
                EmitRegion(at, extent.At, keep, active);
                EmitExtent(extent, keep);
                return new Position(extent.NewSlot, 0);
            case RestStep rest:
                EmitRegion(at, rest.At, keep, active);
                EmitRest(rest, keep);
                return new Position(rest.Limit >= 0 ? rest.Limit : rest.NewSlot, 0);
            case OptionalStep optional:
                EmitRegion(at, optional.At, keep, active);
                EmitOptional(optional, keep, active);
                return new Position(optional.NewSlot, 0);
            case NestedStep nested:
                EmitRegion(at, nested.At, keep, active);
                _code.Line($"at{nested.NewSlot} = builder.Put({At(nested.At)}, {nested.Field.CsName});");
                return new Position(nested.NewSlot, 0);
            case TerminatedStep terminated:
                EmitRegion(at, terminated.At, keep, active);
                EmitTerminated(terminated);
                return new Position(terminated.NewSlot, 0);
            case UntilStep until:
                EmitRegion(at, until.At, keep, active);
                _code.Line($"at{until.NewSlot} = builder.Put({At(until.At)}, {until.Field.CsName});");
                return new Position(until.NewSlot, 0);
            case CasesStep cases:
                EmitRegion(at, cases.Union.At, keep, active);
                EmitCases(cases, keep, active);
                return new Position(cases.NewSlot, 0);
            case WithinEndStep end:
                EmitRegion(at, end.At, keep, active);
                EmitWithinEnd(end.Limit, At(end.At));
                return new Position(end.Limit, 0);
            default:
                return at;
        }
    }

    /// <summary>Bytes between two positions: first what they were, then the fields in them.</summary>
    private void EmitRegion(Position from, Position to, string keep, HashSet<Presence> active)
    {
        Position start = from.Slot == to.Slot ? from : new Position(to.Slot, 0);
        int length = to.Offset - start.Offset;
        if (length <= 0)
        {
            return;
        }

        _code.Line($"builder.Extend({At(to)});");
        _code.Open($"if ({keep})");
        _code.Line($"builder.Keep({At(start)}, {length}, old.Bytes, {OldAt(start)});");
        _code.Close();
        _code.Blank();
        foreach (FieldModel field in _type.Fields.Where(static field => field.OutOfLineAt is null))
        {
            foreach (FieldPlace place in field.Places)
            {
                bool isHere = place.At.Slot == start.Slot && place.At.Offset >= start.Offset
                    && place.At.Offset < to.Offset && !field.IsPresenceRemembered && WriterPlan.SizeOf(field) > 0;
                if (isHere)
                {
                    EmitField(field, place, active);
                }
            }
        }
    }

    private void EmitField(FieldModel field, FieldPlace place, HashSet<Presence> active)
    {
        Presence[] open = [.. place.Presence.Where(presence => !active.Contains(presence))];
        string condition = open.Length == 0 ? "" : _fields.Present(open);
        if (_plan.IsOverlaid(field))
        {
            condition = $"_isSet{field.Index}" + (condition.Length == 0 ? "" : " && " + condition);
        }

        if (condition.Length > 0)
        {
            _code.Open($"if ({condition})");
        }

        int size = WriterPlan.SizeOf(field);
        string at = At(place.At);
        switch (field.Shape)
        {
            case FieldShape.Scalar:
                EmitScalar(field, at);
                break;
            case FieldShape.Array:
                string count = CountOf(field);
                _code.Line($"_ = LayoutBuilder.Fit({count}, 0, {field.Count}, {Name(field)});");
                _code.Line($"Put{field.Index}(builder, {at});");
                break;
            default:
                _code.Line($"builder.PutFixed({at}, {field.CsName}, {size}, {field.Fill}, {Name(field)});");
                break;
        }

        if (condition.Length > 0)
        {
            _code.Close();
            _code.Blank();
        }
    }

    private void EmitScalar(FieldModel field, string at)
    {
        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string plain = CsTypes.Number(scalar);
        string value = field.Type switch
        {
            EnumType => $"({plain}){field.CsName}",
            BitsType => field.CsName + ".Value",
            _ => field.CsName,
        };
        string target = $"builder.At({at}, {scalar.Bytes})";
        _code.Line(scalar.Bytes == 1
            ? $"{target} = unchecked((byte){value});"
            : $"{_types.OrderOf(scalar.Order)}.Write{CsTypes.Suffix(scalar)}(ref {target}, {value});");
    }

    private void EmitExtent(ExtentStep extent, string keep)
    {
        FieldModel? field = FieldOf(extent.CountSlot);
        string at = At(extent.At);
        if (field is not null)
        {
            _code.Line(field.Shape == FieldShape.Array
                ? $"at{extent.NewSlot} = Put{field.Index}(builder, {at});"
                : $"at{extent.NewSlot} = builder.Put({at}, {field.CsName});");
            return;
        }

        string defined = _expressions.Defined(extent.Count) is string condition ? $"{condition} ? " : "";
        string number = $"(long){_expressions.Number(extent.Count)}";
        string length = defined.Length == 0 ? number : $"({defined}{number} : -1)";
        string name = CodeWriter.Quote($"{_type.Name}: pad {extent.CountText}");
        string fitted = $"(int)LayoutBuilder.Fit({length}, 0, LayoutBuilder.LengthMax, {name})";
        _code.Line($"at{extent.NewSlot} = {at} + {fitted};");
        EmitKeep(extent.At, extent.NewSlot, keep);
    }

    private void EmitKeep(Position from, int toSlot, string keep)
    {
        _code.Line($"builder.Extend(at{toSlot});");
        _code.Open($"if ({keep})");
        string length = $"at{toSlot} - ({At(from)})";
        _code.Line($"builder.Keep({At(from)}, {length}, old.Bytes[..old._at{toSlot}], {OldAt(from)});");
        _code.Close();
        _code.Blank();
    }

    private FieldModel? FieldOf(int countSlot) =>
        countSlot < 0 ? null : _type.Fields.Find(field => field.CountSlot == countSlot);

    private void EmitRest(RestStep rest, string keep)
    {
        FieldModel? field = FieldOf(rest.CountSlot);
        string at = At(rest.At);
        if (field is not null)
        {
            _code.Line(field.Shape == FieldShape.Array
                ? $"at{rest.NewSlot} = Put{field.Index}(builder, {at});"
                : $"at{rest.NewSlot} = builder.Put({at}, {field.CsName});");
        }
        else
        {
            string pad = $"pad{rest.NewSlot}";
            _code.Line($"int {pad} = {keep} ? old._at{rest.NewSlot} - ({OldAt(rest.At)}) : 0;");
            EmitPadding(rest, pad);
            _code.Line($"at{rest.NewSlot} = {at} + {pad};");
            EmitKeep(rest.At, rest.NewSlot, keep);
        }

        if (rest.Limit >= 0)
        {
            EmitWithinEnd(rest.Limit, $"at{rest.NewSlot}");
        }
    }

    /// <summary>Adds bytes until the length obeys its rule: records that must be a multiple of four.</summary>
    private void EmitPadding(RestStep rest, string pad)
    {
        bool isComputed = _withins.TryGetValue(rest.Limit, out ExtentStep? within)
            && _plan.ByWithin.ContainsKey(within);
        if (!isComputed || _plan.ByWithin[within!] is not { Where: BoundExpression where } field)
        {
            return;
        }

        var rule = new ExpressionEmitter(_types, "")
        {
            It = field.CsName,
            Local = LocalOf,
            LocalPresence = _fields.Present,
        };
        string length = $"(long)({At(rest.At)} + {pad} - ({At(within!.At)}))";
        _code.Open($"for (int end = {pad} + 4096; {pad} < end; {pad}++)");
        _code.Line($"{field.CsName} = {Fitted(field, within.Count, length)};");
        _code.Open($"if ({rule.DefinedCondition(where)})");
        _code.Line("break;");
        _code.Close();
        _code.Close();
        _code.Blank();
    }

    private void EmitWithinEnd(int limit, string end)
    {
        _code.Line($"at{limit} = {end};");
        if (!_withins.TryGetValue(limit, out ExtentStep? within) || !_plan.ByWithin.TryGetValue(within, out var field))
        {
            return;
        }

        string length = $"(long)(at{limit} - ({At(within.At)}))";
        _code.Line($"{field.CsName} = {Fitted(field, within.Count, length)};");
        EmitScalar(field, At(field.First.At));
    }

    private void EmitOptional(OptionalStep optional, string keep, HashSet<Presence> active)
    {
        FieldModel field = optional.Field;
        _code.Line($"has{field.Index} = {_expressions.DefinedCondition(optional.Condition)};");
        _code.Open($"if (has{field.Index})");
        _code.Line($"builder.Extend({At(optional.At + optional.Size)});");
        _code.Open($"if ({keep} && old._has{field.Index})");
        _code.Line($"builder.Keep({At(optional.At)}, {optional.Size}, old.Bytes, {OldAt(optional.At)});");
        _code.Close();
        _code.Blank();
        FieldPlace place = field.Places.First(place => place.At == optional.At);
        EmitField(field, place, [.. active, .. place.Presence]);
        _code.Close();
        _code.Blank();
        _code.Line($"at{optional.NewSlot} = {At(optional.At)} + (has{field.Index} ? {optional.Size} : 0);");
    }

    private void EmitTerminated(TerminatedStep step)
    {
        FieldModel field = step.Field;
        ScalarType scalar = CsTypes.ScalarOf(field.Type);
        string slot = $"at{step.NewSlot}";
        _code.Line(field.Shape == FieldShape.Array
            ? $"{slot} = Put{field.Index}(builder, {At(step.At)});"
            : $"{slot} = builder.Put({At(step.At)}, {field.CsName});");
        string value = Literals.Plain(step.Terminator);
        _code.Line(scalar.Bytes == 1
            ? $"builder.At({slot}, 1) = unchecked((byte){value});"
            : $"{_types.OrderOf(scalar.Order)}.Write{CsTypes.Suffix(scalar)}(ref builder.At({slot}, {scalar.Bytes}), "
                + $"unchecked(({CsTypes.Number(scalar)}){value}));");
        _code.Line($"{slot} += {scalar.Bytes};");
    }

    private void EmitCases(CasesStep step, string keep, HashSet<Presence> active)
    {
        UnionModel union = step.Union;
        for (int i = 0; i < step.Cases.Count; i++)
        {
            string test = $"if (case{union.Index} == {i})";
            _code.Open(i == 0 ? test : "else " + test);
            HashSet<Presence> inner = [.. active, new CasePresence(union, i)];
            string kept = $"{keep} && old._case{union.Index} == {i}";
            EmitSequence(step.Cases[i].Steps, union.At, step.Cases[i].End, kept, inner);
            _code.Line($"at{step.NewSlot} = {At(step.Cases[i].End)};");
            _code.Close();
        }

        _code.Blank();
    }

    /// <summary>Parts at stored offsets: where they are stored is the caller's, unless an original has them.</summary>
    private void EmitOutOfLine()
    {
        if (!_type.HasOutOfLine)
        {
            return;
        }

        _code.Open("if (hasOld)");
        string behind = "Math.Max(0, old.Bytes.Length - old.Length)";
        _code.Line($"builder.Keep({At(_type.End)}, {behind}, old.Bytes, old.Length);");
        _code.Close();
        _code.Blank();
        foreach (FieldModel field in _type.Fields.Where(static field => field.OutOfLineAt is not null))
        {
            string at = $"(long){_expressions.Number(field.OutOfLineAt!)}";
            string? defined = _expressions.Defined(field.OutOfLineAt!);
            _code.Open($"if (!{field.CsName}.IsEmpty{(defined is null ? "" : " && " + defined)})");
            _code.Line($"builder.Put((int)LayoutBuilder.Fit({at}, 0, LayoutBuilder.LengthMax, {Name(field)}), "
                + $"{field.CsName});");
            _code.Close();
            _code.Blank();
        }
    }

    private void EmitFinish(string arguments)
    {
        _code.Line("// Nothing leaves that does not read back.");
        _code.Line($"var made = new {View}(builder.Written{arguments});");
        if (!_type.IsCompact)
        {
            string length = _type.HasOutOfLine ? At(_type.End) : "builder.Length";
            _code.Open($"if (made.Length != {length})");
            EmitDisagree(_type.Name);
            _code.Close();
            _code.Blank();
        }

        foreach (FieldModel field in _type.Fields.Where(static field => field.CountSlot >= 0))
        {
            string present = _fields.Present(field) is string condition ? $"({condition}) && " : "";
            string have = field.Shape == FieldShape.Bitmap
                ? $"made.{field.CsName}.Bytes.Length"
                : $"made._count{field.CountSlot}";
            _code.Open($"if ({present}{have} != {CountOf(field)})");
            EmitDisagree($"{_type.Name}.{field.Name}");
            _code.Close();
            _code.Blank();
        }

        if (_type.Checks.Exists(static check => check.Reference is null))
        {
            _code.Open("if (!hasOld || !builder.Written.SequenceEqual(old.Bytes))");
            _code.Line($"new {_types.Generic(_type, _type.EditName)}(builder.Written{arguments}).UpdateChecks();");
            _code.Close();
            _code.Blank();
        }

        _code.Line("builder.CopyTo(target);");
    }

    private void EmitDisagree(string what)
    {
        string text = $"{what}: what is set does not agree with the lengths and tags that say how long it is";
        _code.Line($"throw new LayoutException({CodeWriter.Quote(text)});");
    }
}
