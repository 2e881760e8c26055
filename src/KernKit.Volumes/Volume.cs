namespace KernKit.Volumes;

/// <summary>One fact about a volume, as <c>kern info</c> shows it.</summary>
/// <param name="Name">A snake_case name that scripts rely on, such as <c>block_size</c>.</param>
/// <param name="Value">A string, a long, a ulong, a bool, or an array of these.</param>
public readonly record struct VolumeFact(string Name, object Value);

/// <summary>An extended attribute of a node.</summary>
/// <param name="Namespace">The attribute's name space, such as <c>user</c> or <c>system</c>.</param>
/// <param name="Name">The name: raw bytes, as names of entries are.</param>
/// <param name="Value">The content.</param>
public readonly record struct ExtendedAttribute(string Namespace, byte[] Name, byte[] Value);

/// <summary>An opened, read-only file system. Every method may be called from several threads at once.</summary>
/// <remarks>All methods throw <see cref="VolumeException"/> for damage, and for what the system refuses.</remarks>
public abstract class Volume : IDisposable
{
    /// <summary>Opens the file system on a device; the volume owns the device from then on.</summary>
    /// <remarks>If no file system begins where the device does, the one partition that holds one is opened. If the
    /// first superblock is damaged or gone, a copy is used, and <see cref="Describe"/> says so.</remarks>
    /// <param name="device">The device; it stays the caller's if this fails.</param>
    /// <param name="options">Limits, or null for the defaults.</param>
    /// <exception cref="VolumeException">No supported file system is there, or several are, or its header is
    /// damaged.</exception>
    public static Volume Open(IBlockDevice device, VolumeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        return VolumeSearch.Open(device, options ?? VolumeOptions.Default);
    }

    /// <summary>Opens the file system in a partition; the volume owns the device from then on.</summary>
    /// <param name="device">The whole device; it stays the caller's if this fails.</param>
    /// <param name="number">The partition's number, see <see cref="PartitionTable"/>.</param>
    /// <param name="options">Limits, or null for the defaults.</param>
    /// <exception cref="VolumeException">There is no such partition, or no supported file system in it.</exception>
    public static Volume OpenPartition(IBlockDevice device, int number, VolumeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        return VolumeSearch.OpenPartition(device, number, options ?? VolumeOptions.Default);
    }

    /// <summary>The format of the file system that begins where a partition does, or null if there is none that is
    /// known here. Copies of a damaged superblock count as far as it names them; the partition may then be one that
    /// <see cref="OpenPartition"/> opens all the same, which searches.</summary>
    /// <param name="device">The whole device; it stays the caller's.</param>
    /// <param name="partition">One of its partitions.</param>
    /// <exception cref="VolumeException">The device could not be read.</exception>
    public static string? FormatIn(IBlockDevice device, in Partition partition)
    {
        ArgumentNullException.ThrowIfNull(device);
        return VolumeSearch.FormatIn(device, partition);
    }

    /// <summary>The format's name: <c>ufs1</c>, <c>ufs2</c>.</summary>
    public abstract string Format { get; }

    /// <summary>The device below.</summary>
    public abstract IBlockDevice Device { get; }

    /// <summary>The number of the root directory.</summary>
    public abstract ulong RootId { get; }

    /// <summary>Byte order, version, geometry, label and counts, in a fixed order.</summary>
    public abstract IReadOnlyList<VolumeFact> Describe();

    /// <summary>The format's own structure of a node, for predicates; null where there is none of constant
    /// size.</summary>
    internal virtual NodeRecord? Record => null;

    /// <summary>The attributes of a node.</summary>
    public abstract NodeAttributes GetAttributes(ulong id);

    /// <summary>Appends the entries of a directory, in the order of the volume, to
    /// <paramref name="listing"/>.</summary>
    public abstract void ReadDirectory(in NodeAttributes directory, DirectoryListing listing);

    /// <summary>The target of a symbolic link, as raw bytes.</summary>
    public abstract byte[] ReadLink(in NodeAttributes link);

    /// <summary>Opens the content of a regular file (or of a directory, as the raw bytes of its entries).</summary>
    public abstract FileContent OpenContent(in NodeAttributes file);

    /// <summary>The extended attributes of a node; empty where the format or the node has none.</summary>
    public abstract IReadOnlyList<ExtendedAttribute> GetExtendedAttributes(in NodeAttributes node);

    /// <summary>Verifies everything that the format lets one verify, and writes nothing.</summary>
    /// <param name="report">Takes each finding as it is made.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <returns>What was counted.</returns>
    public abstract CheckSummary Check(Action<CheckFinding> report, CancellationToken cancellation = default);

    /// <summary>Finds a node by its path (bytes, "/"-separated, relative to the root; "" is the root; symbolic links
    /// are not followed).</summary>
    /// <exception cref="VolumeException">A component does not exist (<see cref="VolumeError.NotFound"/>), or is not
    /// among what could be listed of a damaged directory.</exception>
    public NodeAttributes Find(ReadOnlySpan<byte> path)
    {
        var node = GetAttributes(RootId);
        if (node.Type != NodeType.Directory)
        {
            throw new VolumeException(VolumeError.Damaged, "the root of the volume is no directory",
                $"inode {node.Id}.mode", node.Offset);
        }

        var listing = new DirectoryListing();
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (name.IsEmpty || name.SequenceEqual("."u8))
            {
                continue;
            }

            var index = -1;
            VolumeException? damage = null;
            if (node.Type == NodeType.Directory)
            {
                listing.Clear();
                try
                {
                    ReadDirectory(node, listing);
                }
                catch (VolumeException error) when (error.Error == VolumeError.Damaged)
                {
                    // What could be read is listed all the same.
                    damage = error;
                }

                index = listing.IndexOf(name);
            }

            if (index < 0)
            {
                throw damage ?? new VolumeException(
                    VolumeError.NotFound, $"'{ShownPath.Of(path)}' does not exist on this volume");
            }

            node = GetAttributes(listing.Id(index));
        }

        return node;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the device.</summary>
    protected virtual void Dispose(bool disposing) => Device.Dispose();
}
