using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>The members that are no fields: gaps, overlays, groups, unions, sub-ranges.</summary>
internal sealed partial class StructBinder
{
    private void PlaceAll(IReadOnlyList<MemberSyntax> members)
    {
        foreach (MemberSyntax member in members)
        {
            if (member is LetSyntax or AssertSyntax or ReferenceSyntax)
            {
                Place(member);
                continue;
            }

            bool isElsewhere = member is BitmapSyntax or FieldSyntax { Clauses.At: not null };
            if ((_isFull || _isMaybeFull) && !isElsewhere)
            {
                Error(member.Place, "KK1211", "nothing can follow what takes the rest; put this before it");
                return;
            }

            Place(member);
        }
    }

    private void Place(MemberSyntax member)
    {
        switch (member)
        {
            case FieldSyntax field:
                PlaceFields(field);
                break;
            case BitmapSyntax bitmap:
                PlaceBitmap(bitmap);
                break;
            case PadSyntax pad:
                PlacePad(pad);
                break;
            case ZeroSyntax zero:
                PlaceZero(zero);
                break;
            case OverlaySyntax overlay:
                PlaceOverlay(overlay);
                break;
            case GroupSyntax group:
                PlaceGroup(group);
                break;
            case WithinSyntax within:
                PlaceWithin(within);
                break;
            case UnionSyntax union:
                PlaceUnion(union);
                break;
            case LetSyntax let:
                BindLet(let);
                break;
            case ReferenceSyntax reference:
                BindReference(reference);
                break;
            case AssertSyntax assert:
                // Bound last, so that it may name any field.
                _asserts.Add(assert);
                break;
            default:
                break;
        }
    }

    private BoundExpression BindLength(ExpressionSyntax length)
    {
        BoundExpression bound = new ExpressionBinder(binder, unit, _type).BindInteger(length);
        _type.IsBroken |= bound.IsError;
        if (!bound.IsError && bound.Max < 0)
        {
            Error(length.Place, "KK1206", $"`{length.Text}` is always negative; a length is not");
            return BoundError.Instance;
        }

        if (!bound.IsError && !Intervals.IsInRange(bound.Min, bound.Max))
        {
            Error(length.Place, "KK1302", $"`{length.Text}` may be over 127 bits, which no length is; use a narrower "
                + "field");
            return BoundError.Instance;
        }

        return bound;
    }

    private bool RefuseRunTime(SourcePlace place, string what)
    {
        if (_isConstantOnly)
        {
            Error(place, "KK1207", $"{what} cannot stand in an overlay, whose members have constant lengths");
        }

        return _isConstantOnly;
    }

    private void PlacePad(PadSyntax pad)
    {
        if (pad.Count is null)
        {
            if (!RefuseRunTime(pad.Place, "`pad rest`"))
            {
                _type.Gaps.Add(new GapModel(_at, "rest", "any bytes, kept", pad.Place));
                TakeRest(1, -1, "pad");
            }

            return;
        }

        BoundExpression count = BindLength(pad.Count);
        if (count is BoundConstant constant)
        {
            _type.Gaps.Add(new GapModel(_at, constant.Value.ToString(), "any bytes, kept", pad.Place));
            AdvanceConstant(constant.Value, pad.Count);
        }
        else if (!count.IsError && !RefuseRunTime(pad.Place, "`pad` of a run-time length"))
        {
            _type.Gaps.Add(new GapModel(_at, pad.Count.Text, "any bytes, kept", pad.Place));
            TakeExtent(count, pad.Count.Text, 1, -1, "pad");
        }
    }

    private void AdvanceConstant(BigInteger bytes, ExpressionSyntax shown)
    {
        if (bytes < 0 || bytes > StructType.SizeMax)
        {
            Error(shown.Place, "KK1206", $"{bytes} bytes are not between 0 and {StructType.SizeMax}");
            return;
        }

        Advance((long)bytes, shown.Place);
    }

    private void PlaceZero(ZeroSyntax zero)
    {
        BoundExpression count = BindLength(zero.Count);
        if (count is BoundConstant { Value: BigInteger value } && value > 0 && value <= StructType.SizeMax)
        {
            _type.Zeros.Add(new ZeroModel(_at, (int)value, [.. _presence]));
            _type.Gaps.Add(new GapModel(_at, value.ToString(), "zero", zero.Place));
            Advance((long)value, zero.Place);
        }
        else if (!count.IsError)
        {
            Error(zero.Count.Place, "KK1206", $"`{zero.Count.Text}` is no constant from 1 to {StructType.SizeMax}");
        }
    }

    /// <summary>Each member starts where the overlay starts; the longest decides.</summary>
    private void PlaceOverlay(OverlaySyntax overlay)
    {
        using IDisposable scope = Enter(overlay.Clauses, isConstantOnly: true);
        AlignTo(AlignmentOf(overlay.Members), overlay.Place);
        Position start = _at;
        long minTotal = _minTotal;
        Position end = start;
        foreach (MemberSyntax member in overlay.Members.SelectMany(Separate))
        {
            _at = start;
            _minTotal = minTotal;
            Place(member);
            FlushBits();
            end = _at.Offset > end.Offset ? _at : end;
        }

        _at = end;
        _minTotal = minTotal + (end.Offset - start.Offset);
        AlignTo(AlignmentOf(overlay.Members), overlay.Place);
    }

    /// <summary>In an overlay <c>u32 a, b;</c> are two members, as in a union of C.</summary>
    private static IEnumerable<MemberSyntax> Separate(MemberSyntax member) => member is FieldSyntax field
        ? field.Declarators.Select(declarator => field with { Declarators = [declarator] })
        : [member];

    private void PlaceGroup(GroupSyntax group)
    {
        if (group.Clauses.If is not null && !_isConstantOnly)
        {
            GroupSyntax always = group with { Clauses = group.Clauses with { If = null } };
            PlaceOptional(group.Clauses.If, () => PlaceGroup(always));
            return;
        }

        using IDisposable scope = Enter(group.Clauses, _isConstantOnly);
        AlignTo(AlignmentOf(group.Members), group.Place);
        PlaceAll(group.Members);
        AlignTo(AlignmentOf(group.Members), group.Place);
    }

    private void PlaceWithin(WithinSyntax within)
    {
        BoundExpression length = BindLength(within.Length);
        if (length.IsError || RefuseRunTime(within.Place, "`within`"))
        {
            return;
        }

        ProveInputs(length);
        int outerLimit = _limit;
        long minBefore = _minTotal;
        int end = NewSlot();
        string path = ExpressionFields.Of(length).Select(static field => field.Name).FirstOrDefault("within");
        _steps.Add(new ExtentStep(length, within.Length.Text, 1, _at, outerLimit, end, -1, path)
        {
            IsWithin = true,
        });
        _limit = end;
        PlaceAll(within.Members);
        Prove();
        if (!_isFull)
        {
            _steps.Add(new WithinEndStep(_at, end, path));
        }

        _isFull = false;
        _isMaybeFull = false;
        _limit = outerLimit;
        MoveTo(end);
        long lengthMin = length.Min > 0 ? (long)BigInteger.Min(length.Min, StructType.SizeMax) : 0;
        _minTotal = Math.Max(_minTotal, minBefore + lengthMin);
    }

    /// <summary>Adds the condition and the inherited attributes of a block for as long as it lasts.</summary>
    private Scope Enter(ClausesSyntax clauses, bool isConstantOnly)
    {
        binder.CheckAttributes(clauses.Attributes);
        var scope = new Scope(this, _presence, _isConstantOnly, _inheritedUnit, _inheritedTime);
        if (clauses.If is not null && BindCondition(clauses.If) is Presence presence)
        {
            _presence = [.. _presence, presence];
        }

        _isConstantOnly = isConstantOnly;
        _inheritedUnit = ArgumentOf(clauses.Attributes, "unit") ?? _inheritedUnit;
        _inheritedTime = ArgumentOf(clauses.Attributes, "time") ?? _inheritedTime;
        return scope;
    }

    private ConditionPresence? BindCondition(ExpressionSyntax condition)
    {
        BoundExpression? bound = Checked(new ExpressionBinder(binder, unit, _type).BindDecision(condition));
        return bound is null ? null : new ConditionPresence(bound, condition.Text);
    }

    private static string? ArgumentOf(IReadOnlyList<AttributeSyntax> attributes, string name) =>
        attributes.LastOrDefault(attribute => attribute.Name == name)?.Argument;

    private sealed class Scope(
        StructBinder owner, List<Presence> presence, bool isConstantOnly, string unit, string time) : IDisposable
    {
        public void Dispose()
        {
            owner._presence = presence;
            owner._isConstantOnly = isConstantOnly;
            owner._inheritedUnit = unit;
            owner._inheritedTime = time;
        }
    }
}
