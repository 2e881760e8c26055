namespace KernKit.Volumes.Extract;

/// <summary>What a name of a volume must be before it may become a name of the target.</summary>
internal static class EntryName
{
    private const int LengthMax = 255;

    /// <summary>Refuses a name that is more than one harmless component.</summary>
    /// <exception cref="VolumeException">The name is empty, too long, "." or "..", or holds a NUL or '/'.</exception>
    public static void Check(ReadOnlySpan<byte> name, long offset)
    {
        if (name.IsEmpty || name.Length > LengthMax || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8)
            || name.ContainsAny((byte)0, (byte)'/'))
        {
            throw new VolumeException(
                VolumeError.Damaged, "the name is not one that a file can have: left out", "dirent.name", offset);
        }
    }
}
