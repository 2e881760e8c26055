using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Alternatives of unequal length, and runs that end at a terminator.</summary>
internal sealed partial class OpenEmitter
{
    /// <summary>A local with its type, or its name alone where it is declared before the block.</summary>
    private string Declare(string type, string name)
    {
        if (!_declared.Add(name))
        {
            return name;
        }

        if (_hoisted is null)
        {
            return type + " " + name;
        }

        _hoisted.Add($"{type} {name} = default;");
        return name;
    }

    private void EmitCases(CasesStep step)
    {
        // What several cases read is read once, before them.
        foreach (BoundExpression expression in step.Cases.SelectMany(static block => Expressions(block.Steps)))
        {
            EmitReads(expression, field => !IsInside(field, step.Union));
        }

        bool isOuter = _hoisted is null;
        int mark = _code.Mark();
        _hoisted ??= [];
        string slot = Declare("int", _fields.Slot(step.NewSlot));
        for (int i = 0; i < step.Cases.Count; i++)
        {
            bool isElse = i == step.Cases.Count - 1 && i > 0 && step.Union.HasDefault;
            string test = $"if ({_fields.Case(step.Union)} == {i})";
            _code.Open(i == 0 ? test : isElse ? "else" : "else " + test);
            _chosen.Add(new CasePresence(step.Union, i));
            foreach (OpenStep inner in step.Cases[i].Steps)
            {
                EmitStep(inner);
            }

            _chosen.RemoveAt(_chosen.Count - 1);

            _code.Blank();
            _code.Line($"{slot} = {SlotText(step.Cases[i].End)};");
            _code.Close();

            // A name that several cases have is another place in each.
            _read.RemoveWhere(field => field.Places.Count > 1 && IsInside(field, step.Union));
        }

        if (isOuter)
        {
            string block = _code.TakeSince(mark);
            _hoisted.ForEach(_code.Line);
            _hoisted = null;
            _code.Append(block);
        }
    }

    private static bool IsInside(FieldModel field, UnionModel union) => field.Places.Exists(place =>
        place.Presence.Any(presence => presence is CasePresence other && other.Union == union));

    /// <summary>Everything that a list of steps evaluates, cases inside included.</summary>
    private static IEnumerable<BoundExpression> Expressions(IEnumerable<OpenStep> steps) => steps.SelectMany(
        static step => step switch
        {
            CheckStep check => [new BoundIt(check.Field, ValueKind.Integer, 0, 0), .. Given(check.Field.Where)],
            CaseStep cases => cases.Union.Conditions.SelectMany(Given),
            ExtentStep extent => [extent.Count],
            OptionalStep optional => [optional.Condition],
            NestedStep nested => nested.Field.Arguments,
            CasesStep cases => cases.Cases.SelectMany(static block => Expressions(block.Steps)),
            UntilStep until => [.. Given(until.Condition), .. Given(until.Count), .. until.Field.Arguments],
            _ => (IEnumerable<BoundExpression>)[],
        });

    private static IEnumerable<BoundExpression> Given(BoundExpression? expression) =>
        expression is null ? [] : [expression];

    private void EmitTerminated(TerminatedStep step)
    {
        ScalarType scalar = CsTypes.ScalarOf(step.Field.Type);
        string room = Room(step.At, step.Limit);
        string part = $"source.Slice({SlotText(step.At)}, {room})";
        string value = Literals.Plain(step.Terminator);
        string elements = step.Max is int max ? $"{max + 1}" : "int.MaxValue";
        string array = _fields.ArrayType(step.Field, "Array");
        string found = scalar is { Bytes: 1, IsSigned: false } && step.Max is null
            ? $"{part}.IndexOf((byte){value})"
            : $"new {array}({part}).IndexOf({value}, {elements})";
        string count = _fields.CountSlot(step.Field.CountSlot);
        _code.Line($"{Declare("int", count)} = {found};");
        string among = step.Max is null ? "" : $" among the first {elements} elements";
        string missing = step.Limit >= 0 ? ""
            : step.Max is int most ? $"{room} < {(most + 1L) * scalar.Bytes} ? {scalar.Bytes} : 0"
            : $"{scalar.Bytes}";
        EmitFailIf(
            $"{count} < 0", SlotText(step.At), room, step.Field.Name, $"have no terminator {step.Text}{among}",
            isBytes: true, missing);
        _code.Blank();
        string start = step.At == Position.Start ? "" : SlotText(step.At) + " + ";
        string taken = scalar.Bytes == 1 ? $"{count} + 1" : $"(({count} + 1) * {scalar.Bytes})";
        _code.Line($"{Declare("int", _fields.Slot(step.NewSlot))} = {start}{taken};");
    }

    private void EmitUntil(UntilStep step)
    {
        FieldModel field = step.Field;
        var inner = (StructType)field.Type;
        field.Arguments.ForEach(EmitReads);
        EmitReads(step.Condition, other => other != field);
        string view = _types.View(inner);
        string slot = _fields.Slot(step.NewSlot);
        string item = $"item{step.NewSlot}";
        string done = $"done{step.NewSlot}";
        string number = $"n{step.NewSlot}";
        string wanted = step.Count is null ? "" : EmitWanted(step);
        _code.Line($"{Declare("int", slot)} = {SlotText(step.At)};");
        _code.Line($"int {number} = 0;");
        if (step.Count is null)
        {
            _code.Line($"bool {done} = false;");
        }

        _code.Open(step.Count is null ? $"while (!{done})" : $"while ({number} < {wanted})");
        string left = $"{LimitText(step.Limit)} - {slot}";
        bool isOpen = step.Limit < 0;
        string more = $"more{step.NewSlot}";
        string open = isOpen ? "Probe" : "TryOpen";
        string missing = isOpen ? $", out int {more}" : "";
        EmitFailIf(
            $"!{view}.{open}(source.Slice({slot}, {left}){_fields.Arguments(field)}, out {view} {item}{missing})",
            slot,
            left,
            field.Name,
            $"do not form the structure {inner.Name}" + (step.Count is null ? ", and none before ends the run" : ""),
            isBytes: true,
            isOpen ? more : "");
        if (step.Max is int max && step.Count is null)
        {
            EmitFailIf($"{number} >= {max}", slot, number, field.Name, $"at most {max} elements", isBytes: false);
        }

        var expressions = new ExpressionEmitter(_types, "")
        {
            It = item,
            Local = LocalOf,
            LocalPresence = _fields.Present,
        };
        _code.Blank();
        _code.Line($"{slot} += {(inner.IsCompact ? view + ".Size" : item + ".Length")};");
        _code.Line($"{number}++;");
        if (step.Condition is not null)
        {
            _code.Line($"{done} = {ExpressionEmitter.Bare(expressions.DefinedCondition(step.Condition))};");
        }

        _code.Close();
        _code.Blank();
        string count = field.Shape == FieldShape.Records ? $"{slot} - {SlotText(step.At)}" : number;
        _code.Line($"{Declare("int", _fields.CountSlot(field.CountSlot))} = {count};");
    }

    /// <summary>The number of records, compared with how many can be there before any of them is opened.</summary>
    private string EmitWanted(UntilStep step)
    {
        BoundExpression count = step.Count!;
        string name = step.Field.Name;
        string at = SlotText(step.At);
        int least = ((StructType)step.Field.Type).MinSize;
        EmitReads(count);
        if (_expressions.Defined(count) is string defined)
        {
            EmitFailIf($"!({defined})", at, "0", name, $"`{step.Text}` has no value", isBytes: false);
        }

        Carrier carrier = ExpressionEmitter.CarrierOf(count);
        string wanted = $"wanted{step.NewSlot}";
        string room = Room(step.At, step.Limit);
        string most = $"({room}) / {least}";
        _code.Line($"{Literals.NameOf(carrier)} {wanted} = {_expressions.Number(count)};");
        if (step.Max is int max)
        {
            EmitFailIf($"{wanted} > {max}", at, wanted, name, $"at most {max} elements", isBytes: false);
        }

        string tooMany = carrier == Carrier.ULong ? $"{wanted} > (ulong)({most})" : $"{wanted} > {most}";
        EmitFailIf(
            count.Min < 0 ? $"{wanted} < 0 || {tooMany}" : tooMany, at, wanted, name,
            $"`{step.Text}` structures of {least} or more bytes must fit what is left", isBytes: false,
            step.Limit < 0 ? $"LayoutBytes.Missing({wanted}, {least}, {room})" : "");
        _code.Blank();
        return carrier == Carrier.Int ? wanted : $"(int){wanted}";
    }
}
