using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>A program made ready for one machine: its steps, its constants and, once compiled, its code.</summary>
/// <remarks>A machine has one for its program and one for each program that tail calls have led to.</remarks>
internal sealed class ProgramUnit
{
    private readonly int _contextBytesMin;
    private readonly int _contextBytesMax;

    public ProgramUnit(BpfMachine machine, BpfProgram program, ProgramFacts? facts, AheadProgram? ahead)
    {
        (Machine, Program, Facts) = (machine, program, facts);
        Shape = new ProgramShape(program, machine.AreBoundedLoopsFree ? facts : null);
        Regions = Provenance.Analyze(Shape);
        var builder = new StepBuilder(this);
        Plain = builder.Build();
        Code = new StepFuser(this, builder, Plain).Fuse();
        Operands = GC.AllocateArray<ulong>(Step.ConstantsAt + builder.Constants.Count, pinned: true);
        builder.Constants.CopyTo(Operands, Step.ConstantsAt);
        RunsBeforeCompiling = machine.RunsBeforeCompiling;
        (_contextBytesMin, _contextBytesMax) = (facts?.ContextBytesMin ?? 0, facts?.ContextBytesMax ?? int.MaxValue);
        if (ahead is { Entry: var entry })
        {
            (_contextBytesMin, _contextBytesMax) = (ahead.ContextBytesMin, ahead.ContextBytesMax);
            Compiled = (memory, r1, r2) => entry(machine, memory, r1, r2, 0, 0, 0, machine.StackTop);
        }
    }

    public BpfMachine Machine { get; }

    public BpfProgram Program { get; }

    /// <summary>What the verifier proved; null for nothing.</summary>
    public ProgramFacts? Facts { get; }

    public ProgramShape Shape { get; }

    /// <summary>For the slot of each access its region.</summary>
    public Region[] Regions { get; }

    /// <summary>What the interpreter runs.</summary>
    public StepList Code { get; }

    /// <summary>One step for each slot.</summary>
    public Step[] Plain { get; }

    /// <summary>What the interpreter runs from a slot inside of a fused step, to find out where it faults.</summary>
    public StepList PlainSteps => field ??= StepList.Plain(Plain);

    /// <summary>Registers 0 to 10, then constants: see <see cref="Step"/>.</summary>
    public ulong[] Operands { get; }

    /// <summary>The host's address of <see cref="Operands"/>, which are pinned.</summary>
    public nint OperandsAddress
    {
        get
        {
            unsafe
            {
                // SAFETY: pinned for life; who uses the address keeps the machine, which keeps this.
                return (nint)Unsafe.AsPointer(ref Operands[0]);
            }
        }
    }

    /// <summary>The code; null before the unit is compiled.</summary>
    public CompiledEntry? Compiled { get; private set; }

    /// <summary>Whether what was proved holds for a context of a length; else the unit is interpreted.</summary>
    public bool Suits(int contextLength) =>
        _contextBytesMin <= contextLength && contextLength <= _contextBytesMax;

    /// <summary>Interpreted runs that are left before it is compiled.</summary>
    public int RunsBeforeCompiling { get; set; }

    /// <summary>Functions that were cut into slices, by their first slot.</summary>
    public Dictionary<int, SlicedFunction> SlicedFunctions { get; } = [];

    /// <summary>What a 64-bit immediate loads.</summary>
    /// <exception cref="BpfFormatException">A map, function or variable that does not exist.</exception>
    public ulong WideImmediate(int index)
    {
        var (slot, op) = (Program.Instructions[index], Program.Ops[index]);
        switch (op)
        {
            case Op.LoadImm64:
                return Program.Wide(index);
            case Op.LoadCode:
                var target = Shape.CodeTarget(index);
                return target >= 0 ? BpfMachine.CodeBase + (ulong)target
                    : throw Wrong(index, $"address of a function {slot.Immediate} slots away, which is no instruction");
            case Op.LoadMapFd or Op.LoadMapIndex:
                return MapOf(index, slot.Immediate).Handle;
            case Op.LoadMapFdValue or Op.LoadMapIndexValue:
                var map = MapOf(index, slot.Immediate);
                var offset = Program.Instructions[index + 1].Immediate;
                return map.Definition.Kind == MapKind.Array && (uint)offset < (ulong)map.ValueAreaBytes
                    ? BpfArena.VirtualBase + (ulong)(map.ValuesAt + (uint)offset)
                    : throw Wrong(index, $"byte {(uint)offset} of the values of map '{map.Definition.Name}', which has "
                        + $"{map.ValueAreaBytes} bytes of them; the map must be an array");
            default:
                throw Wrong(index, "address of a variable of the host, which this machine does not have");
        }
    }

    /// <summary>Compiles the unit, if it is not.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Not reached where code cannot be generated.")]
    public void Compile() => Compiled ??= new Compiler(this).Compile();

    private BpfMap MapOf(int index, int number) => (uint)number < (uint)Machine.Maps.Count
        ? Machine.Maps[number]
        : throw Wrong(index, $"map {number} does not exist; the machine has {Machine.Maps.Count}");

    private static BpfFormatException Wrong(int index, string what) => new($"instruction {index}: {what}", index);
}
