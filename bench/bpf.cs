#:project ../src/KernKit.Bpf/KernKit.Bpf.csproj
#:property AllowUnsafeBlocks=true
#:property PublishAot=false

// bench/bpf: the same C through clang and this machine, and through gcc -O2; interleaved rounds, medians.
//
//   ./x bench bpf [--rounds N] [--quick]
//
// bench/bpf/programs.c is compiled by clang-19 -target bpf -mcpu=v3 -O2 and by gcc -O2 into a shared library that is
// called through a function pointer. "checked" compares every access and pays fuel for every loop; "verified" leaves
// out what the verifier proved for memory of this length, in accesses and in loops. Each figure is the median over
// rounds of the best batch of a round; the variants of a program take turns, so that a slow minute hits all. Results: a
// table on stdout and in bench/results/bpf.md.

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KernKit.Bpf;

var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here
    ? Path.GetDirectoryName(here)! : Environment.CurrentDirectory;
var work = Path.Combine(root, "artifacts", "bench", "bpf");
var rounds = 9;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--quick": rounds = 3; break;
        default: Console.Error.WriteLine($"bench bpf: unknown argument '{args[i]}'"); return 2;
    }
}

Directory.CreateDirectory(work);
var source = Path.Combine(root, "bench", "bpf", "programs.c");
var (target, library) = (Path.Combine(work, "programs.o"), Path.Combine(work, "programs.so"));
if (Run("clang-19", "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-c", source, "-o", target) != 0
    || Run("gcc", "-O2", "-shared", "-fPIC", source, "-o", library) != 0)
{
    return 4;
}

var native = NativeLibrary.Load(library);
var programs = BpfObject.Load(File.ReadAllBytes(target)).Programs;
var lines = new List<string>
{
    "# bench/bpf",
    "",
    $"`{string.Join(' ', args.Prepend("./x bench bpf"))}`",
    "",
    $"Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}. Medians of {rounds} interleaved "
        + $"rounds; times are those of native, the others",
    "are ratios to it. gcc -O2 is native; uBPF's JIT takes 1.33 times native on such programs (geometric mean, "
        + "reference).",
    "",
    "| program | slots | native ns | checked | verified | unproved accesses | interpreter | compile ms |",
    "|---|---|---|---|---|---|---|---|",
};
var sums = new double[3];
foreach (var program in programs)
{
    var memory = Inputs.Make(program.Name);
    var variants = new List<Func<int, ulong>>();
    unsafe
    {
        // SAFETY: the function reads at most memory.Length bytes of an array that is pinned for good.
        var function = (delegate* unmanaged<byte*, ulong, ulong>)NativeLibrary.GetExport(native, program.Name);
        var start = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[0]);
        var length = (ulong)memory.Length;
        variants.Add(count =>
        {
            ulong last = 0;
            for (var i = 0; i < count; i++)
            {
                last = function(start, length);
            }

            return last;
        });
    }

    var verified = Verifier.Verify(program.Program, new VerifierOptions
    {
        Policy = VerifierPolicy.Checked,
        ContextBytesMin = memory.Length,
        ContextBytesMax = memory.Length,
    });
    double compile = 0;
    foreach (var (engine, facts) in new (EngineKind, ProgramFacts?)[]
        { (EngineKind.Compiled, null), (EngineKind.Compiled, verified.Facts), (EngineKind.Interpreter, null) })
    {
        var machine = new BpfMachine(program.Program, new MachineOptions
        {
            Engine = engine,
            ContextBytesMax = memory.Length,
            Facts = facts is null ? [] : [facts],
            AreBoundedLoopsFree = true,
            Fuel = long.MaxValue,
        });
        memory.CopyTo(machine.Context(memory.Length));
        var watch = Stopwatch.StartNew();
        var result = machine.Run(memory.Length);
        compile = engine == EngineKind.Compiled ? watch.Elapsed.TotalMilliseconds : compile;
        if (result.Status != RunStatus.Ok || result.Value != variants[0](1))
        {
            Console.Error.WriteLine($"bench bpf: {program.Name}: {engine}: {result}, native 0x{variants[0](1):x}");
            return 1;
        }

        variants.Add(count =>
        {
            ulong last = 0;
            for (var i = 0; i < count; i++)
            {
                last = machine.Run(memory.Length).Value;
            }

            return last;
        });
    }

    var times = Measure(variants, rounds);
    for (var i = 0; i < 3; i++)
    {
        sums[i] += Math.Log(times[i + 1] / times[0]);
    }

    lines.Add(string.Create(CultureInfo.InvariantCulture,
        $"| {program.Name} | {program.Program.Length} | {times[0]:0.#} | {times[1] / times[0]:0.00} | "
            + $"{times[2] / times[0]:0.00} | {verified.UnprovedCount} of {verified.AccessCount} | "
                + $"{times[3] / times[0]:0.00} | {compile:0.00} |"));
    Console.Error.WriteLine(lines[^1]);
}

var means = sums.Select(sum => Math.Exp(sum / programs.Count)).ToArray();
lines.Add(string.Create(CultureInfo.InvariantCulture,
    $"| geometric mean | | | **{means[0]:0.00}** | **{means[1]:0.00}** | | **{means[2]:0.00}** | |"));
lines.AddRange(["", .. LargePrograms.Measure(rounds)]);
foreach (var line in lines)
{
    Console.WriteLine(line);
}

var results = Path.Combine(root, "bench", "results");
Directory.CreateDirectory(results);
File.WriteAllLines(Path.Combine(results, "bpf.md"), lines);
return 0;

static double[] Measure(List<Func<int, ulong>> variants, int rounds)
{
    const double BatchMilliseconds = 4;
    var counts = variants.ConvertAll(variant =>
    {
        variant(50);
        var count = 1;
        for (var watch = Stopwatch.StartNew(); ; watch.Restart())
        {
            variant(count);
            if (watch.Elapsed.TotalMilliseconds > BatchMilliseconds / 2)
            {
                return count;
            }

            count *= 2;
        }
    });
    var times = variants.ConvertAll(_ => new List<double>());
    for (var round = 0; round < rounds; round++)
    {
        for (var i = 0; i < variants.Count; i++)
        {
            var best = double.MaxValue;
            for (var batch = 0; batch < 5; batch++)
            {
                var start = Stopwatch.GetTimestamp();
                variants[i](counts[i]);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / counts[i]);
            }

            times[i].Add(best);
        }
    }

    return [.. times.Select(list => list.Order().ElementAt(list.Count / 2))];
}

static int Run(string program, params string[] arguments)
{
    using var process = Process.Start(program, arguments);
    process.WaitForExit();
    return process.ExitCode;
}

/// <summary>Straight-line programs of growing length: the cost of an instruction must not jump where .NET's compiler
/// gives up.</summary>
internal static class LargePrograms
{
    public static IEnumerable<string> Measure(int rounds)
    {
        yield return "| instructions | ns an instruction | against 500 |";
        yield return "|---|---|---|";
        double first = 0;
        foreach (var count in new[] { 500, 2_000, 4_000, 16_000 })
        {
            var text = new StringBuilder("r0 = 1\n");
            for (var i = 0; i < count / 4; i++)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"r2 = *(u32 *)(r1 + {i % 60})\nr0 += r2\nif r0 == {i} goto +1\nr0 ^= {i}\n");
            }

            using var machine = new BpfMachine(Assembler.Assemble(text + "exit\n"),
                new MachineOptions { Engine = EngineKind.Compiled });
            var best = double.MaxValue;
            machine.Run(64);
            for (var round = 0; round < rounds * 20; round++)
            {
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < 50; i++)
                {
                    machine.Run(64);
                }

                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / 50 / count);
            }

            first = first == 0 ? best : first;
            yield return string.Create(CultureInfo.InvariantCulture,
                $"| {count} | {best:0.000} | {best / first:0.00} |");
        }
    }
}

/// <summary>What each program reads.</summary>
internal static class Inputs
{
    public static byte[] Make(string name)
    {
        var random = new Random(7);
        var memory = GC.AllocateArray<byte>(
            name switch { "b_sum" => 65_536, "b_crc" => 5_120, "b_packet" => 32_768, "b_hash" => 24_384, "b_inode" =>
                262_144, _ => 256 }, pinned: true);
        random.NextBytes(memory);
        switch (name)
        {
            case "b_crc": FillTable(memory); break;
            case "b_packet": FillPackets(memory, random); break;
            case "b_hash": FillSlots(memory, random); break;
            case "b_inode" or "b_rec1": FillRecords(memory, random); break;
            default: break;
        }

        return memory;
    }

    private static void FillTable(byte[] memory)
    {
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * 0xedb88320u);
            }

            BitConverter.TryWriteBytes(memory.AsSpan((int)i * 4), value);
        }
    }

    private static void FillPackets(byte[] memory, Random random)
    {
        for (var at = 0; at < memory.Length; at += 64)
        {
            var type = at + 12;
            if (random.Next(3) == 0)
            {
                (memory[type], memory[type + 1]) = (0x81, 0);
                type += 4;
            }

            (memory[type], memory[type + 1]) = (8, (byte)(random.Next(8) == 0 ? 6 : 0));
            (memory[type + 2], memory[type + 2 + 9]) = (0x45, (byte)(random.Next(4) == 0 ? 17 : 6));
            (memory[type + 24], memory[type + 25]) = (0, (byte)(random.Next(2) == 0 ? 80 : 22));
        }
    }

    private static void FillSlots(byte[] memory, Random random)
    {
        Array.Clear(memory);
        for (var i = 0; i < 1_000; i++)
        {
            var key = (ulong)random.NextInt64(1, long.MaxValue);
            if (i < 700)
            {
                var slot = (int)((key * 0x9e3779b97f4a7c15UL) >> 54);
                while (BitConverter.ToUInt64(memory, slot * 16) != 0)
                {
                    slot = (slot + 1) & 1023;
                }

                BitConverter.TryWriteBytes(memory.AsSpan(slot * 16), key);
                BitConverter.TryWriteBytes(memory.AsSpan((slot * 16) + 8), (ulong)i);
            }

            BitConverter.TryWriteBytes(memory.AsSpan(16_384 + (i * 8)), key);
        }
    }

    private static void FillRecords(byte[] memory, Random random)
    {
        for (var at = 0; at < memory.Length; at += 256)
        {
            BitConverter.TryWriteBytes(memory.AsSpan(at), (ushort)(random.Next(3) == 0 ? 0x4000 : 0x8000));
            BitConverter.TryWriteBytes(memory.AsSpan(at + 16), (ulong)random.Next(4_000_000));
        }
    }
}
