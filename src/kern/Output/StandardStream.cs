using System.Runtime.InteropServices;
using KernKit.Volumes;

namespace KernKit.Command.Output;

/// <summary>The reader of standard output has gone away: stop quietly, as a program killed by SIGPIPE would.</summary>
internal sealed class BrokenPipeException : IOException;

/// <summary>Writes to an inherited descriptor with write(2).</summary>
/// <remarks>
/// Neither FileStream nor Console fits: the first writes at positions of its own, so that a later writer of the same
/// redirected file overwrites it; the second swallows EPIPE, so that <c>kern ls | head</c> would walk to the end for
/// nobody.
/// </remarks>
internal sealed partial class StandardStream(int descriptor) : Stream
{
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Epipe = 32;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>True if a descriptor is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => IsATty(descriptor) == 1;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = WriteDescriptor(descriptor, buffer, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            var errno = Marshal.GetLastPInvokeError();
            switch (errno)
            {
                case Eintr:
                    break;
                case Eagain:
                    // Somebody made the descriptor non-blocking; waiting a little is all that a writer can do about it.
                    Thread.Sleep(1);
                    break;
                case Epipe:
                    throw new BrokenPipeException();
                default:
                    throw new VolumeException(
                        VolumeError.System, $"cannot write the output: {Marshal.GetPInvokeErrorMessage(errno)}");
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    // Errno: EAGAIN, EBADF, EINTR, EIO, ENOSPC, EPIPE and others; the span is pinned for the call only.
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(int descriptor, ReadOnlySpan<byte> buffer, nint count);

    // 1 for a terminal, else 0; the errno (ENOTTY, EBADF) says nothing more.
    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATty(int descriptor);
}
