using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Turns a program into steps and constants, one step a slot; <see cref="StepFuser"/> makes fewer of
/// them.</summary>
internal sealed class StepBuilder(ProgramUnit unit)
{
    private readonly Dictionary<ulong, int> _slots = [];
    private readonly List<ulong> _constants = [];

    /// <summary>Builds the steps, pinned; the second slot of a 64-bit immediate becomes a step that does
    /// nothing.</summary>
    public Step[] Build()
    {
        var program = unit.Program;
        var steps = GC.AllocateArray<Step>(program.Length, pinned: true);
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = program.Ops[i] == BpfProgram.SecondHalf
                ? new Step { Code = StepCode.Mov64, Destination = Step.Zero, Source = Step.Zero }
                : Translate(i, program.Ops[i], program.Instructions[i]);
        }

        return steps;
    }

    /// <summary>The values of the operand slots from <see cref="Step.ConstantsAt"/> on.</summary>
    public List<ulong> Constants => _constants;

    /// <summary>The constant in an operand slot; null if a register is there.</summary>
    public ulong? ValueOf(int slot) => slot >= Step.ConstantsAt ? _constants[slot - Step.ConstantsAt] : null;

    /// <summary>The operand slot of a constant.</summary>
    public int Constant(ulong value)
    {
        if (!_slots.TryGetValue(value, out var slot))
        {
            _slots[value] = slot = Step.ConstantsAt + _constants.Count;
            _constants.Add(value);
        }

        return slot;
    }

    /// <summary>The next row is the same with a source register: arithmetic with two operands, conditional
    /// jumps.</summary>
    public static bool IsImmediateOfPair(Op op) =>
        (op.IsArithmetic() || op.IsConditionalJump())
        && OpcodeTable.Row(op) is { Immediate.Use: FieldUse.Number, Source.Use: FieldUse.Fixed } row
        && row.Name.EndsWith("Imm", StringComparison.Ordinal);

    private Step Translate(int index, Op op, in Instruction slot)
    {
        var step = new Step
        {
            Destination = slot.Destination,
            Left = op.IsLoad() ? (byte)Step.Zero : slot.Destination,
            Source = slot.Source,
            Target = slot.Immediate,
        };
        if (op.IsLoad() || op.IsStore() || op.IsAtomic())
        {
            var region = unit.Regions[index];
            var (at, _) = AccessWindow.Locate(unit.Machine, unit, region);
            step.Window = AccessWindow.OffsetOf(region, op.AccessBytes());
            step.Offset = slot.Offset - ((int)BpfArena.VirtualBase + at);
        }

        if (op.IsJump())
        {
            var target = unit.Program.Target(index);
            (step.Target, step.Cost) = (Distance(target - index), unit.Shape.JumpCost(index));
        }
        else if (op == Op.CallLocal)
        {
            var target = unit.Program.Target(index);
            (step.Target, step.Cost, step.Source) = (target, unit.Shape.CallCost(target), Step.Zero);
        }

        (op, step.Source) = WithoutImmediate(index, op, slot, step.Source);
        (step.Code, step.Second) = (CodeOf(op), (int)op);
        return step;
    }

    /// <summary>Bytes between steps.</summary>
    public static int Distance(int steps) => steps * Unsafe.SizeOf<Step>();

    // Immediates become constants. What a low half and a positive constant make is what the whole register makes.
    private (Op Op, int Source) WithoutImmediate(int index, Op op, in Instruction slot, int source) => op switch
    {
        Op.And32Imm => (Op.And64Reg, Constant((uint)slot.Immediate)),
        Op.Mov32Imm => (Op.Mov64Reg, Constant((uint)slot.Immediate)),
        Op.Jset32Imm => (Op.Jset64Reg, Constant((uint)slot.Immediate)),
        >= Op.Store8Imm and <= Op.Store64Imm => (op - Op.Store8Imm + Op.Store8Reg, Constant((ulong)slot.Immediate)),
        _ when op.IsWide() => (Op.Mov64Reg, Constant(unit.WideImmediate(index))),
        _ when IsImmediateOfPair(op) => (op + 1, Constant((ulong)slot.Immediate)),
        _ => (op, source),
    };

#pragma warning disable format // a table
    /// <summary>The case for a row without an immediate.</summary>
    public static StepCode CodeOf(Op op) => op switch
    {
        Op.Add64Reg => StepCode.Add64, Op.Add32Reg => StepCode.Add32,
        Op.Sub64Reg => StepCode.Sub64, Op.Sub32Reg => StepCode.Sub32,
        Op.Mul64Reg => StepCode.Mul64, Op.Mul32Reg => StepCode.Mul32,
        Op.Or64Reg => StepCode.Or64, Op.Or32Reg => StepCode.Or32,
        Op.And64Reg => StepCode.And64, Op.And32Reg => StepCode.And32,
        Op.Xor64Reg => StepCode.Xor64, Op.Xor32Reg => StepCode.Xor32,
        Op.Lsh64Reg => StepCode.Lsh64, Op.Lsh32Reg => StepCode.Lsh32,
        Op.Rsh64Reg => StepCode.Rsh64, Op.Rsh32Reg => StepCode.Rsh32,
        Op.Arsh64Reg => StepCode.Arsh64, Op.Arsh32Reg => StepCode.Arsh32,
        Op.Mov64Reg => StepCode.Mov64, Op.Mov32Reg => StepCode.Mov32,
        >= Op.Load8 and <= Op.Load64 => StepCode.Load8 + (byte)(op - Op.Load8),
        >= Op.Store8Reg and <= Op.Store64Reg => StepCode.Store8 + (byte)(op - Op.Store8Reg),
        Op.Ja or Op.JaLong => StepCode.Jump,
        Op.Jeq64Reg => StepCode.Jeq64, Op.Jne64Reg => StepCode.Jne64,
        Op.Jgt64Reg => StepCode.Jgt64, Op.Jge64Reg => StepCode.Jge64,
        Op.Jlt64Reg => StepCode.Jlt64, Op.Jle64Reg => StepCode.Jle64,
        Op.Jeq32Reg => StepCode.Jeq32, Op.Jne32Reg => StepCode.Jne32,
        Op.Jgt32Reg => StepCode.Jgt32, Op.Jge32Reg => StepCode.Jge32,
        Op.Jlt32Reg => StepCode.Jlt32, Op.Jle32Reg => StepCode.Jle32,
        Op.Jset64Reg => StepCode.Jset64,
        _ => StepCode.Rare,
    };
#pragma warning restore format
}
