using System.Runtime.InteropServices;

namespace KernKit.Bpf.Engine;

/// <summary>An instruction as the interpreter wants it: 16 bytes, every operand a slot number.</summary>
/// <remarks>
/// Operand slots 0 to 10 are the registers, those from <see cref="ConstantsAt"/> on the program's constants: so an
/// instruction with an immediate is the one with a source register, and the interpreter has half as many cases.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct Step
{
    /// <summary>The operand slot of the first constant.</summary>
    public const int ConstantsAt = 12;

    /// <summary>A code that no row has: a move that skips the next slot, for 64-bit immediates.</summary>
    public const int MoveWide = 256;

    /// <summary>Fused codes: this step and those behind it at one go; jumps may still lead to those alone.</summary>
    public const int MoveAdd = 257;

    /// <summary>Lsh32Reg, Or32Reg.</summary>
    public const int ShiftOr = 258;

    /// <summary>Add64Reg, Jne64Reg.</summary>
    public const int AddJump = 259;

    /// <summary>Mov64Reg, Add64Reg, Load8.</summary>
    public const int MoveAddLoad8 = 261;

    /// <summary>Mov64Reg, Add64Reg, Load32.</summary>
    public const int MoveAddLoad32 = 262;

    /// <summary>Mov64Reg, Add64Reg, Load64.</summary>
    public const int MoveAddLoad64 = 263;

    /// <summary>The row (an <see cref="Isa.Op"/>), with immediates turned into registers.</summary>
    public ushort Code;

    /// <summary>Operand slot of the destination: a register.</summary>
    public byte Destination;

    /// <summary>Memory: the <see cref="AccessWindow"/> to compare with.</summary>
    public byte Window;

    /// <summary>Operand slot of the source.</summary>
    public int Source;

    /// <summary>Memory: offset less the address of the region. Jumps and local calls: fuel.</summary>
    public int Offset;

    /// <summary>Jumps and local calls: the step to go to. Helpers: the number. Packet loads: the immediate.</summary>
    public int Target;
}
