namespace KernKit.Volumes;

/// <summary>A part of another device: a partition. Offsets in messages of its own count from the start of the
/// part.</summary>
internal sealed class SliceDevice : IBlockDevice
{
    private readonly IBlockDevice _parent;
    private readonly long _start;

    /// <summary>Makes a device of a part of another, which it owns from then on.</summary>
    /// <param name="parent">The whole device.</param>
    /// <param name="name">What messages call the part.</param>
    /// <param name="start">Bytes from the start of the whole device.</param>
    /// <param name="length">Bytes; what reaches beyond the whole device is cut off.</param>
    /// <exception cref="VolumeException">The part begins outside the whole device.</exception>
    public SliceDevice(IBlockDevice parent, string name, long start, long length)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (start > parent.Length)
        {
            throw new VolumeException(VolumeError.Damaged, $"{name} begins beyond the end of {parent.Name}",
                "partition", start);
        }

        _parent = parent;
        _start = start;
        Name = name;
        Length = Math.Min(length, parent.Length - start);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        DeviceRange.Require(this, offset, buffer.Length);
        _parent.Read(_start + offset, buffer);
    }

    /// <inheritdoc/>
    public void Dispose() => _parent.Dispose();
}
