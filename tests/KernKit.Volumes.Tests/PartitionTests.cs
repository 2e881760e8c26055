using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Partition;
using KernKit.Volumes.Layouts.Ufs;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Tables that the systems' own tools make, and labels placed by hand.</summary>
public sealed class PartitionTests
{
    private const string Volume1 = "ufs1-be-small";
    private const string Volume2 = "ufs2-le-small";
    private const int Sector = 512;

    [Fact]
    public void A_boot_record_and_its_logical_partitions_are_listed_with_their_places()
    {
        var disk = Disk(64, "sfdisk",
            "label: dos\n2048,8192,83\n10240,8192,a5\n18432,+,5\n20480,4096,7\n26624,4096,83\n");
        Assert.Equal(
            [
                (1, "linux", 2048L, 8192L), (2, "freebsd", 10240, 8192), (3, "extended", 18432, 131072 - 18432),
                (5, "ntfs", 20480, 4096), (6, "linux", 26624, 4096),
            ],
            PartitionTable.Read(disk).Select(p => (p.Number, p.Type, p.Offset / Sector, p.Length / Sector)));
        Assert.All(PartitionTable.Read(disk), p => Assert.Equal(PartitionScheme.Mbr, p.Scheme));
    }

    [Fact]
    public void A_guid_table_is_listed_with_types_and_names()
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503", "-c", "1:root é", "-n", "5:20480:+1M",
            "-t", "5:a902");
        Assert.Equal(
            [(1, "freebsd-ufs", "root é", 2048L, 8192L), (5, "netbsd-ffs", "", 20480, 2048)],
            PartitionTable.Read(disk).Select(p => (p.Number, p.Type, p.Name, p.Offset / Sector, p.Length / Sector)));
    }

    [Fact]
    public void The_backup_of_a_guid_table_is_used_if_the_first_one_is_damaged()
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503");
        var expected = PartitionTable.Read(disk);
        disk.Bytes[Sector + GptHeaderView.Offsets.FirstLba] ^= 1;
        Assert.Equal(expected, PartitionTable.Read(disk));
        Assert.Equal(expected, PartitionTable.Read(disk, out var damage, out var replaced));
        Assert.Null(damage);
        Assert.Equal("gpt_header.header_crc", replaced?.Structure);
        Assert.Contains("its backup is used", replaced!.Message, StringComparison.Ordinal);
        disk.Bytes.AsSpan(Sector, Sector).Clear();
        Assert.Equal(expected, PartitionTable.Read(disk));
        Assert.Equal(expected, PartitionTable.Read(disk, out _, out replaced));
        Assert.Equal(("gpt_header.signature", Sector), (replaced?.Structure, replaced?.Offset));
        disk.Bytes[^(Sector - GptHeaderView.Offsets.TableLba)] ^= 1;
        var error = Assert.Throws<VolumeException>(() => PartitionTable.Read(disk));
        Assert.Equal(VolumeError.Damaged, error.Error);
        Assert.Equal("gpt_header.header_crc", error.Structure);
        Assert.InRange(error.Offset, 0, disk.Length);
    }

    [Fact]
    public void A_guid_header_that_says_it_lies_elsewhere_is_named_so()
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503");
        var header = new GptHeaderEdit(disk.Bytes.AsSpan(Sector, GptHeaderView.Size)) { SelfLba = 7, HeaderCrc = 0 };
        header.HeaderCrc = Partitions.Crc32.Compute(disk.Bytes.AsSpan(Sector, GptHeaderView.Size));
        Assert.Single(PartitionTable.Read(disk, out _, out var replaced));
        Assert.Equal(("gpt_header.self_lba", Sector + GptHeaderView.Offsets.SelfLba),
            (replaced?.Structure, replaced?.Offset));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_guid_table_that_is_left_from_before_a_boot_record_is_not_read(bool damaged)
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503");
        var guard = new MbrEdit(disk.Bytes.AsSpan(0, Sector)).Entries[0];
        guard.Type = Mbrtype.MBR_LINUX;
        guard.Start = 20480;
        guard.Count = 4096;
        disk.Bytes[Sector + GptHeaderView.Offsets.HeaderCrc] ^= (byte)(damaged ? 1 : 0);
        disk.Bytes[^(Sector - GptHeaderView.Offsets.HeaderCrc)] ^= (byte)(damaged ? 1 : 0);
        var partition = Assert.Single(PartitionTable.Read(disk));
        Assert.Equal((PartitionScheme.Mbr, 20480L * Sector), (partition.Scheme, partition.Offset));
    }

    [Fact]
    public void A_boot_record_that_guards_a_guid_table_beside_other_entries_leaves_it_in_charge()
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503");
        var record = new MbrEdit(disk.Bytes.AsSpan(0, Sector));
        var guard = record.Entries[1];
        var other = record.Entries[0];
        (guard.Type, guard.Start, guard.Count) = (Mbrtype.MBR_PROTECTIVE, 1, 2047);
        (other.Type, other.Start, other.Count) = (Mbrtype.MBR_LINUX, 2048, 8192);
        Assert.Equal(PartitionScheme.Gpt, Assert.Single(PartitionTable.Read(disk)).Scheme);
    }

    [Fact]
    public void An_entry_behind_the_end_of_the_device_does_not_hide_the_others()
    {
        var disk = Disk(64, "sfdisk", "label: dos\n2048,8192,83\n40960,8192,a5\n65536,8192,a9\n");
        var cut = new MemoryDevice(disk.Bytes[..(50000 * Sector)]);
        Assert.Equal([1, 2], PartitionTable.Read(cut).Select(partition => partition.Number));
    }

    [Fact]
    public void A_guid_table_with_sectors_of_4096_bytes_is_found()
    {
        var small = Disk(64, "sgdisk", "", "-n", "1:2048:10239", "-t", "1:a503");
        var large = new byte[64 << 20];
        small.Bytes.AsSpan(Sector, 92).CopyTo(large.AsSpan(4096));
        small.Bytes.AsSpan(2 * Sector, 128 * 128).CopyTo(large.AsSpan(2 * 4096));
        var partition = Assert.Single(PartitionTable.Read(new MemoryDevice(large)));
        Assert.Equal((1, 2048L * 4096, 8192L * 4096), (partition.Number, partition.Offset, partition.Length));
    }

    [Fact]
    public void The_only_volume_of_a_disk_is_opened_without_being_named()
    {
        var disk = Disk(64, "sfdisk", "label: dos\n2048,16384,83\n20480,16384,a5\n");
        Place(disk, 20480, Volume2);
        using var volume = Volume.Open(disk);
        Comparison.RequireEqual(Manifest.Of(Volume2), volume);
        Assert.Equal(2 * 1024 * 1024 * 4, volume.Device.Length);
    }

    [Fact]
    public void Several_volumes_are_listed_and_each_opens_by_its_number()
    {
        var disk = Disk(64, "sgdisk", "", "-n", "1:2048:20479", "-t", "1:a503", "-n", "2:20480:40959", "-t", "2:a902");
        Place(disk, 2048, Volume1);
        Place(disk, 20480, Volume2);
        var error = Assert.Throws<VolumeException>(() => Volume.Open(disk));
        Assert.Contains("1: gpt freebsd-ufs", error.Message, StringComparison.Ordinal);
        Assert.Contains("2: gpt netbsd-ffs", error.Message, StringComparison.Ordinal);
        using var first = Volume.OpenPartition(disk, 1);
        Comparison.RequireEqual(Manifest.Of(Volume1), first);
        using var second = Volume.OpenPartition(disk, 2);
        Comparison.RequireEqual(Manifest.Of(Volume2), second);
        error = Assert.Throws<VolumeException>(() => Volume.OpenPartition(disk, 3));
        Assert.Equal(VolumeError.NotFound, error.Error);
    }

    [Fact]
    public void Partitions_without_a_volume_are_listed_in_the_error()
    {
        var disk = Disk(16, "sfdisk", "label: dos\n2048,8192,83\n");
        var error = Assert.Throws<VolumeException>(() => Volume.Open(disk));
        Assert.Equal(VolumeError.Unsupported, error.Error);
        Assert.Contains("1: mbr linux", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_without_table_or_volume_is_refused_and_has_no_partitions()
    {
        var disk = new MemoryDevice(new byte[1 << 20]);
        Assert.Empty(PartitionTable.Read(disk));
        Assert.Equal(VolumeError.Unsupported, Assert.Throws<VolumeException>(() => Volume.Open(disk)).Error);
        Assert.Equal(VolumeError.NotFound, Assert.Throws<VolumeException>(() => Volume.OpenPartition(disk, 1)).Error);
    }

    [Fact]
    public void A_chain_of_logical_partitions_that_runs_in_a_circle_is_damage()
    {
        var disk = Disk(16, "sfdisk", "label: dos\n2048,+,5\n4096,2048,83\n8192,2048,83\n");
        var link = new MbrEdit(disk.Bytes.AsSpan((int)FindChain(disk, 1), Sector));
        var next = link.Entries[1];
        next.Type = Mbrtype.MBR_EXTENDED;
        next.Start = 0;
        next.Count = 2048;
        var error = Assert.Throws<VolumeException>(() => PartitionTable.Read(disk));
        Assert.Equal("mbr.entries[1].start", error.Structure);
    }

    [Fact]
    public void A_damaged_chain_leaves_the_partitions_before_it_but_none_is_chosen_unasked()
    {
        var disk = Disk(32, "sfdisk", "label: dos\n2048,16384,a5\n20480,+,5\n22528,2048,83\n");
        Place(disk, 2048, "ufs2-le-small");
        disk.Bytes.AsSpan(20480 * Sector, Sector).Clear();

        var partitions = PartitionTable.Read(disk, out var damage);

        Assert.Equal([1, 2], partitions.Select(partition => partition.Number));
        Assert.Equal("mbr.signature", damage?.Structure);
        using var volume = Volume.OpenPartition(disk, 1);
        Assert.Equal("ufs2", volume.Format);
        var error = Assert.Throws<VolumeException>(() => Volume.Open(disk));
        Assert.Equal("mbr.signature", error.Structure);
        Assert.Contains("choose a partition by its number: 1: mbr freebsd", error.Message, StringComparison.Ordinal);
        Assert.Equal("mbr.signature",
            Assert.Throws<VolumeException>(() => Volume.OpenPartition(disk, 5)).Structure);
    }

    [Fact]
    public void What_an_older_system_left_in_front_of_a_partition_table_does_not_hide_it()
    {
        var disk = Disk(32, "sfdisk", "label: dos\n2048,16384,a5\n");
        Place(disk, 2048, "ufs2-le-small");
        TestImage.Bytes("ufs2-be-small").AsSpan(8192, 2048).CopyTo(disk.Bytes.AsSpan(8192));
        disk.Bytes.AsSpan(8192 + SuperblockView<LittleEndian>.Offsets.Bsize, 4).Clear();

        using var volume = Volume.Open(disk);

        Assert.Equal("partition 1 of memory", volume.Device.Name);
    }

    [Theory]
    [InlineData(512, false, false)]
    [InlineData(512, true, false)]
    [InlineData(64, true, false)]
    [InlineData(0, false, false)]
    [InlineData(512, false, true)]
    [InlineData(512, true, true)]
    public void A_label_on_the_bare_disk_or_in_a_slice_is_read_in_both_byte_orders(int place, bool big, bool slice)
    {
        var disk = slice ? Disk(32, "sfdisk", "label: dos\n4096,40960,a9\n") : new MemoryDevice(new byte[32 << 20]);
        var start = slice ? 4096u : 0;
        var bytes = disk.Bytes.AsSpan((int)(start * Sector) + place);
        if (big)
        {
            WriteLabel<BigEndian>(bytes, start);
        }
        else
        {
            WriteLabel<LittleEndian>(bytes, start);
        }

        Place(disk, (int)start + 2048, Volume2);
        var partitions = PartitionTable.Read(disk).Where(p => p.Scheme == PartitionScheme.Bsd).ToList();
        Assert.Equal(
            [("a", "ufs", start + 2048L), ("b", "swap", start + 20480L), ("c", "unused", (long)start)],
            partitions.Select(p => (p.Name, p.Type, p.Offset / Sector)));
        Assert.Equal(slice ? [2, 3, 4] : [1, 2, 3], partitions.Select(p => p.Number));
        using var volume = Volume.OpenPartition(disk, partitions[0].Number);
        Comparison.RequireEqual(Manifest.Of(Volume2), volume);
        using var only = Volume.Open(disk);
        Assert.Equal("ufs2", only.Format);
    }

    [Fact]
    public void A_label_that_counts_from_its_slice_is_understood()
    {
        var disk = Disk(32, "sfdisk", "label: dos\n4096,40960,a5\n");
        WriteLabel<LittleEndian>(disk.Bytes.AsSpan(4097 * Sector), 0);
        Assert.Equal([6144L, 24576, 4096], PartitionTable.Read(disk).Skip(1).Select(p => p.Offset / Sector));
    }

    [Fact]
    public void A_label_of_OpenBSD_counts_from_the_start_of_the_disk()
    {
        var disk = Disk(32, "sfdisk", "label: dos\n64,40960,a6\n");
        WriteLabel<LittleEndian>(disk.Bytes.AsSpan(65 * Sector), 0, 64);
        Assert.Equal([64L, 20480, 0], PartitionTable.Read(disk).Skip(1).Select(p => p.Offset / Sector));
    }

    [Fact]
    public void The_format_in_a_partition_is_told_without_a_search_of_the_device()
    {
        var disk = Disk(64, "sfdisk", "label: dos\n2048,16384,a5\n20480,16384,83\n40960,16384,83\n");
        Place(disk, 2048, Volume1);
        Place(disk, 20480, Volume2);
        Place(disk, 40960, Volume2);

        // The second is damaged and names its copies; of the third only copies are left, under something else.
        var first = (int)UfsEditor.Of(TestImage.Bytes(Volume2)).Geometry.SuperblockOffset;
        disk.Bytes.AsSpan((20480 * Sector) + first + SuperblockView<LittleEndian>.Offsets.Bshift, 4).Clear();
        disk.Bytes.AsSpan((40960 * Sector) + first, SuperblockView<LittleEndian>.Size).Clear();
        var read = disk.ReadBytes;
        Assert.Equal(["ufs1", "ufs2", null], PartitionTable.Read(disk).Select(p => Volume.FormatIn(disk, p)));
        Assert.InRange(disk.ReadBytes - read, 1, 1 << 16);
        using var third = Volume.OpenPartition(disk, 3);
        Assert.Equal("ufs2", third.Format);
    }

    [Fact]
    public void A_label_whose_checksum_is_wrong_is_no_label()
    {
        var disk = new MemoryDevice(new byte[32 << 20]);
        WriteLabel<LittleEndian>(disk.Bytes.AsSpan(Sector), 0);
        disk.Bytes[Sector + 24] ^= 1;
        Assert.Empty(PartitionTable.Read(disk));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_64_bit_label_is_read_and_its_check_is_verified(bool slice)
    {
        var disk = slice ? Disk(32, "sfdisk", "label: dos\n4096,40960,6c\n") : new MemoryDevice(new byte[32 << 20]);
        var start = slice ? 4096 * Sector : 0;
        var label = new Disklabel64Edit(disk.Bytes.AsSpan(start, Disklabel64View.Size))
        {
            Magic = (uint)PartitionConstants.Disklabel64Magic,
            Npartitions = 16,
        };
        var partition = label.Partitions[3];
        partition.Start = 1 << 20;
        partition.Count = 16 << 20;
        partition.Type = Fstype.FS_BSDFFS;
        var covered = disk.Bytes.AsSpan(start + 512, Disklabel64View.Size - 512);
        label.Crc = Partitions.Crc32.Compute(covered, Disklabel64View.Offsets.Crc - 512);
        Place(disk, (start + (1 << 20)) / Sector, Volume1);
        var found = PartitionTable.Read(disk)[^1];
        Assert.Equal((slice ? 2 : 4, "d", "ufs", start + (1L << 20)),
            (found.Number, found.Name, found.Type, found.Offset));
        using var volume = Volume.Open(disk);
        Comparison.RequireEqual(Manifest.Of(Volume1), volume);
        disk.Bytes[start + 600] ^= 1;
        Assert.Equal("disklabel64.crc", Assert.Throws<VolumeException>(() => PartitionTable.Read(disk)).Structure);
    }

    [Fact]
    public void Random_tables_never_crash_the_reader()
    {
        var random = new Random(6);
        var seeds = new[]
        {
            Disk(8, "sgdisk", "", "-n", "1:2048:4095", "-t", "1:a503").Bytes,
            Disk(8, "sfdisk", "label: dos\n2048,10240,5\n4096,1024,83\n8192,1024,a5\n").Bytes,
        };
        for (var round = 0; round < 400; round++)
        {
            var bytes = (byte[])seeds[round & 1].Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                bytes[random.Next(4) == 0 ? random.Next(bytes.Length) : random.Next(2048)] = (byte)random.Next(256);
            }

            try
            {
                Assert.InRange(PartitionTable.Read(new MemoryDevice(bytes)).Count, 0, 10_000);
            }
            catch (VolumeException error)
            {
                Assert.True(error is { Structure.Length: > 0, Offset: >= 0 }, error.Message);
            }
        }
    }

    private static long FindChain(MemoryDevice disk, int link)
    {
        var start = (long)new MbrView(disk.Bytes.AsSpan(0, Sector)).Entries[0].Start;
        var at = start;
        for (; link > 0; link--)
        {
            at = start + new MbrView(disk.Bytes.AsSpan((int)(at * Sector), Sector)).Entries[1].Start;
        }

        return at * Sector;
    }

    private static MemoryDevice Disk(int mebibytes, string tool, string input, params string[] arguments)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("disk");
        using (var file = File.Create(path))
        {
            file.SetLength((long)mebibytes << 20);
        }

        Tool.RunWithInput(tool, input, tool == "sfdisk" ? ["--no-reread", "--no-tell-kernel", path]
            : [.. arguments, path]);
        return new MemoryDevice(File.ReadAllBytes(path));
    }

    private static void Place(MemoryDevice disk, int sector, string image) =>
        TestImage.Bytes(image).CopyTo(disk.Bytes.AsSpan(sector * Sector));

    private static void WriteLabel<TOrder>(Span<byte> bytes, uint start, uint first = 2048)
        where TOrder : struct, IByteOrder
    {
        const int Count = 8;
        var label = new Disklabel32Edit<TOrder>(bytes, Count)
        {
            Magic = (uint)PartitionConstants.Disklabel32Magic,
            Magic2 = (uint)PartitionConstants.Disklabel32Magic,
            Secsize = Sector,
            Npartitions = Count,
        };
        Write(label.Partitions[0], start + first, 16384, Fstype.FS_BSDFFS);
        Write(label.Partitions[1], start + 20480, 2048, Fstype.FS_SWAP);
        Write(label.Partitions[2], start, 40960, Fstype.FS_UNUSED);
        label.Checksum = 0;
        ushort sum = 0;
        var size = Disklabel32View<TOrder>.MinSize + (Count * Partition32View<TOrder>.Size);
        for (var i = 0; i < size; i += sizeof(ushort))
        {
            sum ^= (ushort)(TOrder.IsLittleEndian ? bytes[i] | (bytes[i + 1] << 8) : (bytes[i] << 8) | bytes[i + 1]);
        }

        label.Checksum = sum;
    }

    private static void Write<TOrder>(Partition32Edit<TOrder> partition, uint start, uint count, Fstype type)
        where TOrder : struct, IByteOrder
    {
        partition.Start = start;
        partition.Count = count;
        partition.Type = type;
    }
}
