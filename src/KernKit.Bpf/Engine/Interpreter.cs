using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;
using static KernKit.Bpf.Engine.StepCode;

namespace KernKit.Bpf.Engine;

/// <summary>Executes steps.</summary>
/// <remarks>
/// One switch over dense numbers, one line a case. Everything a run needs between two steps is in the machine or in
/// few locals, so a run stops and goes on at any step (<see cref="BpfMachine.Resume"/>). What lives across a call is
/// kept in memory by .NET's compiler: behind a call the step is found again from the next one's address. Two designs
/// were tried and dropped: steps of varying length (the next step's address then waits for a load), and fused steps
/// that read their operands from the steps behind them (twice the loads).
/// </remarks>
internal static class Interpreter
{
    // One line a case.
#pragma warning disable format
    /// <summary>Goes on at the machine's next step until the program exits or stops.</summary>
    /// <remarks>Compiled once and for all: what .NET learns of the first programs lays the code out for them, and makes
    /// others up to three times slower (bench/bpf).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SuppressMessage("Style", "IDE0010", Justification = "rare")]
    public static unsafe void Run(BpfMachine machine, ProgramUnit unit, StepList code)
    {
        // SAFETY: arrays are pinned, targets and registers proved by the decoder, accesses compared. One thread.
        var steps = (Step*)Unsafe.AsPointer(ref code.Steps[0]);
        var r = (ulong*)Unsafe.AsPointer(ref unit.Operands[0]);
        var w = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
        byte* m; var fuel = machine.FuelLeft; var pc = steps + machine.NextStep;
        while (true)
        {
            var p = pc++; var d = r + p->Destination; var s = r[p->Source];
            switch (p->Code)
            {
                case Add64: *d = r[p->Left] + s; continue; case Add32: *d = (uint)(r[p->Left] + s); continue;
                case Sub64: *d = r[p->Left] - s; continue; case Sub32: *d = (uint)(r[p->Left] - s); continue;
                case Mul64: *d = r[p->Left] * s; continue; case Mul32: *d = (uint)(r[p->Left] * s); continue;
                case Or64: *d = r[p->Left] | s; continue; case Or32: *d = (uint)(r[p->Left] | s); continue;
                case And64: *d = r[p->Left] & s; continue; case And32: *d = (uint)(r[p->Left] & s); continue;
                case Xor64: *d = r[p->Left] ^ s; continue; case Xor32: *d = (uint)(r[p->Left] ^ s); continue;
                case Lsh64: *d = r[p->Left] << (int)s; continue; case Lsh32: *d = (uint)r[p->Left] << (int)s; continue;
                case Rsh64: *d = r[p->Left] >> (int)s; continue; case Rsh32: *d = (uint)r[p->Left] >> (int)s; continue;
                case Arsh64: *d = (ulong)((long)r[p->Left] >> (int)s); continue;
                case Arsh32: *d = (uint)((int)r[p->Left] >> (int)s); continue;
                case Mov64: *d = s; continue; case Mov32: *d = (uint)s; continue; case Jump: break;
                case Move2: *d = s; r[p->Left] = r[p->Second]; continue;
                case Add2: *d += s; r[p->Left] += r[p->Second]; continue;
                case ShiftOr32: *d = (uint)(((uint)r[p->Left] << (int)s) | r[p->Second]); continue;
                case Load8: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *m; continue;
                case Load16: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ushort*)m; continue;
                case Load32: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(uint*)m; continue;
                case Load64: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ulong*)m; continue;
                case LoadBig16:
                    if (Out(w, p, s, out m)) { goto Bad; } *d = ((uint)*m << 8) | m[1]; r[p->Left] = m[1]; continue;
                case Store8: if (Out(w, p, *d, out m)) { goto Bad; } *m = (byte)s; continue;
                case Store16: if (Out(w, p, *d, out m)) { goto Bad; } *(ushort*)m = (ushort)s; continue;
                case Store32: if (Out(w, p, *d, out m)) { goto Bad; } *(uint*)m = (uint)s; continue;
                case Store64: if (Out(w, p, *d, out m)) { goto Bad; } *(ulong*)m = s; continue;
                case Jeq64: if (*d == s) { break; } continue; case Jne64: if (*d != s) { break; } continue;
                case Jgt64: if (*d > s) { break; } continue; case Jge64: if (*d >= s) { break; } continue;
                case Jlt64: if (*d < s) { break; } continue; case Jle64: if (*d <= s) { break; } continue;
                case Jset64: if ((*d & s) != 0) { break; } continue;
                case Jeq32: if ((uint)*d == (uint)s) { break; } continue;
                case Jne32: if ((uint)*d != (uint)s) { break; } continue;
                case Jgt32: if ((uint)*d > (uint)s) { break; } continue;
                case Jge32: if ((uint)*d >= (uint)s) { break; } continue;
                case Jlt32: if ((uint)*d < (uint)s) { break; } continue;
                case Jle32: if ((uint)*d <= (uint)s) { break; } continue;
                case AddJeq: *d += s; goto Equal; case AddJne: *d += s; goto Differ;
                case AddJlt: if ((*d += s) < r[p->Second]) { break; } continue;
                case AndJeq: *d = r[p->Left] & s; goto Equal; case AndJne: *d = r[p->Left] & s; goto Differ;
                case Load8Jeq: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *m; goto Equal;
                case Load8Jne: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *m; goto Differ;
                case Load16Jeq: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ushort*)m; goto Equal;
                case Load16Jne: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ushort*)m; goto Differ;
                case Load32Jeq: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(uint*)m; goto Equal;
                case Load32Jne: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(uint*)m; goto Differ;
                case Load64Jeq: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ulong*)m; goto Equal;
                case Load64Jne: if (Out(w, p, s + r[p->Left], out m)) { goto Bad; } *d = *(ulong*)m; goto Differ;
                default:
                    machine.FuelLeft = fuel;
                    if (Rare(machine, code, pc - 1, (int)(pc - 1 - steps)) is var next && next < 0) { return; }
                    fuel = machine.FuelLeft; pc = steps + next; continue;
                Equal: if (*d == r[p->Second]) { break; } continue; Differ: if (*d != r[p->Second]) { break; } continue;
            }

            if ((fuel -= p->Cost) >= 0) { pc = (Step*)((byte*)p + p->Target); continue; }
            if ((fuel = machine.Pay(fuel, code, (int)(pc - 1 - steps))) < 0) { return; } pc = Taken(pc - 1); continue;
        Bad: machine.FuelLeft = fuel; FailAccess(machine, code, FaultKind.Memory, (int)(pc - 1 - steps)); return;
        }
    }
#pragma warning restore format

    // SAFETY: the caller's step is a jump, whose target the decoder proved.
    private static unsafe Step* Taken(Step* jump) => (Step*)((byte*)jump + jump->Target);

    // The one check of memory: the offset in a step is less the region's address, so anything outside is large,
    // unsigned.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: 30 % of the interpreter's time on loads
    private static unsafe bool Out(AccessWindow* windows, Step* step, ulong register, out byte* place)
    {
        // SAFETY: reads the caller's step and window; the caller touches the place only when this is false.
        var window = (AccessWindow*)((byte*)windows + step->Window);
        var offset = register + (ulong)(long)step->Offset;
        place = (byte*)window->Place + offset;
        return offset >= window->Offsets;
    }

    private static int FailAccess(BpfMachine machine, StepList code, FaultKind kind, int index)
    {
        var unit = machine.RunningUnit;
        var (step, r) = (code.Steps[index], unit.Operands);
        if (step.Code == LoadBig16)
        {
            // One of its two accesses is outside; alone each says which.
            machine.NextStep = code.FirstSlots[index];
            Run(machine, unit, unit.PlainSteps);
            return -1;
        }

        var isLoad = step.Code is >= Load8 and <= Load64 or (>= Load8Jeq and <= Load64Jne)
            || (step.Code == StepCode.Rare && ((Op)step.Second).IsLoad());
        var (at, _) = AccessWindow.Locate(machine, unit, AccessWindow.RegionOf(step.Window));
        var register = isLoad ? r[step.Source] + r[step.Left] : r[step.Destination];
        return machine.Fail(kind, code.AccessSlot(unit.Program, index),
            register + (ulong)(step.Offset + (long)BpfArena.VirtualBase + at));
    }

    // Everything that is not worth a case of the switch above. The result is the next step, or -1 to stop.
    private static unsafe int Rare(BpfMachine machine, StepList code, Step* p, int index)
    {
        // SAFETY: p points into the machine's pinned arrays, as the caller proved; memory is reached as in Run.
        var r = (ulong*)Unsafe.AsPointer(ref machine.RunningUnit.Operands[0]);
        var op = (Op)p->Second;
        var d = r + p->Destination;
        var s = r[p->Source];
        if (op.IsArithmetic())
        {
            *d = Alu.Evaluate(op, *d, s);
            return index + 1;
        }

        if (op.IsConditionalJump())
        {
            var taken = op <= Op.Jsle32Reg ? Jump32(op, (uint)*d, (uint)s) : Jump64(op, *d, s);
            return taken ? TakenJump(machine, code, p, index) : index + 1;
        }

        var operands = machine.RunningUnit.Operands;
        var slot = code.LastSlot(index);
        return op switch
        {
            _ when op.IsLoad() => LoadSigned(machine, code, op, p, d, index),
            _ when op.IsAtomic() => Atomic(machine, code, op, p, *d, s, index),
            _ when op.IsPacket() => machine.LoadPacket(op, p->Target, s, out operands[0]) ? index + 1 : -1,
            Op.CallHelper => machine.CallHelper(p->Target, slot) ? index + 1 : -1,
            Op.CallLocal => machine.Enter(p->Target, p->Cost, slot, index),
            Op.CallReg => machine.CallRegister(*d, code, index),
            _ => machine.Leave(),
        };
    }

    private static unsafe int TakenJump(BpfMachine machine, StepList code, Step* p, int index)
    {
        // SAFETY: reads the step that the caller runs.
        var fuel = machine.FuelLeft - p->Cost;
        if (fuel < 0 && (fuel = machine.Pay(fuel, code, index)) < 0)
        {
            return -1;
        }

        machine.FuelLeft = fuel;
        return index + (p->Target / sizeof(Step));
    }

    private static bool Jump32(Op op, uint a, uint b) => op switch
    {
        Op.Jset32Reg => (a & b) != 0,
        Op.Jsgt32Reg => (int)a > (int)b,
        Op.Jsge32Reg => (int)a >= (int)b,
        Op.Jslt32Reg => (int)a < (int)b,
        _ => (int)a <= (int)b,
    };

    private static bool Jump64(Op op, ulong a, ulong b) => op switch
    {
        Op.Jsgt64Reg => (long)a > (long)b,
        Op.Jsge64Reg => (long)a >= (long)b,
        Op.Jslt64Reg => (long)a < (long)b,
        _ => (long)a <= (long)b,
    };

    private static unsafe int LoadSigned(BpfMachine machine, StepList code, Op op, Step* p, ulong* d, int index)
    {
        // SAFETY: as in Run: d is a register, and the place is touched only inside of its window.
        var windows = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
        if (Out(windows, p, machine.RunningUnit.Operands[p->Source], out var place))
        {
            return FailAccess(machine, code, FaultKind.Memory, index);
        }

        *d = op switch
        {
            Op.LoadSx8 => (ulong)*(sbyte*)place,
            Op.LoadSx16 => (ulong)*(short*)place,
            _ => (ulong)*(int*)place,
        };
        return index + 1;
    }

    private static unsafe int Atomic(BpfMachine machine, StepList code, Op op, Step* p, ulong d, ulong s, int index)
    {
        // SAFETY: as in Run; the machine's arrays are pinned.
        var windows = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
        if (Out(windows, p, d, out var place))
        {
            return FailAccess(machine, code, FaultKind.Memory, index);
        }

        if (((nuint)place & (uint)(op.AccessBytes() - 1)) != 0)
        {
            return FailAccess(machine, code, FaultKind.Misaligned, index);
        }

        var registers = machine.RunningUnit.Operands;
        var old = AtomicOps.Execute(op, ref *place, s, registers[0]);
        if (op is Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64)
        {
            registers[0] = old;
        }
        else if (op.IsFetch())
        {
            registers[p->Source] = old;
        }

        return index + 1;
    }
}
