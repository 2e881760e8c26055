using System.Globalization;

namespace KernKit.Build;

/// <summary>
/// Runs a step more than once to see whether it keeps to what it declares.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The usual run: its outputs are the reference, its depfile or its reads complete what is declared.</item>
/// <item>Sandbox, Landlock: once more where only declared and discovered files, the system's directories and the
/// private directory can be opened. If it fails, or makes something else, a run under strace names the file; where
/// there is no strace, its own words have to do. Programs that hide a refusal and make the same all the same
/// pass.</item>
/// <item>Sandbox, strace: once more under strace; whatever is opened, listed, written or asked for and not declared is
/// an error, whether or not it mattered. A class cannot be traced: for it there is only Landlock.</item>
/// <item>Determinism: once more in a copy of its inputs somewhere else, with another home, time zone and locale; the
/// outputs have to be the same bytes.</item>
/// </list>
/// </remarks>
internal sealed class Examiner(BuildDeclaration declaration, BuildOptions options, StepRunner runner)
{
    private const int NamedMax = 10;

    /// <summary>Runs and examines.</summary>
    /// <param name="work">The step.</param>
    /// <param name="place">For the usual run.</param>
    /// <returns>What came of the usual run, with errors for what it should not have done.</returns>
    public StepResult Run(StepWork work, PrivateDirectory place)
    {
        var mode = options.Sandbox == SandboxMode.Auto
            ? (Landlock.Version > 0 ? SandboxMode.Landlock : SandboxMode.Strace)
            : options.Sandbox;
        var findings = new List<StepMessage>();
        // Where nothing is discovered the cage comes first: what it refuses has then not happened at all.
        if (mode == SandboxMode.Landlock && work.Step.Generator.IsProcess && work.Depfile.Length == 0)
        {
            findings.AddRange(Caged(work, place, null));
        }

        var result = findings.Count == 0 ? runner.Run(work, place) : new StepResult();
        if (result.Succeeded && findings.Count == 0)
        {
            findings.AddRange(mode switch
            {
                SandboxMode.Landlock => Caged(work, place, result),
                SandboxMode.Strace => Traced(work, place, result, null),
                _ => [],
            });
        }

        if (result.Succeeded && findings.Count == 0 && options.Determinism)
        {
            findings.AddRange(Elsewhere(work, place, result));
        }

        return result with { Messages = [.. result.Messages, .. findings] };
    }

    private static StepMessage Finding(StepWork work, string code, string message) => new(
        true, work.Step.Inputs.FirstOrDefault(""), 0, 0, code, $"generator {work.Step.Generator.Name} {message}");

    private PrivateDirectory Another(PrivateDirectory place, string suffix) =>
        new(declaration.TemporaryDirectory, Path.GetFileName(place.Root) + suffix);

    /// <summary>Everything that a step may read, absolute.</summary>
    private List<string> Allowed(StepWork work, StepResult? reference) =>
    [
        .. work.DeclaredInputs.Concat(reference?.Discovered.Keys ?? [])
            .Select(path => Path.GetFullPath(path, declaration.ProjectDirectory)),
        .. work.ProgramFiles,
    ];

    private List<StepMessage> Caged(StepWork work, PrivateDirectory place, StepResult? reference)
    {
        if (Landlock.Version == 0)
        {
            return [Finding(work, "KK9019", "cannot be examined: this kernel has no Landlock; use strace")];
        }

        using var inside = Another(place, ".cage");
        var cage = new Cage
        {
            ProjectDirectory = declaration.ProjectDirectory,
            Readable = Allowed(work, reference),
            Writable = [inside.Root],
        };
        if (work.Step.Generator.Tool.Length > 0 || !work.Step.Generator.IsProcess)
        {
            // A runtime reads its own directories when it needs them, and a class lives in this process.
            cage = cage with { Readable = [.. cage.Readable, .. RuntimeDirectories(work)] };
        }

        var result = runner.Run(work, inside, cage);
        var difference = result.Succeeded && reference is not null ? Difference(reference, result) : null;
        if (result.Succeeded && difference is null)
        {
            return [];
        }

        var named = work.Step.Generator.IsProcess && FileTrace.IsAvailable ? Traced(work, place, reference, cage) : [];
        var words = result.Messages.FirstOrDefault(static message => message.IsError)?.Message ?? difference ?? "";
        // A refusal that nothing explains may be a failure of its own, which the usual run will show.
        return named.Count > 0 ? named
            : reference is null ? []
            : [Finding(work, "KK9016", $"opens something that it does not declare: {words}")];
    }

    private IEnumerable<string> RuntimeDirectories(StepWork work)
    {
        yield return AppContext.BaseDirectory;
        var runtime = System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory();
        if (!string.IsNullOrEmpty(runtime))
        {
            // shared/Microsoft.NETCore.App/10.0.x: host/ and sdk/ are siblings of shared/.
            yield return Path.GetFullPath(Path.Join(Path.TrimEndingDirectorySeparator(runtime), "..", "..", ".."));
        }

        yield return Path.GetDirectoryName(work.Program) ?? "/usr";
        foreach (var directory in work.ProgramFiles.Select(static path => Path.GetDirectoryName(path)!).Distinct())
        {
            yield return directory;
        }

        foreach (var name in (string[])["DOTNET_ROOT", "NUGET_PACKAGES"])
        {
            if (options.Environment.TryGetValue(name, out var directory))
            {
                yield return directory;
            }
        }
    }

    private List<StepMessage> Traced(StepWork work, PrivateDirectory place, StepResult? reference, Cage? cage)
    {
        if (!work.Step.Generator.IsProcess || !FileTrace.IsAvailable)
        {
            return
            [
                Finding(work, "KK9019", work.Step.Generator.IsProcess
                    ? "cannot be examined: there is no /usr/bin/strace; install it"
                    : "is a class, which strace cannot follow: examine it with Landlock"),
            ];
        }

        using var inside = Another(place, ".trace");
        var trace = new FileTrace
        {
            ProjectDirectory = declaration.ProjectDirectory,
            TracePath = Path.Join(inside.Root, "trace"),
            Cage = cage is null ? null : cage with { Writable = [inside.Root] },
        };
        runner.Run(work, inside, trace);
        var allowed = Allowed(work, reference).ToHashSet(StringComparer.Ordinal);
        var above = allowed.Append(inside.Root + "/x").Append(declaration.ProjectDirectory + "/x")
            .SelectMany(Ancestors).ToHashSet(StringComparer.Ordinal);
        var programs = options.Environment.GetValueOrDefault("PATH", "").Split(':');
        string[] runtime = work.Step.Generator.Tool.Length > 0 ? [.. RuntimeDirectories(work), .. programs] : programs;
        return [.. trace.Read()
            .Where(access => !IsAllowed(access, allowed, above, inside, runtime))
            .Where(access => cage is null || access.Verb != "asks for" || access.IsRefused)
            .GroupBy(
                static access => access.Path,
                static (_, all) => all.MinBy(static access => access.Verb == "asks for")!)
            .Take(NamedMax)
            .Select(access => Finding(work, "KK9016",
                $"{access.Verb} {ProjectPath.Relative(declaration.ProjectDirectory, access.Path)}" +
                (access.Verb == "writes" ? ", which is not below its output directory"
                    : access.Verb == "asks for" ? " (whether it exists), which it does not declare"
                    : ", which it does not declare; add it to Inputs or write a Depfile")))];
    }

    private static bool IsAllowed(
        FileAccessSeen access,
        HashSet<string> allowed,
        HashSet<string> above,
        PrivateDirectory inside,
        string[] runtime)
    {
        static bool IsIn(string path, string directory) => path.StartsWith(directory, StringComparison.Ordinal) &&
            (path.Length == directory.Length || directory.EndsWith('/') || path[directory.Length] == '/');

        if (IsIn(access.Path, inside.Root))
        {
            return true;
        }

        if (access.Verb == "writes")
        {
            return IsIn(access.Path, "/dev") || IsIn(access.Path, "/proc");
        }

        // Programs are looked for along PATH, and the root's own entries are the system's.
        return allowed.Contains(access.Path) || (access.Verb == "asks for" && above.Contains(access.Path)) ||
            access.Path.LastIndexOf('/') == 0 ||
            Array.Exists(Cage.SystemDirectories, directory => IsIn(access.Path, directory)) ||
            Array.Exists(runtime, directory => directory.Length > 1 && IsIn(access.Path, directory));
    }

    private static IEnumerable<string> Ancestors(string path)
    {
        for (var at = Path.GetDirectoryName(path); at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }

    private List<StepMessage> Elsewhere(StepWork work, PrivateDirectory place, StepResult reference)
    {
        using var inside = Another(place, ".again");
        var project = Mirror(work, reference, Path.Join(inside.Root, "elsewhere"));
        var home = Path.Join(inside.Root, "home");
        Directory.CreateDirectory(home);
        var result = runner.Run(work, inside, new OtherSurroundings
        {
            ProjectDirectory = project,
            Environment =
            [
                "HOME=" + home, "USER=somebody", "TZ=Pacific/Kiritimati",
                "LANG=" + OtherLocale, "LC_ALL=" + OtherLocale,
            ],
        });
        if (!result.Succeeded)
        {
            var words = result.Messages.First(static message => message.IsError).Message;
            return
            [
                Finding(work, "KK9017",
                    "does not work in a copy of its declared inputs (does it read " +
                    "what it does not declare?): " + words),
            ];
        }

        return Difference(reference, result) is { } difference
            ? [Finding(work, "KK9017",
                "makes something else in another directory, home, time zone and locale: " + difference)]
            : [];
    }

    // A locale that is installed and sorts or capitalises otherwise; C itself differs from C.UTF-8 too.
    private static string OtherLocale { get; } =
        Array.Find(
            ["tr_TR.utf8", "de_DE.utf8", "en_US.utf8"],
            static name => Directory.Exists("/usr/lib/locale/" + name))
        ?? "C";

    /// <summary>Copies what a step reads, keeping how it is named from the project's directory.</summary>
    private string Mirror(StepWork work, StepResult reference, string root)
    {
        var paths = work.DeclaredInputs.Concat(reference.Discovered.Keys)
            .Concat(work.ProgramFiles.Select(path => ProjectPath.Relative(declaration.ProjectDirectory, path)))
            .Where(static path => !Path.IsPathRooted(path))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var climbs = paths.Select(static path => path.Split('/').Count(static segment => segment == ".."))
            .DefaultIfEmpty().Max();
        var project = Path.Join([root, .. Enumerable.Range(0, climbs)
            .Select(static level => string.Create(CultureInfo.InvariantCulture, $"d{level}")), "project"]);
        Directory.CreateDirectory(project);
        foreach (var path in paths)
        {
            var source = Path.GetFullPath(path, declaration.ProjectDirectory);
            if (FileStamp.Of(source).Exists)
            {
                var target = Path.GetFullPath(path, project);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(source, target, overwrite: true);
            }
        }

        return project;
    }

    /// <summary>The first difference between two runs' outputs, or null.</summary>
    private static string? Difference(StepResult one, StepResult two)
    {
        var others = two.Files.ToDictionary(static file => file.Name, static file => file.TemporaryPath);
        foreach (var file in one.Files)
        {
            if (!others.Remove(file.Name, out var other))
            {
                return $"{file.Name} is missing";
            }

            if (KnownFiles.HashFile(file.TemporaryPath) != KnownFiles.HashFile(other))
            {
                return $"{file.Name} differs:\n{Lines(file.TemporaryPath, other)}";
            }
        }

        return others.Count == 0 ? null : $"{others.Keys.First()} is more";
    }

    private static string Lines(string one, string two) =>
        FileStamp.Of(one).SizeBytes + FileStamp.Of(two).SizeBytes < 1 << 20
            ? LineDiff.Compare(File.ReadAllLines(one), File.ReadAllLines(two))
            : "(large files)";
}
