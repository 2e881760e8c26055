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

    private const string Table = "partition table";

    private static long NothingOffset =>
        UfsFormat.ProbeOffsets[0] + SuperblockView<LittleEndian>.Offsets.Magic;

    public static Volume Open(IBlockDevice device, VolumeOptions options)
    {
        var source = UfsSearch.Find(device, out var damage);
        if (source is null && damage is not null)
        {
            source = UfsSearch.FindCopy(device, damage);
        }

        if (source is not null)
        {
            return Make(device, source, options);
        }

        var partitions = PartitionTable.Read(device, out var tableDamage);
        var found = FindVolumes(device, partitions, damage is not null);
        if (found.Count > 0)
        {
            return OpenOnly(device, found, tableDamage, options);
        }

        if (damage is not null)
        {
            throw new VolumeException(
                damage.Error, $"{damage.What}; no good copy of the superblock was found", damage.Structure,
                    damage.Offset, damage);
        }

        if (tableDamage is not null)
        {
            throw tableDamage;
        }

        if (partitions.Count > 0)
        {
            throw new VolumeException(
                VolumeError.Unsupported,
                $"{device.Name}: no partition holds a file system that is known here; it has {List(partitions)}",
                Table,
                0);
        }

        source = UfsSearch.FindCopy(device, null) ?? throw new VolumeException(
            VolumeError.Unsupported,
            $"{device.Name}: no file system that is known here, and no partition table",
            Nothing,
            NothingOffset);
        return Make(device, source, options);
    }

    public static Volume OpenPartition(IBlockDevice device, int number, VolumeOptions options)
    {
        var partitions = PartitionTable.Read(device, out var damage);
        foreach (var partition in partitions)
        {
            if (partition.Number == number)
            {
                return OpenWithin(device, partition, options);
            }
        }

        if (damage is not null)
        {
            throw damage;
        }

        var known = partitions.Count == 0 ? "the device has no partition table" : "it has " + List(partitions);
        throw new VolumeException(VolumeError.NotFound, $"{device.Name}: no partition {number}; {known}");
    }

    /// <summary>The format of the file system that begins where a partition does, or null if there is none.</summary>
    /// <remarks>A table may have thousands of entries for one place, so nothing is searched beyond the standard places
    /// and, for a superblock that is damaged, those of the copies that it names.</remarks>
    public static string? FormatIn(IBlockDevice device, in Partition partition)
    {
        if (partition.Offset >= device.Length)
        {
            return null;
        }

        // The slice is not disposed of: it would take the device with it.
        var slice = PartitionTable.OpenDevice(device, partition);
        try
        {
            var source = UfsSearch.Find(slice, out var damage);
            return (damage is null ? source : source ?? UfsSearch.FollowCopies(slice, damage))?.Geometry.Format;
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            return null;
        }
    }

    /// <summary>The partitions that hold a file system, perhaps a damaged one.</summary>
    private static List<Partition> FindVolumes(
        IBlockDevice device, IReadOnlyList<Partition> partitions, bool wholeIsDamaged)
    {
        // A slice and the first partition of its label may begin at the same place: that is one file system. So may a
        // partition and the device, and what lies there was found damaged already.
        var found = new List<Partition>();
        foreach (var partition in partitions)
        {
            if ((partition.Offset > 0 || !wholeIsDamaged)
                && !found.Exists(other => other.Offset == partition.Offset) && HoldsVolume(device, partition))
            {
                found.Add(partition);
            }
        }

        return found;
    }

    private static Volume OpenOnly(
        IBlockDevice device, List<Partition> found, VolumeException? tableDamage, VolumeOptions options)
    {
        if (tableDamage is not null)
        {
            // Others may be missing: nothing is chosen in their place.
            throw new VolumeException(
                tableDamage.Error, $"{tableDamage.What}; choose a partition by its number: {List(found)}",
                tableDamage.Structure, tableDamage.Offset, tableDamage);
        }

        return found.Count == 1
            ? OpenWithin(device, found[0], options)
            : throw new VolumeException(
                VolumeError.Unsupported,
                $"{device.Name}: several partitions hold file systems, choose one by its number: {List(found)}",
                Table,
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
