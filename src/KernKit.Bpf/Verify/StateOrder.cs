namespace KernKit.Bpf.Verify;

/// <summary>How far a join goes beyond its two states, so that only so many joins can follow.</summary>
internal enum Widening
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Bounds that moved go on to the next number that the program compares with.</summary>
    Thresholds,

    /// <summary>Bounds that moved are given up.</summary>
    Extremes,
}

/// <summary>Compares and joins states: one more general than another makes exploring the other needless.</summary>
/// <remarks>Ids and references mean nothing across states but equality, so they are matched one to one on the
/// way.</remarks>
internal sealed class StateOrder(ulong[] thresholds, Func<int> freshId)
{
    private readonly Dictionary<int, int> _matched = [];
    private readonly HashSet<int> _taken = [];
    private readonly Dictionary<int, long> _shifts = [];
    private readonly Dictionary<int, ulong> _constants = [];
    private readonly List<(Tie Known, AbstractValue Other)> _ties = [];
    private readonly Dictionary<(int A, int B, long OffsetA, long OffsetB), int> _joined = [];
    private (long A, long B) _packetRooms;
    private ulong[] _thresholds = [];
    private bool _withGhosts;
    private bool _widensGhosts;

    /// <summary>Whether every run that the new state stands for is one of the known state's.</summary>
    /// <param name="known">What was explored.</param>
    /// <param name="other">What comes in.</param>
    /// <param name="withGhosts">Whether values must have moved alike, too.</param>
    public bool Covers(AbstractState known, AbstractState other, bool withGhosts = true)
    {
        _withGhosts = withGhosts;
        if (known.Frames.Count != other.Frames.Count || known.PacketRoom > other.PacketRoom
            || known.MetaRoom > other.MetaRoom || known.References.Length != other.References.Length
            || (other.IsTainted && !known.IsTainted)
            || (withGhosts && !known.Eras.AsSpan().SequenceEqual(other.Eras)))
        {
            return false;
        }

        _matched.Clear();
        _taken.Clear();
        _shifts.Clear();
        _constants.Clear();
        _ties.Clear();
        _packetRooms = (known.PacketRoom, other.PacketRoom);
        for (var f = known.Frames.Count - 1; f >= 0; f--)
        {
            if (!Covers(known.Frames[f], other.Frames[f]))
            {
                return false;
            }
        }

        return _ties.TrueForAll(pair => IsTied(pair.Known, pair.Other))
            && known.References.All(r => _matched.TryGetValue(-r, out var m) && other.References.Contains(-m))
            && (known.Lock <= 0 ? other.Lock == known.Lock : Match(known.Lock, other.Lock));
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
                || (b.Low is { IsNumber: false } && a.Low is null && a.Written != 0))
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

        if (known.Kind != other.Kind || (known.IsForeign && !other.IsForeign)
            || (_withGhosts && !Ghost.Covers(known.Ghost, other.Ghost)))
        {
            return false;
        }

        foreach (var tie in known.Ties)
        {
            _ties.Add((tie, other));
        }

        if (known.IsNumber)
        {
            return known.Number.Covers(other.Number)
                && (known.Length == AbstractValue.Nothing || known.Length == other.Length)
                && known.Below <= other.Below
                && (known.Id == 0 || MatchNumber(known, other));
        }

        if (known.Region != other.Region || (other.MayBeNull && !known.MayBeNull)
            || (other.IsReadOnly && !known.IsReadOnly))
        {
            return false;
        }

        if ((known.Reference != 0 || other.Reference != 0) && !Match(-known.Reference, -other.Reference))
        {
            return false;
        }

        // Constant and variable parts may be split otherwise, if all pointers with one variable part are alike in that.
        var shift = other.Offset - known.Offset;
        var number = shift == 0 ? other.Number : Scalar.Add(other.Number, Scalar.Constant((ulong)shift));
        return known.Number.Covers(number)
            && (known.Room == AbstractValue.Nothing || known.Room <= RoomOf(other, known.Offset, _packetRooms.B))
            && (known.Id == 0 || (Match(known.Id, other.Id, isZeroFine: !known.MayBeNull && known.Reference == 0)
                && MatchShift(known.Id, shift)));
    }

    // What an id stands for may be another number of the same run there, if all values with the id are shifted alike.
    // Constants have no ids: what one would stand for is known itself.
    private bool MatchNumber(AbstractValue known, AbstractValue other)
    {
        if (!other.Number.IsConstant)
        {
            return !_constants.ContainsKey(known.Id) && Match(known.Id, other.Id)
                && MatchShift(known.Id, unchecked(other.Delta - known.Delta));
        }

        var stands = unchecked(other.Number.UMin - (ulong)known.Delta);
        return !_matched.ContainsKey(known.Id)
            && (_constants.TryAdd(known.Id, stands) || _constants[known.Id] == stands);
    }

    private bool IsTied(Tie known, AbstractValue other)
    {
        if (_constants.TryGetValue(known.Of, out var constant))
        {
            return other.HasConstantOffset
                && unchecked(((ulong)known.Scale * constant) + (ulong)known.Delta) == (ulong)other.Lowest;
        }

        return _matched.TryGetValue(known.Of, out var id) && Array.Exists(other.Ties, tie => tie.Of == id
            && tie.Scale == known.Scale
            && tie.Delta == unchecked(known.Delta + (known.Scale * _shifts.GetValueOrDefault(known.Of))));
    }

    private bool MatchShift(int id, long shift) => _shifts.TryAdd(id, shift) || _shifts[id] == shift;

    private bool Match(int a, int b, bool isZeroFine = false)
    {
        if (_matched.TryGetValue(a, out var seen))
        {
            return seen == b;
        }

        if (b == 0 ? !isZeroFine : !_taken.Add(b))
        {
            return false;
        }

        _matched[a] = b;
        return true;
    }

    /// <summary>A state that stands for all runs of two.</summary>
    /// <param name="a">What was known so far.</param>
    /// <param name="b">What comes in.</param>
    /// <param name="widen">How far bounds jump that moved.</param>
    /// <param name="widensGhosts">Whether distances that values have moved jump, too.</param>
    /// <returns>Null if the two cannot be one: other frames or resources.</returns>
    public AbstractState? Join(AbstractState a, AbstractState b, Widening widen, bool widensGhosts)
    {
        _widensGhosts = widensGhosts;
        if (a.Frames.Count != b.Frames.Count || !a.References.SequenceEqual(b.References) || a.Lock != b.Lock)
        {
            return null;
        }

        _joined.Clear();
        _packetRooms = (a.PacketRoom, b.PacketRoom);
        _thresholds = widen == Widening.Thresholds ? ThresholdsOf(a, b) : thresholds;
        var joined = new AbstractState
        {
            PacketRoom = b.PacketRoom >= a.PacketRoom ? a.PacketRoom : widen != Widening.None ? 0 : b.PacketRoom,
            MetaRoom = Math.Min(a.MetaRoom, b.MetaRoom),
            References = a.References,
            Lock = a.Lock,
            IsTainted = a.IsTainted || b.IsTainted,
            IsJoined = true,
            Eras = b.Eras,
        };
        for (var f = 0; f < a.Frames.Count; f++)
        {
            joined.Frames.Add(Join(a.Frames[f], b.Frames[f], widen));
        }

        TieRegisters(a.Registers, b.Registers, joined.Registers);

        return joined;
    }

    private Frame Join(Frame a, Frame b, Widening widen)
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

    // What moves along with a number in both states does so in the joined one, and is where the number lets it be.
    private void TieRegisters(AbstractValue[] a, AbstractValue[] b, AbstractValue[] joined)
    {
        for (var p = 0; p < joined.Length; p++)
        {
            if (!joined[p].IsAddress || joined[p].MayBeNull || joined[p].HasConstantOffset)
            {
                continue;
            }

            for (var n = 0; n < joined.Length; n++)
            {
                if (joined[n].IsNumber && !joined[n].Number.IsConstant
                    && Tie.Common((a[p], a[n]), (b[p], b[n])) is { } line)
                {
                    joined[n] = joined[n].Id != 0 ? joined[n] : joined[n] with { Id = freshId(), Delta = 0 };
                    joined[p] = Tied(joined[p], joined[n], line);
                }
            }
        }
    }

    private static AbstractValue Tied(AbstractValue pointer, AbstractValue number, (long Scale, long At0) line)
    {
        var delta = ((Int128)line.Scale * number.Delta) + line.At0;
        if (delta < long.MinValue / 2 || delta > long.MaxValue / 2)
        {
            return pointer;
        }

        var tie = new Tie(number.Id, line.Scale, (long)delta);
        var place = Scalar.Subtract(tie.Image(number.Number, number.Delta), Scalar.Constant((ulong)pointer.Offset));
        var narrowed = pointer.Number.Intersect(place);
        return narrowed.IsEmpty ? pointer : pointer with { Number = narrowed, Ties = [.. pointer.Ties, tie] };
    }

    private StackSlot Join(in StackSlot a, in StackSlot b, Widening widen)
    {
        var slot = new StackSlot((byte)(a.Written & b.Written), 0, null, null);
        var bytes = Math.Min(a.LowBytes, b.LowBytes);
        if (a.Low is { IsNumber: false } || b.Low is { IsNumber: false })
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

    private AbstractValue Join(AbstractValue a, AbstractValue b, Widening widen)
    {
        if (ReferenceEquals(a, b) || !a.IsUsable)
        {
            return a;
        }

        if (a.Kind != b.Kind || a.Region != b.Region || a.Reference != b.Reference)
        {
            return b.IsUsable ? AbstractValue.Invalid($"is {a} on one way here and {b} on another") : b;
        }

        var ghost = Ghost.Join(a.Ghost, b.Ghost, _widensGhosts);
        if (a.IsNumber)
        {
            var sameId = a.Id != 0 && b.Id != 0 && a.Delta == b.Delta;
            return new AbstractValue
            {
                Kind = ValueKind.Number,
                Number = Join(a.Number, b.Number, widen),
                IsForeign = a.IsForeign && b.IsForeign,
                Id = sameId ? JoinedId(a.Id, b.Id) : 0,
                Delta = sameId ? a.Delta : 0,
                Below = JoinedRoom(a.Below, b.Below, widen),
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
        return a with
        {
            Number = Join(x, y, widen),
            Offset = offset,
            Id = same ? a.Id : JoinedId(a.Id, b.Id, a.Offset, b.Offset),
            Ties = [],
            MayBeNull = a.MayBeNull || b.MayBeNull,
            IsReadOnly = a.IsReadOnly || b.IsReadOnly,
            Room = same && a.Id == 0 ? AbstractValue.Nothing
                : JoinedRoom(RoomOf(a, offset, _packetRooms.A), RoomOf(b, offset, _packetRooms.B), widen),
            Ghost = ghost,
        };
    }

    // What is known to lie behind base and variable part, once the constant part has become another one. A pointer
    // without a variable part knows it from the packet's length.
    private static long RoomOf(AbstractValue value, long offset, long packetRoom)
    {
        var room = value.Kind != ValueKind.Packet ? AbstractValue.Nothing
            : value.Id != 0 ? value.Room
            : packetRoom;
        return room == AbstractValue.Nothing ? room : room - (value.Offset - offset);
    }

    private static long JoinedRoom(long a, long b, Widening widen) =>
        b >= a ? a : widen != Widening.None ? AbstractValue.Nothing : b;

    private int JoinedId(int a, int b, long offsetA = 0, long offsetB = 0)
    {
        var key = (a, b, offsetA, offsetB);
        if (!_joined.TryGetValue(key, out var id))
        {
            _joined[key] = id = freshId();
        }

        return id;
    }

    private Scalar Join(in Scalar a, in Scalar b, Widening widen)
    {
        var union = a.Union(b);
        if (widen == Widening.None || union == a)
        {
            return union;
        }

        var isExtreme = widen == Widening.Extremes;

        // Known high bits would pull the bounds back: only alignment survives widening.
        var aligned = (1UL << Math.Min(63, System.Numerics.BitOperations.TrailingZeroCount(union.Bits.Mask))) - 1;
        return (Scalar.Unknown with
        {
            Bits = new Tnum(union.Bits.Value & aligned, ~aligned),
            UMin = union.UMin == a.UMin ? a.UMin : isExtreme ? 0 : Down(union.UMin),
            UMax = union.UMax == a.UMax ? a.UMax : isExtreme ? ulong.MaxValue : Up(union.UMax),
            SMin = union.SMin == a.SMin ? a.SMin : isExtreme ? long.MinValue : DownSigned(union.SMin),
            SMax = union.SMax == a.SMax ? a.SMax : isExtreme ? long.MaxValue : UpSigned(union.SMax),
        }).Settle();
    }

    // Loops are also left by comparisons with numbers that are not in the program: bounds of values that are here.
    private ulong[] ThresholdsOf(AbstractState a, AbstractState b)
    {
        SortedSet<ulong>? numbers = null;
        for (var r = 0; r < a.Registers.Length; r++)
        {
            var (x, y) = (a.Registers[r], b.Registers[r]);
            if (x.IsNumber && y.IsNumber && x.Number == y.Number && x.Number.UMax < int.MaxValue)
            {
                numbers ??= new SortedSet<ulong>(thresholds);
                numbers.UnionWith([x.Number.UMax - Math.Min(x.Number.UMax, 1), x.Number.UMax, x.Number.UMax + 1]);
            }
        }

        return numbers is null ? thresholds : [.. numbers];
    }

    private ulong Up(ulong bound)
    {
        var i = Array.BinarySearch(_thresholds, bound);
        i = i < 0 ? ~i : i;
        return i < _thresholds.Length ? _thresholds[i] : ulong.MaxValue;
    }

    private ulong Down(ulong bound)
    {
        var i = Array.BinarySearch(_thresholds, bound);
        i = i < 0 ? ~i - 1 : i;
        return i >= 0 ? _thresholds[i] : 0;
    }

    private long UpSigned(long bound) => bound < 0
        ? -(long)Down((ulong)-bound)
        : Up((ulong)bound) is <= long.MaxValue and var up ? (long)up : long.MaxValue;

    private long DownSigned(long bound) => bound >= 0
        ? (long)Down((ulong)bound)
        : bound == long.MinValue || Up((ulong)-bound) > long.MaxValue ? long.MinValue : -(long)Up((ulong)-bound);
}
