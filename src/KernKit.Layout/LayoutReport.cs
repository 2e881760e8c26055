namespace KernKit.Layout;

/// <summary>Where <c>Validate</c> puts what it finds: the caller's own span, filled up to its length.</summary>
/// <remarks>
/// A default report counts and keeps nothing. A structure that is clean allocates nothing; paths are put together
/// only once something is wrong. One thread at a time.
/// </remarks>
public ref struct LayoutReport
{
    private readonly Span<LayoutIssue> _issues;

    /// <summary>Makes a report that keeps the first issues in the caller's memory.</summary>
    /// <param name="issues">Room for as many issues as the caller wants to see; may be empty.</param>
    public LayoutReport(Span<LayoutIssue> issues) => _issues = issues;

    /// <summary>How many issues are kept: at most the length of the caller's span.</summary>
    public int Count { get; private set; }

    /// <summary>How many issues were found, kept or not.</summary>
    public long Found { get; private set; }

    /// <summary>How many checks nobody could verify, because their algorithm is unknown; they are not good.</summary>
    public long Unchecked { get; private set; }

    /// <summary>The kept issues in the order in which they were found.</summary>
    public readonly ReadOnlySpan<LayoutIssue> Issues => _issues[..Count];

    /// <summary>Takes one issue.</summary>
    /// <param name="issue">Dropped (but counted) if the span is full.</param>
    public void Add(in LayoutIssue issue)
    {
        Found++;
        if (Count < _issues.Length)
        {
            _issues[Count++] = issue;
        }
    }

    /// <summary>Counts a check that nobody could verify.</summary>
    public void AddUnchecked() => Unchecked++;

    /// <summary>Restates the issues since <paramref name="mark"/> as seen from an outer structure.</summary>
    /// <param name="mark">The value of <see cref="Count"/> before the inner structure was validated.</param>
    /// <param name="structure">The outer structure's name.</param>
    /// <param name="offset">Where the inner structure begins in the outer one, in bytes.</param>
    /// <param name="field">The field of the outer structure.</param>
    /// <param name="index">The element, 0-based, or -1 if the field is no array.</param>
    public readonly void Relocate(int mark, string structure, long offset, string field, long index = -1)
    {
        if (mark < 0 || mark >= Count)
        {
            return;
        }

        string name = index < 0 ? field : FormattableString.Invariant($"{field}[{index}]");
        foreach (ref LayoutIssue issue in _issues[mark..Count])
        {
            issue = issue.Within(structure, offset, name);
        }
    }
}
