using System.Buffers.Binary;

namespace KernKit.Bpf;

/// <summary>Values by the longest prefix that matches: a key is a length in bits (4 bytes), then the bits, high ones
/// first.</summary>
/// <remarks>
/// Prefixes of all lengths are in one hash, with the bits behind the prefix zero. A lookup tries the lengths that
/// occur, longest first: few, in tables of routes, and no trie has to be kept right while others read.
/// </remarks>
internal sealed class PrefixMap : BpfMap
{
    private const int LengthBytes = 4;

    private readonly KeyIndex _index;
    private readonly int[] _countOfLength;

    public PrefixMap(BpfArena arena, MapDefinition definition)
        : base(arena, definition)
    {
        _index = new KeyIndex(definition.KeyBytes, definition.EntryCountMax);
        _countOfLength = new int[((definition.KeyBytes - LengthBytes) * 8) + 1];
    }

    /// <inheritdoc/>
    private protected override long Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int lane)
    {
        Span<byte> prefix = stackalloc byte[Definition.KeyBytes];
        if (flags > 2 || value.Length != Definition.ValueBytes || !TryMask(key, prefix, out var length))
        {
            return Invalid;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(prefix);
            if (entry >= 0 ? flags == 1 : flags == 2)
            {
                return entry >= 0 ? Exists : NotFound;
            }

            var isNew = entry < 0;
            entry = isNew ? _index.Next : entry;
            if (entry < 0)
            {
                return Full;
            }

            value.CopyTo(ValueAt(ValuesAt + (entry * Stride)));
            if (isNew)
            {
                _index.Add(prefix);
                _countOfLength[length]++;
            }

            return 0;
        }
    }

    /// <inheritdoc/>
    public override long Delete(ReadOnlySpan<byte> key)
    {
        Span<byte> prefix = stackalloc byte[Definition.KeyBytes];
        if (!TryMask(key, prefix, out var length))
        {
            return Invalid;
        }

        lock (_index.Lock)
        {
            var entry = _index.Find(prefix);
            if (entry < 0)
            {
                return NotFound;
            }

            _index.Remove(entry);
            _countOfLength[length]--;
            return 0;
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
                    entries.Add(new(_index.Key(i).ToArray(), ValueAt(ValuesAt + (i * Stride)).ToArray()));
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
        Span<byte> prefix = stackalloc byte[Definition.KeyBytes];
        if (!TryMask(key, prefix, out var longest))
        {
            return 0;
        }

        for (var length = longest; length >= 0; length--)
        {
            if (Volatile.Read(ref _countOfLength[length]) == 0)
            {
                continue;
            }

            Mask(prefix, length);
            var entry = _index.Find(prefix);
            if (entry >= 0)
            {
                return BpfArena.VirtualBase + (ulong)(ValuesAt + (entry * Stride));
            }
        }

        return 0;
    }

    private bool TryMask(ReadOnlySpan<byte> key, Span<byte> prefix, out int length)
    {
        length = 0;
        if (key.Length != Definition.KeyBytes || Index(key) >= (uint)_countOfLength.Length)
        {
            return false;
        }

        length = (int)Index(key);
        key.CopyTo(prefix);
        Mask(prefix, length);
        return true;
    }

    private static void Mask(Span<byte> prefix, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(prefix, length);
        var bits = prefix[LengthBytes..];
        if (length / 8 < bits.Length)
        {
            bits[length / 8] &= (byte)(0xff00 >> (length % 8));
            bits[((length / 8) + 1)..].Clear();
        }
    }
}
