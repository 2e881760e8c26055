using System.Buffers.Binary;

namespace KernKit.Bpf.Verify.Tests;

/// <summary>Runs a program that the verifier accepted: no fault with all checks, the same without those that the facts
/// make needless.</summary>
internal static class VerifiedRun
{
    private const int ContextBytesMax = 128;
    private const int RunCount = 4;
    private const int Rounds = 40;
    private static readonly DateTimeOffset Now = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Grows a program from a seed, and runs it at each step: in the checked interpreter, and the last one as
    /// compiled code without needless checks, too.</summary>
    /// <param name="seed">Everything random comes from it.</param>
    /// <returns>Programs that were accepted and run.</returns>
    /// <exception cref="InvalidOperationException">The verifier was wrong, or the engines differ.</exception>
    public static int Try(int seed)
    {
        var random = new Random(seed);
        var isXdp = random.Next(2) == 0;
        var helpers = StandardHelpers.Create();
        var options = new VerifierOptions
        {
            Type = isXdp ? ProgramTypes.Xdp : null,
            Helpers = helpers,
            Maps = ProgramDraw.Maps,
            ContextBytesMin = isXdp ? 0 : random.Next(3) * 8,
            ContextBytesMax = ContextBytesMax - 24,
            InstructionsFollowedMax = 3_000,
            StatesPerInstructionMax = random.Next(3) == 0 ? 4 : 256,
            LoopRoundsMax = 300,
        };
        var count = 0;
        (BpfProgram Program, ProgramFacts Facts)? last = null;
        new ProgramDraw(random, isXdp).Grow(options, random.Next(4, Rounds), (program, result) =>
        {
            count++;
            Run(program, null, options.ContextBytesMin, isXdp, seed);
            last = (program, result.Facts);
        });
        if (last is var (grown, facts))
        {
            Run(grown, facts, options.ContextBytesMin, isXdp, seed);
        }

        return count;
    }

    private static void Run(BpfProgram program, ProgramFacts? proved, int bytesMin, bool isXdp, int seed)
    {
        var random = new Random(seed);
        using var checks = new World(program, EngineKind.Interpreter, isXdp, null);
        using var facts = proved is null ? null : new World(program, EngineKind.Compiled, isXdp, proved);
        for (var run = 0; run < RunCount; run++)
        {
            var memory = new byte[bytesMin
                + (random.Next(0, ContextBytesMax - 24 - bytesMin + 1) / (1 << random.Next(3)))];
            Fill(memory, random);
            var ended = checks.Run(memory);
            if (ended.Status != RunStatus.Ok)
            {
                throw Wrong(seed, program, $"{memory.Length} bytes: {ended}");
            }

            if (facts?.Run(memory) is { } other && (other != ended || !facts.HasSameMemory(checks)))
            {
                throw Wrong(seed, program, $"{memory.Length} bytes: {ended} with all checks, {other} without");
            }
        }
    }

    private static InvalidOperationException Wrong(int seed, BpfProgram program, string what) =>
        new($"seed {seed}: {what}\n{Disassembler.Format(program)}");

    private static void Fill(byte[] memory, Random random)
    {
        for (var i = 0; i < memory.Length; i++)
        {
            memory[i] = random.Next(4) switch
            {
                0 => 0,
                1 => 0xff,
                2 => (byte)random.Next(20),
                _ => (byte)random.Next(256),
            };
        }
    }

    /// <summary>A machine with maps of its own, always filled alike.</summary>
    private sealed class World : IDisposable
    {
        private readonly BpfArena _arena = BpfArena.For(ProgramDraw.Maps, ContextBytesMax);
        private readonly BpfMachine _machine;
        private readonly bool _isXdp;

        public World(BpfProgram program, EngineKind engine, bool isXdp, ProgramFacts? facts)
        {
            _isXdp = isXdp;
            var maps = Array.ConvertAll(ProgramDraw.Maps, map => BpfMap.Create(_arena, map));
            ((MapOfMaps)maps[4]).Set(BitConverter.GetBytes(1), maps[5]);
            maps[1].Update(BitConverter.GetBytes(1), new byte[24]);
            _machine = new BpfMachine(program, new MachineOptions
            {
                Engine = engine,
                Arena = _arena,
                Maps = maps,
                Helpers = StandardHelpers.Create(new StoppedClock(), new Random(1)),
                Facts = facts is null ? [] : [facts],
                AreBoundedLoopsFree = true,
            });
        }

        public RunResult Run(byte[] memory)
        {
            const int StructureBytes = 24;
            if (!_isXdp)
            {
                memory.CopyTo(_machine.Context(memory.Length));
                return _machine.Run(memory.Length);
            }

            var area = _machine.Context(StructureBytes + memory.Length);
            area[..StructureBytes].Clear();
            memory.CopyTo(area[StructureBytes..]);
            var start = (uint)_machine.ContextAddress + StructureBytes;
            BinaryPrimitives.WriteUInt32LittleEndian(area, start);
            BinaryPrimitives.WriteUInt32LittleEndian(area[4..], start + (uint)memory.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(area[8..], start);
            return _machine.Run(area.Length);
        }

        public bool HasSameMemory(World other) =>
            _arena.Bytes.AsSpan(0, _arena.MapBytes).SequenceEqual(other._arena.Bytes.AsSpan(0, _arena.MapBytes))
            && _machine.Context(ContextBytesMax).SequenceEqual(other._machine.Context(ContextBytesMax));

        public void Dispose() => _machine.Dispose();
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => 1_000_000;
    }
}
