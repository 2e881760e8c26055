using System.CommandLine;
using KernKit.Command.Output;
using KernKit.Volumes;
using ShellCommand = System.CommandLine.Command;

namespace KernKit.Command.Verbs;

/// <summary><c>kern cat</c>: the content of one regular file.</summary>
internal static class CatVerb
{
    /// <summary>Makes the verb.</summary>
    public static ShellCommand Create(CommandHost host)
    {
        var command = new ShellCommand("cat", "Write the content of a regular file to standard output.")
        {
            CommonOptions.Image(),
            new Argument<string>(CommonOptions.PathName)
            {
                Description = "A regular file on the volume, from its root.",
                HelpName = CommonOptions.PathName,
            },
            CommonOptions.Partition(),
        };
        command.SetAction(parsed => Session.Run(host, parsed, Run));
        return command;
    }

    private static int Run(Session session)
    {
        var path = session.Path;
        using var volume = session.OpenVolume();
        var node = volume.Find(path);
        if (node.Type != NodeType.File)
        {
            var shown = path.Length == 0 ? "/" : NameText.Escaped(path);
            throw new VolumeException(VolumeError.NotFound, $"'{shown}' is {Describe(volume, node)}");
        }

        try
        {
            Copy(volume.OpenContent(node), session.Host.Output);
        }
        catch (VolumeException error)
        {
            session.Diagnostics.Report(session.Image, path, error);
        }

        return ExitStatus.Done;
    }

    private static void Copy(FileContent content, Stream output)
    {
        var buffer = new byte[1 << 18];
        for (long offset = 0; offset < content.Length;)
        {
            var length = ContentDigest.ReadPiece(content, offset, buffer);
            output.Write(buffer, 0, length);
            offset += length;
        }
    }

    private static string Describe(Volume volume, in NodeAttributes node) => node.Type switch
    {
        NodeType.Directory => "a directory, not a regular file ('kern ls' lists it)",
        NodeType.Symlink => $"a symbolic link to '{NameText.Escaped(volume.ReadLink(node))}', not a regular file",
        NodeType.CharacterDevice or NodeType.BlockDevice => "a device, not a regular file",
        _ => "not a regular file",
    };
}
