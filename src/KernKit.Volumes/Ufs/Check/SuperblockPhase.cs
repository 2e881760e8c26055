using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Phase 0: the superblock against itself. A few fields are facts (sizes, counts, where things lie in a group); the
// rest are computed from them, and must agree. Facts are proved in range first, because every later phase computes
// with them: if one of them is impossible, the check reports it and ends. The list follows what FreeBSD's ffs_sbget()
// and fsck_ffs's setup.c demand.

/// <summary>Checks a superblock, and takes the geometry from it.</summary>
internal readonly ref struct SuperblockPhase<TOrder>(CheckSink sink, ReadOnlySpan<byte> bytes, long offset)
    where TOrder : struct, IByteOrder
{
    private readonly SuperblockView<TOrder> _fs = new(bytes);
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly UfsGeometry _shape =
        UfsSuperblock.Shape(new SuperblockView<TOrder>(bytes), offset, UfsConstants.DirectoryChunkBytes);

    /// <summary>True if the magic is one of UFS in this byte order.</summary>
    public bool HasMagic => _fs.Magic.IsKnown();

    private bool IsUfs2 => _shape.IsUfs2;

    /// <summary>True if the 64-bit fields are kept in UFS1 too: FreeBSD's and NetBSD's kernels mark that
    /// (ffs_oldfscompat_read).</summary>
    private bool HasNewFields =>
        IsUfs2 || ((_fs.OldFlags & (byte)Fsflags.FLAGS_MOVED) != 0 && _fs.Maxbsize == _fs.Bsize);

    private bool IsOldFormat => _shape.OldFormat;

    private Fsflags Flags => HasNewFields ? _fs.Flags : (Fsflags)_fs.OldFlags;

    private CkhashKinds Hashes => HasNewFields && (Flags & Fsflags.METACKHASH) != 0 ? _fs.Metackhash : 0;

    /// <summary>The array of all groups' counts, in whole fragments.</summary>
    private long SummaryBytes => ((_fs.Ncg * (long)CsumView<TOrder>.Size) + _fs.Fsize - 1) / _fs.Fsize * _fs.Fsize;

    /// <summary>What three levels of indirect blocks reach.</summary>
    private ulong Reach => (ulong)_shape.FileBytesMax;

    /// <summary>The largest file; old volumes state none.</summary>
    private ulong FileBytesMax => IsOldFormat ? UfsConstants.OldFileBytesMax
        : _fs.Maxfilesize == 0 || _fs.Maxfilesize > Reach ? Reach : _fs.Maxfilesize;

    /// <summary>Where the superblock belongs; elsewhere this is a group's copy of it.</summary>
    public long Home => IsUfs2 || (HasNewFields && _fs.Sblockloc == UfsConstants.SblockUfs1)
        ? _fs.Sblockloc
        : Math.Min(offset, UfsConstants.SblockUfs1);

    /// <summary>Checks the facts that every later phase computes with.</summary>
    /// <param name="deviceBytes">The length of the device.</param>
    /// <param name="chunkIsApple">True if Apple's label precedes the superblock.</param>
    /// <returns>The geometry, or null if it cannot be used; then a finding says why.</returns>
    public CheckGeometry? TakeGeometry(long deviceBytes, bool chunkIsApple)
    {
        var before = sink.Count;
        CheckBlockSizes();
        if (sink.Count == before)
        {
            CheckGroupLayout();
        }

        if (sink.Count == before)
        {
            CheckExtent();
        }

        return sink.Count == before ? MakeGeometry(deviceBytes, chunkIsApple) : null;
    }

    /// <summary>Checks what is computed from the facts, and what is configured.</summary>
    public void CheckDerived(CheckGeometry geometry)
    {
        Derived("bmask", SuperblockView<TOrder>.Offsets.Bmask, _fs.Bmask, -_fs.Bsize);
        Derived("fmask", SuperblockView<TOrder>.Offsets.Fmask, _fs.Fmask, -_fs.Fsize);
        Derived("bshift", SuperblockView<TOrder>.Offsets.Bshift, _fs.Bshift, Log2(_fs.Bsize));
        Derived("fshift", SuperblockView<TOrder>.Offsets.Fshift, _fs.Fshift, Log2(_fs.Fsize));
        Derived("fragshift", SuperblockView<TOrder>.Offsets.Fragshift, _fs.Fragshift, Log2(_fs.Frag));
        Derived("nindir", SuperblockView<TOrder>.Offsets.Nindir, _fs.Nindir, geometry.PointersPerBlock);
        Derived("inopb", SuperblockView<TOrder>.Offsets.Inopb, _fs.Inopb, geometry.InodesPerBlock);
        Range("fsbtodb", SuperblockView<TOrder>.Offsets.Fsbtodb, _fs.Fsbtodb, 0,
            Log2(_fs.Fsize / UfsConstants.FragmentBytesMin));
        Range("sbsize", SuperblockView<TOrder>.Offsets.Sbsize, _fs.Sbsize, SuperblockView<TOrder>.Size,
            UfsConstants.SuperblockBytes);
        Range("minfree", SuperblockView<TOrder>.Offsets.Minfree, _fs.Minfree, 0, 99);
        Range("optim", SuperblockView<TOrder>.Offsets.Optim, (int)_fs.Optim, (int)Optim.OPTIMIZE_TIME,
            (int)Optim.OPTIMIZE_SPACE);
        Range("maxcontig", SuperblockView<TOrder>.Offsets.Maxcontig, _fs.Maxcontig, 0, int.MaxValue);
        if (!IsOldFormat)
        {
            Range("contigsumsize", SuperblockView<TOrder>.Offsets.Contigsumsize, _fs.Contigsumsize, 0,
                UfsConstants.ClusterKindsMax);
            Derived("qbmask", SuperblockView<TOrder>.Offsets.Qbmask, _fs.Qbmask, _fs.Bsize - 1);
            Derived("qfmask", SuperblockView<TOrder>.Offsets.Qfmask, _fs.Qfmask, _fs.Fsize - 1);
            Range("maxfilesize", SuperblockView<TOrder>.Offsets.Maxfilesize,
                (long)Math.Min(_fs.Maxfilesize, long.MaxValue), 1, (long)Reach);
        }

        CheckDataPlaces();
        CheckVersion(geometry);
        CheckHash();
    }

    /// <summary>Checks the totals against what the groups really hold; <paramref name="truth"/> in the order of the
    /// structure.</summary>
    public void CheckTotals(in GroupCounts truth)
    {
        if (HasNewFields)
        {
            var at = SuperblockView<TOrder>.Offsets.Cstotal;
            var total = _fs.Cstotal;
            Total("cstotal.ndir", at + CsumTotalView<TOrder>.Offsets.Ndir, total.Ndir, truth.Directories);
            Total("cstotal.nbfree", at + CsumTotalView<TOrder>.Offsets.Nbfree, total.Nbfree, truth.FreeBlocks);
            Total("cstotal.nifree", at + CsumTotalView<TOrder>.Offsets.Nifree, total.Nifree, truth.FreeInodes);
            Total("cstotal.nffree", at + CsumTotalView<TOrder>.Offsets.Nffree, total.Nffree, truth.FreeFragments);
        }

        if (!IsUfs2)
        {
            var at = SuperblockView<TOrder>.Offsets.OldCstotal;
            var total = _fs.OldCstotal;
            Total("old_cstotal.ndir", at + CsumView<TOrder>.Offsets.Ndir, total.Ndir, truth.Directories);
            Total("old_cstotal.nbfree", at + CsumView<TOrder>.Offsets.Nbfree, total.Nbfree, truth.FreeBlocks);
            Total("old_cstotal.nifree", at + CsumView<TOrder>.Offsets.Nifree, total.Nifree, truth.FreeInodes);
            Total("old_cstotal.nffree", at + CsumView<TOrder>.Offsets.Nffree, total.Nffree, truth.FreeFragments);
        }
    }

    /// <summary>What a reader of the result must know of the volume's state: a crash or a journal explains
    /// findings.</summary>
    public void Describe(List<string> notes)
    {
        if (_fs.Clean == 0 || (HasNewFields && (Flags & (Fsflags.UNCLEAN | Fsflags.NEEDS_FSCK)) != 0))
        {
            var kind = (Flags & Fsflags.SOFTDEP) != 0 ? "soft updates" : "no soft updates";
            notes.Add($"the volume is not marked clean ({kind}): a finding may be what fsck repairs after a crash");
        }

        if (HasNewFields && (Flags & (Fsflags.SUJ_OR_INDEXED | Fsflags.GJOURNAL | Fsflags.NFS4ACLS_OR_WAPBL)) != 0)
        {
            notes.Add("journals: their records are neither verified nor applied");
        }

        var known = CkhashKinds.CK_SUPERBLOCK | CkhashKinds.CK_CYLINDER_GROUP | CkhashKinds.CK_INODE;
        if ((Hashes & ~known) != 0)
        {
            notes.Add($"check hashes of kinds 0x{(uint)(Hashes & ~known):x}: no system keeps them yet");
        }
    }

    private static int Log2(int value) => System.Numerics.BitOperations.Log2((uint)value);

    private void CheckBlockSizes()
    {
        Fact("bsize", SuperblockView<TOrder>.Offsets.Bsize, _fs.Bsize, UfsConstants.BlockBytesMin,
            UfsConstants.BlockBytesMax, powerOf2: true);
        Fact("fsize", SuperblockView<TOrder>.Offsets.Fsize, _fs.Fsize, UfsConstants.FragmentBytesMin,
            Math.Max(UfsConstants.FragmentBytesMin, _fs.Bsize), powerOf2: true);
        if (_fs.Fsize > 0
            && (_fs.Frag != _fs.Bsize / _fs.Fsize || _fs.Frag is < 1 or > UfsConstants.FragmentsABlockMax))
        {
            Add(CheckRule.SuperblockGeometry, "frag", SuperblockView<TOrder>.Offsets.Frag,
                $"is {_fs.Frag}, must be bsize / fsize = {_fs.Bsize / _fs.Fsize}, "
                + $"and 1 to {UfsConstants.FragmentsABlockMax}");
        }
    }

    private void CheckGroupLayout()
    {
        Fact("sblkno", SuperblockView<TOrder>.Offsets.Sblkno, _fs.Sblkno, 0, int.MaxValue / 16);
        Fact("cblkno", SuperblockView<TOrder>.Offsets.Cblkno, _fs.Cblkno, (long)_fs.Sblkno + 1, int.MaxValue / 8);
        Fact("iblkno", SuperblockView<TOrder>.Offsets.Iblkno, _fs.Iblkno, (long)_fs.Cblkno + 1, int.MaxValue / 4);
        Fact("dblkno", SuperblockView<TOrder>.Offsets.Dblkno, _fs.Dblkno, (long)_fs.Iblkno + 1, int.MaxValue / 2);

        // A group's map of fragments lies in one block, which bounds the group.
        Fact("fpg", SuperblockView<TOrder>.Offsets.Fpg, _fs.Fpg, _fs.Dblkno, 8L * _fs.Bsize);
        Fact("ncg", SuperblockView<TOrder>.Offsets.Ncg, _fs.Ncg, 1, int.MaxValue / 2);
        if (_fs.Fpg > 0 && _fs.Ncg > 1 && _fs.Fpg % _fs.Frag != 0)
        {
            Add(CheckRule.SuperblockGeometry, "fpg", SuperblockView<TOrder>.Offsets.Fpg,
                $"is {_fs.Fpg}, must be whole blocks of {_fs.Frag} fragments");
        }

        var room = ((long)_fs.Dblkno - _fs.Iblkno) * _fs.Fsize / _shape.InodeBytes;
        Fact("ipg", SuperblockView<TOrder>.Offsets.Ipg, _fs.Ipg, 1, Math.Min(room, 8L * _fs.Bsize));
        Fact("cgsize", SuperblockView<TOrder>.Offsets.Cgsize, _fs.Cgsize, CylinderGroupView<TOrder>.MinSize, _fs.Bsize);
        Fact("ncg", SuperblockView<TOrder>.Offsets.Ncg, _fs.Ncg, 1, (1L << 32) / Math.Max(1, (long)_fs.Ipg));
    }

    private void CheckExtent()
    {
        var name = IsUfs2 ? "size" : "old_size";
        var at = IsUfs2 ? SuperblockView<TOrder>.Offsets.SizeValue : SuperblockView<TOrder>.Offsets.OldSize;
        long groups = _fs.Ncg;
        Fact(name, at, _shape.FragmentCount, ((groups - 1) * _fs.Fpg) + 1, groups * _fs.Fpg);
        Fact("cssize", SuperblockView<TOrder>.Offsets.Cssize, _fs.Cssize, groups * CsumView<TOrder>.Size, int.MaxValue);
        var summary = SummaryBytes / _fs.Fsize;
        var summaryName = IsUfs2 ? "csaddr" : "old_csaddr";
        var summaryField = IsUfs2 ? SuperblockView<TOrder>.Offsets.Csaddr : SuperblockView<TOrder>.Offsets.OldCsaddr;
        Fact(summaryName, summaryField, _shape.SummaryFragment, _fs.Dblkno,
            Math.Max(_fs.Dblkno, _shape.FragmentCount - summary));

        // Metadata moves from one group to the next by old_cgoffset; wherever it comes to lie, it must be inside its
        // group.
        if (!IsUfs2 && _fs.OldCgoffset != 0)
        {
            var farthest = (long)_fs.OldCgoffset * Math.Min(~_fs.OldCgmask & int.MaxValue, _fs.Ncg - 1);
            if (_fs.OldCgoffset < 0 || farthest > _fs.Fpg - _fs.Dblkno)
            {
                Add(CheckRule.SuperblockGeometry, "old_cgoffset", SuperblockView<TOrder>.Offsets.OldCgoffset,
                    $"is {_fs.OldCgoffset}, must keep the metadata of every group inside it");
            }
        }
    }

    private CheckGeometry MakeGeometry(long deviceBytes, bool chunkIsApple)
    {
        var perGroup = (long)_fs.Fpg * _fs.Fsize;
        var tableAt = (long)_fs.Iblkno * _fs.Fsize;
        var groupsOnDevice = Math.Clamp((deviceBytes - tableAt + perGroup - 1) / perGroup, 1, _fs.Ncg);
        var fragmentsOnDevice = Math.Min(_shape.FragmentCount, deviceBytes / _fs.Fsize);
        var shape = chunkIsApple
            ? _shape with { DirectoryChunkBytes = UfsConstants.DirectoryChunkBytesApple }
            : _shape;
        return new CheckGeometry(shape)
        {
            FragmentsOnDevice = fragmentsOnDevice,
            GroupsOnDevice = (int)groupsOnDevice,
            SummaryBytes = SummaryBytes,
            FileBytesMax = FileBytesMax,
            OldCylindersPerGroup = IsUfs2 ? 0 : Math.Max(0, _fs.OldCpg),
            OldRotationalPositions = IsUfs2 ? 0 : Math.Max(0, _fs.OldNrpos),
            HashesGroups = (Hashes & CkhashKinds.CK_CYLINDER_GROUP) != 0,
            HashesInodes = IsUfs2 && (Hashes & CkhashKinds.CK_INODE) != 0,
        };
    }

    private void CheckDataPlaces()
    {
        // mkfs.c: the copy lies behind the room of the superblock, the header behind the room of the copy, each on a
        // block.
        Derived("sblkno", SuperblockView<TOrder>.Offsets.Sblkno, _fs.Sblkno,
            RoundUp(Home + UfsConstants.SuperblockBytes));
        Derived("cblkno", SuperblockView<TOrder>.Offsets.Cblkno, _fs.Cblkno,
            _fs.Sblkno + RoundUp(UfsConstants.SuperblockBytes));
        Derived("iblkno", SuperblockView<TOrder>.Offsets.Iblkno, _fs.Iblkno, _fs.Cblkno + _fs.Frag);
        Derived("dblkno", SuperblockView<TOrder>.Offsets.Dblkno, _fs.Dblkno,
            _fs.Iblkno + ((long)_fs.Ipg * _shape.InodeBytes / _fs.Fsize));
        Derived("cssize", SuperblockView<TOrder>.Offsets.Cssize, _fs.Cssize, SummaryBytes);
    }

    private void CheckVersion(CheckGeometry geometry)
    {
        if (IsUfs2)
        {
            Derived("maxsymlinklen", SuperblockView<TOrder>.Offsets.Maxsymlinklen, _fs.Maxsymlinklen,
                _shape.ShortLinkRoom);
            return;
        }

        if (!IsOldFormat)
        {
            Range("maxsymlinklen", SuperblockView<TOrder>.Offsets.Maxsymlinklen, _fs.Maxsymlinklen, 0,
                _shape.ShortLinkRoom);
        }

        long cylinders = _fs.OldNcyl, perGroup = _fs.OldCpg;
        if (perGroup < 1 || geometry.Groups * perGroup < cylinders || (geometry.Groups - 1) * perGroup >= cylinders)
        {
            Add(CheckRule.SuperblockGeometry, "old_ncyl", SuperblockView<TOrder>.Offsets.OldNcyl,
                $"is {cylinders}, must fill {geometry.Groups} groups of {perGroup} cylinders");
        }

        if (HasNewFields)
        {
            Old("size", SuperblockView<TOrder>.Offsets.SizeValue, _fs.SizeValue, _fs.OldSize);
            Old("dsize", SuperblockView<TOrder>.Offsets.Dsize, _fs.Dsize, _fs.OldDsize);
            Old("csaddr", SuperblockView<TOrder>.Offsets.Csaddr, _fs.Csaddr, _fs.OldCsaddr);
        }
    }

    private void CheckHash()
    {
        var at = SuperblockView<TOrder>.Offsets.Ckhash;
        if ((Hashes & CkhashKinds.CK_SUPERBLOCK) != 0 && _fs.Sbsize >= SuperblockView<TOrder>.Size
            && _fs.Sbsize <= _bytes.Length)
        {
            var hash = Check.CheckHash.Compute(_bytes[.._fs.Sbsize], at);
            if (hash != _fs.Ckhash)
            {
                Add(CheckRule.SuperblockHash, "ckhash", at, $"is 0x{_fs.Ckhash:x}, must be 0x{hash:x}");
            }
        }
    }

    /// <summary>Bytes as fragments, up to a whole block.</summary>
    private long RoundUp(long bytes) => (bytes + _fs.Bsize - 1) / _fs.Bsize * _fs.Frag;

    private void Add(string rule, string field, int at, string message) =>
        sink.Add(rule, $"superblock.{field}", offset + at, message);

    private void Fact(string field, int at, long value, long min, long max, bool powerOf2 = false)
    {
        if (value < min || value > max || (powerOf2 && !System.Numerics.BitOperations.IsPow2(value)))
        {
            var form = powerOf2 ? "a power of 2, " : "";
            Add(CheckRule.SuperblockGeometry, field, at, $"is {value}, must be {form}{min} to {max}");
        }
    }

    private void Range(string field, int at, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            Add(CheckRule.SuperblockRange, field, at, $"is {value}, must be {min} to {max}");
        }
    }

    private void Derived(string field, int at, long value, long expected) =>
        sink.Expect(CheckRule.SuperblockGeometry, $"superblock.{field}", offset + at, value, expected);

    private void Old(string field, int at, long value, long expected) =>
        sink.Expect(CheckRule.SuperblockOldFields, $"superblock.{field}", offset + at, value, expected);

    private void Total(string field, int at, long value, long expected) =>
        sink.Expect(CheckRule.SuperblockTotals, $"superblock.{field}", offset + at, value, expected);
}
