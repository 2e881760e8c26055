namespace KernKit.Bpf.Isa;

/// <summary>The rows of opcodes.txt, found by opcode.</summary>
internal static partial class OpcodeTable
{
    private static readonly OpcodeRow[][] ByCode = new OpcodeRow[256][];

    static OpcodeTable()
    {
        Rows = MakeRows();
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

    // The words of MakeRows, which opcodes.awk makes from opcodes.txt.
    private static FieldRule Register => new(FieldUse.Register, 0);

    private static FieldRule Number => new(FieldUse.Number, 0);

    private static FieldRule Wide => new(FieldUse.Wide, 0);

    private static FieldRule Fixed(int value) => new(FieldUse.Fixed, value);
}
