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
}
