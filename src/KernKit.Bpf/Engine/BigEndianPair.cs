using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Four instructions that make a 16-bit number of the network out of two bytes: two loads in any order, one
/// result shifted by 8, and the other put into it. Both engines do them at once.</summary>
/// <param name="High">Slot of the load of the high byte, which lies first.</param>
/// <param name="Low">Slot of the load of the low byte.</param>
internal readonly record struct BigEndianPair(int High, int Low)
{
    /// <summary>Instructions, each of one slot.</summary>
    public const int Length = 4;

    /// <summary>Recognises the instructions at a slot.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">The first load's slot.</param>
    /// <param name="isInside">Whether control comes to a slot only from the one before.</param>
    /// <returns>Null if they are something else, or are entered in between.</returns>
    public static BigEndianPair? At(BpfProgram program, int slot, Func<int, bool> isInside)
    {
        var ops = program.Ops;
        var rows = program.Instructions;
        if (slot + Length > program.Length || ops[slot] != Op.Load8 || ops[slot + 1] != Op.Load8
            || ops[slot + 2] != Op.Lsh32Imm || ops[slot + 3] != Op.Or32Reg
            || !isInside(slot + 1) || !isInside(slot + 2) || !isInside(slot + 3))
        {
            return null;
        }

        var pair = rows[slot].Offset == rows[slot + 1].Offset + 1
            ? new BigEndianPair(slot + 1, slot) : new BigEndianPair(slot, slot + 1);
        var (high, low) = (rows[pair.High], rows[pair.Low]);
        var (shift, or) = (rows[slot + 2], rows[slot + 3]);
        return low.Offset == high.Offset + 1 && high.Source == low.Source && high.Destination != low.Destination
            && rows[slot].Destination != rows[slot].Source
            && shift.Destination == high.Destination && shift.Immediate == 8
            && or.Destination == high.Destination && or.Source == low.Destination
            ? pair : null;
    }
}
