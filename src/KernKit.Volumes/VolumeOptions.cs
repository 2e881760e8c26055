namespace KernKit.Volumes;

/// <summary>Limits that a reader keeps against crafted volumes; the defaults suit volumes from strangers.</summary>
public sealed record VolumeOptions
{
    /// <summary>The default of <see cref="HoleBytesMax"/>: 4 GiB.</summary>
    public const long HoleBytesMaxDefault = 4L << 30;

    /// <summary>The default of <see cref="HoleRatioMax"/>.</summary>
    public const int HoleRatioMaxDefault = 1000;

    /// <summary>The default of <see cref="DirectoryBytesMax"/>: 256 MiB.</summary>
    public const long DirectoryBytesMaxDefault = 256L << 20;

    /// <summary>The limits for volumes from strangers.</summary>
    public static VolumeOptions Default { get; } = new();

    /// <summary>A file is refused if its holes take more bytes than this and it is also more than
    /// <see cref="HoleRatioMax"/> times as long as what it has allocated: a volume of 3 MiB must not keep a reader
    /// busy with petabytes of zeros.</summary>
    public long HoleBytesMax { get; init; } = HoleBytesMaxDefault;

    /// <summary>How many times as long as its allocated bytes a file with more holes than <see cref="HoleBytesMax"/>
    /// may be.</summary>
    public int HoleRatioMax { get; init; } = HoleRatioMaxDefault;

    /// <summary>The largest directory, in bytes on the volume.</summary>
    public long DirectoryBytesMax { get; init; } = DirectoryBytesMaxDefault;
}
