using System.Diagnostics.CodeAnalysis;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <content>What the engines ask of a machine while it runs.</content>
public sealed partial class BpfMachine
{
    /// <summary>Ends the run with a fault.</summary>
    /// <returns>-1: no next step.</returns>
    internal int Fail(FaultKind kind, int index, ulong address)
    {
        _result = new RunResult(RunStatus.Fault, 0, index, kind, address);
        Stopped = 1;
        return -1;
    }

    /// <summary>Asks for fuel until there is as much as an instruction costs.</summary>
    /// <returns>False if the run ends here; <paramref name="index"/> has not been executed.</returns>
    internal bool TryRenew(ref long fuel, long cost, int index)
    {
        while (fuel < cost)
        {
            Fuel = fuel;
            var added = Renewed();
            if (added <= 0)
            {
                _result = new RunResult(RunStatus.OutOfFuel, 0, index);
                (Stopped, NextStep, _suspended) = (1, index, true);
                return false;
            }

            fuel = added > long.MaxValue - Math.Max(0, fuel) ? long.MaxValue : fuel + added;
        }

        Fuel = fuel;
        return true;
    }

    /// <summary>The interpreter lacks fuel for a jump: asks for more, or stops at its step.</summary>
    /// <param name="fuel">What would be left: negative.</param>
    /// <param name="code">The steps.</param>
    /// <param name="step">The step.</param>
    /// <returns>What is left; negative if the run ends here.</returns>
    internal long Pay(long fuel, StepList code, int step)
    {
        ref var jump = ref code.Steps[step];
        fuel += jump.Cost;
        if (TryRenew(ref fuel, jump.Cost, code.LastSlot(step)))
        {
            return fuel - jump.Cost;
        }

        // The run goes on at the step, which then adds again. Other steps may be done twice.
        NextStep = step;
        if (jump.Code is StepCode.AddJeq or StepCode.AddJne or StepCode.AddJlt)
        {
            _unit.Operands[jump.Destination] -= _unit.Operands[jump.Source];
        }

        return -1;
    }

    /// <summary>Calls a helper with the operands' registers 1 to 5.</summary>
    /// <returns>False if the run ends here.</returns>
    internal bool CallHelper(int id, int index)
    {
        var r = _unit.Operands;
        r[0] = CallHelper((ulong)(uint)id, index, r[1], r[2], r[3], r[4], r[5]);
        return Stopped == 0;
    }

    /// <summary>Calls a helper.</summary>
    /// <returns>Register 0; meaningless if <see cref="Stopped"/> is set.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "A helper's exception becomes a fault of the program.")]
    internal ulong CallHelper(
        ulong id, int index, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (id >= (ulong)_helpers.Length || _helpers[id] is not { } helper)
        {
            Fail(FaultKind.UnknownHelper, index, id);
            return 0;
        }

        NextStep = index;
        ulong value;
        try
        {
            value = helper.Function(this, r1, r2, r3, r4, r5);
        }
        catch (Exception)
        {
            Fail(FaultKind.Helper, index, id);
            return 0;
        }

        if (helper.EndsOnZero && value == 0 && Stopped == 0)
        {
            Finish(0);
        }

        return value;
    }

    /// <summary>A call through a register: the address of a function, or the number of a helper.</summary>
    /// <returns>The next step, or -1.</returns>
    internal int CallRegister(ulong value, StepList code, int step)
    {
        var (target, index) = (value - CodeBase, code.LastSlot(step));
        if (target < (ulong)_unit.Program.Length && Array.BinarySearch(_unit.Shape.AddressTaken, (int)target) >= 0)
        {
            return Enter(code.StepOfSlot[(int)target], _unit.Shape.CallCost((int)target), index, step);
        }

        _unit.Operands[0] = CallHelper(value, index, _unit.Operands[1], _unit.Operands[2], _unit.Operands[3],
            _unit.Operands[4], _unit.Operands[5]);
        return Stopped == 0 ? step + 1 : -1;
    }

    /// <summary>A local call: saves registers 1 to 9, which the caller finds unchanged.</summary>
    /// <returns>The function's first step, or -1.</returns>
    internal int Enter(int target, int cost, int index, int step)
    {
        if (_depth + 1 >= FrameCountMax)
        {
            return Fail(FaultKind.CallDepth, index, _unit.Operands[OpTraits.FramePointer]);
        }

        var fuel = Fuel;
        if (fuel < cost && !TryRenew(ref fuel, cost, index))
        {
            NextStep = step;
            return -1;
        }

        Fuel = fuel - cost;
        var frame = _frames.AsSpan(_depth * SavedRegisters, SavedRegisters);
        _unit.Operands.AsSpan(1, 9).CopyTo(frame);
        frame[9] = (ulong)(step + 1);
        _unit.Operands[0] = 0;
        _unit.Operands.AsSpan(6, 4).Clear();
        _unit.Operands[OpTraits.FramePointer] -= FrameBytes;
        _depth++;
        return target;
    }

    /// <summary>An exit: back to the caller, or the end.</summary>
    /// <returns>The step after the call, or -1.</returns>
    internal int Leave()
    {
        if (_depth == 0)
        {
            Finish(_unit.Operands[0]);
            return -1;
        }

        _depth--;
        var frame = _frames.AsSpan(_depth * SavedRegisters, SavedRegisters);
        frame[..9].CopyTo(_unit.Operands.AsSpan(1));
        _unit.Operands[OpTraits.FramePointer] += FrameBytes;
        return (int)frame[9];
    }

    /// <summary>Where in the context the packet of legacy loads begins: behind the structure, where a hook has
    /// one.</summary>
    internal int PacketAt { get; init; }

    /// <summary>A legacy load from the packet; outside of it the program ends with 0.</summary>
    /// <returns>False if the run ends here.</returns>
    internal bool LoadPacket(Op op, int immediate, ulong source, out ulong value)
    {
        var size = op is Op.PacketAbsolute8 or Op.PacketIndirect8
            ? 1 : op is Op.PacketAbsolute16 or Op.PacketIndirect16 ? 2 : 4;
        var at = (uint)immediate + (op >= Op.PacketIndirect32 ? (uint)source : 0);
        value = 0;
        var length = _contextLength - PacketAt;
        if (size > length || at > (uint)(length - size))
        {
            Finish(0);
            return false;
        }

        foreach (var part in Memory.AsSpan(ContextAt + PacketAt + (int)at, size))
        {
            value = (value << 8) | part;
        }

        return true;
    }

    /// <summary>Gives a helper the memory that an argument points to.</summary>
    /// <param name="address">A virtual address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="memory">The bytes.</param>
    /// <returns>False if they are not all the program's.</returns>
    public bool TryGetMemory(ulong address, ulong length, out Span<byte> memory)
    {
        var at = address - BpfArena.VirtualBase;
        if (length > Limit || at > Limit - length)
        {
            memory = default;
            return false;
        }

        memory = Memory.AsSpan((int)at, (int)length);
        return true;
    }

    /// <summary>A helper's refusal: the program ends with <see cref="FaultKind.Helper"/> when the helper
    /// returns.</summary>
    /// <param name="address">What was wrong: an address or another argument.</param>
    public void RefuseHelperCall(ulong address) => Fail(FaultKind.Helper, NextStep, address);

    /// <summary>The number of the machine among those of its arena: which values of per-CPU maps are its own.</summary>
    public int Lane { get; }

    /// <summary>The map that a register holds.</summary>
    /// <param name="handle">What a 64-bit immediate of a map, or a lookup in a map of maps, gave.</param>
    /// <returns>Null if it is none.</returns>
    public BpfMap? FindMap(ulong handle) => Arena.Map(handle - BpfMap.HandleBase);

    /// <summary>Ends the running program with a value when the helper returns, as an exit would.</summary>
    /// <param name="value">Register 0.</param>
    public void EndRun(ulong value) => Finish(value);

    /// <summary>A helper's tail call: when it returns, the run goes on with another program, the context as it
    /// is.</summary>
    /// <param name="program">The other program.</param>
    /// <returns>False, and nothing happens, after <see cref="TailCallCountMax"/> of them.</returns>
    public bool TryTailCall(BpfProgram program)
    {
        if (_tailCalls == TailCallCountMax)
        {
            return false;
        }

        _tail = Unit(program);
        _tailCalls++;
        Stopped = 1;
        return true;
    }

    /// <summary>What compiled code calls when it lacks fuel: pays for the jump or call at a slot, or stops.</summary>
    /// <returns>The fuel that is left.</returns>
    internal static long PayCompiled(BpfMachine machine, long fuel, long cost, int index) =>
        machine.TryRenew(ref fuel, cost, index) ? fuel - cost : fuel;

    /// <summary>What compiled code calls where one of several accesses is going to fault: the interpreter finds out
    /// which.</summary>
    internal static void HandOverCompiled(BpfMachine machine, int index)
    {
        AccessWindow.Fill(machine._windows, machine);
        machine._windowUnit = null;
        machine.NextStep = index;
        Interpreter.Run(machine, machine._unit, machine._unit.PlainSteps);
        machine.Stopped = 1;
    }

    /// <summary>What compiled code calls when it lacks fuel and nobody renews it.</summary>
    internal static void StopCompiled(BpfMachine machine, int index)
    {
        machine._result = new RunResult(RunStatus.OutOfFuel, 0, index);
        machine.Stopped = 1;
    }

    /// <summary>What compiled code calls for a helper.</summary>
    internal static ulong CallHelperCompiled(
        BpfMachine machine, ulong id, int index, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        machine.CallHelper(id, index, r1, r2, r3, r4, r5);

    /// <summary>What compiled code calls when an access is outside or an instruction cannot go on.</summary>
    internal static void FailCompiled(BpfMachine machine, FaultKind kind, int index, ulong address) =>
        machine.Fail(kind, index, address);

    /// <summary>What compiled code calls for a packet load; <see cref="Stopped"/> is set outside of the
    /// packet.</summary>
    internal static ulong LoadPacketCompiled(BpfMachine machine, Op op, int immediate, ulong source)
    {
        machine.LoadPacket(op, immediate, source, out var value);
        return value;
    }

    private void Finish(ulong value)
    {
        _result = new RunResult(RunStatus.Ok, value);
        Stopped = 1;
    }

    [SuppressMessage("Design", "CA1031", Justification =
        "The host's callback cannot make a run throw: no fuel is added.")]
    private long Renewed()
    {
        try
        {
            return _options.RenewFuel?.Invoke(this) ?? 0;
        }
        catch (Exception)
        {
            return 0;
        }
    }
}
