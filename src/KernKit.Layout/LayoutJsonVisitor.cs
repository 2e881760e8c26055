using System.Globalization;
using System.Text.Json;

namespace KernKit.Layout;

/// <summary>Writes what a view holds as JSON: one object for a structure, hexadecimal for bytes, bounded.</summary>
/// <remarks>
/// Integers over 53 bits are strings, because most readers of JSON would round them. Text that is ASCII is a string;
/// bytes that are not are <c>{"hex": "..."}</c>.
/// </remarks>
public sealed class LayoutJsonVisitor : ILayoutVisitor
{
    /// <summary>
    /// Elements of one array that are written; how many are not is its last element, a string <c>"10 more"</c>, where
    /// their number is known.
    /// </summary>
    public const int ElementsMax = 65_536;

    /// <summary>Bytes of one field that are written.</summary>
    public const int BytesMax = 65_536;

    private const long ExactMax = 1L << 53;

    private readonly Utf8JsonWriter _writer;

    // Elements of each open array that are not written; as deep as the schema nests.
    private readonly Stack<int> _hidden = new();

    /// <summary>Writes to a JSON writer that stands where a value belongs.</summary>
    /// <param name="writer">Flushed and disposed by the caller.</param>
    public LayoutJsonVisitor(Utf8JsonWriter writer) => _writer = writer;

    /// <inheritdoc/>
    public void VisitNumber(string name, long offset, Int128 value, string? symbol)
    {
        Name(name);
        if (symbol is not null)
        {
            _writer.WriteStringValue(symbol);
        }
        else if (value >= -ExactMax && value <= ExactMax)
        {
            _writer.WriteNumberValue((long)value);
        }
        else
        {
            _writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public void VisitReal(string name, long offset, double value)
    {
        Name(name);
        if (double.IsFinite(value))
        {
            _writer.WriteNumberValue(value);
        }
        else
        {
            _writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public void VisitBytes(string name, long offset, ReadOnlySpan<byte> bytes, bool isText)
    {
        Name(name);
        ReadOnlySpan<byte> text = bytes.TrimEnd((byte)0);
        if (isText && text.Length <= BytesMax && !text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
        {
            _writer.WriteStringValue(text);
            return;
        }

        ReadOnlySpan<byte> shown = bytes[..Math.Min(bytes.Length, BytesMax)];
        _writer.WriteStartObject();
        _writer.WriteString("hex", Convert.ToHexStringLower(shown));
        if (shown.Length < bytes.Length)
        {
            _writer.WriteNumber("more", bytes.Length - shown.Length);
        }

        _writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public void VisitReference(string name, in LayoutReference reference)
    {
        Name(name);
        _writer.WriteStringValue(reference.ToString());
    }

    /// <inheritdoc/>
    public bool BeginStructure(string name, long offset, string type)
    {
        Name(name);
        _writer.WriteStartObject();
        return true;
    }

    /// <inheritdoc/>
    public void EndStructure() => _writer.WriteEndObject();

    /// <inheritdoc/>
    public int BeginArray(string name, long offset, int count)
    {
        Name(name);
        _writer.WriteStartArray();
        _hidden.Push(Math.Max(0, count - ElementsMax));
        return ElementsMax;
    }

    /// <inheritdoc/>
    public void EndArray()
    {
        int hidden = _hidden.Pop();
        if (hidden > 0)
        {
            _writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"{hidden} more"));
        }

        _writer.WriteEndArray();
    }

    /// <inheritdoc/>
    public void VisitIssue(in LayoutIssue issue)
    {
        _writer.WriteStartObject();
        _writer.WriteString("issue", issue.ToString());
        _writer.WriteEndObject();
    }

    private void Name(string name)
    {
        if (name.Length > 0)
        {
            _writer.WritePropertyName(name);
        }
    }
}
