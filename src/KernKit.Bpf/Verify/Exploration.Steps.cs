using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>One instruction: what it asks of the state, and what it makes of it.</content>
internal sealed partial class Exploration
{
    private const long DistanceMax = 1L << 33;

    private int Step(AbstractState state, int index)
    {
        var op = _program.Ops[index];
        var slot = _program.Instructions[index];
        switch (op)
        {
            case Op.Exit:
                return Exit(state);
            case Op.Ja or Op.JaLong:
                return _program.Target(index);
            case Op.CallHelper:
                return CallHelper(state, slot.Immediate, index);
            case Op.CallLocal:
                return CallLocal(state, _program.Target(index), index);
            case Op.CallReg:
                return CallRegister(state, slot, index);
            case >= Op.LoadImm64 and <= Op.LoadMapIndexValue:
                state.Registers[slot.Destination] = Wide(op, slot, index);
                return index + 2;
        }

        if (op.IsArithmetic())
        {
            Arithmetic(state, op, slot);
        }
        else if (op.IsConditionalJump())
        {
            return Jump(state, op, slot, index);
        }
        else if (op.IsLoad())
        {
            Load(state, op, slot);
        }
        else if (op.IsStore())
        {
            Store(state, op, slot);
        }
        else if (op.IsAtomic())
        {
            Atomic(state, op, slot);
        }
        else
        {
            LegacyLoad(state, op, slot);
        }

        return index + 1;
    }

    private AbstractValue Read(AbstractState state, int register)
    {
        var value = state.Registers[register];
        return value.IsUsable
            ? value
            : throw Refuse($"reads r{register}, which {value.Why}", $"give r{register} a value on every way here");
    }

    private AbstractValue Wide(Op op, Instruction slot, int index)
    {
        var offset = _program.Instructions[index + 1].Immediate;
        switch (op)
        {
            case Op.LoadImm64:
                return AbstractValue.Constant(_program.Wide(index));
            case Op.LoadCode:
                return AbstractValue.Pointer(ValueKind.Code, index + 1 + slot.Immediate);
            case Op.LoadVariable:
                throw Refuse("loads the address of a variable of the host, which is not known here", "");
        }

        if ((uint)slot.Immediate >= (uint)_options.Maps.Count)
        {
            throw Refuse($"names map {slot.Immediate}, there are {_options.Maps.Count}", "give the verifier the maps");
        }

        if (op is Op.LoadMapFd or Op.LoadMapIndex)
        {
            return AbstractValue.Pointer(ValueKind.Map, slot.Immediate);
        }

        var map = _options.Maps[slot.Immediate];
        return map.Kind == MapKind.Array && offset >= 0 && offset < map.ValueBytes
            ? AbstractValue.Pointer(ValueKind.MapValue, slot.Immediate, offset)
            : throw Refuse(
                $"takes the address of byte {offset} of map {map.Name}, which must be an array with longer values", "");
    }

    private void Arithmetic(AbstractState state, Op op, Instruction slot)
    {
        var a = op.IsMove() ? AbstractValue.Anything : Read(state, slot.Destination);
        var b = op.HasSourceRegister()
            ? Read(state, slot.Source)
            : AbstractValue.Constant((ulong)(long)slot.Immediate);
        state.Registers[slot.Destination] = op switch
        {
            Op.Mov64Reg => Linked(state, slot.Source, b),
            Op.Mov32Reg when b.IsNumber && b.Number.UMax <= uint.MaxValue => Linked(state, slot.Source, b),
            _ when a.IsPointer || b.IsPointer => PointerArithmetic(state, op, slot, a, b),
            _ => NumberArithmetic(op, a, b),
        };
    }

    // A copy shares an id with the original, so that what is learned of one holds for the other.
    private AbstractValue Linked(AbstractState state, int register, AbstractValue value)
    {
        if (value.IsNumber && value.Id == 0 && !value.Number.IsConstant)
        {
            value = value with { Id = FreshId() };
            state.Registers[register] = value;
        }

        return value;
    }

    private static AbstractValue NumberArithmetic(Op op, AbstractValue a, AbstractValue b)
    {
        if (b.Number is { IsConstant: true, UMin: 32 } && Back(op, a) is { } extended)
        {
            return extended;
        }

        var result = AbstractValue.Of(Scalar.Evaluate(op, a.Number, b.Number));
        if (op == Op.Lsh64Imm && b.Number.UMin == 32 && !a.Number.IsConstant)
        {
            return result with { Shifted = a with { Shifted = null } };
        }

        var product = op switch
        {
            Op.Lsh64Imm or Op.Lsh32Imm when b.Number.UMin <= 20 => Tie.OfProduct(a, 1UL << (int)b.Number.UMin),
            Op.Mul64Imm or Op.Mul32Imm => Tie.OfProduct(a, b.Number.UMin),
            _ => [],
        };
        if (product.Length > 0 && (!op.Is32() || a.Number.UMax * (ulong)product[0].Scale <= uint.MaxValue))
        {
            return result with { Ties = product };
        }

        var isAdd = op is Op.Add64Imm or Op.Add64Reg or Op.Add32Imm or Op.Add32Reg;
        var isSubtract = op is Op.Sub64Imm or Op.Sub64Reg or Op.Sub32Imm or Op.Sub32Reg;
        if (!isAdd && !isSubtract)
        {
            return result;
        }

        if (isAdd && a.Number.IsConstant && !b.Number.IsConstant)
        {
            (a, b) = (b, a);
        }

        var by = op.Is32() ? Scalar.SignExtended(b.Number, 32) : b.Number;
        var (low, high) = isAdd ? (by.SMin, by.SMax) : (-by.SMax, -by.SMin);
        if (op.Is32() && !KeepsValue(a.Number, low, high))
        {
            return result;
        }

        var ghost = by.SMin == long.MinValue ? null : Ghost.Shift(a.Ghost, low, high);
        var isExact = by.IsConstant && by.SMin != long.MinValue;
        var isForeign = a.IsForeign && isExact && !op.Is32();
        if (ghost is null
            && (!isExact || (!isForeign && a.Id == 0 && a.Ties.Length == 0
                && a.Below == AbstractValue.Nothing && a.Length == AbstractValue.Nothing)))
        {
            return result;
        }

        return new AbstractValue
        {
            Kind = ValueKind.Number,
            Number = result.Number,
            IsForeign = isForeign,
            Ghost = ghost,
            Ties = isExact ? Tie.Moved(a.Ties, low) : [],
            Id = isExact ? a.Id : 0,
            Delta = isExact && a.Id != 0 ? unchecked(a.Delta + low) : 0,
            Below = isExact && a.Below != AbstractValue.Nothing && IsNear(a.Below) && IsNear(low)
                && Stays(a.Number, low)
                ? a.Below - low : AbstractValue.Nothing,
            Length = isExact && a.Length != AbstractValue.Nothing && IsNear(low) ? a.Length - low
                : AbstractValue.Nothing,
        };
    }

    // A number that shifting by 32 there and back leaves as it was.
    private static AbstractValue? Back(Op op, AbstractValue value) => value.Shifted is { } before
        && (op == Op.Rsh64Imm ? before.Number.UMax <= uint.MaxValue
            : op == Op.Arsh64Imm && before.Number.SMin >= int.MinValue && before.Number.SMax <= int.MaxValue)
        ? before : null;

    private static bool IsNear(long distance) => distance is > -DistanceMax and < DistanceMax;

    // Adding does not wrap, unsigned.
    private static bool Stays(in Scalar number, long by) =>
        by >= 0 ? number.UMax <= ulong.MaxValue - (ulong)by : number.UMin >= (ulong)-by;

    // The 64-bit sum is the zero-extended 32-bit sum: nothing wraps at 32 bits.
    private static bool KeepsValue(in Scalar number, long low, long high) =>
        number.UMax <= uint.MaxValue && (long)number.UMin + low >= 0 && (long)number.UMax + high <= uint.MaxValue;

    private AbstractValue PointerArithmetic(
        AbstractState state, Op op, Instruction slot, AbstractValue a, AbstractValue b)
    {
        if (op is Op.Add64Imm or Op.Add64Reg && a.IsPointer != b.IsPointer)
        {
            return a.IsPointer ? Move(state, slot, a, b) : Move(state, slot, b, a);
        }

        if (op is Op.Sub64Imm or Op.Sub64Reg && b.IsNumber)
        {
            return Move(state, slot, a, AbstractValue.Of(Scalar.Subtract(Scalar.Constant(0), b.Number)) with
            {
                Ghost = null,
            });
        }

        if (op is Op.Sub64Reg or Op.Sub32Reg && a.IsPointer && b.IsPointer)
        {
            return Difference(state, op, slot, a, b);
        }

        if (op == Op.Mov32Reg && (_options.AllowPointerLeaks || b.Kind is ValueKind.Packet or ValueKind.PacketEnd))
        {
            return AbstractValue.Of(Scalar.OfBytes(4));
        }

        if (_options.AllowPointerLeaks && op.Is32())
        {
            return AbstractValue.Of(Scalar.OfBytes(4));
        }

        return Lost(
            "computes with a pointer: only 64-bit + and - of numbers are allowed",
            "compute with numbers first, and add the result to the pointer",
            slot.Destination, op.HasSourceRegister() ? slot.Source : slot.Destination);
    }

    private AbstractValue Difference(AbstractState state, Op op, Instruction slot, AbstractValue a, AbstractValue b)
    {
        if (a.MayBeNull || b.MayBeNull)
        {
            return Lost(
                "subtracts a pointer that may be null", "compare it with null first", slot.Destination, slot.Source);
        }

        if (a is { Kind: ValueKind.PacketEnd, Number: { IsConstant: true, UMin: 0 } }
            && b is { Kind: ValueKind.Packet, Id: 0 })
        {
            var distance = b.Offset - a.Offset;
            var number = Scalar.SignedRange(
                Math.Max(state.PacketRoom, 0) - distance, _rules.PacketBytesMax - distance);
            var length = new AbstractValue { Kind = ValueKind.Number, Number = number, Length = distance };
            return !op.Is32() ? length : number.SMin >= 0 ? length : AbstractValue.Of(Scalar.OfBytes(4));
        }

        var isSame = a.Kind == b.Kind && a.Region == b.Region && a.Id == b.Id
            && (a.Id != 0 || (a.Number.IsConstant && b.Number.IsConstant))
            && a.Kind is ValueKind.Packet or ValueKind.Stack or ValueKind.Context;
        if (isSame && (a.Id != 0 || a.Number == b.Number))
        {
            return AbstractValue.Of(Scalar.Evaluate(
                op, Scalar.Constant((ulong)a.Offset), Scalar.Constant((ulong)b.Offset)));
        }

        if (a.Kind is ValueKind.Packet or ValueKind.PacketEnd or ValueKind.PacketMeta
            && b.Kind is ValueKind.Packet or ValueKind.PacketEnd or ValueKind.PacketMeta)
        {
            return op.Is32() ? AbstractValue.Of(Scalar.OfBytes(4)) : AbstractValue.Anything;
        }

        return a.Kind == b.Kind || _options.AllowPointerLeaks
            ? AbstractValue.Anything
            : Lost(
                "subtracts pointers to different things", "subtract only pointers of one kind",
                slot.Destination, slot.Source);
    }

    private AbstractValue Move(AbstractState state, Instruction slot, AbstractValue pointer, AbstractValue by)
    {
        if (pointer.MayBeNull)
        {
            return Lost(
                "computes with a pointer that may be null", "compare it with null first", slot.Destination,
                    slot.Source);
        }

        if (pointer.Kind is ValueKind.Map or ValueKind.Code
            || (pointer.Kind == ValueKind.Context && !by.Number.IsConstant))
        {
            return Lost($"moves a pointer to a {pointer}", "use it as it is", slot.Destination, slot.Source);
        }

        var number = by.Number;
        if (pointer.Kind == ValueKind.Packet && by.Length != AbstractValue.Nothing && pointer.Id == 0
            && pointer.Number is { IsConstant: true, UMin: 0 } && by.Length == pointer.Offset
                && by.Length <= state.PacketRoom)
        {
            return AbstractValue.Pointer(ValueKind.PacketEnd);
        }

        // No region begins below VirtualBase: a pointer that stays above address 0 and below the end of addresses
        // compares as its offset does.
        if (number.SMin < -DistanceMax || number.SMax > DistanceMax
            || !IsNear(pointer.Offset + number.SMin) || !IsNear(pointer.Offset + number.SMax)
            || pointer.Lowest + number.SMin <= -(long)BpfArena.VirtualBase
            || pointer.Highest + number.SMax > DistanceMax)
        {
            return Lost(
                $"moves a pointer by {number}: it can leave what it points into",
                "bound the number before: a mask, or comparisons with both ends",
                slot.Destination, slot.Source);
        }

        var ghost = Ghost.Shift(pointer.Ghost, number.SMin, number.SMax);
        if (number.IsConstant)
        {
            return pointer with
            {
                Offset = pointer.Offset + number.SMin,
                Ghost = ghost,
                Ties = Tie.Moved(pointer.Ties, number.SMin),
            };
        }

        var room = pointer.Kind == ValueKind.Packet && pointer.Id == 0
            && pointer.Number is { IsConstant: true, UMin: 0 }
            && by.Below != AbstractValue.Nothing ? by.Below : AbstractValue.Nothing;
        return pointer with
        {
            Number = Scalar.Add(pointer.Number, number),
            Id = FreshId(),
            Room = room,
            Ghost = ghost,
            Ties = [],
        };
    }

    // Where checks at run time make up for it, a pointer that nothing is known about any more is a number.
    private AbstractValue Lost(string message, string advice, params int[] registers) =>
        _options.Policy == VerifierPolicy.Checked ? AbstractValue.Anything : throw Refuse(message, advice, registers);
}
