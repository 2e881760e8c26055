using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>What can be proved about a program that is run on some memory.</summary>
internal static class BpfFacts
{
    // A batch has thousands of programs; one that needs more than this stays checked.
    private const int InstructionsFollowedMax = 10_000;

    /// <summary>Proves what it can; what is not proved stays checked.</summary>
    /// <param name="program">The program.</param>
    /// <param name="memoryBytes">Bytes of the memory in r1.</param>
    /// <returns>The facts; null about a program that the verifier refuses.</returns>
    public static ProgramFacts? Of(BpfProgram program, int memoryBytes)
    {
        var result = Verifier.Verify(program, new VerifierOptions
        {
            Policy = VerifierPolicy.Checked,
            Helpers = BpfBatch.Helpers,
            ContextBytesMin = memoryBytes,
            ContextBytesMax = memoryBytes,
            AllowPointerLeaks = true,
            AllowUnreachable = true,
            InstructionsFollowedMax = InstructionsFollowedMax,
        });
        return result.IsAccepted ? result.Facts : null;
    }

    /// <summary>The same about a program of a hook.</summary>
    /// <param name="program">The program.</param>
    /// <param name="type">The hook.</param>
    /// <param name="maps">The maps that it names.</param>
    /// <returns>The facts; null about a program that the verifier refuses.</returns>
    public static ProgramFacts? Of(BpfProgram program, ProgramType type, IReadOnlyList<MapDefinition> maps)
    {
        var result = Verifier.Verify(program, new VerifierOptions
        {
            Policy = VerifierPolicy.Checked,
            Type = type,
            Maps = maps,
            ContextBytesMax = BpfPcap.PacketBytesMax,
            AllowPointerLeaks = true,
            AllowUnreachable = true,
        });
        return result.IsAccepted ? result.Facts : null;
    }
}
