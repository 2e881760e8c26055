using System.Runtime.InteropServices;

namespace KernKit.Volumes.Extract;

// The calls that restore a tree, on descriptors of directories. Every name passed in is one component and ends in NUL
// (the callers see to it); a span is pinned for its call only, so the kernel never holds a pointer of ours. Each
// wrapper throws for the errno it cannot mean well with: TargetException where the target as a whole is at fault (full,
// read-only, not permitted), VolumeException where only this entry is.

/// <summary>The target refuses: nothing of the extraction can go on.</summary>
internal sealed class TargetException(VolumeException error) : Exception(error.Message, error)
{
    /// <summary>What is told to the caller.</summary>
    public VolumeException Error { get; } = error;
}

/// <summary>A point in time as the kernel takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Timespec(long Seconds, long Nanoseconds);

/// <summary>System calls on directory descriptors.</summary>
internal static partial class Posix
{
    public const int CurrentDirectory = -100;
    public const int Enoent = 2;
    public const int Eperm = 1;
    public const int Eexist = 17;
    public const int Enotempty = 39;

    private const int Eintr = 4;
    private const int Exdev = 18;
    private const int Enotdir = 20;
    private const int Einval = 22;
    private const int Efbig = 27;
    private const int Emlink = 31;
    private const int Enametoolong = 36;
    private const int Enosys = 38;
    private const int Eoverflow = 75;
    private const int Eilseq = 84;
    private const int Eopnotsupp = 95;
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int NoFollowAt = 0x100;
    private const int RemoveDirectoryAt = 0x200;
    private const uint NoReplace = 1;

    // The two architectures number these differently.
    private static readonly bool s_arm = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm64 or Architecture.Arm;
    private static readonly int s_directory = s_arm ? 0x4000 : 0x10000;
    private static readonly int s_noFollow = s_arm ? 0x8000 : 0x20000;

    /// <summary>The effective user.</summary>
    public static uint EffectiveUser { get; } = GetEffectiveUser();

    /// <summary>Opens a directory by one component, never through a symbolic link.</summary>
    public static int OpenDirectory(int directory, ReadOnlySpan<byte> name)
    {
        var flags = s_directory | s_noFollow | CloseOnExec;
        return Check(Retry(directory, name, flags, 0), "cannot open a directory of the target", name);
    }

    /// <summary>Opens the directory that a path of the user names; the user's own links are followed.</summary>
    /// <returns>A descriptor, or the negated errno.</returns>
    public static int TryOpenUserDirectory(ReadOnlySpan<byte> path)
    {
        var opened = Retry(CurrentDirectory, path, s_directory | CloseOnExec, 0);
        return opened >= 0 ? opened : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Creates a file that must not exist, for writing.</summary>
    public static int CreateFile(int directory, ReadOnlySpan<byte> name, int mode)
    {
        var flags = WriteOnly | Create | Exclusive | s_noFollow | CloseOnExec;
        return Check(Retry(directory, name, flags, mode), "cannot create a file", name);
    }

    /// <summary>Creates a directory.</summary>
    public static void MakeDirectory(int directory, ReadOnlySpan<byte> name, int mode) =>
        Check(MkdirAt(directory, name, mode), "cannot create a directory", name);

    /// <summary>Creates a symbolic link.</summary>
    public static void MakeSymbolicLink(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name) =>
        CheckFeature(SymlinkAt(target, directory, name), "cannot create a symbolic link", name);

    /// <summary>Creates a device, pipe or socket.</summary>
    /// <returns>False if this user may not.</returns>
    public static bool TryMakeNode(int directory, ReadOnlySpan<byte> name, uint mode, ulong device)
    {
        if (MknodAt(directory, name, mode, device) == 0)
        {
            return true;
        }

        // EINVAL: a device number that this kernel cannot hold.
        return Marshal.GetLastPInvokeError() is Eperm or Einval ? false
            : Fail<bool>("cannot create a special file", name);
    }

    /// <summary>Gives a file another name.</summary>
    public static void Link(
        int oldDirectory, ReadOnlySpan<byte> oldName, int newDirectory, ReadOnlySpan<byte> newName) =>
        CheckFeature(LinkAt(oldDirectory, oldName, newDirectory, newName, 0), "cannot create a hard link", newName);

    /// <summary>Moves an entry to another directory, where its name must be free.</summary>
    /// <returns>0, or the errno.</returns>
    public static int TryRename(
        int oldDirectory, ReadOnlySpan<byte> oldName, int newDirectory, ReadOnlySpan<byte> newName)
    {
        if (RenameAt2(oldDirectory, oldName, newDirectory, newName, NoReplace) == 0)
        {
            return 0;
        }

        var errno = Marshal.GetLastPInvokeError();
        if (errno is not (Enosys or Einval))
        {
            return errno;
        }

        // An old file system without the flag: look first. A rival in between would lose an entry of his, not we.
        if (Exists(newDirectory, newName))
        {
            return Eexist;
        }

        return RenameAt2(oldDirectory, oldName, newDirectory, newName, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>True if there is such an entry, whatever it is.</summary>
    public static bool Exists(int directory, ReadOnlySpan<byte> name) =>
        FaccessAt(directory, name, 0, NoFollowAt) == 0 || Marshal.GetLastPInvokeError() != Enoent;

    /// <summary>Removes an entry.</summary>
    /// <returns>0, or the errno.</returns>
    public static int TryRemove(int directory, ReadOnlySpan<byte> name, bool isDirectory) =>
        UnlinkAt(directory, name, isDirectory ? RemoveDirectoryAt : 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Writes all bytes at a position.</summary>
    public static void WriteAt(int file, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var written = PositionedWrite(file, bytes, bytes.Length, offset);
            if (written < 0)
            {
                if (Marshal.GetLastPInvokeError() == Eintr)
                {
                    continue;
                }

                Fail<int>("cannot write", default);
            }

            bytes = bytes[(int)written..];
            offset += written;
        }
    }

    /// <summary>Sets the length of a file.</summary>
    public static void SetLength(int file, long length) =>
        Check(FileTruncate(file, length), $"cannot set a length of {length} bytes", default);

    /// <summary>Sets the owner of an open file or directory.</summary>
    /// <returns>False if this user may not.</returns>
    public static bool TrySetOwner(int file, uint user, uint group) => FileChangeOwner(file, user, group) == 0;

    /// <summary>Sets the owner of an entry itself, a symbolic link too.</summary>
    /// <returns>False if this user may not.</returns>
    public static bool TrySetOwner(int directory, ReadOnlySpan<byte> name, uint user, uint group) =>
        ChangeOwnerAt(directory, name, user, group, NoFollowAt) == 0;

    /// <summary>Sets the mode of an open file or directory, which is this user's.</summary>
    /// <returns>False if the target's file system keeps no modes.</returns>
    public static bool TrySetMode(int file, int mode)
    {
        if (FileChangeMode(file, mode) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is Eperm or Eopnotsupp ? false : Fail<bool>("cannot set a mode", default);
    }

    /// <summary>Sets the mode of a special file that was just made here.</summary>
    public static void SetMode(int directory, ReadOnlySpan<byte> name, int mode) =>
        Check(ChangeModeAt(directory, name, mode, 0), "cannot set a mode", name);

    /// <summary>Sets the times of access and modification of an open file or directory.</summary>
    public static void SetTimes(int file, Timespec accessed, Timespec modified) =>
        Check(FileSetTimes(file, [accessed, modified]), "cannot set times", default);

    /// <summary>Sets the times of an entry itself, a symbolic link too.</summary>
    public static void SetTimes(int directory, ReadOnlySpan<byte> name, Timespec accessed, Timespec modified) =>
        Check(SetTimesAt(directory, name, [accessed, modified], NoFollowAt), "cannot set times", name);

    /// <summary>Sets an extended attribute of an open file.</summary>
    /// <returns>False if the target does not take it.</returns>
    public static bool TrySetAttribute(int file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        FileSetAttribute(file, name, value, value.Length, 0) == 0;

    /// <summary>Closes a descriptor.</summary>
    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>The message of an errno.</summary>
    public static string MessageOf(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    private static int Retry(int directory, ReadOnlySpan<byte> name, int flags, int mode)
    {
        int result;
        do
        {
            result = OpenAt(directory, name, flags, mode);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Eintr);
        return result;
    }

    /// <summary>File systems without links (FAT and its kind) answer with EPERM: the next entry may be of another
    /// kind.</summary>
    private static void CheckFeature(int result, string what, ReadOnlySpan<byte> name)
    {
        if (result < 0 && Marshal.GetLastPInvokeError() == Eperm)
        {
            throw new VolumeException(VolumeError.System, $"{what}: {MessageOf(Eperm)}; the target may have none");
        }

        Check(result, what, name);
    }

    private static int Check(int result, string what, ReadOnlySpan<byte> name) =>
        result >= 0 ? result : Fail<int>(what, name);

    private static T Fail<T>(string what, ReadOnlySpan<byte> name)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno == Eexist)
        {
            throw new VolumeException(
                VolumeError.Damaged, "the name is there already: a duplicate in its directory, left out");
        }

        var error = new VolumeException(VolumeError.System, $"{what}: {MessageOf(errno)}");
        throw IsAboutOneEntry(errno, !name.IsEmpty) ? error : new TargetException(error);
    }

    /// <summary>True for what is about one name, link, length or number of links that the target's file system does
    /// not take: the next entry may do.</summary>
    internal static bool IsAboutOneEntry(int errno, bool hasName) => errno is Efbig or Eoverflow
        || (hasName && errno is Enametoolong or Eilseq or Einval or Emlink or Eopnotsupp or Enotdir or Exdev);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int directory, ReadOnlySpan<byte> name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MkdirAt(int directory, ReadOnlySpan<byte> name, int mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int SymlinkAt(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    private static partial int MknodAt(int directory, ReadOnlySpan<byte> name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    private static partial int LinkAt(
        int oldDirectory, ReadOnlySpan<byte> oldName, int newDirectory, ReadOnlySpan<byte> newName, int flags);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    private static partial int RenameAt2(
        int oldDirectory, ReadOnlySpan<byte> oldName, int newDirectory, ReadOnlySpan<byte> newName, uint flags);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true)]
    private static partial int FaccessAt(int directory, ReadOnlySpan<byte> name, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(int directory, ReadOnlySpan<byte> name, int flags);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PositionedWrite(int file, ReadOnlySpan<byte> bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FileTruncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int FileChangeOwner(int file, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    private static partial int ChangeOwnerAt(int directory, ReadOnlySpan<byte> name, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FileChangeMode(int file, int mode);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    private static partial int ChangeModeAt(int directory, ReadOnlySpan<byte> name, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int FileSetTimes(int file, ReadOnlySpan<Timespec> times);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int SetTimesAt(
        int directory, ReadOnlySpan<byte> name, ReadOnlySpan<Timespec> times, int flags);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    private static partial int FileSetAttribute(
        int file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
