namespace KernKit.Volumes;

/// <summary>A run of bytes that a file system or a partition table lies on. Implementations are safe for concurrent
/// use.</summary>
public interface IBlockDevice : IDisposable
{
    /// <summary>What messages call this device, usually its path.</summary>
    string Name { get; }

    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/> (bytes from the start of the
    /// device).</summary>
    /// <exception cref="VolumeException">The range leaves the device, or the system could not read it.</exception>
    void Read(long offset, Span<byte> buffer);
}
