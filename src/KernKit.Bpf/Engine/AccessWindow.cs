using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernKit.Bpf.Engine;

/// <summary>What the interpreter compares an access of one size in one region with.</summary>
/// <remarks>
/// An offset from the region's beginning is good if it is less than <see cref="Offsets"/>, unsigned: the region's
/// length less the size, plus one, or 0 where nothing fits. So a short region cannot wrap to an endless one.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessWindow
{
    /// <summary>Windows of a machine: four sizes for each of four regions.</summary>
    public const int Count = 16;

    /// <summary>Offsets at which an access may begin, counted from the region's beginning.</summary>
    public ulong Offsets;

    /// <summary>The host's address of the region's first byte.</summary>
    public nint Place;

    /// <summary>Where a machine's window for a region and a size lies, in bytes from the first: what steps
    /// hold.</summary>
    public static byte OffsetOf(Region region, int sizeBytes) =>
        (byte)((((int)region * 4) + BitOperations.Log2((uint)sizeBytes)) * Unsafe.SizeOf<AccessWindow>());

    /// <summary>The region of a window by its offset.</summary>
    public static Region RegionOf(byte offset) => (Region)(offset / (4 * Unsafe.SizeOf<AccessWindow>()));

    /// <summary>Where a region begins in the arena, and how long it is in the current run.</summary>
    public static (int At, ulong Length) Locate(BpfMachine machine, ProgramUnit unit, Region region)
    {
        var frames = unit.Shape.HasFunctions ? BpfMachine.StackBytes : BpfMachine.FrameBytes;
        return region switch
        {
            Region.Arena => (0, machine.Limit),
            Region.Context => (machine.ContextAt, machine.ContextLimit),
            Region.Frame => (machine.ContextAt - frames, (ulong)frames),
            _ => (0, 0),
        };
    }

    /// <summary>Fills all windows for a run.</summary>
    public static void Fill(AccessWindow[] windows, BpfMachine machine)
    {
        for (var i = 0; i < Count; i++)
        {
            var (at, length) = Locate(machine, machine.RunningUnit, (Region)(i / 4));
            var size = 1UL << (i & 3);
            windows[i].Offsets = length < size ? 0 : length - size + 1;
            unsafe
            {
                // SAFETY: the arena is pinned for life; only the address is taken here.
                windows[i].Place = (nint)Unsafe.AsPointer(ref machine.Memory[0]) + at;
            }
        }
    }
}
