using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <summary>Where control goes, without looking at values: places to compare states at, and registers still
/// needed.</summary>
internal sealed class ControlFlow
{
    private readonly LoopFinder _loops;

    public ControlFlow(BpfProgram program)
    {
        Program = program;
        IsMeeting = new bool[program.Length];
        IsLoopHead = new bool[program.Length];
        LiveRegisters = new ushort[program.Length];
        IsReached = new bool[program.Length];
        _loops = FindLoops();
        FindMeetings();
        FindLive();
    }

    public BpfProgram Program { get; }

    /// <summary>Ways meet here, or a loop begins: states are compared.</summary>
    public bool[] IsMeeting { get; }

    /// <summary>A loop is entered here; every cycle has such a place.</summary>
    public bool[] IsLoopHead { get; }

    /// <summary>Registers, as bits, that some way from here reads before it writes them.</summary>
    public ushort[] LiveRegisters { get; }

    /// <summary>Some way of jumps, calls and function addresses comes here.</summary>
    public bool[] IsReached { get; }

    public int Next(int index) => index + (Program.Ops[index].IsWide() ? 2 : 1);

    /// <summary>Whether an instruction belongs to the loop of a head.</summary>
    public bool IsInLoop(int head, int index) => _loops.IsInLoop(head, index);

    private LoopFinder FindLoops()
    {
        var entries = new List<int> { 0 };
        return new LoopFinder(Program, entries, index =>
        {
            IsReached[index] = true;
            var op = Program.Ops[index];
            var target = op is Op.LoadCode or Op.CallLocal ? Program.Target(index, op) : -1;
            if (target >= 0 && target < Program.Length && Program.Ops[target] != BpfProgram.SecondHalf)
            {
                entries.Add(target);
            }
        });
    }

    private void FindMeetings()
    {
        var isEntered = new bool[Program.Length];
        for (var i = 0; i < Program.Length; i++)
        {
            if (!IsReached[i])
            {
                continue;
            }

            var (next, target) = LoopFinder.StepsFrom(Program, i);
            foreach (var to in (ReadOnlySpan<int>)[next, target])
            {
                if (to >= 0)
                {
                    IsMeeting[to] |= isEntered[to];
                    isEntered[to] = true;
                }
            }

            // Helpers that call back come to their call again and again: it is the head of a loop.
            var op = Program.Ops[i];
            IsMeeting[i] |= op == Op.CallReg
                || (op == Op.CallHelper && Program.Instructions[i].Immediate is 164 or 170 or 180 or 181);
            if (op == Op.CallLocal && next >= 0)
            {
                IsMeeting[next] = true;
            }
        }

        foreach (var (_, head, _) in _loops.BackSteps)
        {
            IsLoopHead[head] = IsMeeting[head] = true;
        }
    }

    private void FindLive()
    {
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = Program.Length - 1; i >= 0; i--)
            {
                var op = Program.Ops[i];
                if (op == BpfProgram.SecondHalf)
                {
                    continue;
                }

                var after = 0;
                if (op.IsJump())
                {
                    after |= LiveRegisters[Program.Target(i)];
                }

                if (op != Op.Exit && !op.IsJumpAlways() && Next(i) < Program.Length)
                {
                    after |= LiveRegisters[Next(i)];
                }

                var live = (ushort)(
                    (after & ~Written(op, Program.Instructions[i])) | Read(op, Program.Instructions[i]));
                changed |= live != LiveRegisters[i];
                LiveRegisters[i] = live;
            }
        }
    }

    private static int Written(Op op, in Instruction slot) =>
        op is Op.CallHelper or Op.CallLocal or Op.CallReg ? 0x3f
        : op.WrittenRegister(slot) is >= 0 and var r ? 1 << r : 0;

    private static int Read(Op op, in Instruction slot)
    {
        if (op is Op.CallHelper or Op.CallLocal)
        {
            return 0x3e;
        }

        if (op == Op.CallReg)
        {
            return 0x3e | (1 << slot.Destination);
        }

        if (op == Op.Exit || op.IsPacket())
        {
            return (op == Op.Exit ? 1 : 0x40) | (op.HasSourceRegister() ? 1 << slot.Source : 0);
        }

        var row = OpcodeTable.Row(op);
        var read = op.HasSourceRegister() ? 1 << slot.Source : 0;
        if (row.Destination.Use == FieldUse.Register && !op.IsLoad() && !op.IsWide() && !op.IsMove())
        {
            read |= 1 << slot.Destination;
        }

        return op is Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64 ? read | 1 : read;
    }
}
