using System.CommandLine;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern build</c>: the build hooks outside of MSBuild.</summary>
/// <remarks>
/// The verbs themselves are in BuildGen, BuildWhy and BuildCacheVerb, and only those touch KernKit.Build: making this
/// command, which every start of kern does, must not load that assembly.
/// </remarks>
internal static class BuildVerb
{
    public const string GraphName = "GRAPH";
    public const string OutputName = "OUTPUT";
    public const string DepfileName = "--depfile";
    public const string TargetName = "--target";
    public const string StampName = "--stamp";
    public const string JobsName = "--jobs";
    public const string CheckName = "--check";
    public const string QuestionName = "--question";
    public const string ForceName = "--force";
    public const string SandboxName = "--sandbox";
    public const string DeterminismName = "--determinism";
    public const string CleanName = "--clean";
    public const string VerboseName = "--verbose";
    public const string StateName = "--state";
    public const string StatsName = "--stats";
    public const string ClearName = "--clear";
    public const string LimitName = "--limit";
    public const string AgeName = "--age";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host) =>
        new("build", "Generate code as a declared graph says; explain it; look after the shared cache.")
        {
            Gen(host), Why(host), Cache(host),
        };

    private static ShellCommand Gen(CommandHost host)
    {
        var sandbox = new Option<string?>(SandboxName)
        {
            Description = "Fail where a generator opens what it did not declare: auto, landlock or strace.",
            HelpName = "MODE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        sandbox.AcceptOnlyFromAmong("auto", "landlock", "strace");
        var jobs = new Option<int?>(JobsName, "-j") { Description = "Run at most N steps at once.", HelpName = "N" };
        jobs.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var number) &&
                number is < 1 or > 1024)
            {
                result.AddError("jobs are 1 to 1024");
            }
        });
        var command = new ShellCommand("gen", "Bring the outputs of a graph up to date.")
        {
            new Argument<string?>(GraphName)
            {
                Description = "The graph; kernbuild.json if absent.",
                HelpName = GraphName,
                Arity = ArgumentArity.ZeroOrOne,
            },
            Text(DepfileName, "FILE", "Write what was read, in make's format."),
            Text(TargetName, "NAME", "The target in that file; the stamp if absent."),
            Text(StampName, "FILE", "Touch this file when all is up to date."),
            jobs,
            Flag(CheckName, "Compare committed copies instead of writing them, and show differences."),
            Flag(QuestionName, "Only say whether something is out of date."),
            Flag(ForceName, "Run every step, and take nothing from the cache."),
            sandbox,
            Flag(DeterminismName, "Run each step twice, in different surroundings, and compare."),
            Flag(CleanName, "Remove what was made, except what was edited since."),
            Flag(VerboseName, "Say which steps run, and why."),
            CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, BuildGen.Run));
        return command;
    }

    private static ShellCommand Why(CommandHost host)
    {
        var command = new ShellCommand("why", "Say why each step ran when it last did, and whether it would run now.")
        {
            new Argument<string?>(OutputName)
            {
                Description = "Only what makes this file, or steps with this text in their name.",
                HelpName = OutputName,
                Arity = ArgumentArity.ZeroOrOne,
            },
            Text(StateName, "DIR", "Where to look for databases; the current directory if absent."),
            CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, BuildWhy.Run));
        return command;
    }

    private static ShellCommand Cache(CommandHost host)
    {
        var command = new ShellCommand("cache", "Show or bound the cache that all builds of this user share.")
        {
            Flag(StatsName, "Print what it holds (also without any option)."),
            Flag(ClearName, "Remove everything."),
            Text(LimitName, "SIZE", "Keep at most so much: 500M, 2G. Kept until it is set again."),
            Text(AgeName, "DAYS", "Keep what was used in so many days. Kept until it is set again."),
            CommonOptions.Json(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, BuildCacheVerb.Run));
        return command;
    }

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    private static Option<string?> Text(string name, string help, string description) =>
        new(name) { Description = description, HelpName = help };
}
