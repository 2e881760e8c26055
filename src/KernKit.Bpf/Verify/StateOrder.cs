namespace KernKit.Bpf.Verify;

/// <summary>Compares and joins states: one more general than another makes exploring the other needless.</summary>
/// <remarks>Ids and references mean nothing across states but equality, so they are matched one to one on the
/// way.</remarks>
internal sealed class StateOrder(ulong[] thresholds, Func<int> freshId)
{
    private readonly Dictionary<int, int> _matched = [];
    private readonly HashSet<int> _taken = [];
    private readonly Dictionary<(int A, int B, long OffsetA, long OffsetB), int> _joined = [];

    /// <summary>Whether every run that the new state stands for is one of the known state's.</summary>
    public bool Covers(AbstractState known, AbstractState other)
    {
        if (known.Frames.Count != other.Frames.Count || known.PacketRoom > other.PacketRoom
            || known.MetaRoom > other.MetaRoom || known.References.Length != other.References.Length
            || (other.IsTainted && !known.IsTainted))
        {
            return false;
        }

        _matched.Clear();
        _taken.Clear();
        for (var f = known.Frames.Count - 1; f >= 0; f--)
        {
            if (!Covers(known.Frames[f], other.Frames[f]))
            {
                return false;
            }
        }

        return known.References.All(r => _matched.TryGetValue(-r, out var m) && other.References.Contains(-m))
            && (known.Lock == 0 ? other.Lock == 0 : Match(known.Lock, other.Lock));
    }

    private bool Covers(Frame known, Frame other)
    {
        if (known.Entry != other.Entry)
        {
            return false;
        }

        for (var r = 0; r < 11; r++)
        {
            if (!Covers(known.Registers[r], other.Registers[r]))
            {
                return false;
            }
        }

        for (var s = 0; s < known.Slots.Length; s++)
        {
            var a = known.Slots[s];
            var b = s < other.Slots.Length ? other.Slots[s] : default;
            if ((a.Written & ~b.Written) != 0)
            {
                return false;
            }

            if (!CoversPart(a, b, 0, a.LowBytes, a.Low) || !CoversPart(a, b, 4, 4, a.High)
                || (b.Low is { IsPointer: true } && a.Low is null && a.Written != 0))
            {
                return false;
            }
        }

        return true;
    }

    private bool CoversPart(in StackSlot known, in StackSlot other, int at, int bytes, AbstractValue? value)
    {
        if (value is null)
        {
            return true;
        }

        return other.IsWritten(at, bytes)
            && Covers(value, other.Load(at, bytes) ?? (other.HasPointer(at, bytes)
                ? AbstractValue.Unwritten
                : AbstractValue.Of(Scalar.OfBytes(bytes))));
    }

    private bool Covers(AbstractValue known, AbstractValue other)
    {
        if (!known.IsUsable)
        {
            return true;
        }

        if (known.Kind != other.Kind || !Ghost.Covers(known.Ghost, other.Ghost))
        {
            return false;
        }

        if (known.IsNumber)
        {
            return known.Number.Covers(other.Number)
                && (known.Length == AbstractValue.Nothing || known.Length == other.Length)
                && known.Below <= other.Below
                && (known.Id == 0 || (known.Delta == other.Delta && Match(known.Id, other.Id)));
        }

        if (known.Region != other.Region || (other.MayBeNull && !known.MayBeNull))
        {
            return false;
        }

        if ((known.Reference != 0 || other.Reference != 0) && !Match(-known.Reference, -other.Reference))
        {
            return false;
        }

        return known.Offset == other.Offset && known.Number.Covers(other.Number) && known.Room <= other.Room
            && (known.Id == 0 || Match(known.Id, other.Id));
    }

    private bool Match(int a, int b)
    {
        if (_matched.TryGetValue(a, out var seen))
        {
            return seen == b;
        }

        if (b == 0 || !_taken.Add(b))
        {
            return false;
        }

        _matched[a] = b;
        return true;
    }

    /// <summary>A state that stands for all runs of two.</summary>
    /// <param name="a">What was known so far.</param>
    /// <param name="b">What comes in.</param>
    /// <param name="widen">Jump to thresholds, so that only so many joins can follow.</param>
    /// <returns>Null if the two cannot be one: other frames or resources.</returns>
    public AbstractState? Join(AbstractState a, AbstractState b, bool widen)
    {
        if (a.Frames.Count != b.Frames.Count || !a.References.SequenceEqual(b.References) || a.Lock != b.Lock)
        {
            return null;
        }

        _joined.Clear();
        var joined = new AbstractState
        {
            PacketRoom = widen && b.PacketRoom < a.PacketRoom ? 0 : Math.Min(a.PacketRoom, b.PacketRoom),
            MetaRoom = Math.Min(a.MetaRoom, b.MetaRoom),
            References = a.References,
            Lock = a.Lock,
            IsTainted = a.IsTainted || b.IsTainted,
            IsJoined = true,
        };
        for (var f = 0; f < a.Frames.Count; f++)
        {
            joined.Frames.Add(Join(a.Frames[f], b.Frames[f], widen));
        }

        return joined;
    }

    private Frame Join(Frame a, Frame b, bool widen)
    {
        var joined = a.Copy();
        for (var r = 0; r < 11; r++)
        {
            joined.Registers[r] = Join(a.Registers[r], b.Registers[r], widen);
        }

        for (var s = 0; s < joined.Slots.Length; s++)
        {
            var x = joined.Slots[s];
            var y = s < b.Slots.Length ? b.Slots[s] : default;
            joined.Slots[s] = Join(x, y, widen);
        }

        return joined;
    }

    private StackSlot Join(in StackSlot a, in StackSlot b, bool widen)
    {
        var slot = new StackSlot((byte)(a.Written & b.Written), 0, null, null);
        var bytes = Math.Min(a.LowBytes, b.LowBytes);
        if (a.Low is { IsPointer: true } || b.Low is { IsPointer: true })
        {
            if (a.LowBytes != b.LowBytes || Join(a.Low!, b.Low!, widen) is not { IsUsable: true } both)
            {
                return slot with { Written = 0 };
            }

            return slot with { Low = both, LowBytes = 8 };
        }

        if (bytes > 0 && a.Load(0, bytes) is { } x && b.Load(0, bytes) is { } y)
        {
            slot = slot with { Low = Join(x, y, widen), LowBytes = bytes };
        }

        return bytes <= 4 && a.High is { } p && b.High is { } q ? slot with { High = Join(p, q, widen) } : slot;
    }

    private AbstractValue Join(AbstractValue a, AbstractValue b, bool widen)
    {
        if (ReferenceEquals(a, b) || !a.IsUsable)
        {
            return a;
        }

        if (a.Kind != b.Kind || a.Region != b.Region || a.Reference != b.Reference)
        {
            return b.IsUsable ? AbstractValue.Invalid($"is {a} on one way here and {b} on another") : b;
        }

        var ghost = Ghost.Join(a.Ghost, b.Ghost, widen);
        if (a.IsNumber)
        {
            var sameId = a.Id != 0 && b.Id != 0 && a.Delta == b.Delta;
            return new AbstractValue
            {
                Kind = ValueKind.Number,
                Number = Join(a.Number, b.Number, widen),
                Id = sameId ? JoinedId(a.Id, b.Id) : 0,
                Delta = sameId ? a.Delta : 0,
                Below = widen && b.Below < a.Below && b.Below < 0 ? AbstractValue.Nothing : Math.Min(a.Below, b.Below),
                Length = a.Length == b.Length ? a.Length : AbstractValue.Nothing,
                Ghost = ghost,
            };
        }

        // Pointers at other distances: all of the distance becomes the variable part, unless the constant parts agree.
        var (x, y, offset) = a.Offset == b.Offset
            ? (a.Number, b.Number, a.Offset)
            : (Scalar.Add(a.Number, Scalar.Constant((ulong)a.Offset)),
                Scalar.Add(b.Number, Scalar.Constant((ulong)b.Offset)), 0);
        var same = a.Offset == b.Offset && a.Id == b.Id && x == y;
        var room = (a.Room + a.Offset - offset, b.Room + b.Offset - offset);
        return a with
        {
            Number = Join(x, y, widen),
            Offset = offset,
            Id = same ? a.Id : JoinedId(a.Id, b.Id, a.Offset, b.Offset),
            MayBeNull = a.MayBeNull || b.MayBeNull,
            Room = widen && b.Room < a.Room ? 0 : Math.Max(0, a.Offset == b.Offset ? Math.Min(a.Room, b.Room)
                : Math.Min(room.Item1 - a.Offset, room.Item2 - b.Offset)),
            Ghost = ghost,
        };
    }

    private int JoinedId(int a, int b, long offsetA = 0, long offsetB = 0)
    {
        var key = (a, b, offsetA, offsetB);
        if (!_joined.TryGetValue(key, out var id))
        {
            _joined[key] = id = freshId();
        }

        return id;
    }

    private Scalar Join(in Scalar a, in Scalar b, bool widen)
    {
        var union = a.Union(b);
        if (!widen || union == a)
        {
            return union;
        }

        // Known high bits would pull the bounds back: only alignment survives widening.
        var aligned = (1UL << Math.Min(63, System.Numerics.BitOperations.TrailingZeroCount(union.Bits.Mask))) - 1;
        return (Scalar.Unknown with
        {
            Bits = new Tnum(union.Bits.Value & aligned, ~aligned),
            UMin = union.UMin < a.UMin ? Down(union.UMin) : union.UMin,
            UMax = union.UMax > a.UMax ? Up(union.UMax) : union.UMax,
            SMin = union.SMin < a.SMin ? DownSigned(union.SMin) : union.SMin,
            SMax = union.SMax > a.SMax ? UpSigned(union.SMax) : union.SMax,
        }).Settle();
    }

    private ulong Up(ulong bound)
    {
        var i = Array.BinarySearch(thresholds, bound);
        i = i < 0 ? ~i : i;
        return i < thresholds.Length ? thresholds[i] : ulong.MaxValue;
    }

    private ulong Down(ulong bound)
    {
        var i = Array.BinarySearch(thresholds, bound);
        i = i < 0 ? ~i - 1 : i;
        return i >= 0 ? thresholds[i] : 0;
    }

    private long UpSigned(long bound) => bound < 0
        ? -(long)Down((ulong)-bound)
        : Up((ulong)bound) is <= long.MaxValue and var up ? (long)up : long.MaxValue;

    private long DownSigned(long bound) => bound >= 0
        ? (long)Down((ulong)bound)
        : bound == long.MinValue || Up((ulong)-bound) > long.MaxValue ? long.MinValue : -(long)Up((ulong)-bound);
}
