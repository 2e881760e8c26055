namespace KernKit.Volumes.Ufs.Check;

/// <summary>How much a check holds and does. Tests make the windows small, so that small images take several
/// passes.</summary>
internal sealed record CheckLimits
{
    /// <summary>The limits of the command: about 30 MB of windows, whatever the size of the volume.</summary>
    public static readonly CheckLimits Standard = new();

    /// <summary>Fragments that one pass marks, one bit each: 2^27 are 16 MiB, and cover 512 GiB of 4 KiB
    /// fragments.</summary>
    public long FragmentsPerWindow { get; init; } = 1L << 27;

    /// <summary>Inodes that one pass keeps, three bytes each (state, and a 16-bit count of missing
    /// references).</summary>
    public int InodesPerWindow { get; init; } = 1 << 22;

    /// <summary>Directories that one pass keeps, eight bytes each (number, parent).</summary>
    public int DirectoriesPerWindow { get; init; } = 1 << 20;

    /// <summary>Memory for the names of one directory, in which equal ones are searched: about a million names. In a
    /// larger directory they are not, and the summary says so.</summary>
    public long NameBytesPerDirectory { get; init; } = 64L << 20;

    /// <summary>Findings of one rule that are reported one by one; the rest are counted.</summary>
    public int FindingsPerRule { get; init; } = 1000;

    /// <summary>Bad or duplicate runs in one inode after which the rest of it is not followed (fsck_ffs: MAXBAD,
    /// MAXDUP).</summary>
    public int BadRunsPerInode { get; init; } = 10;

    /// <summary>Runs of duplicate fragments whose first owner is searched; more are reported without it.</summary>
    public int DuplicateRuns { get; init; } = 4096;
}
