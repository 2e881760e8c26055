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
    public void Fused_steps_do_what_their_instructions_do()
    {
        for (var seed = 0; seed < 6_000; seed++)
        {
            var random = new Random(seed);
            var program = RandomIdioms.Make(random, random.Next(1, 25));
            var memory = new byte[random.Next(28)];
            random.NextBytes(memory);
            var interpreted = Run(program, EngineKind.Interpreter, memory);
            var compiled = Run(program, EngineKind.Compiled, memory);
            Assert.True(
                interpreted.Outcome == compiled.Outcome && interpreted.Memory.AsSpan().SequenceEqual(compiled.Memory),
                $"seed {seed}: interpreter {interpreted.Outcome}, compiled {compiled.Outcome}\n"
                + Disassembler.Format(program));
        }
    }

    [Fact]
    public void A_run_that_stops_at_every_jump_and_moves_to_another_machine_ends_as_one_that_does_not()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var program = seed % 2 == 0 ? RandomIdioms.Make(random, random.Next(1, 25))
                : RandomPrograms.Make(random, random.Next(1, 60));
            var memory = new byte[random.Next(28)];
            random.NextBytes(memory);
            var whole = Run(program, EngineKind.Interpreter, memory);
            if (whole.Outcome.StartsWith("out of fuel", StringComparison.Ordinal))
            {
                continue;
            }

            var options = new MachineOptions
            {
                Engine = EngineKind.Interpreter,
                Helpers = ConformanceFunctions.Create(),
                Fuel = 0,
                ContextBytesMax = 256,
            };
            var machine = new BpfMachine(program, options);
            memory.CopyTo(machine.Context(memory.Length));
            var (result, used) = (machine.Run(memory.Length), 0L);
            for (; result.Status == RunStatus.OutOfFuel; used++)
            {
                var saved = machine.SaveRun();
                machine.Dispose();
                machine = new BpfMachine(program, options);
                machine.RestoreRun(saved);
                result = machine.Resume(1);
            }

            var outcome = $"{result} fault {result.Fault} address 0x{result.Address:x} fuel {5_000 - used}";
            Assert.True(
                outcome == whole.Outcome && machine.Context(memory.Length).SequenceEqual(whole.Memory),
                $"seed {seed}: whole {whole.Outcome}, in pieces {outcome}\n" + Disassembler.Format(program));
            machine.Dispose();
        }
    }

    [Fact]
    public void A_saved_run_that_was_tampered_with_is_refused_or_checked()
    {
        var program = Assembler.Assemble(
            "r6 = 0\nloop: r6 += 1\nr1 = r6\ncall f\nif r6 != 9 goto loop\nexit\nf: *(u64 *)(r10 - 8) = r1\nr7 = 0\n"
            + "g: r7 += 1\nif r7 != 5 goto g\nr0 = *(u64 *)(r10 - 8)\nexit\n");
        var options = new MachineOptions { Engine = EngineKind.Interpreter, Fuel = 20, ContextBytesMax = 64 };
        using var first = new BpfMachine(program, options);
        Assert.Equal(RunStatus.OutOfFuel, first.Run(16).Status);
        var saved = first.SaveRun();
        using var second = new BpfMachine(program, options);
        second.RestoreRun(saved);
        Assert.Equal(9UL, second.Resume(10_000).Value);
        Assert.Throws<InvalidOperationException>(second.SaveRun);
        for (var length = 0; length < saved.Length; length += 7)
        {
            Assert.Throws<BpfFormatException>(() => second.RestoreRun(saved.AsSpan(0, length)));
        }

        var random = new Random(1);
        for (var i = 0; i < 3_000; i++)
        {
            var bytes = saved.ToArray();
            bytes[random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(40, 400)] = (byte)random.Next(256);
            try
            {
                second.RestoreRun(bytes);
                second.Resume(1_000);
            }
            catch (BpfFormatException)
            {
            }
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
                Helpers = ConformanceFunctions.Create(),
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
            Helpers = ConformanceFunctions.Create(),
            Fuel = 5_000,
            ContextBytesMax = 256,
            Ahead = ahead is null ? [] : [ahead],
            Facts = facts is null ? [] : [facts],
        });
        var result = machine.Run(copy.AsSpan());
        return ($"{result} fault {result.Fault} address 0x{result.Address:x} fuel {machine.Fuel}", copy);
    }
}
