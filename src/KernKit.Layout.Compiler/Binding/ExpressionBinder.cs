using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Resolves the names of one expression, types it, computes its range, folds its constants.</summary>
/// <remarks>
/// Names are looked for in this order: <c>it</c>, fields placed so far, parameters, members of the enumeration on the
/// other side of an operator, constants, members of any visible enumeration. So <c>mode.type == LNK</c> needs no
/// qualification, and a field named like a constant is the field.
/// </remarks>
internal sealed partial class ExpressionBinder(Binder binder, FileUnit unit, StructType? structure)
{
    /// <summary>Parts of an expression with everything that its names stand for.</summary>
    public const int WeightMax = 1_024;

    // Parts of what the names of the expression stand for, so far.
    private int _weight;

    /// <summary>The word that stands for offset 0: <c>self</c> in structures, <c>file</c> in formats.</summary>
    public string? BaseName { get; init; }

    /// <summary>The field that <c>it</c> means.</summary>
    public FieldModel? It { get; init; }

    /// <summary>Values of the parameters of a check, which hide everything else.</summary>
    public IReadOnlyDictionary<string, BoundExpression>? Given { get; init; }

    /// <summary>The name that a format gives to the structure it found.</summary>
    public string? StructureName { get; init; }

    /// <summary>A number or a condition.</summary>
    public BoundExpression BindComputed(ExpressionSyntax syntax)
    {
        BoundExpression bound = Bind(syntax, null);
        return bound.Kind is ValueKind.Integer or ValueKind.Boolean or ValueKind.Error
            ? bound
            : Fail(syntax, "KK1304", $"`{syntax.Text}` is {Shown(bound)}, but a number or a condition belongs here");
    }

    public BoundExpression BindInteger(ExpressionSyntax syntax)
    {
        BoundExpression bound = Bind(syntax, null);
        return bound.Kind is ValueKind.Integer or ValueKind.Error
            ? bound
            : Fail(syntax, "KK1304", $"`{syntax.Text}` is {Shown(bound)}, but a number belongs here");
    }

    /// <summary>A condition; a number counts as true if it is not 0, as in C.</summary>
    public BoundExpression BindBoolean(ExpressionSyntax syntax) => AsBoolean(Bind(syntax, null), syntax);

    /// <summary>A condition that depends on the data: one that does not decides nothing and is a mistake.</summary>
    public BoundExpression BindDecision(ExpressionSyntax syntax)
    {
        BoundExpression bound = BindBoolean(syntax);
        if (bound is not BoundBoolean known)
        {
            return bound;
        }

        string value = known.Value ? "true" : "false";
        return Fail(syntax, "KK1306", $"`{syntax.Text}` is always {value}; correct or remove it");
    }

    /// <summary>A number or bytes, with the members of an enumeration visible.</summary>
    public BoundExpression BindValue(ExpressionSyntax syntax, EnumType? hint) => Bind(syntax, hint);

    /// <summary>The condition of a case: a label of the union's selector, or a condition of its own.</summary>
    public BoundExpression BindCase(ExpressionSyntax? selector, ExpressionSyntax label)
    {
        if (selector is null)
        {
            return BindDecision(label);
        }

        BoundExpression tag = BindInteger(selector);
        BoundExpression value = Bind(label, EnumOf(tag));
        if (tag.IsError || value.IsError)
        {
            return BoundError.Instance;
        }

        return tag is BoundConstant
            ? Fail(selector, "KK1306", $"`{selector.Text}` is constant and selects nothing; use a field")
            : Compare("==", label, tag, value);
    }

    public static EnumType? EnumOf(BoundExpression bound) => bound switch
    {
        BoundField { Field: { Shape: FieldShape.Scalar, Type: EnumType type } } => type,
        BoundIt { Field.Type: EnumType type } => type,
        BoundElement { Target: BoundField { Field.Type: EnumType type } } => type,
        BoundBitField { Field.Enum: EnumType type } => type,
        BoundParameter { Parameter.Type: EnumType type } => type,
        BoundComputed computed => computed.Computed.Enum,
        BoundCall { Function.Result: EnumType type } => type,
        _ => null,
    };

    /// <summary>The range of a field's value, or the kind of thing that it is.</summary>
    public static (ValueKind Kind, BigInteger Min, BigInteger Max) RangeOf(TypeModel type, FieldShape shape) =>
        (shape, type) switch
        {
            (FieldShape.Bytes, _) => (ValueKind.Bytes, 0, 255),
            (FieldShape.Array or FieldShape.StructureArray, _) => (ValueKind.Array, 0, 0),
            (FieldShape.Structure, _) => (ValueKind.Structure, 0, 0),
            (FieldShape.Scalar, ScalarType { IsFloat: true }) => (ValueKind.Float, 0, 0),
            (FieldShape.Scalar, ScalarType scalar) => (ValueKind.Integer, scalar.Min, scalar.Max),
            (FieldShape.Scalar, EnumType value) => (ValueKind.Integer, value.Min, value.Max),
            (FieldShape.Scalar, BitsType bits) => (ValueKind.Integer, bits.Scalar.Min, bits.Scalar.Max),
            (FieldShape.Scalar, CharType) => (ValueKind.Integer, 0, 255),
            _ => (ValueKind.Error, 0, 0),
        };

    private static string Shown(BoundExpression bound) => bound.Kind switch
    {
        ValueKind.Boolean => "a condition",
        ValueKind.Float => "a float",
        ValueKind.Bytes => "a run of bytes",
        ValueKind.Structure => "a structure",
        ValueKind.Array => "an array",
        _ => "a number",
    };

    private BoundError Fail(ExpressionSyntax syntax, string code, string message)
    {
        binder.Error(syntax.Place, code, message);
        return BoundError.Instance;
    }

    private BoundExpression AsBoolean(BoundExpression bound, ExpressionSyntax syntax) => bound switch
    {
        { Kind: ValueKind.Boolean or ValueKind.Error } => bound,
        BoundConstant constant => new BoundBoolean(!constant.Value.IsZero),
        { Kind: ValueKind.Integer } =>
            new BoundBinary("!=", bound, new BoundConstant(0), ValueKind.Boolean, 0, 1),
        _ => Fail(syntax, "KK1304", $"`{syntax.Text}` is {Shown(bound)}, but a condition belongs here"),
    };

    private BoundExpression Bind(ExpressionSyntax syntax, EnumType? hint) => syntax switch
    {
        NumberSyntax number => new BoundConstant(number.Value),
        BytesSyntax bytes => new BoundBytes(bytes.Bytes),
        NameExpressionSyntax name => BindName(name, hint),
        MemberAccessSyntax member => BindMember(member),
        IndexSyntax index => BindIndex(index),
        SizeOfSyntax sizeOf => BindSizeOf(sizeOf),
        OffsetOfSyntax offsetOf => BindOffsetOf(offsetOf),
        CallSyntax call => BindCall(call),
        UnarySyntax unary => BindUnary(unary, hint),
        BinarySyntax binary => BindBinary(binary, hint),
        ConditionalSyntax conditional => BindConditional(conditional, hint),
        _ => BoundError.Instance,
    };

    private BoundExpression BindName(NameExpressionSyntax syntax, EnumType? hint)
    {
        string name = syntax.Name;
        if (name == "it" && It is not null)
        {
            FieldShape shape = It.Shape switch
            {
                FieldShape.Array or FieldShape.Bytes => FieldShape.Scalar,
                FieldShape.StructureArray or FieldShape.Records => FieldShape.Structure,
                _ => It.Shape,
            };
            (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(It.Type, shape);
            return new BoundIt(It, kind, min, max);
        }

        if (FindLocal(name, syntax) is BoundExpression local)
        {
            return local;
        }

        if (name == BaseName)
        {
            return new BoundConstant(0);
        }

        if (hint?.Members.Find(member => member.Name == name) is EnumMember hinted)
        {
            return new BoundConstant(hinted.Value);
        }

        Symbol? symbol = binder.Find(unit, name, syntax.Place);
        if (symbol?.Syntax is ConstantSyntax)
        {
            binder.Bind(symbol, syntax.Place);
            return symbol.Constant is null ? BoundError.Instance : new BoundConstant(symbol.Constant.Value);
        }

        // Not reserved: whatever else has the name comes first.
        bool isTruth = symbol is null && name is "true" or "false" && !unit.EnumsByMember[name].Any();
        return isTruth ? new BoundBoolean(name == "true") : BindEnumMember(syntax);
    }

    private bool IsLocal(string name) => (name == "it" && It is not null) || FindLocal(name, null) is not null;

    /// <param name="name">The name.</param>
    /// <param name="syntax">Where it is used; null if it is only asked for, which reports nothing.</param>
    private BoundExpression? FindLocal(string name, ExpressionSyntax? syntax)
    {
        if (Given?.TryGetValue(name, out BoundExpression? given) == true)
        {
            return Weighed(given, syntax);
        }

        FieldModel? field = structure?.Fields.Find(field => field.Name == name);
        if (field is not null)
        {
            return FieldOf(null, field, syntax);
        }

        if (structure?.Computed.Find(computed => computed.Name == name) is ComputedModel value)
        {
            return Weighed(value.Expression, syntax);
        }

        ParameterModel? parameter = structure?.Parameters.Find(parameter => parameter.Name == name);
        if (parameter is null)
        {
            return null;
        }

        if (parameter.IsBoolean)
        {
            return new BoundParameter(parameter, ValueKind.Boolean, 0, 1);
        }

        (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(parameter.Type!, FieldShape.Scalar);
        return new BoundParameter(parameter, kind, min, max);
    }

    /// <summary>What a name stands for, unless the expression would become too large by it.</summary>
    private BoundExpression Weighed(BoundExpression bound, ExpressionSyntax? syntax)
    {
        // A name that is only asked for is not part of the expression.
        if (syntax is null || (_weight += ExpressionFields.Weight(bound)) <= WeightMax)
        {
            return bound;
        }

        return Fail(syntax, "KK1006", $"with `{syntax.Text}` the expression has over {WeightMax} parts; simplify it");
    }

    private BoundExpression FieldOf(BoundExpression? target, FieldModel field, ExpressionSyntax? syntax)
    {
        (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(field.Type, field.Shape);
        if (kind != ValueKind.Error && field.OutOfLineAt is null)
        {
            return new BoundField(target, field, kind, min, max);
        }

        string what = field.OutOfLineAt is not null ? "lies at a run-time offset"
            : field.Shape == FieldShape.Bitmap ? "is a bitmap"
            : "is a run of records";
        return syntax is null
            ? BoundError.Instance
            : Fail(syntax, "KK1304", $"`{field.Name}` {what}, so no expression can use it; name another field");
    }

    private BoundExpression BindEnumMember(NameExpressionSyntax syntax)
    {
        EnumMember? found = null;
        EnumType? owner = null;
        IEnumerable<Symbol> imported = unit.Imports.SelectMany(file => file.EnumsByMember[syntax.Name]);
        foreach (Symbol symbol in unit.EnumsByMember[syntax.Name].Concat(imported))
        {
            binder.Bind(symbol, syntax.Place);
            EnumMember? member = (symbol.Type as EnumType)?.Members.Find(member => member.Name == syntax.Name);
            if (member is not null && found is not null && found.Value != member.Value)
            {
                return Fail(
                    syntax,
                    "KK1103",
                    $"`{syntax.Name}` is a member of `{owner!.Name}` and of `{symbol.Type!.Name}`; write the enum "
                        + $"before it, "
                    + "with a dot");
            }

            if (member is not null)
            {
                found = member;
                owner = (EnumType)symbol.Type!;
            }
        }

        if (found is not null)
        {
            return new BoundConstant(found.Value);
        }

        string where = structure is null ? "no constant or member of an enum" : "no earlier field, parameter, "
            + "constant or "
            + "member of an enum";
        return Fail(syntax, "KK1102", $"`{syntax.Name}` is {where}; declare it first, or correct the name");
    }

    private BoundExpression BindMember(MemberAccessSyntax syntax)
    {
        if (syntax.Target is NameExpressionSyntax name && !IsLocal(name.Name))
        {
            if (name.Name == StructureName)
            {
                return BindName(new NameExpressionSyntax(syntax.Place, syntax.Name), null);
            }

            Symbol? symbol = binder.Find(unit, name.Name, name.Place);
            if (symbol?.Syntax is EnumSyntax)
            {
                binder.Bind(symbol, name.Place);
                EnumMember? member = (symbol.Type as EnumType)?.Members.Find(member => member.Name == syntax.Name);
                return member is null
                    ? Fail(syntax, "KK1102", $"`{name.Name}` has no member `{syntax.Name}`; correct the name")
                    : new BoundConstant(member.Value);
            }
        }

        BoundExpression target = Bind(syntax.Target, null);
        TypeModel? type = target switch
        {
            BoundField field => field.Field.Type,
            BoundIt it => it.Field.Type,
            BoundElement { Target: BoundField field } => field.Field.Type,
            _ => null,
        };
        if (target.Kind == ValueKind.Structure && type is StructType nested)
        {
            FieldModel? field = nested.Fields.Find(field => field.Name == syntax.Name);
            if (nested.Computed.Find(computed => computed.Name == syntax.Name) is ComputedModel value)
            {
                BoundExpression made = value.Expression;
                return made is BoundConstant ? made : new BoundComputed(target, value, made.Kind, made.Min, made.Max);
            }

            return field is null
                ? nested.IsBroken
                    ? BoundError.Instance
                    : Fail(syntax, "KK1102", $"`{nested.Name}` has no field `{syntax.Name}`; correct the name")
                : FieldOf(target, field, syntax);
        }

        if (target.Kind == ValueKind.Integer && type is BitsType bits)
        {
            BitField? field = bits.Fields.Find(field => field.Name == syntax.Name);
            if (field is null)
            {
                return Fail(syntax, "KK1102", $"`{bits.Name}` has no field `{syntax.Name}`; correct the name");
            }

            BigInteger count = BigInteger.One << field.Width;
            return field.IsSigned
                ? new BoundBitField(target, field, -count / 2, (count / 2) - 1)
                : new BoundBitField(target, field, 0, (count - 1) << field.Scale);
        }

        return target.IsError
            ? BoundError.Instance
            : Fail(syntax, "KK1304", $"`{syntax.Target.Text}` has no members; only structures, bits and enums have");
    }

    private BoundExpression BindIndex(IndexSyntax syntax)
    {
        BoundExpression target = Bind(syntax.Target, null);
        BoundExpression index = BindInteger(syntax.Index);
        if (target.IsError || index.IsError)
        {
            return BoundError.Instance;
        }

        if (target is not BoundField { Field: { Count: int count } field })
        {
            return Fail(syntax, "KK1304", $"`{syntax.Target.Text}` is no array of constant length; only those take "
                + $"an index");
        }

        if (index is not BoundConstant { Value: BigInteger value } || value < 0 || value >= count)
        {
            return Fail(syntax, "KK1206", $"the index `{syntax.Index.Text}` is no constant from 0 to {count - 1}");
        }

        FieldShape shape = field.Shape == FieldShape.StructureArray ? FieldShape.Structure : FieldShape.Scalar;
        (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(field.Type, shape);
        return new BoundElement(target, (int)value, kind, min, max);
    }

    private BoundExpression BindCall(CallSyntax syntax)
    {
        Symbol? symbol = binder.Find(unit, syntax.Name, syntax.Place);
        if (symbol?.Syntax is not FunctionSyntax)
        {
            return Fail(syntax, "KK1102", $"`{syntax.Name}` is no function; declare it with `extern function`");
        }

        binder.Bind(symbol, syntax.Place);
        if (symbol.Function is not FunctionModel function)
        {
            return BoundError.Instance;
        }

        if (function.Parameters.Count != syntax.Arguments.Count)
        {
            return Fail(syntax, "KK1212", $"`{function.Name}` takes {function.Parameters.Count} arguments, "
                + $"{syntax.Arguments.Count} are given");
        }

        var arguments = new List<BoundExpression>();
        foreach ((ParameterModel parameter, ExpressionSyntax argument) in function.Parameters.Zip(syntax.Arguments))
        {
            arguments.Add(BindArgument(parameter, argument));
        }

        if (arguments.Exists(static argument => argument.IsError))
        {
            return BoundError.Instance;
        }

        if (function.Result is null)
        {
            return new BoundCall(function, arguments, ValueKind.Boolean, 0, 1);
        }

        (_, BigInteger min, BigInteger max) = RangeOf(function.Result, FieldShape.Scalar);
        return new BoundCall(function, arguments, ValueKind.Integer, min, max);
    }

    private BoundExpression BindArgument(ParameterModel parameter, ExpressionSyntax syntax)
    {
        if (parameter.IsBoolean)
        {
            return BindBoolean(syntax);
        }

        BoundExpression bound = Bind(syntax, parameter.Type as EnumType);
        if (bound.IsError)
        {
            return bound;
        }

        ValueKind wanted = parameter.Type is null ? ValueKind.Bytes : ValueKind.Integer;
        if (bound.Kind != wanted)
        {
            string what = parameter.Type is null ? "a run of bytes" : "a number";
            return Fail(syntax, "KK1304", $"`{syntax.Text}` is {Shown(bound)}, but {what} belongs here");
        }

        if (parameter.Type is TypeModel type)
        {
            (_, BigInteger min, BigInteger max) = RangeOf(type, FieldShape.Scalar);
            if (bound.Min < min || bound.Max > max)
            {
                return Fail(syntax, "KK1202", $"`{syntax.Text}` may be {bound.Min} to {bound.Max}, but "
                    + $"`{parameter.Name}` holds {min} to {max}; widen it");
            }
        }

        return bound;
    }

    private BoundExpression BindOffsetOf(OffsetOfSyntax syntax)
    {
        TypeModel? type = binder.FindType(unit, syntax.Type);
        if (type is null or StructType { IsBroken: true })
        {
            return BoundError.Instance;
        }

        FieldModel? field = (type as StructType)?.Fields.Find(field => field.Name == syntax.Field.Text);
        return field is { OutOfLineAt: null, Places: [{ At: { IsConstant: true } at }] }
            ? new BoundConstant(at.Offset)
            : Fail(syntax, "KK1301", $"`{syntax.Field.Text}` is no field of `{syntax.Type.Text}` at a constant offset");
    }

    private BoundExpression BindSizeOf(SizeOfSyntax syntax)
    {
        int? size = binder.FindType(unit, syntax.Type) switch
        {
            ScalarType scalar => scalar.Bytes,
            CharType => 1,
            EnumType { Bits: int bits } when bits % 8 == 0 => bits / 8,
            BitsType bits => bits.Scalar.Bytes,
            AliasType { Count: int count } alias => Binder.SizeOf(alias.Target) * count,
            StructType { IsBroken: true } or null => 0,
            StructType type => type.Size,
            _ => null,
        };
        return size switch
        {
            null => Fail(syntax, "KK1301", $"`{syntax.Type.Text}` has no constant size; sizeof needs one"),
            0 => BoundError.Instance,
            _ => new BoundConstant(size.Value),
        };
    }
}
