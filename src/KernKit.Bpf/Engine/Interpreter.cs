using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Executes steps.</summary>
/// <remarks>
/// One switch over dense numbers, one line a case. Everything a run needs between two steps is in the machine or in
/// few locals, so a run stops and goes on at any step (<see cref="BpfMachine.Resume"/>).
/// </remarks>
internal static class Interpreter
{
    /// <summary>Goes on at the machine's next step until the program exits or stops.</summary>
    [SuppressMessage("Style", "IDE0010", Justification = "Immediate rows were turned into register rows before.")]
    public static void Run(BpfMachine machine, ProgramUnit unit)
    {
        unsafe
        {
            // SAFETY: arrays are pinned, targets and registers proved by the decoder, accesses compared. One thread.
            var steps = (Step*)Unsafe.AsPointer(ref unit.Steps[0]);
            var r = (ulong*)Unsafe.AsPointer(ref unit.Operands[0]);
            var w = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
            byte* m; var fuel = machine.Fuel;
            var pc = steps + machine.NextStep;
            while (true)
            {
                var p = pc++;
                var d = r + p->Destination;
                var s = r[p->Source];
                switch ((Op)p->Code)
                {
                    case Op.Add64Reg: *d += s; continue; case Op.Add32Reg: *d = (uint)(*d + s); continue;
                    case Op.Sub64Reg: *d -= s; continue; case Op.Sub32Reg: *d = (uint)(*d - s); continue;
                    case Op.Mul64Reg: *d *= s; continue; case Op.Mul32Reg: *d = (uint)*d * (uint)s; continue;
                    case Op.Or64Reg: *d |= s; continue; case Op.Or32Reg: *d = (uint)(*d | s); continue;
                    case Op.And64Reg: *d &= s; continue; case Op.And32Reg: *d = (uint)(*d & s); continue;
                    case Op.Xor64Reg: *d ^= s; continue; case Op.Xor32Reg: *d = (uint)(*d ^ s); continue;
                    case Op.Mov64Reg: *d = s; continue; case Op.Mov32Reg: *d = (uint)s; continue;
                    case Op.Lsh64Reg: *d <<= (int)s; continue; case Op.Lsh32Reg: *d = (uint)*d << (int)s; continue;
                    case Op.Rsh64Reg: *d >>= (int)s; continue; case Op.Rsh32Reg: *d = (uint)*d >> (int)s; continue;
                    case Op.Arsh64Reg: *(long*)d >>= (int)s; continue;
                    case (Op)Step.MoveWide: *d = s; pc++; continue; case Op.Ja: goto Jump;
                    case Op.Jeq64Reg: if (*d == s) { goto Jump; } continue;
                    case Op.Jne64Reg: if (*d != s) { goto Jump; } continue;
                    case Op.Jgt64Reg: if (*d > s) { goto Jump; } continue;
                    case Op.Jlt64Reg: if (*d < s) { goto Jump; } continue;
                    case Op.Jeq32Reg: if ((uint)*d == (uint)s) { goto Jump; } continue;
                    case Op.Jne32Reg: if ((uint)*d != (uint)s) { goto Jump; } continue;
                    case (Op)Step.MoveAdd: *d = s; r[p[1].Destination] += r[p[1].Source]; pc = p + 2; continue;
                    case (Op)Step.ShiftOr: *d = (uint)*d << (int)s; Or32(r, ++p); pc = p + 1; continue;
                    case (Op)Step.AddJump: *d += s; pc = ++p + 1; d = r + p->Destination;
                        if (*d != r[p->Source]) { goto Jump; } continue;
                    case (Op)Step.MoveAddLoad8: p = MoveAdd(r, p); pc = p + 1;
                        if (Out(w, p, r[p->Source], out m)) { goto Bad; } r[p->Destination] = *m; continue;
                    case (Op)Step.MoveAddLoad32: p = MoveAdd(r, p); pc = p + 1;
                        if (Out(w, p, r[p->Source], out m)) { goto Bad; } r[p->Destination] = *(uint*)m; continue;
                    case (Op)Step.MoveAddLoad64: p = MoveAdd(r, p); pc = p + 1;
                        if (Out(w, p, r[p->Source], out m)) { goto Bad; } r[p->Destination] = *(ulong*)m; continue;
                    case Op.Load8: if (Out(w, p, s, out m)) { goto Bad; } *d = *m; continue;
                    case Op.Load16: if (Out(w, p, s, out m)) { goto Bad; } *d = *(ushort*)m; continue;
                    case Op.Load32: if (Out(w, p, s, out m)) { goto Bad; } *d = *(uint*)m; continue;
                    case Op.Load64: if (Out(w, p, s, out m)) { goto Bad; } *d = *(ulong*)m; continue;
                    case Op.Store8Reg: if (Out(w, p, *d, out m)) { goto Bad; } *m = (byte)s; continue;
                    case Op.Store16Reg: if (Out(w, p, *d, out m)) { goto Bad; } *(ushort*)m = (ushort)s; continue;
                    case Op.Store32Reg: if (Out(w, p, *d, out m)) { goto Bad; } *(uint*)m = (uint)s; continue;
                    case Op.Store64Reg: if (Out(w, p, *d, out m)) { goto Bad; } *(ulong*)m = s; continue;
                    default:
                        var next = Rare(machine, p, d, s, (int)(p - steps), ref fuel);
                        if (next < 0) { return; }
                        pc = steps + next; continue;
                }

            Jump:
                if (fuel < p->Offset && !machine.TryRenew(ref fuel, p->Offset, (int)(p - steps))) { return; }
                fuel -= p->Offset;
                pc = steps + p->Target;
                continue;
            Bad:
                machine.Fuel = fuel;
                FailAccess(machine, FaultKind.Memory, (int)(p - steps)); return;
            }
        }
    }

    // The one check of memory: the offset in a step is less the region's address, so anything outside is large,
    // unsigned.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: 30 % of the interpreter's time on loads
    private static unsafe bool Out(AccessWindow* windows, Step* step, ulong register, out byte* place)
    {
        // SAFETY: reads the caller's step and window; the caller touches the place only when this is false.
        var window = (AccessWindow*)((byte*)windows + (step->Window * sizeof(AccessWindow)));
        var offset = register + (ulong)(long)step->Offset;
        place = (byte*)window->Place + offset;
        return offset >= window->Offsets;
    }

    // The first two steps of a fused three; the result is the third.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: as Out
    private static unsafe Step* MoveAdd(ulong* r, Step* p)
    {
        // SAFETY: the steps behind a fused one are those that it was made of.
        r[p->Destination] = r[p->Source];
        r[p[1].Destination] += r[p[1].Source];
        return p + 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: as Out
    private static unsafe void Or32(ulong* r, Step* p)
    {
        // SAFETY: as in MoveAdd.
        var d = r + p->Destination;
        *d = (uint)(*d | r[p->Source]);
    }

    private static int FailAccess(BpfMachine machine, FaultKind kind, int index)
    {
        var unit = machine.RunningUnit;
        var slot = unit.Program.Instructions[index];
        var address = unit.Operands[unit.Program.Ops[index].BaseRegister(slot)] + (ulong)slot.Offset;
        return machine.Fail(kind, index, address);
    }

    // Everything that is not worth a case of the switch above. The result is the next step, or -1 to stop.
    private static unsafe int Rare(BpfMachine machine, Step* p, ulong* d, ulong s, int index, ref long fuel)
    {
        // SAFETY: p, d point into the machine's pinned arrays, as the caller proved; memory is reached as in Run.
        var op = (Op)p->Code;
        if (op.IsArithmetic())
        {
            *d = Alu.Evaluate(op, *d, s);
            return index + 1;
        }

        if (op.IsConditionalJump())
        {
            var taken = op <= Op.Jsle32Reg ? Jump32(op, (uint)*d, (uint)s) : Jump64(op, *d, s);
            return taken ? TakenJump(machine, p, index, ref fuel) : index + 1;
        }

        machine.Fuel = fuel;
        var operands = machine.RunningUnit.Operands;
        var next = op switch
        {
            _ when op.IsLoad() => LoadSigned(machine, op, p, d, s, index),
            _ when op.IsAtomic() => Atomic(machine, op, p, *d, s, index),
            _ when op.IsPacket() => machine.LoadPacket(op, p->Target, s, out operands[0]) ? index + 1 : -1,
            Op.CallHelper => machine.CallHelper(p->Target, index) ? index + 1 : -1,
            Op.CallLocal => machine.Enter(p->Target, p->Offset, index),
            Op.CallReg => machine.CallRegister(*d, index),
            _ => machine.Leave(),
        };
        fuel = machine.Fuel;
        return next;
    }

    private static unsafe int TakenJump(BpfMachine machine, Step* p, int index, ref long fuel)
    {
        // SAFETY: reads the step that the caller runs.
        if (fuel < p->Offset && !machine.TryRenew(ref fuel, p->Offset, index))
        {
            return -1;
        }

        fuel -= p->Offset;
        return p->Target;
    }

    private static bool Jump32(Op op, uint a, uint b) => op switch
    {
        Op.Jeq32Reg => a == b,
        Op.Jne32Reg => a != b,
        Op.Jgt32Reg => a > b,
        Op.Jge32Reg => a >= b,
        Op.Jlt32Reg => a < b,
        Op.Jle32Reg => a <= b,
        Op.Jset32Reg => (a & b) != 0,
        Op.Jsgt32Reg => (int)a > (int)b,
        Op.Jsge32Reg => (int)a >= (int)b,
        Op.Jslt32Reg => (int)a < (int)b,
        _ => (int)a <= (int)b,
    };

    private static bool Jump64(Op op, ulong a, ulong b) => op switch
    {
        Op.Jset64Reg => (a & b) != 0,
        Op.Jge64Reg => a >= b,
        Op.Jle64Reg => a <= b,
        Op.Jsgt64Reg => (long)a > (long)b,
        Op.Jsge64Reg => (long)a >= (long)b,
        Op.Jslt64Reg => (long)a < (long)b,
        _ => (long)a <= (long)b,
    };

    private static unsafe int LoadSigned(BpfMachine machine, Op op, Step* p, ulong* d, ulong s, int index)
    {
        // SAFETY: as in Run: d is a register, and the place is touched only inside of its window.
        var windows = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
        if (Out(windows, p, s, out var place))
        {
            return FailAccess(machine, FaultKind.Memory, index);
        }

        *d = op switch
        {
            Op.LoadSx8 => (ulong)*(sbyte*)place,
            Op.LoadSx16 => (ulong)*(short*)place,
            _ => (ulong)*(int*)place,
        };
        return index + 1;
    }

    private static unsafe int Atomic(BpfMachine machine, Op op, Step* p, ulong d, ulong s, int index)
    {
        // SAFETY: as in Run; the machine's arrays are pinned.
        var windows = (AccessWindow*)Unsafe.AsPointer(ref machine.Windows[0]);
        if (Out(windows, p, d, out var place))
        {
            return FailAccess(machine, FaultKind.Memory, index);
        }

        if (((nuint)place & (uint)(op.AccessBytes() - 1)) != 0)
        {
            return FailAccess(machine, FaultKind.Misaligned, index);
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
