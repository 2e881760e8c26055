using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Alternatives: unions, optional parts; and values without bytes.</summary>
/// <remarks>
/// Each case is placed from the same start, with a list of steps of its own. If all cases end at one constant distance
/// the union is a constant part. Otherwise the lists become a <see cref="CasesStep"/>, of which opening runs the one
/// that was chosen, and what follows counts from a new slot.
/// </remarks>
internal sealed partial class StructBinder
{
    private void PlaceUnion(UnionSyntax union)
    {
        var model = new UnionModel(_type.Unions.Count) { At = _at, Presence = [.. _presence] };
        model.RuleText = union.Selector is null
            ? "a case must apply"
            : $"must be a case of union ({union.Selector.Text})";
        _type.Unions.Add(model);
        if (union.Cases.Count == 0)
        {
            Error(union.Place, "KK1208", "a union needs at least one case");
            return;
        }

        foreach (CaseSyntax syntaxCase in union.Cases)
        {
            if (model.HasDefault)
            {
                Error(syntaxCase.Place, "KK1208", "nothing can follow `default`; make it the last case");
                return;
            }

            BindCondition(union, syntaxCase, model);
        }

        BigInteger? size = union.Size is null ? null : binder.EvaluateConstant(unit, union.Size);
        if (size < 0 || size > StructType.SizeMax)
        {
            Error(union.Size!.Place, "KK1206", $"{size} bytes are not between 0 and {StructType.SizeMax}");
        }

        _type.IsBroken |= union.Size is not null && size is null;
        if (_type.IsBroken)
        {
            return;
        }

        _steps.Add(new CaseStep(model));
        PlaceAlternatives(
            model,
            [.. union.Cases.Select(one => (one.Place, (Action)(() => PlaceAll(one.Members))))],
            (int?)size);
    }

    /// <summary>A part that is there if a condition holds, and takes no bytes otherwise.</summary>
    private void PlaceOptional(ExpressionSyntax condition, Action part)
    {
        BoundExpression? bound = Checked(new ExpressionBinder(binder, unit, _type).BindDecision(condition));
        if (bound is null)
        {
            return;
        }

        ProveInputs(bound);
        var model = new UnionModel(_type.Unions.Count)
        {
            At = _at,
            Presence = [.. _presence],
            IsOptional = true,
        };
        model.Conditions.AddRange([bound, null]);
        model.CaseTexts.AddRange([condition.Text, "default"]);
        _type.Unions.Add(model);
        _steps.Add(new CaseStep(model));
        PlaceAlternatives(model, [(condition.Place, part), (condition.Place, static () => { })], null);
    }

    private void BindCondition(UnionSyntax union, CaseSyntax syntaxCase, UnionModel model)
    {
        BoundExpression? condition = null;
        foreach (ExpressionSyntax label in syntaxCase.Conditions)
        {
            BoundExpression bound = new ExpressionBinder(binder, unit, _type).BindCase(union.Selector, label);
            if (bound.IsError)
            {
                _type.IsBroken = true;
                return;
            }

            ProveInputs(bound);
            condition = condition is null ? bound : new BoundBinary("||", condition, bound, ValueKind.Boolean, 0, 1);
        }

        model.Conditions.Add(condition);
        IEnumerable<string> labels = syntaxCase.Conditions.Select(static label => label.Text);
        model.CaseTexts.Add(condition is null ? "default" : "case " + string.Join(", ", labels));
    }

    private void PlaceAlternatives(
        UnionModel model, IReadOnlyList<(SourcePlace Place, Action Body)> cases, int? size)
    {
        Prove();
        var outer = (At: _at, Steps: _steps, Presence: _presence, Checked: _checked, IsInCase: _isInCase);
        long minTotal = _minTotal;
        var blocks = new List<CaseBlock>();
        long least = long.MaxValue;
        bool isFull = true;
        bool isMaybeFull = false;
        for (int i = 0; i < cases.Count; i++)
        {
            _at = outer.At;
            _proved = outer.At;
            _minTotal = minTotal;
            _steps = [];
            _checked = [.. outer.Checked];
            _presence = [.. outer.Presence, new CasePresence(model, i)];
            _isInCase = true;
            _isFull = false;
            _isMaybeFull = false;
            cases[i].Body();
            FillUp(outer.At, size, cases[i].Place);
            Prove();
            isFull &= _isFull;
            isMaybeFull |= _isFull || _isMaybeFull;
            least = Math.Min(least, _minTotal);
            blocks.Add(new CaseBlock(_steps, _at));
        }

        _steps = outer.Steps;
        _checked = outer.Checked;
        _presence = outer.Presence;
        _isInCase = outer.IsInCase;
        _isFull = isFull;
        _isMaybeFull = isMaybeFull;
        _minTotal = least;
        Join(model, outer.At, blocks, cases[^1].Place);
    }

    private void Join(UnionModel model, Position start, List<CaseBlock> blocks, SourcePlace place)
    {
        Position end = blocks[0].End;
        if (end.Slot == start.Slot && blocks.TrueForAll(block => block.End == end))
        {
            // A constant part: what follows it proves it. Unions inside still have to be decided, and their tags are
            // read for that: then the part is proved here.
            List<CaseStep> inner = [.. blocks.SelectMany(static block => block.Steps.OfType<CaseStep>())];
            _at = end;
            _proved = start;
            if (inner.Count > 0)
            {
                Prove();
                _steps.AddRange(inner);
            }

            return;
        }

        if (_isConstantOnly)
        {
            Error(
                place,
                "KK1208",
                "the cases take different numbers of bytes, which an overlay does not allow; give the union a `size`");
            return;
        }

        int slot = NewSlot();
        _steps.Add(new CasesStep(model, blocks, slot));
        MoveTo(slot);
    }

    /// <summary>Fills a case up to the union's stated size.</summary>
    private void FillUp(Position start, int? size, SourcePlace place)
    {
        if (size is not int wanted || _type.IsBroken)
        {
            return;
        }

        int taken = _at.Offset - start.Offset;
        if (_at.Slot != start.Slot || taken > wanted)
        {
            string what = _at.Slot != start.Slot ? "an unknown number of bytes" : Bytes(taken);
            Error(place, "KK1208", $"this case takes {what}, but the union's size is {wanted}; correct one of them");
        }
        else if (taken < wanted)
        {
            _type.Gaps.Add(new GapModel(_at, $"{wanted - taken}", "fills the case up, kept", place));
            Advance(wanted - taken, place);
        }
    }

    private void BindLet(LetSyntax let)
    {
        binder.CheckAttributes(let.Attributes);
        string name = let.Name.Text;
        if (IsTaken(let.Name))
        {
            return;
        }

        BoundExpression? bound = Checked(new ExpressionBinder(binder, unit, _type).BindComputed(let.Value));
        if (bound is null)
        {
            return;
        }

        if (ExpressionFields.Weight(bound) > ExpressionBinder.WeightMax)
        {
            const int most = ExpressionBinder.WeightMax;
            Error(let.Name.Place, "KK1006", $"`{name}` is computed from over {most} parts; simplify it");
            return;
        }

        string csName = binder.CsNameFor(let.Name, let.Attributes, Names.Member);
        EnumType? type = ExpressionBinder.EnumOf(bound);
        _type.Computed.Add(new ComputedModel(name, csName, bound, let.Value.Text, let.Doc, type));
    }
}
