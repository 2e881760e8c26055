using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Decides which accesses compiled code compares with their region, and how much each comparison
/// covers.</summary>
/// <remarks>
/// <para>Two accesses through the same value of a register need one comparison: a region has no holes, so if the bytes
/// at 0 and at 40 are inside, so is all between. First, forwards over the function: which interval around each
/// register's value is known to be inside, because accesses on every way here have touched its ends. Moves copy
/// intervals, constants shift them, joins intersect them. What lies in a known interval is not compared.</para>
/// <para>The program's own comparisons of r2, the context's length, or of an end that it made of r1 and r2, tell how
/// long the context is at least: accesses inside of that, at a distance from r1 that masks, shifts and narrow loads
/// bound, are not compared either; nor are such accesses within the 512 bytes below r10. See
/// <see cref="Known"/>.</para>
/// <para>Second, within a block: an access that must be compared looks ahead to the others through the same value, and
/// compares for all of them. If that fails, one of them is going to fault, so the code hands over to the interpreter,
/// which finds out which: it cannot leave the block any more. <see cref="Reads"/> says which registers it needs.</para>
/// </remarks>
internal sealed class CheckPlan
{
    private const int SpanBytesMax = Known.SpanBytesMax;
    private const int VisitsMax = 6;
    private const int Registers = 11;

    // Behind the registers: the interval from r1's first value that the context is known to have.
    private const int Context = 11;

    private readonly ProgramUnit _unit;
    private readonly BpfProgram _program;
    private readonly Dictionary<int, Known[]> _states = [];
    private readonly Dictionary<int, int> _visits = [];

    /// <summary>Plans a function.</summary>
    /// <param name="unit">The program.</param>
    /// <param name="slots">The function's slots, ascending.</param>
    /// <param name="entry">Its first slot.</param>
    public CheckPlan(ProgramUnit unit, int[] slots, int entry)
    {
        (_unit, _program) = (unit, unit.Program);
        var leaders = Leaders(slots, entry);
        Flow(leaders, entry);
        foreach (var leader in leaders)
        {
            if (_states.TryGetValue(leader, out var state))
            {
                PlanBlock(leader, (Known[])state.Clone(), leaders);
            }
        }
    }

    /// <summary>For the slot of each access that must be compared: the interval, from the register's value.</summary>
    public Dictionary<int, (int Low, int High)> Checks { get; } = [];

    /// <summary>For the slot of each comparison that covers several accesses: registers that the rest of the block
    /// reads.</summary>
    public Dictionary<int, int> Reads { get; } = [];

    private SortedSet<int> Leaders(int[] slots, int entry)
    {
        var leaders = new SortedSet<int> { entry, slots[0] };
        foreach (var slot in slots)
        {
            var op = _program.Ops[slot];
            if (op.IsJump())
            {
                leaders.Add(_program.Target(slot));
            }

            if (op.IsJump() || op is Op.Exit or Op.CallLocal or Op.CallReg)
            {
                leaders.Add(slot + 1);
            }
        }

        return leaders;
    }

    private void Flow(SortedSet<int> leaders, int entry)
    {
        var pending = new Stack<int>();
        var first = _states[entry] = new Known[Registers + 1];
        if (entry == 0 && !_unit.Shape.IsMainCalled)
        {
            first[1] = new Known(Region.Context, 0, 0, Origin.Context);
            first[2] = new Known(Region.Context, 0, 0, Origin.Length);
        }

        first[OpTraits.FramePointer] = new Known(Region.Frame, 0, 0, Origin.Frame);

        pending.Push(entry);
        while (pending.TryPop(out var slot))
        {
            var state = (Known[])_states[slot].Clone();
            while (true)
            {
                var op = _program.Ops[slot];
                Transfer(state, slot, op);
                var next = slot + (op.IsWide() ? 2 : 1);
                if (op.IsJump())
                {
                    Join(pending, _program.Target(slot), Compared(state, slot, op, isTaken: true));
                    state = Compared(state, slot, op, isTaken: false);
                }

                if (op == Op.Exit || op.IsJumpAlways())
                {
                    break;
                }

                if (leaders.Contains(next))
                {
                    Join(pending, next, state);
                    break;
                }

                slot = next;
            }
        }
    }

    private void Join(Stack<int> pending, int target, Known[] state)
    {
        if (!_states.TryGetValue(target, out var old))
        {
            _states[target] = (Known[])state.Clone();
            pending.Push(target);
            return;
        }

        var isNew = false;
        var visits = _visits.GetValueOrDefault(target);
        for (var i = 0; i < old.Length; i++)
        {
            var met = old[i].Meet(state[i]);
            if (met == old[i])
            {
                continue;
            }

            // What changes bit by bit with every round of a loop is given up.
            isNew = true;
            old[i] = visits < VisitsMax ? met : default;
        }

        if (isNew)
        {
            _visits[target] = visits + 1;
            pending.Push(target);
        }
    }

    private void Transfer(Known[] state, int slot, Op op)
    {
        var instruction = _program.Instructions[slot];
        if (op.IsAccess())
        {
            var register = op.BaseRegister(instruction);
            state[register] = state[register].With(
                _unit.Regions[slot], instruction.Offset, instruction.Offset + op.AccessBytes());
        }

        if (op is Op.CallHelper or Op.CallLocal or Op.CallReg)
        {
            state[0] = default;
            return;
        }

        var written = op.WrittenRegister(instruction);
        if (written >= 0)
        {
            state[written] = Result(state, op, instruction);
        }
    }

    private static Known Result(Known[] state, Op op, in Instruction instruction)
    {
        var (left, right) = (state[instruction.Destination], state[instruction.Source]);
        var number = instruction.Immediate;
        return op switch
        {
            Op.Mov64Reg => right,
            Op.Mov32Reg => right.AsNumber(),
            Op.Mov64Imm or Op.Mov32Imm => Known.UpTo(number),
            Op.Load8 => Known.UpTo(byte.MaxValue),
            Op.Load16 => Known.UpTo(ushort.MaxValue),
            Op.And64Imm or Op.And32Imm => Known.UpTo(number),
            Op.Add64Imm => left.Shifted(number),
            Op.Sub64Imm => left.Shifted(-(long)number),
            Op.Add32Imm => left.AsNumber().Shifted(number),
            Op.Add64Reg => Sum(left, right),
            Op.Add32Reg or Op.Or32Reg or Op.Or64Reg => Sum(left.AsNumber(), right.AsNumber()),
            Op.Lsh64Imm or Op.Lsh32Imm => left.AsNumber().Times(1L << (number & 31)),
            Op.Mul64Imm or Op.Mul32Imm => left.AsNumber().Times(number),
            Op.Rsh64Imm => left.ShiftedRight(number & 63, 64),
            Op.Rsh32Imm => left.ShiftedRight(number & 31, 32),
            _ => default,
        };
    }

    private static Known Sum(Known a, Known b) => (a.Origin, b.Origin) switch
    {
        (Origin.Context, Origin.Length) when a is { At: 0, Reach: 0 } => new Known(Region.Context, 0, 0, Origin.End),
        (Origin.Length, Origin.Context) when b is { At: 0, Reach: 0 } => new Known(Region.Context, 0, 0, Origin.End),
        (_, Origin.Number) => a.Spread(b.Reach),
        (Origin.Number, _) => b.Spread(a.Reach),
        _ => default,
    };

    // What a comparison says about the context's length on one of its two ways.
    private Known[] Compared(Known[] state, int slot, Op op, bool isTaken)
    {
        if (op is < Op.Jeq64Imm or > Op.Jsle64Reg)
        {
            return state;
        }

        var instruction = _program.Instructions[slot];
        var (left, right) = (state[instruction.Destination], state[instruction.Source]);
        var condition = op.HasSourceRegister() ? op : op + 1;
        var bytes = (left.Origin, op.HasSourceRegister(), right.Origin) switch
        {
            (Origin.None or Origin.Number, false, _) => Bounded(ref state, instruction, condition, isTaken),
            (Origin.Length, false, _) => AtLeast(condition, isTaken, instruction.Immediate),
            (Origin.End, true, Origin.Context) => AtLeast(condition, isTaken, right.At),
            (Origin.Context, true, Origin.End) => AtLeast(Mirrored(condition), isTaken, left.At),
            _ => 0,
        };
        if (bytes > state[Context].High)
        {
            state = (Known[])state.Clone();
            state[Context] = new Known(Region.Context, 0, bytes);
        }

        return state;
    }

    // "x < number", so or not, bounds x from above. Says nothing of the context's length: 0.
    private static int Bounded(ref Known[] state, in Instruction instruction, Op condition, bool isTaken)
    {
        var number = instruction.Immediate;
        var most = (condition, isTaken) switch
        {
            _ when number < 0 => -1,
            (Op.Jlt64Reg, true) or (Op.Jge64Reg, false) => number - 1,
            (Op.Jle64Reg or Op.Jeq64Reg, true) or (Op.Jgt64Reg or Op.Jne64Reg, false) => number,
            _ => -1,
        };
        var old = state[instruction.Destination];
        if (most >= 0 && (old.Origin == Origin.None || most < old.Reach))
        {
            state = (Known[])state.Clone();
            state[instruction.Destination] = old with { Origin = Origin.Number, At = 0, Reach = most };
        }

        return 0;
    }

    // The least x for which "x op number" is so, or is not; 0 where that says nothing.
    private static int AtLeast(Op condition, bool isTaken, int number) => number is < 0 or int.MaxValue ? 0
        : (condition, isTaken) switch
        {
            (Op.Jge64Reg or Op.Jeq64Reg, true) or (Op.Jlt64Reg or Op.Jne64Reg, false) => number,
            (Op.Jgt64Reg, true) or (Op.Jle64Reg, false) => number + 1,
            _ => 0,
        };

    private static Op Mirrored(Op condition) => condition switch
    {
        Op.Jgt64Reg => Op.Jlt64Reg,
        Op.Jlt64Reg => Op.Jgt64Reg,
        Op.Jge64Reg => Op.Jle64Reg,
        Op.Jle64Reg => Op.Jge64Reg,
        _ => condition,
    };

    private static bool IsInside(Known[] state, int register, int low, int high) => state[register] switch
    {
        { Origin: Origin.Context } known => known.At + low >= 0 && known.At + known.Reach + high <= state[Context].High,
        { Origin: Origin.Frame } known => known.At + low >= -BpfMachine.FrameBytes
            && known.At + known.Reach + high <= 0,
        _ => false,
    };

    private void PlanBlock(int leader, Known[] state, SortedSet<int> leaders)
    {
        for (var slot = leader; ;)
        {
            var op = _program.Ops[slot];
            var instruction = _program.Instructions[slot];
            if (op.IsAccess() && !(_unit.Facts?.IsAccessProved(slot) ?? false))
            {
                var register = op.BaseRegister(instruction);
                var (low, high) = (instruction.Offset, instruction.Offset + op.AccessBytes());
                if (!state[register].Covers(_unit.Regions[slot], low, high) && !IsInside(state, register, low, high))
                {
                    var check = LookAhead(slot, register, leaders);
                    Checks[slot] = check;
                    state[register] = state[register].With(_unit.Regions[slot], check.Low, check.High);
                }
            }

            Transfer(state, slot, op);
            slot += op.IsWide() ? 2 : 1;
            if (op == Op.Exit || op.IsJump() || leaders.Contains(slot))
            {
                return;
            }
        }
    }

    // The hull of the accesses from here to the end of the block through the value that a register has here.
    private (int Low, int High) LookAhead(int start, int register, SortedSet<int> leaders)
    {
        var distances = new int?[Registers];
        distances[register] = 0;
        var (low, high) = (int.MaxValue, int.MinValue);
        var (count, reads, written) = (0, 0, 0);
        for (var slot = start; ;)
        {
            var op = _program.Ops[slot];
            var instruction = _program.Instructions[slot];
            if (op.IsAccess() && distances[op.BaseRegister(instruction)] is { } distance
                && _unit.Regions[slot] == _unit.Regions[start])
            {
                var (from, to) = (distance + instruction.Offset, distance + instruction.Offset + op.AccessBytes());
                if (slot == start || Math.Max(high, to) - Math.Min(low, from) <= SpanBytesMax)
                {
                    (low, high, count) = (Math.Min(low, from), Math.Max(high, to), count + 1);
                }
            }

            reads |= ReadRegisters(op, instruction) & ~written;
            Follow(distances, op, instruction);
            written |= WrittenRegisters(op, instruction);
            slot += op.IsWide() ? 2 : 1;
            if (op is Op.Exit or Op.CallReg or Op.CallLocal || op.IsJump() || leaders.Contains(slot))
            {
                break;
            }
        }

        if (count > 1)
        {
            Reads[start] = reads;
        }

        return (low, high);
    }

    private static void Follow(int?[] distances, Op op, in Instruction instruction)
    {
        if (op is Op.CallHelper)
        {
            distances[0] = null;
            return;
        }

        var written = op.WrittenRegister(instruction);
        if (written >= 0)
        {
            var distance = op switch
            {
                Op.Mov64Reg => distances[instruction.Source],
                Op.Add64Imm => distances[written] + (long)instruction.Immediate,
                Op.Sub64Imm => distances[written] - (long)instruction.Immediate,
                _ => null,
            };
            distances[written] = distance is > -SpanBytesMax and < SpanBytesMax ? (int)distance : null;
        }
    }

    private static int ReadRegisters(Op op, in Instruction instruction)
    {
        const int Arguments = 0b111110;
        var row = OpcodeTable.Row(op);
        var reads = row.Source.Use == FieldUse.Register ? 1 << instruction.Source : 0;
        reads |= row.Destination.Use == FieldUse.Register ? 1 << instruction.Destination : 0;
        return reads | (op is Op.CallHelper or Op.CallLocal or Op.CallReg ? Arguments : op == Op.Exit || op.IsAtomic()
            ? 1 : 0);
    }

    private static int WrittenRegisters(Op op, in Instruction instruction) =>
        op is Op.CallHelper ? 1 : op.WrittenRegister(instruction) is >= 0 and var written ? 1 << written : 0;
}
