namespace KernKit.Bpf.Engine;

/// <summary>What a step does: the cases of the interpreter's switch, numbered without a gap.</summary>
/// <remarks>
/// Left, source and second are operand slots. Arithmetic has three addresses: what clang says with a move and an
/// operation is one step. A name that ends in a jump is an operation and a jump on its result.
/// </remarks>
internal enum StepCode : byte
{
    /// <summary>Destination = left op source; with 32, on the low halves, zero extended.</summary>
    Add64, Sub64, Mul64, Or64, And64, Xor64, Lsh64, Rsh64, Arsh64,
    Add32, Sub32, Mul32, Or32, And32, Xor32, Lsh32, Rsh32, Arsh32,

    /// <summary>Destination = source. Move2: then left = second.</summary>
    Mov64, Mov32, Move2,

    /// <summary>Destination += source, then left += second.</summary>
    Add2,

    /// <summary>Destination = left shifted by source, or second.</summary>
    ShiftOr32,

    /// <summary>Destination = memory at source + left + offset.</summary>
    Load8, Load16, Load32, Load64,

    /// <summary>Destination = two bytes at source + offset, big end first; left = the second byte.</summary>
    LoadBig16,

    /// <summary>Memory at destination + offset = source.</summary>
    Store8, Store16, Store32, Store64,

    /// <summary>A jump, always or if destination and source compare so.</summary>
    Jump, Jeq64, Jne64, Jgt64, Jge64, Jlt64, Jle64, Jeq32, Jne32, Jgt32, Jge32, Jlt32, Jle32, Jset64,

    /// <summary>Destination += source, then a jump if it and second compare so.</summary>
    AddJeq, AddJne, AddJlt,

    /// <summary>Destination = left and source, then a jump if it and second compare so.</summary>
    AndJeq, AndJne,

    /// <summary>A load, then a jump if the destination and second compare so.</summary>
    Load8Jeq, Load8Jne, Load16Jeq, Load16Jne, Load32Jeq, Load32Jne, Load64Jeq, Load64Jne,

    /// <summary>Everything without a case of its own: second is the <see cref="Isa.Op"/>.</summary>
    Rare,
}
