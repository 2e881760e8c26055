using System.Numerics;

namespace KernKit.Bpf;

/// <summary>One field of a record, as predicates see it: a name, and where its bits lie.</summary>
/// <param name="Name">Its path: <c>size</c>, <c>mode.perm</c>, <c>db[]</c> for an element of an array.</param>
/// <param name="Offset">Bytes from the record's beginning; of an array, to its first element.</param>
/// <param name="SizeBytes">Of numbers 1 to 8, or 16 if <see cref="BitCount"/> is set; of text and bytes the most that
/// there can be.</param>
public sealed record PredicateField(string Name, int Offset, int SizeBytes)
{
    /// <summary>What it holds.</summary>
    public PredicateFieldKind Kind { get; init; }

    /// <summary>Whether the number has a sign (two's complement).</summary>
    public bool IsSigned { get; init; }

    /// <summary>Whether the most significant byte comes first.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>The lowest bit of a bit field, counted from the number's least significant bit.</summary>
    public int BitOffset { get; init; }

    /// <summary>The bits of a bit field, 1 to 64; 0 for a whole number.</summary>
    public int BitCount { get; init; }

    /// <summary>Bits by which a bit field's value is shifted left when it is read.</summary>
    public int Shift { get; init; }

    /// <summary>For each [] in the name the number of elements and their distance in bytes.</summary>
    public IReadOnlyList<(int Count, int Stride)> Dimensions { get; init; } = [];

    /// <summary>For a time: nanoseconds of one unit.</summary>
    public long UnitNanoseconds { get; init; } = 1;

    /// <summary>For text: the offset of a 32-bit little-endian number that tells its bytes; -1 if a NUL ends
    /// it.</summary>
    public int LengthOffset { get; init; } = -1;

    /// <summary>Names of values: what may stand beside the field, as <c>type == file</c>.</summary>
    public PredicateSymbols? Symbols { get; init; }

    /// <summary>Bits of the value.</summary>
    internal int Width => BitCount > 0 ? BitCount : SizeBytes * 8;

    internal BigInteger Low => IsSigned ? -(BigInteger.One << (Width - 1)) : BigInteger.Zero;

    internal BigInteger High => (BigInteger.One << (Width - (IsSigned ? 1 : 0))) - 1;
}
