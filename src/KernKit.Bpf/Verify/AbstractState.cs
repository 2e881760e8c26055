namespace KernKit.Bpf.Verify;

/// <summary>What is known when control is at one place: frames, packet, resources.</summary>
internal sealed class AbstractState
{
    public List<Frame> Frames { get; } = [];

    /// <summary>The active function.</summary>
    public Frame Top => Frames[^1];

    public AbstractValue[] Registers => Frames[^1].Registers;

    /// <summary>Bytes that the packet has at least.</summary>
    public long PacketRoom { get; set; }

    /// <summary>Bytes before the packet that can be read.</summary>
    public long MetaRoom { get; set; }

    /// <summary>Resources of the host that must be given back, ascending.</summary>
    public int[] References { get; set; } = [];

    /// <summary>The id of the value whose lock is held; 0 for none.</summary>
    public int Lock { get; set; }

    /// <summary>An unproved store may have changed memory that programs cannot write otherwise: the context.</summary>
    public bool IsTainted { get; set; }

    /// <summary>Comes from a join: knows less than any one way here.</summary>
    public bool IsJoined { get; set; }

    /// <summary>The joined heads of loops that control came through and is still inside of, ascending, each with the
    /// number of the join.</summary>
    public (int Head, int Join)[] Eras { get; set; } = [];

    public AbstractState Copy()
    {
        var copy = new AbstractState
        {
            PacketRoom = PacketRoom,
            MetaRoom = MetaRoom,
            References = References,
            Lock = Lock,
            IsTainted = IsTainted,
            IsJoined = IsJoined,
            Eras = Eras,
        };
        foreach (var frame in Frames)
        {
            copy.Frames.Add(frame.Copy());
        }

        return copy;
    }

    /// <summary>Becomes another state.</summary>
    public void Assign(AbstractState other)
    {
        if (ReferenceEquals(this, other))
        {
            return;
        }

        Frames.Clear();
        Frames.AddRange(other.Frames);
        (PacketRoom, MetaRoom, References, Lock) = (other.PacketRoom, other.MetaRoom, other.References, other.Lock);
        (IsTainted, IsJoined, Eras) = (other.IsTainted, other.IsJoined, other.Eras);
    }

    /// <summary>Replaces values in all frames.</summary>
    public void Replace(Func<AbstractValue, AbstractValue> change)
    {
        foreach (var frame in Frames)
        {
            frame.Replace(change);
        }
    }
}
