using System.Runtime.ExceptionServices;

namespace KernKit.Volumes.Extract;

/// <summary>One extraction to a directory: a stack of pieces of work that a few threads take from.</summary>
/// <remarks>
/// The stack makes it go deep first, so that the number of directories in hand stays small. A wide directory is cut
/// into ranges and a large file is a range of its own, so that the threads share them.
/// </remarks>
internal sealed class DirectoryExtraction : IDisposable
{
    private const int RangeLength = 128;
    private const int WorkersMax = 4;

    /// <summary>Listings that are kept to be used again: not those of huge directories.</summary>
    private const long PooledListingBytesMax = 4L << 20;
    private const long LargeFileBytes = 4 << 20;

    private readonly Volume _volume;
    private readonly Action<WalkProblem> _problem;
    private readonly ExtractionTotals _totals;
    private readonly CancellationToken _cancellation;
    private readonly NodeAttributes _start;
    private readonly byte[] _startName;
    private readonly byte[] _startPath;
    private readonly StagingDirectory _staging;
    private readonly DirectoryDescriptors _descriptors;
    private readonly ExtractedDirectory _root;
    private readonly LinkTable _links = new();
    private readonly HashSet<ulong> _entered = [];
    private readonly Stack<Piece> _pieces = new();
    private readonly Stack<DirectoryListing> _listings = new();
    private readonly Lock _pool = new();
    private readonly object _gate = new();
    private readonly int _workers;
    private int _busy;
    private volatile bool _stopped;
    private Exception? _failure;

    /// <summary>Prepares an extraction: makes the staging directory.</summary>
    public DirectoryExtraction(
        Volume volume, Action<WalkProblem> problem, ExtractionTotals totals, ReadOnlySpan<byte> path,
        in NodeAttributes start, string target, CancellationToken cancellation, int workersMax = WorkersMax)
    {
        _volume = volume;
        _problem = problem;
        _totals = totals;
        _start = start;
        _startName = path.TrimEnd((byte)'/')[(path.TrimEnd((byte)'/').LastIndexOf((byte)'/') + 1)..].ToArray();
        _startPath = path.ToArray();
        _cancellation = cancellation;
        _workers = Math.Clamp(Environment.ProcessorCount, 1, workersMax);
        _staging = new StagingDirectory(target, isTree: start.Type == NodeType.Directory);
        _root = new ExtractedDirectory(null, default, start.Id);
        _descriptors = new DirectoryDescriptors(_root, _staging.Descriptor);
    }

    /// <summary>Does it all; on any exception the target is as it was.</summary>
    public void Run()
    {
        try
        {
            if (_start.Type == NodeType.Directory)
            {
                _entered.Add(_start.Id);
                _pieces.Push(new Piece(_root, null, 0, 0));
                RunWorkers();
            }
            else
            {
                EntryName.Check(_startName, _start.Offset);
                _staging.RequireFree(_startName);
                var writer = new NodeWriter(_volume, _totals, _cancellation);
                if (writer.Write(_staging.Descriptor, _startName, _start))
                {
                    _totals.Restored();
                }

                if (writer.AttributeDamage is { } damage)
                {
                    _problem(new WalkProblem(_startPath, damage));
                }
            }

            _cancellation.ThrowIfCancellationRequested();
            _descriptors.CloseAll();
            _staging.Publish();
        }
        catch
        {
            _descriptors.CloseAll();
            _staging.Remove();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _staging.Dispose();

    private void RunWorkers()
    {
        var others = new Thread[_workers - 1];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work) { IsBackground = true, Name = $"extract {i + 1}" };
            others[i].Start();
        }

        Work();
        foreach (var other in others)
        {
            other.Join();
        }

        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        LinkOtherNames();
    }

    private void Work()
    {
        var writer = new NodeWriter(_volume, _totals, _cancellation);
        while (TryTake(out var piece))
        {
            try
            {
                Process(piece, writer);
                Finish(piece.Directory, writer);
            }
            catch (Exception error)
            {
                // Nothing may escape on a thread of ours; the one that started us throws it again.
                lock (_gate)
                {
                    _failure ??= error;
                    _stopped = true;
                }
            }
            finally
            {
                lock (_gate)
                {
                    _busy--;
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    private bool TryTake(out Piece piece)
    {
        lock (_gate)
        {
            while (!_stopped && _pieces.Count == 0 && _busy > 0)
            {
                Monitor.Wait(_gate);
            }

            if (_stopped || !_pieces.TryPop(out piece))
            {
                piece = default;
                Monitor.PulseAll(_gate);
                return false;
            }

            _busy++;
            return true;
        }
    }

    private void Give(in Piece piece)
    {
        Interlocked.Increment(ref piece.Directory.Pending);
        lock (_gate)
        {
            _pieces.Push(piece);
            Monitor.Pulse(_gate);
        }
    }

    private void Process(in Piece piece, NodeWriter writer)
    {
        if (piece.Listing is { } shared)
        {
            ProcessRange(piece.Directory, shared, piece.From, piece.To, writer);
            Return(piece.Directory, shared);
            return;
        }

        var listing = new SharedListing(Rent());
        try
        {
            var node = _volume.GetAttributes(piece.Directory.Id);
            if (piece.Directory.ListingsAbove().IsSpent)
            {
                throw ListingBudget.Error(node.Id, node.Offset);
            }

            _volume.ReadDirectory(node, listing.Listing);
        }
        catch (VolumeException error)
        {
            // What could be read of it is restored all the same.
            _problem(new WalkProblem(piece.Directory.PathOf(default), error));
        }

        Volatile.Write(ref piece.Directory.ListingBytes, listing.Listing.MemoryBytes);
        var entries = listing.Listing;
        entries.Sort();
        if (piece.Directory == _root)
        {
            RequireFreeNames(entries);
        }

        var first = Math.Min(entries.Count, RangeLength);
        for (var from = first; from < entries.Count; from += RangeLength)
        {
            Interlocked.Increment(ref listing.Users);
            Give(new Piece(piece.Directory, listing, from, Math.Min(entries.Count, from + RangeLength)));
        }

        ProcessRange(piece.Directory, listing, 0, first, writer);
        Return(piece.Directory, listing);
    }

    private void RequireFreeNames(DirectoryListing entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var name = entries.Name(i);
            if (!name.ContainsAny((byte)0, (byte)'/'))
            {
                _staging.RequireFree(name);
            }
        }
    }

    private void ProcessRange(ExtractedDirectory directory, SharedListing shared, int from, int to, NodeWriter writer)
    {
        var descriptor = _descriptors.Acquire(directory);
        try
        {
            for (var i = from; i < to && !_stopped; i++)
            {
                _cancellation.ThrowIfCancellationRequested();
                ProcessEntry(directory, descriptor, shared, i, to - from > 1, writer);
            }
        }
        finally
        {
            _descriptors.Release(directory);
        }
    }

    private void ProcessEntry(
        ExtractedDirectory directory, int descriptor, SharedListing shared, int index, bool inRange, NodeWriter writer)
    {
        var name = shared.Listing.Name(index);
        try
        {
            EntryName.Check(name, shared.Listing.Offset(index));
            shared.Listing.RequireUnique(index);
            var node = _volume.GetAttributes(shared.Listing.Id(index));
            if (node.Type == NodeType.File && node.Size >= LargeFileBytes && inRange)
            {
                Interlocked.Increment(ref shared.Users);
                Give(new Piece(directory, shared, index, index + 1));
                return;
            }

            if (shared.Listing.TypeDamage(index, node) is { } damage)
            {
                _problem(new WalkProblem(directory.PathOf(name), damage));
            }

            if (node.Type == NodeType.Directory)
            {
                MakeDirectory(directory, descriptor, name, node);
            }
            else
            {
                WriteNode(directory, descriptor, name, node, writer);
            }
        }
        catch (VolumeException error)
        {
            _problem(new WalkProblem(directory.PathOf(name), error));
        }
    }

    private void WriteNode(
        ExtractedDirectory directory, int descriptor, ReadOnlySpan<byte> name, in NodeAttributes node,
            NodeWriter writer)
    {
        LinkTable.FirstName? claim = null;
        if (node.LinkCount > 1)
        {
            claim = _links.Claim(node.Id, directory, name);
            if (claim is null)
            {
                return;
            }
        }

        var written = writer.Write(descriptor, name, node);
        claim?.State = written ? LinkTable.FirstState.Written : LinkTable.FirstState.Skipped;
        if (written)
        {
            _totals.Restored();
        }

        if (writer.AttributeDamage is { } damage)
        {
            _problem(new WalkProblem(directory.PathOf(name), damage));
        }
    }

    private void MakeDirectory(
        ExtractedDirectory parent, int descriptor, ReadOnlySpan<byte> name, in NodeAttributes node)
    {
        bool known;
        lock (_entered)
        {
            known = !_entered.Add(node.Id);
        }

        if (known)
        {
            throw new VolumeException(VolumeError.Damaged,
                "the directory was reached before under another name: a cycle or a hard link", $"inode {node.Id}",
                    node.Offset);
        }

        if (parent.Depth + 1 >= VolumeWalk.DepthMax)
        {
            throw new VolumeException(VolumeError.Damaged,
                $"deeper than {VolumeWalk.DepthMax} levels: not entered", $"inode {node.Id}", node.Offset);
        }

        var made = new ExtractedDirectory(parent, name, node.Id);
        Posix.MakeDirectory(descriptor, made.Name, 0x1C0);
        Interlocked.Increment(ref parent.Pending);
        made.Pending = 0;
        Give(new Piece(made, null, 0, 0));
    }

    /// <summary>
    /// Ends one piece of work below a directory; finishes it, and those above it that waited for it alone.
    /// </summary>
    private void Finish(ExtractedDirectory directory, NodeWriter writer)
    {
        for (var done = directory; done is not null && Interlocked.Decrement(ref done.Pending) == 0; done = done.Parent)
        {
            if (done == _root && !_staging.IsNew)
            {
                return;
            }

            try
            {
                Restore(done, writer);
                _totals.Restored();
            }
            catch (VolumeException error)
            {
                _problem(new WalkProblem(done.PathOf(default), error));
            }
        }
    }

    private void Restore(ExtractedDirectory directory, NodeWriter writer)
    {
        var node = _volume.GetAttributes(directory.Id);
        var descriptor = _descriptors.Acquire(directory);
        // A directory that its owner may not write cannot be moved by him either: its ".." changes.
        var later = Posix.EffectiveUser != 0 && !_staging.IsNew && directory.Parent == _root
            && (node.Permissions & 0x80) == 0;
        try
        {
            writer.Restore(descriptor, node, withMode: !later);
            if (writer.AttributeDamage is { } damage)
            {
                _problem(new WalkProblem(directory.PathOf(default), damage));
            }

            if (later)
            {
                _staging.SetModeAfterMove(directory.Name, node.Permissions & 0x3FF);
            }
        }
        finally
        {
            _descriptors.Release(directory);
            _descriptors.Close(directory);
        }
    }

    private void LinkOtherNames()
    {
        var writer = new NodeWriter(_volume, _totals, _cancellation);
        foreach (var other in _links.Others)
        {
            _cancellation.ThrowIfCancellationRequested();
            try
            {
                if (other.First.State != LinkTable.FirstState.Skipped)
                {
                    Link(other);
                    _totals.Restored();
                }
            }
            catch (VolumeException error)
            {
                _problem(new WalkProblem(other.Directory.PathOf(other.Name.AsSpan()[..^1]), error));
            }

            Finish(other.Directory, writer);
        }

        foreach (var first in _links.Firsts)
        {
            Finish(first.Directory, writer);
        }
    }

    private void Link(in LinkTable.OtherName other)
    {
        if (other.First.State == LinkTable.FirstState.Failed)
        {
            throw new VolumeException(VolumeError.Damaged, "another name of the same file, which was left out");
        }

        var from = _descriptors.Acquire(other.First.Directory);
        try
        {
            var to = _descriptors.Acquire(other.Directory);
            try
            {
                Posix.Link(from, other.First.Name, to, other.Name);
            }
            finally
            {
                _descriptors.Release(other.Directory);
            }
        }
        finally
        {
            _descriptors.Release(other.First.Directory);
        }
    }

    private DirectoryListing Rent()
    {
        lock (_pool)
        {
            return _listings.TryPop(out var listing) ? listing : new DirectoryListing();
        }
    }

    private void Return(ExtractedDirectory directory, SharedListing shared)
    {
        if (Interlocked.Decrement(ref shared.Users) != 0)
        {
            return;
        }

        Volatile.Write(ref directory.ListingBytes, 0);
        shared.Listing.Clear();
        lock (_pool)
        {
            if (_listings.Count < WorkersMax * 2 && shared.Listing.MemoryBytes <= PooledListingBytesMax)
            {
                _listings.Push(shared.Listing);
            }
        }
    }

    /// <summary>A listing that several pieces of work read; it is used again when the last of them is done.</summary>
    private sealed class SharedListing(DirectoryListing listing)
    {
        public readonly DirectoryListing Listing = listing;
        public int Users = 1;
    }

    /// <summary>A directory to be listed (no listing yet), or a range of its entries to be made.</summary>
    private readonly record struct Piece(ExtractedDirectory Directory, SharedListing? Listing, int From, int To);
}
