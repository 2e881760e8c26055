using System.Globalization;
using System.Text;
using KernKit.Layout;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

/// <content>Facts.</content>
internal sealed partial class UfsVolume<TOrder>
{
    public override IReadOnlyList<VolumeFact> Describe()
    {
        var facts = new List<VolumeFact>
        {
            new("byte_order", _source.Order == ByteOrder.LittleEndian ? "little" : "big"),
            new("superblock_offset", Geometry.SuperblockOffset),
        };
        var view = new SuperblockView<TOrder>(_source.Superblock);
        if (_source.Notice is { } notice)
        {
            facts.Add(new("superblock_notice", "this is a copy of the superblock: " + notice));
        }

        facts.Add(new("flavour", Flavour(view)));
        facts.Add(new("old_format", Geometry.OldFormat));
        AddGeometry(facts);
        AddCounts(facts, view);
        AddState(facts, view);
        return facts;
    }

    private void AddGeometry(List<VolumeFact> facts)
    {
        facts.Add(new("block_size", (long)Geometry.BlockBytes));
        facts.Add(new("fragment_size", (long)Geometry.FragmentBytes));
        facts.Add(new("volume_size", Geometry.VolumeBytes));
        facts.Add(new("fragments", Geometry.FragmentCount));
        facts.Add(new("cylinder_groups", (long)Geometry.GroupCount));
        facts.Add(new("fragments_per_group", (long)Geometry.FragmentsPerGroup));
        facts.Add(new("inodes_per_group", (long)Geometry.InodesPerGroup));
        facts.Add(new("inodes", (long)Geometry.InodeCount));
        if (Geometry.VolumeBytes > Device.Length)
        {
            facts.Add(new("missing_bytes", Geometry.VolumeBytes - Device.Length));
        }
    }

    private void AddCounts(List<VolumeFact> facts, SuperblockView<TOrder> view)
    {
        long directories = view.OldCstotal.Ndir;
        long blocks = view.OldCstotal.Nbfree;
        long inodes = view.OldCstotal.Nifree;
        long fragments = view.OldCstotal.Nffree;
        if (Geometry.IsUfs2)
        {
            directories = view.Cstotal.Ndir;
            blocks = view.Cstotal.Nbfree;
            inodes = view.Cstotal.Nifree;
            fragments = view.Cstotal.Nffree;
        }

        facts.Add(new("directories", directories));
        facts.Add(new("free_blocks", blocks));
        facts.Add(new("free_fragments", fragments));
        facts.Add(new("free_inodes", inodes));
    }

    private void AddState(List<VolumeFact> facts, SuperblockView<TOrder> view)
    {
        var label = _source.AppleLabel ?? Encoding.UTF8.GetString(view.VolnameText);
        facts.Add(new("label", label));
        facts.Add(new("last_mounted_on", Encoding.UTF8.GetString(view.FsmntText)));
        facts.Add(new("clean", view.Clean != 0));
        facts.Add(new("flags", FlagNames(view)));
        var written = Geometry.IsUfs2 ? view.Time : Seconds1((uint)view.OldTime);
        facts.Add(new("last_written", TimeText(written)));
        facts.Add(new("uuid", string.Create(CultureInfo.InvariantCulture, $"{view.Id[0]:x8}{view.Id[1]:x8}")));
        if (HasWapbl(view))
        {
            facts.Add(new("journal", view.JournalLocation switch
            {
                1 => "wapbl, behind the file system",
                2 => "wapbl, within the file system",
                _ => "wapbl",
            }));
            facts.Add(new("journal_version", (long)view.JournalVersion));
        }

        if (IsFreeBsd(view) && (view.Flags & Fsflags.SUJ_OR_INDEXED) != 0)
        {
            facts.Add(new("journal", "soft updates journal"));
        }

        if (CheckHashes(view) is { Length: > 0 } hashes)
        {
            facts.Add(new("check_hashes", hashes));
        }

        var snapshots = Snapshots(view);
        if (snapshots.Length > 0)
        {
            facts.Add(new("snapshot_inodes", snapshots));
        }
    }

    private string Flavour(SuperblockView<TOrder> view)
    {
        if (_source.AppleLabel is not null)
        {
            return "apple";
        }

        if (Geometry.OldOwners && unchecked(view.OldTime + view.SunState) == UfsConstants.StateOkay)
        {
            return "solaris";
        }

        return HasWapbl(view) ? "netbsd" : IsFreeBsd(view) ? "freebsd" : "bsd";
    }

    private static bool HasWapbl(SuperblockView<TOrder> view) =>
        view.JournalVersion != 0 && (EffectiveFlags(view) & Fsflags.NFS4ACLS_OR_WAPBL) != 0 && !IsFreeBsd(view);

    /// <summary>Fields that only FreeBSD writes.</summary>
    private static bool IsFreeBsd(SuperblockView<TOrder> view) =>
        (view.Flags & Fsflags.METACKHASH) != 0 || view.Mtime != 0 || view.Sujfree != 0
        || (view.Sblockactualloc != 0 && view.Sblockactualloc == view.Sblockloc);

    private static Fsflags EffectiveFlags(SuperblockView<TOrder> view) =>
        (view.OldFlags & (byte)Fsflags.FLAGS_MOVED) != 0 ? view.Flags : (Fsflags)view.OldFlags;

    private static string[] FlagNames(SuperblockView<TOrder> view)
    {
        var freeBsd = IsFreeBsd(view);
        var names = new List<string>();
        var rest = (uint)EffectiveFlags(view);
        for (var bit = 1u; rest != 0; bit <<= 1)
        {
            if ((rest & bit) != 0)
            {
                rest &= ~bit;
                names.Add(FlagName((Fsflags)bit, freeBsd));
            }
        }

        return [.. names];
    }

    private static string FlagName(Fsflags flag, bool freeBsd) => flag switch
    {
        Fsflags.UNCLEAN => "unclean",
        Fsflags.SOFTDEP => "soft-updates",
        Fsflags.NEEDS_FSCK => "needs-fsck",
        Fsflags.SUJ_OR_INDEXED => freeBsd ? "soft-updates-journal" : "indexed-directories",
        Fsflags.ACLS => "acls",
        Fsflags.MULTILABEL => "multilabel",
        Fsflags.GJOURNAL => "gjournal",
        Fsflags.FLAGS_MOVED => "flags-moved",
        Fsflags.NFS4ACLS_OR_WAPBL => freeBsd ? "nfs4-acls" : "wapbl",
        Fsflags.METACKHASH => "check-hashes",
        Fsflags.TRIM => "trim",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{(uint)flag:x}"),
    };

    private static string[] CheckHashes(SuperblockView<TOrder> view)
    {
        if ((view.Flags & Fsflags.METACKHASH) == 0)
        {
            return [];
        }

        ReadOnlySpan<(CkhashKinds Kind, string Name)> kinds =
        [
            (CkhashKinds.CK_SUPERBLOCK, "superblock"),
            (CkhashKinds.CK_CYLINDER_GROUP, "cylinder-group"),
            (CkhashKinds.CK_INODE, "inode"),
            (CkhashKinds.CK_INDIRECT, "indirect"),
            (CkhashKinds.CK_DIRECTORY, "directory"),
        ];
        var names = new List<string>();
        foreach (var (kind, name) in kinds)
        {
            if ((view.Metackhash & kind) != 0)
            {
                names.Add(name);
            }
        }

        return [.. names];
    }

    private static long[] Snapshots(SuperblockView<TOrder> view)
    {
        var snapshots = new List<long>();
        foreach (var inode in view.Snapinum)
        {
            if (inode == 0)
            {
                break;
            }

            snapshots.Add(inode);
        }

        return [.. snapshots];
    }

    private static string TimeText(long seconds) =>
        seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'",
                CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{seconds} seconds after 1970");
}
