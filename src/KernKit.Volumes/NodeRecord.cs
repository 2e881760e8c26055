namespace KernKit.Volumes;

/// <summary>The structure in which a format keeps a node, for predicates that name its fields.</summary>
/// <param name="Name">What the names of its fields begin with: <c>dinode</c>.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="IsBigEndian">The order of its numbers.</param>
/// <param name="Fields">Where they lie, as KernKit.Bpf's <c>FieldTable</c> reads it.</param>
/// <param name="Read">Copies the structure of the node of a number, as it lies on the device, into a span of that
/// many bytes.</param>
internal sealed record NodeRecord(
    string Name, int Bytes, bool IsBigEndian, string Fields, Action<ulong, Span<byte>> Read);
