namespace KernKit.Volumes.Extract;

/// <summary>
/// Nodes with several names: the first name that a thread meets is written, the others become links to it at the end,
/// when the first is sure to be whole.
/// </summary>
internal sealed class LinkTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, FirstName> _first = [];
    private readonly List<OtherName> _others = [];

    /// <summary>What became of a first name.</summary>
    public enum FirstState
    {
        /// <summary>It could not be written, which was reported.</summary>
        Failed,

        /// <summary>It is of a kind that cannot be made here, which was counted.</summary>
        Skipped,

        /// <summary>It is there.</summary>
        Written,
    }

    /// <summary>The name under which a node is written.</summary>
    public sealed class FirstName(ExtractedDirectory directory, byte[] name)
    {
        public ExtractedDirectory Directory { get; } = directory;

        /// <summary>One component with its NUL.</summary>
        public byte[] Name { get; } = name;

        /// <summary>What became of it.</summary>
        public FirstState State { get; set; }
    }

    /// <summary>A further name of a node.</summary>
    public readonly record struct OtherName(FirstName First, ExtractedDirectory Directory, byte[] Name);

    /// <summary>Claims a node.</summary>
    /// <returns>
    /// The claim for the first name, which must now be written; null for a further name, which was noted.
    /// </returns>
    public FirstName? Claim(ulong id, ExtractedDirectory directory, ReadOnlySpan<byte> name)
    {
        byte[] terminated = [.. name, 0];
        // Both directories wait for the links: a link changes the time of one, and the mode of the other may forbid it.
        Interlocked.Increment(ref directory.Pending);
        lock (_lock)
        {
            if (_first.TryGetValue(id, out var known))
            {
                _others.Add(new OtherName(known, directory, terminated));
                return null;
            }

            var first = new FirstName(directory, terminated);
            _first.Add(id, first);
            return first;
        }
    }

    /// <summary>The further names; only when all threads are done.</summary>
    public IReadOnlyList<OtherName> Others => _others;

    /// <summary>The first names; only when all threads are done.</summary>
    public IReadOnlyCollection<FirstName> Firsts => _first.Values;
}
