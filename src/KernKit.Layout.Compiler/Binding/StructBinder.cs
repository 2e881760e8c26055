using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Places the members of one structure, from the first to the last.</summary>
/// <remarks>
/// A cursor walks along the bytes. While everything before it has a constant length its position is a constant; a
/// part of run-time length adds a step that proves the part and gives the cursor a new slot (see
/// <see cref="StructType"/>). Before such a step everything that it reads is proved to lie inside the current limit.
/// </remarks>
internal sealed partial class StructBinder(
    Binder binder, FileUnit unit, StructSyntax syntax, AbiPreset? abi = null)
{
    private readonly List<(FieldModel Field, FieldSyntax Syntax)> _declared = [];
    private readonly List<AssertSyntax> _asserts = [];
    private HashSet<FieldModel> _checked = [];
    private StructType _type = null!;

    /// <summary>Where steps go: the structure's own list, or that of the case being placed.</summary>
    private List<OpenStep> _steps = [];
    private Position _at = Position.Start;

    /// <summary>Slot of the innermost <c>within</c>, or -1 for the end of the source.</summary>
    private int _limit = -1;

    /// <summary>How far the bytes are proved to lie inside the limit.</summary>
    private Position _proved = Position.Start;

    /// <summary>Set once <c>pad rest</c> or <c>until end</c> has taken everything up to the limit.</summary>
    private bool _isFull;

    /// <summary>Set once a case of a union has.</summary>
    private bool _isMaybeFull;

    /// <summary>Inside a case, whose bytes MinSize does not count.</summary>
    private bool _isInCase;

    private long _minTotal;
    private int _countSlots;

    /// <summary>Why the members being placed may be absent.</summary>
    private List<Presence> _presence = [];

    /// <summary>True inside overlays and cases, where every member has a constant length.</summary>
    private bool _isConstantOnly;

    private string _inheritedUnit = "";
    private string _inheritedTime = "";

    public void Bind(Symbol symbol)
    {
        binder.CheckAttributes(syntax.Attributes);
        string csName = binder.CsNameFor(syntax.Name, syntax.Attributes, Names.Type);
        _type = new StructType(syntax.Name.Text, csName, unit, syntax.Doc)
        {
            IsBroken = syntax.HasErrors,
            COriginal = ArgumentOf(syntax.Attributes, "c") ?? "",
            OwnLittleEndian = syntax.Order is null ? OrderOfAbi : syntax.Order == "le",
            Abi = abi,
        };
        _steps = _type.Steps;
        BindParameters();
        symbol.Growing = abi is null ? _type : null;
        PlaceAll(syntax.Members);
        FinishAbi();
        Finish();
        symbol.Growing = null;
        symbol.Type = _type;
    }

    private void Error(SourcePlace place, string code, string message)
    {
        _type.IsBroken = true;
        binder.Error(place, code, message);
    }

    private void BindParameters()
    {
        foreach (ParameterSyntax parameter in syntax.Parameters)
        {
            string name = parameter.Name.Text;
            bool isBoolean = parameter.Type.Text == "bool";
            TypeModel? type = null;
            if (!isBoolean)
            {
                type = Binder.TryInteger(parameter.Type.Text, out int bits, out bool isSigned, out _) && bits % 8 == 0
                    ? new ScalarType(bits / 8, isSigned, OrderKind.Little)
                    : binder.FindType(unit, parameter.Type);
                if (type is not (ScalarType or EnumType))
                {
                    Error(parameter.Type.Place, "KK1106", "a parameter is `bool`, an integer or an enum");
                    continue;
                }
            }

            if (_type.Parameters.Exists(other => other.Name == name || other.CsName == Names.Camel(name)))
            {
                Error(parameter.Name.Place, "KK1101", $"the parameter `{name}` stands twice; rename one");
                continue;
            }

            _type.Parameters.Add(new ParameterModel(name, Names.Camel(name), isBoolean, type));
        }
    }

    private void Finish()
    {
        BindConstraints();
        DropLateChecks();
        if (_type.IsBroken)
        {
            return;
        }

        Prove();
        MergeCases();
        _type.End = _at;
        _type.MinSize = (int)Math.Min(_minTotal, StructType.SizeMax);
        _type.Size = _at.IsConstant ? _at.Offset : null;
        if (_at == Position.Start && !_type.HasOutOfLine)
        {
            Error(syntax.Name.Place, "KK1210", $"`{_type.Name}` has no bytes; give it a member");
        }

        CheckSize();
        CheckCsNames();
        BindSync();
    }

    private void CheckSize()
    {
        if (syntax.Size is null || abi is not null
            || binder.EvaluateConstant(unit, syntax.Size) is not BigInteger stated)
        {
            return;
        }

        if (_type.Size is null)
        {
            Error(syntax.Size.Place, "KK1204", $"`{_type.Name}` has no constant size, so none can be stated; remove "
                + $"it");
        }
        else if (stated != _type.Size)
        {
            BigInteger difference = stated - _type.Size.Value;
            string remedy = difference.Sign > 0
                ? $"{Bytes(difference)} missing, add `pad {difference};` where they lie"
                : $"{Bytes(-difference)} too many";
            string taken = Bytes(_type.Size.Value);
            Error(syntax.Size.Place, "KK1204", $"the members of `{_type.Name}` take {taken}, not {stated}: {remedy}");
        }
    }

    private static string Bytes(BigInteger count) => count.IsOne ? "1 byte" : $"{count} bytes";

    private void CheckCsNames()
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        IEnumerable<(string Name, string CsName)> values = _type.Computed
            .Select(static computed => (computed.Name, computed.CsName))
            .Concat(_type.References.Select(static reference => (reference.Name, reference.CsName)));
        foreach ((string name, string csName) in values)
        {
            if (!taken.TryAdd(csName, name) || !taken.TryAdd("Has" + csName, name))
            {
                Error(syntax.Name.Place, "KK1104", $"`{name}` and `{taken[csName]}` both become `{csName}` in C#; "
                    + "rename one");
            }
        }

        foreach (FieldModel field in _type.Fields)
        {
            foreach (string csName in CsNamesOf(field))
            {
                bool isType = csName == _type.ViewName || csName == _type.EditName;
                if (isType || !taken.TryAdd(csName, field.Name))
                {
                    string other = isType ? "the type itself" : $"`{taken[csName]}`";
                    Error(
                        field.Place,
                        "KK1104",
                        $"`{field.Name}` and {other} both become `{csName}` in C#; rename one, or give it "
                            + $"`@name(...)`");
                }
            }
        }
    }

    /// <summary>Every member that the emitter makes for a field.</summary>
    private IEnumerable<string> CsNamesOf(FieldModel field)
    {
        yield return field.CsName;
        if (field.Type is CharType && field.Shape == FieldShape.Bytes)
        {
            yield return field.CsName + "Text";
        }

        if (field.Text.Length > 0)
        {
            yield return "TryGet" + field.CsName + "String";
        }

        if (field is { Shape: FieldShape.Array, OutOfLineAt: null })
        {
            yield return field.CsName + "Bytes";
        }

        foreach (string verb in syntax.Sync?.Kind == "atomic" ? (string[])["Exchange", "CompareExchange", "Add"] : [])
        {
            yield return verb + field.CsName;
        }

        if (field.IsConditional)
        {
            yield return "Has" + field.CsName;
        }

        if (field.Default is not null)
        {
            yield return field.CsName + "OrDefault";
        }

        if (field.OutOfLineAt is not null || field is { IsConditional: true, Shape: FieldShape.Scalar })
        {
            yield return "TryGet" + field.CsName;
        }

        if (_type.Transforms.Exists(transform => transform.Field == field))
        {
            yield return "TryDecode" + field.CsName;
            yield return field.CsName + "LengthMax";
        }

        if (_type.Checks.Exists(check => check.Field == field))
        {
            yield return "Check" + field.CsName;
            yield return "Compute" + field.CsName;
            yield return "Update" + field.CsName;
        }
    }

    /// <summary>Binds <c>=</c> and <c>where</c> once every field is known: they may name later fields.</summary>
    private void BindConstraints()
    {
        foreach ((FieldModel field, FieldSyntax declared) in _declared)
        {
            if (declared.Clauses.Where is ExpressionSyntax where)
            {
                bool isInteger = field.Shape is FieldShape.Scalar or FieldShape.Array or FieldShape.Bytes;
                if (!isInteger)
                {
                    Error(where.Place, "KK1207", "`where` speaks of integers and of arrays of integers; use `assert`");
                    continue;
                }

                field.Where = Checked(new ExpressionBinder(binder, unit, _type) { It = field }.BindDecision(where));
                field.WhereText = where.Text;
            }

            if (declared.Clauses.Equal is ExpressionSyntax equal)
            {
                BindEqual(field, equal);
            }

            if (declared.Clauses.Transform is { } transform)
            {
                BindTransform(field, null, transform);
            }

            if (declared.Clauses.Check is { } terms)
            {
                BindCheck(field, terms);
            }
        }

        foreach (AssertSyntax assert in _asserts)
        {
            BoundExpression bound = new ExpressionBinder(binder, unit, _type).BindDecision(assert.Condition);
            if (Checked(bound) is BoundExpression condition)
            {
                _type.Assertions.Add(new AssertionModel(condition, assert.Condition.Text));
            }
        }
    }

    private void BindEqual(FieldModel field, ExpressionSyntax equal)
    {
        BoundExpression value = new ExpressionBinder(binder, unit, null).BindValue(equal, field.Type as EnumType);
        field.EqualText = equal.Text;
        if (value.IsError)
        {
            _type.IsBroken = true;
        }
        else if (field.Shape == FieldShape.Scalar && value is BoundConstant constant
            && field.Type is not ScalarType { IsFloat: true })
        {
            (_, BigInteger min, BigInteger max) = ExpressionBinder.RangeOf(field.Type, FieldShape.Scalar);
            if (constant.Value < min || constant.Value > max)
            {
                Error(equal.Place, "KK1202", $"{constant.Value} does not fit `{field.Name}`, which holds {min} to "
                    + $"{max}");
            }

            // A field that only some versions have states what it counts as in the others.
            bool isDefault = IsInSomeVersions(field);
            field.Default = isDefault ? value : null;
            field.Equal = isDefault ? null : value;
        }
        else if (field.Shape == FieldShape.Bytes && IsInSomeVersions(field))
        {
            Error(
                equal.Place,
                "KK1202",
                $"`{field.Name}` is there in some versions only, where `=` states a default, and bytes have none; "
                    + "remove it, or write an `assert`");
        }
        else if (field is { Shape: FieldShape.Bytes, Count: int count }
            && value is BoundBytes bytes
            && bytes.Value.Length <= count)
        {
            // Text shorter than its field is filled up with NULs, as C does.
            byte[] padded = new byte[count];
            bytes.Value.CopyTo(padded, 0);
            field.Equal = new BoundBytes(padded);
        }
        else
        {
            Error(
                equal.Place,
                "KK1202",
                $"`{equal.Text}` is no constant for `{field.Name}`: an integer takes a number, n bytes take up to n "
                    + $"bytes");
        }
    }

    private bool IsInSomeVersions(FieldModel field) =>
        _declared.Exists(item => item.Field == field && item.Syntax.Clauses.Since is not null);

    private BoundExpression? Checked(BoundExpression bound)
    {
        _type.IsBroken |= bound.IsError;
        return bound.IsError ? null : bound;
    }

    /// <summary>A rule that names later fields cannot be checked on the way; Validate still checks it.</summary>
    private void DropLateChecks() => DropLateChecks(_type.Steps);

    private static void DropLateChecks(List<OpenStep> steps)
    {
        steps.RemoveAll(static step => step is CheckStep check
            && ExpressionFields.Of(check.Field.Where).Any(used => used.Index > check.LastField));
        foreach (CaseBlock block in steps.OfType<CasesStep>().SelectMany(static step => step.Cases))
        {
            DropLateChecks((List<OpenStep>)block.Steps);
        }
    }

    /// <summary>The same name in several cases of one union is one field with several places.</summary>
    private void MergeCases()
    {
        foreach (FieldModel field in _type.Fields)
        {
            if (field.First.Presence is not [.., CasePresence { Union: UnionModel union }])
            {
                continue;
            }

            bool isUniform = field.Places.TrueForAll(static place => place.Presence.Count == 1);
            field.IsInEveryCase = isUniform && union.HasDefault && field.Places.Count == union.Conditions.Count;
        }
    }

    private void Advance(long bytes, SourcePlace place)
    {
        long offset = _at.Offset + bytes;
        if (bytes < 0 || offset > StructType.SizeMax)
        {
            string message = string.Create(
                CultureInfo.InvariantCulture, $"the structure grows over {StructType.SizeMax} bytes here; split it");
            Error(place, "KK1210", message);
            return;
        }

        _at += (int)bytes;
        _minTotal += bytes;
    }

    /// <summary>Proves that everything up to the cursor lies inside the limit.</summary>
    private void Prove()
    {
        // What has a constant offset inside the source itself is proved by the check of MinSize.
        bool isCovered = _at == _proved || (_at.IsConstant && _limit < 0 && !_isInCase);
        if (!isCovered)
        {
            _steps.Add(new EnsureStep(_at, _limit, _type.Fields.Count > 0 ? _type.Fields[^1].Name : ""));
        }

        _proved = _at;
    }

    /// <summary>Proves what an extent or a tag reads: its place, and the rules of the fields in it.</summary>
    private void ProveInputs(BoundExpression expression)
    {
        Prove();
        foreach (FieldModel field in ExpressionFields.Of(expression))
        {
            // Only fields of this very structure: those of a nested one are read through its view.
            if (!_type.Fields.Contains(field))
            {
                continue;
            }

            field.IsExtent = true;
            bool hasRule = _declared.Exists(item =>
                item.Field == field && (item.Syntax.Clauses.Where ?? item.Syntax.Clauses.Equal) is not null);
            hasRule |= field.Type is EnumType { IsClosed: true };

            // The rules of an array speak of its elements: Validate checks them.
            hasRule &= field.Shape == FieldShape.Scalar;
            if (hasRule && IsHere(field) && _checked.Add(field))
            {
                _steps.Add(new CheckStep(field, _type.Fields[^1].Index));
            }
        }
    }

    /// <summary>True for a field that is there whenever the member being placed is.</summary>
    private bool IsHere(FieldModel field) =>
        field.Places.Count == 1
        && field.First.Presence.Count <= _presence.Count
        && field.First.Presence.SequenceEqual(_presence.Take(field.First.Presence.Count));

    private int NewSlot() => _type.SlotCount++;

    private void MoveTo(int slot)
    {
        _at = new Position(slot, 0);
        _proved = _at;
    }
}
