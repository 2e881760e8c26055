using KernKit.Layout;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs;

// A directory is read block by block in the cache's own memory. Each chunk (512 bytes, 1024 on Apple's volumes)
// stands alone: no entry crosses its end, so damage in one chunk costs the entries behind it in that chunk and no
// more. The first damage is thrown when all that can be read has been listed.
//
// "." and ".." are the first two entries of the first chunk and are not listed. Elsewhere these names are damage like
// any that no path can say: what they name would be missing without a word.

/// <content>Directories.</content>
internal sealed partial class UfsVolume<TOrder>
{
    private static readonly NodeType[] _entryTypes = MakeEntryTypes();

    public override void ReadDirectory(in NodeAttributes directory, DirectoryListing listing)
    {
        ArgumentNullException.ThrowIfNull(listing);
        if (directory.Type != NodeType.Directory)
        {
            throw new VolumeException(VolumeError.Damaged, "is not a directory", $"inode {directory.Id}.mode",
                directory.Offset);
        }

        var map = Map(directory);
        var sizeMax = Math.Min(PresentBytes, _options.DirectoryBytesMax);
        if (map.Size > sizeMax)
        {
            throw new VolumeException(
                VolumeError.Damaged,
                $"a directory of {map.Size} bytes is over the limit of {sizeMax}",
                $"inode {directory.Id}.size",
                directory.Offset + SizeOffset);
        }

        VolumeException? first = null;
        for (var offset = 0L; map.TryGetExtent(offset, out var extent); offset = extent.FileOffset + extent.Length)
        {
            if (extent.Kind != ExtentKind.Data)
            {
                first ??= new VolumeException(
                    VolumeError.Damaged,
                    $"the directory has a hole of {extent.Length} bytes at {extent.FileOffset}",
                    $"inode {directory.Id}.db",
                    directory.Offset + PointerOffset(0));
                continue;
            }

            for (var done = 0L; done < extent.Length; done += Geometry.BlockBytes)
            {
                var count = (int)Math.Min(Geometry.BlockBytes, extent.Length - done);
                var problem = ReadBlock(
                    directory.Id, extent.DeviceOffset + done, count, extent.FileOffset + done == 0, listing);
                first ??= problem;
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    private static NodeType[] MakeEntryTypes()
    {
        var types = new NodeType[256];
        for (var type = Iftype.NONE; type <= Iftype.WHT; type++)
        {
            types[(int)type] = TypeOf(type);
        }

        return types;
    }

    private VolumeException? ReadBlock(ulong directory, long at, int count, bool isFirst, DirectoryListing listing)
    {
        VolumeException? first = null;
        using var lease = Cache.Borrow(at, count);
        for (var chunkAt = 0; chunkAt < count; chunkAt += Geometry.DirectoryChunkBytes)
        {
            var length = Math.Min(Geometry.DirectoryChunkBytes, count - chunkAt);
            var chunk = lease.Bytes.Slice(chunkAt, length);
            var problem = ReadChunk(directory, at + chunkAt, chunk, isFirst && chunkAt == 0, listing);
            first ??= problem;
        }

        return first;
    }

    private VolumeException? ReadChunk(
        ulong directory, long at, ReadOnlySpan<byte> chunk, bool isFirst, DirectoryListing listing)
    {
        var entries = new DirblockView<TOrder>(chunk, (uint)chunk.Length, Geometry.OldFormat).Entries.GetEnumerator();
        var inodes = Geometry.InodeCount;
        var types = _entryTypes;
        VolumeException? first = null;
        LayoutIssue issue;
        while (entries.TryMoveNext(out var entry, out issue))
        {
            var entryAt = at + entries.Offset;
            var id = entry.Ino;
            if (id == 0)
            {
                continue;
            }

            var name = entry.Name;
            if (IsDots(name))
            {
                if (!isFirst || !IsInPlace(name.Length, entries.Offset, chunk))
                {
                    first ??= BadEntry(directory, entryAt, id, name);
                }

                continue;
            }

            if (id >= inodes || name.IsEmpty || name.IndexOfAny((byte)0, (byte)'/') >= 0)
            {
                first ??= BadEntry(directory, entryAt, id, name);
                continue;
            }

            listing.Add(name, id, types[entry.Type], entryAt);
        }

        return issue.IsNone ? first : first ?? BadRecord(directory, at, issue);
    }

    private static bool IsDots(ReadOnlySpan<byte> name) =>
        name.Length <= 2 && name.Length > 0 && name[0] == (byte)'.' && name[^1] == (byte)'.';

    /// <summary>True for "." as the first entry of a directory's first chunk, and for ".." as the second.</summary>
    private bool IsInPlace(int nameLength, long offset, ReadOnlySpan<byte> chunk) => nameLength == 1
        ? offset == 0
        : DirentView<TOrder>.TryOpen(chunk, Geometry.OldFormat, out var dot) && offset == dot.Reclen;

    private VolumeException BadEntry(ulong directory, long at, ulong id, ReadOnlySpan<byte> name)
    {
        var structure = $"directory {directory}.dirent";
        if (id >= Geometry.InodeCount)
        {
            return new VolumeException(
                VolumeError.Damaged, $"the entry names inode {id}, the volume has {Geometry.InodeCount}",
                    structure + ".ino", at);
        }

        if (IsDots(name))
        {
            return new VolumeException(
                VolumeError.Damaged,
                $"the name of the entry is '{ShownPath.Of(name)}', which is for the first two of a directory",
                structure + ".name", at);
        }

        return name.IsEmpty
            ? new VolumeException(VolumeError.Damaged, "the entry has no name", structure + ".namlen", at)
            : new VolumeException(VolumeError.Damaged, "the name of the entry holds NUL or '/'", structure + ".name",
                at);
    }

    private static VolumeException BadRecord(ulong directory, long at, in LayoutIssue issue) => new(
        VolumeError.Damaged, $"{issue.Actual}, {issue.Rule}", $"directory {directory}.{issue.Path}", at + issue.Offset);
}
