using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Makes one step of several instructions that compilers put in a row.</summary>
/// <remarks>
/// <para>A step costs the interpreter one unpredictable-looking jump, whatever it does, so its time is the number of
/// steps. Instructions are fused if control cannot come to the second but through the first. No fused step does
/// anything that it must take back: what may lack fuel is its last part, and doing the parts before it twice makes no
/// difference (an addition is taken back by the interpreter). So a run that stops can go on at a step.</para>
/// <para>Patterns, from clang's output for packets, records and tables: a move and an operation on it, with a load or
/// a comparison behind; additions in pairs or with a loop's comparison; a load and a comparison; a condition that
/// jumps over a jump; a 16-bit number from two bytes.</para>
/// </remarks>
internal sealed class StepFuser(ProgramUnit unit, StepBuilder builder, Step[] plain)
{
    private readonly BpfProgram _program = unit.Program;
    private readonly StepConstants _steps = new(unit, plain);

    /// <summary>Fuses what can be.</summary>
    public StepList Fuse()
    {
        var steps = new List<Step>(plain.Length);
        var (firstSlots, jumps) = (new List<int>(plain.Length), new List<int>(plain.Length));
        var stepOfSlot = new int[plain.Length];
        Array.Fill(stepOfSlot, -1);
        for (var slot = 0; slot < plain.Length;)
        {
            var start = slot;
            while (_steps.IsNeedless(start))
            {
                start += Width(start);
            }

            var fused = At(start, isAlone: false);
            stepOfSlot[slot] = steps.Count;
            firstSlots.Add(slot);
            jumps.Add(fused.Jump);
            steps.Add(fused.Step);
            slot = fused.Next;
        }

        var result = GC.AllocateArray<Step>(steps.Count, pinned: true);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = steps[i];
            if (jumps[i] >= 0)
            {
                var target = stepOfSlot[_program.Target(jumps[i])];
                result[i].Target = _program.Ops[jumps[i]] == Op.CallLocal ? target : StepBuilder.Distance(target - i);
            }
        }

        firstSlots.Add(plain.Length);
        return new StepList(result, [.. firstSlots], stepOfSlot);
    }

    // A step that is made so far, the slot behind it, and the slot of its jump or local call, or -1.
    private readonly record struct Fused(Step Step, int Next, int Jump = -1);

    private int Width(int slot) => _program.Ops[slot].IsWide() ? 2 : 1;

    // The next slot that does something.
    private int Skip(int slot)
    {
        while (IsInside(slot) && _steps.IsNeedless(slot))
        {
            slot += Width(slot);
        }

        return slot;
    }

    private bool IsInside(int slot) => slot < plain.Length && !unit.Shape.IsLeader(slot);

    private Fused Single(int slot) => new(
        _steps[slot], slot + Width(slot), _program.Ops[slot] == Op.CallLocal ? slot : -1);

    // The step that begins at a slot. Alone: without a neighbour of the same kind, which may have a better use.
    private Fused At(int slot, bool isAlone)
    {
        if (_program.Ops[slot].IsJump())
        {
            return Jump(slot);
        }

        var first = Single(slot);
        if (!IsInside(Skip(first.Next)))
        {
            return first;
        }

        return first.Step.Code switch
        {
            StepCode.Mov64 or StepCode.Mov32 => Move(first) ?? Twice(first, isAlone),
            StepCode.Add64 => Added(first) ?? Twice(first, isAlone),
            StepCode.And64 => Masked(first) ?? first,
            StepCode.Lsh32 => Shifted(first) ?? first,
            StepCode.Load8 => BigEndian(slot) ?? Loaded(first),
            StepCode.Load16 or StepCode.Load32 or StepCode.Load64 => Loaded(first),
            _ => first,
        };
    }

    // A condition that jumps over a jump is the opposite condition with that jump's target.
    private Fused Jump(int slot)
    {
        var step = _steps[slot];
        if (IsInside(slot + 1) && _program.Ops[slot].IsConditionalJump() && _program.Target(slot) == slot + 2
            && _program.Ops[slot + 1].IsJumpAlways() && Opposite((Op)step.Second) is { } opposite)
        {
            (step.Code, step.Second) = (StepBuilder.CodeOf(opposite), (int)opposite);
            step.Cost = _steps[slot + 1].Cost;
            return new Fused(step, slot + 2, slot + 1);
        }

        return new Fused(step, slot + 1, slot);
    }

#pragma warning disable format // a table
    private static Op? Opposite(Op op) => op switch
    {
        Op.Jeq64Reg => Op.Jne64Reg, Op.Jne64Reg => Op.Jeq64Reg, Op.Jgt64Reg => Op.Jle64Reg,
        Op.Jle64Reg => Op.Jgt64Reg, Op.Jge64Reg => Op.Jlt64Reg, Op.Jlt64Reg => Op.Jge64Reg,
        Op.Jsgt64Reg => Op.Jsle64Reg, Op.Jsle64Reg => Op.Jsgt64Reg, Op.Jsge64Reg => Op.Jslt64Reg,
        Op.Jslt64Reg => Op.Jsge64Reg, Op.Jeq32Reg => Op.Jne32Reg, Op.Jne32Reg => Op.Jeq32Reg,
        Op.Jgt32Reg => Op.Jle32Reg, Op.Jle32Reg => Op.Jgt32Reg, Op.Jge32Reg => Op.Jlt32Reg,
        Op.Jlt32Reg => Op.Jge32Reg, Op.Jsgt32Reg => Op.Jsle32Reg, Op.Jsle32Reg => Op.Jsgt32Reg,
        Op.Jsge32Reg => Op.Jslt32Reg, Op.Jslt32Reg => Op.Jsge32Reg, _ => null,
    };
#pragma warning restore format

    // rX = rY; rX = rX op s  is  rX = rY op s.
    private Fused? Move(Fused first)
    {
        var at = Skip(first.Next);
        var (move, step) = (first.Step, _steps[at]);
        var isHalf = move.Code == StepCode.Mov32;
        if (step.Code is < StepCode.Add64 or > StepCode.Arsh32 || step.Destination != move.Destination
            || move.Source >= Step.Zero || (isHalf && step.Code < StepCode.Add32 && step.Code != StepCode.And64))
        {
            return null;
        }

        step.Left = (byte)move.Source;
        step.Source = step.Source == move.Destination ? move.Source : step.Source;
        if (isHalf && step.Code == StepCode.And64)
        {
            if (builder.ValueOf(step.Source) is not { } mask)
            {
                return null;
            }

            step.Source = builder.Constant((uint)mask);
        }

        var moved = new Fused(step, at + 1);
        return step.Code switch
        {
            _ when !IsInside(Skip(moved.Next)) => moved,
            StepCode.Add64 => Indexed(moved) ?? moved,
            StepCode.And64 => Masked(moved) ?? moved,
            _ => moved,
        };
    }

    private Fused? Added(Fused first) => Indexed(first) ?? (first.Step.Source == first.Step.Destination ? null
        : Compared(
            first,
            first.Step.Destination,
            code => code switch
            {
                StepCode.Jeq64 => StepCode.AddJeq,
                StepCode.Jne64 => StepCode.AddJne,
                StepCode.Jlt64 => StepCode.AddJlt,
                _ => StepCode.Rare,
            },
            isHalf: false));

    // rX = a + b; rX = [rX + offset]  is  rX = [a + b + offset].
    private Fused? Indexed(Fused sum)
    {
        var at = Skip(sum.Next);
        var (add, load) = (sum.Step, _steps[at]);
        if (load.Code is < StepCode.Load8 or > StepCode.Load64 || load.Source != add.Destination
            || load.Destination != add.Destination || add.Source >= Step.Zero)
        {
            return null;
        }

        (load.Source, load.Left) = (add.Left, (byte)add.Source);
        return Loaded(new Fused(load, at + 1));
    }

    private Fused? Masked(Fused first) => Compared(
        first,
        first.Step.Destination,
        code => code switch
        {
            StepCode.Jeq64 or StepCode.Jeq32 => StepCode.AndJeq,
            StepCode.Jne64 or StepCode.Jne32 => StepCode.AndJne,
            _ => StepCode.Rare,
        },
        isHalf: builder.ValueOf(first.Step.Source) <= uint.MaxValue);

    // A load whose result is compared; not if the load overwrote what it would need to be done again.
    private Fused Loaded(Fused first)
    {
        var load = first.Step;
        if (load.Destination == load.Source || load.Destination == load.Left)
        {
            return first;
        }

        var equal = StepCode.Load8Jeq + (byte)(2 * (load.Code - StepCode.Load8));
        return Compared(
            first,
            load.Destination,
            code => code switch
            {
                StepCode.Jeq64 or StepCode.Jeq32 => equal,
                StepCode.Jne64 or StepCode.Jne32 => equal + 1,
                _ => StepCode.Rare,
            },
            isHalf: load.Code != StepCode.Load64) ?? first;
    }

    // Puts the jump behind an operation into its step. Half: the result has no high half, so 32 bits are all of it.
    private Fused? Compared(Fused first, int register, Func<StepCode, StepCode> choose, bool isHalf)
    {
        var at = Skip(first.Next);
        if (!IsInside(at) || !_program.Ops[at].IsConditionalJump())
        {
            return null;
        }

        var jump = Jump(at);
        var code = choose(jump.Step.Code);
        var second = jump.Step.Source;
        if (code == StepCode.Rare || jump.Step.Destination != register || second == register)
        {
            return null;
        }

        if (jump.Step.Code is StepCode.Jeq32 or StepCode.Jne32)
        {
            if (!isHalf || builder.ValueOf(second) is not { } value)
            {
                return null;
            }

            second = builder.Constant((uint)value);
        }

        var step = first.Step;
        (step.Code, step.Second, step.Cost) = (code, second, jump.Step.Cost);
        return new Fused(step, jump.Next, jump.Jump);
    }

    private Fused? Shifted(Fused first)
    {
        var at = Skip(first.Next);
        var (shift, or) = (first.Step, _steps[at]);
        if (or.Code != StepCode.Or32 || or.Destination != shift.Destination || or.Source == or.Destination)
        {
            return null;
        }

        (shift.Code, shift.Second) = (StepCode.ShiftOr32, or.Source);
        return new Fused(shift, at + 1);
    }

    private Fused? BigEndian(int slot)
    {
        if (BigEndianPair.At(_program, slot, IsInside) is not { } pair || plain[slot].Window != plain[slot + 1].Window)
        {
            return null;
        }

        var high = plain[pair.High];
        (high.Code, high.Left) = (StepCode.LoadBig16, plain[pair.Low].Destination);
        high.Window = AccessWindow.OffsetOf(AccessWindow.RegionOf(high.Window), sizeof(ushort));
        var next = slot + BigEndianPair.Length;

        // Compilers cut to 16 bits what has no more.
        if (IsInside(next) && _program.Ops[next] == Op.And32Imm
            && _program.Instructions[next] is { Immediate: 0xffff } and && and.Destination == high.Destination)
        {
            next++;
        }

        return new Fused(high, next);
    }

    // Two moves or two additions, if the second has no better use.
    private Fused Twice(Fused first, bool isAlone)
    {
        var at = Skip(first.Next);
        var (a, b) = (first.Step, _steps[at]);
        if (isAlone || a.Code == StepCode.Mov32 || b.Code != a.Code
            || At(at, isAlone: true).Next != Single(at).Next)
        {
            return first;
        }

        a.Code = a.Code == StepCode.Mov64 ? StepCode.Move2 : StepCode.Add2;
        (a.Left, a.Second) = (b.Destination, b.Source);
        return new Fused(a, Single(at).Next);
    }
}
