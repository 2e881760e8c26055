// bench/layout: generated views, encoders and objects beside hand-written C#, C (gcc -O2), MemoryPack and
// Google.Protobuf; a program's first calls; threads in contention; how long the schemas take to compile.
//
//   ./x bench layout [--quick] [--aot]
//
// One process, one buffer for all candidates of a group, interleaved rounds, medians; each candidate's sum is compared
// with the others'. The C functions are a shared library that this program compiles. --aot publishes with NativeAOT
// instead of the JIT and leaves out what is not about code. First calls: a process of its own for each way to
// publish, nothing run before. Results: tables on stdout and in bench/results/layout.md (layout-aot.md).

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here ? Path.GetDirectoryName(here)!
    : Environment.CurrentDirectory;
var project = Path.Combine(root, "bench", "layout");
var isAot = args.Contains("--aot");
var isQuick = args.Contains("--quick");
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
var results = Path.Combine(root, "bench", "results", isAot ? "layout-aot.md" : "layout.md");
Run("gcc", "-O2", "-shared", "-fPIC", "-o", peer, Path.Combine(project, "peer.c"));

// No --output: it would move the schema compiler too, and an old one would generate what is measured.
var main = isAot
    ? Publish("aot", "-p:BenchAot=true")
    : Path.Combine(root, "artifacts", "bin", "Bench.Layout", "release");
if (!isAot)
{
    Run("dotnet", "build", project, "-c", "Release", "-v", "quiet", "-nologo");
}

Show(Run(Path.Combine(main, "Bench.Layout"), [.. isQuick ? ["--quick"] : Array.Empty<string>(), peer, results]));
Add("", "First calls of a new process, the native dinode; `compiled` is how many methods the JIT was asked for.", "",
    "| published | candidate | first call of 10,000, ms | then, ns a record | compiled |", "|---|---|---|---|---|");
if (isAot)
{
    Add(Run(Path.Combine(main, "Bench.Layout"), "--startup", "NativeAOT"));
    return 0;
}

var ready = Publish("ready", "-p:BenchReady=true");
Add(Run(Path.Combine(ready, "Bench.Layout"), "--startup", "ReadyToRun"));
Add(Run(Path.Combine(main, "Bench.Layout"), "--startup", "JIT"));
Add("", Run(Path.Combine(main, "Bench.Layout"), "--contend", isQuick ? "2" : "60"));
CompileTimes();
return 0;

string Publish(string name, string how)
{
    var folder = Path.Combine(work, name);
    Run("dotnet", "publish", project, "-c", "Release", "-v", "quiet", "-nologo", how, $"-p:PublishDir={folder}/");
    return folder;
}

// What a schema costs whoever builds: all schemas in a new process, and the hook's task in a build.
void CompileTimes()
{
    var schemas = Directory.GetFiles(Path.Combine(root, "layouts"), "*.layout", SearchOption.AllDirectories);
    var command = Path.Combine(root, "kern");
    var target = Path.Combine(work, "generated");
    Run(command, "--version");
    double Cold()
    {
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        var clock = Stopwatch.StartNew();
        Run(command, ["layout", "compile", .. schemas, "--to", "csharp", "-o", target]);
        return clock.Elapsed.TotalMilliseconds;
    }

    var hooked = Path.Combine(work, "hooked");
    Directory.CreateDirectory(hooked);
    var hook = Path.Combine(root, "src", "KernKit.Build", "build", "KernKit.Build");
    var tools = Path.Combine(root, "artifacts", "bin", "KernKit.Build", "release") + "/";
    File.WriteAllText(Path.Combine(hooked, "Directory.Build.props"), "<Project />");
    File.WriteAllText(Path.Combine(hooked, "Directory.Build.targets"), "<Project />");
    File.WriteAllText(Path.Combine(hooked, "Directory.Packages.props"), "<Project />");
    File.WriteAllText(Path.Combine(hooked, "hooked.csproj"), $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <KernKitBuildToolsDirectory>{tools}</KernKitBuildToolsDirectory>
          </PropertyGroup>
          <Import Project="{hook}.props" />
          <ItemGroup>
            <Layout Include="schemas/**/*.layout" />
          </ItemGroup>
          <Import Project="{hook}.targets" />
        </Project>
        """);
    foreach (var schema in schemas)
    {
        var copy = Path.Combine(hooked, "schemas", Path.GetRelativePath(Path.Combine(root, "layouts"), schema));
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        File.Copy(schema, copy, overwrite: true);
    }

    Run("dotnet", "restore", hooked, "-v", "quiet");
    double Task() => double.Parse(
        Regex.Match(
            Run("dotnet", "msbuild", hooked, "-t:KernKitGenerate", "-v:q", "-nologo", "-clp:PerformanceSummary"),
            @"(\d+) ms\s+GenerateCode").Groups[1].Value,
        CultureInfo.InvariantCulture);
    double Edited()
    {
        File.AppendAllText(Path.Combine(hooked, "schemas", "ufs", "dinode.layout"), "\nconst BENCH_ = 1;\n"
            .Replace("_", Guid.NewGuid().ToString("N"), StringComparison.Ordinal));
        return Task();
    }

    var rounds = isQuick ? 1 : 5;
    Add("", $"Schemas: {schemas.Length} files of layouts/, medians of {rounds}.", "", "| what | ms |", "|---|---|");
    Add($"| all schemas, a new process: `kern layout compile` | {Median(Cold, rounds):0} |");
    Add($"| a build: all schemas are new: the task, by MSBuild's own summary | {Task():0} |");
    Add($"| a build: nothing to do: the task | {Median(Task, rounds):0} |");
    Add($"| a build: one schema edited, on which others stand: the task | {Median(Edited, rounds):0} |");
}

static double Median(Func<double> measure, int rounds) =>
    Enumerable.Range(0, rounds).Select(_ => measure()).Order().ElementAt(rounds / 2);

static void Show(string text) => Console.WriteLine(text.TrimEnd());

void Add(params string[] lines)
{
    var text = lines.Select(static line => line.TrimEnd()).ToArray();
    File.AppendAllLines(results, text);
    Show(string.Join('\n', text));
}

static string Run(string file, params string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })
        ?? throw new InvalidOperationException(file);
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0
        ? output
        : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)}: {process.ExitCode}\n{output}");
}
