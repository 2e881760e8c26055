// bench/layout: generated views, encoders and objects beside hand-written C#, C (gcc -O2), MemoryPack and
// Google.Protobuf.
//
//   ./x bench layout [--quick] [--aot]
//
// One process, one buffer for all candidates of a group, interleaved rounds, medians; each candidate's sum is compared
// with the others'. The C functions are a shared library that this program compiles. --aot publishes with NativeAOT
// instead of the JIT. Results: a table on stdout and in bench/results/layout.md (layout-aot.md).

using System.Diagnostics;

var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here ? Path.GetDirectoryName(here)!
    : Environment.CurrentDirectory;
var project = Path.Combine(root, "bench", "layout");
var isAot = args.Contains("--aot");
var unknown = args.FirstOrDefault(static argument => argument is not ("--quick" or "--aot"));
if (unknown is not null)
{
    Console.Error.WriteLine($"bench layout: unknown argument '{unknown}'");
    return 2;
}

var work = Path.Combine(root, "artifacts", "bench", "layout");
Directory.CreateDirectory(work);
Directory.CreateDirectory(Path.Combine(root, "bench", "results"));
var peer = Path.Combine(work, "peer.so");
if (Run("gcc", ["-O2", "-shared", "-fPIC", "-o", peer, Path.Combine(project, "peer.c")]) != 0)
{
    Console.Error.WriteLine("bench layout: gcc did not compile bench/layout/peer.c");
    return 4;
}

// No --output: it would move the schema compiler too, and an old one would generate what is measured.
var program = isAot ? Path.Combine(work, "aot") : Path.Combine(root, "artifacts", "bin", "Bench.Layout", "release");
string[] build = isAot ? ["publish", "-p:BenchAot=true", $"-p:PublishDir={program}/"] : ["build"];
if (Run("dotnet", [.. build, project, "-c", "Release", "-v", "quiet", "-nologo"]) != 0)
{
    return 4;
}

var results = Path.Combine(root, "bench", "results", isAot ? "layout-aot.md" : "layout.md");
return Run(Path.Combine(program, "Bench.Layout"),
    [.. args.Where(static argument => argument == "--quick"), peer, results]);

static int Run(string file, string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(file, arguments))
        ?? throw new InvalidOperationException(file);
    process.WaitForExit();
    return process.ExitCode;
}
