using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;
using Xunit;

namespace KernKit.Volumes.Tests;

/// <summary>Damaged superblocks: each field is checked, and a copy takes the place of a first one that is
/// damaged.</summary>
public sealed class SuperblockTests
{
    public static TheoryData<string, int> Shapes() => new() { { "le", 1 }, { "be", 1 }, { "le", 2 }, { "be", 2 } };

    public static TheoryData<string, int, string> Fields()
    {
        var fields = new TheoryData<string, int, string>();
        foreach (var (order, version) in ((string, int)[])[("le", 1), ("be", 2)])
        {
            foreach (
                var field in (string[])["bsize", "fsize", "frag", "bshift", "fshift", "fragshift", "bmask", "fmask",
                "nindir", "inopb", "sbsize", "fpg", "ncg", "ipg", "sblkno", "cblkno", "iblkno", "dblkno", "cgsize",
                "cssize"])
            {
                fields.Add(order, version, field);
            }
        }

        return fields;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void Each_number_of_the_geometry_is_checked_and_a_copy_used_instead(string order, int version, string field)
    {
        var image = SmallImage.Edit(order, version);
        foreach (var value in (int[])[0, -1, 5, int.MaxValue, int.MinValue])
        {
            var good = Get(image, field);
            Set(image, field, value);
            using (var volume = image.Open())
            {
                var facts = volume.Describe().ToDictionary(fact => fact.Name, fact => fact.Value);
                var notice = Assert.IsType<string>(facts["superblock_notice"]);
                Assert.Contains("superblock.", notice, StringComparison.Ordinal);
                Assert.NotEqual(image.Geometry.SuperblockOffset, facts["superblock_offset"]);
                Assert.Equal(6, Reading.Walk(volume).Count);
            }

            Set(image, field, good);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_first_superblock_that_is_gone_is_replaced_by_a_copy(string order, int version)
    {
        var image = SmallImage.Edit(order, version);
        image.Image.AsSpan((int)image.Geometry.SuperblockOffset, 1376).Clear();
        using var volume = image.Open();
        Assert.Equal($"ufs{version}", volume.Format);
        Assert.Equal(6, Reading.Walk(volume).Count);
        Assert.Contains(volume.Describe(), fact => fact.Name == "superblock_notice");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Without_a_good_copy_the_damage_is_named(string order, int version)
    {
        var image = SmallImage.Edit(order, version);
        Set(image, "bsize", 5000);
        using (var volume = image.Open())
        {
            // Not only the first: all copies.
        }

        foreach (var offset in CopiesOf(image))
        {
            image.Image.AsSpan((int)offset, 1376).Clear();
        }

        var error = Assert.Throws<VolumeException>(() => image.Open());
        Assert.Equal((VolumeError.Damaged, "superblock.bsize"), (error.Error, error.Structure));
        Assert.Equal(image.Geometry.SuperblockOffset + SuperblockView<LittleEndian>.Offsets.Bsize, error.Offset);
    }

    [Fact]
    public void A_volume_within_a_file_of_a_ruined_volume_is_not_taken_for_the_volume()
    {
        var inner = TestImage.Bytes("ufs2-le-small");
        var device = new byte[16 << 20];
        inner.CopyTo(device.AsSpan(1 << 20));
        var error = Assert.Throws<VolumeException>(() => Volume.Open(new MemoryDevice(device)));
        Assert.Equal((VolumeError.Unsupported, "superblock.magic"), (error.Error, error.Structure));
    }

    [Fact]
    public void A_volume_that_was_never_finished_is_refused()
    {
        var image = SmallImage.Edit("le", 2);
        Set(image, "magic", UfsConstants.MagicUnfinished);
        var error = Assert.Throws<VolumeException>(() => image.Open());
        Assert.Equal((VolumeError.Unsupported, "superblock.magic"), (error.Error, error.Structure));
        Assert.Contains("newfs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_cut_short_is_opened_and_what_is_missing_is_said()
    {
        var whole = TestImage.Bytes("ufs2-le-small");
        var cut = whole[..(whole.Length / 2)];
        using var volume = Volume.Open(new MemoryDevice(cut));
        Assert.Equal((long)(whole.Length - cut.Length),
            volume.Describe().Single(fact => fact.Name == "missing_bytes").Value);
        var errors = new List<VolumeException>();
        foreach (var (_, node) in Reading.Walk(volume, problem => errors.Add(problem.Error)))
        {
            try
            {
                if (node.Type == NodeType.File)
                {
                    Reading.Digest(volume.OpenContent(node));
                }
            }
            catch (VolumeException error)
            {
                errors.Add(error);
            }
        }

        Assert.NotEmpty(errors);
        Assert.All(errors, error => Assert.InRange(error.Offset, 0, whole.Length));
    }

    [Theory]
    [InlineData(8 * 4096, null)]
    [InlineData((8 * 4096) + 8, "superblock.fpg")]
    public void The_map_of_a_group_must_fit_in_a_block(int perGroup, string? damage)
    {
        var image = SmallImage.Edit("le", 1);
        Set(image, "ncg", 1);
        Set(image, "fpg", perGroup);
        Set(image, "old_size", perGroup);
        var source = Ufs.UfsSearch.Find(new MemoryDevice(image.Image), out var problem);
        Assert.Equal((damage is null, damage), (source is not null, problem?.Structure));
    }

    [Fact]
    public void Facts_tell_the_state_of_the_volume()
    {
        using var volume = Volume.Open(TestImage.Device("ufs2-le-fbsd"));
        var facts = volume.Describe().ToDictionary(fact => fact.Name, fact => fact.Value);
        Assert.Equal("ufs2", volume.Format);
        Assert.Equal("little", facts["byte_order"]);
        Assert.Equal(65536L, facts["superblock_offset"]);
        Assert.Equal(true, facts["clean"]);
        Assert.Equal<string>(["soft-updates"], Assert.IsType<string[]>(facts["flags"]));
        Assert.Matches("^[0-9a-f]{16}$", Assert.IsType<string>(facts["uuid"]));
        Assert.Matches("^20[0-9]{2}-[0-9-]+T[0-9:]+Z$", Assert.IsType<string>(facts["last_written"]));
        Assert.DoesNotContain("missing_bytes", facts);
        Assert.DoesNotContain("superblock_notice", facts);
    }

    [Fact]
    public void A_journal_of_NetBSD_and_check_hashes_of_FreeBSD_are_told()
    {
        var netBsd = (UfsEditor<LittleEndian>)SmallImage.Edit("le", 2);
        var superblock = netBsd.Superblock;
        superblock.Flags = Fsflags.NFS4ACLS_OR_WAPBL;
        superblock.JournalVersion = 1;
        superblock.JournalLocation = 2;
        Assert.Equal("netbsd", Fact(netBsd, "flavour"));
        Assert.Equal("wapbl, within the file system", Fact(netBsd, "journal"));
        Assert.Equal<string>(["wapbl"], (string[])Fact(netBsd, "flags"));
        var freeBsd = (UfsEditor<BigEndian>)SmallImage.Edit("be", 2);
        var other = freeBsd.Superblock;
        other.Flags = Fsflags.METACKHASH | Fsflags.SUJ_OR_INDEXED | Fsflags.SOFTDEP;
        other.Metackhash = CkhashKinds.CK_SUPERBLOCK | CkhashKinds.CK_INODE;
        Assert.Equal("freebsd", Fact(freeBsd, "flavour"));
        Assert.Equal<string>(["superblock", "inode"], (string[])Fact(freeBsd, "check_hashes"));
        Assert.Equal<string>(
            ["soft-updates", "soft-updates-journal", "check-hashes"], (string[])Fact(freeBsd, "flags"));
    }

    private static object Fact(UfsEditor image, string name)
    {
        using var volume = image.Open();
        return volume.Describe().Single(fact => fact.Name == name).Value;
    }

    private static IEnumerable<long> CopiesOf(UfsEditor image)
    {
        var g = image.Geometry;
        for (var group = 0u; group < g.GroupCount; group++)
        {
            yield return (g.GroupStart(group) + g.SuperblockAt) << g.FragmentShift;
        }
    }

    private static int Get(UfsEditor image, string field) => image.BigOrder
        ? new Int32Array<BigEndian>(Place(image, field))[0]
        : new Int32Array<LittleEndian>(Place(image, field))[0];

    private static void Set(UfsEditor image, string field, int value)
    {
        if (image.BigOrder)
        {
            new Int32ArrayEdit<BigEndian>(Place(image, field))[0] = value;
        }
        else
        {
            new Int32ArrayEdit<LittleEndian>(Place(image, field))[0] = value;
        }
    }

    private static Span<byte> Place(UfsEditor image, string field) => image.Image.AsSpan(
        (int)image.Geometry.SuperblockOffset + Ufs.UfsSuperblock.FieldOffset(field), sizeof(int));
}
