namespace KernKit.Volumes;

/// <summary>What the listings on the way down to a directory hold: a chain of directories that share their blocks
/// costs a volume nothing, and whoever goes down it a listing for each.</summary>
/// <remarks>The largest is not counted: VolumeOptions.DirectoryBytesMax bounds it, and below a directory of a million
/// users there are a million honest ones.</remarks>
internal struct ListingBudget
{
    /// <summary>The most that all listings but the largest may hold.</summary>
    public const long BytesMax = 64L << 20;

    private long _total;
    private long _largest;

    public readonly bool IsSpent => _total - _largest > BytesMax;

    public void Add(long bytes)
    {
        _total += bytes;
        _largest = Math.Max(_largest, bytes);
    }

    /// <summary>Why a directory is not entered.</summary>
    public static VolumeException Error(ulong directory, long offset) => new(
        VolumeError.Unsupported,
        $"the directories above it have listings of more than {BytesMax >> 20} MiB: not entered",
        $"inode {directory}",
        offset);
}
