using System.Numerics;

namespace KernKit.Layout.Compiler.Syntax;

internal enum TokenKind
{
    End,
    Word,
    Number,
    Text,
    Bytes,
    Symbol,
}

/// <summary>One token with its place, and the doc comment on the lines above it.</summary>
internal sealed class Token(SourcePlace place, TokenKind kind, string text, int start, int end)
{
    public SourcePlace Place { get; } = place;

    public TokenKind Kind { get; } = kind;

    /// <summary>The word without backticks, the symbol, or the text of a string without quotes.</summary>
    public string Text { get; } = text;

    public int Start { get; } = start;

    public int End { get; } = end;

    /// <summary>A quoted word is never an opener or a clause word.</summary>
    public bool IsQuoted { get; init; }

    public BigInteger Value { get; init; }

    public byte[] Bytes { get; init; } = [];

    public string Doc { get; init; } = "";

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsWord(string word) => Kind == TokenKind.Word && !IsQuoted && Text == word;

    /// <summary>How a message names the token.</summary>
    public string Shown => Kind switch
    {
        TokenKind.End => "the end of the file",
        TokenKind.Text => "a string",
        TokenKind.Bytes => "a byte string",
        _ => "`" + (Text.Length > 40 ? Text[..40] + "..." : Text) + "`",
    };
}
