using System.Runtime.InteropServices;
using System.Text;

namespace KernKit.Build;

/// <summary>
/// What the file system says about a file without reading it. Compared for equality, never for order: a checkout or
/// an unpacked archive moves times backwards.
/// </summary>
/// <param name="SizeBytes">Length, or -1 if there is no such regular file.</param>
/// <param name="ModifiedNanoseconds">Modification time since 1970.</param>
/// <param name="ChangedNanoseconds">Time of the last change of the inode; 0 where the system does not tell.</param>
/// <param name="Inode">Inode number; 0 where the system does not tell.</param>
internal readonly partial record struct FileStamp(
    long SizeBytes, long ModifiedNanoseconds, long ChangedNanoseconds, long Inode)
{
    private const int AtCurrentDirectory = -100;
    private const uint BasicStats = 0x7ff;
    private const int FileTypeMask = 0xf000;
    private const int RegularFileType = 0x8000;
    private const int DirectoryType = 0x4000;
    private const int PipeType = 0x1000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The stamp of what is no regular file: reading a pipe would wait, a device might never end.</summary>
    public static FileStamp Missing => new(-1, 0, 0, 0);

    /// <summary>Nanoseconds since 1970, in the clock that stamps files.</summary>
    public static long NowNanoseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>False if there is no such file.</summary>
    public bool Exists => SizeBytes >= 0;

    /// <summary>The later of the two times.</summary>
    public long LatestNanoseconds => Math.Max(ModifiedNanoseconds, ChangedNanoseconds);

    /// <summary>Asks the file system; follows symbolic links.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The stamp, <see cref="Missing"/> if nothing readable is there.</returns>
    public static FileStamp Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return From(Statx(AtCurrentDirectory, path, 0, BasicStats, out var stat), stat, RegularFileType);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library without statx: what .NET tells is enough, only less sharp.
            }
        }

        var file = new FileInfo(path);
        return file.Exists
            ? new FileStamp(file.Length, (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, 0, 0)
            : Missing;
    }

    /// <summary>The stamp of a directory: it changes when an entry comes or goes.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The stamp, of size 0; <see cref="Missing"/> if there is no such directory.</returns>
    public static FileStamp OfDirectory(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return From(Statx(AtCurrentDirectory, path, 0, BasicStats, out var stat), stat, DirectoryType);
            }
            catch (EntryPointNotFoundException)
            {
                // As for files.
            }
        }

        var directory = new DirectoryInfo(path);
        return directory.Exists
            ? new FileStamp(0, (directory.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, 0, 0)
            : Missing;
    }

    /// <summary>The stamp of a file or a directory whose name is bytes already, as in a snapshot.</summary>
    /// <param name="path">UTF-8, absolute, and a NUL.</param>
    /// <param name="isDirectory">Which of the two is meant.</param>
    /// <returns>As of the others.</returns>
    public static FileStamp Of(ReadOnlySpan<byte> path, bool isDirectory)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return From(StatxUtf8(AtCurrentDirectory, in path[0], 0, BasicStats, out var stat), stat,
                    isDirectory ? DirectoryType : RegularFileType);
            }
            catch (EntryPointNotFoundException)
            {
                // As for files.
            }
        }

        var text = Encoding.UTF8.GetString(path[..^1]);
        return isDirectory ? OfDirectory(text) : Of(text);
    }

    private static FileStamp From(int result, in StatxBuffer stat, int type) =>
        result != 0 || (stat.Mode & FileTypeMask) != type
            ? Missing
            : new FileStamp(type == DirectoryType ? 0 : (long)stat.Size, stat.Modified.Total, stat.Changed.Total,
                (long)stat.Inode);

    /// <summary>True if a path leads to a pipe, with or without a name. Linux.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>False for everything else.</returns>
    public static bool IsPipe(string path) =>
        Statx(AtCurrentDirectory, path, 0, BasicStats, out var stat) == 0 && (stat.Mode & FileTypeMask) == PipeType;

    /// <summary>The stamp as numbers, for the way between two copies of this assembly.</summary>
    /// <returns>Four numbers in the order of the record's parameters.</returns>
    public long[] ToNumbers() => [SizeBytes, ModifiedNanoseconds, ChangedNanoseconds, Inode];

    /// <summary>The reverse of <see cref="ToNumbers"/>.</summary>
    /// <param name="numbers">Four numbers.</param>
    /// <returns>The stamp.</returns>
    public static FileStamp FromNumbers(long[] numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3]);

    // errno is not asked for: every failure means "not there for us".
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out StatxBuffer stat);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatxUtf8(int directory, in byte path, int flags, uint mask, out StatxBuffer stat);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct StatxTime
    {
        private readonly long _seconds;
        private readonly uint _nanoseconds;
        private readonly int _reserved;

        public long Total => (_seconds * NanosecondsPerSecond) + _nanoseconds;
    }

    // struct statx is the same on every architecture: linux/stat.h, statx(2). 256 bytes with its spare words.
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private readonly struct StatxBuffer
    {
        public readonly uint Mask;
        public readonly uint BlockSize;
        public readonly ulong Attributes;
        public readonly uint LinkCount;
        public readonly uint UserId;
        public readonly uint GroupId;
        public readonly ushort Mode;
        public readonly ushort Spare;
        public readonly ulong Inode;
        public readonly ulong Size;
        public readonly ulong Blocks;
        public readonly ulong AttributesMask;
        public readonly StatxTime Accessed;
        public readonly StatxTime Born;
        public readonly StatxTime Changed;
        public readonly StatxTime Modified;
    }
}
