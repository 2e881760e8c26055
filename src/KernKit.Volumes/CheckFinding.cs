namespace KernKit.Volumes;

/// <summary>One contradiction that a check found.</summary>
/// <param name="Rule">A stable kebab-case name of the violated rule, such as <c>link-count</c> or
/// <c>block-bitmap</c>.</param>
/// <param name="Structure">The structure and field, such as <c>inode 12.nlink</c>.</param>
/// <param name="Offset">The byte offset on the device, or -1.</param>
/// <param name="Message">What is there, and what should be there.</param>
public readonly record struct CheckFinding(string Rule, string Structure, long Offset, string Message);

/// <summary>What a check counted.</summary>
/// <param name="Counts">Pairs such as <c>("inodes", 453)</c>, in a fixed order.</param>
/// <param name="FindingCount">All findings. Of one rule the first 1,000 are reported; the rest are counted, and
/// <paramref name="Unchecked"/> says so.</param>
/// <param name="Unchecked">What could not be verified, and why (an unknown check code is never "good").</param>
public sealed record CheckSummary(
    IReadOnlyList<(string Name, long Count)> Counts, long FindingCount, IReadOnlyList<string> Unchecked);
