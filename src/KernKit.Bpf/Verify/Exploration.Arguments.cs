namespace KernKit.Bpf.Verify;

/// <content>Whether a helper's arguments are what its contract asks for.</content>
internal sealed partial class Exploration
{
    private void CheckArgument(AbstractState state, ref Call call, int position)
    {
        var argument = call.Helper.Arguments[position];
        var register = position + 1;
        var value = Read(state, register);
        var name = call.Helper.Name;
        Exception Wrong(string must) => Refuse(
            $"passes {value} in r{register} to {name}, must be {must}", "pass what the helper takes", register);
        switch (argument.Kind)
        {
            case ArgumentKind.Any:
                return;
            case ArgumentKind.Number or ArgumentKind.SizeOrZero or ArgumentKind.Size:
                // Sizes are judged with the memory before them; a number must not be an address.
                if (value.IsPointer && !(_options.AllowPointerLeaks && argument.Kind == ArgumentKind.Number))
                {
                    throw Wrong("a number");
                }

                return;
            case ArgumentKind.ConstantSize when value is { IsNumber: true, Number: { IsConstant: true, UMin: > 0 } }:
                call.RecordBytes = (long)Math.Min(value.Number.UMin, int.MaxValue);
                return;
            case ArgumentKind.ConstantSize:
                throw Wrong("a known number above 0");
            case ArgumentKind.Context when value is { Kind: ValueKind.Context, HasConstantOffset: true, Lowest: 0 }:
            case ArgumentKind.Context when _rules.IsRecord && value is
            { Kind: ValueKind.Packet, HasConstantOffset: true, Lowest: 0 }:
                return;
            case ArgumentKind.Context:
                throw Wrong("the context");
            case ArgumentKind.Map:
                CheckMap(ref call, argument, value, register);
                return;
            case ArgumentKind.Function when value.Kind == ValueKind.Code && IsFunction(value.Region):
                call.Function = value.Region;
                return;
            case ArgumentKind.Function:
                throw Wrong("a function of the program");
            case ArgumentKind.Object or ArgumentKind.Socket
                when value.IsForeign || value is { Kind: ValueKind.Object, MayBeNull: false }:
                return;
            case ArgumentKind.Object or ArgumentKind.Socket:
                throw Wrong("an object that is not null");
            case ArgumentKind.Record or ArgumentKind.FreeSocket:
                CheckReleased(state, ref call, value, argument.Kind == ArgumentKind.Record, Wrong);
                return;
            case ArgumentKind.Lock or ArgumentKind.Unlock:
                CheckLock(state, ref call, argument.Kind == ArgumentKind.Unlock, value, register);
                return;
            default:
                CheckMemory(state, ref call, position, argument, value);
                return;
        }
    }

    private void CheckMap(ref Call call, Argument argument, AbstractValue value, int register)
    {
        if (value.Kind != ValueKind.Map || value.MayBeNull)
        {
            throw Refuse(
                $"passes {value} in r{register} to {call.Helper.Name}, must be a map",
                value.MayBeNull ? "compare it with null first" : "pass a map", register);
        }

        var map = MapOf(value.Region);
        var kind = (int)(map?.Kind ?? 0);
        var name = map?.Name ?? "inner";
        if (argument.MapKinds.Length > 0 && !argument.MapKinds.Contains(kind))
        {
            throw Refuse(
                $"passes map {name} of kind {kind} to {call.Helper.Name}, which takes kind "
                + string.Join(", ", argument.MapKinds), "use a map of that kind", register);
        }

        // Programs, events and records are not values that programs may look at.
        if (call.Helper.Id is 1 or 2 or 3 && kind is 3 or 4 or 7 or 21 or 22 or 23 or 27 or 31
            && !(call.Helper.Id == 3 && kind == 7))
        {
            throw Refuse($"passes map {name} of kind {kind} to {call.Helper.Name}, which is not for it", "", register);
        }

        if (call.Helper.Id is 2 or 3 && map is { IsReadOnly: true })
        {
            throw Refuse($"changes map {name}, which is read only", "", register);
        }

        if (map is null)
        {
            throw Refuse(
                "uses an inner map whose template is not known", "declare the map of maps with its template", register);
        }

        call.Map = value.Region;
    }

    private static void CheckReleased(
        AbstractState state, ref Call call, AbstractValue value, bool isRecord, Func<string, Exception> wrong)
    {
        if (value.Reference == 0 || value.MayBeNull || !state.References.Contains(value.Reference)
            || value.Kind != (isRecord ? ValueKind.Memory : ValueKind.Object) || value.Offset != 0
            || !value.Number.IsConstant)
        {
            throw wrong(isRecord ? "a reservation that is not null, at its beginning" : "a socket to be released");
        }

        call.Released = value.Reference;
    }

    private void CheckLock(AbstractState state, ref Call call, bool isUnlock, AbstractValue value, int register)
    {
        if (value.Kind != ValueKind.MapValue || value.MayBeNull || !value.HasConstantOffset
            || !Check(state, value, 0, 4, register, isWrite: true))
        {
            throw Refuse(
                $"passes {value} in r{register} to {call.Helper.Name}, must be a place in a map's value", "", register);
        }

        if (call.Helper.Id is not (93 or 94))
        {
            return;
        }

        var identity = value.Id == 0 ? -1 - value.Region : value.Id;
        if (isUnlock ? state.Lock != identity : state.Lock != 0)
        {
            throw Refuse(
                isUnlock ? "releases a lock that is not held" : "takes a lock while one is held",
                "take one lock at a time, and release it once", register);
        }

        (call.IsLocking, call.IsUnlocking, call.Lock) = (!isUnlock, isUnlock, identity);
    }

    private void CheckMemory(AbstractState state, ref Call call, int position, Argument argument, AbstractValue value)
    {
        var register = position + 1;
        var isWrite = argument.Kind is ArgumentKind.MemoryOut or ArgumentKind.ValueOut or ArgumentKind.Out;
        long bytes;
        var isSizeKnown = true;
        switch (argument.Kind)
        {
            case ArgumentKind.Key or ArgumentKind.Value or ArgumentKind.ValueOut:
                var map = MapOf(call.Map)!;
                bytes = argument.Kind == ArgumentKind.Key ? map.KeyBytes : map.ValueBytes;
                if (argument.Kind == ArgumentKind.Key && call.Helper.Id == 1 && map.Kind == MapKind.Array)
                {
                    call.MayAnswerNull = true;
                }

                break;
            case ArgumentKind.In or ArgumentKind.Out:
                bytes = argument.Bytes;
                break;
            case ArgumentKind.Text:
                bytes = 1;
                break;
            default:
                bytes = SizeOf(state, call, position, register);
                isSizeKnown = SizePosition(call.Helper, position) is >= 0 and var at
                    && Read(state, at + 1).Number.IsConstant;
                break;
        }

        if (value is { IsNumber: true, Number: { IsConstant: true, UMin: 0 } } && (argument.MayBeNull || bytes == 0))
        {
            return;
        }

        if (!value.IsPointer || value.MayBeNull || value.Kind is ValueKind.Context or ValueKind.Object or ValueKind.Map)
        {
            if (bytes == 0 && value.IsPointer)
            {
                return;
            }

            throw Refuse(
                $"passes {value} in r{register} to {call.Helper.Name}, must be memory of {bytes} bytes",
                value.MayBeNull ? "compare it with null first"
                    : "pass a pointer to the stack, a packet or a map's value",
                register);
        }

        CheckBytes(state, ref call, value, bytes, register, isWrite, isSizeKnown);
    }

    private void CheckBytes(
        AbstractState state, ref Call call, AbstractValue value, long bytes, int register, bool isWrite,
        bool isSizeKnown)
    {
        if (bytes == 0)
        {
            return;
        }

        if (!Check(state, value, 0, bytes, register, isWrite))
        {
            throw new AbandonException(state.IsJoined && IsHasty);
        }

        if (value.Kind == ValueKind.Stack && !isWrite && !_options.AllowPointerLeaks
            && HasPointer(state.Frames[value.Region], value.Lowest, value.Highest - value.Lowest + bytes))
        {
            throw Refuse(
                $"passes a pointer inside of r{register}'s memory to {call.Helper.Name}", "pass numbers", register);
        }

        if (isWrite)
        {
            call.Writes.Add((value, bytes, value.HasConstantOffset && isSizeKnown));
        }
    }

    // Behind the memory; before it where two share one: strncmp's.
    private static int SizePosition(HelperContract helper, int position)
    {
        bool IsSize(int at) => at < helper.Arguments.Length && helper.Arguments[at].Kind
            is ArgumentKind.Size or ArgumentKind.SizeOrZero or ArgumentKind.ConstantSize;
        return IsSize(position + 1) ? position + 1 : IsSize(position - 1) ? position - 1 : -1;
    }

    private long SizeOf(AbstractState state, Call call, int position, int register)
    {
        var at = SizePosition(call.Helper, position);
        register = at < 0 ? register : at;
        var size = Read(state, register + 1);
        var kind = at < 0 ? ArgumentKind.Any : call.Helper.Arguments[at].Kind;
        if (!size.IsNumber)
        {
            throw Refuse($"passes {size} in r{register + 1} as a size", "pass a number", register + 1);
        }

        var number = size.Number;
        if (number.UMax >= 1UL << 29)
        {
            throw Refuse(
                $"passes {number} in r{register + 1} to {call.Helper.Name} as a size, which has no upper bound",
                "bound it: a mask, or comparisons with both ends", register + 1);
        }

        return number.UMin == 0 && kind == ArgumentKind.Size
            ? throw Refuse(
                $"passes {number} in r{register + 1} to {call.Helper.Name} as a size, which must not be 0",
                "leave out calls with size 0", register + 1)
            : (long)number.UMax;
    }
}
