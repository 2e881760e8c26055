using KernKit.Bpf;

namespace KernKit.Command.Verbs.Bpf;

/// <summary>What can be proved about a program that is run on some memory.</summary>
internal static class BpfFacts
{
    /// <summary>Proves what it can; what is not proved stays checked.</summary>
    /// <param name="program">The program.</param>
    /// <param name="memoryBytes">Bytes of the memory in r1.</param>
    public static IReadOnlyList<ProgramFacts> Of(BpfProgram program, int memoryBytes) =>
        [new ProgramFacts(program) { ContextBytesMin = memoryBytes }];
}
