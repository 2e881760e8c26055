using System.Globalization;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The picture of a structure: OFFSET SIZE NAME MEANING, one line a field.</summary>
internal static class StructMap
{
    private const int ColumnsMax = 115;
    private const int SizeMax = 16;
    private const int NameMax = 48;

    /// <summary>The lines of the table, without comment marks; none longer than 115 columns.</summary>
    public static IReadOnlyList<string> Of(StructType type)
    {
        var rows = new List<(Position At, int Index, string Offset, string Size, string Name, string Meaning)>();
        foreach (FieldModel field in type.Fields)
        {
            foreach (FieldPlace place in field.Places)
            {
                string offset = field.OutOfLineAt is null ? Show(place.At) : "self+";
                string meaning = MeaningOf(field, place);
                rows.Add((RankOf(field, place), field.Index, offset, SizeOf(field), NameOf(field), meaning));
            }
        }

        rows.AddRange(type.Gaps.Select(static gap => (
            gap.At, int.MaxValue, Show(gap.At), gap.Size.Length > SizeMax ? "?" : gap.Size, "-", gap.Meaning)));
        rows.Sort(static (left, right) =>
            (left.At.Slot, left.At.Offset, left.Index).CompareTo((right.At.Slot, right.At.Offset, right.Index)));
        int offsetWidth = rows.Select(static row => row.Offset.Length).Append(6).Max();
        int sizeWidth = rows.Select(static row => row.Size.Length).Append(4).Max();
        int nameWidth = rows.Select(static row => row.Name.Length).Append(4).Max();
        var lines = new List<string> { Row("OFFSET", "SIZE", "NAME", "MEANING") };
        lines.AddRange(rows.Select(row => Row(row.Offset, row.Size, row.Name, row.Meaning)));
        return lines;

        string Row(string offset, string size, string name, string meaning)
        {
            string line = $"{offset.PadLeft(offsetWidth)}  {size.PadLeft(sizeWidth)}  {name.PadRight(nameWidth)}  "
                + $"{meaning}";
            line = line.TrimEnd();
            return line.Length <= ColumnsMax ? line : line[..(ColumnsMax - 3)] + "...";
        }
    }

    /// <summary>What is known of a structure's length, in words.</summary>
    public static string Length(StructType type) => type switch
    {
        { Size: int size, HasOutOfLine: false } => Text($"{size} bytes"),
        { Size: int size } => Text($"{size} bytes, and what its offsets reach"),
        _ => Text($"{type.MinSize} bytes or more"),
    };

    private static Position RankOf(FieldModel field, FieldPlace place) =>
        field.OutOfLineAt is null ? place.At : new Position(int.MaxValue, field.Index);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Show(Position at) =>
        at.IsConstant ? Text($"{at.Offset}") : at.Offset == 0 ? "..." : Text($"...+{at.Offset}");

    private static string SizeOf(FieldModel field)
    {
        int unit = FieldCode.UnitOf(field);
        return field switch
        {
            { Shape: FieldShape.Bitmap, Count: int bits } => Text($"{(bits + 7) / 8}"),
            { Shape: FieldShape.Bitmap } => "bits",
            { Count: int count } => Text($"{count * unit}"),
            { Shape: FieldShape.Scalar } => Text($"{unit}"),
            { Shape: FieldShape.Structure, Type: StructType { Size: int size } } => Text($"{size}"),
            _ => "?",
        };
    }

    private static string NameOf(FieldModel field) => field switch
    {
        { Shape: FieldShape.Scalar or FieldShape.Structure } => field.Name,
        { Count: int count } => Text($"{field.Name}[{count}]"),
        _ when field.Name.Length + field.CountText.Length > NameMax => Text($"{field.Name}[...]"),
        _ => Text($"{field.Name}[{field.CountText}]"),
    };

    private static string MeaningOf(FieldModel field, FieldPlace place)
    {
        var parts = new List<string>();
        if (field.Doc.Length > 0)
        {
            parts.Add(field.Doc.ReplaceLineEndings(" "));
        }

        if (field.Unit.Length > 0)
        {
            parts.Add($"[{field.Unit}]");
        }

        if (field.Time.Length > 0)
        {
            parts.Add($"[{field.Time}]");
        }

        if (field.OutOfLineAt is not null)
        {
            parts.Add("at " + field.OutOfLineText);
        }

        if (place.Presence is [.., ConditionPresence condition])
        {
            parts.Add("if " + condition.Text);
        }

        if (place.Presence is [.., CasePresence union])
        {
            parts.Add((union.Union.IsOptional ? "if " : "") + union.Union.CaseTexts[union.Case]);
        }

        return string.Join(' ', parts);
    }
}
