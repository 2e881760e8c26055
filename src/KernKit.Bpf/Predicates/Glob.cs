using System.Text;

namespace KernKit.Bpf.Predicates;

/// <summary>A pattern, cut at its stars: what the text begins with, what follows somewhere, what it ends
/// with.</summary>
/// <remarks>
/// Taking each piece where it first occurs is enough (a later place never helps what follows), so a match costs one
/// pass over the text, whatever the pattern. Bytes are compared, not characters: ? takes one byte.
/// </remarks>
internal sealed class Glob
{
    /// <summary>Places of a pattern; names are shorter.</summary>
    private const int PlacesMax = 1024;

    /// <summary>Places of a piece between two stars: one bit each in a register.</summary>
    private const int PieceMax = 64;

    private Glob(List<ByteSet[]> pieces) => Pieces = pieces;

    /// <summary>One piece: the whole pattern, without a star. More: there is a star between each two.</summary>
    public IReadOnlyList<ByteSet[]> Pieces { get; }

    public bool HasStar => Pieces.Count > 1;

    public ByteSet[] Start => Pieces[0];

    public ByteSet[] End => Pieces[^1];

    /// <summary>Bytes of the shortest text that matches.</summary>
    public int LengthMin => Pieces.Sum(static piece => piece.Length);

    /// <summary>Reads a pattern.</summary>
    /// <param name="raw">What stands between the quotes.</param>
    /// <param name="column">The column of the opening quote.</param>
    public static Glob Parse(string raw, int column)
    {
        var pieces = new List<ByteSet[]>();
        var piece = new List<ByteSet>();
        var count = 0;
        for (var at = 0; at < raw.Length;)
        {
            var start = at;
            switch (raw[at])
            {
                case '*':
                    at++;
                    // Two stars in a row are one.
                    if (piece.Count > 0 || pieces.Count == 0)
                    {
                        pieces.Add([.. piece]);
                        piece.Clear();
                    }

                    continue;
                case '?':
                    at++;
                    piece.Add(ByteSet.All);
                    break;
                case '[':
                    piece.Add(Class(raw, ref at, column));
                    break;
                default:
                    foreach (var value in TextBytes.One(raw, ref at, column, isGlob: true))
                    {
                        piece.Add(ByteSet.Of(value));
                    }

                    break;
            }

            count += at - start;
            if (count > PlacesMax)
            {
                throw new PredicateException(column, $"a pattern has at most {PlacesMax} characters");
            }
        }

        pieces.Add([.. piece]);
        return pieces.Skip(1).SkipLast(1).All(static inner => inner.Length <= PieceMax) ? new Glob(pieces)
            : throw new PredicateException(column, $"between two * stand at most {PieceMax} bytes");
    }

    private static ByteSet Class(string raw, ref int at, int column)
    {
        var open = at++;
        var isNegative = at < raw.Length && raw[at] is '!' or '^';
        at += isNegative ? 1 : 0;
        var set = default(ByteSet);
        for (var isFirst = true; ; isFirst = false)
        {
            if (at >= raw.Length)
            {
                throw new PredicateException(column + 1 + open, "'[' without ']'; the character itself is '\\['");
            }

            if (raw[at] == ']' && !isFirst)
            {
                at++;
                return isNegative ? set.Complement() : set;
            }

            var first = ClassByte(raw, ref at, column);
            var last = first;
            if (at + 1 < raw.Length && raw[at] == '-' && raw[at + 1] != ']')
            {
                at++;
                var place = at;
                last = ClassByte(raw, ref at, column);
                if (last < first)
                {
                    throw new PredicateException(column + 1 + place, "a range of bytes that ends before it begins");
                }
            }

            set = set.With(ByteSet.Range(first, last));
        }
    }

    private static byte ClassByte(string raw, ref int at, int column)
    {
        var place = at;
        var bytes = TextBytes.One(raw, ref at, column, isGlob: true);
        return bytes is [var value] ? value : throw new PredicateException(column + 1 + place,
            $"[...] holds bytes, and '{raw[place..at]}' is {bytes.Length} of them");
    }
}

/// <summary>Strings of expressions as the bytes that they stand for.</summary>
internal static class TextBytes
{
    /// <summary>A string's bytes, escapes resolved.</summary>
    public static byte[] Of(string raw, int column)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < raw.Length;)
        {
            bytes.AddRange(One(raw, ref at, column, isGlob: false));
        }

        return [.. bytes];
    }

    /// <summary>The bytes of the character or escape at a place.</summary>
    public static byte[] One(string raw, ref int at, int column, bool isGlob)
    {
        var place = at;
        if (raw[at] != '\\')
        {
            var length = char.IsHighSurrogate(raw[at]) && at + 1 < raw.Length && char.IsLowSurrogate(raw[at + 1])
                ? 2 : 1;
            at += length;
            return char.IsSurrogate(raw[place]) && length == 1
                ? throw new PredicateException(column + 1 + place, "half of a character; write bytes as \\xHH")
                : Encoding.UTF8.GetBytes(raw, place, length);
        }

        // The lexer never lets a string end in a backslash.
        var escape = raw[at + 1];
        at += 2;
        switch (escape)
        {
            case '\\' or '"':
                return [(byte)escape];
            case 'n':
                return [(byte)'\n'];
            case 't':
                return [(byte)'\t'];
            case 'r':
                return [(byte)'\r'];
            case '*' or '?' or '[' or ']' or '-' or '!' or '^' when isGlob:
                return [(byte)escape];
            case 'x' when at + 2 <= raw.Length && char.IsAsciiHexDigit(raw[at]) && char.IsAsciiHexDigit(raw[at + 1]):
                at += 2;
                return Convert.FromHexString(raw.AsSpan(at - 2, 2));
            default:
                throw new PredicateException(column + 1 + place,
                    $"'\\{escape}' means nothing; there are \\\\ \\\" \\n \\t \\r \\xHH, and in globs \\* \\? \\[ \\]");
        }
    }
}
