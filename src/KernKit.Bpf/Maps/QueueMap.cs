namespace KernKit.Bpf;

/// <summary>A queue or a stack of values.</summary>
internal sealed class QueueMap(BpfArena arena, MapDefinition definition) : BpfMap(arena, definition)
{
    private readonly Lock _lock = new();
    private int _first;
    private int _count;

    /// <inheritdoc/>
    public override long Push(ReadOnlySpan<byte> value, bool replacesOldest = false)
    {
        if (value.Length != Definition.ValueBytes)
        {
            return Invalid;
        }

        lock (_lock)
        {
            if (_count == Definition.EntryCountMax)
            {
                if (!replacesOldest)
                {
                    return Full;
                }

                _first = Slot(1);
                _count--;
            }

            value.CopyTo(ValueAt(ValuesAt + (Slot(_count) * Stride)));
            _count++;
            return 0;
        }
    }

    /// <inheritdoc/>
    public override long Pop(Span<byte> value, bool keep = false)
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                value.Clear();
                return NotFound;
            }

            var isQueue = Definition.Kind == MapKind.Queue;
            ValueAt(ValuesAt + (Slot(isQueue ? 0 : _count - 1) * Stride)).CopyTo(value);
            if (!keep)
            {
                _first = isQueue ? Slot(1) : _first;
                _count--;
            }

            return 0;
        }
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<KeyValuePair<byte[], byte[]>> List(int lane)
    {
        lock (_lock)
        {
            var entries = new List<KeyValuePair<byte[], byte[]>>(_count);
            for (var i = 0; i < _count; i++)
            {
                entries.Add(new([], ValueAt(ValuesAt + (Slot(i) * Stride)).ToArray()));
            }

            return entries;
        }
    }

    private int Slot(int number) => (int)((_first + (long)number) % Definition.EntryCountMax);
}
