using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KernKit.Volumes;

/// <summary>A regular file or a block device of the system, read with pread(2): no mapping, no position, no
/// buffer.</summary>
public sealed partial class FileDevice : IBlockDevice
{
    private const int SeekEnd = 2;

    private readonly SafeFileHandle _handle;

    private FileDevice(string path, SafeFileHandle handle, long length)
    {
        Name = path;
        _handle = handle;
        Length = length;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Opens a file or a block device for reading. Its length is taken now; a file that grows later is not
    /// followed.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="VolumeException">It does not exist, is neither file nor block device, is empty, or the
    /// system refused.</exception>
    public static FileDevice Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SystemPath.Require(path);
        RequireStorage(path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            if (length == 0)
            {
                // A block device has no size that stat(2) tells.
                length = SeekToEnd(handle);
            }

            if (length <= 0)
            {
                throw new VolumeException(VolumeError.Unsupported, $"{path}: is empty");
            }

            var device = new FileDevice(path, handle, length);
            handle = null;
            return device;
        }
        catch (FileNotFoundException error)
        {
            throw new VolumeException(VolumeError.System, $"{path}: does not exist", inner: error);
        }
        catch (DirectoryNotFoundException error)
        {
            throw new VolumeException(VolumeError.System, $"{path}: does not exist", inner: error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new VolumeException(VolumeError.System, $"{path}: permission denied", inner: error);
        }
        catch (Exception error) when (error is IOException or NotSupportedException or ArgumentException)
        {
            throw new VolumeException(VolumeError.System, $"{path}: cannot be opened: {error.Message}", inner: error);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        DeviceRange.Require(this, offset, buffer.Length);
        try
        {
            while (buffer.Length > 0)
            {
                var count = RandomAccess.Read(_handle, buffer, offset);
                if (count == 0)
                {
                    throw new VolumeException(VolumeError.System,
                        $"{Name}: ended early; was it cut while it was read?", offset: offset);
                }

                buffer = buffer[count..];
                offset += count;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VolumeException(VolumeError.System, $"{Name}: cannot be read: {error.Message}", offset: offset,
                inner: error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    // To open a pipe would wait for somebody who writes into it.
    private static void RequireStorage(string path)
    {
        var kind = FileStatus.Of(path)?.Type switch
        {
            FileStatus.Directory => "a directory",
            FileStatus.Fifo => "a pipe",
            FileStatus.CharacterDevice => "a character device",
            FileStatus.Socket => "a socket",
            _ => null,
        };
        if (kind is not null)
        {
            throw new VolumeException(
                VolumeError.System, $"{path}: is {kind}; give an image file or a block device");
        }
    }

    /// <summary>The end of a block device, from its position: nothing else uses the position of this handle.</summary>
    private static long SeekToEnd(SafeFileHandle handle)
    {
        var end = LSeek(handle, 0, SeekEnd);
        return end >= 0 ? end : throw new IOException($"it has no size (lseek: error {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>lseek(2): -1 and errno (EBADF, ESPIPE for a pipe or terminal) on failure. The handle outlives the
    /// call.</summary>
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long LSeek(SafeFileHandle handle, long offset, int whence);
}
