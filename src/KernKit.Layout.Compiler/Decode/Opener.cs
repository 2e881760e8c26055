using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Opens structures: takes the steps that generated code takes, and stops at the first violation.</summary>
internal sealed class Opener
{
    /// <summary>How deep opening may nest: a variable structure opens those that it holds.</summary>
    private const int DepthMax = 32;

    private readonly Frame _frame;
    private readonly Action<long, string, string>? _report;
    private readonly int _depth;

    private Opener(Frame frame, Action<long, string, string>? report, int depth)
    {
        _frame = frame;
        _report = report;
        _depth = depth;
    }

    /// <summary>Opens a structure; violations go to a sink as (offset, path inside, message).</summary>
    /// <returns>The structure with what could be placed; see <see cref="Frame.IsPartial"/>.</returns>
    public static Frame Open(Frame frame, Action<long, string, string>? report, int depth = 0)
    {
        frame.IsPartial = !new Opener(frame, report, depth).Run();
        return frame;
    }

    /// <summary>Opens the structure that a field holds, or one element of it.</summary>
    public static Frame? OpenField(
        Frame outer, FieldModel field, long at, Action<long, string, string>? report, long? limit = null, int depth = 0)
    {
        if (field.Type is not StructType type || depth > DepthMax)
        {
            return null;
        }

        long end = limit ?? (type.Size is int size && size <= outer.Limit - at ? at + size : outer.Limit);
        var frame = new Frame(outer.Source, type, at, end, outer.IsLittleEndian);
        var evaluator = new Evaluator(outer);
        for (int i = 0; i < Math.Min(type.Parameters.Count, field.Arguments.Count); i++)
        {
            if (evaluator.Number(field.Arguments[i]) is BigInteger value)
            {
                frame.Arguments[type.Parameters[i]] = value;
            }
        }

        return Open(frame, report, depth);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private bool Run()
    {
        if (_frame.Limit - _frame.Start < _frame.Type.MinSize)
        {
            return Fail(_frame.Start, "", Text(
                $"{Math.Max(0, _frame.Limit - _frame.Start)} bytes, needs {_frame.Type.MinSize} bytes or more"));
        }

        return _frame.Type.Steps.TrueForAll(Take);
    }

    private bool Fail(long at, string path, string message)
    {
        _report?.Invoke(at, path, message);
        return false;
    }

    private bool Take(OpenStep step) => step switch
    {
        EnsureStep ensure => Ensure(ensure),
        CheckStep check => Check(check.Field),
        CaseStep { Union: { HasDefault: false } union }
            when _frame.CaseOf(union) < 0 && _frame.IsPresent(null, union.Presence) =>
            Fail(_frame.PositionOf(union.At) ?? _frame.Start, "", $"no case applies, {union.RuleText}"),
        ExtentStep extent => Extent(extent),
        RestStep rest => Rest(rest),
        OptionalStep optional => Optional(optional),
        NestedStep nested => Nested(nested),
        CasesStep cases => Cases(cases),
        TerminatedStep terminated => Terminated(terminated),
        UntilStep until => Until(until),
        MaxStep max => AtMost(max),
        WithinEndStep end => WithinEnd(end),
        _ => true,
    };

    private long Room(Position at, int limit) =>
        (_frame.LimitOf(limit) ?? _frame.Start) - (_frame.PositionOf(at) ?? _frame.Limit);

    private bool Ensure(EnsureStep step)
    {
        long room = Room(new Position(step.Until.Slot, 0), step.Limit);
        return room >= step.Until.Offset || Fail(
            _frame.PositionOf(new Position(step.Until.Slot, 0)) ?? _frame.Start,
            step.Path,
            Text($"{room} bytes, needs more bytes than are left"));
    }

    /// <summary>A field that lengths depend on obeys its rules; the walk over the fields reports it in full.</summary>
    private bool Check(FieldModel field)
    {
        if (_frame.Find(field) is not long at || _frame.Read(field.Type, at) is not BigInteger value)
        {
            return true;
        }

        bool isBroken = Rules.Broken(_frame, field, value).Any();
        return !isBroken;
    }

    private bool Extent(ExtentStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        if (new Evaluator(_frame).Number(step.Count) is not BigInteger count)
        {
            return Fail(start, step.Path, $"`{step.CountText}` has no value");
        }

        long room = Room(step.At, step.Limit);
        long fits = step.Unit switch { ExtentStep.Bits => room * 8, _ => room / step.Unit };
        if (count < 0 || count > fits)
        {
            return Fail(start, step.Path, $"{count}: `{step.CountText}` must fit what is left, which are {room} bytes");
        }

        long number = (long)count;
        if (step.CountSlot >= 0)
        {
            _frame.SetCount(step.CountSlot, number);
        }

        _frame.SetSlot(step.NewSlot, start + (step.Unit == ExtentStep.Bits ? (number + 7) / 8 : number * step.Unit));
        return true;
    }

    private bool Rest(RestStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        long room = Room(step.At, step.Limit);
        if (room < 0 || (step.Unit > 1 && room % step.Unit != 0))
        {
            return Fail(start, step.Path, Text($"{room} bytes, must be a multiple of {step.Unit} bytes"));
        }

        if (step.CountSlot >= 0)
        {
            _frame.SetCount(step.CountSlot, room / step.Unit);
        }

        _frame.SetSlot(step.NewSlot, start + room);
        return true;
    }

    private bool Optional(OptionalStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        bool has = new Evaluator(_frame).Condition(step.Condition);
        _frame.SetPresent(step.Field, has);
        long room = Room(step.At, step.Limit);
        if (has && room < step.Size)
        {
            return Fail(start, step.Field.Name, Text($"{room} bytes, needs {step.Size} bytes"));
        }

        _frame.SetSlot(step.NewSlot, start + (has ? step.Size : 0));
        return true;
    }

    private bool Nested(NestedStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        Frame? inner = OpenField(
            _frame, step.Field, start, _report is null ? null : Inner, _frame.LimitOf(step.Limit), _depth + 1);
        _frame.SetOpened(step.Field, inner);
        if (inner is not { IsPartial: false, Length: long length })
        {
            return false;
        }

        _frame.SetCount(step.Field.CountSlot, length);
        _frame.SetSlot(step.NewSlot, start + length);
        return true;

        void Inner(long at, string path, string message) =>
            _report(at, path.Length == 0 ? step.Field.Name : step.Field.Name + "." + path, message);
    }

    /// <summary>Opens the case that holds; the ones that do not hold keep no places.</summary>
    private bool Cases(CasesStep step)
    {
        int chosen = _frame.CaseOf(step.Union);
        if (chosen < 0 || !step.Cases[chosen].Steps.All(Take))
        {
            return false;
        }

        if (_frame.PositionOf(step.Cases[chosen].End) is not long end)
        {
            return false;
        }

        _frame.SetSlot(step.NewSlot, end);
        return true;
    }

    private bool Terminated(TerminatedStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        int unit = CSharp.CsTypes.ScalarOf(step.Field.Type).Bytes;
        long most = Math.Min(Room(step.At, step.Limit) / unit, step.Max is int max ? max + 1L : long.MaxValue);
        for (long i = 0; i < most; i++)
        {
            if (_frame.Read(step.Field.Type, start + (i * unit)) == step.Terminator)
            {
                _frame.SetCount(step.Field.CountSlot, i);
                _frame.SetSlot(step.NewSlot, start + ((i + 1) * unit));
                return true;
            }
        }

        return Fail(start, step.Field.Name, Text($"{most} elements have no terminator {step.Text}"));
    }

    private bool Until(UntilStep step)
    {
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        long limit = _frame.LimitOf(step.Limit) ?? _frame.Limit;
        long at = start;
        long most = step.Max ?? long.MaxValue;
        if (step.Count is not null && !TryCount(step, limit - start, out most))
        {
            return false;
        }

        for (long i = 0; i < most; i++)
        {
            Frame? item = OpenField(_frame, step.Field, at, null, limit, _depth + 1);
            if (item is not { IsPartial: false, Length: long length } || length < 1)
            {
                string none = step.Count is null ? ", none ended the run" : "";
                return Fail(at, step.Field.Name, Text($"{limit - at} bytes do not form the structure{none}"));
            }

            at += length;
            if (step.Condition is not null && new Evaluator(_frame) { ItFrame = item }.Condition(step.Condition))
            {
                return Ended(step, start, at, i + 1);
            }
        }

        return step.Count is not null
            ? Ended(step, start, at, most)
            : Fail(start, step.Field.Name, Text($"at most {step.Max} elements, none of them ends the run"));
    }

    private bool Ended(UntilStep step, long start, long end, long count)
    {
        _frame.SetCount(step.Field.CountSlot, step.Field.Shape == FieldShape.Records ? end - start : count);
        _frame.SetSlot(step.NewSlot, end);
        return true;
    }

    /// <summary>The number of records, compared with how many can be there before any of them is opened.</summary>
    private bool TryCount(UntilStep step, long room, out long count)
    {
        int least = ((StructType)step.Field.Type).MinSize;
        BigInteger? wanted = new Evaluator(_frame).Number(step.Count!);
        long most = Math.Min(room / least, step.Max ?? long.MaxValue);
        bool fits = wanted >= 0 && wanted <= most;
        count = fits ? (long)wanted!.Value : 0;
        long start = _frame.PositionOf(step.At) ?? _frame.Start;
        return fits || Fail(start, step.Field.Name, wanted is null
            ? $"`{step.Text}` has no value"
            : $"{wanted}: `{step.Text}` structures of {least} or more bytes must fit what is left");
    }

    private bool AtMost(MaxStep step) =>
        _frame.CountOf(step.Field) is not BigInteger count || count <= step.Max || Fail(
            _frame.PositionOf(step.At) ?? _frame.Start, step.Field.Name, Text($"{count}, at most {step.Max} elements"));

    private bool WithinEnd(WithinEndStep step)
    {
        long left = Room(step.At, step.Limit);
        return left == 0 || Fail(
            _frame.PositionOf(step.At) ?? _frame.Start,
            step.Path,
            Text($"{left} bytes are left over at the end of the sub-range"));
    }
}
