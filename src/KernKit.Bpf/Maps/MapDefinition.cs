namespace KernKit.Bpf;

/// <summary>The kinds of maps; numbers are Linux's.</summary>
public enum MapKind
{
    /// <summary>Values by hashed key.</summary>
    Hash = 1,

    /// <summary>Values by index, all there from the beginning.</summary>
    Array = 2,

    /// <summary>Programs by index, for tail calls.</summary>
    ProgramArray = 3,

    /// <summary>A hash with a value for each processor.</summary>
    PerCpuHash = 5,

    /// <summary>An array with a value for each processor.</summary>
    PerCpuArray = 6,

    /// <summary>A hash that drops what was used least recently.</summary>
    LruHash = 9,

    /// <summary>Values by the longest prefix of bits that matches.</summary>
    LpmTrie = 11,

    /// <summary>Maps by index.</summary>
    ArrayOfMaps = 12,

    /// <summary>Maps by hashed key.</summary>
    HashOfMaps = 13,

    /// <summary>First in, first out.</summary>
    Queue = 22,

    /// <summary>Last in, first out.</summary>
    Stack = 23,

    /// <summary>Records of any length in order, from programs to the host.</summary>
    RingBuffer = 27,
}

/// <summary>What a map is made from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="KeyBytes">Bytes of a key: 4 for arrays, 0 for queues, stacks and ring buffers.</param>
/// <param name="ValueBytes">Bytes of a value: 4 for maps of maps and of programs, 0 for ring buffers.</param>
/// <param name="EntryCountMax">Entries at most; for a ring buffer bytes, a power of two.</param>
public sealed record MapDefinition(string Name, MapKind Kind, int KeyBytes, int ValueBytes, int EntryCountMax)
{
    /// <summary>Programs may not store to its values.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>For read-only arrays: the first bytes of their values, which the verifier takes for granted. Whoever
    /// fills the map with others verifies with those.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>For maps of maps: what each inner map must be like.</summary>
    public MapDefinition? Inner { get; init; }
}
