// Walks a tree in the order of whole paths, bytewise: "d", "d.x", "d/a". A plain walk of sorted directories gives
// "d", "d/a", "d.x", because '/' (0x2f) sorts after '.' (0x2e) and others. So a directory takes two places among its
// siblings: once as itself, under its name, and once as its content, under its name with '/' appended; names never
// hold '/', so these keys are unique and their order is the order of the paths below.
//
//     levels   [ root:  "b"  "d"  "d.x"  "d/" <- here   "e" ]
//              [ d:     "a" <- here  "z"                    ]      path = "d/a"
//
// The walk is an explicit stack (a crafted tree must not end the native one), one listing for each level.
// What a directory says of an entry's type may be wrong: where inodes are read they decide, and a directory that shows
// so late gets its second place late (Level.AddContent).
//
// A directory is entered once: a second visit is a cycle or a hard link to a directory, both damage. So is a second
// entry of the same name: it is left out with all below it.
namespace KernKit.Volumes;

/// <summary>A step of a walk that failed; the walk goes on with the next entry.</summary>
/// <param name="Path">The entry's path from the root of the volume.</param>
/// <param name="Error">What went wrong.</param>
public readonly record struct WalkProblem(byte[] Path, VolumeException Error);

/// <summary>Visits a directory tree in bytewise order of paths. Memory grows with depth and width, not with the size
/// of the tree.</summary>
public sealed class VolumeWalk
{
    /// <summary>The deepest directory that a walk enters, in levels below its start.</summary>
    public const int DepthMax = 4096;

    /// <summary>A listing larger than this is not kept for the next directory of its level.</summary>
    private const long LevelBytesKept = 1 << 20;

    private readonly Volume _volume;
    private readonly Action<WalkProblem> _problem;
    private readonly bool _recursive;
    private readonly bool _needAttributes;
    private readonly HashSet<ulong> _entered = [];
    private readonly List<Level> _levels = [];
    private readonly NodeAttributes _start;
    private byte[] _path;
    private int _pathLength;
    private int _depth = -2;
    private NodeAttributes _attributes;

    /// <summary>Prepares a walk.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="path">Where to start: its own entry comes first.</param>
    /// <param name="recursive">False for the start and, if it is a directory, its direct entries only.</param>
    /// <param name="needAttributes">False if <see cref="Attributes"/> may hold nothing but id and type, where the
    /// directory tells them.</param>
    /// <param name="problem">Takes each failure; the walk goes on behind it.</param>
    /// <exception cref="VolumeException">The start does not exist or cannot be read.</exception>
    public VolumeWalk(Volume volume, ReadOnlySpan<byte> path, bool recursive, bool needAttributes,
        Action<WalkProblem> problem)
    {
        ArgumentNullException.ThrowIfNull(volume);
        _volume = volume;
        _problem = problem;
        _recursive = recursive;
        _needAttributes = needAttributes;
        _start = volume.Find(path);
        _path = new byte[Math.Max(1024, path.Length + 512)];
        foreach (var range in path.Split((byte)'/'))
        {
            var name = path[range];
            if (!name.IsEmpty && !name.SequenceEqual("."u8))
            {
                Push(name);
            }
        }
    }

    /// <summary>The path of the current entry, from the root of the volume, without a leading '/'; valid until the
    /// next step.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathLength);

    /// <summary>The attributes of the current entry.</summary>
    public ref readonly NodeAttributes Attributes => ref _attributes;

    /// <summary>Levels below the start: 0 for the start itself.</summary>
    public int Depth => _depth + 1;

    /// <summary>Goes to the next entry.</summary>
    /// <returns>False when the walk is over.</returns>
    public bool MoveNext()
    {
        if (_depth == -2)
        {
            _depth = -1;
            _attributes = _start;
            return true;
        }

        if (_depth == -1)
        {
            if (_levels.Count > 0 || _start.Type != NodeType.Directory || !Enter(_start))
            {
                return false;
            }
        }

        while (_depth >= 0)
        {
            var level = _levels[_depth];
            _pathLength = level.PathLength;
            if (!level.TryTake(out var key))
            {
                Leave(level);
                continue;
            }

            Push(level.Listing.Name(key >> 1));
            if ((key & 1) != 0)
            {
                VisitContent(level.Listing, key >> 1);
            }
            else if (TryVisit(level, key >> 1))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Visits an entry itself; false if it failed.</summary>
    private bool TryVisit(Level level, int index)
    {
        var listing = level.Listing;
        try
        {
            listing.RequireUnique(index);
            if (!ReadsInode(listing, index))
            {
                _attributes = new NodeAttributes
                {
                    Id = listing.Id(index),
                    Type = listing.Type(index),
                    Offset = listing.Offset(index)
                };
                return true;
            }

            _attributes = _volume.GetAttributes(listing.Id(index));
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            Report(error);
            return false;
        }

        if (listing.TypeDamage(index, _attributes) is { } damage)
        {
            Report(damage);
            if (_recursive && _attributes.Type == NodeType.Directory)
            {
                level.AddContent(index);
            }
        }

        return true;
    }

    /// <summary>Enters the directory that an entry names. What was reported at the entry itself is not reported
    /// again.</summary>
    private void VisitContent(DirectoryListing listing, int index)
    {
        if (listing.IsRepeated(index))
        {
            return;
        }

        var isReported = ReadsInode(listing, index);
        try
        {
            var directory = _volume.GetAttributes(listing.Id(index));
            if (directory.Type == NodeType.Directory)
            {
                Enter(directory);
            }
            else if (!isReported && listing.TypeDamage(index, directory) is { } damage)
            {
                Report(damage);
            }
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            if (!isReported)
            {
                Report(error);
            }
        }
    }

    private bool ReadsInode(DirectoryListing listing, int index) =>
        _needAttributes || listing.Type(index) == NodeType.Unknown;

    private bool Enter(in NodeAttributes directory)
    {
        if (!_entered.Add(directory.Id))
        {
            Fail(directory, "the directory was reached before under another name: a cycle or a hard link");
            return false;
        }

        if (_depth + 1 >= DepthMax)
        {
            Fail(directory, $"deeper than {DepthMax} levels: not entered");
            return false;
        }

        if (!HasRoom())
        {
            Report(ListingBudget.Error(directory.Id, directory.Offset));
            return false;
        }

        if (_levels.Count == _depth + 1)
        {
            _levels.Add(new Level());
        }

        var level = _levels[_depth + 1];
        level.Clear();
        level.PathLength = _pathLength;
        try
        {
            _volume.ReadDirectory(directory, level.Listing);
        }
        catch (VolumeException error) when (error.Error != VolumeError.System)
        {
            // What could be read is listed all the same.
            Report(error);
        }

        level.Arrange(_recursive);
        _depth++;
        return true;
    }

    /// <summary>Goes back up; the level is used again, unless a huge directory made it large.</summary>
    private void Leave(Level level)
    {
        if (level.MemoryBytes > LevelBytesKept)
        {
            _levels[_depth] = new Level();
        }

        _depth--;
    }

    /// <summary>True if one level more may be listed; lets go of levels further down if that makes room.</summary>
    private bool HasRoom()
    {
        var budget = Sum();
        if (budget.IsSpent && _levels.Count > _depth + 1)
        {
            _levels.RemoveRange(_depth + 1, _levels.Count - _depth - 1);
            budget = Sum();
        }

        return !budget.IsSpent;
    }

    private ListingBudget Sum()
    {
        var budget = default(ListingBudget);
        foreach (var level in _levels)
        {
            budget.Add(level.MemoryBytes);
        }

        return budget;
    }

    private void Fail(in NodeAttributes directory, string what) =>
        Report(new VolumeException(VolumeError.Damaged, what, $"inode {directory.Id}", directory.Offset));

    private void Report(VolumeException error) => _problem(new WalkProblem(Path.ToArray(), error));

    private void Push(ReadOnlySpan<byte> name)
    {
        var needed = _pathLength + 1 + name.Length;
        if (needed > _path.Length)
        {
            Array.Resize(ref _path, needed * 2);
        }

        if (_pathLength > 0)
        {
            _path[_pathLength++] = (byte)'/';
        }

        name.CopyTo(_path.AsSpan(_pathLength));
        _pathLength += name.Length;
    }

    private sealed class Level
    {
        public readonly DirectoryListing Listing = new();

        /// <summary>Places to visit: entry index * 2, plus 1 for the content of a directory.</summary>
        private readonly List<int> _order = [];

        /// <summary>Places that were added later.</summary>
        private PriorityQueue<int, int>? _late;
        private int _next;

        public int PathLength;

        public long MemoryBytes => Listing.MemoryBytes + ((long)_order.Capacity * sizeof(int));

        public void Clear()
        {
            Listing.Clear();
            _order.Clear();
            _late = null;
            _next = 0;
        }

        /// <summary>Adds the content of an entry that did not say it is a directory. Its place lies behind the
        /// entry's own.</summary>
        public void AddContent(int index)
        {
            _late ??= new PriorityQueue<int, int>(Comparer<int>.Create(Compare));
            _late.Enqueue((index * 2) + 1, (index * 2) + 1);
        }

        /// <summary>Takes the next place.</summary>
        public bool TryTake(out int key)
        {
            var hasOrder = _next < _order.Count;
            if (_late is { Count: > 0 } && (!hasOrder || Compare(_late.Peek(), _order[_next]) < 0))
            {
                key = _late.Dequeue();
                return true;
            }

            key = hasOrder ? _order[_next++] : 0;
            return hasOrder;
        }

        public void Arrange(bool withContent)
        {
            Listing.Sort();
            for (var i = 0; i < Listing.Count; i++)
            {
                _order.Add(i * 2);
            }

            if (!withContent)
            {
                return;
            }

            var contents = false;
            for (var i = 0; i < Listing.Count; i++)
            {
                if (Listing.Type(i) is NodeType.Directory or NodeType.Unknown)
                {
                    _order.Add((i * 2) + 1);
                    contents = true;
                }
            }

            if (contents)
            {
                _order.Sort(Compare);
            }
        }

        private int Compare(int a, int b)
        {
            var nameA = Listing.Name(a >> 1);
            var nameB = Listing.Name(b >> 1);
            var common = Math.Min(nameA.Length, nameB.Length);
            var order = nameA[..common].SequenceCompareTo(nameB[..common]);
            if (order != 0)
            {
                return order;
            }

            // One name is the head of the other: compare what follows, '/' for a content, before everything for an end.
            var nextA = nameA.Length > common ? nameA[common] : (a & 1) * '/';
            var nextB = nameB.Length > common ? nameB[common] : (b & 1) * '/';
            return nextA.CompareTo(nextB);
        }
    }
}
