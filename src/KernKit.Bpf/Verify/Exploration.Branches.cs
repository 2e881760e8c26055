using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>Conditional jumps: which ways are possible, and what each of them teaches.</content>
internal sealed partial class Exploration
{
    private int Jump(AbstractState state, Op op, Instruction slot, int index)
    {
        var a = Read(state, slot.Destination);
        var isRegister = op.HasSourceRegister();
        var b = isRegister ? Read(state, slot.Source) : AbstractValue.Constant((ulong)(long)slot.Immediate);
        var source = isRegister ? slot.Source : -1;
        var condition = Condition.Of(op);
        if (a.IsPointer && b.IsPointer && a.Kind != b.Kind && !IsPacketPair(a, b) && !_options.AllowPointerLeaks
            && condition.Relation is not (Relation.Equal or Relation.NotEqual))
        {
            throw Refuse(
                "compares pointers to different things", "compare pointers of one kind", slot.Destination, slot.Source);
        }

        if (a.IsPointer != b.IsPointer && !_options.AllowPointerLeaks && !IsNullTest(condition, a.IsPointer ? b : a))
        {
            throw Refuse(
                "compares a pointer with a number, which tells about the address",
                "compare pointers with pointers, or with null",
                slot.Destination, source < 0 ? slot.Destination : source);
        }

        var other = state.Copy();
        var isTaken = Learn(other, condition, slot.Destination, source, b);
        var isPassed = Learn(state, condition.Negated(), slot.Destination, source, b);
        if (isTaken && isPassed)
        {
            Fork(other, _program.Target(index));
            return index + 1;
        }

        if (isTaken)
        {
            state.Assign(other);
            return _program.Target(index);
        }

        // Neither is possible where what was known contradicts itself: no run comes here.
        return isPassed ? index + 1 : -1;
    }

    private static bool IsNullTest(Condition condition, AbstractValue number) => !condition.Is32
        && condition.Relation is Relation.Equal or Relation.NotEqual && number.Number is { IsConstant: true, UMin: 0 };

    private static bool IsPacketPair(AbstractValue a, AbstractValue b) =>
        a.Kind is >= ValueKind.Packet and <= ValueKind.PacketMeta
            && b.Kind is >= ValueKind.Packet and <= ValueKind.PacketMeta;

    // Puts into the state what the condition says; false if it cannot hold.
    private bool Learn(AbstractState state, Condition condition, int left, int right, AbstractValue constant)
    {
        var a = state.Registers[left];
        var b = right < 0 ? constant : state.Registers[right];
        if (a.IsNumber && b.IsNumber)
        {
            return LearnNumbers(state, condition, (left, a), (right, b));
        }

        if (condition.Is32)
        {
            return true;
        }

        if (a.IsPointer && b.IsNumber)
        {
            return LearnNull(state, condition, a, b);
        }

        if (b.IsPointer && a.IsNumber)
        {
            return LearnNull(state, condition, b, a);
        }

        if (a.MayBeNull || b.MayBeNull)
        {
            return true;
        }

        var (x, y) = condition.IsReversed ? (b, a) : (a, b);
        return (x.Kind, y.Kind) switch
        {
            (ValueKind.Packet, ValueKind.PacketEnd) => LearnRoom(state, condition.Relation, x, y),
            (ValueKind.PacketEnd, ValueKind.Packet) => LearnOutside(state, condition.Relation, y, x),
            (ValueKind.PacketMeta, ValueKind.Packet) => LearnMeta(state, condition.Relation, x, y),
            _ => true,
        };
    }

    private static bool LearnNumbers(
        AbstractState state, Condition condition, (int Register, AbstractValue Value) a,
            (int Register, AbstractValue Value) b)
    {
        var (x, y) = (a.Value.Number, b.Value.Number);
        if (a.Register == b.Register)
        {
            return condition.Relation is Relation.Equal or Relation.LessOrEqual or Relation.LessOrEqualSigned
                || (condition.Relation == Relation.SharesBits && x.UMax != 0)
                || (condition.Relation == Relation.SharesNoBits && (condition.Is32 ? x.Low32() : x).Contains(0));
        }

        Scalar.Restrict(condition, ref x, ref y);
        if (x.IsEmpty)
        {
            return false;
        }

        var high = condition.IsReversed ? a.Value : b.Value;
        var below = AbstractValue.Nothing;
        if (!condition.Is32 && high.Length != AbstractValue.Nothing && high.Length <= state.PacketRoom
            && condition.Relation is Relation.Less or Relation.LessOrEqual or Relation.Equal)
        {
            below = high.Length + (condition.Relation == Relation.Less ? 1 : 0);
        }

        return Narrow(state, a.Register, a.Value, x, condition.IsReversed ? AbstractValue.Nothing : below)
            && Narrow(state, b.Register, b.Value, y, condition.IsReversed ? below : AbstractValue.Nothing);
    }

    // Writes a better range to a register, to copies of its value, and to what hangs on the packet's length.
    private static bool Narrow(AbstractState state, int register, AbstractValue value, Scalar number, long below)
    {
        if (register < 0 || (number == value.Number && below == AbstractValue.Nothing))
        {
            return true;
        }

        if (value.Length != AbstractValue.Nothing && number.SMin >= 0)
        {
            state.PacketRoom = Math.Max(state.PacketRoom, number.SMin + value.Length);
        }

        var isPossible = true;
        if (value.Id != 0)
        {
            state.Replace(v =>
            {
                if (Array.Find(v.Ties, tie => tie.Of == value.Id) is { } tie)
                {
                    var place = Scalar.Subtract(tie.Image(number, value.Delta), Scalar.Constant((ulong)v.Offset));
                    var narrowed = v.Number.Intersect(place);
                    isPossible &= !narrowed.IsEmpty;
                    return v with { Number = narrowed };
                }

                if (!v.IsNumber || v.Id != value.Id)
                {
                    return v;
                }

                var distance = unchecked(v.Delta - value.Delta);
                var shifted = v.Number.Intersect(Scalar.Add(number, Scalar.Constant((ulong)distance)));
                isPossible &= !shifted.IsEmpty;
                var bound = below != AbstractValue.Nothing && IsNear(distance) && Stays(number, distance)
                    ? below - distance : AbstractValue.Nothing;
                return v with { Number = shifted, Below = Math.Max(v.Below, bound) };
            });
        }

        state.Registers[register] = value with { Number = number, Below = Math.Max(value.Below, below) };
        return isPossible;
    }

    private static bool LearnNull(AbstractState state, Condition condition, AbstractValue pointer, AbstractValue number)
    {
        if (!number.Number.IsConstant || number.Number.UMin != 0
            || condition.Relation is not (Relation.Equal or Relation.NotEqual))
        {
            return true;
        }

        var isNull = condition.Relation == Relation.Equal;
        if (!pointer.MayBeNull)
        {
            return !isNull;
        }

        if (isNull && pointer.Reference != 0)
        {
            state.References = [.. state.References.Where(reference => reference != pointer.Reference)];
        }

        state.Replace(v => v.MayBeNull && v.Id == pointer.Id && v.Kind == pointer.Kind
            ? isNull ? AbstractValue.Constant(0) : v with { MayBeNull = false }
            : v);
        return true;
    }

    // What "pointer rel end" teaches: bytes before the end are there.
    private bool LearnRoom(AbstractState state, Relation relation, AbstractValue pointer, AbstractValue end)
    {
        var more = relation switch
        {
            Relation.Less => 1,
            Relation.LessOrEqual or Relation.Equal => 0,
            _ => -1,
        };
        if (more < 0)
        {
            return true;
        }

        var room = pointer.Offset + more - end.Offset;
        if (pointer.Lowest < -(1L << 20) || end.Number is not { IsConstant: true, UMin: 0 })
        {
            return true;
        }

        state.PacketRoom = Math.Max(state.PacketRoom, pointer.Number.SMin + room);
        if (pointer.Id == 0)
        {
            return pointer.Number.SMin + room <= _rules.PacketBytesMax;
        }

        var most = _rules.PacketBytesMax - room;
        var number = pointer.Number.Intersect(Scalar.SignedRange(long.MinValue, most));
        state.Replace(v => v.Kind == ValueKind.Packet && v.Id == pointer.Id
            ? v with { Room = Math.Max(v.Room, room), Number = number }
            : v);
        return !number.IsEmpty;
    }

    // "end rel pointer": impossible where the pointer is known to lie before the end.
    private static bool LearnOutside(AbstractState state, Relation relation, AbstractValue pointer, AbstractValue end)
    {
        var isStrict = relation == Relation.Less;
        if (relation is not (Relation.Less or Relation.LessOrEqual or Relation.Equal) || end.Offset != 0
            || end.Number is not { IsConstant: true, UMin: 0 })
        {
            return true;
        }

        var room = Math.Max(
            pointer.Id != 0 && pointer.Room != AbstractValue.Nothing ? pointer.Room - pointer.Offset : long.MinValue,
            state.PacketRoom - pointer.Highest);
        return isStrict ? room < 0 : room < 1;
    }

    private static bool LearnMeta(AbstractState state, Relation relation, AbstractValue meta, AbstractValue packet)
    {
        if (meta.Number.IsConstant && packet.Id == 0 && packet.Number.IsConstant && packet.Offset == 0
            && relation is Relation.Less or Relation.LessOrEqual)
        {
            state.MetaRoom = Math.Max(state.MetaRoom, meta.Lowest + (relation == Relation.Less ? 1 : 0));
        }

        return true;
    }
}
