namespace KernKit.Volumes.Ufs.Check;

/// <summary>Fragments that a second inode holds, kept until the first one is known (phase 1b of fsck_ffs).</summary>
internal sealed class DuplicateRuns(CheckSink sink, int runsMax)
{
    private readonly List<Run> _runs = [];

    public bool IsEmpty => _runs.Count == 0;

    /// <summary>Keeps a run, or reports it at once if too many are kept.</summary>
    public void Add(long fragment, int count, string pointer, long pointerOffset)
    {
        var run = new Run(fragment, count, pointer, pointerOffset);
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
    public void Sort() => _runs.Sort((a, b) => a.Fragment.CompareTo(b.Fragment));

    /// <summary>True if <paramref name="fragment"/> and what follows touch a run without an owner; call in the order
    /// of the claims.</summary>
    public bool TryFind(long fragment, int count, out int index)
    {
        // A run lies within one block, so none that touches this claim begins more than seven fragments before it.
        int low = 0, high = _runs.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _runs[middle].Fragment < fragment - 7 ? (middle + 1, high) : (low, middle);
        }

        for (index = low; index < _runs.Count && _runs[index].Fragment < fragment + count; index++)
        {
            if (_runs[index].Owner is null && _runs[index].Fragment + _runs[index].Count > fragment)
            {
                return true;
            }
        }

        return false;
    }

    public void SetOwner(int index, string pointer) => _runs[index] = _runs[index] with { Owner = pointer };

    /// <summary>Reports all runs, and forgets them.</summary>
    public void Report()
    {
        _runs.ForEach(Report);
        _runs.Clear();
    }

    private void Report(Run run)
    {
        var owner = run.Owner ?? "another pointer";
        var last = run.Fragment + run.Count - 1;
        sink.Add(CheckRule.DuplicateBlock, run.Pointer, run.PointerOffset,
            $"fragments {run.Fragment} to {last} are held by {owner} too, must have one holder");
    }

    private readonly record struct Run(long Fragment, int Count, string Pointer, long PointerOffset,
        string? Owner = null);
}
