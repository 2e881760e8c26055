namespace KernKit.Volumes;

/// <summary>Why a volume could not do what was asked; the command maps each to an exit status.</summary>
public enum VolumeError
{
    /// <summary>A structure on the volume contradicts its format (exit status 3).</summary>
    Damaged,

    /// <summary>The volume is of a kind or version that is not supported (exit status 3).</summary>
    Unsupported,

    /// <summary>The named path, partition or attribute does not exist (exit status 1).</summary>
    NotFound,

    /// <summary>The system refused: permission or input/output error (exit status 4).</summary>
    System,
}

/// <summary>Damaged or unsupported input, a missing name, or a refusal of the system.</summary>
/// <remarks>The message says what is wrong, where (byte offset on the device and structure), and what to do if
/// anything can be done.</remarks>
public sealed class VolumeException : Exception
{
    /// <summary>Makes an error about one place of a volume.</summary>
    /// <param name="error">The class of the error.</param>
    /// <param name="what">What is wrong, in one clause without a full stop.</param>
    /// <param name="structure">The structure and field, such as <c>superblock.bsize</c> or <c>inode 12.db[3]</c>;
    /// null if none is concerned.</param>
    /// <param name="offset">The byte offset on the device, or -1 if no single place is concerned.</param>
    /// <param name="inner">The cause, if any.</param>
    public VolumeException(VolumeError error, string what, string? structure = null, long offset = -1,
        Exception? inner = null)
        : base(Compose(what, structure, offset), inner)
    {
        Error = error;
        What = what;
        Structure = structure;
        Offset = offset;
    }

    /// <summary>The class of the error.</summary>
    public VolumeError Error { get; }

    /// <summary>What is wrong, without the place.</summary>
    public string What { get; }

    /// <summary>The structure and field concerned, or null.</summary>
    public string? Structure { get; }

    /// <summary>The byte offset on the device, or -1.</summary>
    public long Offset { get; }

    private static string Compose(string what, string? structure, long offset) => (structure, offset) switch
    {
        (null, < 0) => what,
        (null, _) => $"offset 0x{offset:x}: {what}",
        (_, < 0) => $"{structure}: {what}",
        _ => $"offset 0x{offset:x} ({structure}): {what}",
    };
}
