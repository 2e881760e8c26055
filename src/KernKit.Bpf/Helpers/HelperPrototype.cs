namespace KernKit.Bpf;

/// <summary>What a helper takes and gives, for the verifier.</summary>
/// <param name="Returns">What register 0 holds afterwards.</param>
/// <param name="Arguments">Registers 1 and up, at most five.</param>
public sealed record HelperPrototype(HelperValue Returns, params HelperValue[] Arguments)
{
    /// <summary>The kinds that a <see cref="HelperValue.Map"/> may be of; any if empty, as it is unless set.</summary>
    public IReadOnlyList<MapKind> MapKinds { get; init; } = [];
}
