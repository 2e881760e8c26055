using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <summary>Where control goes, without looking at values: places to compare states at, and registers still
/// needed.</summary>
internal sealed class ControlFlow
{
    // Ways out of an instruction: see Follower.
    private const int CallEdge = 2;

    // Members of all loops at most: beyond, which loop an instruction is in is not known, which costs precision only.
    private const int LoopMembersMax = 1 << 20;

    private readonly Dictionary<int, HashSet<int>> _loops = [];
    private int _loopMembers;
    private List<int>[]? _before;

    public ControlFlow(BpfProgram program)
    {
        Program = program;
        IsMeeting = new bool[program.Length];
        IsLoopHead = new bool[program.Length];
        LiveRegisters = new ushort[program.Length];
        IsReached = new bool[program.Length];
        FindReached();
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

    /// <summary>Whether an instruction belongs to the loop of a head: control can come from it back to the head
    /// without leaving the loop.</summary>
    public bool IsInLoop(int head, int index) =>
        index == head || _loopMembers > LoopMembersMax
            || (_loops.TryGetValue(head, out var loop) && loop.Contains(index));

    // Depth first, so that what leads back to a place that is still on the way here is a loop's last jump: the head
    // is then where control enters the loop, wherever compilers have put it. (Clang rotates loops: the first
    // instruction of one by its address is often not the one that is entered.)
    private void FindReached()
    {
        const byte OnTheWay = 1, Done = 2;
        var mark = new byte[Program.Length];
        var enteredTwice = new byte[Program.Length];
        var back = new List<(int From, int Head)>();
        var path = new Stack<(int Index, int Edge)>([(0, 0)]);
        while (path.TryPop(out var top))
        {
            var (index, edge) = top;
            if (edge == 0)
            {
                mark[index] = OnTheWay;
                Reach(index);
            }

            if (Follower(index, edge) is not { } next)
            {
                mark[index] = Done;
                continue;
            }

            path.Push((index, edge + 1));
            if (next < 0)
            {
                continue;
            }

            if (edge < CallEdge)
            {
                IsMeeting[next] |= ++enteredTwice[next] > 1;
                enteredTwice[next] = Math.Min(enteredTwice[next], (byte)2);
                if (mark[next] == OnTheWay)
                {
                    IsLoopHead[next] = IsMeeting[next] = true;
                    back.Add((index, next));
                }
            }

            if (mark[next] == 0)
            {
                path.Push((next, 0));
            }
        }

        foreach (var (from, head) in back)
        {
            FindLoop(from, head);
        }
    }

    private void Reach(int index)
    {
        IsReached[index] = true;
        var op = Program.Ops[index];
        if (op == Op.CallLocal)
        {
            IsMeeting[index + 1] = true;
        }

        // Helpers that call back come to their call again and again: it is the head of a loop.
        IsMeeting[index] |= op == Op.CallReg
            || (op == Op.CallHelper && Program.Instructions[index].Immediate is 164 or 170 or 180 or 181);
    }

    // The ways out of an instruction by number: on, where it jumps to, what it calls. Null behind the last, -1 for one
    // that is not there.
    private int? Follower(int index, int edge)
    {
        var op = Program.Ops[index];
        switch (edge)
        {
            case 0:
                return op != Op.Exit && !op.IsJumpAlways() && Next(index) < Program.Length ? Next(index) : -1;
            case 1:
                return op.IsJump() ? Program.Target(index) : -1;
            case CallEdge:
                var target = op is Op.LoadCode or Op.CallLocal ? Program.Target(index, op) : -1;
                return target >= 0 && target < Program.Length && Program.Ops[target] != BpfProgram.SecondHalf
                    ? target : -1;
            default:
                return null;
        }
    }

    // What leads to a loop's last jump without passing its head.
    private void FindLoop(int from, int head)
    {
        if (!_loops.TryGetValue(head, out var loop))
        {
            _loops[head] = loop = [];
        }

        _before ??= FindBefore();
        var pending = new Stack<int>([from]);
        while (pending.TryPop(out var index))
        {
            if (index != head && _loopMembers <= LoopMembersMax && loop.Add(index))
            {
                _loopMembers++;
                _before[index].ForEach(pending.Push);
            }
        }
    }

    private List<int>[] FindBefore()
    {
        var before = new List<int>[Program.Length];
        for (var i = 0; i < before.Length; i++)
        {
            before[i] = [];
        }

        for (var i = 0; i < before.Length; i++)
        {
            for (var edge = 0; IsReached[i] && edge < CallEdge; edge++)
            {
                if (Follower(i, edge) is { } next and >= 0)
                {
                    before[next].Add(i);
                }
            }
        }

        return before;
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
        var move = op is Op.Mov32Imm or Op.Mov32Reg or Op.Mov64Imm or Op.Mov64Reg
            or (>= Op.MovSx8To64 and <= Op.MovSx32To64) or Op.MovSx8To32 or Op.MovSx16To32;
        if (row.Destination.Use == FieldUse.Register && !op.IsLoad() && !op.IsWide() && !move)
        {
            read |= 1 << slot.Destination;
        }

        return op is Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64 ? read | 1 : read;
    }
}
