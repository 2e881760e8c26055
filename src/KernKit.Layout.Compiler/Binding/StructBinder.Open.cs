using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Arrays that end where something says so: the end of the bytes, a terminator, a condition.</summary>
internal sealed partial class StructBinder
{
    private void PlaceOpen(FieldSyntax field, DeclaratorSyntax declarator, TypeModel type, int? unitSize)
    {
        if (RefuseRunTime(declarator.Name.Place, "`until`"))
        {
            return;
        }

        Prove();
        FieldShape shape = unitSize is null ? FieldShape.Records : ShapeOf(type, true);
        FieldModel? model = Declare(field, declarator, type, shape, _at);
        if (model is null)
        {
            return;
        }

        model.Arguments.ForEach(ProveInputs);
        model.CountSlot = _countSlots++;
        if (field.Clauses.UntilEnd)
        {
            model.CountText = "until end";
            Position at = _at;
            TakeRest(unitSize ?? 1, model.CountSlot, model.Name);
            LimitCount(model, declarator, at);
            return;
        }

        ExpressionSyntax until = field.Clauses.Until!;
        model.CountText = "until " + until.Text;
        int? max = MaxOf(declarator);
        if (shape is FieldShape.Records or FieldShape.StructureArray)
        {
            TakeUntil(model, until, max, unitSize ?? ((StructType)type).MinSize);
        }
        else
        {
            TakeTerminated(model, until, max, unitSize!.Value);
        }
    }

    private void TakeUntil(FieldModel model, ExpressionSyntax until, int? max, int least)
    {
        BoundExpression? condition = Checked(
            new ExpressionBinder(binder, unit, _type) { It = model }.BindDecision(until));
        if (condition is null)
        {
            return;
        }

        ProveInputs(condition);
        int slot = NewSlot();
        _steps.Add(new UntilStep(model, condition, null, until.Text, max, _at, _limit, slot));
        _minTotal += least;
        MoveTo(slot);
    }

    /// <summary>A number of records each of which says how long it is.</summary>
    private void PlaceCountedRecords(
        FieldSyntax field, DeclaratorSyntax declarator, StructType type, BoundExpression count)
    {
        SourcePlace place = declarator.Name.Place;
        if (RefuseRunTime(place, $"`{field.Type.Text}`, whose length is known at run time only,"))
        {
            return;
        }

        if (count is BoundConstant && (count.Min < 1 || count.Min * type.MinSize > StructType.SizeMax))
        {
            Error(place, "KK1206", $"{count.Min} elements of {Bytes(type.MinSize)} or more are not 1 to "
                + $"{StructType.SizeMax} bytes in all");
            return;
        }

        ProveInputs(count);
        FieldModel? model = Declare(field, declarator, type, FieldShape.Records, _at);
        if (model is null)
        {
            return;
        }

        model.Arguments.ForEach(ProveInputs);
        model.CountSlot = _countSlots++;
        model.CountText = declarator.Count!.Text;
        int? max = MaxOf(declarator);
        int slot = NewSlot();
        _steps.Add(new UntilStep(model, null, count, declarator.Count.Text, max, _at, _limit, slot));
        BigInteger least = BigInteger.Max(count.Min, 0) * type.MinSize;
        _minTotal += (long)BigInteger.Min(least, StructType.SizeMax);
        MoveTo(slot);
    }

    private void TakeTerminated(FieldModel model, ExpressionSyntax until, int? max, int unitSize)
    {
        BoundExpression bound = new ExpressionBinder(binder, unit, null).BindValue(until, model.Type as EnumType);
        (ValueKind kind, BigInteger least, BigInteger most) = ExpressionBinder.RangeOf(model.Type, FieldShape.Scalar);
        bool isValue = bound is BoundConstant constant && kind == ValueKind.Integer
            && constant.Value >= least && constant.Value <= most;
        if (!isValue || unitSize > 8)
        {
            if (!bound.IsError)
            {
                Error(
                    until.Place,
                    "KK1209",
                    $"`{until.Text}` ends no run of `{model.Name}`: integers of up to 8 bytes end at a constant that "
                        + "they can hold, structures at a condition on `it`");
            }

            _type.IsBroken = true;
            return;
        }

        int slot = NewSlot();
        _steps.Add(new TerminatedStep(model, bound.Min, until.Text, max, _at, _limit, slot));
        _minTotal += unitSize;
        MoveTo(slot);
    }

    /// <summary>The bound of a run of elements, if the declarator states one.</summary>
    private int? MaxOf(DeclaratorSyntax declarator)
    {
        if (declarator.Max is null || binder.EvaluateConstant(unit, declarator.Max) is not BigInteger value)
        {
            _type.IsBroken |= declarator.Max is not null;
            return null;
        }

        if (value >= 1 && value <= StructType.SizeMax)
        {
            return (int)value;
        }

        Error(declarator.Max.Place, "KK1206", $"{value} is not between 1 and {StructType.SizeMax}");
        return null;
    }

    private void LimitCount(FieldModel model, DeclaratorSyntax declarator, Position at)
    {
        if (declarator.Max is null)
        {
            return;
        }

        if (model.Shape == FieldShape.Records)
        {
            Error(declarator.Max.Place, "KK1209", "records up to an end are bounded by it; put them into `within`");
        }
        else if (MaxOf(declarator) is int max)
        {
            _steps.Add(new MaxStep(model, max, at));
        }
    }

    /// <summary>The encoding that <c>@text</c> states; bytes stay bytes, an accessor decodes them.</summary>
    private string EncodingOf(FieldSyntax field, TypeModel type, FieldShape shape)
    {
        AttributeSyntax? text = field.Clauses.Attributes.LastOrDefault(static attribute => attribute.Name == "text");
        if (text is null || text.Argument.Length == 0)
        {
            return "";
        }

        bool isBytes = shape == FieldShape.Bytes && text.Argument is "ascii" or "latin1" or "utf8";
        bool isUnits = shape == FieldShape.Array && text.Argument == "utf16"
            && type is ScalarType { Bytes: 2, IsSigned: false };
        if (isBytes || isUnits)
        {
            return text.Argument;
        }

        Error(
            text.Place,
            "KK1213",
            $"`@text({text.Argument})` does not speak of this: char, u8 and byte arrays take ascii, latin1 or utf8, "
                + "u16 arrays utf16");
        return "";
    }

    private int FillOf(FieldSyntax field)
    {
        AttributeSyntax? fill = field.Clauses.Attributes.LastOrDefault(static attribute => attribute.Name == "fill");
        if (fill is null)
        {
            return 0;
        }

        if (NumberText.TryParse(fill.Argument, out BigInteger value) && value <= 255)
        {
            return (int)value;
        }

        Error(fill.Place, "KK1213", "`@fill(...)` holds the byte that fills text up, 0 to 255, as in `@fill(0x20)`");
        return 0;
    }
}
