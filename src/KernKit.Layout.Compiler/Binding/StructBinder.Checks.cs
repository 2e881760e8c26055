using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>References, and the checks that fields hold.</summary>
internal sealed partial class StructBinder
{
    private void BindReference(ReferenceSyntax reference)
    {
        binder.CheckAttributes(reference.Attributes);
        if (IsTaken(reference.Name))
        {
            return;
        }

        Symbol? target = null;
        if (reference.Type is NameSyntax type)
        {
            target = binder.Find(unit, type.Text, type.Place);
            if (target?.Syntax is not StructSyntax)
            {
                Error(type.Place, "KK1107", $"`{type.Text}` is no structure; refer to a structure or to bytes");
                return;
            }

            // A structure may refer to itself, so its size is not asked for before everything is bound.
            bool isCounted = reference.Count is not null;
            binder.Later(() => CheckTarget(type, target, isCounted));
        }

        BoundExpression? at = Checked(new ExpressionBinder(binder, unit, _type).BindInteger(reference.At));
        BoundExpression? count = reference.Count is null ? null : Checked(BindLength(reference.Count));
        ConditionPresence? condition = reference.If is null ? null : BindCondition(reference.If);
        if (at is null || (reference.Count is not null && count is null))
        {
            return;
        }

        bool fits = Intervals.IsInRange(at.Min, at.Max)
            && (count is null || Intervals.IsInRange(count.Min, count.Max << 24));
        if (!fits)
        {
            Error(reference.At.Place, "KK1302", "the reference may lie outside of 127 bits; use narrower fields");
            return;
        }

        var model = new ReferenceModel
        {
            Name = reference.Name.Text,
            CsName = binder.CsNameFor(reference.Name, reference.Attributes, Names.Member),
            Doc = reference.Doc,
            Space = reference.Space,
            At = at,
            AtText = reference.At.Text,
            Count = count,
            Target = target,
            Presence = condition is null ? [.. _presence] : [.. _presence, condition],
        };
        _type.References.Add(model);
        if (reference.Transform is not null)
        {
            BindTransform(null, model, reference.Transform);
        }
    }

    private void BindTransform(FieldModel? field, ReferenceModel? reference, TransformClauseSyntax clause)
    {
        SourcePlace place = clause.Name.Place;
        bool isBytes = field is null ? reference!.Target is null : field.Shape == FieldShape.Bytes;
        TransformDeclaration? declared = isBytes ? binder.FindTransform(unit, clause.Name) : null;
        if (!isBytes)
        {
            Error(place, "KK1402", "only runs of bytes are stored in another form; write the type as bytes");
        }

        if (declared is null)
        {
            _type.IsBroken = true;
            return;
        }

        byte[] key = [];
        bool isXor = declared.Cases is [(null, TransformWay.Xor)];
        int wanted = isXor ? 1 : declared.Parameters.Count;
        bool isKey = !isXor || clause.Arguments is [BytesSyntax { Bytes.Length: > 0 }]
            || (clause.Arguments is [NumberSyntax number] && number.Value >= 0 && number.Value <= byte.MaxValue);
        if (clause.Arguments.Count != wanted || !isKey)
        {
            Error(
                place,
                "KK1402",
                $"`{declared.Name}` takes {wanted} arguments; the key of xor is a byte or a string that is not empty");
            return;
        }

        if (isXor)
        {
            key = clause.Arguments[0] is BytesSyntax bytes
                ? bytes.Bytes
                : [(byte)((NumberSyntax)clause.Arguments[0]).Value];
        }

        var values = new Dictionary<string, BoundExpression>(StringComparer.Ordinal);
        for (int i = 0; i < declared.Parameters.Count; i++)
        {
            values[declared.Parameters[i].Name] = BindArgument(declared.Parameters[i], clause.Arguments[i]);
        }

        var ways = new List<(BoundExpression? Condition, TransformWay Way)>();
        foreach ((ExpressionSyntax? condition, TransformWay way) in declared.Cases)
        {
            ways.Add((condition is null ? null : Checked(
                new ExpressionBinder(binder, declared.Unit, null) { Given = values }.BindBoolean(condition)), way));
        }

        int max = 64 << 20;
        if (clause.Max is not null && binder.EvaluateConstant(unit, clause.Max) is BigInteger limit)
        {
            if (limit < 1 || limit > max)
            {
                Error(clause.Max.Place, "KK1402", $"{limit} is not between 1 and {max}");
                return;
            }

            max = (int)limit;
        }

        string given = string.Join(", ", clause.Arguments.Select(static one => one.Text));
        string text = clause.Name.Text + (given.Length == 0 ? "" : $"({given})");
        _type.Transforms.Add(new TransformModel(field, reference, ways, key, max, text));
    }

    private void CheckTarget(NameSyntax type, Symbol target, bool isCounted)
    {
        if (isCounted && target.Type is StructType { Size: null, IsBroken: false })
        {
            Error(type.Place, "KK1207", $"`{type.Text}` has no constant size, so a number of them has no length");
        }
    }

    private bool IsTaken(NameSyntax name)
    {
        bool isTaken = _type.Fields.Exists(field => field.Name == name.Text)
            || _type.Computed.Exists(computed => computed.Name == name.Text)
            || _type.References.Exists(reference => reference.Name == name.Text)
            || _type.Parameters.Exists(parameter => parameter.Name == name.Text);
        if (isTaken)
        {
            Error(name.Place, "KK1101", $"`{name.Text}` is already a name of this structure; choose another");
        }

        return isTaken;
    }

    /// <summary>Binds the clause <c>check</c> of a field once every field is known.</summary>
    private void BindCheck(FieldModel field, IReadOnlyList<CheckTermSyntax> terms)
    {
        CheckTermSyntax first = terms[0];
        if (field.OutOfLineAt is not null || field.Places.Count > 1
            || field.Shape is not (FieldShape.Scalar or FieldShape.Bytes))
        {
            Error(field.Place, "KK1401", $"`{field.Name}` cannot hold a check: an integer or bytes of one place can");
            return;
        }

        if (field.Shape == FieldShape.Bytes && terms.Count > 1)
        {
            Error(first.Algorithm.Place, "KK1401", "digests are not combined by `^`; check one range behind the other");
            return;
        }

        var bound = new List<CheckTerm>();
        foreach (CheckTermSyntax term in terms)
        {
            if (BindTerm(field, term) is not CheckTerm one)
            {
                _type.IsBroken = true;
                return;
            }

            bound.Add(one);
        }

        bool isMixed = bound.Exists(term => term.Reference != bound[0].Reference);
        if (isMixed)
        {
            Error(first.Algorithm.Place, "KK1401", "a check speaks of one reference or of the structure, not of both");
            return;
        }

        string text = string.Join(" ^ ", terms.Select(static term =>
            $"{term.Algorithm.Text}({string.Join(", ", term.Arguments.Select(static argument => argument.Text))})"));
        _type.Checks.Add(new CheckModel(field, bound, text));
    }

    private CheckTerm? BindTerm(FieldModel field, CheckTermSyntax term)
    {
        CheckDeclaration? declared = binder.FindCheck(unit, term.Algorithm);
        if (declared is null)
        {
            return null;
        }

        int given = declared.Parameters.Count;
        if (term.Arguments.Count <= given)
        {
            Error(term.Algorithm.Place, "KK1401", $"`{declared.Name}` takes {given} values and then what it checks");
            return null;
        }

        var values = new Dictionary<string, BoundExpression>(StringComparer.Ordinal);
        for (int i = 0; i < given; i++)
        {
            CheckArgumentSyntax argument = term.Arguments[i];
            if (argument.Value is null)
            {
                string name = declared.Parameters[i].Name;
                Error(argument.Place, "KK1401", $"`{argument.Text}` stands where `{name}` belongs; write its value");
                return null;
            }

            values[declared.Parameters[i].Name] = BindArgument(declared.Parameters[i], argument.Value);
        }

        if (BindChoices(declared, values) is not { } choices || !CheckWidth(field, term.Algorithm, choices))
        {
            return null;
        }

        return BindRanges(term, [.. term.Arguments.Skip(given)], choices);
    }

    private List<CheckChoice>? BindChoices(CheckDeclaration declared, Dictionary<string, BoundExpression> values)
    {
        var choices = new List<CheckChoice>();
        foreach ((ChoiceSyntax choice, CheckAlgorithm algorithm) in declared.Cases)
        {
            var expressions = new ExpressionBinder(binder, declared.Unit, null) { Given = values };
            BoundExpression? condition = choice.Condition is null ? null : expressions.BindBoolean(choice.Condition);
            if (condition is BoundBoolean { Value: false })
            {
                continue;
            }

            BoundExpression? seed = choice.Seed is null ? null : expressions.BindInteger(choice.Seed);
            if (condition?.IsError == true || seed?.IsError == true)
            {
                return null;
            }

            int bits = CheckAlgorithms.SeedBytesOf(algorithm) * 8;
            if (seed is not null && (seed.Min < 0 || seed.Max >= BigInteger.One << bits))
            {
                Error(
                    choice.Seed!.Place,
                    "KK1401",
                    $"`{choice.Seed.Text}` may be {seed.Min} to {seed.Max}, but the seed of "
                        + $"`{CheckAlgorithms.NameOf(algorithm)}` has {bits} bits and no sign");
                return null;
            }

            choices.Add(new CheckChoice(condition, algorithm, seed));
        }

        return choices;
    }

    /// <summary>An algorithm's result must be as wide as the field; SHA-256 may be cut, or folded.</summary>
    private bool CheckWidth(FieldModel field, NameSyntax name, List<CheckChoice> choices)
    {
        foreach (CheckAlgorithm algorithm in choices.Select(static choice => choice.Algorithm))
        {
            int bytes = CheckAlgorithms.BytesOf(algorithm);
            int least = CheckAlgorithms.FewestBytesOf(algorithm);
            int have = field.Shape == FieldShape.Bytes ? field.Count ?? 0 : Binder.SizeOf(field.Type) ?? 0;
            bool isDigest = CheckAlgorithms.IsDigest(algorithm);
            bool fits = bytes == 0
                || (isDigest ? field.Shape == FieldShape.Bytes && have >= least && have <= bytes
                    : field.Shape == FieldShape.Scalar && have == bytes && field.Type is ScalarType { IsFloat: false });
            if (!fits)
            {
                string wanted = isDigest ? $"{least} to {bytes} bytes" : $"an integer of {bytes} bytes";
                string shown = CheckAlgorithms.NameOf(algorithm);
                Error(name.Place, "KK1401", $"`{shown}` gives {wanted}, which `{field.Name}` is not; change one");
                return false;
            }
        }

        return true;
    }

    private CheckTerm? BindRanges(
        CheckTermSyntax term,
        IReadOnlyList<CheckArgumentSyntax> arguments,
        List<CheckChoice> choices)
    {
        if (arguments is [{ Value: NameExpressionSyntax { Name: string name }, Zeroed.Count: 0 }]
            && _type.References.Find(reference => reference.Name == name) is ReferenceModel reference)
        {
            return new CheckTerm(choices, [], reference);
        }

        var ranges = new List<CheckRange>();
        foreach (CheckArgumentSyntax argument in arguments)
        {
            if (BindRange(argument) is not CheckRange range)
            {
                return null;
            }

            ranges.Add(range);
        }

        return new CheckTerm(choices, ranges, null);
    }

    private CheckRange? BindRange(CheckArgumentSyntax argument)
    {
        var zeroed = new List<FieldModel>();
        foreach (NameSyntax name in argument.Zeroed)
        {
            if (FieldOfRange(name.Text, name.Place) is not FieldModel field)
            {
                return null;
            }

            zeroed.Add(field);
        }

        zeroed.Sort(static (left, right) => left.Index.CompareTo(right.Index));

        if (argument.IsSelf)
        {
            CheckPoint? from = BindPoint(argument.From, out bool isFromRight);
            CheckPoint? to = BindPoint(argument.To, out bool isToRight);
            return isFromRight && isToRight && CanBe(from, to, argument)
                ? new CheckRange(from, to, zeroed)
                : null;
        }

        if (argument.Value is NameExpressionSyntax named)
        {
            FieldModel? field = FieldOfRange(named.Name, named.Place);
            return field is null
                ? null
                : new CheckRange(new CheckPoint(field, false, null), new CheckPoint(field, true, null), zeroed);
        }

        Error(argument.Place, "KK1401", $"`{argument.Text}` is no range; write `self[a .. b]`, a field or a reference");
        return null;
    }

    /// <summary>Refuses a range of which no bytes can ever be there: the check would always be bad.</summary>
    private bool CanBe(CheckPoint? from, CheckPoint? to, CheckArgumentSyntax argument)
    {
        BigInteger? size = _at.IsConstant ? _at.Offset : null;
        BigInteger? start = from is null ? 0 : OffsetOf(from);
        BigInteger? end = to is null ? size : OffsetOf(to);
        if (!(start > end) && !(end > size) && !(start > size) && !(start < 0) && !(end < 0))
        {
            return true;
        }

        string all = size is null ? "the structure" : $"the {Bytes(size.Value)} of the structure";
        Error(
            argument.Place,
            "KK1401",
            $"`{argument.Text}` is {start?.ToString() ?? "?"} to {end?.ToString() ?? "?"}, which is no range of {all}; "
                + "correct it");
        return false;
    }

    /// <summary>Bytes from the start of the structure to a point, if that is the same for all data.</summary>
    private static BigInteger? OffsetOf(CheckPoint point) => point switch
    {
        { IsEnd: false, Field: { IsConditional: false, First.At: { IsConstant: true } at } } => at.Offset,
        { Field: { IsConditional: false, First.At: { IsConstant: true } at, CountSlot: < 0 } field } =>
            at.Offset + field.BytesOf(field.Count ?? 1),
        { Offset: BoundConstant constant } => constant.Value,
        _ => null,
    };

    private CheckPoint? BindPoint(CheckPointSyntax? point, out bool isRight)
    {
        isRight = true;
        if (point is null)
        {
            return null;
        }

        if (point.Value is NameExpressionSyntax { Name: string name }
            && _type.Fields.Exists(field => field.Name == name))
        {
            FieldModel? field = FieldOfRange(name, point.Value.Place);
            isRight = field is not null;
            return new CheckPoint(field, point.IsEnd, null);
        }

        BoundExpression? offset = Checked(new ExpressionBinder(binder, unit, _type).BindInteger(point.Value));
        isRight = offset is not null && !point.IsEnd;
        if (offset is not null && point.IsEnd)
        {
            Error(point.Value.Place, "KK1401", $"`{point.Value.Text}` is no field, so it has no end");
        }

        return new CheckPoint(null, false, offset);
    }

    private FieldModel? FieldOfRange(string name, SourcePlace place)
    {
        FieldModel? field = _type.Fields.Find(field => field.Name == name);
        if (field is { OutOfLineAt: null, Places.Count: 1 })
        {
            return field;
        }

        Error(place, "KK1401", $"`{name}` is no field of one place in this structure; name a field, or write offsets");
        return null;
    }
}
