namespace KernKit.Bpf;

/// <summary>A field of a structure of the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the structure's beginning.</param>
/// <param name="SizeBytes">Bytes; of arrays all of it.</param>
/// <param name="IsSigned">Whether its numbers are signed.</param>
/// <param name="StructureName">Its type, where that is a structure, or that of its elements; else empty.</param>
/// <param name="ElementBytes">Bytes of an element, of arrays.</param>
/// <param name="BitOffset">Bits from the lowest of the field's bytes, of bit fields.</param>
/// <param name="Bits">Bits, of bit fields; else 8 for each byte.</param>
public sealed record CoreField(
    string Name, int Offset, int SizeBytes, bool IsSigned = false, string StructureName = "", int ElementBytes = 0,
    int BitOffset = 0, int Bits = 0)
{
    /// <summary>Bytes of an element of each array within, of arrays of arrays.</summary>
    public IReadOnlyList<int> InnerElementBytes { get; init; } = [];
}
