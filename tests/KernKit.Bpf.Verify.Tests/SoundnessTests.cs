namespace KernKit.Bpf.Verify.Tests;

public class SoundnessTests
{
    [Fact]
    public void An_accepted_program_never_faults_in_the_checked_interpreter()
    {
        var random = new Random(9);
        var accepted = 0;
        for (var round = 0; round < 40_000; round++)
        {
            var program = Draw(random);
            if (program is null
                || !Verifier.Verify(program, new VerifierOptions { InstructionsFollowedMax = 4000 }).IsAccepted)
            {
                continue;
            }

            accepted++;
            using var machine = new BpfMachine(program, new MachineOptions { Engine = EngineKind.Interpreter });
            for (var run = 0; run < 3; run++)
            {
                var memory = new byte[random.Next(0, 40)];
                random.NextBytes(memory);
                var result = machine.Run(memory);
                Assert.True(result.Status == RunStatus.Ok, $"round {round}, {memory.Length} bytes: {result}\n"
                    + Disassembler.Format(program));
            }
        }

        Assert.True(accepted > 1000, $"{accepted} accepted");
    }

    // Checks of the length, arithmetic on small numbers, and accesses by what comes out: some are right, most are not.
    private static BpfProgram? Draw(Random random)
    {
        string Pick(params string[] texts) => texts[random.Next(texts.Length)];
        string R() => Pick("r0", "r3", "r4", "r5");
        var lines = new List<string> { "r0 = 0", "r3 = 5", "r4 = r2", "r5 = r1" };
        var count = random.Next(3, 18);
        for (var i = 0; i < count; i++)
        {
            var n = random.Next(-9, 33);
            lines.Add(random.Next(11) switch
            {
                0 => $"if r2 < {Math.Abs(n)} goto end",
                1 => $"if {R()} > {Math.Abs(n)} goto end",
                2 => $"{R()} "
                    + $"{Pick("+=", "-=", "&=", "<<=", ">>=", "*=", "^=", "|=", "s>>=", "/=", "%=")} {Math.Abs(n)}",
                3 => $"{R()} {Pick("+=", "-=", "&=", "|=", "=")} {R()}",
                4 => $"{R()} = *({Pick("u8", "u16", "u32", "u64")} *)({Pick("r1", "r5", "r10", "r3")} + {n})",
                5 => $"*({Pick("u8", "u32", "u64")} *)({Pick("r10", "r5", "r1")} + {-8 * random.Next(0, 3)}) = "
                    + Pick("r3", "r0", "r1"),
                6 => $"w{random.Next(3, 5)} {Pick("+=", "&=", "=")} {n}",
                7 => $"if {R()} {Pick("<", "s<", "==", "!=", ">=", "s>", "&")} {R()} goto end",
                8 => $"{Pick("r5", "r3")} = {Pick("r1", "r10", "r4")}",
                9 => $"if w{random.Next(3, 5)} {Pick("<", "s<", ">", "s>=")} {Math.Abs(n)} goto end",
                _ => $"r4 += 1",
            });
        }

        lines.AddRange(["end:", "r0 = 0", "exit"]);
        try
        {
            return Assembler.Assemble(string.Join('\n', lines));
        }
        catch (BpfFormatException)
        {
            return null;
        }
    }
}
