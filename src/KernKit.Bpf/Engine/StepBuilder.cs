using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Turns a program into steps and constants; step i is slot i.</summary>
internal sealed class StepBuilder(ProgramUnit unit)
{
    private readonly Dictionary<ulong, int> _slots = [];
    private readonly List<ulong> _constants = [];

    /// <summary>Builds the steps, pinned.</summary>
    /// <param name="constants">The values of the operand slots from <see cref="Step.ConstantsAt"/> on.</param>
    public Step[] Build(out ulong[] constants)
    {
        var program = unit.Program;
        var steps = GC.AllocateArray<Step>(program.Length, pinned: true);
        for (var i = 0; i < steps.Length; i++)
        {
            if (program.Ops[i] != BpfProgram.SecondHalf)
            {
                steps[i] = Translate(i, program.Ops[i], program.Instructions[i]);
            }
        }

        Fuse(steps);
        constants = [.. _constants];
        return steps;
    }

    // A fused step does what it and its followers do, which stay as they are: fusing changes codes only, from the end.
    private void Fuse(Step[] steps)
    {
        for (var i = steps.Length - 2; i >= 0; i--)
        {
            if (unit.Program.Ops[i] < 0 || unit.Program.Ops[i + 1] < 0)
            {
                continue;
            }

            var third = i + 2 < steps.Length ? (Op)steps[i + 2].Code : default;
            steps[i].Code = ((Op)steps[i].Code, (Op)steps[i + 1].Code) switch
            {
                (Op.Mov64Reg, Op.Add64Reg) => third switch
                {
                    Op.Load8 => Step.MoveAddLoad8,
                    Op.Load32 => Step.MoveAddLoad32,
                    Op.Load64 => Step.MoveAddLoad64,
                    _ => Step.MoveAdd,
                },
                (Op.Mov64Reg, (Op)Step.AddJump) => Step.MoveAdd,
                (Op.Lsh32Reg, Op.Or32Reg) => Step.ShiftOr,
                (Op.Add64Reg, Op.Jne64Reg) => Step.AddJump,
                _ => steps[i].Code,
            };
        }
    }

    private Step Translate(int index, Op op, in Instruction slot)
    {
        var step = new Step
        {
            Code = (ushort)op,
            Destination = slot.Destination,
            Source = slot.Source,
            Target = slot.Immediate,
        };
        if (op.IsLoad() || op.IsStore() || op.IsAtomic())
        {
            var region = unit.Regions[index];
            var (at, _) = AccessWindow.Locate(unit.Machine, unit, region);
            step.Window = AccessWindow.IndexOf(region, op.AccessBytes());
            step.Offset = slot.Offset - ((int)BpfArena.VirtualBase + at);
        }

        if (op.IsJump() || op == Op.CallLocal)
        {
            step.Target = unit.Program.Target(index);
            step.Offset = op == Op.CallLocal ? unit.Shape.CallCost(step.Target) : unit.Shape.JumpCost(index);
            step.Source = op == Op.CallLocal ? 0 : step.Source;
            step.Code = op == Op.JaLong ? (ushort)Op.Ja : step.Code;
        }

        if (op.IsWide())
        {
            (step.Code, step.Source) = (Step.MoveWide, Constant(unit.WideImmediate(index)));
        }
        else if (op is >= Op.Store8Imm and <= Op.Store64Imm)
        {
            step.Code = (ushort)(op - Op.Store8Imm + Op.Store8Reg);
            step.Source = Constant((ulong)slot.Immediate);
        }
        else if (IsImmediateOfPair(op))
        {
            (step.Code, step.Source) = ((ushort)(op + 1), Constant((ulong)slot.Immediate));
        }

        return step;
    }

    /// <summary>The next row is the same with a source register: arithmetic with two operands, conditional
    /// jumps.</summary>
    public static bool IsImmediateOfPair(Op op) =>
        (op.IsArithmetic() || op.IsConditionalJump())
        && OpcodeTable.Row(op) is { Immediate.Use: FieldUse.Number, Source.Use: FieldUse.Fixed } row
        && row.Name.EndsWith("Imm", StringComparison.Ordinal);

    private int Constant(ulong value)
    {
        if (!_slots.TryGetValue(value, out var slot))
        {
            _slots[value] = slot = Step.ConstantsAt + _constants.Count;
            _constants.Add(value);
        }

        return slot;
    }
}
