using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using KernKit.Volumes.Ufs;

namespace KernKit.Volumes;

/// <summary>Finds out what is on a device and opens it.</summary>
internal static class VolumeSearch
{
    /// <summary>What is not there if nothing is found: the first place that is looked at.</summary>
    private const string Nothing = "superblock.magic";

    private static long NothingOffset =>
        UfsFormat.ProbeOffsets[0] + SuperblockView<LittleEndian>.Offsets.Magic;

    public static Volume Open(IBlockDevice device, VolumeOptions options)
    {
        var source = UfsSearch.Find(device, out var damage);
        if (source is not null)
        {
            return Make(device, source, options);
        }

        if (damage is null)
        {
            var partitions = PartitionTable.Read(device);
            if (partitions.Count > 0)
            {
                return OpenOnly(device, partitions, options);
            }
        }

        source = UfsSearch.FindCopy(device, damage);
        if (source is not null)
        {
            return Make(device, source, options);
        }

        if (damage is not null)
        {
            throw new VolumeException(
                damage.Error, $"{damage.What}; no good copy of the superblock was found", damage.Structure,
                    damage.Offset, damage);
        }

        throw new VolumeException(
            VolumeError.Unsupported,
            $"{device.Name}: no file system that is known here, and no partition table",
            Nothing,
            NothingOffset);
    }

    public static Volume OpenPartition(IBlockDevice device, int number, VolumeOptions options)
    {
        var partitions = PartitionTable.Read(device);
        foreach (var partition in partitions)
        {
            if (partition.Number == number)
            {
                return OpenWithin(device, partition, options);
            }
        }

        var known = partitions.Count == 0 ? "the device has no partition table" : "it has " + List(partitions);
        throw new VolumeException(VolumeError.NotFound, $"{device.Name}: no partition {number}; {known}");
    }

    private static Volume OpenOnly(IBlockDevice device, IReadOnlyList<Partition> partitions, VolumeOptions options)
    {
        // A slice and the first partition of its label may begin at the same place: that is one file system.
        var found = new List<Partition>();
        foreach (var partition in partitions)
        {
            if (!found.Exists(other => other.Offset == partition.Offset) && HoldsVolume(device, partition))
            {
                found.Add(partition);
            }
        }

        return found.Count == 1
            ? OpenWithin(device, found[0], options)
            : throw new VolumeException(
                VolumeError.Unsupported,
                found.Count == 0
                    ? $"{device.Name}: no partition holds a file system that is known here; it has {List(partitions)}"
                    : $"{device.Name}: several partitions hold file systems, choose one by its number: {List(found)}",
                "partition table",
                0);
    }

    private static bool HoldsVolume(IBlockDevice device, in Partition partition)
    {
        if (partition.Offset >= device.Length)
        {
            return false;
        }

        // The slice is not disposed of: it would take the device with it.
        var slice = PartitionTable.OpenDevice(device, partition);
        return UfsSearch.Find(slice, out var damage) is not null || damage is not null;
    }

    private static Volume OpenWithin(IBlockDevice device, in Partition partition, VolumeOptions options)
    {
        var slice = PartitionTable.OpenDevice(device, partition);
        var source = UfsSearch.Find(slice, out var damage) ?? UfsSearch.FindCopy(slice, damage);
        if (source is not null)
        {
            return Make(slice, source, options);
        }

        throw damage ?? new VolumeException(
            VolumeError.Unsupported, $"{slice.Name}: no file system that is known here", Nothing, NothingOffset);
    }

    private static Volume Make(IBlockDevice device, UfsSource source, VolumeOptions options) =>
        source.Order == ByteOrder.LittleEndian
            ? new UfsVolume<LittleEndian>(device, source, options)
            : new UfsVolume<BigEndian>(device, source, options);

    private static string List(IReadOnlyList<Partition> partitions) => string.Join("; ", partitions);
}
