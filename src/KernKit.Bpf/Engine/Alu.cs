using System.Buffers.Binary;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>The arithmetic whose edges C# and eBPF see differently; both engines and constant folding use it.</summary>
/// <remarks>RFC 9669, section 4.1: division by zero gives zero, remainder by zero the dividend, overflow
/// wraps.</remarks>
internal static class Alu
{
    public static ulong Div64(ulong a, ulong b) => b == 0 ? 0 : a / b;

    public static ulong Mod64(ulong a, ulong b) => b == 0 ? a : a % b;

    public static ulong SDiv64(ulong a, ulong b) =>
        b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b);

    public static ulong SMod64(ulong a, ulong b) =>
        b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b);

    public static ulong Div32(ulong a, ulong b) => (uint)b == 0 ? 0 : (uint)a / (uint)b;

    public static ulong Mod32(ulong a, ulong b) => (uint)b == 0 ? (uint)a : (uint)a % (uint)b;

    public static ulong SDiv32(ulong a, ulong b) =>
        (uint)b == 0 ? 0 : (uint)b == uint.MaxValue ? 0 - (uint)a : (uint)((int)a / (int)b);

    public static ulong SMod32(ulong a, ulong b) =>
        (uint)b == 0 ? (uint)a : (uint)b == uint.MaxValue ? 0 : (uint)((int)a % (int)b);

    /// <summary>A byte swap or truncation by its row.</summary>
    public static ulong Swap(Op op, ulong value) => op switch
    {
        Op.ToLe16 => (ushort)value,
        Op.ToLe32 => (uint)value,
        Op.ToLe64 => value,
        Op.ToBe16 or Op.Bswap16 => Swap16(value),
        Op.ToBe32 or Op.Bswap32 => Swap32(value),
        _ => Swap64(value),
    };

    public static ulong Swap16(ulong value) => BinaryPrimitives.ReverseEndianness((ushort)value);

    public static ulong Swap32(ulong value) => BinaryPrimitives.ReverseEndianness((uint)value);

    public static ulong Swap64(ulong value) => BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Any arithmetic row on values; for immediate rows the caller passes the immediate, sign
    /// extended.</summary>
    public static ulong Evaluate(Op op, ulong a, ulong b) => op switch
    {
        Op.Add64Imm or Op.Add64Reg => a + b,
        Op.Sub64Imm or Op.Sub64Reg => a - b,
        Op.Mul64Imm or Op.Mul64Reg => a * b,
        Op.Div64Imm or Op.Div64Reg => Div64(a, b),
        Op.SDiv64Imm or Op.SDiv64Reg => SDiv64(a, b),
        Op.Mod64Imm or Op.Mod64Reg => Mod64(a, b),
        Op.SMod64Imm or Op.SMod64Reg => SMod64(a, b),
        Op.Or64Imm or Op.Or64Reg => a | b,
        Op.And64Imm or Op.And64Reg => a & b,
        Op.Xor64Imm or Op.Xor64Reg => a ^ b,
        Op.Lsh64Imm or Op.Lsh64Reg => a << (int)(b & 63),
        Op.Rsh64Imm or Op.Rsh64Reg => a >> (int)(b & 63),
        Op.Arsh64Imm or Op.Arsh64Reg => (ulong)((long)a >> (int)(b & 63)),
        Op.Mov64Imm or Op.Mov64Reg => b,
        Op.Neg64 => 0 - a,
        Op.MovSx8To64 => (ulong)(sbyte)b,
        Op.MovSx16To64 => (ulong)(short)b,
        Op.MovSx32To64 => (ulong)(int)b,
        >= Op.ToLe16 and <= Op.Bswap64 => Swap(op, a),
        _ => Evaluate32(op, (uint)a, (uint)b),
    };

    private static uint Evaluate32(Op op, uint a, uint b) => op switch
    {
        Op.Add32Imm or Op.Add32Reg => a + b,
        Op.Sub32Imm or Op.Sub32Reg => a - b,
        Op.Mul32Imm or Op.Mul32Reg => a * b,
        Op.Div32Imm or Op.Div32Reg => (uint)Div32(a, b),
        Op.SDiv32Imm or Op.SDiv32Reg => (uint)SDiv32(a, b),
        Op.Mod32Imm or Op.Mod32Reg => (uint)Mod32(a, b),
        Op.SMod32Imm or Op.SMod32Reg => (uint)SMod32(a, b),
        Op.Or32Imm or Op.Or32Reg => a | b,
        Op.And32Imm or Op.And32Reg => a & b,
        Op.Xor32Imm or Op.Xor32Reg => a ^ b,
        Op.Lsh32Imm or Op.Lsh32Reg => a << (int)(b & 31),
        Op.Rsh32Imm or Op.Rsh32Reg => a >> (int)(b & 31),
        Op.Arsh32Imm or Op.Arsh32Reg => (uint)((int)a >> (int)(b & 31)),
        Op.Mov32Imm or Op.Mov32Reg => b,
        Op.Neg32 => 0 - a,
        Op.MovSx8To32 => (uint)(sbyte)b,
        _ => (uint)(short)b,
    };
}
