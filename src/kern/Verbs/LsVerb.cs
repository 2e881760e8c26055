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
        var form = new Form(
            session.Json,
            session.Arguments.GetValue<bool>(LongName),
            session.Arguments.GetValue<bool>(RecursiveName),
            session.Arguments.GetValue<string?>(CommonOptions.DigestName) is not null);
        using var volume = session.OpenVolume();
        using var digest = new ContentDigest();
        var needAttributes = form.Json || form.Long || form.Digest || session.Host.OutputIsColored;
        var walk = new VolumeWalk(volume, session.Path, form.Recursive, needAttributes, session.Report);
        using var progress = new ProgressLine(session, "listing");
        while (walk.MoveNext())
        {
            ref readonly var node = ref walk.Attributes;
            // The directory itself is asked about, not listed; as JSON, "the root and all below" includes the root.
            if (walk.Depth == 0 && node.Type == NodeType.Directory && !(form.Json && form.Recursive))
            {
                continue;
            }

            progress.Count(1, node.Type == NodeType.File ? node.Size : 0);
            WriteEntry(session, form, volume, walk, digest);
        }

        return ExitStatus.Done;
    }

    private static void WriteEntry(Session session, Form form, Volume volume, VolumeWalk walk, ContentDigest digest)
    {
        ref readonly var node = ref walk.Attributes;
        var output = session.Output;
        byte[]? target = null;
        ReadOnlySpan<byte> hash = default;
        try
        {
            if (node.Type == NodeType.Symlink && (form.Json || form.Long))
            {
                target = volume.ReadLink(node);
            }

            if (form.Digest && node.Type == NodeType.File)
            {
                hash = digest.Compute(volume, node);
            }
        }
        catch (VolumeException error)
        {
            // The entry is listed all the same, without what could not be read.
            session.Diagnostics.Report(session.Image, walk.Path, error);
        }

        if (form.Json)
        {
            EntryJson.Write(output, walk.Path, node, target, hash);
            return;
        }

        WriteLine(session, form, walk, target, hash);
    }

    private static void WriteLine(Session session, Form form, VolumeWalk walk, byte[]? target, ReadOnlySpan<byte> hash)
    {
        ref readonly var node = ref walk.Attributes;
        var output = session.Output;
        if (form.Long)
        {
            EntryLine.WriteLong(output, node);
        }

        if (form.Digest)
        {
            // As sha256sum prints it; entries without content get blanks.
            JsonText.WriteHex(output, hash);
            output.WritePadding(66 - (hash.Length * 2));
        }

        var path = walk.Path;
        var name = form.Recursive || walk.Depth == 0 ? path : path[(path.LastIndexOf((byte)'/') + 1)..];
        // A line of several columns is for people, and a name with a newline must not forge one.
        var escaped = form.Long || session.Host.OutputIsTerminal;
        EntryLine.WriteName(output, name, node, escaped, session.Host.OutputIsColored);
        if (target is not null)
        {
            output.Write(" -> "u8);
            NameText.WriteEscaped(output, target);
        }

        output.WriteByte((byte)'\n');
    }

    private readonly record struct Form(bool Json, bool Long, bool Recursive, bool Digest);
}
