using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>A place where the host asks a program: with a context, a budget, and an answer for when the program
/// fails.</summary>
/// <remarks>
/// One thread at a time; a hook of many threads has one for each, on an arena with a lane for each. A decision never
/// throws and never fails: a fault or a lack of fuel is counted, kept in <see cref="LastFailure"/>, and the answer is
/// the type's fallback.
/// </remarks>
public sealed class Hook : IDisposable
{
    private readonly BpfMachine _machine;
    private readonly bool _hasPointers;

    /// <summary>Makes a hook.</summary>
    /// <param name="type">What kind of hook it is.</param>
    /// <param name="program">What it asks.</param>
    /// <param name="options">Engine, maps, arena and facts; helpers and fuel are the type's. Null for the
    /// defaults.</param>
    /// <exception cref="BpfFormatException">The program calls a helper that the type does not have, or names a missing
    /// map.</exception>
    public Hook(ProgramType type, BpfProgram program, MachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(program);
        Type = type;
        _hasPointers = type.Fields.Any(static field => field.Kind != ContextFieldKind.Number);
        _ = BpfProgram.Load(program.Instructions, new LoadOptions { Helpers = type.Helpers });
        _machine = new BpfMachine(program,
            (options ?? MachineOptions.Default) with { Helpers = type.Helpers, Fuel = type.Fuel })
        {
            PacketAt = type.IsRecord ? 0 : type.ContextBytes,
        };
    }

    /// <summary>The kind of hook.</summary>
    public ProgramType Type { get; }

    /// <summary>Decisions so far.</summary>
    public long RunCount { get; private set; }

    /// <summary>Decisions that a fault ended.</summary>
    public long FaultCount { get; private set; }

    /// <summary>Decisions that ran out of fuel.</summary>
    public long OutOfFuelCount { get; private set; }

    /// <summary>How the last failed decision ended; null if none has failed.</summary>
    public RunResult? LastFailure { get; private set; }

    /// <summary>Asks about a record or a context structure.</summary>
    /// <param name="context">Its bytes; not changed.</param>
    /// <returns>The program's verdict, or the fallback.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Longer than the arena's lanes.</exception>
    /// <exception cref="InvalidOperationException">The type's context holds pointers.</exception>
    public ulong Decide(ReadOnlySpan<byte> context)
    {
        RefusePointers();
        context.CopyTo(_machine.Context(context.Length));
        return Judge(_machine.Run(context.Length));
    }

    /// <summary>Where a context of a given length goes for <see cref="Decide(int)"/>: write it here, without a
    /// copy.</summary>
    /// <param name="length">Its bytes.</param>
    /// <returns>The bytes; valid until the hook is disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Longer than the arena's lanes.</exception>
    public Span<byte> Context(int length) => _machine.Context(length);

    /// <summary>Asks about what <see cref="Context"/> holds.</summary>
    /// <param name="length">As given to <see cref="Context"/>.</param>
    /// <returns>The program's verdict, or the fallback.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Longer than the arena's lanes.</exception>
    /// <exception cref="InvalidOperationException">The type's context holds pointers.</exception>
    public ulong Decide(int length)
    {
        RefusePointers();
        return Judge(_machine.Run(length));
    }

    /// <summary>Asks about many records of one length, or structures, that lie one behind the other.</summary>
    /// <param name="records">Their bytes; not changed.</param>
    /// <param name="recordBytes">Bytes of each.</param>
    /// <param name="verdicts">Takes a verdict, or the fallback, for each.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentException">The last one is cut off, or there are more than verdicts.</exception>
    /// <exception cref="InvalidOperationException">The type's context holds pointers.</exception>
    public int DecideMany(ReadOnlySpan<byte> records, int recordBytes, Span<ulong> verdicts)
    {
        RefusePointers();
        ArgumentOutOfRangeException.ThrowIfLessThan(recordBytes, 1);
        var count = records.Length / recordBytes;
        if (records.Length % recordBytes != 0 || count > verdicts.Length)
        {
            throw new ArgumentException(
                $"{records.Length} bytes are not up to {verdicts.Length} records of {recordBytes} bytes",
                nameof(records));
        }

        var context = _machine.Context(recordBytes);
        for (var i = 0; i < count; i++)
        {
            records.Slice(i * recordBytes, recordBytes).CopyTo(context);
            verdicts[i] = Judge(_machine.Run(recordBytes));
        }

        return count;
    }

    /// <summary>Asks about a packet, through the type's context structure.</summary>
    /// <param name="packet">Its bytes; not changed.</param>
    /// <returns>The program's verdict, or the fallback.</returns>
    /// <exception cref="ArgumentOutOfRangeException">With the structure longer than the arena's lanes.</exception>
    public ulong DecidePacket(ReadOnlySpan<byte> packet)
    {
        if (Type.IsRecord)
        {
            return Decide(packet);
        }

        var length = Type.ContextBytes + packet.Length;
        var area = _machine.Context(length);
        area[..Type.ContextBytes].Clear();
        packet.CopyTo(area[Type.ContextBytes..]);
        var start = (uint)_machine.ContextAddress + (uint)Type.ContextBytes;
        foreach (var field in Type.Fields)
        {
            var value = field.Kind switch
            {
                ContextFieldKind.PacketStart or ContextFieldKind.PacketMeta => start,
                ContextFieldKind.PacketEnd => start + (uint)packet.Length,
                _ => field.Name == "len" ? (uint)packet.Length : 0,
            };
            if (field.SizeBytes == sizeof(uint))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(area[field.Offset..], value);
            }
        }

        return Judge(_machine.Run(length));
    }

    /// <summary>Gives the machine's place in its arena back.</summary>
    public void Dispose() => _machine.Dispose();

    // A verified program follows the pointers of its context without looking.
    private void RefusePointers()
    {
        if (_hasPointers)
        {
            throw new InvalidOperationException(
                $"programs of type {Type.Name} are given pointers in their context: ask with DecidePacket");
        }
    }

    private ulong Judge(in RunResult result)
    {
        RunCount++;
        if (result.Status == RunStatus.Ok && result.Value >= Type.VerdictMin && result.Value <= Type.VerdictMax)
        {
            return result.Value;
        }

        FaultCount += result.Status == RunStatus.Fault ? 1 : 0;
        OutOfFuelCount += result.Status == RunStatus.OutOfFuel ? 1 : 0;
        LastFailure = result;
        return Type.Fallback;
    }
}
