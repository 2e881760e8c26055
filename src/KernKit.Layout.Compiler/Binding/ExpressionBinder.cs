using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Resolves the names of one expression, types it, computes its range, folds its constants.</summary>
/// <remarks>
/// Names are looked for in this order: <c>it</c>, fields placed so far, parameters, members of the enumeration on the
/// other side of an operator, constants, members of any visible enumeration. So <c>mode.type == LNK</c> needs no
/// qualification, and a field named like a constant is the field.
/// </remarks>
internal sealed class ExpressionBinder(Binder binder, FileUnit unit, StructType? structure)
{
    /// <summary>The word that stands for offset 0: <c>self</c> in structures, <c>file</c> in formats.</summary>
    public string? BaseName { get; init; }

    /// <summary>The field that <c>it</c> means.</summary>
    public FieldModel? It { get; init; }

    /// <summary>The name that a format gives to the structure it found.</summary>
    public string? StructureName { get; init; }

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
        BoundBitField { Field.Enum: EnumType type } => type,
        BoundParameter { Parameter.Type: EnumType type } => type,
        _ => null,
    };

    /// <summary>The range of a field's value, or the kind of thing that it is.</summary>
    public static (ValueKind Kind, BigInteger Min, BigInteger Max) RangeOf(TypeModel type, FieldShape shape) =>
        (shape, type) switch
        {
            (FieldShape.Bytes, _) => (ValueKind.Bytes, 0, 255),
            (FieldShape.Array, _) => (ValueKind.Array, 0, 0),
            (FieldShape.Structure, _) => (ValueKind.Structure, 0, 0),
            (FieldShape.Scalar, ScalarType scalar) => (ValueKind.Integer, scalar.Min, scalar.Max),
            (FieldShape.Scalar, EnumType value) => (ValueKind.Integer, value.Min, value.Max),
            (FieldShape.Scalar, BitsType bits) => (ValueKind.Integer, bits.Scalar.Min, bits.Scalar.Max),
            (FieldShape.Scalar, CharType) => (ValueKind.Integer, 0, 255),
            _ => (ValueKind.Error, 0, 0),
        };

    private static string Shown(BoundExpression bound) => bound.Kind switch
    {
        ValueKind.Boolean => "a condition",
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
            FieldShape shape = It.Shape is FieldShape.Array or FieldShape.Bytes ? FieldShape.Scalar : It.Shape;
            (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(It.Type, shape);
            return new BoundIt(It, kind, min, max);
        }

        if (FindLocal(name) is BoundExpression local)
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

        return BindEnumMember(syntax);
    }

    private bool IsLocal(string name) => (name == "it" && It is not null) || FindLocal(name) is not null;

    private BoundExpression? FindLocal(string name)
    {
        FieldModel? field = structure?.Fields.Find(field => field.Name == name);
        if (field is not null)
        {
            return FieldOf(null, field);
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

    private static BoundField FieldOf(BoundExpression? target, FieldModel field)
    {
        (ValueKind kind, BigInteger min, BigInteger max) = RangeOf(field.Type, field.Shape);
        return new BoundField(target, field, field.OutOfLineAt is null ? kind : ValueKind.Error, min, max);
    }

    private BoundExpression BindEnumMember(NameExpressionSyntax syntax)
    {
        EnumMember? found = null;
        EnumType? owner = null;
        IEnumerable<Symbol> imported = unit.Imports.SelectMany(static file => file.Symbols.Values);
        foreach (Symbol symbol in unit.Symbols.Values.Concat(imported))
        {
            bool isNamed = symbol.Syntax is EnumSyntax declared
                && declared.Members.Any(member => member.Name.Text == syntax.Name);
            if (!isNamed)
            {
                continue;
            }

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
            return field is null
                ? nested.IsBroken
                    ? BoundError.Instance
                    : Fail(syntax, "KK1102", $"`{nested.Name}` has no field `{syntax.Name}`; correct the name")
                : FieldOf(target, field);
        }

        if (target.Kind == ValueKind.Integer && type is BitsType bits)
        {
            BitField? field = bits.Fields.Find(field => field.Name == syntax.Name);
            return field is null
                ? Fail(syntax, "KK1102", $"`{bits.Name}` has no field `{syntax.Name}`; correct the name")
                : new BoundBitField(target, field, ((BigInteger.One << field.Width) - 1) << field.Scale);
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

        if (target is not BoundField { Field: { Count: int count, Shape: not FieldShape.Records } field })
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

    private BoundExpression BindSizeOf(SizeOfSyntax syntax)
    {
        int? size = binder.FindType(unit, syntax.Type) switch
        {
            ScalarType scalar => scalar.Bytes,
            CharType => 1,
            EnumType { Bits: int bits } when bits % 8 == 0 => bits / 8,
            BitsType bits => bits.Scalar.Bytes,
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

    private BoundExpression BindUnary(UnarySyntax syntax, EnumType? hint)
    {
        BoundExpression operand = Bind(syntax.Operand, hint);
        if (syntax.Operator == "!")
        {
            BoundExpression condition = AsBoolean(operand, syntax.Operand);
            return condition switch
            {
                { IsError: true } => condition,
                BoundBoolean value => new BoundBoolean(!value.Value),
                _ => new BoundUnary("!", condition, ValueKind.Boolean, 0, 1),
            };
        }

        if (operand.Kind != ValueKind.Integer)
        {
            return operand.IsError
                ? operand
                : Fail(syntax, "KK1304", $"`{syntax.Operand.Text}` is {Shown(operand)}, but `{syntax.Operator}` "
                    + $"takes a number");
        }

        (BigInteger min, BigInteger max) = syntax.Operator switch
        {
            "-" => (-operand.Max, -operand.Min),
            "~" => (-operand.Max - 1, -operand.Min - 1),
            _ => (operand.Min, operand.Max),
        };
        if (operand is BoundConstant || syntax.Operator == "+")
        {
            return operand is BoundConstant ? new BoundConstant(min) : operand;
        }

        return new BoundUnary(syntax.Operator, operand, ValueKind.Integer, min, max);
    }

    private BoundExpression BindBinary(BinarySyntax syntax, EnumType? hint)
    {
        string op = syntax.Operator;
        if (op is "==" or "!=" && TryOrderTest(syntax) is BoundExpression test)
        {
            return test;
        }

        if (op is "&&" or "||")
        {
            return BindLogical(syntax);
        }

        (BoundExpression left, BoundExpression right) = BindSides(syntax, hint);
        if (left.IsError || right.IsError)
        {
            return BoundError.Instance;
        }

        if (op is "==" or "!=" or "<" or ">" or "<=" or ">=")
        {
            return Compare(op, syntax, left, right);
        }

        foreach ((BoundExpression side, ExpressionSyntax shown) in new[] { (left, syntax.Left), (right, syntax.Right) })
        {
            if (side.Kind != ValueKind.Integer)
            {
                return Fail(
                    shown,
                    "KK1304",
                    $"`{shown.Text}` is {Shown(side)}, but `{op}` takes numbers; C's precedence may need parentheses "
                        + $"here");
            }
        }

        return Arithmetic(syntax, left, right);
    }

    private BoundExpression Arithmetic(BinarySyntax syntax, BoundExpression left, BoundExpression right)
    {
        string op = syntax.Operator;
        if (op is "/" or "%" && right is BoundConstant { Value.IsZero: true })
        {
            return Fail(syntax.Right, "KK1303", "this divides by zero; correct the divisor");
        }

        bool isConstant = left is BoundConstant && right is BoundConstant;
        int shiftMax = isConstant ? 126 : Intervals.ShiftMax;
        if (op is "<<" or ">>" && (right.Max < 0 || right.Min > shiftMax))
        {
            return Fail(syntax.Right, "KK1303", $"this shifts by less than 0 or by more than {shiftMax}; correct the "
                + $"count");
        }

        BigInteger min;
        BigInteger max;
        if (isConstant)
        {
            min = max = Intervals.Evaluate(op, left.Min, right.Min)!.Value;
        }
        else
        {
            (min, max) = Intervals.Of(op, left, right);
        }

        if (!Intervals.IsInRange(min, max))
        {
            return Fail(
                syntax,
                "KK1302",
                $"`{syntax.Text}` may lie outside of 127 bits; use narrower fields or smaller shifts");
        }

        return isConstant ? new BoundConstant(min) : new BoundBinary(op, left, right, ValueKind.Integer, min, max);
    }

    /// <summary>Binds the side that may name an enumeration first, so that the other can use its members.</summary>
    private (BoundExpression Left, BoundExpression Right) BindSides(BinarySyntax syntax, EnumType? hint)
    {
        if (syntax.Left is NameExpressionSyntax { Name: string name } && !IsLocal(name))
        {
            BoundExpression second = Bind(syntax.Right, hint);
            return (Bind(syntax.Left, EnumOf(second) ?? hint), second);
        }

        BoundExpression first = Bind(syntax.Left, hint);
        return (first, Bind(syntax.Right, EnumOf(first) ?? hint));
    }

    private BoundExpression Compare(string op, ExpressionSyntax syntax, BoundExpression left, BoundExpression right)
    {
        bool isBytes = left.Kind == ValueKind.Bytes && right.Kind == ValueKind.Bytes && op is "==" or "!=";
        bool isBoolean = left.Kind == ValueKind.Boolean && right.Kind == ValueKind.Boolean && op is "==" or "!=";
        if (!isBytes && !isBoolean && (left.Kind != ValueKind.Integer || right.Kind != ValueKind.Integer))
        {
            return Fail(
                syntax,
                "KK1304",
                $"`{op}` compares {Shown(left)} with {Shown(right)}; C's precedence may need parentheses here");
        }

        if (left is BoundConstant a && right is BoundConstant b)
        {
            int order = a.Value.CompareTo(b.Value);
            return new BoundBoolean(op switch
            {
                "==" => order == 0,
                "!=" => order != 0,
                "<" => order < 0,
                ">" => order > 0,
                "<=" => order <= 0,
                _ => order >= 0,
            });
        }

        return new BoundBinary(op, left, right, ValueKind.Boolean, 0, 1);
    }

    private BoundExpression BindLogical(BinarySyntax syntax)
    {
        BoundExpression left = BindBoolean(syntax.Left);
        BoundExpression right = BindBoolean(syntax.Right);
        if (left.IsError || right.IsError)
        {
            return BoundError.Instance;
        }

        bool isAnd = syntax.Operator == "&&";
        return (left, right) switch
        {
            (BoundBoolean a, _) => a.Value == isAnd ? right : a,
            (_, BoundBoolean b) when b.Value == isAnd => left,
            _ => new BoundBinary(syntax.Operator, left, right, ValueKind.Boolean, 0, 1),
        };
    }

    private BoundExpression? TryOrderTest(BinarySyntax syntax)
    {
        if (syntax.Left is not NameExpressionSyntax left || syntax.Right is not NameExpressionSyntax right)
        {
            return null;
        }

        // The parameter of the structure's own file; a format of another file may not test it.
        string parameter = unit.Syntax.OrderParameter;
        string? order = left.Name == parameter ? right.Name : right.Name == parameter ? left.Name : null;
        if (parameter.Length == 0 || order is not ("le" or "be") || FindLocal(parameter) is not null)
        {
            return null;
        }

        return structure is null
            ? Fail(syntax, "KK1301", "the byte order is no constant; test it inside a structure")
            : new BoundOrderTest((order == "le") == (syntax.Operator == "=="));
    }

    private BoundExpression BindConditional(ConditionalSyntax syntax, EnumType? hint)
    {
        BoundExpression condition = BindBoolean(syntax.Condition);
        BoundExpression ifTrue = Bind(syntax.IfTrue, hint);
        BoundExpression ifFalse = Bind(syntax.IfFalse, hint);
        if (condition.IsError || ifTrue.IsError || ifFalse.IsError)
        {
            return BoundError.Instance;
        }

        if (ifTrue.Kind != ValueKind.Integer || ifFalse.Kind != ValueKind.Integer)
        {
            return Fail(syntax, "KK1304", "the two values of `?` must be numbers; write conditions with `&&` and `||`");
        }

        return condition is BoundBoolean known
            ? known.Value ? ifTrue : ifFalse
            : new BoundConditional(
                condition,
                ifTrue,
                ifFalse,
                BigInteger.Min(ifTrue.Min, ifFalse.Min),
                BigInteger.Max(ifTrue.Max, ifFalse.Max));
    }
}
