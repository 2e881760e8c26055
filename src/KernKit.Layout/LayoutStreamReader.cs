using System.Buffers;

namespace KernKit.Layout;

/// <summary>Buffers a stream for records that are read whole or not at all.</summary>
/// <remarks>
/// The caller reads records from <see cref="Buffered"/> until one needs more, then fills; nothing is ever read twice
/// and no record is begun in the middle. The buffer never grows over its limit. One thread at a time.
/// </remarks>
public sealed class LayoutStreamReader
{
    private readonly Stream _stream;
    private readonly int _lengthMax;
    private byte[] _bytes;
    private int _start;
    private int _end;

    /// <summary>Reads from a stream, which stays the caller's to dispose.</summary>
    /// <param name="stream">Readable.</param>
    /// <param name="lengthMax">The longest record in bytes, 1 to 64 MB.</param>
    public LayoutStreamReader(Stream stream, int lengthMax = 1 << 20)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthMax, LayoutBuilder.LengthMax);
        _stream = stream;
        _lengthMax = lengthMax;
        _bytes = new byte[Math.Min(lengthMax, 4096)];
    }

    /// <summary>Bytes of the stream before the first buffered one.</summary>
    public long Position { get; private set; }

    /// <summary>What is read and not yet taken; valid until the next fill.</summary>
    public ReadOnlySequence<byte> Buffered => new(_bytes, _start, _end - _start);

    /// <summary>Takes off what a record has used: the buffer as the record's reader left it.</summary>
    /// <param name="left">What is left of <see cref="Buffered"/>.</param>
    public void AdvanceTo(in ReadOnlySequence<byte> left)
    {
        int taken = checked((int)(_end - _start - left.Length));
        ArgumentOutOfRangeException.ThrowIfNegative(taken, nameof(left));
        _start += taken;
        Position += taken;
    }

    /// <summary>Reads until at least so many more bytes are buffered.</summary>
    /// <param name="missing">Bytes that a record told it needs, 1 or more.</param>
    /// <returns>False if the stream ended before.</returns>
    /// <exception cref="LayoutException">The record is longer than the limit.</exception>
    public bool Fill(int missing)
    {
        int goal = Prepare(missing);
        while (_end < goal)
        {
            int read = _stream.Read(_bytes, _end, _bytes.Length - _end);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    /// <summary>Reads until at least so many more bytes are buffered.</summary>
    /// <param name="missing">Bytes that a record told it needs, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; what was read stays.</param>
    /// <returns>False if the stream ended before.</returns>
    /// <exception cref="LayoutException">The record is longer than the limit.</exception>
    public async ValueTask<bool> FillAsync(int missing, CancellationToken cancellationToken = default)
    {
        int goal = Prepare(missing);
        while (_end < goal)
        {
            int read = await _stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    private int Prepare(int missing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(missing, 1);
        int have = _end - _start;
        if (missing > _lengthMax - have)
        {
            throw new LayoutException(LayoutIssue.Bytes(
                Position, "stream", "", have, FormattableString.Invariant($"would become over {_lengthMax} bytes")));
        }

        if (have + missing > _bytes.Length - _start)
        {
            byte[] target = have + missing <= _bytes.Length
                ? _bytes
                : new byte[Math.Min(_lengthMax, Math.Max(have + missing, _bytes.Length * 2))];
            _bytes.AsSpan(_start, have).CopyTo(target);
            _bytes = target;
            _start = 0;
            _end = have;
        }

        return _end + missing;
    }
}
