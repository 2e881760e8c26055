using KernKit.Volumes.Partitions;

namespace KernKit.Volumes;

// A device is read from the outside in:
//
//   boot record (MBR)             four slices; one of them may begin a chain of logical partitions
//   or GPT                        its own entries, if the boot record guards it or has no table
//   else BSD label                on the bare disk
//   then, in each slice that belongs to a BSD system, a label again
//
// Numbers are what a user types: GPT entry number, 1 to 4 for slices, from 5 on for logical ones, 1 for partition
// 'a' of a bare label. The partitions of nested labels follow behind the highest of these, in order, as Linux counts
// them.

/// <summary>Finds the partitions of a device: MBR, GPT, BSD labels of 32 and 64 bits.</summary>
public static class PartitionTable
{
    /// <summary>Reads all tables of a device.</summary>
    /// <returns>The partitions in the order of their numbers; empty if the device has no table.</returns>
    /// <exception cref="VolumeException">A table is damaged beyond its backup, or the device could not be
    /// read.</exception>
    public static IReadOnlyList<Partition> Read(IBlockDevice device)
    {
        var partitions = Read(device, out var damage);
        return damage is null ? partitions : throw damage;
    }

    /// <summary>Reads all tables of a device as far as they can be read.</summary>
    /// <param name="device">The device.</param>
    /// <param name="damage">The first damage, behind which partitions may be missing; null if there is none.</param>
    /// <returns>The partitions in the order of their numbers.</returns>
    /// <exception cref="VolumeException">The device could not be read.</exception>
    public static IReadOnlyList<Partition> Read(IBlockDevice device, out VolumeException? damage) =>
        Read(device, out damage, out _);

    /// <summary>Reads all tables of a device as far as they can be read.</summary>
    /// <param name="device">The device.</param>
    /// <param name="damage">The first damage, behind which partitions may be missing; null if there is none.</param>
    /// <param name="replaced">What is wrong with a table in whose place its backup was used; null if there is none.
    /// Nothing is missing then.</param>
    /// <returns>The partitions in the order of their numbers.</returns>
    /// <exception cref="VolumeException">The device could not be read.</exception>
    public static IReadOnlyList<Partition> Read(
        IBlockDevice device, out VolumeException? damage, out VolumeException? replaced)
    {
        ArgumentNullException.ThrowIfNull(device);
        var partitions = new List<Partition>();
        damage = null;
        replaced = null;
        try
        {
            var hasGpt = !MbrReader.IsInCharge(device) && GptReader.TryRead(device, partitions, out replaced);
            if (!hasGpt && !MbrReader.TryRead(device, partitions))
            {
                var disk = new Partition(0, default, "", "", 0, device.Length, 0);
                DisklabelReader.TryRead(device, disk, 1, partitions);
                return partitions;
            }
        }
        catch (VolumeException error) when (error.Error == VolumeError.Damaged)
        {
            damage = error;
        }

        ReadLabels(device, partitions, ref damage);
        return partitions;
    }

    private static void ReadLabels(IBlockDevice device, List<Partition> partitions, ref VolumeException? damage)
    {
        var next = 1;
        foreach (var partition in partitions)
        {
            next = Math.Max(next, partition.Number + 1);
        }

        var slices = partitions.Count;
        for (var i = 0; i < slices; i++)
        {
            var slice = partitions[i];
            if (!BsdTypes.MayHoldLabel(slice))
            {
                continue;
            }

            try
            {
                next += DisklabelReader.TryRead(device, slice, next, partitions);
            }
            catch (VolumeException error) when (error.Error == VolumeError.Damaged)
            {
                damage ??= error;
            }
        }
    }

    /// <summary>Makes a device of a partition; it owns <paramref name="device"/> from then on.</summary>
    /// <exception cref="VolumeException">The partition begins outside the device.</exception>
    public static IBlockDevice OpenDevice(IBlockDevice device, in Partition partition)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new SliceDevice(device, $"partition {partition.Number} of {device.Name}", partition.Offset,
            partition.Length);
    }
}
