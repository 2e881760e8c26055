using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern mtree</c>: a specification that mtree(8) and bsdtar read.</summary>
internal static class MtreeVerb
{
    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("mtree", "Print an mtree(5) specification of a tree, with full paths.")
        {
            CommonOptions.Image(), CommonOptions.Path(), CommonOptions.Digest(), CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        using var volume = session.OpenVolume();
        using var digest = session.Arguments.GetValue<string?>(CommonOptions.DigestName) is null ? null
            : new ContentDigest();
        var walk = new VolumeWalk(volume, session.Path, recursive: true, needAttributes: true, session.Report);
        using var progress = new ProgressLine(session, "listing");
        session.Output.Write("#mtree v2.0\n"u8);
        var prefix = 0;
        while (walk.MoveNext())
        {
            ref readonly var node = ref walk.Attributes;
            if (walk.Depth == 0)
            {
                prefix = node.Type == NodeType.Directory
                    ? walk.Path.Length + (walk.Path.IsEmpty ? 0 : 1)
                    : walk.Path.LastIndexOf((byte)'/') + 1;
            }

            progress.Count(1, node.Type == NodeType.File ? node.Size : 0);
            WriteEntry(session, volume, walk, prefix, digest);
        }

        return ExitStatus.Done;
    }

    private static void WriteEntry(Session session, Volume volume, VolumeWalk walk, int prefix, ContentDigest? digest)
    {
        ref readonly var node = ref walk.Attributes;
        ReadOnlySpan<byte> hash = default;
        byte[]? target = null;
        try
        {
            target = node.Type == NodeType.Symlink ? volume.ReadLink(node) : null;
            hash = digest is not null && node.Type == NodeType.File ? digest.Compute(volume, node) : default;
        }
        catch (VolumeException error)
        {
            session.Diagnostics.Report(session.Image, walk.Path, error);
        }

        var output = session.Output;
        if (node.Type is NodeType.Whiteout or NodeType.Unknown)
        {
            // mtree(5) has no word for these.
            output.Write("# "u8);
        }

        WritePath(output, walk.Path[Math.Min(prefix, walk.Path.Length)..]);
        output.Write(" type="u8);
        output.Write(TypeName(node.Type));
        output.Write(" mode="u8);
        EntryJson.WriteMode(output, node.Permissions);
        WriteNumber(output, " uid="u8, node.UserId);
        WriteNumber(output, " gid="u8, node.GroupId);
        WriteNumber(output, " nlink="u8, node.LinkCount);
        if (node.Type == NodeType.File)
        {
            WriteNumber(output, " size="u8, node.Size);
        }

        WriteNumber(output, " time="u8, node.Modified.Seconds);
        EntryLine.WriteFraction(output, node.Modified.Nanoseconds);
        WriteRest(output, node, target, hash);
    }

    private static void WriteRest(ByteOutput output, in NodeAttributes node, byte[]? target, ReadOnlySpan<byte> hash)
    {
        if (target is not null)
        {
            output.Write(" link="u8);
            NameText.WriteVis(output, target);
        }

        if (node.Device is { } device)
        {
            WriteNumber(output, " device=native,"u8, device.Major);
            WriteNumber(output, ","u8, device.Minor);
        }

        if (!hash.IsEmpty)
        {
            output.Write(" sha256digest="u8);
            JsonText.WriteHex(output, hash);
        }

        output.WriteByte((byte)'\n');
    }

    /// <summary>A name with '/' is a full path to mtree; one without would mean "in the current directory".</summary>
    private static void WritePath(ByteOutput output, ReadOnlySpan<byte> path)
    {
        output.WriteByte((byte)'.');
        if (!path.IsEmpty)
        {
            output.WriteByte((byte)'/');
            NameText.WriteVis(output, path);
        }
    }

    private static void WriteNumber(ByteOutput output, ReadOnlySpan<byte> keyword, long value)
    {
        output.Write(keyword);
        output.WriteNumber(value);
    }

    private static ReadOnlySpan<byte> TypeName(NodeType type) => type switch
    {
        NodeType.Directory => "dir"u8,
        NodeType.Symlink => "link"u8,
        NodeType.CharacterDevice => "char"u8,
        NodeType.BlockDevice => "block"u8,
        NodeType.Fifo => "fifo"u8,
        NodeType.Socket => "socket"u8,
        NodeType.File => "file"u8,
        _ => "unknown"u8,
    };
}
