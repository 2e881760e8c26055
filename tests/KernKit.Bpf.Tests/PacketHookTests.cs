namespace KernKit.Bpf.Tests;

/// <summary>Hooks that put a structure before the packet.</summary>
public sealed class PacketHookTests
{
    private const string LoadByte = "r6 = r1\nr0 = *(u8 *)skb[12]\nexit\n";

    [Theory]
    [InlineData("tc", "interpreter")]
    [InlineData("tc", "compiled")]
    [InlineData("tc", "ahead")]
    [InlineData("packet", "interpreter")]
    [InlineData("packet", "compiled")]
    [InlineData("packet", "ahead")]
    public void Legacy_loads_read_the_packet_and_not_the_structure_before_it(string type, string engine)
    {
        foreach (var (source, expected) in new[]
        {
            (LoadByte, 0x5cUL),
            ("r6 = r1\nr7 = 3\nr0 = *(u32 *)skb[r7]\nexit\n", 0x53545556UL),
            ("r6 = r1\nr0 = *(u16 *)skb[18]\nexit\n", 0x6263UL),
            ("r6 = r1\nr0 = *(u16 *)skb[19]\nr0 = 7\nexit\n", 0UL),
        })
        {
            using var hook = Make(type, engine, source);
            Assert.Equal(expected, hook.DecidePacket([.. Enumerable.Range(0x50, 20).Select(i => (byte)i)]));
            Assert.Null(hook.LastFailure);
        }
    }

    [Fact]
    public void Legacy_loads_find_nothing_in_a_packet_without_bytes()
    {
        using var hook = Make("tc", "interpreter", LoadByte);
        Assert.Equal(0UL, hook.DecidePacket([]));
        Assert.Null(hook.LastFailure);
    }

    private static Hook Make(string typeName, string engine, string source)
    {
        var type = ProgramTypes.Find(typeName)!;
        var program = Assembler.Assemble(source);
        Assert.True(Verifier.Verify(program, new VerifierOptions { Type = type }).IsAccepted);
        var ahead = engine == "ahead" ? AheadCompiler.Compile([program])[0] : null;
        return new Hook(type, ahead?.Program ?? program, new MachineOptions
        {
            Engine = engine == "compiled" ? EngineKind.Compiled : EngineKind.Interpreter,
            Ahead = ahead is null ? [] : [ahead],
        });
    }
}
