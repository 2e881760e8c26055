namespace KernKit.Layout.Compiler.Decode;

/// <summary>Computes the checks of schemas. The decoder says over which bytes; the algorithms are somebody
/// else's.</summary>
public interface ILayoutChecks
{
    /// <summary>Computes one check.</summary>
    /// <param name="algorithm">As schemas name it: <c>crc32c</c>, <c>sha256</c>.</param>
    /// <param name="seed">What the algorithm starts from; null for its own start.</param>
    /// <param name="isLittleEndian">The byte order of the field that holds the result.</param>
    /// <param name="pieces">The bytes in order, in pieces of at most 64 KB; read once.</param>
    /// <param name="digest">As long as the field, 1 to 32 bytes; filled if the result is no number.</param>
    /// <param name="sum">The result if it is a number.</param>
    /// <returns>False if the algorithm is unknown here.</returns>
    bool TryCompute(
        string algorithm,
        ulong? seed,
        bool isLittleEndian,
        IEnumerable<ReadOnlyMemory<byte>> pieces,
        Span<byte> digest,
        out ulong sum);
}
