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
