namespace KernKit.Bpf;

/// <summary>Maps by index or by hashed key; programs get an inner map where others give a pointer to a value.</summary>
public sealed class MapOfMaps : BpfMap
{
    private readonly BpfMap?[] _inner;
    private readonly KeyIndex? _index;

    internal MapOfMaps(BpfArena arena, MapDefinition definition)
        : base(arena, definition)
    {
        _inner = new BpfMap?[definition.EntryCountMax];
        _index = definition.Kind == MapKind.HashOfMaps
            ? new KeyIndex(definition.KeyBytes, definition.EntryCountMax) : null;
    }

    /// <summary>Puts a map under a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="map">A map of the same arena, like <see cref="MapDefinition.Inner"/>: kind, sizes, whether programs
    /// may write.</param>
    /// <returns>0 or a negative errno.</returns>
    public long Set(ReadOnlySpan<byte> key, BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        var inner = Definition.Inner;
        if (key.Length != Definition.KeyBytes || map.Arena != Arena
            || (inner is not null && !IsLike(inner, map.Definition)))
        {
            return Invalid;
        }

        if (_index is null)
        {
            if (Index(key) >= (uint)_inner.Length)
            {
                return Full;
            }

            Volatile.Write(ref _inner[Index(key)], map);
            return 0;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(key);
            var isNew = entry < 0;
            entry = isNew ? _index.Next : entry;
            if (entry < 0)
            {
                return Full;
            }

            Volatile.Write(ref _inner[entry], map);
            if (isNew)
            {
                _index.Add(key);
            }

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

        if (_index is null)
        {
            return Index(key) < (uint)_inner.Length && Interlocked.Exchange(ref _inner[Index(key)], null) is not null
                ? 0 : NotFound;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(key);
            if (entry < 0)
            {
                return NotFound;
            }

            _index.Remove(entry);
            _inner[entry] = null;
            return 0;
        }
    }

    /// <inheritdoc/>
    internal override ulong Lookup(ReadOnlySpan<byte> key, int lane)
    {
        var entry = _index is null ? (long)Index(key) : _index.Find(key);
        return entry >= 0 && entry < _inner.Length ? Volatile.Read(ref _inner[entry])?.Handle ?? 0 : 0;
    }

    // The verifier judges inner maps by the template: what it lets programs write must be there for writing.
    private static bool IsLike(MapDefinition a, MapDefinition b) =>
        (a.Kind, a.KeyBytes, a.ValueBytes, a.IsReadOnly) == (b.Kind, b.KeyBytes, b.ValueBytes, b.IsReadOnly)
        && (a.Kind != MapKind.Array || a.EntryCountMax == b.EntryCountMax);
}
