using System.Buffers.Binary;
using System.Security.Cryptography;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <content>A run that lacks fuel as bytes, to go on later or in another machine.</content>
/// <remarks>
/// <code>
///   "KBRUN\0\0\1" | digest of the program 32 | then numbers of 8 bytes: address of the context, its length, fuel,
///   tail calls, slot, depth | registers 0 to 10 | for each depth: registers 1 to 9, slot | stack | context
/// </code>
/// Numbers are little-endian. Values of maps are not in it: they are the arena's (<see cref="BpfMap.Save"/>).
/// </remarks>
public sealed partial class BpfMachine
{
    private const int DigestBytes = 32;
    private const int NumberCount = 6;
    private const int RegisterCount = 11;

    private static ReadOnlySpan<byte> RunMagic => "KBRUN\0\0\u0001"u8;

    /// <summary>Keeps a run that ended for lack of fuel.</summary>
    /// <returns>The run, for <see cref="RestoreRun"/> of a machine with the same program and arena.</returns>
    /// <exception cref="InvalidOperationException">The last run was compiled, or did not end for lack of fuel, or was
    /// in a program that a tail call led to.</exception>
    public byte[] SaveRun()
    {
        if (!_suspended || _unit != _main)
        {
            throw new InvalidOperationException(
                "only an interpreted run of the machine's own program that ended out of fuel can be saved");
        }

        var words = NumberCount + RegisterCount + (_depth * SavedRegisters);
        var head = RunMagic.Length + DigestBytes;
        var saved = new byte[head + (words * sizeof(ulong)) + StackBytes + _contextLength];
        RunMagic.CopyTo(saved);
        SHA256.HashData(Program.ToBytes(), saved.AsSpan(RunMagic.Length));
        var rest = saved.AsSpan(head);
        foreach (var number in (ReadOnlySpan<ulong>)[StackTop, (ulong)_contextLength, (ulong)FuelLeft,
            (ulong)_tailCalls, (ulong)_unit.Code.FirstSlots[NextStep], (ulong)_depth])
        {
            Put(ref rest, number);
        }

        foreach (var register in _unit.Operands.AsSpan(0, RegisterCount))
        {
            Put(ref rest, register);
        }

        for (var i = 0; i < _depth * SavedRegisters; i++)
        {
            var isStep = i % SavedRegisters == SavedRegisters - 1;
            Put(ref rest, isStep ? (ulong)_unit.Code.FirstSlots[(int)_frames[i]] : _frames[i]);
        }

        Memory.AsSpan(StackAt, StackBytes).CopyTo(rest);
        Memory.AsSpan(ContextAt, _contextLength).CopyTo(rest[StackBytes..]);
        return saved;
    }

    /// <summary>Takes over a run; <see cref="Resume"/> goes on with it.</summary>
    /// <param name="saved">What <see cref="SaveRun"/> gave. Nothing in it is trusted: a wrong register is a wrong
    /// register, and its accesses are checked.</param>
    /// <exception cref="BpfFormatException">Another program's or another arena's, or damaged.</exception>
    /// <exception cref="ObjectDisposedException">The machine was disposed of.</exception>
    public void RestoreRun(ReadOnlySpan<byte> saved)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var head = RunMagic.Length + DigestBytes;
        var fixedBytes = head + ((NumberCount + RegisterCount) * sizeof(ulong)) + StackBytes;
        if (saved.Length < fixedBytes || !saved.StartsWith(RunMagic))
        {
            throw new BpfFormatException("saved run: offset 0: no saved run");
        }

        if (!saved.Slice(RunMagic.Length, DigestBytes).SequenceEqual(SHA256.HashData(Program.ToBytes())))
        {
            throw new BpfFormatException("saved run: of another program than this machine's");
        }

        var rest = saved[head..];
        var (context, length, fuel) = (Get(ref rest), Get(ref rest), Get(ref rest));
        var (tailCalls, slot, depth) = (Get(ref rest), Get(ref rest), Get(ref rest));
        if (context != StackTop)
        {
            throw new BpfFormatException($"saved run: its context is at 0x{context:x}, this machine's at "
                + $"0x{StackTop:x}: make the arena and take its lanes as they were");
        }

        if (length > (ulong)Arena.ContextBytesMax || tailCalls > TailCallCountMax || depth >= FrameCountMax
            || (ulong)saved.Length != (ulong)fixedBytes + (depth * SavedRegisters * sizeof(ulong)) + length
            || StepAt(slot) < 0 || fuel > (ulong)Program.Length)
        {
            throw new BpfFormatException($"saved run: context of {length} bytes, {tailCalls} tail calls, instruction "
                + $"{slot}, {depth} calls, fuel {fuel} do not fit this machine or {saved.Length} bytes");
        }

        Adopt(rest, (int)length, (int)depth);
        (_tailCalls, FuelLeft, NextStep) = ((int)tailCalls, (long)fuel, StepAt(slot));
        (_readyLength, _suspended) = (-1, true);
    }

    // The registers, frames and memory of a run; where a frame returns to is proved first.
    private void Adopt(ReadOnlySpan<byte> rest, int length, int depth)
    {
        var frames = rest[(RegisterCount * sizeof(ulong))..];
        for (var i = 0; i < depth; i++)
        {
            var slot = BinaryPrimitives.ReadUInt64LittleEndian(
                frames[(((i + 1) * SavedRegisters * sizeof(ulong)) - sizeof(ulong))..]);
            if (StepAt(slot) < 0)
            {
                throw new BpfFormatException($"saved run: call {i} returns to {slot}, which is no instruction");
            }
        }

        _unit = _main;
        for (var register = 0; register < RegisterCount; register++)
        {
            _unit.Operands[register] = Get(ref rest);
        }

        _unit.Operands[OpTraits.FramePointer] = StackTop - (ulong)(depth * FrameBytes);
        for (var i = 0; i < depth * SavedRegisters; i++)
        {
            var value = Get(ref rest);
            _frames[i] = i % SavedRegisters == SavedRegisters - 1 ? (ulong)StepAt(value) : value;
        }

        rest[..StackBytes].CopyTo(Memory.AsSpan(StackAt));
        rest[StackBytes..].CopyTo(Memory.AsSpan(ContextAt));
        (_depth, _contextLength) = (depth, length);
        ContextLimit = (ulong)length;
        Limit = (ulong)(ContextAt + length);
        AccessWindow.Fill(_windows, this);
        _windowUnit = null;
    }

    private int StepAt(ulong slot) => slot < (ulong)Program.Length ? _main.Code.StepOfSlot[(int)slot] : -1;

    private static void Put(ref Span<byte> rest, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(rest, value);
        rest = rest[sizeof(ulong)..];
    }

    private static ulong Get(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        rest = rest[sizeof(ulong)..];
        return value;
    }
}
