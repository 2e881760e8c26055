using System.Runtime.InteropServices;
using System.Text;
using KernKit.Volumes.Layouts.Kernel;

namespace KernKit.Volumes;

/// <summary>What statx(2) says of a file of this system.</summary>
/// <param name="User">The owner.</param>
/// <param name="Group">The owning group.</param>
/// <param name="Permissions">The lower 12 bits of the mode.</param>
/// <param name="Type">The upper 4 bits of the mode, some of which are the constants here.</param>
internal readonly partial record struct FileStatus(uint User, uint Group, int Permissions, int Type)
{
    public const int Fifo = 1;
    public const int CharacterDevice = 2;
    public const int Directory = 4;
    public const int Socket = 12;

    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint Asked =
        (uint)(StatxMask.STATX_UID | StatxMask.STATX_GID | StatxMask.STATX_MODE | StatxMask.STATX_TYPE);

    /// <summary>Of an open file; null if the system does not tell.</summary>
    public static FileStatus? Of(int file) => Of(file, "\0"u8, EmptyPath);

    /// <summary>Of what a path names, behind symbolic links; null if there is none.</summary>
    public static FileStatus? Of(string path) => Of(CurrentDirectory, Encoding.UTF8.GetBytes(path + "\0"), 0);

    private static FileStatus? Of(int directory, ReadOnlySpan<byte> name, int flags)
    {
        Span<byte> found = stackalloc byte[StatxView.Size];
        if (Statx(directory, name, flags, Asked, found) != 0)
        {
            return null;
        }

        var view = new StatxView(found);
        return new FileStatus(view.Uid, view.Gid, view.Mode & 0xFFF, view.Mode >> 12);
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, ReadOnlySpan<byte> name, int flags, uint mask, Span<byte> found);
}
