using KernKit.Volumes.Layouts.Partition;

namespace KernKit.Volumes.Partitions;

/// <summary>Reads the boot record and the chain of logical partitions.</summary>
internal static class MbrReader
{
    private const int SectorBytes = 512;
    private const int LogicalFirst = 5;

    /// <summary>No system makes more; a crafted chain ends here at the latest.</summary>
    private const int LogicalMax = 128;

    /// <summary>True if the boot record has a table of its own, and none that guards a GPT: what stands where a GPT
    /// would is left from before then.</summary>
    public static bool IsInCharge(IBlockDevice device)
    {
        Span<byte> sector = stackalloc byte[SectorBytes];
        return TryReadSector(device, 0, sector) && IsTable(new MbrView(sector), device.Length)
            && !IsGuard(new MbrView(sector));
    }

    /// <summary>True if the boot record says that the disk has a GPT.</summary>
    public static bool IsGuard(IBlockDevice device)
    {
        Span<byte> sector = stackalloc byte[SectorBytes];
        return TryReadSector(device, 0, sector) && IsGuard(new MbrView(sector));
    }

    public static bool TryRead(IBlockDevice device, List<Partition> partitions)
    {
        Span<byte> sector = stackalloc byte[SectorBytes];
        if (!TryReadSector(device, 0, sector))
        {
            return false;
        }

        var record = new MbrView(sector);
        if (!IsTable(record, device.Length))
        {
            return false;
        }

        var chain = -1L;
        for (var i = 0; i < PartitionConstants.MbrEntryCount; i++)
        {
            var entry = record.Entries[i];
            if (!IsUsed(entry, device.Length))
            {
                continue;
            }

            partitions.Add(Make(i + 1, entry.Type, (long)entry.Start * SectorBytes, (long)entry.Count * SectorBytes));
            if (chain < 0 && IsExtended(entry.Type))
            {
                chain = entry.Start;
            }
        }

        if (chain > 0)
        {
            ReadChain(device, chain, partitions);
        }

        return partitions.Count > 0;
    }

    /// <summary>The boot sectors of file systems carry the signature too, with code or text where a table would
    /// be.</summary>
    private static bool IsTable(MbrView record, long deviceBytes)
    {
        if (record.Signature != PartitionConstants.MbrSignature)
        {
            return false;
        }

        var used = 0;
        for (var i = 0; i < PartitionConstants.MbrEntryCount; i++)
        {
            var entry = record.Entries[i];
            if ((entry.Flag & 0x7f) != 0)
            {
                return false;
            }

            used += IsUsed(entry, deviceBytes) ? 1 : 0;
        }

        return used > 0;
    }

    /// <summary>An entry behind the end is one of a disk that was larger: it describes nothing that is here.</summary>
    private static bool IsUsed(MbrEntryView entry, long deviceBytes) => entry.Type != Mbrtype.MBR_EMPTY
        && entry.Count > 0 && (long)entry.Start * SectorBytes < deviceBytes;

    /// <summary>A hybrid record has the entry that guards the GPT anywhere beside others.</summary>
    private static bool IsGuard(MbrView record)
    {
        var isGuard = false;
        for (var i = 0; i < PartitionConstants.MbrEntryCount; i++)
        {
            isGuard |= record.Entries[i].Type == Mbrtype.MBR_PROTECTIVE;
        }

        return isGuard && record.Signature == PartitionConstants.MbrSignature;
    }

    private static void ReadChain(IBlockDevice device, long chainStart, List<Partition> partitions)
    {
        Span<byte> sector = stackalloc byte[SectorBytes];
        var visited = new HashSet<long>();
        var at = chainStart;
        for (var number = LogicalFirst; number < LogicalFirst + LogicalMax; number++)
        {
            if (!visited.Add(at))
            {
                throw new VolumeException(
                    VolumeError.Damaged, "the chain of logical partitions runs in a circle", "mbr.entries[1].start",
                        at * SectorBytes);
            }

            var found = TryReadSector(device, at * SectorBytes, sector);
            var link = new MbrView(sector);
            if (!found || link.Signature != PartitionConstants.MbrSignature)
            {
                throw new VolumeException(
                    VolumeError.Damaged, "the chain of logical partitions leads nowhere", "mbr.signature",
                        at * SectorBytes);
            }

            var entry = link.Entries[0];
            if (entry.Type != Mbrtype.MBR_EMPTY && entry.Count > 0)
            {
                partitions.Add(
                    Make(number, entry.Type, (at + entry.Start) * SectorBytes, (long)entry.Count * SectorBytes));
            }

            var next = link.Entries[1];
            if (!IsExtended(next.Type) || next.Count == 0)
            {
                return;
            }

            at = chainStart + next.Start;
        }
    }

    private static bool TryReadSector(IBlockDevice device, long offset, Span<byte> sector)
    {
        if (offset < 0 || offset > device.Length - SectorBytes)
        {
            return false;
        }

        device.Read(offset, sector);
        return true;
    }

    private static bool IsExtended(Mbrtype type) =>
        type is Mbrtype.MBR_EXTENDED or Mbrtype.MBR_EXTENDED_LBA or Mbrtype.MBR_LINUX_EXTENDED;

    private static Partition Make(int number, Mbrtype type, long offset, long length) =>
        new(number, PartitionScheme.Mbr, TypeName(type), "", offset, length, 0);

    private static string TypeName(Mbrtype type) => type switch
    {
        Mbrtype.MBR_EXTENDED or Mbrtype.MBR_EXTENDED_LBA or Mbrtype.MBR_LINUX_EXTENDED => "extended",
        Mbrtype.MBR_NTFS => "ntfs",
        Mbrtype.MBR_FAT32 or Mbrtype.MBR_FAT32_LBA => "fat32",
        Mbrtype.MBR_DRAGONFLY => BsdTypes.DragonFly,
        Mbrtype.MBR_LINUX_SWAP => "linux-swap",
        Mbrtype.MBR_LINUX => "linux",
        Mbrtype.MBR_FREEBSD => BsdTypes.FreeBsd,
        Mbrtype.MBR_OPENBSD => BsdTypes.OpenBsd,
        Mbrtype.MBR_APPLE_UFS => "apple-ufs",
        Mbrtype.MBR_NETBSD => BsdTypes.NetBsd,
        Mbrtype.MBR_SOLARIS => "solaris",
        Mbrtype.MBR_PROTECTIVE => "protective",
        Mbrtype.MBR_EFI => "efi",
        _ => $"0x{(byte)type:x2}",
    };
}
