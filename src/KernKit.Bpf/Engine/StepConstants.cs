using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>The steps of a program with constants in place of the registers that hold them, and which moves of
/// constants nobody needs any more.</summary>
/// <remarks>
/// eBPF has no instruction with a 64-bit constant but the one that loads it: compilers load one into a register, use it
/// once, and load the next. Within a block, what uses such a register uses the constant's operand slot; a load whose
/// register is written again in the block before anything else reads it does nothing, since a run stops at jumps and
/// calls only.
/// </remarks>
internal sealed class StepConstants
{
    private readonly BpfProgram _program;
    private readonly ProgramShape _shape;
    private readonly Step[] _steps;
    private readonly bool[] _needless;

    /// <summary>Finds the constants.</summary>
    public StepConstants(ProgramUnit unit, Step[] plain)
    {
        (_program, _shape, _steps) = (unit.Program, unit.Shape, (Step[])plain.Clone());
        _needless = new bool[plain.Length];
        UseConstants();
        FindNeedless();
    }

    /// <summary>The step of a slot.</summary>
    public Step this[int slot] => _steps[slot];

    /// <summary>Whether a slot's step may be left out.</summary>
    public bool IsNeedless(int slot) => _needless[slot];

    private static bool IsConstantMove(in Step step) => step.Code == StepCode.Mov64 && step.Source >= Step.ConstantsAt;

    // Destination and left operand are registers always; the source may be a constant where it is a number.
    private static bool TakesConstant(StepCode code) => code is <= StepCode.Mov64
        or (>= StepCode.Store8 and <= StepCode.Store64) or (>= StepCode.Jeq64 and <= StepCode.Jset64);

    private void UseConstants()
    {
        Span<int> constants = stackalloc int[Step.Zero];
        for (var slot = 0; slot < _steps.Length; slot++)
        {
            var op = _program.Ops[slot];
            if (op == BpfProgram.SecondHalf)
            {
                continue;
            }

            if (_shape.IsLeader(slot) || op is Op.CallHelper or Op.CallLocal or Op.CallReg)
            {
                constants.Clear();
            }

            ref var step = ref _steps[slot];
            if (TakesConstant(step.Code) && step.Source < Step.Zero && constants[step.Source] != 0)
            {
                step.Source = constants[step.Source];
            }

            if (op.WrittenRegister(_program.Instructions[slot]) is >= 0 and < Step.Zero and var written)
            {
                constants[written] = IsConstantMove(step) ? step.Source : 0;
            }

            if (op.IsPacket())
            {
                constants[0] = 0;
            }
        }
    }

    // Backwards: the registers that are written before they are read, as bits.
    private void FindNeedless()
    {
        var free = 0;
        for (var slot = _steps.Length - 1; slot >= 0; slot--)
        {
            var op = _program.Ops[slot];
            if (op == BpfProgram.SecondHalf)
            {
                continue;
            }

            ref var step = ref _steps[slot];
            if (op.IsJump() || step.Code == StepCode.Rare)
            {
                free = 0;
            }
            else
            {
                _needless[slot] = IsConstantMove(step) && (free & (1 << step.Destination)) != 0;
                free = _needless[slot] ? free : (free | Written(op, slot)) & ~Read(step);
            }

            free = _shape.IsLeader(slot) ? 0 : free;
        }
    }

    private int Written(Op op, int slot) =>
        op.WrittenRegister(_program.Instructions[slot]) is >= 0 and var register ? 1 << register : 0;

    private static int Read(in Step step)
    {
        static int Bit(int operand) => operand < Step.Zero ? 1 << operand : 0;
        return step.Code switch
        {
            StepCode.Mov64 or StepCode.Mov32 => Bit(step.Source),
            >= StepCode.Store8 and <= StepCode.Store64 => Bit(step.Source) | Bit(step.Destination),
            _ => Bit(step.Source) | Bit(step.Left),
        };
    }
}
