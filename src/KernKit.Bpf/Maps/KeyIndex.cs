using System.Numerics;
using System.Runtime.InteropServices;

namespace KernKit.Bpf;

/// <summary>Numbers keys of one length: a hash table of chains, all of whose memory is there from the
/// beginning.</summary>
/// <remarks>
/// <code>
///   buckets[hash mod size] -> entry -> entry -> -1        next[] links entries of a bucket, and free entries
/// </code>
/// Finding takes no lock: a version number is odd while somebody changes the table, and a finder whose version moved
/// looks again, under the lock after a few attempts. Chains that are read while they change lead to entries in range,
/// at most as many as there are, so a torn reading ends.
/// </remarks>
internal sealed class KeyIndex
{
    private const int AttemptsMax = 8;

    private readonly int _keyBytes;
    private readonly byte[] _keys;
    private readonly int[] _buckets;
    private readonly int[] _next;
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private int _free;
    private int _version;

    /// <summary>Makes an empty index.</summary>
    public KeyIndex(int keyBytes, int capacity)
    {
        _keyBytes = keyBytes;
        _keys = new byte[(long)keyBytes * capacity];
        _buckets = new int[(int)BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _next = new int[capacity];
        IsUsed = new bool[capacity];
        Array.Fill(_buckets, -1);
        for (var i = 0; i < capacity; i++)
        {
            _next[i] = i + 1 < capacity ? i + 1 : -1;
        }
    }

    /// <summary>Guards every change; the map that owns the index takes it around its own changes too.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Which entries exist.</summary>
    public bool[] IsUsed { get; }

    /// <summary>Entries that exist.</summary>
    public int Count { get; private set; }

    /// <summary>The entry that <see cref="Add"/> would make; -1 if there is no room. The lock is held.</summary>
    public int Next => _free;

    /// <summary>The key of an entry.</summary>
    public ReadOnlySpan<byte> Key(int entry) => _keys.AsSpan(entry * _keyBytes, _keyBytes);

    /// <summary>Finds a key from any thread.</summary>
    /// <returns>Its entry, or -1.</returns>
    public int Find(ReadOnlySpan<byte> key)
    {
        var hash = Hash(key);
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var before = Volatile.Read(ref _version);
            if ((before & 1) == 0)
            {
                var found = Walk(key, hash);
                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _version) == before)
                {
                    return found;
                }
            }

            Thread.SpinWait(4);
        }

        lock (Lock)
        {
            return Walk(key, hash);
        }
    }

    /// <summary>Adds a key that is not there; the lock is held.</summary>
    /// <returns>Its entry, or -1 if there is no room.</returns>
    public int Add(ReadOnlySpan<byte> key)
    {
        var entry = _free;
        if (entry < 0)
        {
            return -1;
        }

        Interlocked.Increment(ref _version);
        _free = _next[entry];
        key.CopyTo(_keys.AsSpan(entry * _keyBytes, _keyBytes));
        ref var bucket = ref _buckets[Hash(key) & (uint)(_buckets.Length - 1)];
        _next[entry] = bucket;
        bucket = entry;
        IsUsed[entry] = true;
        Count++;
        Interlocked.Increment(ref _version);
        return entry;
    }

    /// <summary>Removes an entry; the lock is held.</summary>
    public void Remove(int entry)
    {
        Interlocked.Increment(ref _version);
        ref var link = ref _buckets[Hash(Key(entry)) & (uint)(_buckets.Length - 1)];
        while (link != entry)
        {
            link = ref _next[link];
        }

        link = _next[entry];
        _next[entry] = _free;
        _free = entry;
        IsUsed[entry] = false;
        Count--;
        Interlocked.Increment(ref _version);
    }

    // Multiply and fold, eight bytes at a time, from a secret start: nobody can choose keys that fall into one bucket.
    private uint Hash(ReadOnlySpan<byte> key)
    {
        const ulong Golden = 0x9E37_79B9_7F4A_7C15;
        var hash = _seed;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(key))
        {
            hash = (hash ^ word) * Golden;
            hash ^= hash >> 32;
        }

        var rest = key[(key.Length & ~7)..];
        ulong last = (ulong)rest.Length << 56;
        for (var i = 0; i < rest.Length; i++)
        {
            last |= (ulong)rest[i] << (8 * i);
        }

        hash = (hash ^ last) * Golden;
        return (uint)(hash ^ (hash >> 32));
    }

    private int Walk(ReadOnlySpan<byte> key, uint hash)
    {
        var entry = _buckets[hash & (uint)(_buckets.Length - 1)];
        for (var steps = 0; entry >= 0 && steps < _next.Length; steps++)
        {
            if (Key(entry).SequenceEqual(key))
            {
                return entry;
            }

            entry = _next[entry];
        }

        return -1;
    }
}
