using System.Numerics;
using System.Text;

namespace KernKit.Bpf.Predicates;

/// <summary>Expressions: C's operators and precedence, and ~ between two operands for globs, which binds like
/// ==.</summary>
internal sealed class Parser
{
    /// <summary>Operators and operands of an expression, as in schemas: trees are walked by recursion.</summary>
    private const int PartsMax = 256;

    private const int DepthMax = 64;

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
        ["~"] = 6,
        ["&"] = 5,
        ["^"] = 4,
        ["|"] = 3,
        ["&&"] = 2,
        ["||"] = 1,
    };

    private readonly List<Lexeme> _lexemes;
    private int _at;
    private int _parts;
    private int _depth;

    private Parser(List<Lexeme> lexemes) => _lexemes = lexemes;

    private Lexeme Current => _lexemes[_at];

    public static Syntax Parse(string text)
    {
        var parser = new Parser(Lexer.Scan(text));
        if (parser.Current.Kind == LexemeKind.End)
        {
            throw new PredicateException(1, "an empty expression; write a condition such as size > 1M");
        }

        var result = parser.Choice();
        return parser.Current.Kind == LexemeKind.End ? result
            : throw parser.Fail(parser.Current.Is("=") ? "'=' means nothing here; equality is '=='"
                : $"{Shown(parser.Current)} stands where an operator belongs");
    }

    private Syntax Choice()
    {
        Enter();
        var condition = Binary(1);
        if (Current.Is("?"))
        {
            var column = Take().Column;
            var first = Choice();
            Expect(":", "between the two values of '?'");
            condition = new ChoiceSyntax(column, condition, first, Choice());
        }

        _depth--;
        return condition;
    }

    private Syntax Binary(int least)
    {
        var left = Unary();
        while (Current.Kind == LexemeKind.Symbol && Precedences.TryGetValue(Current.Text, out var precedence)
            && precedence >= least)
        {
            CountPart();
            var sign = Take();
            left = new BinarySyntax(sign.Column, sign.Text, left, Binary(precedence + 1));
        }

        return left;
    }

    private Syntax Unary()
    {
        if (!(Current.Is("-") || Current.Is("+") || Current.Is("~") || Current.Is("!")))
        {
            return Primary();
        }

        CountPart();
        Enter();
        var sign = Take();
        var operand = Unary();
        _depth--;
        return new UnarySyntax(sign.Column, sign.Text, operand);
    }

    private Syntax Primary()
    {
        CountPart();
        var lexeme = Current;
        switch (lexeme.Kind)
        {
            case LexemeKind.Number or LexemeKind.Duration:
                _at++;
                return new NumberSyntax(lexeme.Column, lexeme.Value, lexeme.Kind == LexemeKind.Duration);
            case LexemeKind.Text:
                _at++;
                return new TextSyntax(lexeme.Column, lexeme.Text);
            case LexemeKind.Bytes:
                _at++;
                return new BytesSyntax(lexeme.Column, Convert.FromHexString(lexeme.Text));
            case LexemeKind.Name:
                return Path();
            default:
                break;
        }

        if (!lexeme.Is("("))
        {
            throw Fail($"{Shown(lexeme)} stands where a value belongs; write a field, a number or '('");
        }

        _at++;
        var inner = Choice();
        Expect(")", "after the expression");
        return inner;
    }

    private PathSyntax Path()
    {
        var first = Take();
        var name = new StringBuilder(first.Text);
        var indices = new List<BigInteger>();
        while (true)
        {
            if (Current.Is("."))
            {
                CountPart();
                _at++;
                name.Append('.').Append(Current.Kind == LexemeKind.Name ? Take().Text
                    : throw Fail($"{Shown(Current)} stands where the name of a member belongs"));
            }
            else if (Current.Is("["))
            {
                CountPart();
                _at++;
                indices.Add(Current.Kind == LexemeKind.Number ? Take().Value
                    : throw Fail($"{Shown(Current)} stands where an index belongs; it is a number"));
                Expect("]", "after the index");
                name.Append("[]");
            }
            else if (Current.Is("("))
            {
                throw Fail($"there is no function '{Lexer.Short(name.ToString())}'; "
                    + "functions are not a part of predicates");
            }
            else
            {
                return new PathSyntax(first.Column, name.ToString(), indices);
            }
        }
    }

    private Lexeme Take() => _lexemes[_at++];

    private void Expect(string symbol, string where)
    {
        if (!Current.Is(symbol))
        {
            throw Fail($"'{symbol}' is missing {where}, before {Shown(Current)}");
        }

        _at++;
    }

    private void CountPart()
    {
        if (++_parts > PartsMax)
        {
            throw Fail($"the expression has more than {PartsMax} parts");
        }
    }

    private void Enter()
    {
        if (++_depth > DepthMax)
        {
            throw Fail($"the expression is nested deeper than {DepthMax} levels");
        }
    }

    private PredicateException Fail(string message) => new(Current.Column, message);

    private static string Shown(Lexeme lexeme) => lexeme.Kind == LexemeKind.End ? lexeme.Text
        : $"'{Lexer.Short(lexeme.Text)}'";
}
