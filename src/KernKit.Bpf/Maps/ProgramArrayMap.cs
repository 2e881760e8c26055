namespace KernKit.Bpf;

/// <summary>Programs by index, which tail calls lead to.</summary>
public sealed class ProgramArrayMap : BpfMap
{
    private readonly BpfProgram?[] _programs;

    internal ProgramArrayMap(BpfArena arena, MapDefinition definition)
        : base(arena, definition) => _programs = new BpfProgram?[definition.EntryCountMax];

    /// <summary>The program at an index; null for none. Takes effect with the next tail call.</summary>
    /// <param name="index">0 to the number of entries, excluded.</param>
    public BpfProgram? this[int index]
    {
        get => Volatile.Read(ref _programs[index]);
        set => Volatile.Write(ref _programs[index], value);
    }

    /// <inheritdoc/>
    public override long Delete(ReadOnlySpan<byte> key)
    {
        if (key.Length != 4 || Index(key) >= (uint)_programs.Length)
        {
            return Invalid;
        }

        var old = Interlocked.Exchange(ref _programs[Index(key)], null);
        return old is null ? NotFound : 0;
    }

    /// <summary>The program at an index, or null.</summary>
    internal BpfProgram? Find(ulong index) => index < (ulong)_programs.Length
        ? Volatile.Read(ref _programs[index]) : null;
}
