namespace KernKit.Fuzz;

/// <summary>All targets there are.</summary>
public static class FuzzTargets
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new VerifierTarget(), new DecodeTarget(), new PredicateTarget(), new SchemaTarget(), new ViewTarget(),
        new VolumeTarget(),
    ];
}
