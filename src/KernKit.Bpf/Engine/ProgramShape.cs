using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>What both engines must agree on about a program: its functions and the price of its jumps and
/// calls.</summary>
/// <remarks>
/// Fuel is charged where a program could go on for ever: a jump that closes a loop costs the instructions of the loop,
/// a local call the slots that its function can reach. All else is bounded by the program's length and costs nothing.
/// So both engines charge the same, at the same places, and end a run at the same instruction.
/// </remarks>
internal sealed class ProgramShape
{
    private readonly Dictionary<int, int[]> _functions = [];

    private readonly ProgramFacts? _facts;
    private readonly int[] _costs;
    private readonly bool[] _leaders;

    public ProgramShape(BpfProgram program, ProgramFacts? facts = null)
    {
        Program = program;
        _facts = facts;
        var entries = new SortedSet<int> { 0 };
        var addressed = new SortedSet<int>();
        for (var i = 0; i < program.Length; i++)
        {
            if (program.Ops[i] == Op.CallLocal)
            {
                entries.Add(program.Target(i));
                HasFunctions = true;
                IsMainCalled |= program.Target(i) == 0;
            }
            else if (program.Ops[i] == Op.LoadCode && CodeTarget(i) is >= 0 and var target)
            {
                entries.Add(target);
                addressed.Add(target);
                HasFunctions = true;
                IsMainCalled |= target == 0;
            }

            UsesStack |= program.Ops[i] >= 0 && UsesFramePointer(i);
        }

        if (entries.Count > ProgramDecoder.FunctionCountMax)
        {
            throw new BpfFormatException(
                $"program: {entries.Count} functions, must be at most {ProgramDecoder.FunctionCountMax}");
        }

        foreach (var entry in entries)
        {
            _functions[entry] = Reach(entry);
        }

        AddressTaken = [.. addressed];
        _leaders = FindLeaders();
        _costs = new int[program.Length];
        FindCosts();
    }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>Some instruction names register 10.</summary>
    public bool UsesStack { get; }

    /// <summary>First slots of functions, ascending; slot 0 is the program itself.</summary>
    public IEnumerable<int> Entries => _functions.Keys.Order();

    /// <summary>Functions whose address some instruction loads.</summary>
    public int[] AddressTaken { get; }

    /// <summary>There are local calls, or addresses of functions.</summary>
    public bool HasFunctions { get; }

    /// <summary>The program may call its own beginning, so that r1 there may be anything.</summary>
    public bool IsMainCalled { get; }

    /// <summary>The first slots of the instructions that a function can reach, ascending.</summary>
    public int[] Function(int entry) => _functions[entry];

    /// <summary>Whether control may come to a slot otherwise than from the instruction before.</summary>
    public bool IsLeader(int slot) => _leaders[slot];

    /// <summary>Fuel for a taken jump: 0 where it closes no loop, and where the verifier proved that the loop
    /// ends.</summary>
    public int JumpCost(int index) => _costs[index];

    /// <summary>Fuel for a call of the function at a slot.</summary>
    public int CallCost(int entry) => _functions[entry].Length;

    /// <summary>The slot whose code address a 64-bit immediate loads; -1 if that is no instruction.</summary>
    public int CodeTarget(int index)
    {
        var target = (long)index + 1 + Program.Instructions[index].Immediate;
        return target >= 0 && target < Program.Length && Program.Ops[target] >= 0 ? (int)target : -1;
    }

    private bool[] FindLeaders()
    {
        var leaders = new bool[Program.Length];
        foreach (var entry in Entries)
        {
            leaders[entry] = true;
        }

        for (var i = 0; i < leaders.Length; i++)
        {
            if (Program.Ops[i] >= 0 && Program.Ops[i].IsJump())
            {
                leaders[Program.Target(i)] = true;
            }
        }

        return leaders;
    }

    private void FindCosts()
    {
        var loops = new LoopFinder(Program, [.. Entries], static _ => { });
        if (loops.BackSteps.All(static step => step.IsJump))
        {
            foreach (var (from, head, _) in loops.BackSteps)
            {
                Charge(from, loops.LoopLength(head));
            }

            return;
        }

        // Where a loop's last instruction is followed by its head no jump closes the loop. But no cycle is without a
        // jump to a lower address.
        for (var i = 0; i < Program.Length; i++)
        {
            if (Program.Ops[i] >= 0 && Program.Ops[i].IsJump() && Program.Target(i) <= i)
            {
                Charge(i, i + 1 - Program.Target(i));
            }
        }
    }

    private void Charge(int index, int cost) =>
        _costs[index] = _facts is not null && _facts.IsBounded(index) ? 0 : Math.Max(_costs[index], cost);

    private bool UsesFramePointer(int index)
    {
        var slot = Program.Instructions[index];
        var row = OpcodeTable.Row(Program.Ops[index]);
        return (row.Source.Use == FieldUse.Register && slot.Source == OpTraits.FramePointer)
            || (row.Destination.Use == FieldUse.Register && slot.Destination == OpTraits.FramePointer);
    }

    private int[] Reach(int entry)
    {
        var seen = new HashSet<int>();
        var pending = new Stack<int>([entry]);
        while (pending.TryPop(out var index))
        {
            if (!seen.Add(index))
            {
                continue;
            }

            var op = Program.Ops[index];
            if (op.IsJump())
            {
                pending.Push(Program.Target(index));
            }

            if (op != Op.Exit && !op.IsJumpAlways())
            {
                pending.Push(index + (op.IsWide() ? 2 : 1));
            }
        }

        return [.. seen.Order()];
    }
}
