using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Partition;

namespace KernKit.Volumes.Partitions;

// A 64-bit label stands at the start of its slice and counts bytes from there. A 32-bit label stands in the second
// sector (i386 and most others) or within the first (at 64 on Alpha and VAX, at 128 on 68k and SPARC), and counts
// sectors. From where? NetBSD and OpenBSD count from the start of the disk and so did FreeBSD; newer FreeBSD counts
// from the start of the slice. Its partition c, which covers the slice, tells: it begins at the slice's own first
// sector, or at 0. (NetBSD's c covers the slice too, OpenBSD's the whole disk.)

/// <summary>Reads the labels of BSD systems.</summary>
internal static class DisklabelReader
{
    private const int RecordBytes = 512;
    private const int SectorBytesMax = 65536;
    private static readonly int[] _places32 = [512, 0, 64, 128, 4096];

    /// <summary>Reads the label of a slice, or of a bare disk: a slice with number 0.</summary>
    /// <returns>How many partitions were added; for a bare disk numbers may have gaps.</returns>
    public static int TryRead(
        IBlockDevice device, in Partition slice, int firstNumber, List<Partition> partitions)
    {
        var before = partitions.Count;
        if (TryRead64(device, slice, firstNumber, partitions))
        {
            return partitions.Count - before;
        }

        Span<byte> bytes = stackalloc byte[RecordBytes];
        foreach (var place in _places32)
        {
            // A label at 64 or 128 ends with its sector.
            var room = bytes[..(RecordBytes - (place & (RecordBytes - 1)))];
            var at = slice.Offset + place;
            if (place + room.Length > slice.Length || at > device.Length - room.Length)
            {
                continue;
            }

            device.Read(at, room);
            if (TryRead32<LittleEndian>(room, slice, firstNumber, device, partitions)
                || TryRead32<BigEndian>(room, slice, firstNumber, device, partitions))
            {
                break;
            }
        }

        return partitions.Count - before;
    }

    private static bool TryRead32<TOrder>(
        ReadOnlySpan<byte> bytes, in Partition slice, int firstNumber, IBlockDevice device,
            List<Partition> partitions)
        where TOrder : struct, IByteOrder
    {
        var head = new Disklabel32View<TOrder>(bytes, 0);
        int count = head.Npartitions;
        if (head.Magic != PartitionConstants.Disklabel32Magic || head.Magic2 != PartitionConstants.Disklabel32Magic
            || count > PartitionConstants.Disklabel32PartitionsMax
            || !Disklabel32View<TOrder>.TryOpen(bytes, (uint)count, out var label)
            || Sum(label.Bytes) != 0)
        {
            return false;
        }

        long sector = label.Secsize;
        if (sector < RecordBytes || sector > SectorBytesMax)
        {
            return false;
        }

        var relative = slice.Offset > 0 && BsdTypes.MayCountFromSlice(slice) && count > PartitionConstants.RawPartition
            && label.Partitions[PartitionConstants.RawPartition].Start * sector != slice.Offset;
        for (var i = 0; i < count; i++)
        {
            var entry = label.Partitions[i];
            if (entry.Count == 0 || (entry.Type == Fstype.FS_UNUSED && i != PartitionConstants.RawPartition))
            {
                continue;
            }

            var offset = (entry.Start * sector) + (relative ? slice.Offset : 0);
            Add(partitions, device, PartitionScheme.Bsd, entry.Type, i, offset, entry.Count * sector, slice.Number,
                firstNumber);
        }

        return true;
    }

    private static bool TryRead64(
        IBlockDevice device, in Partition slice, int firstNumber, List<Partition> partitions)
    {
        var size = Disklabel64View.Size;
        if (slice.Length < size || slice.Offset > device.Length - size)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[size];
        device.Read(slice.Offset, bytes);
        var label = new Disklabel64View(bytes);
        var count = (int)Math.Min(label.Npartitions, PartitionConstants.Disklabel64PartitionsMax);
        if (label.Magic != PartitionConstants.Disklabel64Magic)
        {
            return false;
        }

        var end = Disklabel64View.Offsets.Partitions + (count * Partition64View.Size);
        var crc = Crc32.Compute(bytes[PartitionConstants.Disklabel64CheckedAt..end],
            Disklabel64View.Offsets.Crc - PartitionConstants.Disklabel64CheckedAt);
        if (crc != label.Crc)
        {
            throw new VolumeException(
                VolumeError.Damaged,
                $"0x{label.Crc:x}, must be 0x{crc:x}",
                "disklabel64.crc",
                slice.Offset + Disklabel64View.Offsets.Crc);
        }

        for (var i = 0; i < count; i++)
        {
            var entry = label.Partitions[i];
            if (entry.Count != 0 && entry.Start <= long.MaxValue / 2 && entry.Count <= long.MaxValue / 2)
            {
                Add(partitions, device, PartitionScheme.Bsd64, entry.Type, i, slice.Offset + (long)entry.Start,
                    (long)entry.Count, slice.Number, firstNumber);
            }
        }

        return true;
    }

    private static void Add(
        List<Partition> partitions, IBlockDevice device, PartitionScheme scheme, Fstype type, int index, long offset,
            long length,
        int slice, int firstNumber)
    {
        if (offset >= device.Length)
        {
            return;
        }

        // On a bare disk 'a' is 1, 'b' is 2; within a slice they follow one another.
        var number = slice == 0 ? index + 1 : Math.Max(firstNumber, partitions[^1].Number + 1);
        if (slice != 0 && partitions[^1].Parent != slice)
        {
            number = firstNumber;
        }

        partitions.Add(new Partition(
            number, scheme, BsdTypes.Name(type), ((char)('a' + index)).ToString(), offset, length, slice));
    }

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        // Exclusive-or of 16-bit words is the same in both byte orders when it is compared with 0.
        int even = 0, odd = 0;
        for (var i = 0; i + 1 < bytes.Length; i += 2)
        {
            even ^= bytes[i];
            odd ^= bytes[i + 1];
        }

        return even | odd;
    }
}
