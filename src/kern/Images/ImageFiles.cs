using KernKit.Volumes;

namespace KernKit.Command.Images;

/// <summary>Opens image files and block devices.</summary>
internal sealed class ImageFiles : IImageSource
{
    /// <inheritdoc/>
    public Volume OpenVolume(string image, int? partition)
    {
        var device = FileDevice.Open(image);
        try
        {
            return Open(device, partition);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ImageContents Inspect(string image, int? partition)
    {
        var device = FileDevice.Open(image);
        Volume? volume = null;
        try
        {
            var table = PartitionTable.Read(device, out var damage, out var replaced);
            var partitions = table.Select(found => new PartitionContents(
                found.Number, found.Scheme.ToString().ToLowerInvariant(), found.Offset, found.Length,
                found.Type, found.Name, Volume.FormatIn(device, found))).ToList();

            try
            {
                volume = Open(device, partition);
            }
            catch (VolumeException) when (partition is null && partitions.Count > 0)
            {
                // None of the partitions, or several: the table is the answer.
            }

            return new ImageContents(device.Length, volume, partitions, damage ?? replaced);
        }
        finally
        {
            if (volume is null)
            {
                device.Dispose();
            }
        }
    }

    private static Volume Open(FileDevice device, int? partition) =>
        partition is { } number ? Volume.OpenPartition(device, number) : Volume.Open(device);
}
