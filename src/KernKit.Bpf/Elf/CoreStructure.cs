namespace KernKit.Bpf;

/// <summary>A structure of the target.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Fields">Its fields.</param>
public sealed record CoreStructure(string Name, int SizeBytes, IReadOnlyList<CoreField> Fields);
