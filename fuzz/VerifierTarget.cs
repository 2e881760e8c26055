using KernKit.Bpf.Verify.Tests;

namespace KernKit.Fuzz;

/// <summary>Grows programs that the verifier accepts and runs each: none may fault, nor differ unchecked.</summary>
/// <remarks>A seed makes about seven programs.</remarks>
internal sealed class VerifierTarget : IFuzzTarget
{
    public string Name => "bpf-verifier";

    public void Run(ulong seed) => VerifiedRun.Try(unchecked((int)seed));
}
