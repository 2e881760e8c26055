namespace KernKit.Bpf.Verify.Tests;

/// <summary>What people read when a program is refused: all of it.</summary>
public class MessageTests
{
    [Theory]
    [InlineData(
        "xdp",
        "r6 = *(u32 *)(r1 + 0)\nr0 = *(u8 *)(r6 + 12)\nexit\n",
        "instruction 1: w0 = *(u8 *)(r6 + 0xc): reads up to byte 13, 0 bytes are proved to be there\n"
        + "  r6 = packet\n"
        + "  to do: compare the pointer plus the size with data_end first, and use the pointer of that comparison")]
    [InlineData(
        "xdp",
        "r0 = r3\nexit\n",
        "instruction 0: r0 = r3: reads r3, which was never written\n  to do: give r3 a value on every way here")]
    [InlineData(
        "memory",
        "r3 = r2\nr3 &= 31\nr4 = r10\nr4 += -16\nr4 += r3\n*(u8 *)(r4 + 0) = 1\nr0 = 0\nexit\n",
        "instruction 5: *(u8 *)(r4 + 0x0) = 0x1: writes bytes -16 to 15 from the frame pointer, "
        + "the stack is -512 to -1\n"
        + "  r4 = stack-16 + 0..31\n  to do: keep within the 512 bytes below r10")]
    [InlineData(
        "memory",
        "r0 = 0\na:\nr0 += 1\ngoto a\nexit\n",
        "instruction 3: exit: nothing leads to this instruction\n"
        + "  to do: remove it, or allow unreachable instructions")]
    [InlineData(
        "cgroup_sock",
        "r0 = 7\nexit\n",
        "instruction 1: exit: returns 7, programs of type cgroup_sock must return 0 to 1\n"
        + "  r0 = 7\n  to do: set r0 to a verdict of the type")]
    public void A_refusal_says_where_what_the_values_and_what_to_do(string type, string text, string expected)
    {
        var result = Verifier.Verify(Assembler.Assemble(text), new VerifierOptions { TypeName = type });
        Assert.Equal(expected, result.Error?.ToString());
    }

    [Fact]
    public void A_limit_that_is_reached_is_named_and_can_be_raised()
    {
        var program = Assembler.Assemble("r0 = 0\na:\nr0 += 1\nif r0 < 50 goto a\nexit\n");
        var options = new VerifierOptions { InstructionsFollowedMax = 40, StatesPerInstructionMax = 100 };
        var error = Verifier.Verify(program, options with { LoopRoundsMax = 2 }).Error!;
        Assert.Equal(nameof(VerifierOptions.InstructionsFollowedMax), error.Limit);
        Assert.Contains("InstructionsFollowedMax of 40 is reached", error.Headline, StringComparison.Ordinal);
        Assert.True(Verifier.Verify(program, options with { InstructionsFollowedMax = 2_000 }).IsAccepted);
    }

    [Fact]
    public void Types_are_found_by_section_and_by_the_structure_of_the_context()
    {
        Assert.Equal("xdp", Verifier.TypeOfSection("?xdp.frags/devmap"));
        Assert.Equal("kprobe", Verifier.TypeOfSection("uretprobe.multi.s/lib:name"));
        Assert.Equal("cgroup_bind", Verifier.TypeOfSection("cgroup/bind6"));
        Assert.Equal("cgroup_skb_egress", Verifier.TypeOfSection("cgroup_skb/egress"));
        Assert.Equal("lsm", Verifier.TypeOfSection("lsm.s/bprm_committed_creds"));
        Assert.Null(Verifier.TypeOfSection("from-container"));
        Assert.Equal("tc", Verifier.TypeOfContext("__sk_buff"));
        Assert.Null(Verifier.TypeOfContext("task_struct"));
        var program = new ObjectProgram("f", "from-container", Assembler.Assemble("exit\n"));
        Assert.Equal("tc", VerifierOptions.For(program with { ContextName = "__sk_buff" }).TypeName);
        Assert.Equal("memory", VerifierOptions.For(program).TypeName);
        Assert.Same(ProgramTypes.MessagePolicy, VerifierOptions.For(program with { Section = "policy" }).Type);
    }
}
