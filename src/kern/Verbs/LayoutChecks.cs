using KernKit.Layout;
using KernKit.Layout.Compiler.Decode;

namespace KernKit.Command.Verbs;

/// <summary>The algorithms of checks, as generated code computes them.</summary>
internal sealed class LayoutChecks : ILayoutChecks
{
    /// <inheritdoc/>
    public bool TryCompute(
        string algorithm, ulong? seed, bool isLittleEndian, IEnumerable<ReadOnlyMemory<byte>> pieces,
        Span<byte> digest, out ulong sum)
    {
        sum = 0;
        var kind = algorithm.Replace("_", "", StringComparison.Ordinal);
        if (!Enum.TryParse(kind, ignoreCase: true, out LayoutCheckAlgorithm known)
            || known <= LayoutCheckAlgorithm.None)
        {
            return false;
        }

        var check = seed is { } start ? new LayoutCheck(known, start) : new LayoutCheck(known);
        foreach (var piece in pieces)
        {
            check.Append(piece.Span);
        }

        if (known is LayoutCheckAlgorithm.Sha256 or LayoutCheckAlgorithm.Sha256Folded)
        {
            check.CopyTo(digest);
        }
        else
        {
            sum = check.ToInteger(isLittleEndian);
        }

        return true;
    }
}
