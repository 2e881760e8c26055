namespace KernKit.Build;

/// <summary>An output that is there.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Kind">Compile, EmbeddedResource, Content, None or Generate.</param>
/// <param name="Step">What made it.</param>
internal sealed record ProducedFile(string Path, string Kind, Step Step);
