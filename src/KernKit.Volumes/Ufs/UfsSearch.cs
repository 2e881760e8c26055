using System.Text;
using KernKit.Layout;
using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// Where is the superblock? Four places are standard, in the order of the schema. What stands there may be
//   good              it is used;
//   damaged           its magic is right and its numbers are not: a copy is searched, and its use is said;
//   a stranger        a copy of a superblock that is no first one, or what an older system left: passed by;
//   unfinished        newfs of FreeBSD was interrupted: refused, there is nothing behind it.
// Copies lie in each cylinder group. They are found where a damaged superblock says, and else by looking at each
// sector of the first part of the device; a copy must say itself that it lies there, so that an image within a file
// of the volume is not taken for it.

/// <summary>Finds the superblock of a UFS volume.</summary>
internal static class UfsSearch
{
    /// <summary>How far copies are searched: the first one lies within the first cylinder group.</summary>
    private const long ScanBytesMax = 64L << 20;

    private const int ScanStep = 512;
    private const int ScanChunk = 1 << 20;
    private const uint GroupsTriedMax = 16;
    private static readonly int _size = SuperblockView<LittleEndian>.Size;

    /// <summary>Finds a superblock at one of the standard places.</summary>
    /// <param name="device">The device.</param>
    /// <param name="damage">What is wrong with the first superblock that is damaged, or null.</param>
    /// <returns>The superblock, or null.</returns>
    /// <exception cref="VolumeException">The device could not be read, or newfs did not finish.</exception>
    public static UfsSource? Find(IBlockDevice device, out VolumeException? damage)
    {
        damage = null;
        var apple = ReadAppleLabel(device);
        foreach (var offset in UfsFormat.ProbeOffsets)
        {
            if (!TryRead(device, offset, out var bytes))
            {
                continue;
            }

            RequireFinished(bytes, offset);
            if (!UfsFormat.TryAccept(bytes, out var order))
            {
                continue;
            }

            var source = Open(bytes, order, offset, true, apple, null, out var problem);
            if (source is not null)
            {
                return source;
            }

            damage ??= problem;
        }

        return null;
    }

    /// <summary>Searches a copy of the superblock.</summary>
    /// <param name="device">The device.</param>
    /// <param name="damage">What is wrong with the first superblock, or null if there is none.</param>
    /// <returns>The copy, or null.</returns>
    public static UfsSource? FindCopy(IBlockDevice device, VolumeException? damage) =>
        FollowCopies(device, damage) ?? Scan(device, ReadAppleLabel(device), Notice(damage));

    /// <summary>Looks for copies only where the superblocks at the standard places, which are damaged, say that they
    /// lie.</summary>
    public static UfsSource? FollowCopies(IBlockDevice device, VolumeException? damage)
    {
        var apple = ReadAppleLabel(device);
        var notice = Notice(damage);
        foreach (var offset in UfsFormat.ProbeOffsets)
        {
            if (TryRead(device, offset, out var bytes) && UfsFormat.TryAccept(bytes, out var order))
            {
                var found = order == ByteOrder.LittleEndian
                    ? FollowCopies<LittleEndian>(device, bytes, order, apple, notice)
                    : FollowCopies<BigEndian>(device, bytes, order, apple, notice);
                if (found is not null)
                {
                    return found;
                }
            }
        }

        return null;
    }

    private static string Notice(VolumeException? damage) =>
        damage?.Message ?? "no superblock stands at any of the standard places";

    /// <summary>Looks where a damaged superblock says that its copies lie.</summary>
    private static UfsSource? FollowCopies<TOrder>(
        IBlockDevice device, byte[] damaged, ByteOrder order, string? apple, string notice)
        where TOrder : struct, IByteOrder
    {
        var view = new SuperblockView<TOrder>(damaged);
        long fragment = view.Fsize;
        long perGroup = view.Fpg;
        long at = view.Sblkno;
        var ufs1 = view.Magic == Fsmagic.UFS1;
        if (fragment is < UfsConstants.FragmentBytesMin or > UfsConstants.BlockBytesMax || perGroup <= 0 || at < 0)
        {
            return null;
        }

        for (uint group = 0; group < GroupsTriedMax; group++)
        {
            var step = ufs1 ? (Int128)view.OldCgoffset * (group & ~(uint)view.OldCgmask) : 0;
            var offset = (((Int128)perGroup * group) + at + step) * fragment;
            if (offset < 0 || offset > device.Length)
            {
                break;
            }

            if (TryRead(device, (long)offset, out var bytes) && UfsFormat.TryAccept(bytes, out var found)
                && found == order
                && Open(bytes, order, (long)offset, false, apple, notice, out _) is { } source)
            {
                return source;
            }
        }

        return null;
    }

    private static UfsSource? Scan(IBlockDevice device, string? apple, string notice)
    {
        var end = Math.Min(device.Length, ScanBytesMax);
        var buffer = new byte[ScanChunk + _size];
        for (var start = 0L; start + _size <= end; start += ScanChunk)
        {
            var count = (int)Math.Min(buffer.Length, end - start);
            device.Read(start, buffer.AsSpan(0, count));
            for (var at = 0; at + _size <= count && at < ScanChunk; at += ScanStep)
            {
                if (!UfsFormat.TryAccept(buffer.AsSpan(at, _size), out var order))
                {
                    continue;
                }

                var bytes = buffer.AsSpan(at, _size).ToArray();
                if (Open(bytes, order, start + at, false, apple, notice, out _) is { } source)
                {
                    return source;
                }
            }
        }

        return null;
    }

    private static UfsSource? Open(
        byte[] bytes, ByteOrder order, long offset, bool standard, string? apple, string? notice,
            out VolumeException? problem)
    {
        try
        {
            problem = null;
            var chunk = apple is null ? UfsConstants.DirectoryChunkBytes : UfsConstants.DirectoryChunkBytesApple;
            var geometry = order == ByteOrder.LittleEndian
                ? UfsSuperblock.Read<LittleEndian>(bytes, offset, standard, chunk)
                : UfsSuperblock.Read<BigEndian>(bytes, offset, standard, chunk);
            return new UfsSource(order, bytes, geometry, apple, notice);
        }
        catch (VolumeException error)
        {
            problem = error;
            return null;
        }
    }

    private static bool TryRead(IBlockDevice device, long offset, out byte[] bytes)
    {
        bytes = [];
        if (offset > device.Length - _size)
        {
            return false;
        }

        bytes = new byte[_size];
        device.Read(offset, bytes);
        return true;
    }

    private static void RequireFinished(byte[] bytes, long offset)
    {
        if ((uint)new SuperblockView<LittleEndian>(bytes).Magic == UfsConstants.MagicUnfinished
            || (uint)new SuperblockView<BigEndian>(bytes).Magic == UfsConstants.MagicUnfinished)
        {
            throw new VolumeException(
                VolumeError.Unsupported,
                "newfs did not finish making this volume; make it again",
                "superblock.magic",
                offset + SuperblockView<LittleEndian>.Offsets.Magic);
        }
    }

    private static string? ReadAppleLabel(IBlockDevice device)
    {
        Span<byte> bytes = stackalloc byte[AppleLabelView.Size];
        if (device.Length < UfsConstants.AppleLabelAt + bytes.Length)
        {
            return null;
        }

        device.Read(UfsConstants.AppleLabelAt, bytes);
        var label = new AppleLabelView(bytes);
        if (label.Magic != UfsConstants.AppleLabelMagic)
        {
            return null;
        }

        return Encoding.UTF8.GetString(label.Name[..Math.Min(label.Namelen, label.Name.Length)]);
    }
}
