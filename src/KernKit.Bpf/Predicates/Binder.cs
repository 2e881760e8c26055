using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>Gives names their fields and operators their meaning; what makes no sense is refused at its
/// column.</summary>
internal sealed class Binder(FieldTable fields, BigInteger now)
{
    private readonly Stack<PredicateSymbols> _symbols = new();

    /// <summary>The fields that the expression names.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes that a record must have for them.</summary>
    public int BytesNeeded { get; private set; }

    public ConditionNode Bind(Syntax syntax) => Condition(Any(syntax));

    private Bound Any(Syntax syntax) => syntax switch
    {
        NumberSyntax { IsDuration: true } number => Number(syntax, BoundKind.Duration, new ConstantNode(number.Value)),
        NumberSyntax number => Number(syntax, BoundKind.Number, new ConstantNode(number.Value)),
        TextSyntax => new Bound(BoundKind.String, syntax),
        BytesSyntax => new Bound(BoundKind.Hex, syntax),
        PathSyntax path => Path(path),
        UnarySyntax unary => Unary(unary),
        ChoiceSyntax choice => Choice(choice),
        BinarySyntax binary => Binary(binary),
        _ => throw new InvalidOperationException(),
    };

    private static Bound Number(Syntax syntax, BoundKind kind, ValueNode value) => new(kind, syntax) { Value = value };

    private static Bound Conditional(Syntax syntax, ConditionNode condition) =>
        new(BoundKind.Condition, syntax) { Condition = condition };

    private Bound Path(PathSyntax path)
    {
        if (fields.TryFind(path.Name, out var field))
        {
            return Field(path, field);
        }

        if (path.Indices.Count == 0)
        {
            foreach (var symbols in _symbols)
            {
                if (symbols.Values.TryGetValue(path.Name, out var symbol))
                {
                    return Number(path, BoundKind.Number, new ConstantNode(symbol));
                }
            }

            switch (path.Name)
            {
                case "now":
                    return Number(path, BoundKind.Time, new ConstantNode(now));
                case "true" or "false":
                    return Conditional(path, new FixedNode(path.Name == "true"));
                default:
                    break;
            }

            if (fields.TryFindMember(path.Name, out var member))
            {
                return Number(path, BoundKind.Number, new ConstantNode(member));
            }
        }

        throw new PredicateException(path.Column, Unknown(path.Name));
    }

    private Bound Field(PathSyntax path, PredicateField field)
    {
        var offset = field.Offset;
        for (var i = 0; i < path.Indices.Count; i++)
        {
            var (count, stride) = field.Dimensions[i];
            if (path.Indices[i] >= count)
            {
                throw new PredicateException(path.Column,
                    $"'{field.Name}' has {count} elements, [{path.Indices[i]}] is not one of 0 to {count - 1}");
            }

            offset += (int)path.Indices[i] * stride;
        }

        Used.Add(field.Name);
        BytesNeeded = Math.Max(BytesNeeded, Math.Max(offset + field.SizeBytes, field.LengthOffset + sizeof(uint)));
        if (field.Kind is PredicateFieldKind.Text or PredicateFieldKind.Bytes)
        {
            return new Bound(field.Kind == PredicateFieldKind.Text ? BoundKind.Text : BoundKind.Bytes, path)
            {
                Field = field,
                Offset = offset,
            };
        }

        ValueNode value = new FieldNode(field, offset);
        value = field.Shift == 0 ? value : new BinaryNode("<<", value, new ConstantNode(field.Shift));
        return field.Kind == PredicateFieldKind.Number ? Number(path, BoundKind.Number, value)
            : Number(path, BoundKind.Time, field.UnitNanoseconds == 1 ? value
                : new BinaryNode("*", value, new ConstantNode(field.UnitNanoseconds)));
    }

    private Bound Unary(UnarySyntax unary)
    {
        var operand = Any(unary.Operand);
        if (unary.Sign == "!")
        {
            return Conditional(unary, operand.Kind == BoundKind.Text
                ? throw new PredicateException(unary.Column, "'!' binds tighter than '~' and '=='; write !(a ~ b)")
                : new NotNode(Condition(operand)));
        }

        if (operand.Kind is not BoundKind.Number && !(operand.Kind == BoundKind.Duration && unary.Sign is "-" or "+"))
        {
            throw new PredicateException(unary.Column, $"'{unary.Sign}' takes a number, not {operand.Shown}");
        }

        return unary.Sign switch
        {
            "+" => operand,
            "-" => Calculated(unary, operand.Kind, "-", new ConstantNode(0), operand.Value!, unary.Column),
            _ => Calculated(unary, operand.Kind, "^", operand.Value!, new ConstantNode(-1), unary.Column),
        };
    }

    private Bound Choice(ChoiceSyntax choice)
    {
        var condition = Condition(Any(choice.Condition));
        var (first, second) = (Any(choice.IfTrue), Any(choice.IfFalse));
        if (first.IsValue && second.IsValue && first.Kind == second.Kind)
        {
            return Number(choice, first.Kind, condition is FixedNode known ? (known.Value ? first : second).Value!
                : new ChoiceNode(condition, Held(first.Value!, choice.Column), Held(second.Value!, choice.Column)));
        }

        return first.Kind == second.Kind && first.Kind == BoundKind.Condition
            ? Conditional(choice, new ChoiceOfNode(condition, first.Condition!, second.Condition!))
            : throw new PredicateException(choice.Column,
                $"the two values of '?' are {first.Shown} and {second.Shown}; both must be of one kind");
    }

    private Bound Binary(BinarySyntax binary)
    {
        if (binary.Sign is "&&" or "||")
        {
            var (before, after) = (Condition(Any(binary.Left)), Condition(Any(binary.Right)));
            return Conditional(binary, binary.Sign == "&&" ? new BothNode(before, after)
                : new EitherNode(before, after));
        }

        var pushed = Push(binary.Left) + Push(binary.Right);
        var (left, right) = (Any(binary.Left), Any(binary.Right));
        for (; pushed > 0; pushed--)
        {
            _symbols.Pop();
        }

        if (binary.Sign == "~")
        {
            return left.Kind == BoundKind.Text && right is { Syntax: TextSyntax pattern }
                ? Conditional(binary, new GlobNode(left.Field!, left.Offset, Glob.Parse(pattern.Raw, pattern.Column)))
                : throw new PredicateException(binary.Column,
                    $"'~' compares text with a pattern, as in name ~ \"*.log\", not {left.Shown} with {right.Shown}");
        }

        RefuseMisread(binary, left, right);
        return binary.Sign is "==" or "!=" or "<" or "<=" or ">" or ">="
            ? Conditional(binary, Compare(binary, left, right))
            : Arithmetic(binary, left, right);
    }

    // What the names of values may be beside a field: those of its enumeration, also through & | ^ and the like.
    private int Push(Syntax syntax)
    {
        switch (syntax)
        {
            case PathSyntax path when fields.TryFind(path.Name, out var field) && field.Symbols is { } symbols:
                _symbols.Push(symbols);
                return 1;
            case UnarySyntax unary:
                return Push(unary.Operand);
            case BinarySyntax { Sign: "&" or "|" or "^" or "+" or "-" } binary:
                return Push(binary.Left) + Push(binary.Right);
            default:
                return 0;
        }
    }

    private static void RefuseMisread(BinarySyntax binary, Bound left, Bound right)
    {
        if (left.Kind != BoundKind.Condition && right.Kind != BoundKind.Condition)
        {
            return;
        }

        var inner = (left.Kind == BoundKind.Condition ? left : right).Syntax as BinarySyntax;
        var isMisread = inner is not null && binary.Sign is ("&" or "|" or "^");
        throw new PredicateException(inner?.Column ?? binary.Column, isMisread
            ? $"'{inner!.Sign}' binds tighter than '{binary.Sign}'; write (a {binary.Sign} b) {inner.Sign} c, or "
                + $"'{binary.Sign}{binary.Sign}' between conditions"
            : $"'{binary.Sign}' takes numbers, and one of its sides is a condition; join conditions with && or ||");
    }

    private ConditionNode Compare(BinarySyntax binary, Bound left, Bound right)
    {
        if (left.Kind is BoundKind.String or BoundKind.Hex)
        {
            (left, right) = (right, left);
            binary = binary with { Sign = Comparison.Flip(binary.Sign), Left = binary.Right, Right = binary.Left };
        }

        if (left.Kind is BoundKind.Text or BoundKind.Bytes)
        {
            return Same(binary, left, right);
        }

        if (left.Kind == BoundKind.Time && right is { Syntax: TextSyntax text })
        {
            right = Time(text);
        }

        if (left.IsValue && right.IsValue && left.Kind == right.Kind)
        {
            return Comparison.Make(binary.Sign, left.Value!, right.Value!);
        }

        throw new PredicateException(binary.Column, (left.Kind, right.Kind) switch
        {
            (BoundKind.Time, BoundKind.Number) or (BoundKind.Number, BoundKind.Time) =>
                "a time is compared with a time: \"2024-05-01\", \"2024-05-01T12:00:00Z\" or now - 7d",
            (BoundKind.Number, BoundKind.String) when binary.Left is PathSyntax path
                && fields.TryFind(path.Name, out var field) && field.Symbols is { } symbols =>
                $"'{path.Name}' has named values, without quotes: {Some(symbols.Values.Keys)}",
            _ => $"{left.Shown} and {right.Shown} cannot be compared",
        });
    }

    private static ConditionNode Same(BinarySyntax binary, Bound left, Bound right)
    {
        var field = left.Field!;
        var isText = left.Kind == BoundKind.Text;
        var bytes = right.Syntax switch
        {
            BytesSyntax hex => hex.Bytes,
            TextSyntax text => TextBytes.Of(text.Raw, text.Column),
            _ => null,
        };
        if (bytes is null || binary.Sign is not ("==" or "!="))
        {
            throw new PredicateException(binary.Column, bytes is null
                ? $"{left.Shown} is compared with {(isText ? "a string" : "x\"...\"")}, not with {right.Shown}"
                : $"{left.Shown} has == and !={(isText ? " and ~" : "")}, no order");
        }

        if (!isText && bytes.Length != field.SizeBytes)
        {
            throw new PredicateException(right.Syntax.Column,
                $"'{field.Name}' has {field.SizeBytes} bytes, not {bytes.Length}");
        }

        // Text up to a NUL holds none, and none is longer than its field.
        var isNever = isText && (bytes.Length > field.SizeBytes || (field.LengthOffset < 0 && bytes.Contains((byte)0)));
        ConditionNode same = isNever ? new FixedNode(false) : new SameTextNode(field, left.Offset, bytes);
        return binary.Sign == "==" ? same : new NotNode(same);
    }

    private static Bound Time(TextSyntax text) =>
        Number(text, BoundKind.Time, new ConstantNode(TimeText.Parse(text.Raw, text.Column)));

    private static Bound Arithmetic(BinarySyntax binary, Bound left, Bound right)
    {
        if (binary.Sign is "+" or "-" && right.Kind is BoundKind.Time or BoundKind.Duration
            && left is { Kind: BoundKind.String, Syntax: TextSyntax first })
        {
            left = Time(first);
        }

        if (binary.Sign == "-" && left.Kind == BoundKind.Time && right is { Syntax: TextSyntax second })
        {
            right = Time(second);
        }

        BoundKind? kind = (left.Kind, binary.Sign, right.Kind) switch
        {
            (BoundKind.Number, _, BoundKind.Number) => BoundKind.Number,
            (BoundKind.Time, "-", BoundKind.Time) => BoundKind.Duration,
            (BoundKind.Time, "+" or "-", BoundKind.Duration) => BoundKind.Time,
            (BoundKind.Duration, "+", BoundKind.Time) => BoundKind.Time,
            (BoundKind.Duration, "+" or "-" or "%", BoundKind.Duration) => BoundKind.Duration,
            (BoundKind.Duration, "*" or "/", BoundKind.Number) => BoundKind.Duration,
            (BoundKind.Number, "*", BoundKind.Duration) => BoundKind.Duration,
            (BoundKind.Duration, "/", BoundKind.Duration) => BoundKind.Number,
            _ => null,
        };
        return kind is { } result ? Calculated(binary, result, binary.Sign, left.Value!, right.Value!, binary.Column)
            : throw new PredicateException(binary.Column,
                $"there is no '{binary.Sign}' between {left.Shown} and {right.Shown}");
    }

    private static Bound Calculated(
        Syntax syntax, BoundKind kind, string sign, ValueNode left, ValueNode right, int column)
    {
        if (right is ConstantNode { Value: var number })
        {
            if (sign is "/" or "%" && number.IsZero)
            {
                throw new PredicateException(column, "a division by zero");
            }

            if (sign is "<<" or ">>" && (number < 0 || number > 63))
            {
                throw new PredicateException(column, $"a shift by {number}; it is 0 to 63");
            }

            if (left is ConstantNode { Value: var other })
            {
                var value = Calculate(sign, other, number);
                return BigInteger.Abs(value) >> 127 == 0 ? Number(syntax, kind, new ConstantNode(value))
                    : throw new PredicateException(column, "a number that 127 bits cannot hold");
            }
        }

        // Constants to the right, where instructions can hold them.
        (left, right) = left is ConstantNode && sign is ("+" or "*" or "&" or "|" or "^")
            ? (right, left) : (left, right);
        return Number(syntax, kind, new BinaryNode(sign, Held(left, column), Held(right, column)));
    }

    private static ValueNode Held(ValueNode value, int column) => value is ConstantNode
        && !value.Range.FitsSigned && !value.Range.FitsUnsigned
        ? throw new PredicateException(column, $"{value.Range.Low} is more than 64 bits hold") : value;

    private static BigInteger Calculate(string sign, BigInteger left, BigInteger right) => sign switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => BigInteger.Divide(left, right),
        "%" => BigInteger.Remainder(left, right),
        "<<" => left << (int)right,
        ">>" => left >> (int)right,
        "&" => left & right,
        "^" => left ^ right,
        _ => left | right,
    };

    private static ConditionNode Condition(Bound bound) => bound switch
    {
        { Condition: { } condition } => condition,
        { Kind: BoundKind.Number, Value: { } value } =>
            Comparison.Make("!=", value, new ConstantNode(0)),
        _ => throw new PredicateException(bound.Syntax.Column, $"{bound.Shown} is no condition; compare it"),
    };

    private string Unknown(string name)
    {
        var shown = Lexer.Short(name);
        if (fields.WhyAbsent(name) is { } reason)
        {
            return $"there is no '{shown}' here: {reason}";
        }

        var names = fields.Fields.Select(static field => field.Name)
            .Concat(_symbols.SelectMany(static symbols => symbols.Values.Keys)).Distinct().ToList();
        if (names.Contains(name + "[]"))
        {
            return $"'{name}' is an array; write {name}[0]";
        }

        // A structure's name alone: its fields are what was looked for.
        var inside = names.Where(other => other.StartsWith(name + ".", StringComparison.Ordinal)).ToList();
        if (inside.Count > 0)
        {
            return $"'{shown}' is a structure; its fields are {Some(inside)}";
        }

        var near = names.Select(other => (Name: other, Distance: Distance(name, other)))
            .Where(pair => pair.Distance <= Math.Max(1, name.Length / 3)
                || pair.Name.EndsWith("." + name, StringComparison.Ordinal)
                || name.EndsWith("." + pair.Name, StringComparison.Ordinal))
            .OrderBy(static pair => pair.Distance).ThenBy(static pair => pair.Name, StringComparer.Ordinal)
            .Take(3).Select(static pair => pair.Name).ToList();
        return near.Count > 0 ? $"there is no '{shown}'; near it: {string.Join(", ", near)}"
            : $"there is no '{shown}'; fields are {Some(names)}";
    }

    private static string Some(IEnumerable<string> names)
    {
        const int Shown = 16;
        var list = names.Take(Shown + 1).ToList();
        return string.Join(", ", list.Take(Shown)) + (list.Count > Shown ? ", ..." : "");
    }

    // Levenshtein's: letters to put in, take out or change.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
