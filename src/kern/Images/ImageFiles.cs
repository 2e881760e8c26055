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
            return partition is { } number ? Volume.OpenPartition(device, number) : Volume.Open(device);
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
        var partitions = new List<PartitionContents>();
        VolumeException? damage;
        long length;
        using (var device = FileDevice.Open(image))
        {
            length = device.Length;
            foreach (var found in PartitionTable.Read(device, out damage))
            {
                partitions.Add(new PartitionContents(
                    found.Number, found.Scheme.ToString().ToLowerInvariant(), found.Offset, found.Length,
                    found.Type, found.Name, FormatOf(image, found.Number)));
            }
        }

        try
        {
            return new ImageContents(length, OpenVolume(image, partition), partitions, damage);
        }
        catch (VolumeException) when (partition is null && partitions.Count > 0)
        {
            // None of the partitions, or several: the table is the answer.
            return new ImageContents(length, null, partitions, damage);
        }
    }

    private static string? FormatOf(string image, int partition)
    {
        var device = FileDevice.Open(image);
        try
        {
            using var volume = Volume.OpenPartition(device, partition);
            return volume.Format;
        }
        catch (VolumeException)
        {
            // Nothing that is known here, or damaged; choosing the partition tells which.
            device.Dispose();
            return null;
        }
    }
}
