namespace KernKit.Volumes.Ufs.Check;

// Of each run only its place matters for who held it first, and thousands of inodes may hold the same place: so owners
// belong to places, and a place whose owner is known is looked at no more. In one block there are at most 36 of them,
// which bounds the work for one claim.

/// <summary>Fragments that a second inode holds, kept until the first one is known (phase 1b of fsck_ffs).</summary>
internal sealed class DuplicateRuns(CheckSink sink, int runsMax)
{
    private readonly List<Run> _runs = [];
    private readonly List<Place> _open = [];
    private readonly Dictionary<Place, string> _owners = [];

    public bool IsEmpty => _runs.Count == 0;

    /// <summary>True while there are runs whose owner is not known.</summary>
    public bool HasOpen => _open.Count > 0;

    /// <summary>Keeps a run, or reports it at once if too many are kept.</summary>
    public void Add(long fragment, int count, string pointer, long pointerOffset)
    {
        var run = new Run(new Place(fragment, count), pointer, pointerOffset);
        if (_runs.Count < runsMax)
        {
            _runs.Add(run);
        }
        else
        {
            Report(run);
        }
    }

    /// <summary>Prepares the search of owners.</summary>
    public void Sort()
    {
        _runs.Sort((a, b) => a.Place.Fragment.CompareTo(b.Place.Fragment));
        _open.AddRange(_runs.Select(run => run.Place).Distinct());
    }

    /// <summary>True if <paramref name="fragment"/> and what follows touch a place without an owner; call in the order
    /// of the claims.</summary>
    public bool TryFind(long fragment, int count, out int index)
    {
        // A run lies within one block, so none that touches this claim begins more than seven fragments before it.
        int low = 0, high = _open.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _open[middle].Fragment < fragment - 7 ? (middle + 1, high) : (low, middle);
        }

        for (index = low; index < _open.Count && _open[index].Fragment < fragment + count; index++)
        {
            if (_open[index].Fragment + _open[index].Count > fragment)
            {
                return true;
            }
        }

        return false;
    }

    public void SetOwner(int index, string pointer)
    {
        _owners.Add(_open[index], pointer);
        _open.RemoveAt(index);
    }

    /// <summary>Reports all runs, and forgets them.</summary>
    public void Report()
    {
        _runs.ForEach(Report);
        _runs.Clear();
        _open.Clear();
        _owners.Clear();
    }

    private void Report(Run run)
    {
        var owner = _owners.GetValueOrDefault(run.Place, "another pointer");
        var last = run.Place.Fragment + run.Place.Count - 1;
        sink.Add(CheckRule.DuplicateBlock, run.Pointer, run.PointerOffset,
            $"fragments {run.Place.Fragment} to {last} are held by {owner} too, must have one holder");
    }

    private readonly record struct Place(long Fragment, int Count);

    private readonly record struct Run(Place Place, string Pointer, long PointerOffset);
}
