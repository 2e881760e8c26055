namespace KernKit.Volumes.Ufs.Check;

/// <summary>Finds the entries of a directory that have the name of another one. Keeps the names of one directory, and
/// no more of them than <paramref name="bytesMax"/> bytes of memory hold.</summary>
internal sealed class EqualNames(long bytesMax)
{
    /// <summary>A table larger than this is not kept for the next directory.</summary>
    private const long BytesKept = 1 << 20;

    private DirectoryListing _names = new();
    private bool _isFull;
    private long _first;
    private long _count;

    /// <summary>What could not be compared, or null.</summary>
    public string? Note => _count == 0
        ? null
        : $"equal names: directories with more names than are kept: {_count}; the first is inode {_first}";

    public void Begin()
    {
        _isFull = false;
        if (_names.MemoryBytes > BytesKept)
        {
            _names = new DirectoryListing();
        }

        _names.Clear();
    }

    public void Add(long directory, ReadOnlySpan<byte> name, long offset)
    {
        if (_isFull)
        {
            return;
        }

        _names.Add(name, 0, NodeType.Unknown, offset);
        if (_names.MemoryBytes > bytesMax)
        {
            _isFull = true;
            _names = new DirectoryListing();
            _first = _count++ == 0 ? directory : _first;
        }
    }

    /// <summary>Takes each entry whose name an entry before it has, with the offsets of both.</summary>
    public void Report(Repetition report)
    {
        _names.Sort();
        for (var i = 1; i < _names.Count; i++)
        {
            if (_names.IsRepeated(i))
            {
                report(_names.Name(i), _names.Offset(i), _names.Offset(i - 1));
            }
        }
    }

    public delegate void Repetition(ReadOnlySpan<byte> name, long offset, long other);
}
