using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>Asks a predicate about many records of one length in one call: a nanosecond or so each.</summary>
/// <remarks>
/// One program has the loop and the condition in it, and its context has everything:
/// <code>
///   count   4 bytes, 4 of padding
///   verdicts, a byte a record
///   records, one behind the other
/// </code>
/// Fill <see cref="Records"/>, call <see cref="Run"/>, read <see cref="Verdicts"/>: no copy, no allocation. For one
/// thread at a time.
/// </remarks>
public sealed class PredicateBatch : IDisposable
{
    /// <summary>Where verdicts begin.</summary>
    internal const int VerdictsAt = 8;

    private readonly BpfMachine _machine;
    private readonly int _recordsAt;
    private readonly int _contextBytes;

    /// <summary>Compiles the loop.</summary>
    /// <param name="predicate">What is asked.</param>
    /// <param name="recordBytes">Bytes of every record, and from one to the next.</param>
    /// <param name="countMax">Records of a call at most.</param>
    /// <param name="options">Engine; null for one that compiles at once where code can be generated.</param>
    /// <exception cref="ArgumentOutOfRangeException">Records shorter than <see cref="Predicate.BytesNeeded"/>, or no
    /// arena has room for them.</exception>
    public PredicateBatch(Predicate predicate, int recordBytes, int countMax, MachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        ArgumentOutOfRangeException.ThrowIfLessThan(recordBytes, Math.Max(1, predicate.BytesNeeded));
        ArgumentOutOfRangeException.ThrowIfLessThan(countMax, 1);
        var records = VerdictsAt + (((long)countMax + 7) & ~7L);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            records + ((long)recordBytes * countMax), BpfArena.SizeBytesMax / 2, nameof(countMax));
        _recordsAt = (int)records;
        _contextBytes = _recordsAt + (recordBytes * countMax);
        (RecordBytes, CountMax) = (recordBytes, countMax);
        Program = predicate.EmitBatch(recordBytes, countMax, _recordsAt);
        Verdict = Verifier.Verify(Program, Predicate.Options(_contextBytes) with
        {
            Type = ProgramTypes.Record with { IsWritable = true },
            ContextBytesMax = _contextBytes,
            // One proof does for all records.
            StatesPerInstructionMax = 1,
        });
        _machine = new BpfMachine(Program, (options ?? new MachineOptions { Engine = EngineKind.Compiled }) with
        {
            ContextBytesMax = _contextBytes,
            Facts = [Verdict.Facts],
            AreBoundedLoopsFree = true,
            Fuel = long.MaxValue,
        });
    }

    /// <summary>Bytes of a record.</summary>
    public int RecordBytes { get; }

    /// <summary>Records of a call at most.</summary>
    public int CountMax { get; }

    /// <summary>The program, loop and all.</summary>
    public BpfProgram Program { get; }

    /// <summary>What the verifier says of it.</summary>
    public VerifierResult Verdict { get; }

    /// <summary>Room for <see cref="CountMax"/> records, one behind the other; valid until the batch is disposed
    /// of.</summary>
    public Span<byte> Records => _machine.Context(_contextBytes)[_recordsAt..];

    /// <summary>A verdict for each record of the last call: <see cref="Predicate.No"/>, <see cref="Predicate.Yes"/> or
    /// <see cref="Predicate.NoValue"/>.</summary>
    public ReadOnlySpan<byte> Verdicts => _machine.Context(_contextBytes).Slice(VerdictsAt, CountMax);

    /// <summary>Asks about the first records.</summary>
    /// <param name="count">How many; 0 to <see cref="CountMax"/>.</param>
    /// <returns>How many are accepted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Another count.</exception>
    public int Run(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CountMax);
        BinaryPrimitives.WriteInt32LittleEndian(_machine.Context(_contextBytes), count);
        var result = _machine.Run(_contextBytes);
        return result.Status == RunStatus.Ok ? Verdicts[..count].Count((byte)Predicate.Yes)
            : throw new InvalidOperationException($"a predicate's program failed: {result}");
    }

    /// <summary>Gives the machine's memory back.</summary>
    public void Dispose() => _machine.Dispose();
}
