using KernKit.Volumes.Layouts;
using KernKit.Volumes.Layouts.Ufs;

namespace KernKit.Volumes.Ufs.Check;

/// <summary>Goes through the inode tables in order, with one buffer.</summary>
internal sealed class InodeScan<TOrder>(CheckGeometry geometry, CheckDevice device)
    where TOrder : struct, IByteOrder
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _first;
    private int _next;
    private int _end;
    private int _bufferFirst;
    private int _bufferEnd;
    private int _current;

    /// <summary>The number of the inode that <see cref="MoveNext"/> came to.</summary>
    public long Number => _first + _current;

    public long Offset => geometry.InodeOffset(Number);

    public ReadOnlySpan<byte> Bytes =>
        _buffer.AsSpan((_current - _bufferFirst) * geometry.InodeBytes, geometry.InodeBytes);

    /// <summary>Begins with the inodes of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="count">How many of its inodes to visit, from the first one.</param>
    public void Start(int group, int count)
    {
        _first = (long)group * geometry.InodesPerGroup;
        _next = 0;
        _end = count;
        _bufferFirst = 0;
        _bufferEnd = 0;
    }

    /// <summary>Goes on to the next inode; false at the end of the group, and at the end of the device.</summary>
    public bool MoveNext()
    {
        if (_next >= _end || (_next >= _bufferEnd && !Fill()))
        {
            return false;
        }

        _current = _next++;
        return true;
    }

    public InodeFacts Decode() => InodeDecoder<TOrder>.Decode(geometry, Bytes, Number, Offset);

    /// <summary>Reads one inode, apart from the scan.</summary>
    public bool TryReadOne(long number, out InodeFacts inode)
    {
        Span<byte> bytes = stackalloc byte[Dinode2View<TOrder>.Size];
        bytes = bytes[..geometry.InodeBytes];
        var offset = geometry.InodeOffset(number);
        var isRead = device.TryRead(offset, bytes);
        inode = InodeDecoder<TOrder>.Decode(geometry, bytes, number, offset);
        return isRead;
    }

    private bool Fill()
    {
        var count = Math.Min(_end - _next, _buffer.Length / geometry.InodeBytes);
        var onDevice = (device.Length - geometry.InodeOffset(_first + _next)) / geometry.InodeBytes;
        count = (int)Math.Min(count, onDevice);
        if (count <= 0 || !device.TryRead(geometry.InodeOffset(_first + _next), _buffer.AsSpan(0,
            count * geometry.InodeBytes)))
        {
            _end = _next;
            return false;
        }

        _bufferFirst = _next;
        _bufferEnd = _next + count;
        return true;
    }
}
