using System.Numerics;

namespace KernKit.Layout.Compiler.Decode;

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

    /// <summary>Where the spaces that references name begin in the source; <c>self</c> and <c>file</c> are
    /// known.</summary>
    public IReadOnlyDictionary<string, long> Spaces { get; init; } =
        new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>True if nodes that carry only some of their bytes are to state a digest of all.</summary>
    public bool WithDigests { get; init; }

    /// <summary>How many bytes a structure of variable length may reach.</summary>
    public long BytesMax { get; init; } = 64 << 20;
}
