using KernKit.Volumes.Layouts.Partition;

namespace KernKit.Volumes.Partitions;

/// <summary>Names of what partitions of BSD systems hold.</summary>
internal static class BsdTypes
{
    public const string FreeBsd = "freebsd";
    public const string NetBsd = "netbsd";
    public const string OpenBsd = "openbsd";
    public const string DragonFly = "dragonfly";
    public const string DragonFlyLabel32 = "dragonfly-label32";
    public const string DragonFlyLabel64 = "dragonfly-label64";

    /// <summary>True for slices in which a label describes partitions.</summary>
    public static bool MayHoldLabel(in Partition slice) => slice.Type
        is FreeBsd or NetBsd or OpenBsd or DragonFly or DragonFlyLabel32 or DragonFlyLabel64;

    /// <summary>True for slices whose label may count from the start of the slice; the other systems' labels count
    /// from the start of the disk.</summary>
    public static bool MayCountFromSlice(in Partition slice) => slice.Type is not (NetBsd or OpenBsd);

    /// <summary>The name of a type that a label states.</summary>
    public static string Name(Fstype type) => type switch
    {
        Fstype.FS_SWAP => "swap",
        Fstype.FS_BSDFFS => "ufs",
        Fstype.FS_MSDOS => "fat",
        Fstype.FS_BSDLFS => "lfs",
        Fstype.FS_OTHER => "other",
        Fstype.FS_ISO9660 => "iso9660",
        Fstype.FS_BOOT => "boot",
        Fstype.FS_VINUM => "vinum",
        Fstype.FS_RAID => "raid",
        Fstype.FS_CCD => "ccd",
        Fstype.FS_HAMMER => "hammer",
        Fstype.FS_HAMMER2 => "hammer2",
        Fstype.FS_UDF => "udf",
        Fstype.FS_ZFS => "zfs",
        Fstype.FS_UNUSED => "unused",
        _ => $"0x{(byte)type:x2}",
    };
}
