using KernKit.Volumes.Layouts;

namespace KernKit.Volumes.Ufs;

/// <summary>The content of a UFS file: whole extents go from the device straight into the caller's buffer.</summary>
internal sealed class UfsFileContent<TOrder> : FileContent
    where TOrder : struct, IByteOrder
{
    private readonly IBlockDevice _device;
    private UfsBlockMap<TOrder> _map;
    private Extent _extent;

    public UfsFileContent(UfsVolume<TOrder> volume, in UfsBlockMap<TOrder> map)
    {
        _device = volume.Device;
        _map = map;
    }

    public override long Length => _map.Size;

    public override int Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var done = 0;
        while (done < buffer.Length && TryGetExtent(offset, out var extent))
        {
            var skip = offset - extent.FileOffset;
            var part = buffer.Slice(done, (int)Math.Min(buffer.Length - done, extent.Length - skip));
            if (extent.Kind == ExtentKind.Hole)
            {
                part.Clear();
            }
            else
            {
                _device.Read(extent.DeviceOffset + skip, part);
            }

            done += part.Length;
            offset += part.Length;
        }

        return done;
    }

    public override bool TryGetExtent(long offset, out Extent extent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset < _extent.FileOffset || offset >= _extent.FileOffset + _extent.Length)
        {
            if (!_map.TryGetExtent(offset, out _extent))
            {
                extent = default;
                return false;
            }
        }

        extent = _extent;
        return true;
    }
}
