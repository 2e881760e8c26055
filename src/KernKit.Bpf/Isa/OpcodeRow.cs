namespace KernKit.Bpf.Isa;

/// <summary>What a field of an instruction may hold.</summary>
internal enum FieldUse
{
    /// <summary>Unused or selecting: exactly <see cref="FieldRule.Value"/>.</summary>
    Fixed,

    /// <summary>A register, 0 to 10.</summary>
    Register,

    /// <summary>Any number.</summary>
    Number,

    /// <summary>The low half of a 64-bit number whose high half is in the next slot.</summary>
    Wide,
}

/// <summary>One column of a row.</summary>
internal readonly record struct FieldRule(FieldUse Use, int Value)
{
    /// <summary>Whether the row applies to an instruction that holds this value; registers are judged later.</summary>
    public bool Admits(int value) => Use != FieldUse.Fixed || value == Value;
}

/// <summary>One instruction of the ISA, as a row of opcodes.txt says it.</summary>
internal sealed record OpcodeRow(
    Op Op,
    string Name,
    byte Code,
    FieldRule Destination,
    FieldRule Source,
    FieldRule Offset,
    FieldRule Immediate,
    string Group,
    int CpuVersion,
    string[] Syntax)
{
    /// <summary>Whether every selecting or unused field holds what the row asks for.</summary>
    public bool Admits(in Instruction slot) => Source.Admits(slot.Source) && Offset.Admits(slot.Offset)
        && Immediate.Admits(slot.Immediate) && Destination.Admits(slot.Destination);
}
