namespace KernKit.Bpf.Tests;

/// <summary>Proofs are used only where what they took for granted is so.</summary>
public class FactsTests
{
    [Theory]
    [InlineData(8, RunStatus.Ok)]
    [InlineData(16, RunStatus.Ok)]
    [InlineData(4, RunStatus.Fault)]
    [InlineData(17, RunStatus.Fault)]
    public void A_context_of_another_length_is_run_with_all_checks(int bytes, RunStatus status)
    {
        // Reads 8 bytes, and far behind the end of anything longer than 16: impossible, the proof says.
        var program = Assembler.Assemble("""
            r0 = *(u64 *)(r1 + 0)
            if r2 <= 16 goto end
            r1 += r2
            r0 = *(u64 *)(r1 + 0x1000)
            end: exit
            """);
        var verdict = Verifier.Verify(program, new VerifierOptions { ContextBytesMin = 8, ContextBytesMax = 16 });
        Assert.True(verdict.IsAccepted);
        using var machine = new BpfMachine(program, new MachineOptions
        {
            Engine = EngineKind.Compiled,
            Facts = [verdict.Facts],
            ContextBytesMax = 64,
        });
        Assert.Equal(status, machine.Run(bytes).Status);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(16, true)]
    public void Other_maps_than_those_that_were_verified_are_refused(int valueBytes, bool isReadOnly)
    {
        var proved = new MapDefinition("values", MapKind.Array, 4, 16, 8);
        var program = Assembler.Assemble("""
            *(u32 *)(r10 - 4) = 0
            ld_pseudo r1, 0x1, 0
            r2 = r10
            r2 += -4
            call 1
            if r0 == 0 goto end
            r0 = *(u64 *)(r0 + 8)
            end: exit
            """);
        var verdict = Verifier.Verify(
            program, new VerifierOptions { Maps = [proved], Helpers = StandardHelpers.Create() });
        Assert.True(verdict.IsAccepted);
        var given = proved with { ValueBytes = valueBytes, IsReadOnly = isReadOnly };
        var arena = BpfArena.For([given], 64);
        var error = Assert.Throws<ArgumentException>(() => new BpfMachine(program, new MachineOptions
        {
            Arena = arena,
            Maps = [BpfMap.Create(arena, given)],
            Helpers = StandardHelpers.Create(),
            Facts = [verdict.Facts],
        }));
        Assert.Contains("verify it again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hook_whose_context_holds_pointers_takes_no_bytes_for_it()
    {
        using var hook = new Hook(ProgramTypes.Find("xdp")!, Assembler.Assemble("r0 = 2\nexit"));
        Assert.Throws<InvalidOperationException>(() => hook.Decide(new byte[24]));
        Assert.Throws<InvalidOperationException>(() => hook.DecideMany(new byte[48], 24, new ulong[2]));
        Assert.Equal(2UL, hook.DecidePacket(new byte[60]));
    }
}
