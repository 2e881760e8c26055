using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>Arithmetic and comparisons as C#, for an unchecked context.</summary>
internal static class CSharpArithmetic
{
    /// <summary>An assignment to the destination.</summary>
    public static string Statement(Op op, in Instruction slot)
    {
        var isImmediate = !op.HasSourceRegister();
        var operation = StepBuilder.IsImmediateOfPair(op) ? op + 1 : op;
        var (d, s) = ($"r{slot.Destination}", isImmediate ? $"0x{(ulong)slot.Immediate:x}UL" : $"r{slot.Source}");
        var (d32, s32) = ($"(uint){d}", $"(uint){s}");
        var row = OpcodeTable.Row(operation).Name;
        return operation switch
        {
            Op.Mov64Reg => $"{d} = {s}",
            Op.Mov32Reg => $"{d} = {s32}",
            Op.MovSx8To64 => $"{d} = (ulong)(sbyte){s}",
            Op.MovSx16To64 => $"{d} = (ulong)(short){s}",
            Op.MovSx32To64 => $"{d} = (ulong)(int){s}",
            Op.MovSx8To32 => $"{d} = (uint)(sbyte){s}",
            Op.MovSx16To32 => $"{d} = (uint)(short){s}",
            Op.Neg64 => $"{d} = 0UL - {d}",
            Op.Neg32 => $"{d} = 0U - {d32}",
            Op.ToLe16 => $"{d} = (ushort){d}",
            Op.ToLe32 => $"{d} = {d32}",
            Op.ToLe64 => $"{d} = {d} + 0UL",
            Op.ToBe16 or Op.Bswap16 => $"{d} = KernKit.Bpf.AheadCode.Swap16({d})",
            Op.ToBe32 or Op.Bswap32 => $"{d} = KernKit.Bpf.AheadCode.Swap32({d})",
            Op.ToBe64 or Op.Bswap64 => $"{d} = KernKit.Bpf.AheadCode.Swap64({d})",
            Op.Arsh64Reg => $"{d} = (ulong)((long){d} >> (int){s})",
            Op.Arsh32Reg => $"{d} = (uint)((int){d} >> (int){s})",
            _ when Operator(operation) is { } symbol => op.Is32()
                ? $"{d} = {d32} {symbol} {(symbol.Length == 2 ? "(int)" + s : s32)}"
                : $"{d} = {d} {symbol} {(symbol.Length == 2 ? "(int)" + s : s)}",
            _ => $"{d} = KernKit.Bpf.AheadCode.{row[..^3]}({d}, {s})",
        };
    }

    /// <summary>The condition of a jump.</summary>
    public static string Condition(Op op, in Instruction slot)
    {
        var half = op.Is32();
        var isImmediate = !op.HasSourceRegister();
        var condition = (isImmediate ? op + 1 : op) - (half ? 0 : Op.Jeq64Reg - Op.Jeq32Reg);
        var (symbol, isSigned) = condition switch
        {
            Op.Jeq32Reg => ("==", false),
            Op.Jne32Reg => ("!=", false),
            Op.Jgt32Reg => (">", false),
            Op.Jge32Reg => (">=", false),
            Op.Jlt32Reg => ("<", false),
            Op.Jle32Reg => ("<=", false),
            Op.Jset32Reg => ("&", false),
            Op.Jsgt32Reg => (">", true),
            Op.Jsge32Reg => (">=", true),
            Op.Jslt32Reg => ("<", true),
            _ => ("<=", true),
        };
        var type = (half, isSigned) switch
        {
            (true, true) => "(int)",
            (true, false) => "(uint)",
            (false, true) => "(long)",
            _ => "(ulong)",
        };
        var source = isImmediate ? $"0x{(ulong)slot.Immediate:x}UL" : $"r{slot.Source}";
        var test = $"{type}r{slot.Destination} {symbol} {type}{source}";
        return symbol == "&" ? $"({test}) != 0" : test;
    }

    private static string? Operator(Op op) => op switch
    {
        Op.Add32Reg or Op.Add64Reg => "+",
        Op.Sub32Reg or Op.Sub64Reg => "-",
        Op.Mul32Reg or Op.Mul64Reg => "*",
        Op.Or32Reg or Op.Or64Reg => "|",
        Op.And32Reg or Op.And64Reg => "&",
        Op.Xor32Reg or Op.Xor64Reg => "^",
        Op.Lsh32Reg or Op.Lsh64Reg => "<<",
        Op.Rsh32Reg or Op.Rsh64Reg => ">>",
        _ => null,
    };
}
