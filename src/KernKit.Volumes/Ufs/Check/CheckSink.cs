namespace KernKit.Volumes.Ufs.Check;

/// <summary>Counts findings, and passes on the first ones of each rule.</summary>
internal sealed class CheckSink(Action<CheckFinding> report, int findingsPerRule)
{
    private readonly SortedDictionary<string, long> _countByRule = new(StringComparer.Ordinal);

    /// <summary>All findings, reported or only counted.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a finding.</summary>
    public void Add(string rule, string structure, long offset, string message)
    {
        Count++;
        var seen = _countByRule.GetValueOrDefault(rule);
        _countByRule[rule] = seen + 1;
        if (seen < findingsPerRule)
        {
            report(new CheckFinding(rule, structure, offset, message));
        }
    }

    /// <summary>Takes the finding that a field is not what it must be; nothing if it is.</summary>
    public void Expect(string rule, string structure, long offset, long actual, long expected)
    {
        if (actual != expected)
        {
            Add(rule, structure, offset, $"is {actual}, must be {expected}");
        }
    }

    /// <summary>One line for each rule that found more than was reported.</summary>
    public IEnumerable<string> Overflows() =>
        from pair in _countByRule
        where pair.Value > findingsPerRule
        select $"{pair.Key}: {pair.Value} findings, of which the first {findingsPerRule} are reported";
}
