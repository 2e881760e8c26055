using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern check</c>: every invariant that the format lets one verify, read-only.</summary>
internal static class CheckVerb
{
    private const int ShownMax = 100;

    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand(
            "check", "Verify a file system as fsck would, without writing. Exit status 1 if damage was found.")
        {
            CommonOptions.Image(), CommonOptions.Json(), CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        using var interruption = new Interruption(session.Host);
        using var volume = session.OpenVolume();
        using var progress = new ProgressLine(session, "checking");
        long reported = 0;
        try
        {
            var summary = volume.Check(finding => Show(session, finding, ++reported), interruption.Token);
            ShowSummary(session, volume, summary, reported);
            return summary.FindingCount > 0 ? ExitStatus.No : ExitStatus.Done;
        }
        catch (OperationCanceledException)
        {
            return interruption.Status;
        }
    }

    private static void Show(Session session, in CheckFinding finding, long number)
    {
        var output = session.Output;
        if (session.Json)
        {
            output.Write("{\"kind\":\"finding\",\"rule\":"u8);
            JsonText.WriteString(output, finding.Rule);
            output.Write(",\"structure\":"u8);
            JsonText.WriteString(output, finding.Structure);
            output.Write(",\"offset\":"u8);
            if (finding.Offset < 0)
            {
                output.Write("null"u8);
            }
            else
            {
                output.WriteNumber(finding.Offset);
            }

            output.Write(",\"message\":"u8);
            JsonText.WriteString(output, finding.Message);
            output.Write("}\n"u8);
            return;
        }

        if (number <= ShownMax)
        {
            var where = finding.Offset < 0 ? finding.Structure : $"offset 0x{finding.Offset:x} ({finding.Structure})";
            output.WriteText(NameText.Message($"{where}: {finding.Message} [{finding.Rule}]") + "\n");
        }
    }

    private static void ShowSummary(Session session, Volume volume, CheckSummary summary, long reported)
    {
        if (session.Json)
        {
            ShowSummaryJson(session.Output, volume, summary);
            return;
        }

        var output = session.Output;
        var found = summary.FindingCount;
        var shown = Math.Min(reported, ShownMax);
        if (found > shown)
        {
            var all = reported == found ? "all" : $"{reported}";
            output.WriteText($"... and {found - shown} more (--json shows {all})\n");
        }

        var counts = string.Join(", ", summary.Counts.Select(count => $"{count.Count} {count.Name.Replace('_', ' ')}"));
        output.WriteText($"{volume.Format}: {counts}\n");
        foreach (var unchecked_ in summary.Unchecked)
        {
            output.WriteText($"not checked: {unchecked_}\n");
        }

        output.WriteText(found switch
        {
            0 => "no damage found\n",
            1 => "1 contradiction found\n",
            _ => $"{found} contradictions found\n",
        });
    }

    private static void ShowSummaryJson(ByteOutput output, Volume volume, CheckSummary summary)
    {
        output.Write("{\"kind\":\"summary\",\"format\":"u8);
        JsonText.WriteString(output, volume.Format);
        output.Write(",\"findings\":"u8);
        output.WriteNumber(summary.FindingCount);
        output.Write(",\"counts\":{"u8);
        for (var i = 0; i < summary.Counts.Count; i++)
        {
            output.Write(i == 0 ? default : ","u8);
            JsonText.WriteString(output, summary.Counts[i].Name);
            output.WriteByte((byte)':');
            output.WriteNumber(summary.Counts[i].Count);
        }

        output.Write("},\"unchecked\":"u8);
        JsonText.WriteValue(output, summary.Unchecked);
        output.Write("}\n"u8);
    }
}
