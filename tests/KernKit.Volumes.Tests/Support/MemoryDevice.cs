namespace KernKit.Volumes.Tests;

/// <summary>A device in memory that counts what is asked of it.</summary>
public sealed class MemoryDevice(byte[] bytes, string name = "memory") : IBlockDevice
{
    private long _readCount;
    private long _readBytes;

    public byte[] Bytes { get; } = bytes;

    public string Name { get; } = name;

    public long Length => Bytes.Length;

    public long ReadCount => Interlocked.Read(ref _readCount);

    public long ReadBytes => Interlocked.Read(ref _readBytes);

    public bool IsDisposed { get; private set; }

    /// <summary>Reads beyond this many bytes fail, so that a hang shows as an error; 0 for no bound.</summary>
    public long ReadBytesMax { get; set; }

    public void Read(long offset, Span<byte> buffer)
    {
        Interlocked.Increment(ref _readCount);
        var total = Interlocked.Add(ref _readBytes, buffer.Length);
        if (ReadBytesMax > 0 && total > ReadBytesMax)
        {
            throw new InvalidOperationException($"more than {ReadBytesMax} bytes were read");
        }

        if (offset < 0 || offset > Bytes.Length - buffer.Length)
        {
            throw new VolumeException(VolumeError.Damaged, "beyond the end of the device", "device", offset);
        }

        Bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
    }

    public void Dispose() => IsDisposed = true;
}
