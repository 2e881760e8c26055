using System.CommandLine;
using KernKit.Command.Output;
using KernKit.Volumes.Extract;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern extract</c>: files with owners, modes, times, holes, links and devices.</summary>
internal static class ExtractVerb
{
    private const string ToName = "--to";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand(
            "extract", "Extract the content of a directory, or one other entry, to a directory or a tar archive.")
        {
            CommonOptions.Image(), CommonOptions.Path(),
            new Option<string>(ToName)
            {
                Description = "A directory, a file X.tar, or '-' for a tar stream on standard output. "
                    + "Nothing that exists is replaced.",
                HelpName = "DIR|X.tar|-",
                Required = true,
            },
            CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var target = session.Arguments.GetRequiredValue<string>(ToName);
        if (target.Length == 0)
        {
            session.Diagnostics.Usage("extract: --to: an empty name");
            return ExitStatus.Usage;
        }

        if (target == "-" && session.Host.OutputIsTerminal)
        {
            session.Diagnostics.Usage("extract: --to -: an archive is not for a terminal; redirect it");
            return ExitStatus.Usage;
        }

        using var interruption = new Interruption(session.Host);
        using var volume = session.OpenVolume();
        var extractor = new Extractor(volume, session.Report);
        using var progress = new ProgressLine(session, "extracting");
        progress.Follow(() => (extractor.Entries, extractor.Bytes));
        try
        {
            var summary = Extract(extractor, session, target, interruption.Token);
            foreach (var note in summary.Notes)
            {
                session.Diagnostics.Note(note);
            }
        }
        catch (OperationCanceledException)
        {
            return interruption.Status;
        }

        return ExitStatus.Done;
    }

    private static ExtractSummary Extract(
        Extractor extractor, Session session, string target, CancellationToken cancellation)
    {
        if (target == "-")
        {
            return extractor.ToTar(session.Path, session.Host.Output, cancellation);
        }

        return target.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(target)
            ? extractor.ToTarFile(session.Path, target, cancellation)
            : extractor.ToDirectory(session.Path, target, cancellation);
    }
}
