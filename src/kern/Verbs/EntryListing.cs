using KernKit.Command.Output;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary>Writes entries of a walk: as names, as long lines, as JSON.</summary>
/// <param name="session">Where they go.</param>
/// <param name="volume">The volume.</param>
/// <param name="form">How.</param>
internal sealed class EntryListing(Session session, Volume volume, EntryForm form) : IDisposable
{
    private readonly ContentDigest _digest = new();

    /// <summary>Whether the walk has to read attributes.</summary>
    public bool NeedsAttributes => form.Json || form.Long || form.Digest || session.Host.OutputIsColored;

    /// <summary>Writes the entry that the walk is at.</summary>
    public void Write(VolumeWalk walk)
    {
        ref readonly var node = ref walk.Attributes;
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
                hash = _digest.Compute(volume, node);
            }
        }
        catch (VolumeException error)
        {
            // The entry is listed all the same, without what could not be read.
            session.Diagnostics.Report(session.Image, walk.Path, error);
        }

        if (form.Json)
        {
            EntryJson.Write(session.Output, walk.Path, node, target, hash);
            return;
        }

        WriteLine(walk, target, hash);
    }

    public void Dispose() => _digest.Dispose();

    private void WriteLine(VolumeWalk walk, byte[]? target, ReadOnlySpan<byte> hash)
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

        var path = walk.Path.IsEmpty ? "."u8 : walk.Path;
        var name = form.Paths || walk.Depth == 0 ? path : path[(path.LastIndexOf((byte)'/') + 1)..];
        // A line of several columns is for people, and a name with a newline must not forge one.
        var escaped = form.End != 0 && (form.Long || session.Host.OutputIsTerminal);
        EntryLine.WriteName(output, name, node, escaped, session.Host.OutputIsColored);
        if (target is not null)
        {
            output.Write(" -> "u8);
            NameText.WriteEscaped(output, target);
        }

        output.WriteByte(form.End);
    }
}

/// <summary>How entries are written.</summary>
/// <param name="Json">One object a line.</param>
/// <param name="Long">With type, mode, owners, size and time.</param>
/// <param name="Paths">Whole paths rather than names.</param>
/// <param name="Digest">With the digest of a file's content.</param>
/// <param name="End">What ends a line: a newline, or NUL.</param>
internal readonly record struct EntryForm(bool Json, bool Long, bool Paths, bool Digest, byte End = (byte)'\n');
