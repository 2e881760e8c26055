namespace KernKit.Volumes;

/// <summary>How an extent of a file is kept.</summary>
public enum ExtentKind
{
    /// <summary>Bytes as they are, at <see cref="Extent.DeviceOffset"/>.</summary>
    Data,

    /// <summary>Nothing stored; reads as zeros.</summary>
    Hole,

    /// <summary>Stored in another form (compressed, embedded); only <see cref="FileContent.Read"/> gives the
    /// bytes.</summary>
    Encoded,
}

/// <summary>A run of a file's bytes that is stored in one piece.</summary>
/// <param name="Kind">How it is stored.</param>
/// <param name="FileOffset">The first byte's offset in the file.</param>
/// <param name="Length">The number of bytes, above 0; the last extent ends at the file's length.</param>
/// <param name="DeviceOffset">The first byte's offset on the device for <see cref="ExtentKind.Data"/>, else -1.</param>
public readonly record struct Extent(ExtentKind Kind, long FileOffset, long Length, long DeviceOffset);

/// <summary>The content of an open file. One thread at a time; open the file once a thread to share the work.</summary>
public abstract class FileContent
{
    /// <summary>The length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads up to <paramref name="buffer"/>'s length at <paramref name="offset"/>; holes read as
    /// zeros.</summary>
    /// <returns>The number of bytes, less than asked for only at the end of the file.</returns>
    /// <exception cref="VolumeException">A block pointer is outside the volume, or the device could not be
    /// read.</exception>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Finds the extent that holds <paramref name="offset"/>; adjacent blocks are merged, and a hole under
    /// an absent indirect block is found without visiting each of its blocks.</summary>
    /// <returns>False at and beyond the end of the file.</returns>
    /// <exception cref="VolumeException">A block pointer is outside the volume, or the device could not be
    /// read.</exception>
    public abstract bool TryGetExtent(long offset, out Extent extent);
}
