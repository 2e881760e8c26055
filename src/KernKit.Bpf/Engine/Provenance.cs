using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Finds out which region each access belongs to: where its base register's value came from.</summary>
/// <remarks>
/// <para>A forward dataflow over the registers with four values: a number, a pointer derived from r1, a pointer
/// derived from r10, or unknown, which is also the join of different ones. Adding a number, or something unknown, to a
/// pointer leaves its origin as it is: an access that leaves the region is then a fault, whatever happens to lie
/// there. Subtracting something unknown, which may be a pointer, leaves it open what the rest is.</para>
/// <para>What is loaded from memory, returned by calls or passed to local functions is unknown and may point anywhere
/// in the arena. Both engines use the same result, so they fault at the same accesses.</para>
/// <para>Each register changes at most once at each slot (to unknown), so the work is linear in the program's
/// length.</para>
/// </remarks>
internal sealed class Provenance
{
    private const ulong Number = 0;
    private const ulong FromContext = 1;
    private const ulong FromFrame = 2;
    private const ulong Unknown = 3;
    private const ulong Visited = 1UL << 63;

    private readonly BpfProgram _program;
    private readonly ulong[] _states;

    private Provenance(BpfProgram program)
    {
        _program = program;
        _states = new ulong[program.Length];
    }

    /// <summary>Analyses a program.</summary>
    /// <param name="shape">Its functions.</param>
    /// <returns>For the slot of each load, store and atomic instruction its region.</returns>
    public static Region[] Analyze(ProgramShape shape)
    {
        var analysis = new Provenance(shape.Program);
        foreach (var entry in shape.Entries)
        {
            var isCalled = entry != 0 || shape.IsMainCalled;
            var state = With(Visited, 1, FromContext);
            for (var register = 1; isCalled && register <= 5; register++)
            {
                state = With(state, register, Unknown);
            }

            analysis.Propagate(entry, With(state, OpTraits.FramePointer, FromFrame));
        }

        var regions = new Region[shape.Program.Length];
        for (var i = 0; i < regions.Length; i++)
        {
            regions[i] = analysis.RegionOf(i);
        }

        return regions;
    }

    private Region RegionOf(int index)
    {
        var op = _program.Ops[index];
        if (op < 0 || _states[index] == 0 || !(op.IsLoad() || op.IsStore() || op.IsAtomic()))
        {
            return Region.Arena;
        }

        var slot = _program.Instructions[index];
        var register = op.BaseRegister(slot);
        if (register == OpTraits.FramePointer)
        {
            return slot.Offset >= -BpfMachine.FrameBytes && slot.Offset <= -op.AccessBytes()
                ? Region.Frame : Region.Nowhere;
        }

        return Get(_states[index], register) switch
        {
            FromContext => Region.Context,
            FromFrame => Region.Frame,
            _ => Region.Arena,
        };
    }

    private void Propagate(int entry, ulong state)
    {
        var pending = new Stack<int>();
        if (Merge(entry, state))
        {
            pending.Push(entry);
        }

        while (pending.TryPop(out var index))
        {
            for (var more = true; more;)
            {
                var op = _program.Ops[index];
                var after = Transfer(op, _program.Instructions[index], _states[index]);
                if (op.IsJump() && Merge(_program.Target(index), after))
                {
                    pending.Push(_program.Target(index));
                }

                index += op.IsWide() ? 2 : 1;
                more = op != Op.Exit && !op.IsJumpAlways() && Merge(index, after);
            }
        }
    }

    // True if the slot's state changed.
    private bool Merge(int index, ulong state)
    {
        var old = _states[index];
        var merged = state;
        if (old != 0)
        {
            // Two bits a register: where they differ, both become 1, which is Unknown.
            var difference = old ^ state;
            var either = (difference | (difference >> 1)) & 0x5555_5555_5555_5555 & ~Visited;
            merged = old | either | (either << 1);
        }

        _states[index] = merged;
        return merged != old;
    }

    private static ulong Get(ulong state, int register) => (state >> (2 * register)) & 3;

    private static ulong With(ulong state, int register, ulong value) =>
        (state & ~(3UL << (2 * register))) | (value << (2 * register));

    private static ulong Transfer(Op op, in Instruction slot, ulong state)
    {
        if (op is Op.CallHelper or Op.CallLocal or Op.CallReg)
        {
            return With(state, 0, Unknown);
        }

        var written = op.WrittenRegister(slot);
        if (written < 0)
        {
            return state;
        }

        var (old, source) = (Get(state, slot.Destination), Get(state, slot.Source));
        return With(state, written, op switch
        {
            Op.Mov64Reg => source,
            Op.Mov64Imm or Op.Mov32Imm or Op.LoadImm64 => Number,
            Op.Load8 or Op.Load16 or Op.LoadSx8 or Op.LoadSx16 => Number, // no address is that short
            Op.And64Imm or Op.And32Imm when slot.Immediate is >= 0 and < (int)BpfArena.VirtualBase => Number,
            Op.Add64Imm or Op.Sub64Imm => old,
            Op.Add64Reg => Add(old, source),
            Op.Sub64Reg => Subtract(old, source),
            _ when op.IsArithmetic() => old == Number && (source == Number || !op.HasSourceRegister())
                ? Number : Unknown,
            _ => Unknown,
        });
    }

    private static ulong Add(ulong a, ulong b) => (a, b) switch
    {
        (FromContext or FromFrame, Number or Unknown) => a,
        (Number or Unknown, FromContext or FromFrame) => b,
        (Number, Number) => Number,
        _ => Unknown,
    };

    private static ulong Subtract(ulong a, ulong b) => (a, b) switch
    {
        (_, Number) => a,
        (FromContext, FromContext) or (FromFrame, FromFrame) => Number,
        _ => Unknown,
    };
}
