namespace KernKit.Volumes.Extract;

/// <summary>What an extraction has done.</summary>
/// <param name="Entries">The number of entries restored.</param>
/// <param name="Bytes">The bytes of content written, without holes.</param>
/// <param name="Notes">One sentence for each kind of thing that could not be restored, such as owners without
/// root.</param>
public sealed record ExtractSummary(long Entries, long Bytes, IReadOnlyList<string> Notes);
