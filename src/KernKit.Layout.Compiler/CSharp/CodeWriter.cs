using System.Text;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Text with indentation and <c>\n</c> line ends.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _indent;
    private bool _isAfterOpen = true;

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
        if (line.Length > 0)
        {
            _text.Append(' ', _indent * 4).Append(line);
        }

        _text.Append('\n');
        _isAfterOpen = false;
    }

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
        string[] lines = Escape(text).Split('\n');
        if (lines.Length == 1)
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
