namespace KernKit.Bpf;

/// <summary>Memory that programs and the host share, found by key.</summary>
public abstract class BpfMap
{
    /// <summary>What it was made from.</summary>
    public MapDefinition Definition { get; }

    internal const ulong HandleBase = 0x7100_0000_0000_0000;

    private protected BpfMap(BpfArena arena, MapDefinition definition, long valueAreaBytes)
    {
        (Arena, Definition, ValueAreaBytes) = (arena, definition, valueAreaBytes);
        ValuesAt = arena.Take(this, valueAreaBytes, out var number);
        Handle = HandleBase + (ulong)number;
    }

    /// <summary>Where its values are.</summary>
    public BpfArena Arena { get; }

    internal ulong Handle { get; }

    internal int ValuesAt { get; }

    internal long ValueAreaBytes { get; }

    /// <summary>Bytes of an arena that a map takes.</summary>
    public static long ArenaBytes(MapDefinition definition) => (long)definition.ValueBytes * definition.EntryCountMax;
}
