using System.Text;

namespace KernKit.Layout.Compiler.Syntax;

/// <summary>Expressions: C's operators and precedence.</summary>
internal sealed partial class Parser
{
    /// <summary>Parts of one expression: left-deep trees are walked by recursion later.</summary>
    private const int ExpressionPartsMax = 256;

    private static readonly Dictionary<string, int> Precedences = new(StringComparer.Ordinal)
    {
        ["*"] = 10,
        ["/"] = 10,
        ["%"] = 10,
        ["+"] = 9,
        ["-"] = 9,
        ["<<"] = 8,
        [">>"] = 8,
        ["<"] = 7,
        [">"] = 7,
        ["<="] = 7,
        [">="] = 7,
        ["=="] = 6,
        ["!="] = 6,
        ["&"] = 5,
        ["^"] = 4,
        ["|"] = 3,
        ["&&"] = 2,
        ["||"] = 1,
    };

    private int _expressionParts;

    private ExpressionSyntax ParseExpression()
    {
        _expressionParts = 0;
        return ParseConditional();
    }

    private ExpressionSyntax ParseConditional()
    {
        Enter(Current);
        int start = _index;
        ExpressionSyntax result = ParseBinary(1);
        if (TakeSymbol("?"))
        {
            ExpressionSyntax ifTrue = ParseConditional();
            ExpressionSyntax ifFalse;
            ExpectSymbol(":", "between the two values of `?`");
            ifFalse = ParseConditional();
            result = new ConditionalSyntax(_tokens[start].Place, TextSince(start), result, ifTrue, ifFalse);
        }

        Leave();
        return result;
    }

    private ExpressionSyntax ParseBinary(int precedenceMin)
    {
        int start = _index;
        ExpressionSyntax left = ParseUnary();
        while (Current.Kind == TokenKind.Symbol
            && Precedences.TryGetValue(Current.Text, out int precedence)
            && precedence >= precedenceMin)
        {
            CountPart();
            string symbol = Current.Text;
            _index++;
            ExpressionSyntax right = ParseBinary(precedence + 1);
            left = new BinarySyntax(_tokens[start].Place, TextSince(start), symbol, left, right);
        }

        return left;
    }

    private ExpressionSyntax ParseUnary()
    {
        Token token = Current;
        if (token.Kind == TokenKind.Symbol && token.Text is "-" or "+" or "~" or "!")
        {
            CountPart();
            Enter(token);
            int start = _index;
            _index++;
            ExpressionSyntax operand = ParseUnary();
            Leave();
            return new UnarySyntax(token.Place, TextSince(start), token.Text, operand);
        }

        return ParsePostfix();
    }

    private ExpressionSyntax ParsePostfix()
    {
        int start = _index;
        ExpressionSyntax result = ParsePrimary();
        while (true)
        {
            if (Current.IsSymbol(".") && Next.Kind == TokenKind.Word)
            {
                CountPart();
                _index++;
                string name = Expect(TokenKind.Word, "a member").Text;
                result = new MemberAccessSyntax(_tokens[start].Place, TextSince(start), result, name);
            }
            else if (TakeSymbol("["))
            {
                CountPart();
                ExpressionSyntax index = ParseConditional();
                ExpectSymbol("]", "after the index");
                result = new IndexSyntax(_tokens[start].Place, TextSince(start), result, index);
            }
            else
            {
                return result;
            }
        }
    }

    private ExpressionSyntax ParsePrimary()
    {
        Token token = Current;
        CountPart();
        switch (token.Kind)
        {
            case TokenKind.Number:
                _index++;
                return new NumberSyntax(token.Place, token.Text, token.Value);
            case TokenKind.Text:
            case TokenKind.Bytes:
                int start = _index++;
                return new BytesSyntax(token.Place, TextSince(start), token.Bytes);
            case TokenKind.Word when token.IsWord("sizeof") && Next.IsSymbol("("):
                return ParseSizeOf();
            case TokenKind.Word when token.IsWord("offsetof") && Next.IsSymbol("("):
                return ParseOffsetOf();
            case TokenKind.Word when Next.IsSymbol("("):
                return ParseCall();
            case TokenKind.Word:
                _index++;
                return new NameExpressionSyntax(token.Place, token.Text);
            default:
                break;
        }

        if (!TakeSymbol("("))
        {
            throw Fail("KK1002", $"{token.Shown} stands where a value belongs; write a number, a name or `(`");
        }

        ExpressionSyntax inner = ParseConditional();
        ExpectSymbol(")", "after the expression");
        return inner;
    }

    private CallSyntax ParseCall()
    {
        int start = _index;
        _index += 2;
        var arguments = new List<ExpressionSyntax>();
        while (!Current.IsSymbol(")"))
        {
            LimitMembers(arguments.Count * 512);
            arguments.Add(ParseConditional());
            if (!TakeSymbol(",") && !Current.IsSymbol(")"))
            {
                throw Fail("KK1002", $"`,` or `)` is missing after the argument, before {Current.Shown}; add it");
            }
        }

        _index++;
        return new CallSyntax(_tokens[start].Place, TextSince(start), _tokens[start].Text, arguments);
    }

    private OffsetOfSyntax ParseOffsetOf()
    {
        int start = _index;
        _index += 2;
        NameSyntax type = ParseDottedName("a structure");
        ExpectSymbol(",", "between the structure and its field");
        NameSyntax field = ExpectName("a field");
        ExpectSymbol(")", "after the field");
        return new OffsetOfSyntax(_tokens[start].Place, TextSince(start), type, field);
    }

    private SizeOfSyntax ParseSizeOf()
    {
        int start = _index;
        _index += 2;
        NameSyntax type = ParseDottedName("a type");
        ExpectSymbol(")", "after the type");
        return new SizeOfSyntax(_tokens[start].Place, TextSince(start), type);
    }

    private void CountPart()
    {
        if (++_expressionParts > ExpressionPartsMax)
        {
            throw Fail(
                "KK1006",
                $"this expression has more than {ExpressionPartsMax} parts; name some of them with `const`");
        }
    }

    /// <summary>The text of the tokens since an index, with one blank wherever the source has any.</summary>
    private string TextSince(int start)
    {
        var text = new StringBuilder();
        int end = -1;
        int i = start;
        for (; i < _index && text.Length < ExpressionSyntax.TextMax; i++)
        {
            Token token = _tokens[i];
            text.Append(end >= 0 && token.Start > end ? " " : "");
            text.Append(token.Kind == TokenKind.Text ? "\"" + token.Text + "\"" : token.Text);
            end = token.End;
        }

        return text.Append(i < _index ? " ..." : "").ToString();
    }
}
