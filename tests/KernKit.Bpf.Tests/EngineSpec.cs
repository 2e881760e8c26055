using System.Globalization;

namespace KernKit.Bpf.Tests;

/// <summary>What every engine must do: each case of the data files, limits, no allocation.</summary>
public abstract class EngineSpec
{
    private static readonly Dictionary<string, EngineCase> Cases = EngineCase.Read().DistinctBy(c => c.Name)
        .ToDictionary(c => c.Name);

    protected abstract EngineKind Kind { get; }

    // A few thousand cases: one test a file, which names every case that fails.
    [Theory]
    [InlineData("arithmetic")]
    [InlineData("jumps")]
    [InlineData("atomics")]
    [InlineData("memory")]
    [InlineData("calls")]
    [InlineData("rejects")]
    public void Cases_of_the_data_file_come_out_as_it_says(string file)
    {
        var cases = Cases.Values.Where(c => c.Name.StartsWith(file + ": ", StringComparison.Ordinal)).ToList();
        var loaded = cases.ConvertAll(TryLoad);
        var machines = Machines([.. loaded.Where(l => l.Program is not null).Select(l => l.Program!)]);
        var next = 0;
        var wrong = cases.Zip(loaded, (c, l) =>
            (c, Outcome: l.Program is null ? l.Error : Outcome(c, machines[next++])))
            .Where(pair => !Agrees(pair.c.Expected, pair.Outcome))
            .Select(pair => $"{pair.c.Name}: must be {pair.c.Expected}, is {pair.Outcome}");
        var lines = wrong.ToList();
        Assert.True(lines.Count == 0, string.Join('\n', lines.Take(20)));
    }

    private static bool Agrees(string expected, string outcome) =>
        expected.StartsWith("reject ", StringComparison.Ordinal)
        ? outcome.StartsWith("reject ", StringComparison.Ordinal)
            && outcome.Contains(expected[7..], StringComparison.Ordinal)
        : outcome == expected;

    private static (BpfProgram? Program, string Error) TryLoad(EngineCase engineCase)
    {
        try
        {
            return (engineCase.Load(), "");
        }
        catch (BpfFormatException e)
        {
            return (null, "reject " + e.Message);
        }
    }

    private static string Outcome(EngineCase engineCase, Func<MachineOptions, BpfMachine> make)
    {
        try
        {
            using var machine = make(new MachineOptions { Fuel = 100_000 });
            return Describe(machine.Run(engineCase.Memory.ToArray().AsSpan()));
        }
        catch (BpfFormatException e)
        {
            return "reject " + e.Message;
        }
    }

    [Fact]
    public void A_run_writes_the_callers_memory()
    {
        using var machine = Machine(Assembler.Assemble("*(u8 *)(r1 + 1) = 7\nr0 = r2\nexit\n"));
        var memory = new byte[3];
        Assert.Equal(3UL, machine.Run(memory.AsSpan()).Value);
        Assert.Equal([0, 7, 0], memory);
    }

    [Fact]
    public void Fuel_is_renewed_when_the_host_says_so()
    {
        var asked = 0;
        var program = Assembler.Assemble("r1 = 0\nloop: r1 += 1\nif r1 != 1000 goto loop\nr0 = r1\nexit\n");
        using var machine = Machine(program, new MachineOptions { Fuel = 10, RenewFuel = _ => ++asked < 400 ? 10 : 0 });
        Assert.Equal(1000UL, machine.Run(0).Value);
        asked = 0;
        using var poor = Machine(program, new MachineOptions { Fuel = 10, RenewFuel = _ => ++asked < 5 ? 10 : 0 });
        Assert.Equal("fuel at 2", Describe(poor.Run(0)));
    }

    [Fact]
    public void A_helper_that_throws_is_a_fault_and_no_exception()
    {
        var helpers = new HelperTable().Add(9, "bad", (_, _, _, _, _, _) => throw new InvalidOperationException());
        using var machine = Machine(Assembler.Assemble("call 9\nexit\n"), new MachineOptions { Helpers = helpers });
        Assert.Equal("fault Helper at 0", Describe(machine.Run(0)));
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        var program = Assembler.Assemble(
            "r6 = r1\nr0 = *(u8 *)(r6 + 0)\n*(u64 *)(r10 - 8) = r0\nr1 = 81\ncall 3\ncall f\nexit\nf: r0 += 1\nexit\n");
        using var machine = Machine(program, new MachineOptions { CompileAfterRuns = 3 });
        var memory = new byte[8];
        for (var i = 0; i < 10; i++)
        {
            machine.Run(memory.AsSpan());
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            machine.Run(memory.AsSpan());
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_program_of_many_instructions_is_right_across_its_pieces()
    {
        foreach (var count in new[] { 1_400, 1_499, 1_500, 1_501, 3_000, 16_000 })
        {
            var text = new System.Text.StringBuilder("r0 = 0\nr6 = 3\nr7 = 0\nloop: r7 += 1\n");
            for (var i = 0; i < count; i++)
            {
                text.Append(i % 100 == 7 ? $"if r6 == {i % 9} goto s{i}\nr0 += 1\ns{i}: r0 += r6\n"
                    : $"r0 += {i % 7}\n");
            }

            text.Append("if r7 != 3 goto +1\nexit\ngotol loop\n");
            ulong expected = 0;
            for (var i = 0; i < count; i++)
            {
                expected += i % 100 == 7 ? (i % 9 == 3 ? 3u : 4u) : (ulong)(i % 7);
            }

            using var machine = Machine(Assembler.Assemble(text.ToString()));
            Assert.Equal(expected * 3, machine.Run(0).Value);
        }
    }

    /// <summary>What makes a machine of this engine for each program.</summary>
    protected virtual IReadOnlyList<Func<MachineOptions, BpfMachine>> Machines(IReadOnlyList<BpfProgram> programs) =>
        [.. programs.Select(program => (Func<MachineOptions, BpfMachine>)(options => new(program, Complete(options))))];

    protected MachineOptions Complete(MachineOptions options) => options with
    {
        Engine = Kind,
        Helpers = options.Helpers.Count > 0 ? options.Helpers : ConformanceFunctions.Create(),
    };

    protected BpfMachine Machine(BpfProgram program, MachineOptions? options = null) =>
        Machines([program])[0](options ?? new MachineOptions());

    private static string Describe(RunResult result) => result.Status switch
    {
        RunStatus.Ok => string.Create(CultureInfo.InvariantCulture, $"0x{result.Value:x}"),
        RunStatus.Fault => string.Create(CultureInfo.InvariantCulture,
            $"fault {result.Fault} at {result.InstructionIndex}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"fuel at {result.InstructionIndex}"),
    };
}

public sealed class InterpreterTests : EngineSpec
{
    protected override EngineKind Kind => EngineKind.Interpreter;

    [Fact]
    public void A_run_that_lacked_fuel_goes_on_where_it_stopped()
    {
        var program = Assembler.Assemble(
            "r1 = 0\nloop: r1 += 1\ncall f\nif r1 != 1000 goto loop\nr0 = r1\nexit\nf: exit\n");
        using var machine = Machine(program, new MachineOptions { Fuel = 5 });
        var result = machine.Run(0);
        while (result.Status == RunStatus.OutOfFuel)
        {
            result = machine.Resume(7);
        }

        Assert.Equal(1000UL, result.Value);
        Assert.Throws<InvalidOperationException>(() => machine.Resume(1));
    }
}

public sealed class CompiledTests : EngineSpec
{
    protected override EngineKind Kind => EngineKind.Compiled;
}

public sealed class AheadTests : EngineSpec
{
    protected override EngineKind Kind => EngineKind.Interpreter;

    protected override IReadOnlyList<Func<MachineOptions, BpfMachine>> Machines(IReadOnlyList<BpfProgram> programs) =>
    [
        .. AheadCompiler.Compile(programs).Select(ahead => (Func<MachineOptions, BpfMachine>)(options =>
            new(ahead.Program, Complete(options) with { Ahead = [ahead] })))
    ];
}

public sealed class TieredTests : EngineSpec
{
    protected override EngineKind Kind => EngineKind.Tiered;

    [Fact]
    public void A_program_is_compiled_after_the_runs_that_the_options_say()
    {
        using var machine = Machine(Assembler.Assemble("r0 = r2\nexit\n"), new MachineOptions { CompileAfterRuns = 3 });
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(i > 3, machine.IsCompiled);
            Assert.Equal(0UL, machine.Run(0).Value);
        }
    }
}
