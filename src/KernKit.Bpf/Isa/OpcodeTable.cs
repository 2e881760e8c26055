using System.Diagnostics;
using System.Globalization;

namespace KernKit.Bpf.Isa;

/// <summary>The rows of opcodes.txt, read once, and found by opcode.</summary>
internal static class OpcodeTable
{
    private static readonly OpcodeRow[][] ByCode = new OpcodeRow[256][];

    static OpcodeTable()
    {
        Rows = Parse();
        foreach (var group in Rows.GroupBy(row => row.Code))
        {
            ByCode[group.Key] = [.. group];
        }
    }

    /// <summary>All rows; row i is the instruction <c>(Op)i</c>.</summary>
    public static OpcodeRow[] Rows { get; }

    /// <summary>The row of an instruction.</summary>
    public static OpcodeRow Row(Op op) => Rows[(int)op];

    /// <summary>Finds the row whose fixed fields are all as the slot has them.</summary>
    /// <returns>Null if there is none.</returns>
    public static OpcodeRow? Find(in Instruction slot)
    {
        foreach (var row in ByCode[slot.Opcode] ?? [])
        {
            if (row.Admits(slot))
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>Says in words why <see cref="Find"/> found nothing.</summary>
    public static string Explain(in Instruction slot)
    {
        var rows = ByCode[slot.Opcode];
        if (rows is null)
        {
            return $"opcode 0x{slot.Opcode:x2} is not an instruction";
        }

        var copy = slot;
        string? Judge(string name, int value, Func<OpcodeRow, FieldRule> column)
        {
            if (rows.Any(row => column(row).Admits(value)))
            {
                return null;
            }

            var allowed = string.Join(", ", rows.Select(row => column(row).Value).Distinct().Order());
            return $"opcode 0x{copy.Opcode:x2} ({rows[0].Name}) has {name} {value}, must be {allowed}";
        }

        return Judge("source", slot.Source, row => row.Source)
            ?? Judge("destination", slot.Destination, row => row.Destination)
            ?? Judge("offset", slot.Offset, row => row.Offset)
            ?? Judge("immediate", slot.Immediate, row => row.Immediate)
            ?? $"opcode 0x{slot.Opcode:x2} ({rows[0].Name}) does not combine source {slot.Source}, offset "
                + $"{slot.Offset} and immediate {slot.Immediate}";
    }

    private static OpcodeRow[] Parse()
    {
        using var stream = typeof(OpcodeTable).Assembly.GetManifestResourceStream("opcodes.txt")!;
        using var reader = new StreamReader(stream);
        var rows = new List<OpcodeRow>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.Length == 0)
            {
                continue;
            }

            var columns = line.Split(' ', 9, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            rows.Add(new OpcodeRow(
                (Op)rows.Count,
                columns[0],
                (byte)Number(columns[1]),
                Rule(columns[2]),
                Rule(columns[3]),
                Rule(columns[4]),
                Rule(columns[5]),
                columns[6],
                Number(columns[7]),
                columns[8].Split(" | ")));
        }

        Debug.Assert(rows.Count - 1 == (int)Enum.GetValues<Op>()[^1], "Op.cs and opcodes.txt differ");
        return [.. rows];
    }

    private static FieldRule Rule(string text) => text switch
    {
        "r" => new FieldRule(FieldUse.Register, 0),
        "n" => new FieldRule(FieldUse.Number, 0),
        "w" => new FieldRule(FieldUse.Wide, 0),
        _ => new FieldRule(FieldUse.Fixed, Number(text)),
    };

    private static int Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : int.Parse(text, CultureInfo.InvariantCulture);
}
