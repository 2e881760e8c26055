#:project ../src/KernKit.Bpf/KernKit.Bpf.csproj
#:project ../src/KernKit.Layout.Compiler/KernKit.Layout.Compiler.csproj
#:property AllowUnsafeBlocks=true
#:property PublishAot=false

// bench/predicates: conditions on 256-byte inodes, many a call, against gcc -O2; and how long one takes to
// compile.
//
//   ./x bench predicates [--rounds N]
//
// 4,096 records that no cache of the first two levels holds (1 MiB) and 64 that it does. The variants take turns; each
// figure is the median over rounds of the best batch of a round. "compile" is from the text to the first verdict of the
// compiled batch: parsing, proof, and .NET's compiler, warm.

using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using KernKit.Bpf;
using KernKit.Layout.Compiler.Decode;

const int RecordBytes = 256;
var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here
    ? Path.GetDirectoryName(here)! : Environment.CurrentDirectory;
var work = Path.Combine(root, "artifacts", "bench", "predicates");
var rounds = args is ["--rounds", var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 9;
Directory.CreateDirectory(work);
var library = Path.Combine(work, "peer.so");
var peer = Path.Combine(root, "bench", "predicates", "peer.c");
using (var gcc = Process.Start("gcc", ["-O2", "-shared", "-fPIC", peer, "-o", library]))
{
    gcc.WaitForExit();
    if (gcc.ExitCode != 0)
    {
        return 4;
    }
}

var native = NativeLibrary.Load(library);
var schema = LayoutSchema.Load([Path.Combine(root, "layouts", "ufs", "dinode.layout")], File.ReadAllText);
var table = schema.Find("dinode2")!.FieldTable;
var lines = new List<string>
{
    "# bench/predicates",
    "",
    "`./x bench predicates`: conditions on inodes of 256 bytes, a verdict each, ns a record.",
    "",
    $"Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}. Medians of {rounds} interleaved rounds.",
    "",
    "| condition | order | records | gcc -O2 | batch | ratio | one by one | proved | compile ms |",
    "|---|---|---|---|---|---|---|---|---|",
};
foreach (var (text, order, name) in new[]
{
    ("mode.type == REG && size > 1M", "le", "files"),
    ("mode.type == REG && size > 1M", "be", "files_be"),
    ("mtime >= \"2024-05-01\" && mode & 0o4000 && db[0] != 0", "le", "recent"),
})
{
    foreach (var count in new[] { 4096, 64 })
    {
        lines.Add(Measure(text, order, name, count));
        Console.Error.WriteLine(lines[^1]);
    }
}

lines.AddRange(["", "Expressions to verified programs, warm, ms (median of 200):", "",
    "| condition | slots | to a program | with proof |",
    "|---|---|---|---|"]);
foreach (var text in new[]
{
    "mode.type == REG && size > 1M", "mtime > now - 7d && uid == 0",
    "shortlink ~ \"usr/*\" && mode.type == LNK", "shortlink ~ \"*lib*\"",
    "size / 512 + 8 < blocks || nlink * size > 1G || (db[0] == 0 && db[1] != 0 && size % 4K != 0)",
})
{
    var fields = FieldTable.Parse(table);
    var parse = Median(200, () => Predicate.Compile(text, fields));
    var all = Median(200, () => Predicate.Compile(text, fields).Verdict);
    lines.Add(string.Create(CultureInfo.InvariantCulture,
        $"| `{text.Replace("|", "\\|", StringComparison.Ordinal)}` | {Predicate.Compile(text, fields).Program.Length}"
            + $" | {parse:0.000} | {all:0.000} |"));
    Console.Error.WriteLine(lines[^1]);
}

lines.ForEach(Console.WriteLine);
File.WriteAllLines(Path.Combine(root, "bench", "results", "predicates.md"), lines);
return 0;

string Measure(string text, string order, string name, int count)
{
    var records = GC.AllocateArray<byte>(count * RecordBytes, pinned: true);
    var verdicts = GC.AllocateArray<byte>(count, pinned: true);
    Fill(records, order == "be");
    var fields = FieldTable.Parse(table, order == "be");
    var compile = Median(20, () =>
    {
        using var fresh = new PredicateBatch(Predicate.Compile(text, fields), RecordBytes, 64);
        return fresh.Run(1);
    });
    var predicate = Predicate.Compile(text, fields);
    using var batch = new PredicateBatch(predicate, RecordBytes, count);
    records.CopyTo(batch.Records);
    using var hook = predicate.CreateHook(RecordBytes, new MachineOptions { Engine = EngineKind.Compiled });
    records.AsSpan(0, RecordBytes).CopyTo(hook.Context(RecordBytes));
    Action<int>[] variants;
    unsafe
    {
        // SAFETY: both arrays are pinned for good and as long as count says.
        var function = (delegate* unmanaged<byte*, nuint, byte*, void>)NativeLibrary.GetExport(native, name);
        var from = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(records, 0);
        var to = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(verdicts, 0);
        variants =
        [
            times => { for (var i = 0; i < times; i++) { function(from, (nuint)count, to); } },
            times => { for (var i = 0; i < times; i++) { batch.Run(count); } },
            times => { for (var i = 0; i < times * count; i++) { hook.Decide(RecordBytes); } },
        ];
    }

    Array.ForEach(variants, variant => variant(20));
    if (!batch.Verdicts[..count].SequenceEqual(verdicts))
    {
        throw new InvalidOperationException($"{text}: C and the predicate disagree");
    }

    var results = new List<double>[] { [], [], [] };
    for (var round = 0; round < rounds; round++)
    {
        for (var i = 0; i < variants.Length; i++)
        {
            var times = Math.Max(1, 400_000 / count);
            var best = double.MaxValue;
            for (var turn = 0; turn < 5; turn++)
            {
                var start = Stopwatch.GetTimestamp();
                variants[i](times);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / times / count);
            }

            results[i].Add(best);
        }
    }

    var (c, many, one) = (Middle(results[0]), Middle(results[1]), Middle(results[2]));
    var verdict = batch.Verdict;
    return string.Create(CultureInfo.InvariantCulture,
        $"| `{text}` | {order} | {count} | {c:0.00} | {many:0.00} | {many / c:0.00} | "
        + $"{one:0.0} | {verdict.AccessCount - verdict.UnprovedCount} of {verdict.AccessCount} | {compile:0.00} |");
}

static double Middle(List<double> list) => list.Order().ElementAt(list.Count / 2);

static double Median(int count, Func<object> run)
{
    var times = new List<double>();
    for (var i = 0; i < count + 20; i++)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    return Middle(times.Skip(20).ToList());
}

static void Fill(byte[] records, bool isBig)
{
    var random = new Random(7);
    for (var at = 0; at < records.Length; at += RecordBytes)
    {
        var mode = (ushort)((random.Next(3) == 0 ? 0x4000 : 0x8000) | random.Next(0x1000));
        long size = random.Next(4_000_000);
        var (time, block) = (1_700_000_000L + random.Next(30_000_000), (long)random.Next(2));
        var record = records.AsSpan(at);
        if (isBig)
        {
            BinaryPrimitives.WriteUInt16BigEndian(record, mode);
            BinaryPrimitives.WriteInt64BigEndian(record[16..], size);
            continue;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(record, mode);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], size);
        BinaryPrimitives.WriteInt64LittleEndian(record[40..], time);
        BinaryPrimitives.WriteInt64LittleEndian(record[112..], block);
    }
}
