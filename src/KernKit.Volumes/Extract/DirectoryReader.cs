using System.Runtime.InteropServices;
using KernKit.Volumes.Layouts.Kernel;

namespace KernKit.Volumes.Extract;

/// <summary>
/// Reads the names of a directory of the target as bytes, which the framework's enumeration would turn into text.
/// </summary>
/// <remarks>The struct dirent of both Linux C libraries on 64-bit machines is the kernel's dirent64.</remarks>
internal static partial class DirectoryReader
{
    /// <summary>An entry of the target.</summary>
    /// <param name="Name">One component with its NUL.</param>
    /// <param name="MayBeDirectory">True for a directory, and where the file system does not say.</param>
    public readonly record struct TargetEntry(byte[] Name, bool MayBeDirectory);

    /// <summary>Lists a directory without "." and "..".</summary>
    /// <param name="descriptor">An open directory; it stays open.</param>
    /// <exception cref="TargetException">The system refuses.</exception>
    public static List<TargetEntry> List(int descriptor)
    {
        var entries = new List<TargetEntry>();
        var own = Posix.OpenDirectory(descriptor, ".\0"u8);
        var stream = OpenStream(own);
        if (stream == 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            Posix.Close(own);
            throw Refused(errno);
        }

        try
        {
            while (true)
            {
                var entry = ReadStream(stream);
                if (entry == 0)
                {
                    // The end and a failure look the same but for errno, which is 0 before each call.
                    return Marshal.GetLastPInvokeError() is var errno and not 0 ? throw Refused(errno) : entries;
                }

                unsafe
                {
                    // SAFETY: readdir(3) returns a record with a fixed part and a name that ends in NUL; it stays valid
                    // until the next call on this stream, which only this thread has. The span ends before that NUL.
                    var record = (byte*)entry;
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(record + Dirent64View.Offsets.Name);
                    var type = (Dtype)record[Dirent64View.Offsets.Type];
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        entries.Add(new TargetEntry([.. name, 0], type is Dtype.DT_DIR or Dtype.DT_UNKNOWN));
                    }
                }
            }
        }
        finally
        {
            _ = CloseStream(stream);
        }
    }

    private static TargetException Refused(int errno) => new(new VolumeException(
        VolumeError.System, $"cannot list a directory of the target: {Posix.MessageOf(errno)}"));

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadStream(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir", SetLastError = true)]
    private static partial int CloseStream(nint stream);
}
