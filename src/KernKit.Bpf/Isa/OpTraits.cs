namespace KernKit.Bpf.Isa;

/// <summary>Questions about instructions that follow from where their rows stand in opcodes.txt.</summary>
internal static class OpTraits
{
    /// <summary>Register 10, the frame pointer: read only.</summary>
    public const int FramePointer = 10;

    /// <summary>A jump that is taken or not: it has a target and a next instruction.</summary>
    public static bool IsConditionalJump(this Op op) => op is >= Op.Jeq32Imm and <= Op.Jsle64Reg;

    /// <summary>A jump that is always taken.</summary>
    public static bool IsJumpAlways(this Op op) => op is Op.Ja or Op.JaLong;

    /// <summary>Has a target inside the program that control may reach by jumping (not by a call).</summary>
    public static bool IsJump(this Op op) => op is >= Op.Jeq32Imm and <= Op.JaLong;

    /// <summary>Takes two slots.</summary>
    public static bool IsWide(this Op op) => op is >= Op.LoadImm64 and <= Op.LoadMapIndexValue;

    /// <summary>Reads memory into the destination, without or with sign extension.</summary>
    public static bool IsLoad(this Op op) => op is >= Op.Load8 and <= Op.LoadSx32;

    /// <summary>Writes a register or an immediate to memory.</summary>
    public static bool IsStore(this Op op) => op is >= Op.Store8Reg and <= Op.Store64Imm;

    /// <summary>Changes memory atomically, 32 or 64 bits.</summary>
    public static bool IsAtomic(this Op op) => op is >= Op.AtomicAdd32 and <= Op.AtomicCompareExchange64;

    /// <summary>Touches memory at a register and an offset.</summary>
    public static bool IsAccess(this Op op) => op.IsLoad() || op.IsStore() || op.IsAtomic();

    /// <summary>Loads from the packet: legacy.</summary>
    public static bool IsPacket(this Op op) => op is >= Op.PacketAbsolute32 and <= Op.PacketIndirect8;

    /// <summary>Arithmetic, moves and byte swaps: writes the destination from registers and immediates only.</summary>
    public static bool IsArithmetic(this Op op) => op <= Op.Bswap64;

    /// <summary>Arithmetic that does not look at what the destination held.</summary>
    public static bool IsMove(this Op op) => op is Op.Mov32Imm or Op.Mov32Reg or Op.Mov64Imm or Op.Mov64Reg
        or Op.MovSx8To32 or Op.MovSx16To32 or (>= Op.MovSx8To64 and <= Op.MovSx32To64);

    /// <summary>Arithmetic on the low halves, whose result is zero extended.</summary>
    public static bool Is32(this Op op) => op is <= Op.MovSx16To32 or (>= Op.Jeq32Imm and <= Op.Jsle32Reg);

    /// <summary>The second operand is a register.</summary>
    public static bool HasSourceRegister(this Op op) => OpcodeTable.Row(op).Source.Use == FieldUse.Register;

    /// <summary>The atomic instruction puts the old value into the source register.</summary>
    public static bool IsFetch(this Op op) => op is >= Op.AtomicAdd32 and <= Op.AtomicExchange64
        && op is not Op.AtomicCompareExchange32 && (OpcodeTable.Row(op).Immediate.Value & 1) != 0;

    /// <summary>Bytes that a load, store or atomic instruction touches.</summary>
    public static int AccessBytes(this Op op) => op switch
    {
        Op.Load8 or Op.LoadSx8 or Op.Store8Reg or Op.Store8Imm => 1,
        Op.Load16 or Op.LoadSx16 or Op.Store16Reg or Op.Store16Imm => 2,
        Op.Load32 or Op.LoadSx32 or Op.Store32Reg or Op.Store32Imm => 4,
        >= Op.AtomicAdd32 and <= Op.AtomicCompareExchange32 => 4,
        _ => 8,
    };

    /// <summary>The register that holds an access's address: the source of loads, the destination of the
    /// others.</summary>
    public static int BaseRegister(this Op op, in Instruction slot) => op.IsLoad() ? slot.Source : slot.Destination;

    /// <summary>The register that the instruction writes, or -1. Calls, which write r0 to r5, are not
    /// counted.</summary>
    public static int WrittenRegister(this Op op, in Instruction slot) => op switch
    {
        _ when op.IsArithmetic() || op.IsLoad() || op.IsWide() => slot.Destination,
        Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64 => 0,
        _ when op.IsAtomic() && op.IsFetch() => slot.Source,
        _ when op.IsPacket() => 0,
        _ => -1,
    };
}
