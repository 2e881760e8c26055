using System.Globalization;
using System.Text;

namespace KernKit.Layout;

/// <summary>
/// Writes what a view holds as text for people: bounded, and without bytes that a terminal would obey.
/// </summary>
public sealed class LayoutTextVisitor : ILayoutVisitor
{
    /// <summary>Characters after which the text ends with an ellipsis.</summary>
    public const int LengthMax = 64 * 1024;

    /// <summary>Elements of one array that are shown; how many are not is said behind them, if it is known.</summary>
    public const int ElementsMax = 64;

    /// <summary>Bytes of one field that are shown.</summary>
    public const int BytesMax = 256;

    private readonly StringBuilder _text = new();

    // Elements of each open array that are not shown; as deep as the schema nests.
    private readonly Stack<int> _hidden = new();
    private bool _needsComma;

    private bool IsFull => _text.Length >= LengthMax;

    /// <inheritdoc/>
    public void VisitNumber(string name, long offset, Int128 value, string? symbol)
    {
        if (Name(name))
        {
            _text.Append(symbol ?? value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public void VisitReal(string name, long offset, double value)
    {
        if (Name(name))
        {
            _text.Append(value.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public void VisitBytes(string name, long offset, ReadOnlySpan<byte> bytes, bool isText)
    {
        if (!Name(name))
        {
            return;
        }

        ReadOnlySpan<byte> shown = bytes[..Math.Min(bytes.Length, BytesMax)];
        if (isText)
        {
            _text.Append('"');
            foreach (byte one in shown.TrimEnd((byte)0))
            {
                bool isPlain = one is >= 0x20 and < 0x7f and not (byte)'"' and not (byte)'\\';
                string escaped = string.Create(CultureInfo.InvariantCulture, $"\\x{one:x2}");
                _text.Append(isPlain ? ((char)one).ToString() : escaped);
            }

            _text.Append('"');
        }
        else
        {
            _text.Append("x\"").Append(Convert.ToHexStringLower(shown)).Append('"');
        }

        _text.Append(shown.Length < bytes.Length ? "..." : "");
    }

    /// <inheritdoc/>
    public void VisitReference(string name, in LayoutReference reference)
    {
        if (Name(name))
        {
            _text.Append('<').Append(reference.ToString()).Append('>');
        }
    }

    /// <inheritdoc/>
    public bool BeginStructure(string name, long offset, string type)
    {
        if (!Name(name))
        {
            return false;
        }

        _text.Append(name.Length == 0 && offset < 0 ? type + " {" : "{");
        _needsComma = false;
        return true;
    }

    /// <inheritdoc/>
    public void EndStructure() => End('}');

    /// <inheritdoc/>
    public int BeginArray(string name, long offset, int count)
    {
        if (!Name(name))
        {
            return -1;
        }

        _text.Append('[');
        _needsComma = false;
        _hidden.Push(Math.Max(0, count - ElementsMax));
        return ElementsMax;
    }

    /// <inheritdoc/>
    public void EndArray()
    {
        int hidden = _hidden.Pop();
        if (hidden > 0 && !IsFull)
        {
            _text.Append(CultureInfo.InvariantCulture, $", ... {hidden} more");
        }

        End(']');
    }

    /// <inheritdoc/>
    public void VisitIssue(in LayoutIssue issue)
    {
        if (Name(""))
        {
            _text.Append('!').Append(issue.ToString());
        }
    }

    /// <summary>The text so far.</summary>
    /// <returns>At most a little over <see cref="LengthMax"/> characters.</returns>
    public override string ToString() => _text.ToString();

    private bool Name(string name)
    {
        if (IsFull)
        {
            return false;
        }

        _text.Append(_needsComma ? ", " : "");
        _needsComma = true;
        _text.Append(name.Length > 0 ? name + " = " : "");
        if (IsFull)
        {
            _text.Append("...");
        }

        return !IsFull;
    }

    private void End(char mark)
    {
        _text.Append(mark);
        _needsComma = true;
    }
}
