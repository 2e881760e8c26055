using System.Text;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Text with indentation and <c>\n</c> line ends.</summary>
/// <param name="linePath">The path for a <c>#line</c> that names a schema; null for no such lines.</param>
/// <param name="home">The declaration that the text comes from: the heads of types belong to it.</param>
/// <param name="wraps">Whether lines end at 120 columns; those of a preprocessor cannot.</param>
internal sealed class CodeWriter(
    Func<string, string>? linePath = null, SourcePlace? home = null, bool wraps = true)
{
    private readonly StringBuilder _text = new();
    private int _indent;
    private bool _isAfterOpen = true;
    private SourcePlace? _from;

    public override string ToString() => _text.ToString();

    /// <summary>How much is written.</summary>
    public int Mark() => _text.Length;

    /// <summary>Takes back what was written since a mark, to write something before it.</summary>
    public string TakeSince(int mark)
    {
        string text = _text.ToString(mark, _text.Length - mark);
        _text.Length = mark;
        return text;
    }

    /// <summary>Text that <see cref="TakeSince"/> took.</summary>
    public void Append(string text) => _text.Append(text);

    public void Line(string line = "")
    {
        // A path in a #line has no escapes.
        string? path = _from is { } place ? linePath?.Invoke(place.File.Path) : null;
        bool isMapped = path is not null && !path.AsSpan().ContainsAny("\"\r\n");
        if (isMapped)
        {
            _text.Append($"#line {_from!.Value.Line} \"{path}\"\n");
        }

        // What is mapped to a line of a schema stays on one line.
        int indent = _indent * 4;
        while (wraps && !isMapped && indent + line.Length > LineWrap.ColumnsMax
            && LineWrap.BreakOf(line, LineWrap.ColumnsMax - indent) is int at)
        {
            _text.Append(' ', indent).Append(line[..at].TrimEnd()).Append('\n');
            line = line[at..].TrimStart();
            indent = (_indent + 1) * 4;
        }

        if (line.Length > 0)
        {
            _text.Append(' ', indent).Append(line);
        }

        _text.Append(isMapped ? "\n#line default\n" : "\n");
        _isAfterOpen = false;
        _from = null;
    }

    /// <summary>
    /// The next line comes from a place of a schema. One line only: a body of several would be mapped to whatever
    /// follows the declaration.
    /// </summary>
    public void From(SourcePlace place) => _from = place;

    /// <summary>An empty line, except right behind an opening brace.</summary>
    public void Blank()
    {
        if (!_isAfterOpen)
        {
            Line();
        }
    }

    public void Open(string header)
    {
        if (_indent == 0)
        {
            _from ??= home;
        }

        Line(header);
        Line("{");
        _indent++;
        _isAfterOpen = true;
    }

    public void Close(string end = "}")
    {
        _indent--;
        Line(end);
    }

    /// <summary>What is written inside goes one step deeper.</summary>
    public void Indent(Action write)
    {
        _indent++;
        write();
        _indent--;
    }

    /// <summary>Several lines at the current depth; blank ones stay empty.</summary>
    public void Lines(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            Line(line.TrimEnd('\r'));
        }
    }

    /// <summary>An XML doc comment of one element.</summary>
    public void Doc(string element, string text)
    {
        int columns = LineWrap.ColumnsMax - (_indent * 4) - "/// ".Length;
        string[] lines = [.. Escape(text).Split('\n').SelectMany(line => LineWrap.Words(line, columns))];
        if (lines.Length == 1 && lines[0].Length + (2 * element.Length) + "<></>".Length <= columns)
        {
            Line($"/// <{element}>{lines[0]}</{element}>");
            return;
        }

        Line($"/// <{element}>");
        foreach (string line in lines)
        {
            Line("/// " + line);
        }

        Line($"/// </{element}>");
    }

    public static string Escape(string text) => new StringBuilder(text)
        .Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\r", "").ToString();

    /// <summary>A C# string literal.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c is < ' ' or > '~')
            {
                quoted.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('"').ToString();
    }
}
