using System.Globalization;
using System.Numerics;
using System.Text;
using KernKit.Layout.Compiler.Diagnostics;

namespace KernKit.Layout.Compiler.Syntax;

/// <summary>Cuts a schema into tokens; comments vanish, doc comments stay with what they describe.</summary>
internal sealed class Lexer
{
    /// <summary>Tokens of one file: ten times the largest schema that a person would write.</summary>
    public const int TokensMax = 200_000;

    /// <summary>Characters of one doc comment.</summary>
    private const int DocMax = 10_000;

    private static readonly string[] TwoCharacterSymbols =
        ["<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "..", "->"];

    private readonly SourceFile _file;
    private readonly string _text;
    private readonly DiagnosticBag _diagnostics;
    private readonly List<Token> _tokens = [];
    private readonly StringBuilder _pendingDoc = new();
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private Lexer(SourceFile file, DiagnosticBag diagnostics)
    {
        _file = file;
        _text = file.Text;
        _diagnostics = diagnostics;
    }

    /// <summary>Doc comments that follow code on their line, by line.</summary>
    private Dictionary<int, string> TrailingDocs { get; } = [];

    private SourcePlace Here => new(_file, _line, _at - _lineStart + 1);

    public static (IReadOnlyList<Token> Tokens, IReadOnlyDictionary<int, string> TrailingDocs) Run(
        SourceFile file, DiagnosticBag diagnostics)
    {
        var lexer = new Lexer(file, diagnostics);
        lexer.Run();
        return (lexer._tokens, lexer.TrailingDocs);
    }

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private void Run()
    {
        while (true)
        {
            SkipBlanks();
            if (_at >= _text.Length)
            {
                break;
            }

            if (_tokens.Count >= TokensMax)
            {
                _diagnostics.Error(Here, "KK1007", $"the file has over {TokensMax} tokens; split it with `import`");
                _at = _text.Length;
                break;
            }

            ReadToken();
        }

        _tokens.Add(new Token(Here, TokenKind.End, "", _at, _at));
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                _at++;
                _line++;
                _lineStart = _at;
            }
            else if (c is ' ' or '\t' or '\r' or '\f' or '\uFEFF')
            {
                _at++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                ReadLineComment();
            }
            else if (c == '/' && Peek(1) == '*')
            {
                SkipBlockComment();
            }
            else
            {
                return;
            }
        }
    }

    private char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private void ReadLineComment()
    {
        int end = _text.IndexOf('\n', _at);
        end = end < 0 ? _text.Length : end;
        bool isDoc = Peek(2) == '/' && Peek(3) != '/';
        if (isDoc)
        {
            string doc = _text[(_at + 3)..end].Trim();
            bool followsCode = _tokens.Count > 0 && _tokens[^1].Place.Line == _line;
            if ((followsCode ? 0 : _pendingDoc.Length) + doc.Length > DocMax)
            {
                _diagnostics.Error(Here, "KK1006", $"a doc comment has at most {DocMax} characters; shorten it");
            }
            else if (followsCode)
            {
                TrailingDocs[_line] = doc;
            }
            else
            {
                _pendingDoc.Append(_pendingDoc.Length == 0 ? "" : "\n").Append(doc);
            }
        }

        _at = end;
    }

    private void SkipBlockComment()
    {
        SourcePlace start = Here;
        int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            _diagnostics.Error(start, "KK1004", "this comment has no end; close it with `*/`");
            end = _text.Length - 2;
        }

        for (; _at < end + 2; _at++)
        {
            if (_text[_at] == '\n')
            {
                _line++;
                _lineStart = _at + 1;
            }
        }
    }

    private void ReadToken()
    {
        char c = _text[_at];
        if (c == 'x' && Peek(1) == '"')
        {
            ReadByteString();
        }
        else if (IsWordStart(c))
        {
            int end = _at + 1;
            while (end < _text.Length && IsWordPart(_text[end]))
            {
                end++;
            }

            Add(TokenKind.Word, end, _text[_at..end]);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c == '"')
        {
            ReadText();
        }
        else if (c == '`')
        {
            ReadQuotedWord();
        }
        else
        {
            ReadSymbol(c);
        }
    }

    private void ReadSymbol(char c)
    {
        string pair = _at + 1 < _text.Length ? _text.Substring(_at, 2) : "";
        if (Array.IndexOf(TwoCharacterSymbols, pair) >= 0)
        {
            Add(TokenKind.Symbol, _at + 2, pair);
        }
        else if ("{}()[];,:.@=+-*/%&|^~!<>?".Contains(c, StringComparison.Ordinal))
        {
            Add(TokenKind.Symbol, _at + 1, c.ToString());
        }
        else
        {
            string shown = c is > ' ' and < '\u007f'
                ? "`" + c + "`"
                : string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}");
            _diagnostics.Error(Here, "KK1003", $"the character {shown} means nothing here; remove it");
            _at++;
        }
    }

    private void ReadQuotedWord()
    {
        int end = _at + 1;
        while (end < _text.Length && IsWordPart(_text[end]))
        {
            end++;
        }

        bool isClosed = end < _text.Length && _text[end] == '`' && end > _at + 1 && IsWordStart(_text[_at + 1]);
        if (!isClosed)
        {
            _diagnostics.Error(Here, "KK1004", "a quoted name is letters, digits and `_` between two backticks");
            _at = end;
            return;
        }

        Add(TokenKind.Word, end + 1, _text[(_at + 1)..end], isQuoted: true);
    }

    private void ReadText()
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] != '"' && _text[end] != '\n')
        {
            end += _text[end] == '\\' && end + 1 < _text.Length && _text[end + 1] != '\n' ? 2 : 1;
        }

        if (end >= _text.Length || _text[end] != '"')
        {
            _diagnostics.Error(Here, "KK1004", "this string has no end; close it with `\"` on the same line");
            _at = Math.Min(end, _text.Length);
            return;
        }

        var bytes = new List<byte>();
        string inner = _text[(_at + 1)..end];
        if (!TryUnescape(inner, bytes))
        {
            _diagnostics.Error(Here, "KK1004", "a string knows the escapes \\n \\t \\0 \\\\ \\\" and \\xHH only");
        }

        Add(TokenKind.Text, end + 1, inner, bytes: [.. bytes]);
    }

    private static bool TryUnescape(string inner, List<byte> bytes)
    {
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] != '\\')
            {
                int width = char.IsHighSurrogate(inner[i]) && i + 1 < inner.Length ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(inner.Substring(i, width)));
                i += width - 1;
                continue;
            }

            i++;
            char escape = i < inner.Length ? inner[i] : '\0';
            int simple = "nt0\\\"".IndexOf(escape, StringComparison.Ordinal);
            if (escape != '\0' && simple >= 0)
            {
                bytes.Add((byte)"\n\t\0\\\""[simple]);
            }
            else if (escape == 'x' && i + 2 < inner.Length && TryHex(inner.AsSpan(i + 1, 2), out byte value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryHex(ReadOnlySpan<char> digits, out byte value) =>
        byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    private void ReadByteString()
    {
        int end = _text.IndexOf('"', _at + 2);
        int lineEnd = _text.IndexOf('\n', _at);
        if (end < 0 || (lineEnd >= 0 && lineEnd < end))
        {
            _diagnostics.Error(Here, "KK1004", "this byte string has no end; close it with `\"` on the same line");
            _at = lineEnd < 0 ? _text.Length : lineEnd;
            return;
        }

        string digits = _text[(_at + 2)..end].Replace(" ", "", StringComparison.Ordinal);
        byte[] bytes = [];
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            _diagnostics.Error(Here, "KK1004", "a byte string holds pairs of hexadecimal digits, as in x\"de ad\"");
        }
        else
        {
            bytes = Convert.FromHexString(digits);
        }

        Add(TokenKind.Bytes, end + 1, _text[_at..(end + 1)], bytes: bytes);
    }

    private void ReadNumber()
    {
        int end = _at;
        while (end < _text.Length && IsWordPart(_text[end]))
        {
            end++;
        }

        string shown = _text[_at..end];
        if (shown.Length > 200 || !NumberText.TryParse(shown, out BigInteger value))
        {
            string start = shown.Length > 40 ? shown[..40] + "..." : shown;
            _diagnostics.Error(
                Here,
                "KK1004",
                $"`{start}` is no number; write 10, 0x1f, 0b101, 0o17 or 64K (K M G T), at most 127 bits, no leading "
                    + $"0");
            value = BigInteger.Zero;
        }

        Add(TokenKind.Number, end, shown, value: value);
    }

    private void Add(
        TokenKind kind, int end, string text, bool isQuoted = false, BigInteger value = default, byte[]? bytes = null)
    {
        _tokens.Add(new Token(Here, kind, text, _at, end)
        {
            IsQuoted = isQuoted,
            Value = value,
            Bytes = bytes ?? [],
            Doc = _pendingDoc.ToString(),
        });
        _pendingDoc.Clear();
        _at = end;
    }
}
