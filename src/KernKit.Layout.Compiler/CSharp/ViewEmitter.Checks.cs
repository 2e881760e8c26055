using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>References as values, and checks: computed out of line, never trusted before they are verified.</summary>
internal sealed partial class ViewEmitter
{
    private const string Result = "LayoutCheckResult";

    private void EmitReference(ReferenceModel reference)
    {
        string? presence = reference.Presence.Count == 0 ? null : _fields.Present(reference.Presence);
        string? defined = Defined(reference.At, reference.Count ?? reference.At);
        string? has = presence is null ? defined : defined is null ? presence : $"{presence} && {defined}";
        string what = reference.TargetType is StructType target ? $"the structure {target.Name}" : "bytes";
        string doc = reference.Doc.Length > 0 ? reference.Doc : $"Where {what} of {reference.Name} lie.";
        _code.Blank();
        _code.Doc("summary", Sentence(doc));
        _code.Doc("remarks", $"{reference.Name}: {what} at {reference.Space} + {reference.AtText}.");
        string name = CodeWriter.Quote(reference.TargetType?.Name ?? "");
        string isMinimal = reference.TargetType is { Size: null } ? "true" : "false";
        string space = CodeWriter.Quote(reference.Space);
        string made = $"new({space}, {AsInt128(reference.At)}, {LengthOf(reference)}, {name}, {isMinimal})";
        if (has is null)
        {
            _code.Line($"public LayoutReference {reference.CsName} => {made};");
            return;
        }

        _code.Open($"public LayoutReference {reference.CsName}");
        _code.Open("get");
        _code.Open($"if (!Has{reference.CsName})");
        string rule = CodeWriter.Quote("is absent, or has no value here");
        _code.Line($"LayoutThrow.Absent({CodeWriter.Quote(_type.Name)}, {CodeWriter.Quote(reference.Name)}, {rule});");
        _code.Close();
        _code.Blank();
        _code.Line($"return {made};");
        _code.Close();
        _code.Close();
        _code.Blank();
        _code.Doc("summary", $"True if there is such a reference.");
        _code.Line($"public bool Has{reference.CsName} => {has};");
    }

    private string AsInt128(BoundExpression bound) => _expressions.NumberAs(bound, Carrier.Int128);

    private string LengthOf(ReferenceModel reference)
    {
        if (reference.TargetType is not StructType target)
        {
            return AsInt128(reference.Count!);
        }

        int size = target.Size ?? target.MinSize;
        return reference.Count is null ? $"{size}" : $"{AsInt128(reference.Count)} * {size}";
    }

    private void EmitCheck(CheckModel check)
    {
        FieldModel field = check.Field;
        bool isDigest = field.Shape == FieldShape.Bytes;
        string type = isDigest ? "" : _types.Scalar(field.Type);
        string given = check.Reference is null ? "" : "ReadOnlySpan<byte> data";
        string comma = given.Length == 0 ? "" : ", ";
        _code.Blank();
        _code.Doc("summary", $"Computes what {field.Name} must be: {check.Text}.");
        EmitDataDoc(check);
        _code.Doc("returns", "Good if it is computed; Unchecked if the algorithm is unknown; Bad if a range leaves the "
            + "bytes.");
        _code.Open($"public {Result} Compute{field.CsName}({given}{comma}"
            + (isDigest ? "Span<byte> target)" : $"out {type} value)"));
        if (!isDigest)
        {
            _code.Line("value = 0;");
        }

        if (field.IsConditional)
        {
            _code.Open($"if (!Has{field.CsName})");
            _code.Line($"return {Result}.None;");
            _code.Close();
            _code.Blank();
        }

        EmitTerms(check, isDigest);
        _code.Line(isDigest
            ? $"check0.CopyTo(target[..{_fields.Length(field)}]);"
            : $"value = unchecked(({type})sum);");
        _code.Line($"return {Result}.Good;");
        _code.Close();
        EmitVerify(check, isDigest, type);
    }

    private void EmitDataDoc(CheckModel check)
    {
        if (check.Reference is not null)
        {
            _code.Doc("remarks", $"The data are all bytes that {check.Reference.CsName} refers to.");
        }
    }

    private void EmitTerms(CheckModel check, bool isDigest)
    {
        if (check.Reference is { TargetType: null } reference)
        {
            string has = Defined(reference.At, reference.Count!) is null && reference.Presence.Count == 0
                ? ""
                : $"!Has{reference.CsName} || ";
            _code.Open($"if ({has}data.Length != {reference.CsName}.Length)");
            _code.Line($"return {Result}.Bad;");
            _code.Close();
            _code.Blank();
        }

        if (!isDigest)
        {
            _code.Line("ulong sum = 0;");
        }

        for (int i = 0; i < check.Terms.Count; i++)
        {
            CheckTerm term = check.Terms[i];
            _code.Line($"{AlgorithmType} algorithm{i} = {AlgorithmOf(term)};");
            _code.Open($"if (algorithm{i} <= {AlgorithmType}.None)");
            _code.Line($"return algorithm{i} == {AlgorithmType}.None ? {Result}.None : {Result}.Unchecked;");
            _code.Close();
            _code.Blank();
            _code.Line($"var check{i} = {StartOf(term, i)};");
            if (term.Reference is not null)
            {
                _code.Line($"check{i}.Append(data);");
            }

            foreach (CheckRange range in term.Ranges)
            {
                _code.Open($"if (!check{i}.TryAppend(Bytes, {PointOf(range.From, "0")}, "
                    + $"{PointOf(range.To, EndOfBytes)}{ZeroedOf(range)}))");
                _code.Line($"return {Result}.Bad;");
                _code.Close();
                _code.Blank();
            }

            if (!isDigest)
            {
                string order = _types.OrderOf(CsTypes.ScalarOf(check.Field.Type).Order);
                _code.Line($"sum ^= check{i}.ToInteger({order}.IsLittleEndian);");
            }
        }
    }

    private const string AlgorithmType = "LayoutCheckAlgorithm";

    private string EndOfBytes => _type.HasOutOfLine ? "Length" : "Bytes.Length";

    private string AlgorithmOf(CheckTerm term)
    {
        string result = $"{AlgorithmType}.Unknown";
        foreach (CheckChoice choice in term.Choices.Reverse())
        {
            string own = $"{AlgorithmType}.{choice.Algorithm}";
            if (choice.Seed is not null && _expressions.Defined(choice.Seed) is string defined)
            {
                own = $"({defined} ? {own} : {AlgorithmType}.Unknown)";
            }

            result = choice.Condition is null or BoundBoolean { Value: true }
                ? own
                : $"{_expressions.DefinedCondition(choice.Condition)} ? {own} : {result}";
        }

        return result;
    }

    /// <summary>A check that is started: from a seed where the schema states one.</summary>
    private string StartOf(CheckTerm term, int index)
    {
        string result = $"new LayoutCheck(algorithm{index})";
        string plain = result;
        foreach ((BoundExpression? condition, _, BoundExpression? seed) in term.Choices.Reverse())
        {
            string own = seed is null
                ? plain
                : $"new LayoutCheck(algorithm{index}, {_expressions.NumberAs(seed, Carrier.ULong)})";
            result = condition is null or BoundBoolean { Value: true } || own == result
                ? own
                : $"{_expressions.DefinedCondition(condition)} ? {own} : {result}";
        }

        return result;
    }

    /// <summary>Positions that are known only if a case holds.</summary>
    private IEnumerable<int?> SlotsOfCases => WriterPlan
        .Flat(_type.Steps.OfType<CasesStep>().SelectMany(static step => step.Cases.SelectMany(static one => one.Steps)))
        .Select(static step => step switch
        {
            ExtentStep extent => extent.NewSlot,
            RestStep rest => rest.NewSlot,
            OptionalStep optional => optional.NewSlot,
            NestedStep nested => nested.NewSlot,
            CasesStep cases => cases.NewSlot,
            TerminatedStep terminated => terminated.NewSlot,
            UntilStep until => until.NewSlot,
            _ => (int?)null,
        });

    private string PointOf(CheckPoint? point, string otherwise)
    {
        if (point is null)
        {
            return otherwise;
        }

        if (point.Field is FieldModel field)
        {
            string start = _fields.Offset(field);
            string bytes = _fields.BytesOf(field);
            string end = !point.IsEnd ? start
                : field.IsConditional ? $"{start} + (Has{field.CsName} ? {bytes} : 0)"
                : $"{start} + {bytes}";

            // A part that is absent has a place all the same, unless only its case knows where that is.
            return field.IsConditional && SlotsOfCases.Contains(field.First.At.Slot)
                ? $"(Has{field.CsName} ? {end} : -1L)"
                : end;
        }

        string offset = AsLong(point.Offset!);
        return _expressions.Defined(point.Offset!) is string defined ? $"({defined} ? {offset} : -1L)" : offset;
    }

    private string ZeroedOf(CheckRange range) => string.Concat(range.Zeroed.Select(field =>
    {
        string length = _fields.BytesOf(field);
        return $", {_fields.Offset(field)}, {(field.IsConditional ? $"Has{field.CsName} ? {length} : 0" : length)}";
    }));

    private void EmitVerify(CheckModel check, bool isDigest, string type)
    {
        FieldModel field = check.Field;
        string given = check.Reference is null ? "" : "ReadOnlySpan<byte> data";
        string argument = check.Reference is null ? "" : "data, ";
        _code.Blank();
        _code.Doc("summary", $"Verifies {field.Name}: {check.Text}.");
        EmitDataDoc(check);
        _code.Open($"public {Result} Check{field.CsName}({given})");
        if (isDigest)
        {
            _code.Line("Span<byte> wanted = stackalloc byte[LayoutCheck.SizeMax];");
            _code.Line($"{Result} result = Compute{field.CsName}({argument}wanted);");
            _code.Line($"bool isGood = result == {Result}.Good && wanted[..{_fields.Length(field)}].SequenceEqual("
                + $"{field.CsName});");
        }
        else
        {
            _code.Line($"{Result} result = Compute{field.CsName}({argument}out {type} wanted);");
            _code.Line($"bool isGood = result == {Result}.Good && wanted == {field.CsName};");
        }

        _code.Line($"return result == {Result}.Good && !isGood ? {Result}.Bad : result;");
        _code.Close();
    }

    private void EmitCheckRule(CheckModel check)
    {
        FieldModel field = check.Field;
        string name = $"check{field.Index}";
        string actual = field.Shape == FieldShape.Bytes
            ? $"{field.CsName}[0]"
            : FieldRules.ActualOf(field, field.CsName);
        _code.Blank();
        _code.Line($"{Result} {name} = Check{field.CsName}();");
        _code.Open($"if ({name} == {Result}.Bad)");
        _code.Line(Add(_fields.Offset(field), field.Name, "must be " + check.Text, actual));
        _code.Close();
        _code.Open($"else if ({name} == {Result}.Unchecked)");
        _code.Line("report.AddUnchecked();");
        _code.Close();
    }

    private void EmitTransform(TransformModel transform)
    {
        string csName = transform.Field?.CsName ?? transform.Reference!.CsName;
        string name = transform.Field?.Name ?? transform.Reference!.Name;
        bool isElsewhere = transform.Reference is not null;
        string given = isElsewhere ? "ReadOnlySpan<byte> stored, " : "";
        string kind = "LayoutTransformKind.Unknown";
        foreach ((BoundExpression? condition, TransformWay way) in transform.Ways.Reverse())
        {
            string own = $"LayoutTransformKind.{way}";
            kind = condition is null or BoundBoolean { Value: true }
                ? own
                : $"{_expressions.DefinedCondition(condition)} ? {own} : {kind}";
        }

        string key = transform.Key.Length == 0 ? "default" : Literals.Bytes(transform.Key);
        string max = $"{csName}LengthMax";
        _code.Blank();
        _code.Doc("summary", $"Bytes that {name} decodes to at most.");
        _code.Line($"public const int {max} = {transform.Max};");
        _code.Blank();
        _code.Doc("summary", $"Decodes {name}: {transform.Text}.");
        _code.Doc("remarks", "Bounded by the target, by the schema, and by a thousand times the stored bytes.");
        _code.Open($"public LayoutTransformResult TryDecode{csName}({given}Span<byte> target, out int written)");
        if (transform.Field is { IsConditional: true })
        {
            _code.Open($"if (!Has{csName})");
            _code.Line("written = 0;");
            _code.Line("return LayoutTransformResult.Damaged;");
            _code.Close();
            _code.Blank();
        }

        _code.Line($"LayoutTransformKind kind = {kind};");
        _code.Line($"Span<byte> room = target[..Math.Min(target.Length, {max})];");
        string stored = isElsewhere ? "stored" : csName;
        _code.Line($"return LayoutTransform.TryDecode(kind, {stored}, room, {key}, out written);");
        _code.Close();
    }
}
