using System.Globalization;

namespace KernKit.Layout;

/// <summary>One rule of a structure that some bytes break: where, what was found, what is asked.</summary>
public readonly struct LayoutIssue
{
    private readonly bool _isByteCount;

    /// <summary>States that the value of a field breaks a rule.</summary>
    /// <param name="offset">Bytes from the start of the view to the field, 0 or more.</param>
    /// <param name="structure">The structure's name in its schema.</param>
    /// <param name="path">The field inside the structure (<c>cs[3].ndir</c>), or "" for the whole structure.</param>
    /// <param name="rule">What is asked, as a phrase: <c>must be 0x90255</c>.</param>
    /// <param name="actual">The value that was found.</param>
    public LayoutIssue(long offset, string structure, string path, string rule, Int128 actual)
    {
        Offset = offset;
        Structure = structure;
        Path = path;
        Rule = rule;
        Actual = actual;
    }

    private LayoutIssue(long offset, string structure, string path, string rule, Int128 actual, bool isByteCount)
        : this(offset, structure, path, rule, actual) => _isByteCount = isByteCount;

    /// <summary>True for a default value, which states nothing.</summary>
    public bool IsNone => Structure is null;

    /// <summary>Bytes from the start of the view that was validated or opened.</summary>
    public long Offset { get; }

    /// <summary>The structure's name in its schema.</summary>
    public string Structure { get; }

    /// <summary>The field inside the structure, or "" for the structure as a whole.</summary>
    public string Path { get; }

    /// <summary>What is asked, as a phrase.</summary>
    public string Rule { get; }

    /// <summary>The value that was found; for lengths, bytes.</summary>
    public Int128 Actual { get; }

    /// <summary>States that bytes are missing.</summary>
    /// <param name="offset">Where the part begins, in bytes from the start of the view.</param>
    /// <param name="structure">The structure's name in its schema.</param>
    /// <param name="path">The part that does not fit, or "" for the whole structure.</param>
    /// <param name="have">Bytes that are there.</param>
    /// <param name="rule">What is asked: <c>needs 1376 bytes</c>.</param>
    /// <returns>The issue; its text counts bytes in decimal.</returns>
    public static LayoutIssue Bytes(long offset, string structure, string path, Int128 have, string rule) =>
        new(offset, structure, path, rule, have, isByteCount: true);

    /// <summary>The same issue seen from a structure around the one that found it.</summary>
    /// <param name="structure">The outer structure's name.</param>
    /// <param name="offset">Where the inner structure begins in the outer one, in bytes.</param>
    /// <param name="field">The field of the outer structure, with its index if it is an array.</param>
    /// <returns>The issue with the outer structure's offset and path.</returns>
    public LayoutIssue Within(string structure, long offset, string field) => new(
        Offset + offset,
        structure,
        string.IsNullOrEmpty(Path) ? field : field + "." + Path,
        Rule,
        Actual,
        _isByteCount);

    /// <summary>The same issue with its offset counted from further ahead; the path stays.</summary>
    /// <param name="offset">Bytes to add.</param>
    /// <returns>The issue; a default one stays default.</returns>
    public LayoutIssue Moved(long offset) =>
        IsNone ? this : new LayoutIssue(Offset + offset, Structure, Path, Rule, Actual, _isByteCount);

    /// <summary>One line: <c>offset 0x1f40 (superblock.magic): 0x0, must be 0x90255</c>.</summary>
    /// <returns>The text; it holds names of the schema and numbers only, never bytes of the input.</returns>
    public override string ToString()
    {
        string where = string.IsNullOrEmpty(Path) ? Structure : Structure + "." + Path;
        string value = _isByteCount
            ? Actual.ToString(CultureInfo.InvariantCulture) + " bytes"
            : Int128.IsNegative(Actual)
                ? Actual.ToString(CultureInfo.InvariantCulture)
                : "0x" + TrimZeros(Actual.ToString("x", CultureInfo.InvariantCulture));
        return string.Create(CultureInfo.InvariantCulture, $"offset 0x{Offset:x} ({where}): {value}, {Rule}");
    }

    private static string TrimZeros(string hex)
    {
        string trimmed = hex.TrimStart('0');
        return trimmed.Length == 0 ? "0" : trimmed;
    }
}
