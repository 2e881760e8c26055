using System.ComponentModel;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>What generated C# stands on; not meant to be called by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class AheadCode
{
    /// <summary>Offset of a region in the arena; regions: 0 arena, 1 context, 2 stack, 3 nothing.</summary>
    public static ulong RegionAt(BpfMachine machine, int region) =>
        (ulong)AccessWindow.Locate(machine, machine.RunningUnit, (Region)region).At;

    /// <summary>Offsets in a region at which an access of some bytes may begin.</summary>
    public static ulong Window(BpfMachine machine, int region, ulong sizeBytes)
    {
        var (_, length) = AccessWindow.Locate(machine, machine.RunningUnit, (Region)region);
        return length < sizeBytes ? 0 : length - sizeBytes + 1;
    }

    /// <summary>Fuel that is left.</summary>
    public static long Fuel(BpfMachine machine) => machine.FuelLeft;

    /// <summary>Stores the fuel that is left.</summary>
    public static void GiveFuel(BpfMachine machine, long fuel) => machine.FuelLeft = fuel;

    /// <summary>Whether the run has ended.</summary>
    public static bool IsStopped(BpfMachine machine) => machine.Stopped != 0;

    /// <summary>The lowest frame pointer from which a local function may still be called.</summary>
    public static ulong Deepest(BpfMachine machine) =>
        machine.StackTop - ((BpfMachine.FrameCountMax - 2) * BpfMachine.FrameBytes);

    /// <summary>Asks for fuel for the jump or call at a slot, or stops.</summary>
    public static long Pay(BpfMachine machine, long fuel, long cost, int index) =>
        BpfMachine.PayCompiled(machine, fuel, cost, index);

    /// <summary>Ends the run with a fault.</summary>
    public static ulong Fail(BpfMachine machine, long fuel, FaultKind kind, int index, ulong address)
    {
        machine.FuelLeft = fuel;
        machine.Fail(kind, index, address);
        return 0;
    }

    /// <summary>Calls a helper.</summary>
    public static ulong CallHelper(
        BpfMachine machine, ulong id, int index, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        machine.CallHelper(id, index, r1, r2, r3, r4, r5);

    /// <summary>A legacy load from the packet.</summary>
    public static ulong LoadPacket(BpfMachine machine, int op, int immediate, ulong source) =>
        BpfMachine.LoadPacketCompiled(machine, (Op)op, immediate, source);

    /// <summary>The 64-bit immediate at a slot, with maps resolved.</summary>
    public static ulong Wide(BpfMachine machine, int index)
    {
        var unit = machine.RunningUnit;
        return unit.Operands[unit.Plain[index].Source];
    }

    /// <summary>An atomic instruction on a checked place.</summary>
    public static unsafe ulong Atomic(int op, nint memory, ulong at, ulong source, ulong r0)
    {
        // SAFETY: generated code has compared the offset with its window; the machine keeps the pinned arena alive.
        return AtomicOps.Execute((Op)op, ref *((byte*)memory + at), source, r0);
    }

    /// <summary>Loads from a checked place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // an access is one instruction or it is nothing
    public static unsafe T Load<T>(nint memory, ulong at)
        where T : unmanaged
    {
        // SAFETY: generated code has compared the offset with its window; the machine keeps the pinned arena alive.
        return Unsafe.ReadUnaligned<T>((byte*)memory + at);
    }

    /// <summary>Stores to a checked place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // as Load
    public static unsafe void Store<T>(nint memory, ulong at, T value)
        where T : unmanaged
    {
        // SAFETY: as in Load.
        Unsafe.WriteUnaligned((byte*)memory + at, value);
    }

    /// <summary>Division and remainder of the instruction set, and byte swaps, by the name of the row.</summary>
    public static ulong Div64(ulong a, ulong b) => Alu.Div64(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong Mod64(ulong a, ulong b) => Alu.Mod64(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong SDiv64(ulong a, ulong b) => Alu.SDiv64(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong SMod64(ulong a, ulong b) => Alu.SMod64(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong Div32(ulong a, ulong b) => Alu.Div32(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong Mod32(ulong a, ulong b) => Alu.Mod32(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong SDiv32(ulong a, ulong b) => Alu.SDiv32(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong SMod32(ulong a, ulong b) => Alu.SMod32(a, b);

    /// <inheritdoc cref="Div64"/>
    public static ulong Swap16(ulong value) => Alu.Swap16(value);

    /// <inheritdoc cref="Div64"/>
    public static ulong Swap32(ulong value) => Alu.Swap32(value);

    /// <inheritdoc cref="Div64"/>
    public static ulong Swap64(ulong value) => Alu.Swap64(value);
}
