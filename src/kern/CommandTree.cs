using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text;
using KernKit.Command.Output;
using KernKit.Command.Verbs;
using KernKit.Command.Verbs.Bpf;
using KernKit.Volumes;

namespace KernKit.Command;

/// <summary>The verbs, and how a command line reaches one of them.</summary>
internal static class CommandTree
{
    /// <summary>Runs one command line.</summary>
    /// <returns>
    /// The exit status: 0 done, 1 the answer is no, 2 usage, 3 damaged or unsupported input, 4 the system refused.
    /// </returns>
    public static int Run(IReadOnlyList<string> arguments, CommandHost host)
    {
        var root = Build(host);
        // "@name" must stay what it is: a name. Response files are a feature nobody asked for, and a surprise.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction or null)
        {
            return Refuse(parsed, host, MostTelling(parsed));
        }

        if (parsed.Action is not HelpAction && UnknownOption(parsed) is { } unknown)
        {
            return Refuse(parsed, host, $"there is no option '{unknown}'; a name that begins so stands behind '--'");
        }

        // Flushed with each line, so that nothing is left to be written after a failure.
        using var output = new StreamWriter(host.Output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        using var error = new StreamWriter(host.Error, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return parsed.Invoke(invocation);
        }
        catch (BrokenPipeException)
        {
            return ExitStatus.BrokenPipe;
        }
        catch (VolumeException failure)
        {
            var diagnostics = new Diagnostics(host, debug: false);
            diagnostics.Report("kern", default, failure);
            return diagnostics.Status;
        }
    }

    private static RootCommand Build(CommandHost host)
    {
        var root = new RootCommand(
            "kern opens BSD disks: lists, reads, checks and extracts them, without mounting and without root.")
        {
            HelpName = "kern",
        };
        for (var i = root.Options.Count - 1; i >= 0; i--)
        {
            if (root.Options[i] is HelpOption)
            {
                // The stock option also answers to /h and /?, which are paths here.
                root.Options[i] = new HelpOption("--help", "-h", "-?") { Description = "Show help." };
            }
        }

        root.Options.Add(CommonOptions.Debug());
        root.Subcommands.Add(InfoVerb.Create(host));
        root.Subcommands.Add(LsVerb.Create(host));
        root.Subcommands.Add(FindVerb.Create(host));
        root.Subcommands.Add(CatVerb.Create(host));
        root.Subcommands.Add(ExtractVerb.Create(host));
        root.Subcommands.Add(CheckVerb.Create(host));
        root.Subcommands.Add(MtreeVerb.Create(host));
        root.Subcommands.Add(BpfVerb.Create(host));
        root.Subcommands.Add(LayoutVerb.Create(host));
        root.Subcommands.Add(BuildVerb.Create(host));
        root.Subcommands.Add(CompletionVerb.Create(host));
        return root;
    }

    /// <summary>
    /// What looks like an option and was taken for the name of an image or a path, or null: the library takes it for
    /// an argument as long as one is missing.
    /// </summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        var names = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(static argument => argument.Tokens).ToHashSet();
        return parsed.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Value is ['-', _, ..] && names.Contains(token))?.Value;
    }

    /// <summary>One mistake may cause several errors (a misspelt command is also a missing one): the word that was not
    /// understood tells most.</summary>
    private static string MostTelling(ParseResult parsed) =>
        parsed.Errors.Select(static error => error.Message)
            .OrderByDescending(text => parsed.UnmatchedTokens.Any(word => text.Contains($"'{word}'")))
            .First();

    private static int Refuse(ParseResult parsed, CommandHost host, string error)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult;
            result is not null;
            result = result.Parent as CommandResult)
        {
            names.Insert(0, result.Command is RootCommand ? "kern" : result.Command.Name);
        }

        var name = string.Join(' ', names);
        var text = error.TrimEnd('.').ReplaceLineEndings(" ").Replace(" \t", " ", StringComparison.Ordinal);
        new Diagnostics(host, debug: false)
            .Usage($"{(names.Count > 1 ? names[1] + ": " : "")}{text} (see '{name} --help')");
        return ExitStatus.Usage;
    }
}
