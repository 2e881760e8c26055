namespace KernKit.Bpf;

/// <summary>Values by hashed key; per lane with <see cref="MapKind.PerCpuHash"/>, dropping with
/// <see cref="MapKind.LruHash"/>.</summary>
/// <remarks>
/// What is dropped is found by a clock: a lookup marks its entry, and the hand takes the first entry without a mark,
/// taking marks away as it goes. That is near least recently used, and a lookup writes one byte and takes no lock.
/// </remarks>
internal sealed class HashMap : BpfMap
{
    private readonly KeyIndex _index;
    private readonly bool[] _marks;
    private int _hand;

    public HashMap(BpfArena arena, MapDefinition definition)
        : base(arena, definition)
    {
        _index = new KeyIndex(definition.KeyBytes, definition.EntryCountMax);
        _marks = new bool[definition.Kind == MapKind.LruHash ? definition.EntryCountMax : 0];
    }

    /// <inheritdoc/>
    private protected override long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int lane)
    {
        if (flags > 2 || key.Length != Definition.KeyBytes || value.Length != Definition.ValueBytes)
        {
            return Invalid;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(key);
            if (entry >= 0 ? flags == 1 : flags == 2)
            {
                return entry >= 0 ? Exists : NotFound;
            }

            if (entry < 0)
            {
                if (_marks.Length > 0 && _index.Count == _marks.Length)
                {
                    _index.Remove(Oldest());
                }

                // The value is written before the key can be found; only then may a lookup see it.
                entry = _index.Next;
                if (entry < 0)
                {
                    return Full;
                }

                ClearOtherLanes(entry, lane);
                value.CopyTo(ValueAt(At(entry, lane)));
                _index.Add(key);
                return 0;
            }

            value.CopyTo(ValueAt(At(entry, lane)));
            Mark(entry);
            return 0;
        }
    }

    /// <inheritdoc/>
    public override long Delete(ReadOnlySpan<byte> key)
    {
        if (key.Length != Definition.KeyBytes)
        {
            return Invalid;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(key);
            if (entry >= 0)
            {
                _index.Remove(entry);
            }

            return entry >= 0 ? 0 : NotFound;
        }
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<KeyValuePair<byte[], byte[]>> List(int lane)
    {
        lock (_index.Lock)
        {
            var entries = new List<KeyValuePair<byte[], byte[]>>(_index.Count);
            for (var i = 0; i < _index.IsUsed.Length; i++)
            {
                if (_index.IsUsed[i])
                {
                    entries.Add(new(_index.Key(i).ToArray(), ValueAt(At(i, lane)).ToArray()));
                }
            }

            return entries;
        }
    }

    /// <inheritdoc/>
    private protected override bool Read(ReadOnlySpan<byte> key, Span<byte> value, int lane)
    {
        lock (_index.Lock)
        {
            return base.Read(key, value, lane);
        }
    }

    /// <inheritdoc/>
    internal override ulong Lookup(ReadOnlySpan<byte> key, int lane)
    {
        var entry = _index.Find(key);
        if (entry < 0)
        {
            return 0;
        }

        Mark(entry);
        return BpfArena.VirtualBase + (ulong)At(entry, lane);
    }

    private void Mark(int entry)
    {
        if (_marks.Length > 0 && !_marks[entry])
        {
            _marks[entry] = true;
        }
    }

    private int Oldest()
    {
        while (_marks[_hand])
        {
            _marks[_hand] = false;
            _hand = (_hand + 1) % _marks.Length;
        }

        var oldest = _hand;
        _hand = (_hand + 1) % _marks.Length;
        return oldest;
    }

    private int At(int entry, int lane) => Definition.Kind == MapKind.PerCpuHash
        ? (int)(ValuesAt + (((entry * (long)Arena.LaneCount) + lane) * Stride))
        : (int)(ValuesAt + ((long)entry * Stride));

    private void ClearOtherLanes(int entry, int lane)
    {
        for (var other = 0; Definition.Kind == MapKind.PerCpuHash && other < Arena.LaneCount; other++)
        {
            if (other != lane)
            {
                ValueAt(At(entry, other)).Clear();
            }
        }
    }
}
