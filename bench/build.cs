#:property AllowUnsafeBlocks=true

// bench/build: the build hooks beside no generation, Grpc.Tools, GNU make and ninja; whole processes, interleaved
// rounds.
//
//   ./x bench build [--rounds N] [--quick] [--prepare | --prepared]
//
// --prepare only makes what is measured (minutes of compiling), --prepared only measures it (a minute or two): a
// machine with other work need be quiet for the second alone.
//
// Three console projects with 100 inputs each: `none` has the 100 C# files as sources, `hook` generates them through
// <CodeGenerator> (a shell script an input), `grpc` has 100 .proto files for Grpc.Tools (messages only). Every build is
// `dotnet build --no-restore` in a process of its own, without node reuse and without the MSBuild server: the slowest
// case, and the one that CI has. The generator's script writes a line to a log, so "how many ran" is counted, not said.
// kern is compiled ahead of time from a copy of the sources (its packages would change the lock files here).
// Results: a table on stdout and in bench/results/build.md. Differences are medians of paired differences.

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

var root = AppContext.GetData("EntryPointFileDirectoryPath") as string is { } here ? Path.GetDirectoryName(here)!
    : Environment.CurrentDirectory;
var work = Path.Combine(root, "artifacts", "bench", "build");
var rounds = 13;
var (prepares, measures) = (true, true);
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[++i], CultureInfo.InvariantCulture); break;
        case "--quick": rounds = 3; break;
        case "--prepare": measures = false; break;
        case "--prepared": prepares = false; break;
        default: Console.Error.WriteLine($"bench build: unknown argument '{args[i]}'"); return 2;
    }
}

const int Inputs = 100;
const string Noop = "nothing to do";
var hook = Path.Combine(root, "src", "KernKit.Build", "build", "KernKit.Build");
var log = Path.Combine(work, "ran.log");
var tools = Path.Combine(root, "artifacts", "bin", "KernKit.Build", "release") + "/";
var kern = Path.Combine(work, "kern", "kern");
var graph = Path.Combine(work, "graph");
var (none, hooked, grpc) = (Path.Combine(work, "none"), Path.Combine(work, "hook"), Path.Combine(work, "grpc"));
if (prepares)
{
    Prepare();
    PublishKern();
}

if (!measures)
{
    return 0;
}

var lines = new List<string>
{
    "# bench/build",
    "",
    $"`./x bench build{(rounds == 13 ? "" : $" --rounds {rounds}")}`",
    "",
    $"Machine: {Environment.ProcessorCount} cores, .NET {Environment.Version}, kernel "
        + $"{Environment.OSVersion.Version}. {Inputs} inputs,",
    $"{rounds} interleaved rounds, medians; delta = median of paired differences. Builds without node reuse or server.",
    "CPU is user and system time of all processes of a case: what a busy machine does not change.",
    "",
    "| what | ms | delta ms | CPU ms | delta CPU ms | against |",
    "|---|---|---|---|---|---|",
};

Compare(Noop, [("no generation", () => Build(none)), ("hook", () => Build(hooked)), ("Grpc.Tools", () => Build(grpc))]);
TaskTime();
Touch();
Clone();
Kern();
Directory.CreateDirectory(Path.Combine(root, "bench", "results"));
File.WriteAllLines(Path.Combine(root, "bench", "results", "build.md"), lines);
Console.WriteLine(string.Join('\n', lines));
return 0;

void Compare(string what, (string Name, Action Run)[] cases, int scale = 1)
{
    var times = cases.Select(_ => new List<double>()).ToArray();
    var work = cases.Select(_ => new List<double>()).ToArray();
    for (var round = -1; round < rounds * scale; round++)
    {
        for (var index = 0; index < cases.Length; index++)
        {
            var clock = Stopwatch.StartNew();
            var before = Usage.Milliseconds();
            cases[index].Run();
            if (round >= 0)
            {
                times[index].Add(clock.Elapsed.TotalMilliseconds);
                work[index].Add(Usage.Milliseconds() - before);
            }
        }
    }

    for (var index = 0; index < cases.Length; index++)
    {
        var delta = Median(times[index].Zip(times[0], static (a, b) => a - b));
        var more = Median(work[index].Zip(work[0], static (a, b) => a - b));
        lines.Add($"| {what}: {cases[index].Name} | {F(Median(times[index]))} | {(index == 0 ? "" : F(delta))} " +
            $"| {F(Median(work[index]))} | {(index == 0 ? "" : F(more))} | {(index == 0 ? "" : cases[0].Name)} |");
    }
}

// What MSBuild itself says of the task.
void TaskTime()
{
    var times = Enumerable.Range(0, rounds)
        .Select(_ => Good(
            hooked, "dotnet", "build", "--no-restore", "-v:q", "-nologo", "-tl:off", "-clp:PerformanceSummary"))
        .Select(static text => double.Parse(
            Regex.Match(text, @"(\d+) ms\s+GenerateCode").Groups[1].Value, CultureInfo.InvariantCulture));
    lines.Add($"| {Noop}: the task, by MSBuild's own summary | {F(Median(times))} | | | | |");
}

void Touch()
{
    var input = Path.Combine(hooked, "in42.def");
    var assembly = Path.Combine(hooked, "bin", "Debug", "net10.0", "hook.dll");
    var proto = Path.Combine(grpc, "p42.proto");
    var number = 0;
    void Case(string what, Action change)
    {
        var before = File.GetLastWriteTimeUtc(assembly);
        File.Delete(log);
        change();
        var clock = Stopwatch.StartNew();
        Build(hooked);
        var ran = File.Exists(log) ? File.ReadAllLines(log).Length : 0;
        var compiled = File.GetLastWriteTimeUtc(assembly) != before;
        lines.Add($"| {what}: generators run: {ran}; C# compiled: {(compiled ? "yes" : "no")} | "
            + $"{F(clock.Elapsed.TotalMilliseconds)} | | | | |");
    }

    Case("touch one input", () => File.SetLastWriteTimeUtc(input, DateTime.UtcNow));
    Case("edit one input, output equal", () => File.AppendAllText(input, "# a comment\n"));
    Case("edit one input", () => File.WriteAllText(input, $"{++number + 1000}\n"));
    var peer = Stopwatch.StartNew();
    File.SetLastWriteTimeUtc(proto, DateTime.UtcNow);
    Build(grpc);
    lines.Add($"| touch one input: Grpc.Tools | {F(peer.Elapsed.TotalMilliseconds)} | | | | |");
}

void Clone()
{
    File.WriteAllText(Path.Combine(hooked, "in42.def"), "42\n");
    Build(hooked);
    if (Directory.Exists(Path.Combine(work, "elsewhere")))
    {
        Directory.Delete(Path.Combine(work, "elsewhere"), recursive: true);
    }

    var clone = MakeHook("elsewhere/clone");
    Good(clone, "dotnet", "restore", "-v", "quiet");
    File.Delete(log);
    var clock = Stopwatch.StartNew();
    Build(clone);
    var ran = File.Exists(log) ? File.ReadAllLines(log).Length : 0;
    lines.Add($"| fresh clone elsewhere, warm cache: generators run: {ran} | "
        + $"{F(clock.Elapsed.TotalMilliseconds)} | | | | |");
}

void Kern() => Compare(
    "100 steps, " + Noop,
    [("ninja", () => Good(graph, "ninja")), ("GNU make", () => Good(graph, "make")),
        ("kern build gen, ahead of time", () => Good(graph, kern, "build", "gen")),
        ("a start of /bin/true, for scale", () => Good(graph, "true"))],
    scale: 5);

void Prepare()
{
    if (Directory.Exists(work))
    {
        Directory.Delete(work, recursive: true);
    }

    Directory.CreateDirectory(work);
    Good(root, "dotnet", "build", "src/KernKit.Build", "-c", "Release", "-v", "quiet", "-nologo");
    MakeNone();
    MakeHook("hook");
    MakeGrpc();
    foreach (var project in (string[])[none, hooked, grpc])
    {
        Good(project, "dotnet", "restore", "-v", "quiet");
        Build(project);
        Build(project);
    }

    // A file is believed by its time only when it is two seconds old: let all of them be.
    Thread.Sleep(2500);
    Build(hooked);
}

void PublishKern()
{
    var source = Path.Combine(work, "source");
    foreach (var name in (
        string[])["src", "layouts", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        "global.json", ".editorconfig"])
    {
        Directory.CreateDirectory(source);
        Good(root, "cp", "-r", name, source);
    }

    Good(source, "dotnet", "publish", "src/kern", "-c", "Release", "-r", "linux-x64", "-p:PublishAot=true",
        "-p:RunAnalyzers=false", "-p:ContinuousIntegrationBuild=false", "-v", "quiet", "-nologo",
        "-o", Path.GetDirectoryName(kern)!);
    Directory.CreateDirectory(graph);
    for (var number = 0; number < Inputs; number++)
    {
        File.WriteAllText(Path.Combine(graph, $"f{number}.in"), $"{number}\n");
    }

    File.WriteAllText(Path.Combine(graph, "kernbuild.json"), """
        { "generators": { "copy": { "command": "cp {Input} {Output}", "outputs": "{Filename}.k" } },
          "generate": [ { "include": "*.in", "generator": "copy" } ] }
        """);
    File.WriteAllText(Path.Combine(graph, "build.ninja"), "rule copy\n  command = cp $in $out\n" +
        string.Concat(Enumerable.Range(0, Inputs).Select(static n => $"build f{n}.n: copy f{n}.in\n")));
    File.WriteAllText(Path.Combine(graph, "Makefile"), "all: " +
        string.Join(' ', Enumerable.Range(0, Inputs).Select(static n => $"f{n}.m")) + "\n%.m: %.in\n\tcp $< $@\n");
    // All of them have built once before the clock starts; what they wrote beside the inputs is old by then too.
    Good(graph, "ninja");
    Good(graph, "make");
    Good(graph, kern, "build", "gen");
    Thread.Sleep(2500);
    Good(graph, kern, "build", "gen");
}

void MakeNone()
{
    var directory = none;
    Write(directory, "none.csproj", Project(""));
    Write(directory, "Program.cs", "System.Console.WriteLine(in42.Value);\n");
    for (var number = 0; number < Inputs; number++)
    {
        Write(directory, $"in{number}.cs",
            $"internal static class in{number} {{ public const int Value = {number}; }}\n");
    }
}

string MakeHook(string name)
{
    var directory = Path.Combine(work, name);
    Write(directory, Path.GetFileName(name) + ".csproj", Project($"""
          <PropertyGroup><KernKitBuildToolsDirectory>{tools}</KernKitBuildToolsDirectory></PropertyGroup>
          <Import Project="{hook}.props" />
          <ItemGroup>
            <CodeGenerator Include="def" Command="sh gen.sh {"{Input}"} {"{Filename}"} &gt; {"{Output}"}"
                           Outputs="{"{Filename}"}.g.cs" OutputKind="Compile" Environment="BENCH_LOG" />
            <Generate Include="*.def" Generator="def" />
          </ItemGroup>
          <Import Project="{hook}.targets" />
        """));
    Write(directory, "Program.cs", "System.Console.WriteLine(in42.Value);\n");
    Write(directory, "gen.sh", """
        echo "$2" >> "$BENCH_LOG"
        read value < "$1"
        echo "internal static class $2 { public const int Value = $value; }"

        """);
    for (var number = 0; number < Inputs; number++)
    {
        Write(directory, $"in{number}.def", $"{number}\n");
    }

    return directory;
}

void MakeGrpc()
{
    var directory = grpc;
    Write(directory, "grpc.csproj", Project("""
          <ItemGroup>
            <PackageReference Include="Google.Protobuf" Version="3.36.2" />
            <PackageReference Include="Grpc.Tools" Version="2.85.0" PrivateAssets="all" />
            <Protobuf Include="*.proto" GrpcServices="None" />
          </ItemGroup>
        """));
    Write(directory, "Program.cs", "System.Console.WriteLine(new M42().V);\n");
    for (var number = 0; number < Inputs; number++)
    {
        Write(directory, $"p{number}.proto", $"syntax = \"proto3\";\nmessage M{number} {{ int32 v = 1; }}\n");
    }
}

static string Project(string more) => $"""
    <Project Sdk="Microsoft.NET.Sdk">
      <PropertyGroup>
        <OutputType>Exe</OutputType>
        <TargetFramework>net10.0</TargetFramework>
        <UseArtifactsOutput>false</UseArtifactsOutput>
        <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
        <UseAppHost>false</UseAppHost>
      </PropertyGroup>
    {more}
    </Project>
    """;

static void Write(string directory, string name, string text)
{
    Directory.CreateDirectory(directory);
    // Nothing of this repository's own settings.
    foreach (var stop in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
    {
        File.WriteAllText(Path.Combine(directory, stop), "<Project />\n");
    }

    File.WriteAllText(Path.Combine(directory, name), text);
}

void Build(string directory) => Good(directory, "dotnet", "build", "--no-restore", "-v:q", "-nologo", "-tl:off");

string Good(string directory, string program, params string[] arguments)
{
    var start = new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = directory,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
    start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
    start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
    start.Environment["KERNKIT_BUILD_CACHE"] = Path.Combine(work, "cache");
    start.Environment["BENCH_LOG"] = log;
    using var process = Process.Start(start)!;
    var error = process.StandardError.ReadToEndAsync();
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0
        ? output
        : throw new InvalidOperationException(
            $"{program} {string.Join(' ', arguments)}: {process.ExitCode}\n{output}{error.Result}");
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToArray();
    return sorted[sorted.Length / 2];
}

static string F(double value) => value.ToString(Math.Abs(value) < 20 ? "0.0" : "0", CultureInfo.InvariantCulture);

internal static partial class Usage
{
    // struct rusage begins with two struct timeval: user and system time of the children that were waited for.
    public static double Milliseconds()
    {
        var usage = new long[18];
        return GetUsage(-1, usage) == 0 ? ((usage[0] + usage[2]) * 1e3) + ((usage[1] + usage[3]) / 1e3) : double.NaN;
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long[] usage);
}
