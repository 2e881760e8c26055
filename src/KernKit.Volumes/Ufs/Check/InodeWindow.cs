namespace KernKit.Volumes.Ufs.Check;

/// <summary>What a check knows of one inode while it reads directories.</summary>
[Flags]
internal enum InodeState : byte
{
    /// <summary>The low four bits: the type of the mode.</summary>
    TypeMask = 0x0f,

    /// <summary>More names than the link count were found.</summary>
    Excess = 0x10,

    /// <summary>A directory whose number of the parent is known from a name in that parent.</summary>
    HasParent = 0x20,

    /// <summary>A directory whose ".." was read; before <see cref="HasParent"/> its link is that.</summary>
    HasDotDot = 0x40,

    /// <summary>The same bit of all that is no directory: its link count is 0.</summary>
    NoLinks = HasDotDot,

    /// <summary>The mode is not zero; the type may still be one that no inode can have.</summary>
    Allocated = 0x80,
}

// Names refer to inodes in any order, so what names tell is kept for all inodes at once, or for as many as the limits
// allow:
//
//     state   byte    one an inode: type, allocated, what was found
//     missing ushort  one an inode: link count less the names found so far
//     numbers uint    one a directory, ascending, since inodes are scanned in order
//     links   uint    one a directory: its parent, or its ".." until a name of it is found
//
// That is 3 bytes an inode and 8 a directory. A volume with more of either is done in several windows: each takes
// another scan of all directories, of which only the entries that name an inode of the window count.

/// <summary>The inodes whose names one pass counts.</summary>
internal sealed class InodeWindow
{
    private readonly int _directoriesMax;
    private readonly byte[] _state;
    private readonly ushort[] _missing;
    private uint[] _numbers = new uint[256];
    private uint[] _links = new uint[256];
    private int _count;

    public InodeWindow(CheckGeometry geometry, CheckLimits limits)
    {
        Inodes = geometry.InodesOnDevice;
        _directoriesMax = limits.DirectoriesPerWindow;
        var length = (int)Math.Min(Inodes, limits.InodesPerWindow);
        _state = new byte[length];
        _missing = new ushort[length];
    }

    /// <summary>The first inode of the window.</summary>
    public long Start { get; private set; }

    /// <summary>The inode behind the last one; known when the scan has passed it.</summary>
    public long End { get; private set; }

    /// <summary>All inodes that windows will cover.</summary>
    public long Inodes { get; }

    public bool HasMore => End < Inodes;

    /// <summary>True if one window holds all inodes, so that paths can be followed to the root.</summary>
    public bool IsWhole => Start == 0 && End == Inodes;

    public int Directories => _count;

    public bool Contains(long inode) => inode >= Start && inode < End;

    /// <summary>Begins the window that follows; empty if there is none.</summary>
    public void Advance()
    {
        Start = End;
        End = Math.Min(Inodes, Start + _state.Length);
        _count = 0;
        _state.AsSpan().Clear();
        _missing.AsSpan().Clear();
    }

    /// <summary>Keeps an allocated inode of the window. One directory too many ends the window before it.</summary>
    public void Note(in InodeFacts inode)
    {
        if (!Contains(inode.Number))
        {
            return;
        }

        if (inode.IsDirectory && !TryAddDirectory(inode.Number))
        {
            End = inode.Number;
            return;
        }

        var noLinks = inode.LinkCount == 0 && !inode.IsDirectory ? InodeState.NoLinks : 0;
        _state[inode.Number - Start] = (byte)(InodeState.Allocated | (InodeState)inode.Type | noLinks);
        _missing[inode.Number - Start] = (ushort)inode.LinkCount;
    }

    public InodeState State(long inode) => (InodeState)_state[inode - Start];

    public int Type(long inode) => (int)(State(inode) & InodeState.TypeMask);

    public void Set(long inode, InodeState state) => _state[inode - Start] |= (byte)state;

    /// <summary>Counts one name of an inode.</summary>
    public void CountName(long inode)
    {
        ref var missing = ref _missing[inode - Start];
        if (missing == 0)
        {
            Set(inode, InodeState.Excess);
        }

        missing--;
    }

    /// <summary>Link count less names found, modulo 65536.</summary>
    public int Missing(long inode) => _missing[inode - Start];

    /// <summary>The number of directory <paramref name="index"/>, in the order of numbers.</summary>
    public long DirectoryNumber(int index) => _numbers[index];

    /// <summary>The index of a directory; its inode must be one that <see cref="Note"/> kept.</summary>
    public int IndexOf(long inode) => Array.BinarySearch(_numbers, 0, _count, (uint)inode);

    public ref uint Link(int index) => ref _links[index];

    private bool TryAddDirectory(long inode)
    {
        if (_count == _directoriesMax)
        {
            return false;
        }

        if (_count == _numbers.Length)
        {
            var length = Math.Min(_directoriesMax, _count * 2);
            Array.Resize(ref _numbers, length);
            Array.Resize(ref _links, length);
        }

        _links[_count] = 0;
        _numbers[_count++] = (uint)inode;
        return true;
    }
}
