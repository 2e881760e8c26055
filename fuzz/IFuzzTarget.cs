namespace KernKit.Fuzz;

/// <summary>
/// Something that takes hostile input. One file in this folder each; a row in <see cref="FuzzTargets"/> makes it known.
/// </summary>
public interface IFuzzTarget
{
    /// <summary>What people type: <c>./x fuzz NAME</c>. Lower case, words joined by dashes.</summary>
    string Name { get; }

    /// <summary>Makes one input from a seed and feeds it.</summary>
    /// <param name="seed">Everything random comes from it: the same seed is the same input, for ever.</param>
    /// <remarks>
    /// Returning is success, and so is refusing the input with the library's own exception, which the target catches
    /// and looks at. Any exception that leaves is a finding, and so are a case that takes longer than
    /// <see cref="FuzzRunner.CaseSecondsMax"/> or allocates more than <see cref="FuzzRunner.CaseBytesMax"/>.
    /// </remarks>
    void Run(ulong seed);
}
