using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Compares the copy of the superblock in each group with the superblock: the fields that never change after
/// newfs or growfs.</summary>
/// <remarks>fsck_ffs compares the same fields with one copy (setup.c); counts, times and flags differ by
/// design.</remarks>
internal static class AlternatePhase<TOrder>
    where TOrder : struct, IByteOrder
{
    public static void Run(CheckGeometry geometry, CheckDevice device, CheckSink sink, ReadOnlySpan<byte> superblock)
    {
        var primary = new SuperblockView<TOrder>(superblock);
        var bytes = new byte[SuperblockView<TOrder>.Size];
        for (var group = 0; group < geometry.GroupsOnDevice; group++)
        {
            var offset = geometry.ByteOffset(geometry.GroupStart(group) + geometry.SuperblockAt);
            if (device.TryRead(offset, bytes))
            {
                Compare(primary, new SuperblockView<TOrder>(bytes), sink, $"superblock copy {group}", offset);
            }
        }
    }

    /// <summary>Compares a damaged superblock with the copy that is used in its place.</summary>
    public static void CompareReplaced(
        ReadOnlySpan<byte> used, ReadOnlySpan<byte> damaged, CheckSink sink, long offset) =>
        Compare(new SuperblockView<TOrder>(used), new SuperblockView<TOrder>(damaged), sink, "superblock", offset);

    private static void Compare(
        SuperblockView<TOrder> primary, SuperblockView<TOrder> copy, CheckSink sink, string name, long offset)
    {
        if (copy.Magic != primary.Magic)
        {
            sink.Add(CheckRule.SuperblockAlternate, $"{name}.magic", offset + SuperblockView<TOrder>.Offsets.Magic,
                $"is 0x{(uint)copy.Magic:x}, must be 0x{(uint)primary.Magic:x}");
            return;
        }

        var fields = new FieldComparison(sink, name, offset);
        fields.Compare("sblkno", SuperblockView<TOrder>.Offsets.Sblkno, copy.Sblkno, primary.Sblkno);
        fields.Compare("cblkno", SuperblockView<TOrder>.Offsets.Cblkno, copy.Cblkno, primary.Cblkno);
        fields.Compare("iblkno", SuperblockView<TOrder>.Offsets.Iblkno, copy.Iblkno, primary.Iblkno);
        fields.Compare("dblkno", SuperblockView<TOrder>.Offsets.Dblkno, copy.Dblkno, primary.Dblkno);
        fields.Compare("ncg", SuperblockView<TOrder>.Offsets.Ncg, copy.Ncg, primary.Ncg);
        fields.Compare("bsize", SuperblockView<TOrder>.Offsets.Bsize, copy.Bsize, primary.Bsize);
        fields.Compare("fsize", SuperblockView<TOrder>.Offsets.Fsize, copy.Fsize, primary.Fsize);
        fields.Compare("frag", SuperblockView<TOrder>.Offsets.Frag, copy.Frag, primary.Frag);
        fields.Compare("bmask", SuperblockView<TOrder>.Offsets.Bmask, copy.Bmask, primary.Bmask);
        fields.Compare("fmask", SuperblockView<TOrder>.Offsets.Fmask, copy.Fmask, primary.Fmask);
        fields.Compare("bshift", SuperblockView<TOrder>.Offsets.Bshift, copy.Bshift, primary.Bshift);
        fields.Compare("fshift", SuperblockView<TOrder>.Offsets.Fshift, copy.Fshift, primary.Fshift);
        fields.Compare("fragshift", SuperblockView<TOrder>.Offsets.Fragshift, copy.Fragshift, primary.Fragshift);
        fields.Compare("fsbtodb", SuperblockView<TOrder>.Offsets.Fsbtodb, copy.Fsbtodb, primary.Fsbtodb);
        fields.Compare("sbsize", SuperblockView<TOrder>.Offsets.Sbsize, copy.Sbsize, primary.Sbsize);
        fields.Compare("nindir", SuperblockView<TOrder>.Offsets.Nindir, copy.Nindir, primary.Nindir);
        fields.Compare("inopb", SuperblockView<TOrder>.Offsets.Inopb, copy.Inopb, primary.Inopb);
        fields.Compare("cssize", SuperblockView<TOrder>.Offsets.Cssize, copy.Cssize, primary.Cssize);
        fields.Compare("cgsize", SuperblockView<TOrder>.Offsets.Cgsize, copy.Cgsize, primary.Cgsize);
        fields.Compare("ipg", SuperblockView<TOrder>.Offsets.Ipg, copy.Ipg, primary.Ipg);
        fields.Compare("fpg", SuperblockView<TOrder>.Offsets.Fpg, copy.Fpg, primary.Fpg);
        if (primary.Magic == Fsmagic.UFS2)
        {
            fields.Compare("size", SuperblockView<TOrder>.Offsets.SizeValue, copy.SizeValue, primary.SizeValue);
            fields.Compare("csaddr", SuperblockView<TOrder>.Offsets.Csaddr, copy.Csaddr, primary.Csaddr);
            return;
        }

        fields.Compare("old_size", SuperblockView<TOrder>.Offsets.OldSize, copy.OldSize, primary.OldSize);
        fields.Compare("old_csaddr", SuperblockView<TOrder>.Offsets.OldCsaddr, copy.OldCsaddr, primary.OldCsaddr);
        fields.Compare("old_cgoffset", SuperblockView<TOrder>.Offsets.OldCgoffset, copy.OldCgoffset,
            primary.OldCgoffset);
        fields.Compare("old_cgmask", SuperblockView<TOrder>.Offsets.OldCgmask, copy.OldCgmask, primary.OldCgmask);
        fields.Compare("old_cpg", SuperblockView<TOrder>.Offsets.OldCpg, copy.OldCpg, primary.OldCpg);
    }

    private readonly struct FieldComparison(CheckSink sink, string name, long offset)
    {
        public void Compare(string field, int at, long actual, long expected)
        {
            if (actual != expected)
            {
                sink.Add(CheckRule.SuperblockAlternate, $"{name}.{field}", offset + at,
                    $"is {actual}, must be {expected} as in the superblock that is used");
            }
        }
    }
}
