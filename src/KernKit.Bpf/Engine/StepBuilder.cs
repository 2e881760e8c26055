using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Turns a program into steps and constants; step i is slot i.</summary>
internal sealed class StepBuilder(ProgramShape shape, Func<int, ulong> wide)
{
    private readonly Dictionary<ulong, int> _slots = [];
    private readonly List<ulong> _constants = [];

    /// <summary>Builds the steps, pinned.</summary>
    /// <param name="constants">The values of the operand slots from <see cref="Step.ConstantsAt"/> on.</param>
    public Step[] Build(out ulong[] constants)
    {
        var program = shape.Program;
        var steps = GC.AllocateArray<Step>(program.Length, pinned: true);
        for (var i = 0; i < steps.Length; i++)
        {
            if (program.Ops[i] != BpfProgram.SecondHalf)
            {
                steps[i] = Translate(i, program.Ops[i], program.Instructions[i]);
            }
        }

        constants = [.. _constants];
        return steps;
    }

    private Step Translate(int index, Op op, in Instruction slot)
    {
        var step = new Step
        {
            Code = (ushort)op,
            Destination = slot.Destination,
            Source = slot.Source,
            Offset = slot.Offset - (int)BpfArena.VirtualBase,
            Target = slot.Immediate,
        };
        if (op.IsJump() || op == Op.CallLocal)
        {
            step.Target = shape.Program.Target(index);
            step.Offset = op == Op.CallLocal ? shape.CallCost(step.Target) : shape.JumpCost(index);
            step.Source = op == Op.CallLocal ? 0 : step.Source;
            step.Code = op == Op.JaLong ? (ushort)Op.Ja : step.Code;
        }

        if (op.IsWide())
        {
            (step.Code, step.Source) = ((ushort)Op.Mov64Reg, Constant(wide(index)));
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

    /// <summary>The next row is the same with a source register: arithmetic with two operands, conditional jumps.</summary>
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
