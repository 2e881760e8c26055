using System.Buffers;
using System.Diagnostics;
using System.Numerics;

namespace KernKit.Volumes;

// Metadata is read in small pieces (an inode, a directory block) that lie near one another, by several threads. The
// cache keeps clusters of the device and lends them: the borrower reads the structure in place, so nothing is copied
// and nothing is allocated.
//
//   cluster number --hash--> set: one lock, four ways { tag, buffer, age }
//
// A lease holds its set's lock, so that nobody can refill the buffer under the reader; leases last for one
// structure, and a thread holds at most one. A run that crosses clusters (an unaligned block of an old volume) is
// copied into a rented buffer instead.
//
// Rejected: immutable clusters that readers share without a lock and the collector reclaims (each cluster read would
// be garbage); larger clusters (directories lie far apart, and what is read around them is not looked at).
// Data of files does not come this way: FileContent reads it straight into the caller's buffer.

/// <summary>A bounded cache over a device. Every method may be called from several threads at once.</summary>
internal sealed class BlockCache
{
    /// <summary>The most memory that a cache takes.</summary>
    public const int BytesMax = 8 << 20;

    private const int Ways = 4;

    private readonly IBlockDevice _device;
    private readonly int _shift;
    private readonly int _setShift;
    private readonly Set[] _sets;

    /// <summary>Makes a cache; memory is taken as clusters are read.</summary>
    /// <param name="device">The device.</param>
    /// <param name="clusterBytes">Bytes read at a time: a power of two, 4 KiB to 64 KiB.</param>
    public BlockCache(IBlockDevice device, int clusterBytes)
    {
        Debug.Assert(BitOperations.IsPow2(clusterBytes) && clusterBytes is >= 4096 and <= 65536, "cluster size");
        _device = device;
        _shift = BitOperations.Log2((uint)clusterBytes);
        _sets = new Set[BytesMax / clusterBytes / Ways];
        _setShift = 64 - BitOperations.Log2((uint)_sets.Length);
        for (var i = 0; i < _sets.Length; i++)
        {
            _sets[i] = new Set();
        }
    }

    /// <summary>Lends a run of the device for reading; dispose of the lease before taking the next.</summary>
    /// <exception cref="VolumeException">The run leaves the device, or the device could not be read.</exception>
    public Lease Borrow(long offset, int count)
    {
        DeviceRange.Require(_device, offset, count);
        var number = offset >> _shift;
        var start = (int)(offset - (number << _shift));
        if (start + count > 1 << _shift)
        {
            var rented = ArrayPool<byte>.Shared.Rent(count);
            _device.Read(offset, rented.AsSpan(0, count));
            return new Lease(null, rented, 0, count);
        }

        var set = SetOf(number);
        set.Gate.Enter();
        var buffer = Find(set, number);
        if (buffer is null)
        {
            try
            {
                buffer = Fill(set, number);
            }
            catch
            {
                set.Gate.Exit();
                throw;
            }
        }

        return new Lease(set.Gate, buffer, start, count);
    }

    // Neighbours go to different sets, and a stride of a power of two does not meet one set again and again.
    private Set SetOf(long number) => _sets[(int)(((ulong)number * 0x9E3779B97F4A7C15) >> _setShift)];

    private static byte[]? Find(Set set, long number)
    {
        for (var way = 0; way < Ways; way++)
        {
            if (set.Tags[way] == number + 1)
            {
                set.Ages[way] = ++set.Clock;
                return set.Buffers[way];
            }
        }

        return null;
    }

    private byte[] Fill(Set set, long number)
    {
        var way = 0;
        for (var i = 1; i < Ways; i++)
        {
            if (set.Ages[i] < set.Ages[way])
            {
                way = i;
            }
        }

        var buffer = set.Buffers[way] ??= GC.AllocateUninitializedArray<byte>(1 << _shift);
        var at = number << _shift;
        set.Tags[way] = 0;
        _device.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, _device.Length - at)));
        set.Tags[way] = number + 1;
        set.Ages[way] = ++set.Clock;
        return buffer;
    }

    /// <summary>A run of the device that nobody changes until the lease is disposed of.</summary>
    public readonly ref struct Lease
    {
        private readonly Lock? _gate;
        private readonly byte[] _buffer;

        internal Lease(Lock? gate, byte[] buffer, int start, int count)
        {
            _gate = gate;
            _buffer = buffer;
            Bytes = buffer.AsSpan(start, count);
        }

        public ReadOnlySpan<byte> Bytes { get; }

        public void Dispose()
        {
            if (_gate is null)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }
            else
            {
                _gate.Exit();
            }
        }
    }

    private sealed class Set
    {
        public readonly Lock Gate = new();

        /// <summary>Cluster number + 1; 0 for none.</summary>
        public readonly long[] Tags = new long[Ways];

        public readonly long[] Ages = new long[Ways];

        public readonly byte[]?[] Buffers = new byte[]?[Ways];

        public long Clock;
    }
}
