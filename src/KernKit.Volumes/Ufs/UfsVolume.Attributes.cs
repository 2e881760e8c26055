using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// From inodes to attributes.
//
// Times of UFS1 have 32 bits. Old systems read them signed (1901 to 2038), FreeBSD reads them unsigned (1970 to
// 2106). Files from before 1970 exist (epoch minus a time zone is the usual case), files from after 2038 will: so
// the window is [-2^27, 2^32 - 2^27), which is autumn 1965 to late 2101. DragonFly's upper 16 bits are not used:
// they lie where FreeBSD counts revisions.

/// <content>Attributes.</content>
internal sealed partial class UfsVolume<TOrder>
{
    private const long NegativeTimesFrom = (1L << 32) - (1L << 27);
    private const int NanosecondsPerSecond = 1_000_000_000;

    private static void Fill2(Dinode2View<TOrder> inode, ulong id, long offset, out NodeAttributes node)
    {
        node = default;
        Fill(inode.Mode, inode.Nlink, inode.SizeValue, inode.Flags, id, offset, Dinode2View<TOrder>.Offsets.SizeValue,
            ref node);
        node.UserId = inode.Uid;
        node.GroupId = inode.Gid;
        node.Modified = Time(inode.Mtime, inode.Mtimensec);
        node.Accessed = Time(inode.Atime, inode.Atimensec);
        node.Changed = Time(inode.Ctime, inode.Ctimensec);
        node.Born = Time(inode.Birthtime, inode.Birthnsec);
        if (node.Type is NodeType.CharacterDevice or NodeType.BlockDevice)
        {
            node.Device = DeviceOf((uint)inode.Rdev);
        }
    }

    private void Fill1(Dinode1View<TOrder> inode, ulong id, long offset, out NodeAttributes node)
    {
        node = default;
        Fill(inode.Mode, inode.Nlink, inode.SizeValue, inode.Flags, id, offset, Dinode1View<TOrder>.Offsets.SizeValue,
            ref node);
        node.UserId = inode.Uid;
        node.GroupId = inode.Gid;
        var old = Geometry.OldOwners;
        if (old)
        {
            // Solaris writes both fields, and this value in the old one where 16 bits do not do.
            node.UserId = inode.OldUid == UfsConstants.OldOwnerLong ? inode.Uid : inode.OldUid;
            node.GroupId = inode.OldGid == UfsConstants.OldOwnerLong ? inode.Gid : inode.OldGid;
        }

        // 4.2BSD kept nothing where the fractions are.
        node.Modified = Time(Seconds1(inode.Mtime), old ? 0 : inode.Mtimensec);
        node.Accessed = Time(Seconds1(inode.Atime), old ? 0 : inode.Atimensec);
        node.Changed = Time(Seconds1(inode.Ctime), old ? 0 : inode.Ctimensec);
        if (node.Type is NodeType.CharacterDevice or NodeType.BlockDevice)
        {
            node.Device = DeviceOf(inode.Rdev);
        }
    }

    private static void Fill(
        Ifmode mode, short links, ulong size, Uflags flags, ulong id, long offset, int sizeAt, ref NodeAttributes node)
    {
        var type = TypeOf(mode.Type);
        if (type == NodeType.Unknown)
        {
            if (id == UfsConstants.WhiteoutInode && mode.Value == 0)
            {
                // Entries of whiteouts carry this number; there need not be an inode.
                type = NodeType.Whiteout;
            }
            else
            {
                throw new VolumeException(
                    VolumeError.Damaged,
                    mode.Value == 0 ? "the inode is free"
                        : $"mode 0o{Convert.ToString(mode.Value, 8)} is of no known type",
                    $"inode {id}.mode",
                    offset);
            }
        }

        if (size > long.MaxValue)
        {
            throw new VolumeException(
                VolumeError.Damaged, $"{size} bytes are more than a file can have", $"inode {id}.size",
                    offset + sizeAt);
        }

        node.Id = id;
        node.Type = type;
        node.Permissions = (ushort)mode.Perm;
        node.LinkCount = (ushort)links;
        node.Size = (long)size;
        node.Flags = (uint)flags;
        node.Offset = offset;
    }

    private static NodeType TypeOf(Iftype type) => type switch
    {
        Iftype.FIFO => NodeType.Fifo,
        Iftype.CHR => NodeType.CharacterDevice,
        Iftype.DIR => NodeType.Directory,
        Iftype.BLK => NodeType.BlockDevice,
        Iftype.REG => NodeType.File,
        Iftype.LNK => NodeType.Symlink,
        Iftype.SOCK => NodeType.Socket,
        Iftype.WHT => NodeType.Whiteout,
        _ => NodeType.Unknown,
    };

    private static long Seconds1(uint raw) => raw >= NegativeTimesFrom ? (int)raw : raw;

    /// <summary>A fraction that is none (old systems kept other things there) counts as 0; a check reports
    /// it.</summary>
    private static UnixTime Time(long seconds, int nanoseconds) =>
        new(seconds, (uint)nanoseconds < NanosecondsPerSecond ? nanoseconds : 0);

    /// <summary>Splits a device number as NetBSD and Linux do: 12 bits of driver, 20 of unit.</summary>
    private static DeviceNumber DeviceOf(uint raw) => new((raw >> 8) & 0xfff, (raw & 0xff) | ((raw >> 12) & 0xfff00));
}
