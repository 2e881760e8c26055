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
/// long the context is at least: accesses at a constant distance from r1 inside of that are not compared
/// either.</para>
/// <para>Second, within a block: an access that must be compared looks ahead to the others through the same value, and
/// compares for all of them. If that fails, one of them is going to fault, so the code hands over to the interpreter,
/// which finds out which: it cannot leave the block any more. <see cref="Reads"/> says which registers it needs.</para>
/// </remarks>
internal sealed class CheckPlan
{
    private const int SpanBytesMax = 1 << 15;
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

    // What a register certainly holds.
    private enum Origin
    {
        None,
        Context, // r1's first value and a constant distance
        Length, // r2's first value
        End, // the sum of both first values
    }

    // Bytes from Low to High around a register's value are inside of the region.
    private readonly record struct Known(Region Region, int Low, int High, Origin Origin = Origin.None, int At = 0)
    {
        public bool IsNothing => Low >= High;

        public bool Covers(Region region, int low, int high) => region == Region && low >= Low && high <= High;

        public Known With(Region region, int low, int high) => IsNothing || region != Region
            ? this with { Region = region, Low = low, High = high }
            : this with { Low = Math.Min(Low, low), High = Math.Max(High, high) };

        public Known Meet(Known other)
        {
            var (low, high) = (Math.Max(Low, other.Low), Math.Min(High, other.High));
            var met = Region == other.Region && low < high ? new Known(Region, low, high) : default;
            return (Origin, At) == (other.Origin, other.At) ? met with { Origin = Origin, At = At } : met;
        }

        public Known Shifted(long distance)
        {
            if (Math.Abs(distance) >= SpanBytesMax || Math.Abs(At + distance) >= SpanBytesMax)
            {
                return default;
            }

            var shifted = IsNothing ? default : new Known(Region, (int)(Low - distance), (int)(High - distance));
            return Origin == Origin.Context ? shifted with { Origin = Origin, At = (int)(At + distance) } : shifted;
        }
    }

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
        for (var i = 0; i < old.Length; i++)
        {
            var met = old[i].Meet(state[i]);
            isNew |= met != old[i];
            old[i] = met;
        }

        if (isNew)
        {
            // Intervals that shrink bit by bit with every round of a loop are given up.
            _visits[target] = _visits.GetValueOrDefault(target) + 1;
            if (_visits[target] > VisitsMax)
            {
                Array.Clear(old);
            }

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
            state[written] = op switch
            {
                Op.Mov64Reg => state[instruction.Source],
                Op.Add64Imm => state[written].Shifted(instruction.Immediate),
                Op.Sub64Imm => state[written].Shifted(-(long)instruction.Immediate),
                Op.Add64Reg => Sum(state[written], state[instruction.Source]),
                _ => default,
            };
        }
    }

    private static Known Sum(Known a, Known b) => (a.Origin, b.Origin, a.At + b.At) is
        (Origin.Context, Origin.Length, 0) or (Origin.Length, Origin.Context, 0)
        ? new Known(Region.Context, 0, 0, Origin.End) : default;

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

    private static bool IsInContext(Known[] state, int register, int low, int high) =>
        state[register] is { Origin: Origin.Context, At: var at } && at + low >= 0
        && at + high <= state[Context].High;

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
                if (!state[register].Covers(_unit.Regions[slot], low, high) && !IsInContext(state, register, low, high))
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
