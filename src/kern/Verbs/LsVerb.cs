using System.CommandLine;
using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern ls</c>: entries of a directory or a tree.</summary>
internal static class LsVerb
{
    private const string LongName = "--long";
    private const string RecursiveName = "--recursive";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("ls", "List entries: names of a directory, or all paths below it with -R.")
        {
            CommonOptions.Image(), CommonOptions.Path(),
            new Option<bool>(LongName, "-l")
            {
                Description = "Show type, mode, links, owners, size, time (UTC) and link target.",
            },
            new Option<bool>(RecursiveName, "-R")
            {
                Description = "Descend into directories; entries come in bytewise order of their paths.",
            },
            CommonOptions.Json(), CommonOptions.Digest(), CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var form = new EntryForm(
            session.Json,
            session.Arguments.GetValue<bool>(LongName),
            session.Arguments.GetValue<bool>(RecursiveName),
            session.Arguments.GetValue<string?>(CommonOptions.DigestName) is not null);
        using var volume = session.OpenVolume();
        using var listing = new EntryListing(session, volume, form);
        var walk = new VolumeWalk(volume, session.Path, form.Paths, listing.NeedsAttributes, session.Report);
        using var progress = new ProgressLine(session, "listing");
        while (walk.MoveNext())
        {
            ref readonly var node = ref walk.Attributes;
            // The directory itself is asked about, not listed; as JSON, "the root and all below" includes the root.
            if (walk.Depth == 0 && node.Type == NodeType.Directory && !(form.Json && form.Paths))
            {
                continue;
            }

            progress.Count(1, node.Type == NodeType.File ? node.Size : 0);
            listing.Write(walk);
        }

        return ExitStatus.Done;
    }
}
