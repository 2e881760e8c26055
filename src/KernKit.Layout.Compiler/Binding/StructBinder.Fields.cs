using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Fields: their shape, their place, their conditions.</summary>
internal sealed partial class StructBinder
{
    /// <summary>Fields of one structure: bounds the work, which grows with their square.</summary>
    private const int FieldsMax = 4_096;

    private void PlaceFields(FieldSyntax field)
    {
        binder.CheckAttributes(field.Clauses.Attributes);
        bool? order = field.IsLittleEndian ?? _type.OwnLittleEndian;
        TypeModel? type = field.InlineBits is null
            ? FindRecursive(field) ?? FindType(field.Type, order)
            : binder.BindBits(unit, field.InlineBits, _type.CsName, order);
        if (type is null or StructType { IsBroken: true })
        {
            _type.IsBroken = true;
            return;
        }

        if (type is BitsType bits && field.InlineBits is not null)
        {
            _type.InlineBits.Add(bits);
        }

        var alias = type as AliasType;
        if (alias is not null)
        {
            // The field's own attributes come last and win.
            IReadOnlyList<AttributeSyntax> attributes = [.. alias.Attributes, .. field.Clauses.Attributes];
            field = field with { Clauses = field.Clauses with { Attributes = attributes } };
        }

        field = WithVersions(field);
        foreach (DeclaratorSyntax declarator in field.Declarators)
        {
            if (alias?.Count is null)
            {
                PlaceOrdered(field, declarator, alias?.Target ?? type);
            }
            else if (declarator.IsArray)
            {
                Error(declarator.Name.Place, "KK1207", $"`{alias.Name}` is an array already; an array of "
                    + "arrays needs a structure around the inner one");
            }
            else
            {
                var count = new NumberSyntax(declarator.Name.Place, $"{alias.Count}", alias.Count.Value);
                PlaceOrdered(field, declarator with { IsArray = true, Count = count }, alias.Target);
            }
        }
    }

    /// <summary>Gives the type the order that the member states.</summary>
    private void PlaceOrdered(FieldSyntax field, DeclaratorSyntax declarator, TypeModel type)
    {
        if (field.IsLittleEndian is not bool isLittle)
        {
            PlaceField(field, declarator, type);
            return;
        }

        OrderKind order = isLittle ? OrderKind.Little : OrderKind.Big;
        TypeModel? ordered = type switch
        {
            ScalarType { Bytes: > 1, Order: OrderKind.Ambient } scalar =>
                new ScalarType(scalar.Bytes, scalar.IsSigned, order, scalar.IsFloat),
            EnumType { Bits: > 8, Order: OrderKind.Ambient } value => value.With(order),
            BitsType { Scalar: { Bytes: > 1, Order: OrderKind.Ambient } } bits => bits.With(order),
            StructType { HasOrderParameter: true } nested => nested.With(isLittle),
            _ => null,
        };
        if (ordered is null)
        {
            Error(
                field.Place,
                "KK1201",
                $"`{field.Type.Text}` takes no order here: it is one byte, or states its own; remove "
                    + $"`{(isLittle ? "le" : "be")}`");
            return;
        }

        PlaceField(field, declarator, ordered);
    }

    /// <summary>
    /// A structure that is being placed, as the type of records up to an end: these are opened one by one and later,
    /// so nothing of it has to be known yet, and opening never goes deeper than the schema.
    /// </summary>
    private StructType? FindRecursive(FieldSyntax field)
    {
        bool isRun = field is { Clauses.UntilEnd: true, IsLittleEndian: null }
            && field.Declarators.All(static declarator => declarator.IsOpen);
        if (!isRun || binder.FindGrowing(unit, field.Type) is not StructType growing)
        {
            return null;
        }

        binder.Later(() =>
        {
            if (growing is { IsBroken: false } and ({ MinSize: 0 } or { HasOutOfLine: true } or { Size: not null }))
            {
                Error(field.Place, "KK1105", $"`{growing.Name}` cannot hold a run of itself: it may take no bytes, or "
                    + "reaches behind itself");
            }
        });
        return growing;
    }

    /// <summary><c>since 2</c> is <c>if version >= 2</c>, <c>until 4</c> is <c>if version &lt; 4</c>.</summary>
    private static FieldSyntax WithVersions(FieldSyntax field)
    {
        ClausesSyntax clauses = field.Clauses;
        bool isOpen = field.Declarators.Any(static declarator => declarator.IsOpen);
        ExpressionSyntax? condition = clauses.If;
        if (clauses.Since is ExpressionSyntax since)
        {
            condition = And(condition, Version(since, ">="));
        }

        if (clauses.Until is ExpressionSyntax until && !isOpen)
        {
            condition = And(condition, Version(until, "<"));
            clauses = clauses with { Until = null };
        }

        return field with { Clauses = clauses with { If = condition } };
    }

    private static BinarySyntax Version(ExpressionSyntax number, string op)
    {
        var version = new NameExpressionSyntax(number.Place, "version");
        return new BinarySyntax(number.Place, $"version {op} {number.Text}", op, version, number);
    }

    private static ExpressionSyntax And(ExpressionSyntax? left, ExpressionSyntax right) => left is null
        ? right
        : new BinarySyntax(left.Place, $"({left.Text}) && {right.Text}", "&&", left, right);

    private void PlaceField(FieldSyntax field, DeclaratorSyntax declarator, TypeModel type)
    {
        if (declarator.Width is not null)
        {
            if (field.Clauses with { Attributes = ClausesSyntax.None.Attributes } != ClausesSyntax.None)
            {
                Error(declarator.Width.Place, "KK1702", "a bit field of C takes no clauses; write an `assert`");
                return;
            }

            PlaceBitField(declarator, type);
            return;
        }

        AlignTo(AlignmentOf(type), declarator.Name.Place);
        int? unitSize = Binder.SizeOf(type);
        if (type is EnumType { Bits: int bits } && bits % 8 != 0)
        {
            Error(field.Place, "KK1203", $"`{field.Type.Text}` has {bits} bits and fits only into `bits`");
            return;
        }

        if (type is EnumType { Order: OrderKind.Ambient } ordered && ordered.Bits > 8
            && _type.OwnLittleEndian is null && unit.Syntax.Order is null)
        {
            Error(field.Place, "KK1201", $"`{field.Type.Text}` has no byte order; write `order le;` or `order be;` "
                + $"at the head");
            return;
        }

        if (!CheckForm(field, declarator, type, unitSize))
        {
            return;
        }

        BoundExpression? at = field.Clauses.At is null
            ? null
            : Checked(new ExpressionBinder(binder, unit, _type) { BaseName = "self" }.BindInteger(field.Clauses.At));
        BoundExpression? count = declarator.Count is null ? null : Checked(BindLength(declarator.Count));
        if ((field.Clauses.At is not null && at is null) || (declarator.Count is not null && count is null))
        {
            return;
        }

        if (at is not null && (at is not BoundConstant || count is not null and not BoundConstant))
        {
            PlaceOutOfLine(field, declarator, type, at, count, unitSize);
            return;
        }

        if (at is BoundConstant constantAt && !JumpTo(constantAt.Value, field.Clauses.At!))
        {
            return;
        }

        PlaceInSequence(field, declarator, type, count, unitSize);
    }

    /// <summary>Refuses forms that mean nothing: arrays without an end, arguments without parameters.</summary>
    private bool CheckForm(FieldSyntax field, DeclaratorSyntax declarator, TypeModel type, int? unitSize)
    {
        SourcePlace place = declarator.Name.Place;
        bool isOpen = declarator.IsArray && declarator.Count is null;
        bool isUntil = field.Clauses.UntilEnd || field.Clauses.Until is not null;
        if (isOpen != isUntil)
        {
            Error(place, "KK1209", "`[]` and `until` belong together: write `T name[] until end;`, `T name[] until 0;` "
                + "or give a count");
            return false;
        }

        if (type is StructType { HasOutOfLine: true } outer)
        {
            Error(place, "KK1207", $"`{outer.Name}` reaches bytes behind itself and cannot be part of another "
                + $"structure");
            return false;
        }

        if (type is StructType { HasOrderParameter: true, GivenLittleEndian: null } && unit.Syntax.Order is null
            && _type.OwnLittleEndian is null)
        {
            Error(place, "KK1201", $"`{field.Type.Text}` needs a byte order; write `order le;` or `order be;` at the "
                + $"head");
            return false;
        }

        bool isGrowing = field.Clauses.UntilEnd && binder.FindGrowing(unit, field.Type) is not null;
        if (declarator.IsArray && unitSize is null && !isGrowing && type is StructType { MinSize: 0 })
        {
            Error(place, "KK1209", $"`{field.Type.Text}` may take no bytes, so a run of them has no end; give it a "
                + $"fixed part");
            return false;
        }

        int expected = type is StructType structure ? structure.Parameters.Count : 0;
        int given = declarator.Arguments?.Count ?? 0;
        if (expected != given)
        {
            Error(place, "KK1212", $"`{field.Type.Text}` takes {expected} arguments, {given} are given");
            return false;
        }

        return true;
    }

    private bool JumpTo(BigInteger offset, ExpressionSyntax shown)
    {
        if (!_at.IsConstant || _limit >= 0)
        {
            Error(shown.Place, "KK1205", "`at` a constant cannot follow a part of run-time length; use `pad`");
            return false;
        }

        if (offset < _at.Offset && !_isConstantOnly)
        {
            Error(
                shown.Place,
                "KK1205",
                $"offset {offset} lies in what is already placed, which ends at {_at.Offset}; use `overlay` for two "
                    + $"readings");
            return false;
        }

        if (offset < 0 || offset > StructType.SizeMax)
        {
            Error(shown.Place, "KK1206", $"offset {offset} is not between 0 and {StructType.SizeMax}");
            return false;
        }

        if (offset > _at.Offset)
        {
            string gap = (offset - _at.Offset).ToString();
            _type.Gaps.Add(new GapModel(_at, gap, "skipped by `at`", shown.Place));
        }

        _minTotal += (long)offset - _at.Offset;
        _at = new Position(-1, (int)offset);
        _proved = _at;
        return true;
    }

    private FieldModel? Declare(
        FieldSyntax field, DeclaratorSyntax declarator, TypeModel type, FieldShape shape, Position at)
    {
        List<Presence> presence = [.. _presence];
        if (field.Clauses.If is not null && BindCondition(field.Clauses.If) is Presence condition)
        {
            presence.Add(condition);
        }

        string name = declarator.Name.Text;
        if (_type.Fields.Count >= FieldsMax)
        {
            Error(declarator.Name.Place, "KK1006", $"a structure has at most {FieldsMax} fields; name parts of it");
            return null;
        }

        FieldModel? earlier = _type.Fields.Find(other => other.Name == name);
        if (_type.Computed.Exists(other => other.Name == name) || _type.References.Exists(other => other.Name == name))
        {
            Error(declarator.Name.Place, "KK1101", $"`{name}` is already a name of this structure; choose another");
            return null;
        }

        if (earlier is not null)
        {
            return StatesRule(earlier, field.Clauses, declarator)
                ? null
                : MergeInto(earlier, declarator, type, shape, new FieldPlace(at, presence));
        }

        var model = new FieldModel
        {
            Name = name,
            CsName = binder.CsNameFor(declarator.Name, field.Clauses.Attributes, Names.Member),
            Place = declarator.Name.Place,
            Type = type,
            Shape = shape,
            Doc = field.Doc,
            Unit = ArgumentOf(field.Clauses.Attributes, "unit") ?? _inheritedUnit,
            Time = ArgumentOf(field.Clauses.Attributes, "time") ?? _inheritedTime,
            COriginal = ArgumentOf(field.Clauses.Attributes, "c") ?? "",
            Show = ArgumentOf(field.Clauses.Attributes, "show") ?? "",
            Text = EncodingOf(field, type, shape),
            Fill = FillOf(field),
            Index = _type.Fields.Count,
        };
        model.Places.Add(new FieldPlace(at, presence));
        BindArguments(model, declarator);
        _type.Fields.Add(model);
        _declared.Add((model, field));
        return model;
    }

    /// <summary>
    /// True if a name that stands in an earlier case states a rule of its own here: a field has the rules of its first
    /// place, and no others.
    /// </summary>
    private bool StatesRule(FieldModel earlier, ClausesSyntax clauses, DeclaratorSyntax declarator)
    {
        ClausesSyntax first = _declared.Find(item => item.Field == earlier).Syntax.Clauses;
        bool isOther = Differs(clauses.Where, first.Where) || Differs(clauses.Equal, first.Equal)
            || clauses.Check is not null || clauses.Transform is not null;
        if (isOther)
        {
            Error(
                declarator.Name.Place,
                "KK1101",
                $"`{earlier.Name}` stands in line {earlier.Place.Line} already, in another case, and its rules are "
                    + "those of all; state the rule where the name stands first");
        }

        return isOther;

        // Texts that are cut may differ behind the cut.
        static bool Differs(ExpressionSyntax? here, ExpressionSyntax? there) =>
            here is not null && (here.Text != there?.Text || here.Text.Length >= ExpressionSyntax.TextMax);
    }

    private FieldModel? MergeInto(
        FieldModel earlier, DeclaratorSyntax declarator, TypeModel type, FieldShape shape, FieldPlace place)
    {
        bool isOtherCase = place.Presence is [.., CasePresence mine]
            && earlier.First.Presence is [.., CasePresence first]
            && mine.Union == first.Union
            && earlier.Places.TrueForAll(other =>
                other.Presence[^1] is CasePresence { Case: int taken } && taken != mine.Case);
        if (!isOtherCase)
        {
            Error(
                declarator.Name.Place,
                "KK1101",
                $"`{earlier.Name}` is already a field, in line {earlier.Place.Line}; only cases of one union share "
                    + $"names");
            return null;
        }

        bool isSameScalar = (earlier.Type, type) is (ScalarType a, ScalarType b)
            && a.Bytes == b.Bytes && a.IsSigned == b.IsSigned && a.IsFloat == b.IsFloat && a.Order == b.Order;
        bool isSame = earlier.Shape == shape && (earlier.Type == type || isSameScalar);
        if (!isSame || shape is not FieldShape.Scalar)
        {
            Error(
                declarator.Name.Place,
                "KK1101",
                $"`{earlier.Name}` is another type in another case; cases share integers of one type only: rename one");
            return null;
        }

        earlier.Places.Add(place);
        return earlier;
    }

    private void BindArguments(FieldModel model, DeclaratorSyntax declarator)
    {
        if (model.Type is not StructType { Parameters: { Count: > 0 } parameters } || declarator.Arguments is null)
        {
            return;
        }

        var bound = new BoundExpression?[parameters.Count];
        for (int i = 0; i < declarator.Arguments.Count; i++)
        {
            ArgumentSyntax argument = declarator.Arguments[i];
            int index = argument.Name is null ? i : parameters.FindIndex(other => other.Name == argument.Name.Text);
            if (index < 0 || bound[index] is not null)
            {
                Error(argument.Value.Place, "KK1212", "this names no parameter, or one that already has a value; "
                    + "correct it");
                return;
            }

            bound[index] = BindArgument(parameters[index], argument.Value);
        }

        model.Arguments.AddRange(bound.Select(static argument => argument ?? BoundError.Instance));
        model.Arguments.ForEach(argument => _type.IsBroken |= argument.IsError);
    }

    private BoundExpression BindArgument(ParameterModel parameter, ExpressionSyntax value)
    {
        var expressions = new ExpressionBinder(binder, unit, _type);
        if (parameter.IsBoolean)
        {
            return expressions.BindBoolean(value);
        }

        BoundExpression bound = expressions.BindInteger(value);
        (_, BigInteger min, BigInteger max) = ExpressionBinder.RangeOf(parameter.Type!, FieldShape.Scalar);
        if (!bound.IsError && (bound.Min < min || bound.Max > max))
        {
            Error(
                value.Place,
                "KK1202",
                $"`{value.Text}` may be {bound.Min} to {bound.Max}, but `{parameter.Name}` holds {min} to {max}; "
                    + $"widen it");
        }

        return bound;
    }

    private static FieldShape ShapeOf(TypeModel type, bool isArray) => (type, isArray) switch
    {
        (StructType, false) => FieldShape.Structure,
        (StructType, true) => FieldShape.StructureArray,
        (_, false) => FieldShape.Scalar,
        (CharType or ScalarType { Bytes: 1, IsSigned: false }, true) => FieldShape.Bytes,
        _ => FieldShape.Array,
    };

    private void PlaceInSequence(
        FieldSyntax field, DeclaratorSyntax declarator, TypeModel type, BoundExpression? count, int? unitSize)
    {
        SourcePlace place = declarator.Name.Place;
        FieldShape shape = ShapeOf(type, declarator.IsArray);
        bool isOptional = field.Clauses.If is not null && !_isConstantOnly;
        bool isConstant = unitSize is not null && count is null or BoundConstant && !declarator.IsOpen;
        if (isOptional && !isConstant)
        {
            ExpressionSyntax condition = field.Clauses.If!;
            FieldSyntax always = field with { Clauses = field.Clauses with { If = null } };
            PlaceOptional(condition, () => PlaceInSequence(always, declarator, type, count, unitSize));
        }
        else if (declarator.IsOpen)
        {
            PlaceOpen(field, declarator, type, unitSize);
        }
        else if (unitSize is null && count is not null)
        {
            PlaceCountedRecords(field, declarator, (StructType)type, count);
        }
        else if (unitSize is null)
        {
            PlaceNested(field, declarator, type);
        }
        else if (count is null or BoundConstant)
        {
            BigInteger elements = (count as BoundConstant)?.Value ?? 1;
            if (elements < 1 || elements * unitSize.Value > StructType.SizeMax)
            {
                Error(
                    place,
                    "KK1206",
                    $"{elements} elements of {Bytes(unitSize.Value)} are not 1 to {StructType.SizeMax} bytes in all");
                return;
            }

            PlaceConstant(field, declarator, type, shape, (int)elements, unitSize.Value, isOptional);
        }
        else
        {
            PlaceCounted(field, declarator, type, shape, count, unitSize.Value);
        }
    }

    private void PlaceConstant(
        FieldSyntax field,
        DeclaratorSyntax declarator,
        TypeModel type,
        FieldShape shape,
        int elements,
        int unitSize,
        bool isOptional)
    {
        int size = elements * unitSize;
        FieldModel? model = Declare(field, declarator, type, shape, _at);
        if (model is null)
        {
            return;
        }

        model.Count = declarator.IsArray ? elements : null;
        if (!isOptional)
        {
            Advance(size, declarator.Name.Place);
            return;
        }

        if (model.First.Presence is not [.., ConditionPresence condition])
        {
            return;
        }

        model.IsPresenceRemembered = true;
        ProveInputs(condition.Condition);
        int slot = NewSlot();
        _steps.Add(new OptionalStep(model, condition.Condition, size, _at, _limit, slot));
        MoveTo(slot);
    }

    private void PlaceCounted(
        FieldSyntax field,
        DeclaratorSyntax declarator,
        TypeModel type,
        FieldShape shape,
        BoundExpression count,
        int unitSize)
    {
        if (RefuseRunTime(declarator.Name.Place, "a run-time length"))
        {
            return;
        }

        ProveInputs(count);
        FieldModel? model = Declare(field, declarator, type, shape, _at);
        if (model is not null)
        {
            model.CountSlot = _countSlots++;
            model.CountText = declarator.Count!.Text;
            Position at = _at;
            TakeExtent(count, declarator.Count.Text, unitSize, model.CountSlot, model.Name);
            LimitCount(model, declarator, at);
        }
    }

    private void PlaceNested(FieldSyntax field, DeclaratorSyntax declarator, TypeModel type)
    {
        if (RefuseRunTime(declarator.Name.Place, $"`{field.Type.Text}`, whose length is known at run time only,"))
        {
            return;
        }

        Prove();
        FieldModel? model = Declare(field, declarator, type, FieldShape.Structure, _at);
        if (model is not null)
        {
            model.Arguments.ForEach(ProveInputs);
            model.CountSlot = _countSlots++;
            int slot = NewSlot();
            _steps.Add(new NestedStep(model, _at, _limit, slot));
            _minTotal += ((StructType)type).MinSize;
            MoveTo(slot);
        }
    }

    private void TakeExtent(BoundExpression count, string text, int unitSize, int countSlot, string path)
    {
        ProveInputs(count);
        int slot = NewSlot();
        _steps.Add(new ExtentStep(count, text, unitSize, _at, _limit, slot, countSlot, path));
        BigInteger least = BigInteger.Max(count.Min, 0);
        least = unitSize == ExtentStep.Bits ? (least + 7) / 8 : least * unitSize;
        _minTotal += (long)BigInteger.Min(least, StructType.SizeMax);
        MoveTo(slot);
    }

    private void TakeRest(int unitSize, int countSlot, string path)
    {
        Prove();
        int slot = NewSlot();
        _steps.Add(new RestStep(unitSize, _at, _limit, slot, countSlot, path));
        MoveTo(slot);
        _isFull = true;
    }
}
