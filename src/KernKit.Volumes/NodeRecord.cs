namespace KernKit.Volumes;

/// <summary>The structure in which a format keeps a node, for predicates that name its fields.</summary>
/// <param name="Name">What the names of its fields begin with: <c>dinode</c>.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="IsBigEndian">The order of its numbers.</param>
/// <param name="Fields">Where they lie, as KernKit.Bpf's <c>FieldTable</c> reads it.</param>
internal sealed record NodeRecord(string Name, int Bytes, bool IsBigEndian, string Fields);
