using System.Runtime.CompilerServices;

namespace KernKit.Volumes;

/// <summary>The entries of one directory: a buffer to be filled again and again, so that a walk allocates nothing
/// per entry.</summary>
/// <remarks>"." and ".." are not listed. Names are raw bytes without NUL or '/', 1 to 255 of them: a volume checks
/// before it adds.</remarks>
public sealed class DirectoryListing
{
    private Slot[] _slots = new Slot[64];
    private byte[] _names = new byte[2048];
    private int _namesUsed;

    /// <summary>The number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of memory that the listing holds.</summary>
    public long MemoryBytes => _names.Length + ((long)_slots.Length * Unsafe.SizeOf<Slot>());

    /// <summary>The name of entry <paramref name="index"/>, valid until the listing is cleared.</summary>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref readonly var slot = ref Checked(index);
        return _names.AsSpan(slot.NameAt, slot.NameLength);
    }

    /// <summary>The node that entry <paramref name="index"/> names.</summary>
    public ulong Id(int index) => Checked(index).Id;

    /// <summary>The type that the entry states, or <see cref="NodeType.Unknown"/>.</summary>
    public NodeType Type(int index) => Checked(index).Type;

    /// <summary>The byte offset of the entry on the device, for messages.</summary>
    public long Offset(int index) => Checked(index).Offset;

    /// <summary>Forgets all entries and keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        _namesUsed = 0;
    }

    /// <summary>Adds an entry.</summary>
    public void Add(ReadOnlySpan<byte> name, ulong id, NodeType type, long offset)
    {
        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, checked(_slots.Length * 2));
        }

        if (name.Length > _names.Length - _namesUsed)
        {
            Array.Resize(ref _names, checked(Math.Max(_names.Length * 2, _namesUsed + name.Length)));
        }

        name.CopyTo(_names.AsSpan(_namesUsed));
        _slots[Count++] = new Slot(id, offset, _namesUsed, (byte)name.Length, type);
        _namesUsed += name.Length;
    }

    /// <summary>Sorts the entries by the bytes of their names; equal names, which are damage, stay in the order of
    /// the volume.</summary>
    public void Sort() => _slots.AsSpan(0, Count).Sort(Compare);

    /// <summary>The index of <paramref name="name"/>, or -1.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (Name(i).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Refuses an entry whose name the one before it has already; the listing must be sorted.</summary>
    /// <remarks>Two nodes under one path are more than an ambiguity: what lies below the second, a directory, would be
    /// taken for something below the first, perhaps a symbolic link to anywhere.</remarks>
    internal void RequireUnique(int index)
    {
        if (IsRepeated(index))
        {
            throw new VolumeException(
                VolumeError.Damaged, "the directory holds this name twice: the second is left out", "dirent.name",
                Offset(index));
        }
    }

    /// <summary>True if the entry before has the same name already; the listing must be sorted.</summary>
    internal bool IsRepeated(int index) => index > 0 && Name(index).SequenceEqual(Name(index - 1));

    /// <summary>The damage of an entry that says another type than its node has, or null; the node is
    /// right.</summary>
    internal VolumeException? TypeDamage(int index, in NodeAttributes node) =>
        Type(index) == NodeType.Unknown || Type(index) == node.Type
            ? null
            : new VolumeException(
                VolumeError.Damaged, $"the entry says {Type(index)}, inode {node.Id} is of type {node.Type}",
                "dirent.type", Offset(index));

    /// <inheritdoc/>
    public override string ToString() => $"{Count} entries";

    private int Compare(Slot a, Slot b)
    {
        var order = _names.AsSpan(a.NameAt, a.NameLength).SequenceCompareTo(_names.AsSpan(b.NameAt, b.NameLength));
        return order != 0 ? order : a.NameAt.CompareTo(b.NameAt);
    }

    private ref readonly Slot Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _slots[index];
    }

    private readonly record struct Slot(ulong Id, long Offset, int NameAt, byte NameLength, NodeType Type);
}
