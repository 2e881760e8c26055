using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Engine;

/// <summary>Executes steps.</summary>
/// <remarks>
/// One switch over dense numbers, one line a case. Everything a run needs between two steps is in the machine or in
/// four locals, so a run stops and goes on at any step (<see cref="BpfMachine.Resume"/>).
/// </remarks>
internal static class Interpreter
{
    /// <summary>Goes on at the machine's next step until the program exits or stops.</summary>
    [SuppressMessage("Style", "IDE0010", Justification = "Immediate rows were turned into register rows before.")]
    public static void Run(BpfMachine machine)
    {
        unsafe
        {
            // SAFETY: all three arrays are pinned and referenced by the machine; the decoder proved that targets and
            // registers are inside; every access of memory is compared with the limit. One thread runs a machine.
            var steps = (Step*)Unsafe.AsPointer(ref machine.Steps[0]);
            var r = (ulong*)Unsafe.AsPointer(ref machine.Operands[0]);
            var memory = (byte*)Unsafe.AsPointer(ref machine.Memory[0]);
            ulong limit = machine.Limit, a;
            var fuel = machine.Fuel;
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
                    case Op.Arsh32Reg: *d = (uint)((int)*d >> (int)s); continue;
                    case Op.Ja: goto Jump;
                    case Op.Jeq64Reg: if (*d == s) { goto Jump; } continue;
                    case Op.Jne64Reg: if (*d != s) { goto Jump; } continue;
                    case Op.Jgt64Reg: if (*d > s) { goto Jump; } continue;
                    case Op.Jge64Reg: if (*d >= s) { goto Jump; } continue;
                    case Op.Jlt64Reg: if (*d < s) { goto Jump; } continue;
                    case Op.Jle64Reg: if (*d <= s) { goto Jump; } continue;
                    case Op.Jset64Reg: if ((*d & s) != 0) { goto Jump; } continue;
                    case Op.Jsgt64Reg: if ((long)*d > (long)s) { goto Jump; } continue;
                    case Op.Jsge64Reg: if ((long)*d >= (long)s) { goto Jump; } continue;
                    case Op.Jslt64Reg: if ((long)*d < (long)s) { goto Jump; } continue;
                    case Op.Jsle64Reg: if ((long)*d <= (long)s) { goto Jump; } continue;
                    case Op.Load8: if (Out(s, p, limit, 1, out a)) { goto Bad; } *d = memory[a]; continue;
                    case Op.Load16: if (Out(s, p, limit, 2, out a)) { goto Bad; } *d = *(ushort*)(memory + a); continue;
                    case Op.Load32: if (Out(s, p, limit, 4, out a)) { goto Bad; } *d = *(uint*)(memory + a); continue;
                    case Op.Load64: if (Out(s, p, limit, 8, out a)) { goto Bad; } *d = *(ulong*)(memory + a); continue;
                    case Op.Store8Reg: if (Out(*d, p, limit, 1, out a)) { goto Bad; } memory[a] = (byte)s; continue;
                    case Op.Store16Reg: if (Out(*d, p, limit, 2, out a)) { goto Bad; } *(ushort*)(memory + a) = (ushort)s; continue;
                    case Op.Store32Reg: if (Out(*d, p, limit, 4, out a)) { goto Bad; } *(uint*)(memory + a) = (uint)s; continue;
                    case Op.Store64Reg: if (Out(*d, p, limit, 8, out a)) { goto Bad; } *(ulong*)(memory + a) = s; continue;
                    default:
                        var next = Rare(machine, p, d, s, (int)(p - steps), ref fuel);
                        if (next < 0) { return; }
                        pc = steps + next;
                        continue;
                }

            Jump:
                if (fuel < p->Offset && !machine.TryRenew(ref fuel, p->Offset, (int)(p - steps))) { return; }
                fuel -= p->Offset;
                pc = steps + p->Target;
                continue;
            Bad:
                machine.Fuel = fuel;
                machine.Fail(FaultKind.Memory, (int)(p - steps), a + BpfArena.VirtualBase);
                return;
            }
        }
    }

    // The one check of memory: the offset in a step is less the arena's base, so anything outside is large, unsigned.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: 30 % of the interpreter's time on loads
    private static unsafe bool Out(ulong register, Step* step, ulong limit, uint size, out ulong offset)
    {
        // SAFETY: reads the step that the caller runs; the caller touches memory only when this is false.
        offset = register + (ulong)(long)step->Offset;
        return offset > limit - size;
    }

    // Everything that is not worth a case of the switch above. The result is the next step, or -1 to stop.
    private static unsafe int Rare(BpfMachine machine, Step* p, ulong* d, ulong s, int index, ref long fuel)
    {
        // SAFETY: p, d point into the machine's pinned arrays, as the caller proved; memory is reached through spans.
        var op = (Op)p->Code;
        if (op.IsArithmetic())
        {
            *d = Alu.Evaluate(op, *d, s);
            return index + 1;
        }

        if (op.IsConditionalJump())
        {
            return Jump32(op, (uint)*d, (uint)s) ? TakenJump(machine, p, index, ref fuel) : index + 1;
        }

        machine.Fuel = fuel;
        var next = op switch
        {
            _ when op.IsLoad() => LoadSigned(machine, op, p, d, s, index),
            _ when op.IsAtomic() => Atomic(machine, op, p, *d, s, index),
            _ when op.IsPacket() => machine.LoadPacket(op, p->Target, s, out machine.Operands[0]) ? index + 1 : -1,
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

    private static unsafe int LoadSigned(BpfMachine machine, Op op, Step* p, ulong* d, ulong s, int index)
    {
        var size = op.AccessBytes();
        if (Out(s, p, machine.Limit, (uint)size, out var at))
        {
            return machine.Fail(FaultKind.Memory, index, at + BpfArena.VirtualBase);
        }

        // SAFETY: d points at an operand slot of the machine; the place in memory was compared with the limit above.
        ref var place = ref machine.Memory[(int)at];
        *d = size switch
        {
            1 => (ulong)(sbyte)place,
            2 => (ulong)Unsafe.ReadUnaligned<short>(ref place),
            _ => (ulong)Unsafe.ReadUnaligned<int>(ref place),
        };
        return index + 1;
    }

    private static unsafe int Atomic(BpfMachine machine, Op op, Step* p, ulong d, ulong s, int index)
    {
        // SAFETY: reads the step; memory is reached through the array's own bounds check and the machine's limit.
        var size = (uint)op.AccessBytes();
        if (Out(d, p, machine.Limit, size, out var at) || (at & (size - 1)) != 0)
        {
            var kind = at > machine.Limit - size ? FaultKind.Memory : FaultKind.Misaligned;
            return machine.Fail(kind, index, at + BpfArena.VirtualBase);
        }

        var old = AtomicOps.Execute(op, ref machine.Memory[(int)at], s, machine.Operands[0]);
        if (op is Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64)
        {
            machine.Operands[0] = old;
        }
        else if (op.IsFetch())
        {
            machine.Operands[p->Source] = old;
        }

        return index + 1;
    }
}
