namespace KernKit.Layout.Compiler;

/// <summary>What a comparison of two schemas came to.</summary>
/// <param name="Diagnostics">Messages of the compiler about either schema.</param>
/// <param name="Breaks">What changes, in order of the old schema; empty if a schema does not compile.</param>
public sealed record SchemaComparisonResult(
    IReadOnlyList<LayoutDiagnostic> Diagnostics, IReadOnlyList<SchemaBreak> Breaks)
{
    /// <summary>True if an old reader can misread new data, or a new reader old data.</summary>
    public bool BreaksData => Breaks.Any(static one =>
        (one.Broken & (SchemaBreakKinds.OldReader | SchemaBreakKinds.NewReader)) != 0);
}
