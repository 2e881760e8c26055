#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// The builder's verbs: `./x` lists them. One program, no packages, nothing kept between runs.
//
// A verb is a row in Verbs.All and a method that returns the exit status: 0 done, 1 something is wrong, 2 usage,
// 4 the machine lacks something. What a machine needs installed stands once, in Setup.Packages.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

return Verbs.Run(args);

internal static class Verbs
{
    private static readonly (string Name, string Arguments, string Meaning, Func<string[], int> Run)[] All =
    [
        ("check", "", "formatting, all warnings, architecture, tidiness, documentation", Checks.Check),
        ("test", "[NAME...]", "every test project, or those whose names contain NAME", Tests.Run),
        ("gen", "[--check]", "write committed generated files (api/, docs/maps/), or check them", Checks.Generate),
        ("fuzz", "[TARGET] [--seed N] [--count N]", "mutated input; without TARGET, all targets", Checks.Fuzz),
        ("bench", "[NAME] [...]", "a benchmark of bench/, or their list", Checks.Bench),
        ("docs", "", "compile the documentation's examples, resolve its links", Checks.Docs),
        ("pack", "", "NuGet packages into artifacts/packages", Checks.Pack),
        ("images", "", "list tests/images with kern and compare with their manifests", Images.Verify),
        ("setup", "", "install the Debian packages that tests and benchmarks use", Setup.Run),
    ];

    public static int Run(string[] arguments)
    {
        var verb = Array.Find(All, verb => verb.Name == arguments.FirstOrDefault());
        if (verb.Run is not null)
        {
            return verb.Run(arguments[1..]);
        }

        var help = arguments is [] or ["--help" or "-h" or "help", ..];
        var output = help ? Console.Out : Console.Error;
        output.WriteLine(help ? "usage: ./x VERB [ARGUMENT...]" : $"x: {arguments[0]}: no such verb; these are");
        foreach (var (name, names, meaning, _) in All)
        {
            output.WriteLine($"  {name + " " + names,-38} {meaning}");
        }

        return help ? 0 : 2;
    }
}

/// <summary>Child processes, started in the repository's root.</summary>
internal static class Shell
{
    public static readonly string Root = AppContext.GetData("EntryPointFileDirectoryPath") as string
        ?? Directory.GetCurrentDirectory();

    public static readonly string Dotnet = Environment.GetEnvironmentVariable("KERNKIT_DOTNET") ?? "dotnet";

    public static string At(params string[] parts) => Path.Join([Root, .. parts]);

    /// <summary>Runs with our own streams.</summary>
    public static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(Describe(program, arguments))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Runs and keeps what both streams say.</summary>
    public static (int Status, string Output) Capture(string program, params string[] arguments) =>
        Capture(Timeout.InfiniteTimeSpan, program, arguments);

    /// <summary>
    /// As above, and at the time limit kills the program with its children: status 124, as timeout(1) has it. What a
    /// surviving grandchild would add through an inherited pipe is not waited for.
    /// </summary>
    public static (int Status, string Output) Capture(TimeSpan limit, string program, params string[] arguments)
    {
        var start = Describe(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            using var process = Process.Start(start)!;
            var (said, error) = (new StringBuilder(), new StringBuilder());
            var ends = new CountdownEvent(2);
            process.OutputDataReceived += (_, line) => Add(said, line.Data, ends);
            process.ErrorDataReceived += (_, line) => Add(error, line.Data, ends);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var ended = process.WaitForExit(limit);
            if (!ended)
            {
                process.Kill(entireProcessTree: true);
            }

            ends.Wait(TimeSpan.FromSeconds(10));
            var output = Text(said) + Text(error);
            return ended ? (process.ExitCode, output) : (124, $"{output}ended after {limit.TotalMinutes:0} minutes");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (127, missing.Message);
        }
    }

    private static void Add(StringBuilder text, string? line, CountdownEvent ends)
    {
        if (line is null)
        {
            ends.Signal();
            return;
        }

        lock (text)
        {
            text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    /// <summary>Runs, prints one line, and all that was said only if it failed.</summary>
    public static bool Step(string name, string program, params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        var (status, output) = Capture(program, arguments);
        Report(status == 0, name, watch.Elapsed);
        if (status != 0)
        {
            Console.WriteLine(output);
        }

        return status == 0;
    }

    public static void Report(bool good, string text, TimeSpan elapsed) => Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture, $"{(good ? "ok  " : "FAIL")} {text} ({elapsed.TotalSeconds:0.0} s)"));

    public static bool Build(string what = "KernKit.slnx", string configuration = "Debug") =>
        Step($"build {what}", Dotnet, "build", At(what), "-c", configuration, "-v", "quiet", "-nologo");

    private static ProcessStartInfo Describe(string program, string[] arguments) =>
        new(program, arguments) { WorkingDirectory = Root };
}

/// <summary>What a machine needs beside the .NET SDK.</summary>
internal static class Setup
{
    // Makers and readers of disks that are not ours (makefs, sleuthkit, fdisk, gdisk), decompressors of images, and
    // the C compilers whose offsets and programs ours are compared with, LLVM's tools and filters of packets and calls.
    // The builders that call kern build (bmake, cmake, make, ninja), what watches generators (strace), and one of other
    // people's generators (protoc). Python describes trees, script(1) gives a terminal, time(1) measures.
    private static readonly string[] Packages =
    [
        "binutils", "bmake", "bsdutils", "clang-19", "cmake", "fdisk", "gcc", "gdisk", "libc6-dev", "libarchive-tools",
        "libseccomp2", "llvm-19", "make", "makefs", "mtree-netbsd", "ninja-build", "protobuf-compiler", "python3",
        "sleuthkit", "strace", "tcpdump", "time", "xz-utils", "zstd",
    ];

    public static int Run(string[] arguments)
    {
        var missing = Packages.Where(static package => !IsInstalled(package)).ToArray();
        if (missing.Length == 0)
        {
            return 0;
        }

        Console.Error.WriteLine($"x: setup: installing {string.Join(' ', missing)}");
        string[] install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", .. missing];
        string[] prefix = Environment.UserName == "root" ? [] : ["sudo"];
        var environment = new[] { "env", "DEBIAN_FRONTEND=noninteractive" };
        Quiet([.. prefix, "apt-get", "update", "-qq"]);
        var (status, output) = Quiet([.. prefix, .. environment, .. install]);
        if (status == 0)
        {
            return 0;
        }

        Console.Error.WriteLine(output);
        Console.Error.WriteLine($"x: setup: install these packages by other means: {string.Join(' ', missing)}");
        return 4;
    }

    private static bool IsInstalled(string package) =>
        Shell.Capture("dpkg-query", "-W", "-f", "${db:Status-Status}", package) is (0, "installed\n");

    private static (int Status, string Output) Quiet(string[] command) => Shell.Capture(command[0], command[1..]);
}

/// <summary>The tests, and the one line that says how many.</summary>
internal static partial class Tests
{
    // Several times what the slowest project takes: one that hangs must not take the others' results with it.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static int Run(string[] names)
    {
        var projects = Directory.GetFiles(Shell.At("tests"), "*.csproj", SearchOption.AllDirectories)
            .Select(static path => Path.GetFileNameWithoutExtension(path))
            .Where(project => names.Length == 0 || names.Any(name => project.Contains(name, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (projects.Length == 0)
        {
            Console.Error.WriteLine($"x: test: no project is called like {string.Join(" or ", names)}");
            return 2;
        }

        var (passed, failed) = (0, 0);
        if (Setup.Run([]) != 0 || !Build(projects, names.Length == 0))
        {
            failed = 1;
            projects = [];
        }

        foreach (var project in projects)
        {
            var watch = Stopwatch.StartNew();
            var program = Shell.At("artifacts", "bin", project, "debug", project);
            var (status, output) = Shell.Capture(Limit, program, "-noColor");
            var (good, bad) = Count(status, output);
            passed += good;
            failed += bad;
            Shell.Report(bad == 0, $"{project}: {good} passed", watch.Elapsed);
            if (bad > 0)
            {
                Console.WriteLine(output);
            }
        }

        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static bool Build(string[] projects, bool all) => all
        ? Shell.Build()
        : projects.All(static project => Shell.Build(Path.Join("tests", project, project + ".csproj")));

    // A project without its summary line crashed. What was skipped or not run is not passed, so it failed.
    private static (int Passed, int Failed) Count(int status, string output)
    {
        var summary = SummaryLine().Match(output);
        if (!summary.Success)
        {
            return (0, 1);
        }

        int Number(int group) => int.Parse(summary.Groups[group].Value, CultureInfo.InvariantCulture);
        var notPassed = Number(3) + Number(4) + Number(5);
        var passed = Number(1) - notPassed;
        var failed = notPassed + Number(2);
        return (passed, failed == 0 && (status != 0 || passed == 0) ? 1 : failed);
    }

    [GeneratedRegex(@"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+), Not Run: (\d+)")]
    private static partial Regex SummaryLine();
}

/// <summary>The verbs that are a few commands each.</summary>
internal static class Checks
{
    private const string UpdateVariable = "KERNKIT_UPDATE";
    private const string CommittedProperty = "KernKitBuildCommitted";

    public static int Check(string[] arguments) => Status(
        // Formatting asks the compiler, which wants what the build generates.
        Shell.Build() &&
        Shell.Step("format", Shell.Dotnet, "format", "KernKit.slnx", "--verify-no-changes", "--no-restore") &&
        RunTests("Architecture.Tests") && RunTests("Docs.Tests"));

    public static int Docs(string[] arguments) =>
        Status(Shell.Build(Path.Join("tests", "Docs.Tests", "Docs.Tests.csproj")) && RunTests("Docs.Tests"));

    public static int Generate(string[] arguments)
    {
        if (arguments is not ([] or ["--check"]))
        {
            Console.Error.WriteLine("usage: ./x gen [--check]");
            return 2;
        }

        // What generators make is written or compared by the build itself, api/ by its tests.
        Environment.SetEnvironmentVariable(UpdateVariable, arguments.Length == 0 ? "1" : null);
        Environment.SetEnvironmentVariable(CommittedProperty, arguments.Length == 0 ? "write" : "check");
        return Status(Shell.Build() && RunTests("Architecture.Tests", "-namespace", "Architecture.Tests.Generated"));
    }

    public static int Fuzz(string[] arguments) => Shell.Run(
        Shell.Dotnet, ["run", "--project", Shell.At("fuzz"), "-c", "Release", "-v", "quiet", "--", .. arguments]);

    public static int Bench(string[] arguments)
    {
        var all = Directory.GetFiles(Shell.At("bench"), "*.cs").Select(Path.GetFileNameWithoutExtension).Order();
        if (arguments.Length == 0 || !all.Contains(arguments[0]))
        {
            Console.Error.WriteLine($"usage: ./x bench NAME [...], NAME one of: {string.Join(' ', all)}");
            return arguments.Length == 0 ? 0 : 2;
        }

        var program = Shell.At("bench", arguments[0] + ".cs");
        return Setup.Run([]) is var status and not 0
            ? status
            : Shell.Run(Shell.Dotnet, ["run", "-c", "Release", "--file", program, "--", .. arguments[1..]]);
    }

    public static int Pack(string[] arguments)
    {
        var target = Shell.At("artifacts", "packages");
        return Status(Shell.Step(
            "pack", Shell.Dotnet, "pack", "KernKit.slnx", "-c", "Release", "-v", "quiet", "-nologo", "-o", target));
    }

    private static bool RunTests(string project, params string[] filter) => Shell.Step(
        project, Shell.At("artifacts", "bin", project, "debug", project), ["-noColor", .. filter]);

    private static int Status(bool good) => good ? 0 : 1;
}

/// <summary>The images that tests read, against what their makers put into them.</summary>
internal static class Images
{
    private const string ManifestSuffix = ".manifest.json.zst";

    public static int Verify(string[] arguments)
    {
        if (Setup.Run([]) is var status and not 0)
        {
            return status;
        }

        var bad = 0;
        foreach (var manifest in Directory.GetFiles(Shell.At("tests", "images"), "*" + ManifestSuffix).Order())
        {
            var image = Path.ChangeExtension(manifest[..^ManifestSuffix.Length], ".img");
            var watch = Stopwatch.StartNew();
            var differences = Compare(manifest, image + ".zst");
            Shell.Report(differences.Count == 0, Path.GetFileName(image), watch.Elapsed);
            differences.Take(10).ToList().ForEach(Console.WriteLine);
            bad += differences.Count;
        }

        return bad == 0 ? 0 : 1;
    }

    private static List<string> Compare(string manifest, string packedImage)
    {
        var directory = Directory.CreateTempSubdirectory("kernkit-images-");
        try
        {
            var image = Path.Join(directory.FullName, "image");
            Shell.Capture("zstd", "-dqf", packedImage, "-o", image);
            using var expected = JsonDocument.Parse(Shell.Capture("zstd", "-dcq", manifest).Output);
            var (status, listing) = Shell.Capture(
                Shell.At("kern"), "ls", "-R", "--json", "--digest", "sha256", image);
            if (status != 0)
            {
                return [$"kern ls: {listing}"];
            }

            var found = listing.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonDocument.Parse(line).RootElement)
                .ToDictionary(Name);
            var entries = expected.RootElement.GetProperty("entries").EnumerateArray().ToList();
            return [.. Extra(entries, found), .. entries.SelectMany(entry => Differences(entry, found))];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Name(JsonElement entry) =>
        entry.TryGetProperty("path_hex", out var hex) ? "hex " + hex : entry.GetProperty("path").GetString()!;

    private static IEnumerable<string> Extra(List<JsonElement> entries, Dictionary<string, JsonElement> found) =>
        found.Keys.Except(entries.Select(Name)).Select(static name => $"{name}: not in the manifest");

    private static IEnumerable<string> Differences(JsonElement expected, Dictionary<string, JsonElement> found)
    {
        var name = Name(expected);
        if (!found.TryGetValue(name, out var entry))
        {
            yield return $"{name}: missing";
            yield break;
        }

        // Manifests describe the trees: makers of images keep whole seconds of them; groups of links are no field here.
        foreach (var property in expected.EnumerateObject().Where(static property => property.Name != "link_group"))
        {
            var isThere = entry.TryGetProperty(property.Name, out var value);
            if (!isThere || !(property.Name.EndsWith("_ns", StringComparison.Ordinal)
                ? Seconds(value) == Seconds(property.Value) : JsonElement.DeepEquals(value, property.Value)))
            {
                yield return $"{name}: {property.Name} is {value}, the manifest says {property.Value}";
            }
        }
    }

    private static long Seconds(JsonElement nanoseconds) =>
        (long)Math.Floor(nanoseconds.GetDecimal() / 1_000_000_000);
}
