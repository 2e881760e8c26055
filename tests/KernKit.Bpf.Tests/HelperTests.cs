namespace KernKit.Bpf.Tests;

/// <summary>What helpers write is all that a program finds: no byte of an earlier run.</summary>
public class HelperTests
{
    [Theory]
    // A string of two bytes into a buffer of 16: the rest is zero.
    [InlineData("""
        *(u64 *)(r10 - 8) = 0x4141
        r1 = r10
        r1 += -32
        r2 = 16
        r3 = r10
        r3 += -8
        call 115
        r0 <<= 8
        r1 = *(u8 *)(r10 - 17)
        r0 |= r1
        exit
        """, 0x300)]
    // No digits, and no number that fits: the result is 0.
    [InlineData("""
        *(u64 *)(r10 - 8) = 0x7a7a
        r1 = r10
        r1 += -8
        r2 = 2
        r3 = 10
        r4 = r10
        r4 += -24
        call 105
        r0 = *(u64 *)(r10 - 24)
        exit
        """, 0)]
    [InlineData("""
        r1 = r10
        r1 += -8
        r2 = 0
        call 16
        exit
        """, 0)]
    public void A_helper_writes_all_of_what_it_is_given(string text, ulong expected)
    {
        using var machine = new BpfMachine(
            Assembler.Assemble(Dirt + text), new MachineOptions { Helpers = StandardHelpers.Create() });
        var result = machine.Run(0);
        Assert.Equal((RunStatus.Ok, expected), (result.Status, result.Value));
    }

    private const string Dirt = """
        *(u64 *)(r10 - 16) = -1
        *(u64 *)(r10 - 24) = -1
        *(u64 *)(r10 - 32) = -1

        """;
}
