using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>The header of one cylinder group with its maps, in a buffer that is filled again for each group.</summary>
internal sealed class CylinderGroup<TOrder>(CheckGeometry geometry, CheckDevice device)
    where TOrder : struct, IByteOrder
{
    private readonly byte[] _bytes = new byte[geometry.HeaderBytes];

    public int Number { get; private set; } = -1;

    /// <summary>The header's byte offset on the device.</summary>
    public long Offset => geometry.HeaderOffset(Number);

    /// <summary>The header is on the device, and is of the form that has maps at offsets.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>The magic number is right.</summary>
    public bool IsGroup { get; private set; }

    public bool HasInodeMap { get; private set; }

    public bool HasFragmentMap { get; private set; }

    public bool HasClusterMaps { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public int InodeMapBytes => (geometry.InodesPerGroup + 7) / 8;

    public int FragmentMapBytes => (geometry.FragmentsPerGroup + 7) / 8;

    public int ClusterMapBytes => ((geometry.FragmentsPerGroup / geometry.FragmentsPerBlock) + 7) / 8;

    public CylinderGroupView<TOrder> View => new(
        _bytes,
        (uint)geometry.InodesPerGroup,
        (uint)geometry.FragmentsPerGroup,
        (uint)(geometry.FragmentsPerGroup / geometry.FragmentsPerBlock),
        (uint)geometry.ClusterSizes);

    public string Name => $"cylinder_group {Number}";

    /// <summary>Inodes of the group that were ever written; the rest of the table is undefined (UFS2).</summary>
    public int InitialisedInodes => geometry.IsUfs2 && IsGroup
        ? (int)Math.Min(View.Initediblk, (uint)geometry.InodesPerGroup)
        : geometry.InodesPerGroup;

    /// <summary>Reads the header of a group, and finds out which of its maps can be used.</summary>
    public void Load(int group)
    {
        Number = group;
        IsPresent = device.TryRead(Offset, _bytes) && geometry.HasDynamicGroups;
        IsGroup = IsPresent && View.Magic == UfsConstants.CgMagic;
        HasInodeMap = IsGroup && View.TryGetInosused(out _);
        HasFragmentMap = IsGroup && View.TryGetBlksfree(out _);
        HasClusterMaps = IsGroup && geometry.ClusterSizes > 0
            && View.TryGetClustersfree(out _) && View.TryGetClustersum(out _);
    }

    /// <summary>Reports a field of the header that is not what it must be.</summary>
    public void Expect(CheckSink sink, string rule, string field, int at, long actual, long expected)
    {
        if (actual != expected)
        {
            sink.Add(rule, $"{Name}.{field}", Offset + at, $"is {actual}, must be {expected}");
        }
    }
}
