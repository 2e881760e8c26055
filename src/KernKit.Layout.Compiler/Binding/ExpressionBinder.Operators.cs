using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Operators: their operands' kinds, the range of their result, constants folded.</summary>
internal sealed partial class ExpressionBinder
{
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

        if (syntax.Operator != "+" && !Intervals.IsInRange(operand.Min - 1, operand.Max + 1))
        {
            return Fail(syntax, "KK1302", $"`{syntax.Text}` may lie outside of 127 bits; use narrower fields");
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

        bool fits = Intervals.IsInRange(min, max) && Intervals.HaveCarrier(left, right, min, max);
        if (!fits)
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

        if (!isBytes && !isBoolean && !Intervals.HaveCarrier(left, right, left.Min, left.Max))
        {
            return Fail(syntax, "KK1302", "one side may be negative and the other over 127 bits; no type holds both");
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
        if (parameter.Length == 0 || order is not ("le" or "be") || FindLocal(parameter, null) is not null)
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

        if (!Intervals.HaveCarrier(ifTrue, ifFalse, ifTrue.Min, ifTrue.Max))
        {
            return Fail(syntax, "KK1302", "one value may be negative and the other over 127 bits; no type holds both");
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
