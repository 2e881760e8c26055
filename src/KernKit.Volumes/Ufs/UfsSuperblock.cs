using System.Numerics;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// Every number of the superblock that a reader uses is checked here, once. The rules are those of the systems' own
// mount and fsck code (FreeBSD ffs_sbget and validate_sblock, NetBSD's fsck setup.c), taken as far as all systems
// keep them. What can be computed from other fields must agree with them: one flipped bit then shows, and a copy of
// the superblock is used in its place.

/// <summary>Reads and checks a superblock.</summary>
internal static class UfsSuperblock
{
    /// <summary>Groups that a volume may have: more than any real one, and few enough for a table of them.</summary>
    private const uint GroupsMax = 1 << 24;

    /// <summary>Reads the geometry.</summary>
    /// <param name="bytes">At least <see cref="SuperblockView{TOrder}.Size"/> bytes.</param>
    /// <param name="offset">Where they were read, in bytes from the start of the device.</param>
    /// <param name="standard">True if this place is one where the first superblock lies, false for a copy.</param>
    /// <param name="directoryChunkBytes">512, or 1024 on Apple's volumes.</param>
    /// <exception cref="VolumeException">A field breaks a rule.</exception>
    public static UfsGeometry Read<TOrder>(
        ReadOnlySpan<byte> bytes, long offset, bool standard, int directoryChunkBytes)
        where TOrder : struct, IByteOrder
    {
        var view = new SuperblockView<TOrder>(bytes);
        var rule = new Rules(offset);
        var ufs2 = view.Magic == Fsmagic.UFS2;
        rule.Require(ufs2 || view.Magic == Fsmagic.UFS1, "magic", (uint)view.Magic, "must be 0x11954 or 0x19540119");
        CheckSizes(view, rule, ufs2);
        var geometry = Shape(view, offset, directoryChunkBytes);
        CheckGroups(geometry, view, rule);
        CheckSummary(geometry, rule);
        CheckPlace(geometry, view, rule, standard);
        return geometry;
    }

    /// <summary>Takes the geometry as the superblock states it: nothing is checked.</summary>
    public static UfsGeometry Shape<TOrder>(SuperblockView<TOrder> view, long offset, int directoryChunkBytes)
        where TOrder : struct, IByteOrder
    {
        var ufs2 = view.Magic == Fsmagic.UFS2;

        // 4.4BSD's format number and its limit for short links came together; the systems look at the number for
        // owners, and at the limit for entries. Solaris keeps other things in both places.
        var oldOwners = !ufs2 && view.OldInodefmt != Inodefmt.FORMAT_44BSD;
        var old = oldOwners || (!ufs2 && view.Maxsymlinklen <= 0);
        var room = ufs2 ? UfsConstants.ShortLinkBytesUfs2 : UfsConstants.ShortLinkBytesUfs1;
        return new UfsGeometry
        {
            IsUfs2 = ufs2,
            OldFormat = old,
            OldOwners = oldOwners,
            OldGroups = !ufs2 && view.OldPostblformat == Postblformat.POSTBL_42BSD,
            SuperblockOffset = offset,
            BlockBytes = view.Bsize,
            FragmentBytes = view.Fsize,
            FragmentsPerBlock = view.Frag,
            BlockShift = BitOperations.Log2((uint)view.Bsize),
            FragmentShift = BitOperations.Log2((uint)view.Fsize),
            FragmentCount = ufs2 ? view.SizeValue : view.OldSize,
            GroupCount = view.Ncg,
            InodesPerGroup = view.Ipg,
            FragmentsPerGroup = (uint)view.Fpg,
            SuperblockAt = view.Sblkno,
            GroupAt = view.Cblkno,
            InodesAt = view.Iblkno,
            DataAt = view.Dblkno,
            GroupStep = view.OldCgoffset,
            GroupStepMask = view.OldCgmask,
            SummaryFragment = ufs2 ? view.Csaddr : view.OldCsaddr,
            SummaryBytes = view.Cssize,
            GroupBytes = view.Cgsize,
            ClusterKinds = old ? 0 : Math.Clamp(view.Contigsumsize, 0, UfsConstants.ClusterKindsMax),
            ShortLinkBytes = old ? 0 : Math.Clamp(view.Maxsymlinklen, 0, room),
            DirectoryChunkBytes = directoryChunkBytes,
        };
    }

    private static void CheckSizes<TOrder>(SuperblockView<TOrder> view, Rules rule, bool ufs2)
        where TOrder : struct, IByteOrder
    {
        var block = view.Bsize;
        var fragment = view.Fsize;
        rule.Require(
            block is >= UfsConstants.BlockBytesMin and <= UfsConstants.BlockBytesMax && BitOperations.IsPow2(block),
            "bsize", block, "must be a power of two from 4096 to 65536");
        rule.Require(
            fragment >= UfsConstants.FragmentBytesMin && fragment <= block && BitOperations.IsPow2(fragment),
            "fsize", fragment, "must be a power of two from 512 to bsize");
        rule.Require(
            view.Frag == block / fragment && view.Frag <= UfsConstants.FragmentsABlockMax,
            "frag", view.Frag, $"must be bsize / fsize = {block / fragment}, at most 8");
        rule.RequireEqual("bshift", view.Bshift, BitOperations.Log2((uint)block));
        rule.RequireEqual("fshift", view.Fshift, BitOperations.Log2((uint)fragment));
        rule.RequireEqual("fragshift", view.Fragshift, BitOperations.Log2((uint)view.Frag));
        rule.RequireEqual("bmask", view.Bmask, -block);
        rule.RequireEqual("fmask", view.Fmask, -fragment);
        rule.RequireEqual("nindir", view.Nindir, block / (ufs2 ? sizeof(long) : sizeof(int)));
        rule.RequireEqual("inopb", view.Inopb, block / (ufs2 ? Dinode2View<TOrder>.Size : Dinode1View<TOrder>.Size));
        rule.Require(
            view.Sbsize >= SuperblockView<TOrder>.Size && view.Sbsize <= UfsConstants.SuperblockBytes,
            "sbsize", view.Sbsize, $"must be {SuperblockView<TOrder>.Size} to {UfsConstants.SuperblockBytes}");
    }

    private static void CheckGroups<TOrder>(UfsGeometry g, SuperblockView<TOrder> view, Rules rule)
        where TOrder : struct, IByteOrder
    {
        var perGroup = view.Fpg;
        rule.Require(
            perGroup >= g.FragmentsPerBlock && perGroup % g.FragmentsPerBlock == 0,
            "fpg", perGroup, "must be whole blocks");
        rule.Require(
            perGroup <= 8L * g.BlockBytes, "fpg", perGroup,
            $"must be at most {8L * g.BlockBytes}, since the map of a group lies in one block");
        rule.Require(g.GroupCount is > 0 and <= GroupsMax, "ncg", g.GroupCount, $"must be 1 to {GroupsMax}");
        rule.Require(
            g.FragmentCount > (g.GroupCount - 1) * (long)perGroup && g.FragmentCount <= g.GroupCount * (long)perGroup,
            g.IsUfs2 ? "size" : "old_size", g.FragmentCount,
                $"must fill {g.GroupCount} groups of {perGroup} fragments, all but the last");
        rule.Require(
            g.InodesPerGroup > 0 && g.InodesPerGroup % view.Inopb == 0 && g.InodeCount - 1 <= uint.MaxValue,
            "ipg", g.InodesPerGroup, "must be whole blocks of inodes, and all inodes must have 32-bit numbers");
        rule.Require(
            g.SuperblockAt > 0 && g.SuperblockAt < g.GroupAt && g.SuperblockAt % g.FragmentsPerBlock == 0,
            "sblkno", g.SuperblockAt, "must be whole blocks, and below cblkno");
        rule.Require(g.GroupAt < g.InodesAt, "cblkno", g.GroupAt, "must be below iblkno");
        var inodeFragments = (long)(g.InodesPerGroup / view.Inopb) * g.FragmentsPerBlock;
        rule.RequireEqual("dblkno", g.DataAt, g.InodesAt + inodeFragments);
        rule.Require(g.DataAt <= perGroup, "dblkno", g.DataAt, "must be at most fpg");
        rule.Require(
            g.GroupBytes >= CylinderGroupView<LittleEndian>.MinSize && g.GroupBytes <= g.BlockBytes
            && g.GroupBytes <= (g.InodesAt - g.GroupAt) << g.FragmentShift,
            "cgsize", g.GroupBytes, "must be at most a block and lie in front of the inodes");
        if (g.IsUfs2 || g.GroupStep == 0)
        {
            return;
        }

        var steps = Math.Min(~(uint)g.GroupStepMask, g.GroupCount - 1);
        rule.Require(
            g.GroupStep > 0 && g.GroupStep % g.FragmentsPerBlock == 0
                && ((long)g.GroupStep * steps) + g.DataAt <= perGroup,
            "old_cgoffset", g.GroupStep, "must be whole blocks and keep the metadata within its group");
    }

    private static void CheckSummary(UfsGeometry g, Rules rule)
    {
        rule.Require(
            g.SummaryBytes >= (long)g.GroupCount * CsumView<LittleEndian>.Size && g.SummaryBytes <= g.VolumeBytes,
            "cssize", g.SummaryBytes, $"must hold {g.GroupCount} groups");
        var fragments = (g.SummaryBytes + g.FragmentBytes - 1L) >> g.FragmentShift;
        rule.Require(
            g.SummaryFragment > 0 && g.SummaryFragment <= g.FragmentCount - fragments,
            g.IsUfs2 ? "csaddr" : "old_csaddr", g.SummaryFragment, "must lie on the volume");
    }

    private static void CheckPlace<TOrder>(UfsGeometry g, SuperblockView<TOrder> view, Rules rule, bool standard)
        where TOrder : struct, IByteOrder
    {
        var offset = g.SuperblockOffset;
        if (standard)
        {
            rule.Require(
                (long)g.SuperblockAt << g.FragmentShift >= offset + SuperblockView<TOrder>.Size,
                "sblkno", g.SuperblockAt, "must lie behind the first superblock");

            // A UFS1 volume with blocks of 64 KiB has its first copy where UFS2 has its superblock; a volume that
            // was made again with another system may still have an old superblock in a place that is searched earlier.
            rule.Require(
                g.IsUfs2 ? view.Sblockloc == offset : offset <= UfsConstants.SblockUfs1,
                "sblockloc", view.Sblockloc, $"must be 0x{offset:x}, where this superblock lies");
            return;
        }

        var fragment = offset >> g.FragmentShift;
        var group = (uint)Math.Min(fragment / g.FragmentsPerGroup, g.GroupCount - 1);
        rule.Require(
            offset == (g.GroupStart(group) + g.SuperblockAt) << g.FragmentShift,
            "sblkno", g.SuperblockAt, "must say where this copy lies");
    }

    /// <summary>Where a checked field lies within the superblock, in bytes.</summary>
    public static int FieldOffset(string field) => field switch
    {
        "magic" => SuperblockView<LittleEndian>.Offsets.Magic,
        "bsize" => SuperblockView<LittleEndian>.Offsets.Bsize,
        "fsize" => SuperblockView<LittleEndian>.Offsets.Fsize,
        "frag" => SuperblockView<LittleEndian>.Offsets.Frag,
        "bshift" => SuperblockView<LittleEndian>.Offsets.Bshift,
        "fshift" => SuperblockView<LittleEndian>.Offsets.Fshift,
        "fragshift" => SuperblockView<LittleEndian>.Offsets.Fragshift,
        "bmask" => SuperblockView<LittleEndian>.Offsets.Bmask,
        "fmask" => SuperblockView<LittleEndian>.Offsets.Fmask,
        "nindir" => SuperblockView<LittleEndian>.Offsets.Nindir,
        "inopb" => SuperblockView<LittleEndian>.Offsets.Inopb,
        "sbsize" => SuperblockView<LittleEndian>.Offsets.Sbsize,
        "fpg" => SuperblockView<LittleEndian>.Offsets.Fpg,
        "ncg" => SuperblockView<LittleEndian>.Offsets.Ncg,
        "size" => SuperblockView<LittleEndian>.Offsets.SizeValue,
        "old_size" => SuperblockView<LittleEndian>.Offsets.OldSize,
        "ipg" => SuperblockView<LittleEndian>.Offsets.Ipg,
        "sblkno" => SuperblockView<LittleEndian>.Offsets.Sblkno,
        "cblkno" => SuperblockView<LittleEndian>.Offsets.Cblkno,
        "iblkno" => SuperblockView<LittleEndian>.Offsets.Iblkno,
        "dblkno" => SuperblockView<LittleEndian>.Offsets.Dblkno,
        "cgsize" => SuperblockView<LittleEndian>.Offsets.Cgsize,
        "old_cgoffset" => SuperblockView<LittleEndian>.Offsets.OldCgoffset,
        "cssize" => SuperblockView<LittleEndian>.Offsets.Cssize,
        "csaddr" => SuperblockView<LittleEndian>.Offsets.Csaddr,
        "old_csaddr" => SuperblockView<LittleEndian>.Offsets.OldCsaddr,
        "sblockloc" => SuperblockView<LittleEndian>.Offsets.Sblockloc,
        _ => 0,
    };

    /// <summary>Throws for the first rule that is broken.</summary>
    private readonly struct Rules(long offset)
    {
        public void Require(bool kept, string field, long value, string must)
        {
            if (!kept)
            {
                Throw(field, value, must);
            }
        }

        public void RequireEqual(string field, long value, long expected) =>
            Require(value == expected, field, value, $"must be {expected}");

        private void Throw(string field, long value, string must) => throw new VolumeException(
            VolumeError.Damaged,
            $"{value}, {must}",
            "superblock." + field,
            offset + FieldOffset(field));
    }
}
