namespace KernKit.Bpf.Tests;

/// <summary>Engines agree on random programs in everything: result, place and kind of a fault, memory, fuel.</summary>
public sealed class DifferentialTests
{
    [Theory]
    [InlineData(1, 3_000, 12)]
    [InlineData(2, 400, 120)]
    [InlineData(3, 10, 4_000)]
    public void Interpreter_and_compiler_agree_on_random_programs(int seed, int count, int length)
    {
        for (var i = 0; i < count; i++)
        {
            var programSeed = (seed * 1_000_003) + i;
            var random = new Random(programSeed);
            var program = RandomPrograms.Make(random, random.Next(1, length));
            var memory = new byte[random.Next(4) == 0 ? 0 : random.Next(64)];
            random.NextBytes(memory);
            var interpreted = Run(program, EngineKind.Interpreter, memory);
            var compiled = Run(program, EngineKind.Compiled, memory);
            Assert.True(
                interpreted.Outcome == compiled.Outcome && interpreted.Memory.AsSpan().SequenceEqual(compiled.Memory),
                $"seed {programSeed}: interpreter {interpreted.Outcome}, compiled {compiled.Outcome}\n"
                + Disassembler.Format(program));
        }
    }

    [Fact]
    public void Accesses_that_the_verifier_proved_need_no_check()
    {
        var proved = 0;
        for (var seed = 0; seed < 2_500; seed++)
        {
            var random = new Random(seed);
            var program = RandomPrograms.WithRegisters(RandomPrograms.Make(random, random.Next(1, 15)), random);
            var memory = new byte[random.Next(48)];
            random.NextBytes(memory);
            var result = Verifier.Verify(program, new VerifierOptions
            {
                Policy = VerifierPolicy.Checked,
                Helpers = ConformanceHelpers.Create(),
                ContextBytesMin = memory.Length,
                ContextBytesMax = memory.Length,
                AllowPointerLeaks = true,
                AllowUnreachable = true,
                InstructionsFollowedMax = 2_000,
            });
            if (!result.IsAccepted)
            {
                continue;
            }

            proved += result.AccessCount - result.UnprovedCount;
            var interpreted = Run(program, EngineKind.Interpreter, memory);
            var compiled = Run(program, EngineKind.Compiled, memory, facts: result.Facts);
            Assert.True(
                interpreted.Outcome == compiled.Outcome && interpreted.Memory.AsSpan().SequenceEqual(compiled.Memory),
                $"seed {seed}: interpreter {interpreted.Outcome}, proved {compiled.Outcome}\n"
                + Disassembler.Format(program));
        }

        Assert.True(proved > 100, $"{proved} accesses were proved");
    }

    [Fact]
    public void Programs_turned_into_CSharp_agree_on_random_programs()
    {
        var programs = Enumerable.Range(0, 400).Select(i => RandomPrograms.Make(new Random(i), 1 + (i % 90))).ToList();
        var ahead = AheadCompiler.Compile(programs);
        for (var i = 0; i < programs.Count; i++)
        {
            var memory = new byte[i % 64];
            new Random(i).NextBytes(memory);
            var interpreted = Run(programs[i], EngineKind.Interpreter, memory);
            var compiled = Run(ahead[i].Program, EngineKind.Interpreter, memory, ahead[i]);
            Assert.True(
                interpreted.Outcome == compiled.Outcome && interpreted.Memory.AsSpan().SequenceEqual(compiled.Memory),
                $"seed {i}: interpreter {interpreted.Outcome}, ahead {compiled.Outcome}\n"
                    + Disassembler.Format(programs[i]));
        }
    }

    private static (string Outcome, byte[] Memory) Run(BpfProgram program, EngineKind kind, byte[] memory,
        AheadProgram? ahead = null, ProgramFacts? facts = null)
    {
        var copy = memory.ToArray();
        using var machine = new BpfMachine(program, new MachineOptions
        {
            Engine = kind,
            Helpers = ConformanceHelpers.Create(),
            Fuel = 5_000,
            ContextBytesMax = 256,
            Ahead = ahead is null ? [] : [ahead],
            Facts = facts is null ? [] : [facts],
        });
        var result = machine.Run(copy.AsSpan());
        return ($"{result} fault {result.Fault} address 0x{result.Address:x} fuel {machine.Fuel}", copy);
    }
}
