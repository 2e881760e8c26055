using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>Loads, stores and atomic accesses: whether their bytes are inside, and what they give.</content>
internal sealed partial class Exploration
{
    private const string BoundAdvice = "compare the offset with the size first, on every way here";

    private void Load(AbstractState state, Op op, Instruction slot)
    {
        var bytes = op.AccessBytes();
        _accesses[_way.Index] = true;
        var value = LoadFrom(state, slot.Source, slot.Offset, bytes);
        if (op is Op.LoadSx8 or Op.LoadSx16 or Op.LoadSx32)
        {
            value = value.IsNumber
                ? AbstractValue.Of(Scalar.SignExtended(value.Number, bytes * 8))
                : throw Refuse("loads a pointer with sign extension", "load all of it");
        }

        state.Registers[slot.Destination] = value;
    }

    private AbstractValue LoadFrom(AbstractState state, int register, int displacement, int bytes)
    {
        var pointer = Read(state, register);
        var unknown = AbstractValue.Of(Scalar.OfBytes(bytes));
        if (pointer.Kind == ValueKind.Context && !pointer.MayBeNull)
        {
            return LoadContext(state, pointer, displacement, bytes, register);
        }

        if (pointer.IsForeign)
        {
            _unproved[_way.Index] = true;
            return bytes == 8 ? AbstractValue.Foreign : unknown;
        }

        if (!Check(state, pointer, displacement, bytes, register, isWrite: false))
        {
            return unknown;
        }

        if (pointer.Kind != ValueKind.Stack)
        {
            return pointer.Kind == ValueKind.MapValue ? LoadConstant(pointer, displacement, bytes) ?? unknown : unknown;
        }

        var frame = state.Frames[pointer.Region];
        var at = pointer.Lowest + displacement;
        var isWhole = pointer.HasConstantOffset && (at & 7) == 0 && bytes == 8;
        if (!isWhole && !_options.AllowPointerLeaks
            && HasPointer(frame, at, pointer.Highest - pointer.Lowest + bytes))
        {
            throw Refuse("may load a part of a pointer from the stack", "load all 8 bytes at a known place", register);
        }

        if (!pointer.HasConstantOffset || (at & 7) + bytes > 8)
        {
            return unknown;
        }

        var slot = frame[at];

        var value = slot.Load((int)(at & 7), bytes) ?? unknown;
        if (value.IsNumber && value.Id == 0 && !value.Number.IsConstant && bytes == slot.LowBytes && (at & 7) == 0
            && value.Number.UMax <= Scalar.OfBytes(bytes).UMax)
        {
            value = value with { Id = FreshId() };
            frame[at] = slot with { Low = value };
        }

        return value;
    }

    // Bytes of a map that nobody changes are known now: those of its first entry, of which all pointers are that no
    // look-up gave. A store that is checked only at run time may reach any map.
    private AbstractValue? LoadConstant(AbstractValue pointer, int displacement, int bytes)
    {
        var at = pointer.Lowest + displacement;
        var map = MapOf(pointer.Region)!;
        if (!map.IsReadOnly || pointer.Id != 0 || !pointer.HasConstantOffset || at + bytes > map.Content.Length
            || _options.Policy != VerifierPolicy.Reject)
        {
            return null;
        }

        var content = map.Content.Span.Slice((int)at, bytes);
        ulong number = 0;
        for (var i = bytes - 1; i >= 0; i--)
        {
            number = (number << 8) | content[i];
        }

        return AbstractValue.Constant(number);
    }

    private AbstractValue LoadContext(
        AbstractState state, AbstractValue pointer, int displacement, int bytes, int register)
    {
        if (IsAdrift(pointer, "reads", bytes, register))
        {
            return AbstractValue.Of(Scalar.OfBytes(bytes));
        }

        var at = pointer.Lowest + displacement;
        var field = _rules.Fields.Find(field => at >= field.Offset && at + bytes <= field.Offset + field.Bytes);
        if (field is null || at % bytes != 0)
        {
            Unproved(
                $"reads {bytes} bytes at offset {at} of the {_rules.Name} context, which has no such field",
                "read whole fields of the context, with their sizes", register);
            return AbstractValue.Of(Scalar.OfBytes(bytes));
        }

        if (field.Meaning == FieldMeaning.Number || state.IsTainted)
        {
            return AbstractValue.Of(Scalar.OfBytes(bytes));
        }

        if (field.Meaning == FieldMeaning.Foreign)
        {
            return bytes == 8 ? AbstractValue.Foreign : AbstractValue.Of(Scalar.OfBytes(bytes));
        }

        if (bytes != field.Bytes)
        {
            throw Refuse($"reads {bytes} of the {field.Bytes} bytes of {field.Name}", "read all of it", register);
        }

        return field.Meaning switch
        {
            FieldMeaning.Start => AbstractValue.Pointer(ValueKind.Packet),
            FieldMeaning.End => AbstractValue.Pointer(ValueKind.PacketEnd),
            FieldMeaning.Meta => AbstractValue.Pointer(ValueKind.PacketMeta),
            FieldMeaning.Memory => AbstractValue.Pointer(ValueKind.Memory, field.PointedBytes),
            _ => AbstractValue.Pointer(ValueKind.Object, ObjectBytes) with { MayBeNull = true, Id = FreshId() },
        };
    }

    // What a field holds is known by its offset alone.
    private bool IsAdrift(AbstractValue context, string verb, int bytes, int register)
    {
        if (context.HasConstantOffset)
        {
            return false;
        }

        Unproved(
            $"{verb} {bytes} bytes at an offset of the {_rules.Name} context that is not known",
            "reach fields of the context by constants", register);
        return true;
    }

    // Bytes of bpf_sock and similar structures that can be read.
    private const int ObjectBytes = 80;

    private void Store(AbstractState state, Op op, Instruction slot)
    {
        var bytes = op.AccessBytes();
        _accesses[_way.Index] = true;
        var value = op.HasSourceRegister()
            ? Read(state, slot.Source)
            : AbstractValue.Constant((ulong)(long)slot.Immediate);
        var pointer = Read(state, slot.Destination);
        if (value.IsNumber && bytes < 8 && value.Number.UMax > Scalar.OfBytes(bytes).UMax)
        {
            value = AbstractValue.Of(value.Number.LowBytes(bytes));
        }

        if (pointer.Kind == ValueKind.Context && !pointer.MayBeNull)
        {
            StoreContext(pointer, slot, bytes, value);
            return;
        }

        if (!Check(state, pointer, slot.Offset, bytes, slot.Destination, isWrite: true))
        {
            Taint(state);
            return;
        }

        if (pointer.Kind == ValueKind.Stack)
        {
            StoreStack(state, pointer, slot, bytes, value);
        }
        else if (value.IsPointer && !_options.AllowPointerLeaks)
        {
            throw Refuse(
                $"stores a pointer to a {value} where others can read it", "store a number",
                slot.Destination, slot.Source);
        }
    }

    private void StoreStack(
        AbstractState state, AbstractValue pointer, Instruction slot, int bytes, AbstractValue value)
    {
        var frame = state.Frames[pointer.Region];
        var at = pointer.Lowest + slot.Offset;
        if (value.IsPointer && (bytes != 8 || !pointer.HasConstantOffset || (at & 7) != 0))
        {
            throw Refuse(
                "stores a pointer on the stack at no multiple of 8 bytes, or not whole",
                "store all 8 bytes of a pointer at an aligned place", slot.Destination, slot.Source);
        }

        if (!pointer.HasConstantOffset)
        {
            frame.Forget(at, pointer.Highest - pointer.Lowest + bytes, surely: false);
        }
        else if ((at & 7) + bytes > 8)
        {
            frame.Forget(at, bytes, surely: true);
        }
        else
        {
            if (value.IsNumber && OpcodeTable.Find(slot)!.Source.Use == FieldUse.Register && bytes == 8)
            {
                value = Linked(state, slot.Source, value);
            }

            frame[at] = frame[at].Store((int)(at & 7), bytes, value);
        }
    }

    private void StoreContext(AbstractValue pointer, Instruction slot, int bytes, AbstractValue value)
    {
        if (IsAdrift(pointer, "writes", bytes, slot.Destination))
        {
            Taint(_way.State);
            return;
        }

        var at = pointer.Lowest + slot.Offset;
        var field = _rules.Fields.Find(field => at >= field.Offset && at + bytes <= field.Offset + field.Bytes);
        if (field is not { IsWritable: true } || at % bytes != 0)
        {
            Unproved(
                $"writes {bytes} bytes at offset {at} of the {_rules.Name} context, which is not writable there",
                "write only fields that programs of this type may change", slot.Destination);
            Taint(_way.State);
        }
        else if (value.IsPointer && !_options.AllowPointerLeaks)
        {
            throw Refuse("stores a pointer in the context", "store a number", slot.Source);
        }
    }

    private void Atomic(AbstractState state, Op op, Instruction slot)
    {
        var bytes = op.AccessBytes();
        _accesses[_way.Index] = true;
        var isExchange = op is Op.AtomicCompareExchange32 or Op.AtomicCompareExchange64;
        var pointer = Read(state, slot.Destination);
        if (Read(state, slot.Source).IsPointer || (isExchange && Read(state, 0).IsPointer))
        {
            throw Refuse("changes memory atomically by a pointer", "use numbers", slot.Source);
        }

        if (pointer.Kind is ValueKind.Context or ValueKind.Object or ValueKind.PacketMeta
            || (pointer.Kind == ValueKind.Packet && !_rules.IsRecord))
        {
            throw Refuse(
                $"changes a {pointer} atomically", "use atomic instructions on the stack and on values of maps",
                slot.Destination);
        }

        if (Check(state, pointer, slot.Offset, bytes, slot.Destination, isWrite: true))
        {
            var places = Scalar.Add(pointer.Number, Scalar.Constant((ulong)(pointer.Offset + slot.Offset)));
            if ((places.Bits.Max & (ulong)(bytes - 1)) != 0)
            {
                throw Refuse(
                    $"changes {bytes} bytes atomically at an address that may be no multiple of {bytes}",
                    "align the place", slot.Destination);
            }

            if (pointer.Kind == ValueKind.Stack)
            {
                var frame = state.Frames[pointer.Region];
                var (low, high) = (pointer.Lowest + slot.Offset, pointer.Highest + slot.Offset + bytes);
                if (frame.FirstUnwritten(low, high - low) is not null)
                {
                    throw Refuse(
                        "changes bytes of the stack that were never written", "write them first", slot.Destination);
                }

                if (HasPointer(frame, low, high - low))
                {
                    throw Refuse("changes a pointer on the stack atomically", "use numbers", slot.Destination);
                }

                frame.Forget(low, high - low, surely: false);
            }
        }
        else
        {
            Taint(state);
        }

        if (op.WrittenRegister(slot) is >= 0 and var register)
        {
            state.Registers[register] = AbstractValue.Of(Scalar.OfBytes(bytes));
        }
    }

    private static bool HasPointer(Frame frame, long offset, long bytes)
    {
        foreach (var (part, at, count) in Frame.Parts(offset, bytes))
        {
            if (frame[part].HasPointer(at, count))
            {
                return true;
            }
        }

        return false;
    }

    // An unproved store may have changed anything that lies in memory; registers are safe.
    private static void Taint(AbstractState state)
    {
        state.IsTainted = true;
        foreach (var frame in state.Frames)
        {
            for (var i = 0; i < frame.Slots.Length; i++)
            {
                frame.Slots[i] = new StackSlot(frame.Slots[i].Written, 0, null, null);
            }
        }
    }

    // Whether all bytes that an access may touch are the program's; refuses or notes it where they may not be.
    private bool Check(
        AbstractState state, AbstractValue pointer, long displacement, long bytes, int register, bool isWrite)
    {
        var verb = isWrite ? "writes" : "reads";
        if (pointer.MayBeNull)
        {
            Unproved($"{verb} through r{register}, which may be null", "compare it with null first", register);
            return false;
        }

        var (low, high) = (pointer.Lowest + displacement, pointer.Highest + displacement + bytes);
        switch (pointer.Kind)
        {
            case ValueKind.Stack:
                return CheckStack(state, pointer, low, high, register, verb, isWrite);
            case ValueKind.Packet:
                return CheckPacket(state, pointer, low, high, displacement + bytes, register, verb, isWrite);
            case ValueKind.PacketMeta when low >= 0 && high <= state.MetaRoom && (!isWrite || _rules.IsPacketWritable):
                return true;
            case ValueKind.MapValue:
                var map = MapOf(pointer.Region)!;
                if (isWrite && map.IsReadOnly)
                {
                    throw Refuse($"writes to map {map.Name}, which is read only", "", register);
                }

                return Within(low, high, map.ValueBytes, $"values of map {map.Name}", register, verb);
            case ValueKind.Memory when isWrite && pointer.IsReadOnly:
                throw Refuse("writes to a map's key, which may only be read", "copy it to the stack first", register);
            case ValueKind.Memory:
                return Within(low, high, pointer.Region, "this memory", register, verb);
            case ValueKind.Object when !isWrite:
                return Within(low, high, pointer.Region, "this object", register, verb);
            case ValueKind.Number:
                Unproved(
                    $"{verb} through r{register}, which is a number, not a pointer",
                    "use a pointer; read memory of others with a helper", register);
                return false;
            default:
                Unproved($"{verb} {bytes} bytes through r{register}, which allows no such access", "", register);
                return false;
        }
    }

    private bool Within(long low, long high, long size, string what, int register, string verb)
    {
        if (low >= 0 && high <= size)
        {
            return true;
        }

        Unproved($"{verb} bytes {low} to {high - 1}, {what} have {size}", BoundAdvice, register);
        return false;
    }

    private bool CheckStack(
        AbstractState state, AbstractValue pointer, long low, long high, int register, string verb, bool isWrite)
    {
        if (low < -BpfMachine.FrameBytes || high > 0)
        {
            Unproved(
                $"{verb} bytes {low} to {high - 1} from the frame pointer, the stack is -512 to -1",
                "keep within the 512 bytes below r10", register);
            return false;
        }

        if (!isWrite && state.Frames[pointer.Region].FirstUnwritten(low, high - low) is { } hole)
        {
            Unproved($"reads the stack at {hole}, which was never written", "write it on every way here", register);
            return false;
        }

        return true;
    }

    private bool CheckPacket(
        AbstractState state, AbstractValue pointer, long low, long high, long end, int register, string verb,
            bool isWrite)
    {
        if (isWrite && !_rules.IsPacketWritable)
        {
            throw Refuse($"writes to the packet, which programs of type {_rules.Name} may only read", "", register);
        }

        if (low >= 0 && (high <= state.PacketRoom
            || (pointer.Id != 0 && pointer.Room != AbstractValue.Nothing && pointer.Offset + end <= pointer.Room)))
        {
            return true;
        }

        Unproved(
            low < 0
                ? $"{verb} before the packet's first byte, at {low}"
                : $"{verb} up to byte {high}, {Math.Max(state.PacketRoom, 0)} bytes are proved to be there",
            _rules.IsRecord
                ? "compare the offset and size with the length in r2 first"
                : "compare the pointer plus the size with data_end first, and use the pointer of that comparison",
            register);
        return false;
    }

    private void LegacyLoad(AbstractState state, Op op, Instruction slot)
    {
        var isPacketType = _rules.Fields.Exists(field => field.Name == "len") || _rules.IsRecord;
        if (!isPacketType)
        {
            throw Refuse($"loads from the packet in the old way, which programs of type {_rules.Name} cannot", "");
        }

        if (!_rules.IsRecord && Read(state, 6).Kind != ValueKind.Context)
        {
            throw Refuse("loads from the packet in the old way without the context in r6", "keep the context in r6", 6);
        }

        if (state.References.Length > 0 || state.Lock != 0)
        {
            throw Refuse(
                "loads from the packet in the old way, which may end the program before it gives back what it holds",
                "give it back first", OpTraits.FramePointer);
        }

        if (op.HasSourceRegister() && Read(state, slot.Source).IsPointer)
        {
            throw Refuse("uses a pointer as an offset", "use a number", slot.Source);
        }

        for (var r = 1; r <= 5; r++)
        {
            state.Registers[r] = _rules.IsRecord
                ? state.Registers[r] : AbstractValue.Invalid("is gone after a load from the packet");
        }

        state.Registers[0] = AbstractValue.Of(Scalar.OfBytes(
            op is Op.PacketAbsolute8 or Op.PacketIndirect8 ? 1 : op is Op.PacketAbsolute16 or Op.PacketIndirect16 ? 2
                : 4));
    }
}
