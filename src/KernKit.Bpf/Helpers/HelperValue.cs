namespace KernKit.Bpf;

/// <summary>The kind of an argument or result of a helper.</summary>
public enum HelperValue
{
    /// <summary>Any number; a pointer would leak and is refused.</summary>
    Number,

    /// <summary>Anything that has been written.</summary>
    Anything,

    /// <summary>The program's context: register 1 at the start.</summary>
    Context,

    /// <summary>A map, as a 64-bit immediate of a map loads it.</summary>
    Map,

    /// <summary>Readable memory of the key size of the map argument before it.</summary>
    MapKey,

    /// <summary>Readable memory of the value size of the map argument before it.</summary>
    MapValue,

    /// <summary>Writable memory of the value size of the map argument before it.</summary>
    MapValueOut,

    /// <summary>Readable memory, whose size in bytes is the next argument.</summary>
    Memory,

    /// <summary>Writable memory, whose size in bytes is the next argument.</summary>
    MemoryOut,

    /// <summary>The size of the memory before it, in bytes; 0 is refused. Behind no memory the size of the result
    /// <see cref="RecordOrNull"/>: a constant.</summary>
    Size,

    /// <summary>The size of the memory before it, in bytes, or 0.</summary>
    SizeOrZero,

    /// <summary>As a result: a pointer to a value of the map argument, or null.</summary>
    MapValueOrNull,

    /// <summary>As a result: a record of a ring buffer, as long as the argument <see cref="Size"/> says, or null. It
    /// must be given to a helper that takes a <see cref="Record"/> before the program ends.</summary>
    RecordOrNull,

    /// <summary>A record of a ring buffer, which the helper takes away.</summary>
    Record,

    /// <summary>Eight writable bytes.</summary>
    LongOut,
}
