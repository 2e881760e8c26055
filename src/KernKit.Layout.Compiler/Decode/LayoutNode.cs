using System.Numerics;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>What a node of a decoded structure is.</summary>
public enum LayoutNodeKind
{
    /// <summary>A structure; its fields follow, one level deeper.</summary>
    Structure,

    /// <summary>Structures one behind the other; they follow, one level deeper.</summary>
    Sequence,

    /// <summary>One number.</summary>
    Number,

    /// <summary>Part of the number before it.</summary>
    BitField,

    /// <summary>Numbers.</summary>
    Array,

    /// <summary>Raw bytes.</summary>
    Bytes,

    /// <summary>Bytes that are text.</summary>
    Text,

    /// <summary>Bits.</summary>
    Bitmap,

    /// <summary>Where something else lies; the value is an offset, the meaning says in what and how long.</summary>
    Reference,
}

/// <summary>One part of a decoded structure.</summary>
public sealed class LayoutNode
{
    /// <summary>The most elements and bytes that a node carries; <see cref="Count"/> tells how many there
    /// are.</summary>
    public const int ElementsMax = 4096;

    /// <summary>From the structure that was asked for: <c>superblock.cstotal.ndir</c>,
    /// <c>dirblock.entries[3].name</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary>0 for the structure that was asked for.</summary>
    public required int Depth { get; init; }

    /// <summary>Where it lies in the source, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>How many bytes it takes.</summary>
    public required long Size { get; init; }

    /// <summary>What it is.</summary>
    public required LayoutNodeKind Kind { get; init; }

    /// <summary>The name of its type in the schema.</summary>
    public required string Type { get; init; }

    /// <summary>The number; null for everything else.</summary>
    public BigInteger? Value { get; init; }

    /// <summary>The value of a float, whose bits are <see cref="Value"/>.</summary>
    public double? Real { get; init; }

    /// <summary>The first numbers of an array; of floats, their bits.</summary>
    public IReadOnlyList<BigInteger> Elements { get; init; } = [];

    /// <summary>The first bytes of bytes, text and bitmaps.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>
    /// SHA-256 of all bytes in hexadecimal, if <see cref="LayoutDecodeOptions.WithDigests"/> asks for it and the node
    /// carries only some of them; else "".
    /// </summary>
    public string Digest { get; init; } = "";

    /// <summary>Elements, bytes or bits; 1 for what is single.</summary>
    public long Count { get; init; } = 1;

    /// <summary>What the value means: a member of an enumeration, flags, a time. Empty if the number says it
    /// all.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>The unit that the schema states, or "".</summary>
    public string Unit { get; init; } = "";

    /// <summary>The documentation of the schema, or "".</summary>
    public string Doc { get; init; } = "";
}

/// <summary>A rule of the schema that the bytes break.</summary>
/// <param name="Offset">Where, in the source.</param>
/// <param name="Path">Which field; from the structure that was asked for.</param>
/// <param name="Message">What was found, and what is asked.</param>
public sealed record LayoutFinding(long Offset, string Path, string Message)
{
    /// <summary>True if this says that something was not verified, rather than that it is wrong.</summary>
    public bool IsUnchecked { get; init; }

    /// <summary><c>offset 0x1f40 (superblock.magic): 0x0, must be 0x90255</c>.</summary>
    /// <returns>One line without bytes of the source.</returns>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"offset 0x{Offset:x} ({Path}): {Message}");
}

/// <summary>Takes what a decoder finds, in the order of the structure.</summary>
public interface ILayoutVisitor
{
    /// <summary>Takes one part.</summary>
    /// <param name="node">A structure comes before its fields.</param>
    void Visit(LayoutNode node);

    /// <summary>Takes one violation.</summary>
    /// <param name="finding">Comes behind the part that it is about.</param>
    void Report(LayoutFinding finding);
}

/// <summary>How far a decoder goes, and what it has to be told.</summary>
public sealed record LayoutDecodeOptions
{
    /// <summary>The order of structures with <c>param order</c>.</summary>
    public bool IsLittleEndian { get; init; } = true;

    /// <summary>Values for the parameters of the structure, by name; a <c>bool</c> is 0 or 1.</summary>
    public IReadOnlyDictionary<string, BigInteger> Arguments { get; init; } =
        new Dictionary<string, BigInteger>(StringComparer.Ordinal);

    /// <summary>How deep structures may nest; deeper ones are reported, not shown.</summary>
    public int DepthMax { get; init; } = 32;

    /// <summary>How many parts are shown; then it ends with a report.</summary>
    public int NodesMax { get; init; } = 1_000_000;

    /// <summary>Computes the checks of the schema; without it they are not verified.</summary>
    public ILayoutChecks? Checks { get; init; }

    /// <summary>True if nodes that carry only some of their bytes are to state a digest of all.</summary>
    public bool WithDigests { get; init; }

    /// <summary>How many bytes a structure of variable length may reach.</summary>
    public long BytesMax { get; init; } = 64 << 20;
}
