using System.Globalization;
using System.Numerics;

namespace KernKit.Bpf.Predicates;

internal enum LexemeKind
{
    Name, Number, Duration, Text, Bytes, Symbol, End,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of text what stands between the quotes.</param>
/// <param name="Value">Of numbers; of durations the nanoseconds.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct Lexeme(LexemeKind Kind, string Text, BigInteger Value, int Column)
{
    public bool Is(string symbol) => Kind == LexemeKind.Symbol && Text == symbol;
}

/// <summary>Cuts an expression into words, numbers, strings and signs.</summary>
internal static class Lexer
{
    /// <summary>Characters of an expression; what people type is a tenth of it.</summary>
    private const int LengthMax = 8192;

    private static readonly string[] Signs =
    [
        "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
        "<", ">", "&", "|", "^", "~", "!", "+", "-", "*", "/", "%", "?", ":", "(", ")", "[", "]", ".", "=",
    ];

    private static readonly System.Buffers.SearchValues<char> Digits =
        System.Buffers.SearchValues.Create("0123456789_");

    private static readonly Dictionary<string, long> Units = new(StringComparer.Ordinal)
    {
        ["ns"] = 1,
        ["us"] = 1_000,
        ["ms"] = 1_000_000,
        ["s"] = 1_000_000_000,
        ["m"] = 60_000_000_000,
        ["h"] = 3_600_000_000_000,
        ["d"] = 86_400_000_000_000,
        ["w"] = 604_800_000_000_000,
    };

    /// <summary>What somebody wrote, cut to what a message has room for.</summary>
    public static string Short(string text) => text.Length <= 60 ? text : text[..60] + "...";

    public static List<Lexeme> Scan(string text)
    {
        if (text.Length > LengthMax)
        {
            throw new PredicateException($"{text.Length} characters; an expression has at most {LengthMax}");
        }

        var list = new List<Lexeme>();
        for (var at = 0; at < text.Length;)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            var start = at;
            list.Add(c switch
            {
                '"' => String(text, ref at),
                'x' when at + 1 < text.Length && text[at + 1] == '"' => Bytes(text, ref at),
                _ when char.IsAsciiDigit(c) => Number(Word(text, ref at), start + 1),
                _ when char.IsAsciiLetter(c) || c == '_' =>
                    new Lexeme(LexemeKind.Name, Word(text, ref at), default, start + 1),
                _ => Sign(text, ref at),
            });
        }

        list.Add(new Lexeme(LexemeKind.End, "the end", default, text.Length + 1));
        return list;
    }

    private static string Word(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return text[start..at];
    }

    private static Lexeme Sign(string text, ref int at)
    {
        foreach (var sign in Signs)
        {
            if (string.CompareOrdinal(text, at, sign, 0, sign.Length) == 0)
            {
                at += sign.Length;
                return new Lexeme(LexemeKind.Symbol, sign, default, at - sign.Length + 1);
            }
        }

        var what = char.IsControl(text[at]) ? $"character {(int)text[at]:x4}" : $"'{text[at]}'";
        throw new PredicateException(at + 1, $"{what} means nothing here");
    }

    private static Lexeme String(string text, ref int at)
    {
        var start = ++at;
        for (; at < text.Length && text[at] != '"'; at++)
        {
            at += text[at] == '\\' ? 1 : 0;
        }

        if (at >= text.Length)
        {
            throw new PredicateException(start, "a string without its end; add a '\"'");
        }

        return new Lexeme(LexemeKind.Text, text[start..at++], default, start);
    }

    private static Lexeme Bytes(string text, ref int at)
    {
        at++;
        var lexeme = String(text, ref at);
        var digits = string.Concat(lexeme.Text.Where(static c => !char.IsWhiteSpace(c)));
        return digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit)
            ? lexeme with { Kind = LexemeKind.Bytes, Text = digits, Column = lexeme.Column - 1 }
            : throw new PredicateException(lexeme.Column, "x\"...\" holds pairs of hexadecimal digits");
    }

    private static Lexeme Number(string word, int column)
    {
        var isPlain = word.Length < 2 || word[0] != '0' || char.IsAsciiDigit(word[1]);
        var (radix, digits) = isPlain ? (10, word) : word[1] switch
        {
            'x' or 'X' => (16, word[2..]),
            'b' or 'B' => (2, word[2..]),
            'o' or 'O' => (8, word[2..]),
            _ => (10, word),
        };

        // K, M, G and T are no hexadecimal digits, so the suffix is clear in every radix; units of time are decimal.
        var shift = digits.Length > 1 ? 10 * ("KMGT".IndexOf(digits[^1], StringComparison.Ordinal) + 1) : 0;
        digits = shift > 0 ? digits[..^1] : digits;
        var unitAt = radix == 10 ? digits.AsSpan().IndexOfAnyExcept(Digits) : -1;
        var unit = unitAt > 0 ? digits[unitAt..] : "";
        digits = digits[..^unit.Length];
        if (unit.Length > 0 && (shift > 0 || !Units.ContainsKey(unit)))
        {
            throw new PredicateException(column,
                $"'{Short(word)}' is no number: sizes end in K, M, G or T (powers of 1024), "
                + "durations in ns, us, ms, s, m, h, d or w");
        }

        if (radix == 10 && digits.Length > 1 && digits[0] == '0')
        {
            throw new PredicateException(column,
                $"'{Short(word)}' would be octal in C; write 0o{Short(digits.TrimStart('0'))} or leave the 0 out");
        }

        var value = BigInteger.Zero;
        foreach (var c in digits.Replace("_", "", StringComparison.Ordinal))
        {
            var digit = char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.HexNumber, null) : radix;
            value = digit < radix ? (value * radix) + digit
                : throw new PredicateException(column, $"'{Short(word)}' is no number of base {radix}");
        }

        if (digits.Length == 0 || digits[0] == '_' || digits[^1] == '_')
        {
            throw new PredicateException(column, $"'{Short(word)}' is no number");
        }

        value <<= shift;
        value *= unit.Length > 0 ? Units[unit] : 1;
        return value >> 127 == 0
            ? new Lexeme(unit.Length > 0 ? LexemeKind.Duration : LexemeKind.Number, word, value, column)
            : throw new PredicateException(column, $"'{Short(word)}' is more than 127 bits hold");
    }
}
