namespace KernKit.Volumes;

/// <summary>The one bounds check that every device makes.</summary>
internal static class DeviceRange
{
    public static void Require(IBlockDevice device, long offset, long count)
    {
        if ((ulong)offset > (ulong)device.Length || count > device.Length - offset)
        {
            Throw(device, offset, count);
        }
    }

    private static void Throw(IBlockDevice device, long offset, long count) => throw new VolumeException(
        VolumeError.Damaged,
        $"{count} bytes reach beyond the end of {device.Name} (0x{device.Length:x}); "
        + "it is cut short, or a pointer is wrong",
        "device",
        offset);
}
