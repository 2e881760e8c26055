// bench/volumes: kern beside Sleuthkit on a tree of 101,060 entries, whole processes, warm page cache, interleaved
// rounds.
//
//   ./x bench volumes [--image FILE]... [--rounds N] [--quick] [--disk]
//
// The tree is made here, deterministically: 100,000 files of 8 to 60,000 bytes in 1,000 directories, and eight large
// ones. Debian's makefs writes it as UFS1 and UFS2. That makefs cannot seek beyond 2 GiB, hence the size of the large
// files. It also puts the UFS2 superblock where Sleuthkit does not look, so Sleuthkit is asked on UFS1 only; --image
// adds images from other makers, such as FreeBSD's makefs, whose UFS2 Sleuthkit reads. A peer that cannot read an image
// is shown as "cannot read". Results: a table on stdout and in bench/results/volumes.md. Times are medians; "peak" is
// the largest resident set.
//
// Extraction goes to memory (tmpfs), each output removed at once: what the programs cost. With --disk it also goes to
// the disk, each output in a directory of its own and all removed at the end: what a user waits for, with the file
// system's part, which varies. (ext4 looks for a new inode past all those that were deleted in the last minutes: after
// the removal of 100,000 files that search takes ten times as long as everything else. Wait five minutes after one.)

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here ? Path.GetDirectoryName(here)!
    : Environment.CurrentDirectory;
var work = Path.Combine(root, "artifacts", "bench", "volumes");
var images = new List<(string Name, string Path)>();
var rounds = 13;
var quick = false;
var disk = false;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--image": var given = Path.GetFullPath(args[++i]); images.Add((Path.GetFileName(given), given)); break;
        case "--rounds": rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--disk": disk = true; break;
        case "--quick": quick = true; rounds = 3; break;
        default: Console.Error.WriteLine($"bench volumes: unknown argument '{args[i]}'"); return 2;
    }
}

Directory.CreateDirectory(work);
var tree = Path.Combine(work, "tree");
MakeTree(tree);
foreach (var version in (int[])[2, 1])
{
    var image = Path.Combine(work, $"ufs{version}.img");
    if (!File.Exists(image))
    {
        var partial = image + ".partial";
        var made = Run(
            "makefs", ["-t", "ffs", "-B", "le", "-o", $"version={version},bsize=16384,fsize=2048", partial, tree]);
        if (made.ExitCode != 0)
        {
            Console.Error.WriteLine($"bench volumes: makefs failed with {made.ExitCode}");
            return 4;
        }

        File.Move(partial, image, overwrite: true);
    }

    images.Insert(0, ($"UFS{version}, Debian makefs", image));
}

var target = Path.Combine(work, "out");
if (Directory.Exists(target))
{
    Directory.Delete(target, recursive: true);
}

Directory.CreateDirectory(target);
var memory = Directory.CreateDirectory($"/dev/shm/kernkit-bench-{Environment.ProcessId}").FullName;
var kern = Path.Combine(root, "kern");
if (Run(kern, ["--help"]).ExitCode != 0)
{
    Console.Error.WriteLine("bench volumes: ./kern does not start");
    return 4;
}

// Ahead of time: what kern costs without the start of a runtime.
var ahead = Path.Combine(root, "artifacts", "ahead", "kern", "kern");
if (Run(Path.Combine(root, "eng", "publish-ahead.sh"), []).ExitCode != 0)
{
    Console.Error.WriteLine("bench volumes: kern does not compile ahead of time; eng/publish-ahead.sh says why");
    return 4;
}

var lines = new List<string>
{
    "# bench/volumes",
    "",
    $"`{string.Join(' ', args.Select(Path.GetFileName).Prepend("./x bench volumes"))}`",
    "",
    $"Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}, kernel "
        + $"{Environment.OSVersion.Version}. Warm cache, whole",
    $"processes, {rounds} interleaved rounds ({(quick ? 1 : 9)} for extraction to memory), medians; seconds wall "
        + $"(user + system), peak resident set.",
    "",
    "| image | command | wall s | user + sys s | peak MB | against the peer |",
    "|---|---|---|---|---|---|",
};
foreach (var (name, image) in images)
{
    Compare(name, rounds, null,
        ("kern ls -R", kern, ["ls", "-R", image]),
        ("fls -r -p", "fls", ["-r", "-p", image]),
        ("kern ls -R, ahead of time", ahead, ["ls", "-R", image]),
        ("kern ls -R -l", kern, ["ls", "-R", "-l", image]),
        ("kern ls -R --json", kern, ["ls", "-R", "--json", image]));
    foreach (var into in disk ? (string[])[memory, target] : [memory])
    {
        var place = into == memory ? "memory" : "disk";
        Compare(name, quick ? 1 : into == memory ? 9 : 3, into,
            ($"kern extract, to {place}", kern, ["extract", image, "--to"]),
            ($"kern extract, ahead of time, to {place}", ahead, ["extract", image, "--to"]),
            ($"tsk_recover -a, to {place}", "tsk_recover", ["-a", image]));
    }

    Compare(name, quick ? 1 : 3, null,
        ("kern check", kern, ["check", image]),
        ("kern ls --digest", kern, ["ls", "-R", "--json", "--digest", "sha256", image]));
}

Directory.Delete(memory, recursive: true);
Directory.Delete(target, recursive: true);
Directory.CreateDirectory(Path.Combine(root, "bench", "results"));
await File.WriteAllLinesAsync(Path.Combine(root, "bench", "results", "volumes.md"), lines).ConfigureAwait(false);
Console.WriteLine(string.Join('\n', lines));
return 0;

// The first command is ours; the second, if it is not kern, its peer.
void Compare(string image, int count, string? outputs, params (string Name, string File, string[] Arguments)[] commands)
{
    var samples = commands.Select(_ => new List<Sample>()).ToArray();
    for (var round = -1; round < count; round++)
    {
        for (var c = 0; c < commands.Length; c++)
        {
            var arguments = commands[c].Arguments;
            var own = "";
            if (outputs is not null)
            {
                if (round < 0)
                {
                    continue; // reading warms the cache; a warming extraction would only cost time
                }

                own = Path.Combine(outputs, $"{images.FindIndex(i => i.Name == image)}.{c}.{round}");
                arguments = [.. arguments, own];
                if (commands[c].Name.StartsWith("tsk", StringComparison.Ordinal))
                {
                    Directory.CreateDirectory(own);
                }

                Run("sync", []);
            }

            var sample = Run(commands[c].File, arguments);
            if (outputs == memory)
            {
                Directory.Delete(own, recursive: true);
            }

            if (round >= 0)
            {
                samples[c].Add(sample);
            }
        }
    }

    var ours = Median(samples[0], s => s.Wall);
    for (var c = 0; c < commands.Length; c++)
    {
        var failed = samples[c].Any(s => s.ExitCode != 0);
        var isPeer = !commands[c].Name.StartsWith("kern", StringComparison.Ordinal);
        var ratio = isPeer && !failed ? F(ours / Median(samples[c], s => s.Wall), "0.00") + " (kern / peer)" : "";
        lines.Add(failed && isPeer
            ? $"| {image} | {commands[c].Name} | cannot read | | | |"
            : $"| {image} | {commands[c].Name} | {F(Median(samples[c], s => s.Wall), "0.000")} "
                + $"| {F(Median(samples[c], s => s.Cpu), "0.000")} | "
                + $"{F(Median(samples[c], s => s.PeakMegabytes), "0.0")} | {ratio}"
                + (failed ? $" exit {samples[c][0].ExitCode} |" : " |"));
    }
}

static string F(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

static double Median(List<Sample> samples, Func<Sample, double> of)
{
    var sorted = samples.Select(of).Order().ToArray();
    return sorted[sorted.Length / 2];
}

static Sample Run(string file, string[] arguments)
{
    // GNU time prints elapsed, user and system seconds and the peak resident set; %e has only two digits, so the clock
    // is ours.
    var report = Path.GetTempFileName();
    var start = new ProcessStartInfo("/usr/bin/time")
    {
        ArgumentList = { "-q", "-f", "%U %S %M", "-o", report, file },
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
    foreach (var argument in arguments)
    {
        start.ArgumentList.Add(argument);
    }

    var clock = Stopwatch.StartNew();
    using var process = Process.Start(start)!;
    var drain = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
    var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
    process.WaitForExit();
    Task.WaitAll(drain, errors);
    var wall = clock.Elapsed.TotalSeconds;
    var numbers = File.ReadAllText(report).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
    File.Delete(report);
    return new Sample(process.ExitCode, wall, numbers[0] + numbers[1], numbers[2] / 1024);
}

static void MakeTree(string tree)
{
    if (File.Exists(tree + ".done"))
    {
        return;
    }

    if (Directory.Exists(tree))
    {
        Directory.Delete(tree, recursive: true);
    }

    var blob = Shake128.HashData("odonata-big"u8, 1 << 20);
    var state = 88172645463325252UL;
    ulong Next()
    {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^= state << 17;
    }

    var number = 0;
    var content = new byte[64 * 1024];
    for (var directory = 0; directory < 1000; directory++)
    {
        var path = Path.Combine(tree, $"d{directory / 20:00}", $"e{directory % 20:00}");
        Directory.CreateDirectory(path);
        for (var file = 0; file < 100; file++, number++)
        {
            var random = Next();
            var size = (int)((random & 7) != 0 ? random % 3000 : random % 60000);
            var offset = (int)(Next() % (ulong)(blob.Length - 60000));
            System.Text.Encoding.ASCII.GetBytes($"{number:00000000}", content);
            blob.AsSpan(offset, size).CopyTo(content.AsSpan(8));
            File.WriteAllBytes(Path.Combine(path, $"file-{number:000000}.dat"), content.AsSpan(0, 8 + size).ToArray());
        }
    }

    Directory.CreateDirectory(Path.Combine(tree, "large"));
    for (var i = 0; i < 8; i++)
    {
        using var large = File.Create(Path.Combine(tree, "large", $"L{i}"));
        for (var k = 0; k < 120; k++)
        {
            large.Write(System.Text.Encoding.ASCII.GetBytes($"{k:00000000}"));
            large.Write(blob);
        }
    }

    File.WriteAllText(tree + ".done", "");
}

internal readonly record struct Sample(int ExitCode, double Wall, double Cpu, double PeakMegabytes);
