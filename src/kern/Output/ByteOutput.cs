using System.Buffers;
using System.Text;

namespace KernKit.Command.Output;

/// <summary>
/// Collects bytes for standard output and hands them on in large pieces; nothing is allocated per entry.
/// </summary>
/// <remarks>One thread at a time. What is buffered reaches the stream only through <see cref="Flush"/>.</remarks>
internal sealed class ByteOutput(Stream stream) : IBufferWriter<byte>
{
    private const int CapacityBytes = 1 << 16;
    private byte[] _buffer = new byte[CapacityBytes];
    private int _used;

    /// <summary>Appends bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            Flush();
            if (bytes.Length >= _buffer.Length)
            {
                stream.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void WriteByte(byte value)
    {
        if (_used == _buffer.Length)
        {
            Flush();
        }

        _buffer[_used++] = value;
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void WriteText(string text)
    {
        var span = GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(Encoding.UTF8.GetBytes(text, span));
    }

    /// <summary>Appends a decimal number.</summary>
    public void WriteNumber(long value)
    {
        value.TryFormat(GetSpan(20), out var written);
        Advance(written);
    }

    /// <summary>Appends a decimal number.</summary>
    public void WriteNumber(ulong value)
    {
        value.TryFormat(GetSpan(20), out var written);
        Advance(written);
    }

    /// <summary>Appends a decimal number of up to 128 bits.</summary>
    public void WriteNumber(Int128 value)
    {
        // The division of 128 bits is slow, and no sane time needs it.
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            WriteNumber((long)value);
            return;
        }

        value.TryFormat(GetSpan(40), out var written);
        Advance(written);
    }

    /// <summary>Appends a number right-aligned in a column.</summary>
    public void WriteColumn(long value, int width)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var written);
        WritePadding(width - written);
        Write(digits[..written]);
    }

    /// <summary>Appends spaces; none where <paramref name="count"/> is not positive.</summary>
    public void WritePadding(int count)
    {
        for (; count > 0; count--)
        {
            WriteByte((byte)' ');
        }
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (sizeHint > _buffer.Length - _used)
        {
            Flush();
            if (sizeHint > _buffer.Length)
            {
                _buffer = new byte[sizeHint];
            }
        }

        return _buffer.AsSpan(_used);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _buffer.AsMemory(_used);
    }

    /// <inheritdoc/>
    public void Advance(int count) => _used += count;

    /// <summary>Hands everything to the stream.</summary>
    public void Flush()
    {
        var used = _used;
        _used = 0;
        if (used > 0)
        {
            stream.Write(_buffer.AsSpan(0, used));
        }
    }
}
