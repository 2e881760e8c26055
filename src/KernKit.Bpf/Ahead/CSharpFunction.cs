using System.Globalization;
using System.Text;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>Writes one function as a method.</summary>
internal sealed class CSharpFunction(
    StringBuilder text, ProgramShape shape, Region[] regions, ProgramFacts? facts, int entry)
{
    private const string Code = "KernKit.Bpf.AheadCode";
    private const ulong Base = BpfArena.VirtualBase;

    private readonly BpfProgram _program = shape.Program;
    private readonly HashSet<int> _targets = [];

    /// <summary>Writes the method.</summary>
    public void Write()
    {
        var slots = shape.Function(entry);
        FindTargets(slots);
        Line($"private static ulong F{entry}(KernKit.Bpf.BpfMachine m, nint memory, ulong r1, ulong r2, ulong r3, "
            + $"ulong r4, ulong r5, ulong r10)");
        Line("{ unchecked {");
        Line("ulong r0 = 0, r6 = 0, r7 = 0, r8 = 0, r9 = 0, t = 0;");
        Line($"long fuel = {Code}.Fuel(m);");
        foreach (var (region, size) in slots.Where(NeedsCheck).Select(i => (regions[i], _program.Ops[i].AccessBytes()))
            .Distinct())
        {
            Line($"ulong w{(int)region}_{size} = {Code}.Window(m, {(int)region}, {size});");
        }

        foreach (var region in slots.Where(NeedsCheck).Select(i => regions[i]).Distinct())
        {
            Line($"ulong a{(int)region} = {Code}.RegionAt(m, {(int)region});");
        }

        if (slots[0] != entry)
        {
            Line($"goto L{entry};");
        }

        foreach (var slot in slots)
        {
            if (_targets.Contains(slot))
            {
                Line($"L{slot}:");
            }

            WriteInstruction(slot, _program.Ops[slot], _program.Instructions[slot]);
            if (Follower(slots, slot) is >= 0 and var follower)
            {
                Line($"goto L{follower};");
            }
        }

        Line("} }");
    }

    // Labels cost the C# compiler time, so only what is jumped to has one.
    private void FindTargets(int[] slots)
    {
        _targets.Add(entry);
        foreach (var slot in slots)
        {
            if (_program.Ops[slot].IsJump())
            {
                _targets.Add(_program.Target(slot));
            }

            if (Follower(slots, slot) is >= 0 and var follower)
            {
                _targets.Add(follower);
            }
        }
    }

    // The slot that control goes on to, if it is not the next of the function's; -1 otherwise.
    private int Follower(int[] slots, int slot)
    {
        var (op, next) = (_program.Ops[slot], slot + (_program.Ops[slot].IsWide() ? 2 : 1));
        if (op == Op.Exit || op.IsJumpAlways())
        {
            return -1;
        }

        var at = Array.BinarySearch(slots, slot) + 1;
        return at < slots.Length && slots[at] == next ? -1 : next;
    }

    private static string R(int register) => $"r{register}";

    private static string Hex(ulong value) => $"0x{value:x}UL";

    private void Line(FormattableString line) =>
        text.Append("    ").Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private void Line(string line) => text.Append("    ").Append(line).Append('\n');

    private bool NeedsCheck(int index)
    {
        var op = _program.Ops[index];
        var slot = _program.Instructions[index];
        return (op.IsLoad() || op.IsStore() || op.IsAtomic()) && facts?.IsAccessProved(index) != true
            && !(op.BaseRegister(slot) == OpTraits.FramePointer && regions[index] == Region.Frame);
    }

    private void WriteInstruction(int index, Op op, in Instruction slot)
    {
        if (op.IsArithmetic())
        {
            Line(CSharpArithmetic.Statement(op, slot) + ";");
            return;
        }

        switch (op)
        {
            case Op.Exit: Line($"{Code}.GiveFuel(m, fuel); return r0;"); break;
            case Op.CallHelper: WriteHelper(index, $"{(uint)slot.Immediate}UL"); break;
            case Op.CallLocal: WriteCall(index, _program.Target(index)); break;
            case Op.CallReg: WriteRegisterCall(index, R(slot.Destination)); break;
            case Op.LoadImm64: Line($"{R(slot.Destination)} = {Hex(_program.Wide(index))};"); break;
            case Op.Ja or Op.JaLong: WriteJump(index); break;
            case var _ when op.IsConditionalJump():
                Line($"if ({CSharpArithmetic.Condition(op, slot)})");
                WriteJump(index);
                break;
            case var _ when op.IsWide(): Line($"{R(slot.Destination)} = {Code}.Wide(m, {index});"); break;
            case var _ when op.IsPacket():
                Line($"{Code}.GiveFuel(m, fuel); r0 = {Code}.LoadPacket(m, {(int)op}, {slot.Immediate}, "
                    + $"{R(slot.Source)});");
                WriteStopTest();
                break;
            default: WriteAccess(index, op, slot); break;
        }
    }

    private void WriteStopTest() => Line($"if ({Code}.IsStopped(m)) return 0;");

    private void WriteJump(int index)
    {
        var (cost, target) = (shape.JumpCost(index), _program.Target(index));
        if (cost == 0)
        {
            Line($"goto L{target};");
            return;
        }

        Line("{");
        WritePayment(index, cost);
        Line($"goto L{target}; }}");
    }

    private void WritePayment(int index, int cost) => Line(
        $"fuel -= {cost}; if (fuel < 0) "
            + $"{{ fuel = {Code}.Pay(m, fuel + {cost}, {cost}, {index}); if ({Code}.IsStopped(m)) return 0; }}");

    private void WriteHelper(int index, string id)
    {
        Line($"{Code}.GiveFuel(m, fuel); r0 = {Code}.CallHelper(m, {id}, {index}, r1, r2, r3, r4, r5);");
        WriteStopTest();
    }

    private void WriteCall(int index, int target)
    {
        Line($"if (r10 < {Code}.Deepest(m))");
        Line($"    return {Code}.Fail(m, fuel, KernKit.Bpf.FaultKind.CallDepth, {index}, r10);");
        if (shape.CallCost(target) is > 0 and var cost)
        {
            WritePayment(index, cost);
        }

        Line($"{Code}.GiveFuel(m, fuel); r0 = F{target}(m, memory, r1, r2, r3, r4, r5, r10 - "
            + $"{BpfMachine.FrameBytes}UL); fuel = {Code}.Fuel(m);");
        WriteStopTest();
    }

    private void WriteRegisterCall(int index, string register)
    {
        foreach (var target in shape.AddressTaken)
        {
            Line($"if ({register} == {Hex(BpfMachine.CodeBase + (ulong)target)}) {{");
            WriteCall(index, target);
            Line("} else");
        }

        Line("{");
        WriteHelper(index, register);
        Line("}");
    }

    private void WriteAccess(int index, Op op, in Instruction slot)
    {
        var (size, register) = (op.AccessBytes(), R(op.BaseRegister(slot)));
        var place = $"{register} + {Hex((ulong)slot.Offset - Base)}";
        if (NeedsCheck(index))
        {
            var region = (int)regions[index];
            Line($"t = {place} - a{region};");
            Line($"if (t >= w{region}_{size}) return {Code}.Fail(m, fuel, KernKit.Bpf.FaultKind.Memory, {index}, t + "
                + $"a{region} + {Hex(Base)});");
            place = $"t + a{region}";
        }

        var type = size switch { 1 => "byte", 2 => "ushort", 4 => "uint", _ => "ulong" };
        if (op.IsLoad())
        {
            var loaded = op switch { Op.LoadSx8 => "sbyte", Op.LoadSx16 => "short", Op.LoadSx32 => "int", _ => type };
            Line($"{R(slot.Destination)} = (ulong){Code}.Load<{loaded}>(memory, {place});");
        }
        else if (op.IsStore())
        {
            var value = op >= Op.Store8Imm ? Hex((ulong)slot.Immediate) : R(slot.Source);
            Line($"{Code}.Store(memory, {place}, ({type}){value});");
        }
        else
        {
            var target = op.WrittenRegister(slot) is >= 0 and var written ? $"{R(written)} = " : "";
            Line($"t = {place};");
            Line($"if ((t & {size - 1}) != 0) return {Code}.Fail(m, fuel, KernKit.Bpf.FaultKind.Misaligned, {index}, "
                + $"t + {Hex(Base)});");
            Line($"{target}{Code}.Atomic({(int)op}, memory, t, {R(slot.Source)}, r0);");
        }
    }
}
