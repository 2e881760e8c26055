namespace KernKit.Volumes.Ufs.Check;

/// <summary>Reads of a check: what lies beyond the end of the device is absent, and reported once as
/// <c>device-size</c>.</summary>
internal sealed class CheckDevice(IBlockDevice device, CancellationToken cancellation)
{
    public long Length { get; } = device.Length;

    /// <summary>Fills <paramref name="buffer"/>; false, and zeros, if the range leaves the device.</summary>
    /// <exception cref="VolumeException">The system could not read it.</exception>
    /// <exception cref="OperationCanceledException">The check was stopped.</exception>
    public bool TryRead(long offset, Span<byte> buffer)
    {
        cancellation.ThrowIfCancellationRequested();
        if (offset < 0 || offset > Length - buffer.Length)
        {
            buffer.Clear();
            return false;
        }

        device.Read(offset, buffer);
        return true;
    }
}
