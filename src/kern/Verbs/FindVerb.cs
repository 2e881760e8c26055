using System.CommandLine;
using System.Globalization;
using KernKit.Bpf;
using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern find</c>: the entries that a condition accepts.</summary>
internal static class FindVerb
{
    private const string WhereName = "--where";
    private const string LongName = "--long";
    private const string NullName = "--null";
    private const string ExplainName = "--explain";
    private const string FieldsName = "--fields";

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("find", "Find the entries that a condition accepts.")
        {
            CommonOptions.Image(), CommonOptions.Path(),
            new Option<string?>(WhereName, "-w")
            {
                Description = "The condition, such as 'type == file && size > 1M'; all entries if absent.",
                HelpName = "EXPR",
            },
            new Option<bool>(LongName, "-l")
            {
                Description = "Show type, mode, links, owners, size, time (UTC) and link target.",
            },
            new Option<bool>(NullName, "-0") { Description = "End each path with NUL, as 'xargs -0' wants it." },
            CommonOptions.Json(), CommonOptions.Digest(),
            new Option<bool>(FieldsName) { Description = "Print the fields that EXPR may name, and stop." },
            new Option<bool>(ExplainName) { Description = "Print the program that EXPR becomes, and stop." },
            CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        using var volume = session.OpenVolume();
        if (session.Arguments.GetValue<bool>(FieldsName))
        {
            FieldListing.Write(session, EntryFilter.Fields(volume));
            return ExitStatus.Done;
        }

        EntryFilter? filter = null;
        try
        {
            filter = session.Arguments.GetValue<string?>(WhereName) is { } text ? new EntryFilter(volume, text) : null;
        }
        catch (PredicateException error)
        {
            session.Diagnostics.Usage($"find: --where: {NameText.Escaped(RawText.ToBytes(error.Message))}");
            return ExitStatus.Usage;
        }

        using (filter)
        {
            if (!session.Arguments.GetValue<bool>(ExplainName))
            {
                return Search(session, volume, filter);
            }

            if (filter is null)
            {
                session.Diagnostics.Usage("find: --explain explains --where EXPR, which is missing");
                return ExitStatus.Usage;
            }

            Explain(session.Output, filter.Predicate);
            return ExitStatus.Done;
        }
    }

    private static int Search(Session session, Volume volume, EntryFilter? filter)
    {
        var form = new EntryForm(
            session.Json,
            session.Arguments.GetValue<bool>(LongName),
            Paths: true,
            session.Arguments.GetValue<string?>(CommonOptions.DigestName) is not null,
            session.Arguments.GetValue<bool>(NullName) ? (byte)0 : (byte)'\n');
        using var listing = new EntryListing(session, volume, form);
        var needs = listing.NeedsAttributes || filter is { NeedsAttributes: true };
        var walk = new VolumeWalk(volume, session.Path, recursive: true, needs, session.Report);
        using var progress = new ProgressLine(session, "searching");
        var found = 0L;
        while (walk.MoveNext())
        {
            progress.Count(1, 0);
            try
            {
                if (filter is not null && !filter.Accepts(walk))
                {
                    continue;
                }
            }
            catch (VolumeException error) when (error.Error != VolumeError.System)
            {
                session.Diagnostics.Report(session.Image, walk.Path, error);
                continue;
            }

            found++;
            listing.Write(walk);
        }

        if (filter is { NoValueCount: > 0 and var count })
        {
            session.Diagnostics.Note(string.Create(CultureInfo.InvariantCulture,
                $"{count} entries were passed over: the condition has no value there (a division by zero, or a "
                    + $"result that 64 bits cannot hold)"));
        }

        return found > 0 ? ExitStatus.Done : ExitStatus.No;
    }

    private static void Explain(ByteOutput output, Predicate predicate)
    {
        var verdict = predicate.Verdict;
        output.WriteText(string.Create(CultureInfo.InvariantCulture,
            $"# {predicate.Program.Length} instructions, {verdict.AccessCount} accesses, of which "
                + $"{verdict.AccessCount - verdict.UnprovedCount} are proved and need no check\n"));
        output.WriteText(Disassembler.Format(predicate.Program));
    }
}
