using System.Globalization;
using System.Text;

namespace KernKit.Bpf.Text;

/// <summary>Cuts a line of assembly into tokens and names its shape.</summary>
/// <remarks>
/// The shape is the line with every register as R or W, number as N, memory offset as O and label as L:
/// <c>r1 = *(u8 *)(r2 + 4)</c> is <c>R = * ( u8 * ) ( R O )</c>. Lines of the same shape have the same syntax, so the
/// assembler looks a line's shape up among the shapes of opcodes.txt.
/// </remarks>
internal static class LineScanner
{
    private static readonly string[] Operators =
    [
        "s>>=", "s<=", "s>=", "s/=", "s%=", "<<=", ">>=", "s<", "s>", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
        "==", "!=", "<=", ">=", "=", "<", ">", "&", "*", "(", ")", "[", "]", ",", "+", "-", "{", "}", ":",
    ];

    /// <summary>Cuts a line.</summary>
    /// <param name="line">One statement, without comment and label.</param>
    /// <param name="words">Words that are literals; all others are labels.</param>
    /// <exception cref="FormatException">A character or number that assembly does not have.</exception>
    public static List<Token> Scan(string line, HashSet<string> words)
    {
        var raw = new List<Token>();
        for (var at = 0; at < line.Length;)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            var token = Next(line, ref at, words);
            Append(raw, token);
        }

        return raw;
    }

    /// <summary>Names the shape of a line.</summary>
    public static string Shape(List<Token> tokens)
    {
        var shape = new StringBuilder();
        foreach (var token in tokens)
        {
            shape.Append(token.Kind switch
            {
                TokenKind.Register => "R",
                TokenKind.Half => "W",
                TokenKind.Number => "N",
                TokenKind.Offset => "O",
                TokenKind.Label => "L",
                _ => token.Text,
            }).Append(' ');
        }

        return shape.ToString();
    }

    private static void Append(List<Token> tokens, Token token)
    {
        // A sign belongs to the number behind it; behind a register the two are the offset of a memory operand.
        if (token.Kind == TokenKind.Number && tokens.Count > 0
            && tokens[^1] is { Kind: TokenKind.Literal, Text: "+" or "-" } sign)
        {
            tokens.RemoveAt(tokens.Count - 1);
            var kind = tokens.Count > 0 && tokens[^1].Kind == TokenKind.Register ? TokenKind.Offset : TokenKind.Number;
            token = new Token(kind, token.Text, sign.Text == "-" ? -token.Value : token.Value);
        }

        tokens.Add(token);
    }

    private static Token Next(string line, ref int at, HashSet<string> words)
    {
        foreach (var symbol in Operators)
        {
            if (string.CompareOrdinal(line, at, symbol, 0, symbol.Length) == 0)
            {
                at += symbol.Length;
                return new Token(TokenKind.Literal, symbol);
            }
        }

        var start = at;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || line[at] is '_' or '.' or '$'))
        {
            at++;
        }

        var word = line[start..at];
        if (word.Length == 0)
        {
            throw new FormatException($"unexpected '{line[start]}'");
        }

        if (char.IsAsciiDigit(word[0]))
        {
            return new Token(TokenKind.Number, word, ParseNumber(word));
        }

        if (word[0] is 'r' or 'R' or 'w' or 'W' && word.Length is 2 or 3
            && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var register))
        {
            return register <= 10
                ? new Token(word[0] is 'r' or 'R' ? TokenKind.Register : TokenKind.Half, word, register)
                : throw new FormatException($"register {word}, must be r0 to r10 or w0 to w10");
        }

        return new Token(words.Contains(word) ? TokenKind.Literal : TokenKind.Label, word);
    }

    private static Int128 ParseNumber(string word)
    {
        var hexadecimal = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var binary = word.StartsWith("0b", StringComparison.OrdinalIgnoreCase);
        var style = hexadecimal ? NumberStyles.AllowHexSpecifier
            : binary ? NumberStyles.AllowBinarySpecifier : NumberStyles.None;
        return ulong.TryParse(word.AsSpan(hexadecimal || binary ? 2 : 0), style, CultureInfo.InvariantCulture,
            out var value)
            ? value
            : throw new FormatException($"number '{word}' is malformed or exceeds 64 bits");
    }
}
