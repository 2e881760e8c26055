using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

// Checking a UFS volume, as fsck_ffs would look at it, reading only.
//
// A UFS keeps most facts twice: what inodes hold is repeated in maps, maps in counts, counts in sums; names are
// repeated as link counts; the superblock is repeated in each group. The inodes and the directory entries are taken
// as the truth, as fsck_ffs does, and all the rest is computed anew from them and compared. What differs is a
// finding; a file's content has no checksum and cannot be verified.
//
//     superblock -> geometry -> copies of the superblock                      SuperblockPhase, AlternatePhase
//       for each group: header, offsets, hash                                 GroupPhase
//         for each inode: type, size, hash, attributes                        InodePhase
//           -> inode map, nifree, ndir
//         its blocks claim fragments                                          BlockPhase, FragmentWindow
//           -> block map, nbfree, nffree, frsum, clusters                     BlockMapPhase
//       for each directory: entries count names                               DirectoryPhase, InodeWindow
//           -> link counts, paths to the root                                 ConnectivityPhase
//       sums of all groups -> totals of the superblock                        SuperblockPhase
//
// Memory is bounded whatever the size of the volume. Fragments are claimed in a window of bits, names counted in a
// window of inodes (CheckLimits says how large: a volume of 512 GiB with 4 KiB fragments and 4 million inodes is one
// pass). A larger volume takes several passes over the inode tables; what does not depend on a window is reported in
// the first pass only.
//
// Nothing on the volume is believed before it is proved: the facts of the superblock are proved in range before
// anything is computed from them; addresses are proved inside the volume and outside metadata before they are read;
// blocks of pointers and of directories that are read in a pass are at most as many as the device has blocks, so the
// work of a pass is linear in the device; nothing recurses. Reads beyond the end of the device give nothing, and one
// finding says that the device is short.

/// <summary>Checks one UFS volume.</summary>
/// <typeparam name="TOrder">The byte order of the volume.</typeparam>
internal sealed class UfsCheck<TOrder>
    where TOrder : struct, IByteOrder
{
    private readonly CheckGeometry _geometry;
    private readonly CheckSink _sink;
    private readonly CancellationToken _cancellation;
    private readonly CylinderGroup<TOrder> _group;
    private readonly SummaryArea<TOrder> _summary;
    private readonly InodeScan<TOrder> _scan;
    private readonly GroupPhase<TOrder> _groups;
    private readonly InodePhase<TOrder> _inodes;
    private readonly BlockPhase<TOrder> _blocks;
    private readonly BlockMapPhase<TOrder> _maps;
    private readonly InodeWindow _window;
    private readonly EqualNames _names;
    private readonly DirectoryPhase<TOrder> _directories;
    private readonly ConnectivityPhase<TOrder> _connectivity;
    private bool _isWhole = true;

    private UfsCheck(
        CheckGeometry geometry, CheckLimits limits, CheckDevice device, CheckSink sink, CancellationToken cancellation)
    {
        _geometry = geometry;
        _sink = sink;
        _cancellation = cancellation;
        _group = new CylinderGroup<TOrder>(geometry, device);
        _summary = new SummaryArea<TOrder>(geometry, device, sink);
        _scan = new InodeScan<TOrder>(geometry, device);
        _groups = new GroupPhase<TOrder>(geometry, sink);
        _inodes = new InodePhase<TOrder>(geometry, device, sink);
        _blocks = new BlockPhase<TOrder>(geometry, limits, device, sink);
        _maps = new BlockMapPhase<TOrder>(geometry, sink);
        _window = new InodeWindow(geometry, limits);
        _names = new EqualNames(limits.NameBytesPerDirectory);
        _directories = new DirectoryPhase<TOrder>(geometry, device, sink, _window, _names);
        _connectivity = new ConnectivityPhase<TOrder>(geometry, sink, _window, _scan);
    }

    /// <summary>Checks the volume whose superblock lies at <paramref name="superblockOffset"/>.</summary>
    /// <param name="device">The device; nothing is written.</param>
    /// <param name="superblockOffset">The byte offset of the superblock.</param>
    /// <param name="report">Takes the findings, in the order in which they are made.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <param name="limits">How much to hold; null for <see cref="CheckLimits.Standard"/>.</param>
    /// <exception cref="VolumeException">The system could not read the device.</exception>
    public static CheckSummary Run(
        IBlockDevice device,
        long superblockOffset,
        Action<CheckFinding> report,
        CancellationToken cancellation,
        CheckLimits? limits = null)
    {
        limits ??= CheckLimits.Standard;
        var sink = new CheckSink(report, limits.FindingsPerRule);
        var source = new CheckDevice(device, cancellation);
        var superblock = new byte[Math.Clamp(source.Length - superblockOffset, SuperblockView<TOrder>.Size,
            UfsConstants.SuperblockBytes)];
        var notes = new List<string>();
        var counts = new List<(string, long)>();
        if (!source.TryRead(superblockOffset, superblock))
        {
            sink.Add(CheckRule.DeviceSize, "superblock", superblockOffset, "must lie on the device");
        }
        else
        {
            var phase = new SuperblockPhase<TOrder>(sink, superblock, superblockOffset);
            var isApple = HasAppleLabel(source);
            phase.Describe(notes);
            if (phase.TakeGeometry(source.Length, isApple) is { } geometry)
            {
                phase.CheckDerived(geometry);
                if (phase.Home != superblockOffset)
                {
                    CheckReplaced(source, sink, phase.Home, superblock, isApple);
                    notes.Add($"totals of the superblock: a copy at 0x{superblockOffset:x} was used in its place");
                }

                CheckDeviceSize(geometry, sink);
                AlternatePhase<TOrder>.Run(geometry, source, sink, superblock);
                var check = new UfsCheck<TOrder>(geometry, limits, source, sink, cancellation);
                check.Run();
                check.Summarise(phase, counts, notes);
            }
            else
            {
                notes.Add("everything but the superblock: its geometry cannot be used");
            }
        }

        notes.Add("contents of files: UFS keeps no checksum of data");
        notes.AddRange(sink.Overflows());
        return new CheckSummary(counts, sink.Count, notes);
    }

    /// <summary>Says what is wrong with a superblock in whose place a copy is used.</summary>
    private static void CheckReplaced(
        CheckDevice device, CheckSink sink, long home, ReadOnlySpan<byte> copy, bool isApple)
    {
        var bytes = new byte[copy.Length];
        device.TryRead(home, bytes);
        AlternatePhase<TOrder>.CompareReplaced(copy, bytes, sink, home);
        var phase = new SuperblockPhase<TOrder>(sink, bytes, home);
        if (phase.HasMagic && phase.TakeGeometry(device.Length, isApple) is { } geometry)
        {
            phase.CheckDerived(geometry);
        }
    }

    private static void CheckDeviceSize(CheckGeometry geometry, CheckSink sink)
    {
        if (geometry.FragmentsOnDevice < geometry.Fragments)
        {
            var at = geometry.IsUfs2
                ? SuperblockView<TOrder>.Offsets.SizeValue
                : SuperblockView<TOrder>.Offsets.OldSize;
            sink.Add(CheckRule.DeviceSize, geometry.IsUfs2 ? "superblock.size" : "superblock.old_size",
                geometry.SuperblockOffset + at,
                $"is {geometry.Fragments} fragments, must fit on the device, which holds {geometry.FragmentsOnDevice}");
        }
    }

    private static bool HasAppleLabel(CheckDevice device)
    {
        Span<byte> label = stackalloc byte[AppleLabelView.Size];
        return device.TryRead(UfsConstants.AppleLabelAt, label)
            && new AppleLabelView(label).Magic == UfsConstants.AppleLabelMagic;
    }

    private void Run()
    {
        var isFirstPass = true;
        while (_blocks.Window.HasMore || _window.HasMore)
        {
            _blocks.BeginPass();
            _window.Advance();
            for (var group = 0; group < _geometry.GroupsOnDevice; group++)
            {
                ScanGroup(group, isFirstPass);
            }

            if (_blocks.HasDuplicates)
            {
                FindOwners();
            }

            for (var group = _blocks.Window.FirstGroup; group < _blocks.Window.EndGroup; group++)
            {
                _group.Load(group);
                _maps.Compare(_blocks.Window, _group, _summary);
            }

            if (_window.Start < _window.End)
            {
                _isWhole &= _window.IsWhole;
                ReadDirectories();
                _connectivity.Run();
            }

            isFirstPass = false;
        }
    }

    private void ScanGroup(int group, bool isFirstPass)
    {
        _cancellation.ThrowIfCancellationRequested();
        _group.Load(group);
        _inodes.BeginGroup(group);
        if (isFirstPass)
        {
            _groups.Check(_group);
        }

        _scan.Start(group, _group.InitialisedInodes);
        while (_scan.MoveNext())
        {
            var inode = _scan.Decode();
            if (isFirstPass)
            {
                _inodes.Check(inode, _scan.Bytes);
            }

            if (!inode.IsAllocated || inode.Number < UfsConstants.RootInode)
            {
                continue;
            }

            _window.Note(inode);
            if (_inodes.IsSound(inode))
            {
                _blocks.Claim(inode, isFirstPass);
            }

            if (isFirstPass)
            {
                _blocks.CheckUnused(inode);
            }
        }

        if (isFirstPass)
        {
            _inodes.EndGroup(_group, _summary);
        }
    }

    private void FindOwners()
    {
        _blocks.BeginOwners();
        VisitSound(_blocks.FindOwners, directoriesOnly: false);
        _blocks.ReportOwners();
    }

    private void ReadDirectories()
    {
        _directories.BeginPass();
        VisitSound(_directories.Read, directoriesOnly: true);
    }

    private void VisitSound(Visit visit, bool directoriesOnly)
    {
        for (var group = 0; group < _geometry.GroupsOnDevice; group++)
        {
            _cancellation.ThrowIfCancellationRequested();
            _group.Load(group);
            _scan.Start(group, _group.InitialisedInodes);
            while (_scan.MoveNext())
            {
                if (_scan.Number < UfsConstants.RootInode)
                {
                    continue;
                }

                var inode = _scan.Decode();
                if (inode.IsAllocated && (inode.IsDirectory || !directoriesOnly) && _inodes.IsSound(inode))
                {
                    visit(inode);
                }
            }
        }
    }

    private void Summarise(SuperblockPhase<TOrder> superblock, List<(string, long)> counts, List<string> notes)
    {
        var totals = _inodes.Totals with
        {
            FreeBlocks = _maps.Totals.FreeBlocks,
            FreeFragments = _maps.Totals.FreeFragments,
        };
        if (_geometry.FragmentsOnDevice == _geometry.Fragments && superblock.Home == _geometry.SuperblockOffset)
        {
            superblock.CheckTotals(totals);
        }

        var free = (totals.FreeBlocks * _geometry.FragmentsPerBlock) + totals.FreeFragments;
        counts.Add(("cylinder_groups", _geometry.Groups));
        counts.Add(("inodes", _geometry.Inodes));
        counts.Add(("inodes_used", _inodes.Allocated));
        counts.Add(("inodes_free", totals.FreeInodes));
        counts.Add(("directories", _inodes.CountByType[FileType.Directory]));
        counts.Add(("files", _inodes.CountByType[FileType.Regular]));
        counts.Add(("symlinks", _inodes.CountByType[FileType.Symlink]));
        counts.Add(("devices",
            _inodes.CountByType[FileType.CharacterDevice] + _inodes.CountByType[FileType.BlockDevice]));
        counts.Add(("fifos", _inodes.CountByType[FileType.Fifo]));
        counts.Add(("sockets", _inodes.CountByType[FileType.Socket]));
        counts.Add(("fragments", _geometry.Fragments));
        counts.Add(("fragments_used", _geometry.Fragments - free));
        counts.Add(("fragments_free", free));
        counts.Add(("blocks_free", totals.FreeBlocks));
        Note(notes);
    }

    private void Note(List<string> notes)
    {
        if (!_geometry.HasDynamicGroups)
        {
            notes.Add("maps and counts of cylinder groups: they are in 4.2BSD's form of fixed tables");
        }
        else if (_geometry.OldCylindersPerGroup * _geometry.OldRotationalPositions > 1)
        {
            notes.Add("rotational tables of cylinder groups: since 4.4BSD nothing maintains them");
        }

        if (_names.Note is { } names)
        {
            notes.Add(names);
        }

        if (!_isWhole)
        {
            notes.Add("cycles of directories: the volume has more inodes than one pass keeps");
        }
    }

    private delegate void Visit(in InodeFacts inode);
}
