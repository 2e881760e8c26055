using System.Security.Cryptography;

namespace KernKit.Build;

/// <summary>What is known of one file: its stamp, the hash of its bytes, and when they were read.</summary>
/// <param name="Stamp">As taken just before the bytes were read.</param>
/// <param name="Hash">Upper-case SHA-256, or <see cref="Absent"/>.</param>
/// <param name="ReadAtNanoseconds">The clock just before <paramref name="Stamp"/> was taken.</param>
internal sealed record FileState(FileStamp Stamp, string Hash, long ReadAtNanoseconds)
{
    /// <summary>The hash of a file that does not exist.</summary>
    public const string Absent = "absent";

    // File systems stamp in steps: 4 ms (ext4), 1 s (older NFS), 2 s (FAT). A write in the same step as our read
    // leaves the same stamp, so a file touched this shortly before it was read is not believed but read again.
    private const long StampStepNanosecondsMax = 2_000_000_000;

    /// <summary>True if an equal stamp proves equal content (git calls the contrary "racily clean").</summary>
    public bool IsTrusted => !Stamp.Exists || Stamp.LatestNanoseconds < ReadAtNanoseconds - StampStepNanosecondsMax;

    /// <summary>The hash of some bytes, in the form of <see cref="Hash"/>.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
