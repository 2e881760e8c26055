using System.Runtime.InteropServices;

namespace KernKit.Bpf.Engine;

/// <summary>One or several instructions as the interpreter wants them, every operand a slot number.</summary>
/// <remarks>
/// Operand slots 0 to 10 are the registers, <see cref="Zero"/> is 0, those from <see cref="ConstantsAt"/> on are the
/// program's constants: so an instruction with an immediate is the one with a source register, and the interpreter has
/// half as many cases.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct Step
{
    /// <summary>The operand slot that holds 0: what loads without an index add.</summary>
    public const int Zero = 11;

    /// <summary>The operand slot of the first constant.</summary>
    public const int ConstantsAt = 12;

    /// <summary>What to do.</summary>
    public StepCode Code;

    /// <summary>Memory: where the <see cref="AccessWindow"/> to compare with lies, in bytes from the first.</summary>
    public byte Window;

    /// <summary>Operand slot of the destination: a register.</summary>
    public byte Destination;

    /// <summary>Operand slot of the left operand, of a load's index, of a second destination: a register.</summary>
    public byte Left;

    /// <summary>Operand slot of the source.</summary>
    public int Source;

    /// <summary>Operand slot of what fused steps do second. Rare steps: their <see cref="Isa.Op"/>.</summary>
    public int Second;

    /// <summary>Memory: offset less the address of the region.</summary>
    public int Offset;

    /// <summary>Jumps: bytes from this step to the one to go to. Local calls: the function's step. Helpers: the number.
    /// Packet loads: the immediate.</summary>
    public int Target;

    /// <summary>Fuel of the jump if it is taken, or of the local call.</summary>
    public int Cost;
}
