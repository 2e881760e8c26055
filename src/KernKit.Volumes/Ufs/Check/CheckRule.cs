namespace KernKit.Volumes.Ufs.Check;

// Names are part of the command's contract: scripts match them. docs/commands/check-rules.md says what each one means.
internal static class CheckRule
{
    public const string DeviceSize = "device-size";
    public const string SuperblockGeometry = "superblock-geometry";
    public const string SuperblockRange = "superblock-range";
    public const string SuperblockOldFields = "superblock-old-fields";
    public const string SuperblockHash = "superblock-hash";
    public const string SuperblockAlternate = "superblock-alternate";
    public const string SuperblockTotals = "superblock-totals";

    public const string GroupMagic = "group-magic";
    public const string GroupHeader = "group-header";
    public const string GroupOffsets = "group-offsets";
    public const string GroupHash = "group-hash";
    public const string GroupCounts = "group-counts";
    public const string SummaryCounts = "summary-counts";
    public const string InodeBitmap = "inode-bitmap";
    public const string BlockBitmap = "block-bitmap";
    public const string FragmentSums = "fragment-sums";
    public const string ClusterBitmap = "cluster-bitmap";
    public const string ClusterSums = "cluster-sums";

    public const string InodeType = "inode-type";
    public const string InodeSize = "inode-size";
    public const string InodeHash = "inode-hash";
    public const string PartialInode = "partial-inode";
    public const string UnusedPointer = "unused-pointer";
    public const string TrailingHole = "trailing-hole";
    public const string BadBlock = "bad-block";
    public const string MetadataBlock = "metadata-block";
    public const string DuplicateBlock = "duplicate-block";
    public const string BlockCount = "block-count";
    public const string SymlinkTarget = "symlink-target";
    public const string ExtendedAttributes = "extended-attributes";
    public const string FollowingStopped = "following-stopped";

    public const string RootDirectory = "root-directory";
    public const string DirectorySize = "directory-size";
    public const string DirectoryHole = "directory-hole";
    public const string DirectoryEntry = "directory-entry";
    public const string DuplicateName = "duplicate-name";
    public const string DotEntry = "dot-entry";
    public const string DotDotEntry = "dotdot-entry";
    public const string EntryInode = "entry-inode";
    public const string EntryType = "entry-type";
    public const string WhiteoutEntry = "whiteout-entry";
    public const string DirectoryHardLink = "directory-hard-link";
    public const string DirectoryUnreachable = "directory-unreachable";
    public const string DirectoryCycle = "directory-cycle";
    public const string UnreferencedInode = "unreferenced-inode";
    public const string LinkCount = "link-count";
}
