namespace KernKit.Volumes.Check.Tests;

/// <summary>A device in memory that counts what is read from it.</summary>
internal sealed class MemoryDevice(byte[] bytes) : IBlockDevice
{
    public long BytesRead { get; private set; }

    public string Name => "memory";

    public long Length => bytes.Length;

    public void Read(long offset, Span<byte> buffer)
    {
        BytesRead += buffer.Length;
        bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
    }

    public void Dispose()
    {
    }
}
