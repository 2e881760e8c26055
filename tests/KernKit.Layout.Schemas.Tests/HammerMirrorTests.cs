using KernKit.Layout.Schemas.Tests.Layouts;
using KernKit.Layout.Schemas.Tests.Layouts.Hammer;
using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>A mirror stream, record by record.</summary>
public sealed class HammerMirrorTests
{
    private const uint VolumeVersion = 7;

    [Fact]
    public void A_mirror_stream_is_decoded_record_by_record()
    {
        SparseImage stream = SparseImage.Open("h1-g-small.pfs1.mirror");
        byte[] bytes = stream.Read(0, (int)stream.Length);
        var kinds = new Dictionary<Mrectype, int>();
        int at = 0;
        while (at < bytes.Length)
        {
            // The framing of this file was not written by hammer(8): zeros stand before its last record.
            if (BitConverter.ToUInt64(bytes, at) == 0)
            {
                at += 8;
                continue;
            }

            var record = new MirrorRecordView(bytes.AsSpan(at), VolumeVersion);
            Assert.Equal(LayoutCheckResult.Good, record.CheckCrc());
            kinds[record.Type.Kind] = kinds.GetValueOrDefault(record.Type.Kind) + 1;
            Take(record);
            at += record.Length;
        }

        Assert.Equal(bytes.Length, at);
        Assert.Equal(1, kinds[Mrectype.MIRROR_PFS]);
        Assert.Equal(1, kinds[Mrectype.MIRROR_UPDATE]);
        Assert.Equal(1, kinds[Mrectype.MIRROR_TERM]);
        Assert.True(kinds[Mrectype.MIRROR_RECORD] > 500);
    }

    [Fact]
    public void Mirror_records_are_aligned_and_their_size_leaves_out_what_fills_them_up()
    {
        SparseImage stream = SparseImage.Open("h1-g-small.pfs1.mirror");
        byte[] bytes = stream.Read(0, (int)stream.Length);
        int filled = 0;
        int at = 0;
        while (at < bytes.Length / 2)
        {
            var record = new MirrorRecordView(bytes.AsSpan(at), VolumeVersion);
            Assert.Equal(0, record.Length % 8);
            Assert.InRange(record.Length - (int)record.SizeValue, 0, 7);
            filled += record.Length > record.SizeValue ? 1 : 0;
            at += record.Length;
        }

        Assert.True(filled > 10, $"{filled} records are filled up");
    }

    [Fact]
    public void The_CRC_of_a_mirror_record_comes_after_its_first_8_bytes()
    {
        byte[] bytes = SparseImage.Open("h1-g-small.pfs1.mirror").Read(0, 4096);
        bytes[4] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, new MirrorRecordView(bytes, VolumeVersion).CheckCrc());
        bytes[4] ^= 1;
        bytes[24] ^= 1;
        Assert.Equal(LayoutCheckResult.Bad, new MirrorRecordView(bytes, VolumeVersion).CheckCrc());
    }

    [Fact]
    public void Hammer_pseudofs_data_of_an_old_64_bit_machine_is_converted_to_the_packed_form_and_back()
    {
        byte[] stream = SparseImage.Open("h1-g-small.pfs1.mirror").Read(0, 4096);
        ReadOnlySpan<byte> packed = new MirrorRecordView(stream, VolumeVersion).Pfs.Bytes;
        byte[] wide = new byte[OldPseudofsDataView<Lp64>.Size];
        byte[] back = new byte[OldPseudofsDataView<I386>.Size];

        Assert.Equal((296, 292), (wide.Length, back.Length));
        Assert.True(OldPseudofsDataFixup.TryConvert<I386, Lp64>(packed, wide, out _));
        Assert.True(OldPseudofsDataFixup.TryConvert<Lp64, I386>(wide, back, out _));
        Assert.True(packed.SequenceEqual(back));
        Assert.True(packed.SequenceEqual(wide.AsSpan(0, 292)));
        Assert.Equal(new PseudofsDataView(packed).SyncEndTid, new OldPseudofsDataView<Lp64>(wide).SyncEndTid);
        Assert.False(OldPseudofsDataFixup.TryConvert<Lp64, I386>(packed, back, out LayoutIssue issue));
        Assert.Contains("292 bytes", issue.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hammer_pseudofs_data_has_every_offset_equal_packed_and_unpacked()
    {
        Assert.Equal(PseudofsDataView.Offsets.Reserved, OldPseudofsDataLp64View.Offsets.Reserved);
        Assert.Equal(PseudofsDataView.Offsets.Label, OldPseudofsDataLp64View.Offsets.Label);
        Assert.Equal(PseudofsDataView.Offsets.PruneMax, OldPseudofsDataI386View.Offsets.PruneMax);
        Assert.Equal(292, PseudofsDataView.Size);
    }

    private static void Take(MirrorRecordView record)
    {
        if (record.HasLeaf)
        {
            Assert.Equal(record.Leaf.DataLen, record.Data.Length);
            ReadOnlySpan<byte> covered = record.Data[..(int)record.Leaf.Covered.Length];
            Assert.Equal(LayoutCheckResult.Good, record.Leaf.CheckDataCrc(covered));
            Assert.Equal(16 + 64 + record.Leaf.DataLen, (int)record.SizeValue);
            _ = new RecordDataView(record.Data, record.Leaf.Base.RecType, (uint)record.Data.Length);
        }
        else if (record.HasPfs)
        {
            Assert.Equal(16u + 8 + 292, record.SizeValue);
        }
    }
}
