using System.Text;

namespace KernKit.Bpf.Tests;

/// <summary>Compiled code leaves out comparisons that others make needless, and no others.</summary>
public class CheckPlanTests
{
    [Fact]
    public void A_pointer_that_has_moved_by_4_GiB_is_compared_again()
    {
        var text = new StringBuilder("r3 = r10\nr3 += -8\n*(u8 *)(r3 + 0) = 1\n");
        for (var i = 0; i < 131_076; i++)
        {
            text.Append("r3 += 32767\n");
        }

        text.Append("r3 += 4\n*(u8 *)(r3 + 0) = 1\nr0 = 0\nexit\n");
        Assert.Equal((RunStatus.Fault, FaultKind.Memory), Run(text.ToString(), 0));
    }

    [Theory]
    [InlineData("r3 = *(u8 *)(r1 + 0)\nr3 <<= 2\nr1 += r3\nr0 = *(u32 *)(r1 + 0)", 1023, 1024)]
    [InlineData("r3 = *(u16 *)(r1 + 0)\nr3 &= 15\nr3 <<= 3\nr1 += r3\nr0 = *(u64 *)(r1 + 0)", 127, 128)]
    [InlineData("r3 = *(u64 *)(r1 + 0)\nr3 >>= 56\nr1 += r3\nr0 = *(u8 *)(r1 + 9)", 264, 265)]
    [InlineData("r3 = *(u64 *)(r1 + 0)\nif r3 > 99 goto out\nr1 += r3\nr0 = *(u8 *)(r1 + 0)", 99, 100)]
    public void A_bounded_number_is_trusted_as_far_as_the_context_is_known_to_reach(string access, int less, int enough)
    {
        // The greatest numbers that the program lets through.
        foreach (var (fill, bytes) in new[] { ((byte)0xff, less), ((byte)0xff, enough), ((byte)0, less) })
        {
            foreach (var known in new[] { 8, less, enough, enough + 1 })
            {
                var text = $"r0 = 0\nif r2 < {known} goto out\n{access}\nout: exit\n";
                Assert.Equal(Run(text, bytes, fill, EngineKind.Interpreter), Run(text, bytes, fill));
            }
        }
    }

    [Theory]
    [InlineData(15, RunStatus.Ok)]
    [InlineData(16, RunStatus.Ok)]
    [InlineData(63, RunStatus.Ok)]
    [InlineData(64, RunStatus.Fault)]
    public void A_bounded_number_is_trusted_within_the_frame(int number, RunStatus status)
    {
        var text = $"""
            r3 = *(u8 *)(r1 + 0)
            r3 &= 127
            r3 <<= 3
            r4 = r10
            r4 += -512
            r4 += r3
            *(u64 *)(r4 + 0) = 1
            r0 = 0
            exit
            """;
        Assert.Equal(status, Run(text, 1, (byte)number).Status);
        Assert.Equal(status, Run(text, 1, (byte)number, EngineKind.Interpreter).Status);
    }

    private static (RunStatus Status, FaultKind Fault) Run(
        string text, int bytes, byte fill = 0, EngineKind engine = EngineKind.Compiled)
    {
        using var machine = new BpfMachine(
            Assembler.Assemble(text), new MachineOptions { Engine = engine, ContextBytesMax = 4096 });
        machine.Context(bytes).Fill(fill);
        var result = machine.Run(bytes);
        return (result.Status, result.Fault);
    }
}
