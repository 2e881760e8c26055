namespace KernKit.Bpf.Isa;

/// <summary>The instructions of eBPF, densely numbered in the order of the rows of opcodes.txt.</summary>
/// <remarks>A test compares the names with the rows.</remarks>
internal enum Op
{
    Add32Imm, Add32Reg, Sub32Imm, Sub32Reg, Mul32Imm, Mul32Reg, Div32Imm, Div32Reg, SDiv32Imm, SDiv32Reg, Or32Imm,
    Or32Reg, And32Imm, And32Reg, Lsh32Imm, Lsh32Reg, Rsh32Imm, Rsh32Reg, Mod32Imm, Mod32Reg, SMod32Imm, SMod32Reg,
    Xor32Imm, Xor32Reg, Mov32Imm, Mov32Reg, Arsh32Imm, Arsh32Reg, Neg32, MovSx8To32, MovSx16To32, Add64Imm, Add64Reg,
    Sub64Imm, Sub64Reg, Mul64Imm, Mul64Reg, Div64Imm, Div64Reg, SDiv64Imm, SDiv64Reg, Or64Imm, Or64Reg, And64Imm,
    And64Reg, Lsh64Imm, Lsh64Reg, Rsh64Imm, Rsh64Reg, Mod64Imm, Mod64Reg, SMod64Imm, SMod64Reg, Xor64Imm, Xor64Reg,
    Mov64Imm, Mov64Reg, Arsh64Imm, Arsh64Reg, Neg64, MovSx8To64, MovSx16To64, MovSx32To64, ToLe16, ToLe32, ToLe64,
    ToBe16, ToBe32, ToBe64, Bswap16, Bswap32, Bswap64, Jeq32Imm, Jeq32Reg, Jgt32Imm, Jgt32Reg, Jge32Imm, Jge32Reg,
    Jset32Imm, Jset32Reg, Jne32Imm, Jne32Reg, Jsgt32Imm, Jsgt32Reg, Jsge32Imm, Jsge32Reg, Jlt32Imm, Jlt32Reg,
    Jle32Imm, Jle32Reg, Jslt32Imm, Jslt32Reg, Jsle32Imm, Jsle32Reg, Jeq64Imm, Jeq64Reg, Jgt64Imm, Jgt64Reg, Jge64Imm,
    Jge64Reg, Jset64Imm, Jset64Reg, Jne64Imm, Jne64Reg, Jsgt64Imm, Jsgt64Reg, Jsge64Imm, Jsge64Reg, Jlt64Imm,
    Jlt64Reg, Jle64Imm, Jle64Reg, Jslt64Imm, Jslt64Reg, Jsle64Imm, Jsle64Reg, Ja, JaLong, CallHelper, CallLocal,
    CallReg, Exit, Load8, Load16, Load32, Load64, LoadSx8, LoadSx16, LoadSx32, Store8Reg, Store16Reg, Store32Reg,
    Store64Reg, Store8Imm, Store16Imm, Store32Imm, Store64Imm, LoadImm64, LoadMapFd, LoadMapFdValue, LoadVariable,
    LoadCode, LoadMapIndex, LoadMapIndexValue, AtomicAdd32, AtomicFetchAdd32, AtomicOr32, AtomicFetchOr32,
    AtomicAnd32, AtomicFetchAnd32, AtomicXor32, AtomicFetchXor32, AtomicExchange32, AtomicCompareExchange32,
    AtomicAdd64, AtomicFetchAdd64, AtomicOr64, AtomicFetchOr64, AtomicAnd64, AtomicFetchAnd64, AtomicXor64,
    AtomicFetchXor64, AtomicExchange64, AtomicCompareExchange64, PacketAbsolute32, PacketAbsolute16, PacketAbsolute8,
    PacketIndirect32, PacketIndirect16, PacketIndirect8,
}
