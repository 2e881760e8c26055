namespace KernKit.Bpf;

/// <summary>A verifier's verdict.</summary>
/// <param name="Error">Why the program was not accepted; null if it was.</param>
/// <param name="Facts">What was proved; nothing for a program that was not accepted.</param>
/// <param name="InstructionsFollowed">Instructions that were followed, all ways counted.</param>
/// <param name="StatesKept">States that were kept for comparison.</param>
/// <param name="AccessCount">Loads, stores and atomic accesses that can be reached.</param>
/// <param name="UnprovedCount">Those that stay checked; under <see cref="VerifierPolicy.Reject"/> only those through
/// addresses of a kernel's own.</param>
/// <param name="NeedsFuel">Some loop has no proved bound.</param>
public sealed record VerifierResult(
    VerifierError? Error,
    ProgramFacts Facts,
    int InstructionsFollowed,
    int StatesKept,
    int AccessCount,
    int UnprovedCount,
    bool NeedsFuel)
{
    /// <summary>Whether the program may run.</summary>
    public bool IsAccepted => Error is null;
}
