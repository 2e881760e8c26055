namespace KernKit.Bpf.Verify.Tests;

public class SoundnessTests
{
    // A share of what ./x fuzz bpf-verifier runs.
    [Theory]
    [InlineData(1_000_000)]
    [InlineData(2_000_000)]
    public void Accepted_programs_neither_fault_nor_differ_without_the_checks_that_facts_replace(int first)
    {
        var count = 0;
        for (var seed = first; seed < first + 150; seed++)
        {
            count += VerifiedRun.Try(seed);
        }

        Assert.True(count > 500, $"{count} programs");
    }

    // What the fuzzer has found, each once.
    [Theory]
    [InlineData(30574)]
    [InlineData(1_046_890)]
    [InlineData(30_163_908)]
    public void Seeds_that_failed_once_hold(int seed) => VerifiedRun.Try(seed);
}
