namespace KernKit.Volumes.Extract;

/// <summary>Gathers headers and small files into large writes; large pieces pass through. Lengths count from where the
/// archive's stream stood.</summary>
internal sealed class ArchiveBuffer(Stream archive) : Stream
{
    private readonly byte[] _buffer = new byte[1 << 18];
    private readonly long _origin = archive.CanSeek ? archive.Position : 0;
    private int _used;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => archive.CanSeek;

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

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _buffer.Length - _used)
        {
            Flush();
            if (buffer.Length >= _buffer.Length)
            {
                Pass(buffer);
                return;
            }
        }

        buffer.CopyTo(_buffer.AsSpan(_used));
        _used += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void SetLength(long value)
    {
        Flush();
        archive.SetLength(_origin + value);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        var used = _used;
        _used = 0;
        Pass(_buffer.AsSpan(0, used));
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        try
        {
            archive.Write(bytes);
        }
        catch (VolumeException refused)
        {
            // Not the entry is at fault but the archive as a whole.
            throw new TargetException(refused);
        }
    }
}
