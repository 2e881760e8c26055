using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>Calls of functions and helpers, and returns.</content>
internal sealed partial class Exploration
{
    // Set between a callback's return and the comparison of states at the helper's call, which comes next.
    private bool _isBackFromCallback;
    private bool _hasCallback;

    private int CallLocal(
        AbstractState state, int target, int index, Scalar? callback = null, AbstractValue[]? arguments = null)
    {
        if (state.Frames.Count >= Math.Min(_options.CallDepthMax, BpfMachine.FrameCountMax))
        {
            var error = $"the limit {nameof(VerifierOptions.CallDepthMax)} of {_options.CallDepthMax} is reached: "
                + "functions call each other too deep, or without end";
            throw Refuse(error, "call less deep");
        }

        if (state.Lock != 0)
        {
            throw Refuse("calls a function while a lock is held", "release the lock first");
        }

        var caller = state.Top;
        if (!_chains.TryGetValue((caller.Chain, index), out var chain))
        {
            _chains[(caller.Chain, index)] = chain = _chains.Count + 1;
        }

        var frame = new Frame(target, index, chain) { Callback = callback };
        for (var r = 1; r <= 5; r++)
        {
            frame.Registers[r] = arguments is null ? caller.Registers[r] : arguments[r];
            if (arguments is null)
            {
                caller.Registers[r] = AbstractValue.Invalid("is gone after a call");
            }
        }

        frame.Registers[OpTraits.FramePointer] = AbstractValue.Pointer(ValueKind.Stack, state.Frames.Count);
        _calls.Add((caller.Entry, target));
        state.Frames.Add(frame);
        return target;
    }

    private int CallRegister(AbstractState state, Instruction slot, int index)
    {
        var target = Read(state, slot.Destination);
        return target.Kind == ValueKind.Code
            ? IsFunction(target.Region)
                ? CallLocal(state, target.Region, index)
                : throw Refuse($"calls slot {target.Region}, which is no instruction", "", slot.Destination)
            : target is { IsNumber: true, Number.IsConstant: true } && target.Number.UMin < HelperTable.IdLimit
                ? CallHelper(state, (int)target.Number.UMin, index)
                : throw Refuse(
                    "calls through a register whose target is not known", "call functions directly", slot.Destination);
    }

    private bool IsFunction(int index) =>
        index >= 0 && index < _program.Length && _program.Ops[index] != BpfProgram.SecondHalf;

    private int Exit(AbstractState state)
    {
        // A function that gives no result may leave register 0 as it is: its caller then may not read it.
        var isInner = state.Frames.Count > 1 && state.Top.Callback is null;
        var result = isInner ? state.Registers[0] : Read(state, 0);
        NoteStack(state.Top);
        if (state.Lock != 0)
        {
            throw Refuse("returns while a lock is held", "release the lock on every way here");
        }

        if (state.Frames.Count == 1)
        {
            return ExitProgram(state, result);
        }

        var frame = state.Top;
        var depth = state.Frames.Count - 1;
        if (result.Kind == ValueKind.Stack && result.Region == depth)
        {
            throw Refuse(
                "returns a pointer to the function's own stack, which is gone afterwards", "return a number", 0);
        }

        state.Frames.RemoveAt(depth);
        state.Replace(v => v.Kind == ValueKind.Stack && v.Region == depth
            ? AbstractValue.Invalid("pointed to the stack of a function that returned") : v);
        if (frame.Callback is not { } allowed)
        {
            state.Registers[0] = result;
            return frame.CallSite + 1;
        }

        if (!result.IsNumber || !allowed.Covers(result.Number))
        {
            throw Refuse(
                $"a function that a helper calls returns {result}, must be {allowed}", "return such a number", 0);
        }

        _isBackFromCallback = true;
        return frame.CallSite;
    }

    private int ExitProgram(AbstractState state, AbstractValue result)
    {
        if (result.IsPointer && !_options.AllowPointerLeaks)
        {
            throw Refuse($"returns a pointer to a {result}", "return a number", 0);
        }

        if (state.References.Length > 0)
        {
            throw Refuse(
                "returns without giving back what a helper reserved or looked up",
                "submit, discard or release it on every way here");
        }

        var isAny = _rules.VerdictMin == 0 && _rules.VerdictMax == ulong.MaxValue;
        if (!isAny && (
            result.IsPointer || result.Number.UMin < _rules.VerdictMin || result.Number.UMax > _rules.VerdictMax))
        {
            throw Refuse(
                $"returns {result}, programs of type {_rules.Name} must return {_rules.VerdictMin} to "
                    + $"{_rules.VerdictMax}",
                "set r0 to a verdict of the type", 0);
        }

        return -1;
    }

    private int CallHelper(AbstractState state, int id, int index)
    {
        var helper = _rules.Helper(id)
            ?? throw Refuse($"programs of type {_rules.Name} have no helper {id}", "use a helper that the type offers");
        if (state.Lock != 0 && id != 94)
        {
            throw Refuse($"calls {helper.Name} while a lock is held", "release the lock first");
        }

        if (helper.IsUntold)
        {
            return CallUntold(state, index);
        }

        var call = new Call(helper);
        for (var i = 0; i < helper.Arguments.Length; i++)
        {
            CheckArgument(state, ref call, i);
        }

        if (id == TailCallId && state.References.Length > 0)
        {
            throw Refuse(
                "calls another program without giving back what a helper reserved or looked up",
                "submit, discard or release it before the tail call");
        }

        if (helper.CallsBack && call.Function >= 0)
        {
            CallBack(state, call, index);
        }

        Finish(state, call);
        return index + 1;
    }

    // A helper without a prototype: any numbers may go in, but no address, and it may write what it finds by itself.
    private int CallUntold(AbstractState state, int index)
    {
        if (_options.Policy == VerifierPolicy.Reject)
        {
            for (var r = 1; r <= 5; r++)
            {
                if (state.Registers[r].IsPointer)
                {
                    throw Refuse(
                        $"passes a pointer in r{r} to a helper without a prototype", "give the helper a prototype", r);
                }
            }
        }

        Taint(state);
        Clobber(state, AbstractValue.Anything);
        return index + 1;
    }

    private const int NoMap = int.MinValue;
    private const int TailCallId = 12;
    private const int SocketMapKind = 15;
    private const int SocketHashKind = 18;

    private struct Call(HelperContract helper)
    {
        public HelperContract Helper = helper;
        public int Map = NoMap;
        public int Function = -1;
        public int Released;
        public long RecordBytes;
        public bool IsLocking;
        public bool IsUnlocking;
        public int Lock;
        public bool MayAnswerNull = helper.ResultMayBeNull;
        public List<(AbstractValue Pointer, long Bytes, bool IsSure)> Writes = [];
    }

    private void Finish(AbstractState state, Call call)
    {
        foreach (var (pointer, bytes, isSure) in call.Writes)
        {
            if (pointer.Kind == ValueKind.Stack)
            {
                var frame = state.Frames[pointer.Region];
                frame.Forget(pointer.Lowest, pointer.Highest - pointer.Lowest + bytes, isSure);
            }
        }

        if (call.Released != 0)
        {
            state.References = [.. state.References.Where(reference => reference != call.Released)];
            state.Replace(v => v.Reference == call.Released ? AbstractValue.Invalid("was given back") : v);
        }

        state.Lock = call.IsLocking ? call.Lock : call.IsUnlocking ? 0 : state.Lock;
        if (call.Helper.ChangesPacket)
        {
            state.PacketRoom = _rules.IsRecord ? state.PacketRoom : 0;
            state.MetaRoom = 0;
            state.Replace(v => v.Kind is ValueKind.Packet or ValueKind.PacketEnd or ValueKind.PacketMeta
                ? AbstractValue.Invalid($"pointed into the packet, which {call.Helper.Name} may have moved")
                : v.Length != AbstractValue.Nothing || v.Below != AbstractValue.Nothing
                || v.Shifted is not null
                ? v with { Length = AbstractValue.Nothing, Below = AbstractValue.Nothing, Shifted = null } : v);
        }

        Clobber(state, ResultOf(state, call));
    }

    private static void Clobber(AbstractState state, AbstractValue result)
    {
        state.Registers[0] = result;
        for (var r = 1; r <= 5; r++)
        {
            state.Registers[r] = AbstractValue.Invalid("is gone after a call");
        }
    }

    private AbstractValue ResultOf(AbstractState state, Call call)
    {
        var id = FreshId();
        var map = call.Map == NoMap ? null : MapOf(call.Map);
        var answer = call.Helper.Id == 1 && (int)(map?.Kind ?? 0) is SocketMapKind or SocketHashKind
            ? ResultKind.Socket : call.Helper.Result;
        switch (answer)
        {
            case ResultKind.Value when map is not null:
                return map.Kind is MapKind.ArrayOfMaps or MapKind.HashOfMaps
                    ? InnerMap(call.Map, id)
                    : AbstractValue.Pointer(
                        ValueKind.MapValue, call.Map) with
                    { MayBeNull = call.MayAnswerNull, Id = id };
            case ResultKind.Record or ResultKind.Socket:
                state.References = [.. state.References, id];
                var isRecord = answer == ResultKind.Record;
                var bytes = isRecord ? (int)call.RecordBytes : ObjectBytes;
                var kind = isRecord ? ValueKind.Memory : ValueKind.Object;
                return AbstractValue.Pointer(kind, bytes) with { MayBeNull = true, Id = id, Reference = id };
            case ResultKind.Object:
                return AbstractValue.Pointer(
                    ValueKind.Object, call.Helper.ResultBytes > 0 ? call.Helper.ResultBytes : ObjectBytes) with
                { MayBeNull = call.MayAnswerNull, Id = id };
            case ResultKind.Foreign:
                return AbstractValue.Foreign;
            case ResultKind.Memory:
                var size = map?.ValueBytes ?? call.Helper.ResultBytes;
                return AbstractValue.Pointer(ValueKind.Memory, size);
            default:
                return AbstractValue.Anything;
        }
    }

    private static AbstractValue InnerMap(int outer, int id) =>
        AbstractValue.Pointer(ValueKind.Map, ~outer) with { MayBeNull = true, Id = id };

    // The map that an argument names; an inner map is like its template.
    private MapDefinition? MapOf(int region) => region >= 0 ? _options.Maps[region] : _options.Maps[~region].Inner;

    private void CallBack(AbstractState state, Call call, int index)
    {
        _hasCallback = true;
        var inner = state.Copy();
        var arguments = new AbstractValue[6];
        Array.Fill(arguments, AbstractValue.Invalid("is no argument of this callback"));
        var context = state.Registers[3];
        switch (call.Helper.Id)
        {
            case 164:
                arguments[1] = state.Registers[1];
                arguments[2] = AbstractValue.Pointer(
                    ValueKind.Memory, MapOf(call.Map)!.KeyBytes) with
                { IsReadOnly = true };
                arguments[3] = AbstractValue.Pointer(ValueKind.MapValue, call.Map);
                arguments[4] = context;
                break;
            case 181:
                var count = state.Registers[1].Number;
                if (count.UMax == 0)
                {
                    return;
                }

                arguments[1] = AbstractValue.Of(Scalar.Range(0, Math.Min(count.UMax, uint.MaxValue) - 1));
                arguments[2] = context;
                break;
            case 170:
                arguments[1] = AbstractValue.Pointer(ValueKind.Map, call.Map == NoMap ? 0 : call.Map);
                arguments[2] = AbstractValue.Pointer(ValueKind.Memory, 4);
                arguments[3] = state.Registers[1] with { MayBeNull = false };
                break;
            default:
                arguments[1] = AbstractValue.Pointer(ValueKind.Object, ObjectBytes);
                arguments[2] = AbstractValue.Pointer(ValueKind.Object, ObjectBytes);
                arguments[3] = state.Registers[4];
                break;
        }

        var target = CallLocal(inner, call.Function, index, Scalar.Range(0, 1), arguments);
        Fork(inner, target);
    }
}
