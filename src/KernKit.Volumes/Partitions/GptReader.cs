using System.Text;
using KernKit.Volumes.Layouts.Partition;

namespace KernKit.Volumes.Partitions;

// The header stands in the second block and, as a backup, in the last one. Both it and the table carry a CRC. The
// size of a block is not written anywhere: 512 and 4096 are tried. A signature with a wrong check sends us to the
// backup; so does a missing one, if a boot record says that the disk has a GPT. A boot record with a table of its own
// and without such a guard comes first: the GPT is one that an older system left (PartitionTable asks).

/// <summary>Reads the table of UEFI.</summary>
internal static class GptReader
{
    private const int TableBytesMax = 1 << 20;
    private const int HeaderBytesMax = 512;
    private static readonly int[] _sectorSizes = [512, 4096];

    /// <summary>Reads the table, or its backup.</summary>
    /// <param name="device">The device.</param>
    /// <param name="partitions">Takes the partitions.</param>
    /// <param name="replaced">What is wrong with the first table if its backup was used, or null.</param>
    /// <exception cref="VolumeException">The table and its backup are damaged.</exception>
    public static bool TryRead(IBlockDevice device, List<Partition> partitions, out VolumeException? replaced)
    {
        replaced = null;
        VolumeException? damage = null;
        foreach (var sectorBytes in _sectorSizes)
        {
            if (TryReadCopy(device, sectorBytes, 1, partitions, ref damage))
            {
                return true;
            }
        }

        if (damage is null && !MbrReader.IsGuard(device))
        {
            return false;
        }

        var first = damage;
        foreach (var sectorBytes in _sectorSizes)
        {
            if (TryReadCopy(device, sectorBytes, (device.Length / sectorBytes) - 1, partitions, ref damage))
            {
                replaced = first is null
                    ? new VolumeException(VolumeError.Damaged, "the table is gone; its backup is used",
                        "gpt_header.signature", sectorBytes)
                    : new VolumeException(first.Error, $"{first.What}; its backup is used", first.Structure,
                        first.Offset, first);
                return true;
            }
        }

        return damage is null
            ? false
            : throw new VolumeException(
                damage.Error, $"{damage.What}; no good backup was found", damage.Structure, damage.Offset, damage);
    }

    private static bool TryReadCopy(
        IBlockDevice device, int sectorBytes, long lba, List<Partition> partitions, ref VolumeException? damage)
    {
        var at = lba * sectorBytes;
        if (lba < 1 || at > device.Length - HeaderBytesMax)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[HeaderBytesMax];
        device.Read(at, bytes);
        var header = new GptHeaderView(bytes);
        if (header.Signature != PartitionConstants.GptSignature)
        {
            return false;
        }

        var table = ReadTable(device, sectorBytes, lba, bytes, header, out var problem);
        if (table is null)
        {
            damage ??= problem;
            return false;
        }

        for (var i = 0; i < header.EntryCount; i++)
        {
            AddEntry(new GptEntryView(table.AsSpan((int)(i * header.EntrySize))), i + 1, sectorBytes, device,
                partitions);
        }

        return true;
    }

    private static byte[]? ReadTable(
        IBlockDevice device, int sectorBytes, long lba, ReadOnlySpan<byte> bytes, GptHeaderView header,
            out VolumeException? problem)
    {
        var at = lba * sectorBytes;
        var size = header.HeaderSize;
        if (size < PartitionConstants.GptHeaderBytes || size > HeaderBytesMax)
        {
            problem = Bad("header_size", size, "must be 92 to 512", at + GptHeaderView.Offsets.HeaderSize);
            return null;
        }

        var crc = Crc32.Compute(bytes[..(int)size], GptHeaderView.Offsets.HeaderCrc);
        if (crc != header.HeaderCrc)
        {
            problem = Bad("header_crc", header.HeaderCrc, $"must be 0x{crc:x}", at + GptHeaderView.Offsets.HeaderCrc);
            return null;
        }

        if (header.SelfLba != (ulong)lba)
        {
            problem = Bad("self_lba", (long)header.SelfLba, $"must be 0x{lba:x}, the block where the header lies",
                at + GptHeaderView.Offsets.SelfLba);
            return null;
        }

        var count = header.EntryCount;
        var entry = header.EntrySize;
        if (entry < PartitionConstants.GptEntryBytes || entry > TableBytesMax || count > TableBytesMax / entry)
        {
            problem = Bad("entry_count", count, $"of {entry} bytes must fit in {TableBytesMax}",
                at + GptHeaderView.Offsets.EntryCount);
            return null;
        }

        var table = new byte[count * entry];
        if (header.TableLba > (ulong)((device.Length - table.Length) / sectorBytes))
        {
            problem = Bad("table_lba", (long)header.TableLba, "must lie on the device",
                at + GptHeaderView.Offsets.TableLba);
            return null;
        }

        device.Read((long)header.TableLba * sectorBytes, table);
        var tableCrc = Crc32.Compute(table);
        problem = tableCrc == header.TableCrc
            ? null
            : Bad("table_crc", header.TableCrc, $"must be 0x{tableCrc:x}", at + GptHeaderView.Offsets.TableCrc);
        return problem is null ? table : null;
    }

    private static void AddEntry(
        GptEntryView entry, int number, int sectorBytes, IBlockDevice device, List<Partition> partitions)
    {
        if (!entry.TypeGuid.Bytes.ContainsAnyExcept((byte)0))
        {
            return;
        }

        var blocks = (ulong)(device.Length / sectorBytes);
        if (entry.FirstLba >= blocks || entry.LastLba < entry.FirstLba
            || entry.LastLba > long.MaxValue / (ulong)sectorBytes)
        {
            // An entry of a disk that was larger: it describes nothing that is here.
            return;
        }

        var text = Encoding.Unicode.GetString(entry.Name);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        partitions.Add(new Partition(
            number,
            PartitionScheme.Gpt,
            GptTypes.Name(GuidOf(entry.TypeGuid)),
            end < 0 ? text : text[..end],
            (long)entry.FirstLba * sectorBytes,
            (long)(entry.LastLba - entry.FirstLba + 1) * sectorBytes,
            0));
    }

    private static Guid GuidOf(GuidView guid)
    {
        var rest = guid.Rest;
        return new Guid(
            guid.TimeLow, guid.TimeMid, guid.TimeHigh, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6],
                rest[7]);
    }

    private static VolumeException Bad(string field, long value, string must, long offset) =>
        new(VolumeError.Damaged, $"0x{value:x}, {must}", "gpt_header." + field, offset);
}
