using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>How following ends early: refusals, limits, and giving up on proofs.</content>
internal sealed partial class Exploration
{
    private Way _way = null!;
    private bool _joinedUnproved;

    private sealed class RefusalException(VerifierError error, bool isAfterJoin) : Exception
    {
        public VerifierError Error { get; } = error;

        public bool IsAfterJoin { get; } = isAfterJoin;
    }

    private sealed class AbandonException(bool isAfterJoin) : Exception
    {
        public bool IsAfterJoin { get; } = isAfterJoin;
    }

    // Something that no check at run time makes good: under the policy Checked nothing about the program is proved.
    private Exception Refuse(string message, string advice, params int[] registers)
    {
        if (_options.Policy == VerifierPolicy.Checked)
        {
            return new AbandonException(_way.State.IsJoined && IsHasty);
        }

        return new RefusalException(Describe(_way, message, advice, registers), _way.State.IsJoined);
    }

    // An access that is not proved: refused, or checked while the program runs.
    private void Unproved(string message, string advice, params int[] registers)
    {
        if (_options.Policy == VerifierPolicy.Reject)
        {
            throw Refuse(message, advice, registers);
        }

        _unproved[_way.Index] = true;
        _joinedUnproved |= _way.State.IsJoined;
    }

    private void Unbounded(Way way, string message)
    {
        if (_options.Policy == VerifierPolicy.Reject)
        {
            throw new RefusalException(
                Describe(way, message, "count the rounds in a register and leave the loop when it passes a bound", []),
                isAfterJoin: way.State.IsJoined);
        }

        _needsFuel = true;
    }

    private Exception Limit(Way way, string name, int value)
    {
        if (_options.Policy == VerifierPolicy.Checked)
        {
            return new AbandonException(false);
        }

        var error = Describe(
            way, $"the limit {name} of {value} is reached", $"make the program simpler, or raise {name}", []);
        return new RefusalException(error with { Limit = name }, false);
    }

    private VerifierError Describe(Way way, string message, string advice, int[] registers)
    {
        var slots = _program.Instructions;
        var index = way.Index;
        var text = Disassembler.Format(slots[index], index + 1 < slots.Length ? slots[index + 1] : default);
        var values = registers.Distinct().Select(r => $"r{r} = {way.State.Registers[r]}").ToList();
        return new VerifierError(index, message, text, _program.LineAt(index), values, advice);
    }

    private void CheckReached()
    {
        for (var i = 0; i < _program.Length && !_options.AllowUnreachable; i++)
        {
            if (!_flow.IsReached[i] && _program.Ops[i] != BpfProgram.SecondHalf)
            {
                _way = new Way(Initial(), i, null);
                throw Refuse("nothing leads to this instruction", "remove it, or allow unreachable instructions");
            }
        }
    }

    private void NoteStack(Frame frame) => _stackBytes[frame.Entry] =
        Math.Max(frame.Slots.Length * 8, _stackBytes.GetValueOrDefault(frame.Entry));

    // Functions that are active together share a stack in Linux; a callee's part begins where its caller's ends.
    private void CheckStackBytes()
    {
        var most = Math.Min(_options.StackBytesMax, _rules.StackBytesMax);
        var deepest = new Dictionary<int, int> { [0] = _stackBytes.GetValueOrDefault(0) };
        for (var depth = 1; depth <= BpfMachine.FrameCountMax; depth++)
        {
            foreach (var (entry, bytes) in deepest)
            {
                if (bytes > most)
                {
                    var limit = nameof(VerifierOptions.StackBytesMax);
                    throw new RefusalException(
                        Describe(
                            new Way(Initial(), entry, null),
                            $"the function that begins here and its callers use {bytes} bytes of stack together, the "
                                + $"limit {limit} is {most}",
                            "keep large variables in a map", []) with
                        { Limit = limit },
                        false);
                }
            }

            var next = new Dictionary<int, int>(deepest);
            foreach (var (caller, callee) in _calls)
            {
                if (deepest.TryGetValue(caller, out var bytes))
                {
                    bytes += _stackBytes.GetValueOrDefault(callee);
                    next[callee] = Math.Max(bytes, next.GetValueOrDefault(callee));
                }
            }

            deepest = next;
        }
    }

    private VerifierResult Result(VerifierError? error)
    {
        var facts = new ProgramFacts(_program);
        var (count, open) = (0, 0);
        for (var i = 0; i < _program.Length; i++)
        {
            var op = _program.Ops[i];
            if (op == BpfProgram.SecondHalf || !(op.IsLoad() || op.IsStore() || op.IsAtomic()) || !_flow.IsReached[i])
            {
                continue;
            }

            count++;
            var isProved = error is null && !_isAbandoned && _accesses[i] && !_unproved[i];
            open += isProved ? 0 : 1;
            if (isProved)
            {
                facts.ProveAccess(i);
            }
        }

        if (error is null && !_isAbandoned)
        {
            facts.ContextBytesMin = _rules.IsRecord
                ? _rules.RecordBytesMin
                : _rules.Fields.Count == 0 ? 0 : _rules.Fields.Max(field => field.Offset + field.Bytes);
            facts.ContextBytesMax = (int)Math.Min(
                int.MaxValue, _rules.PacketBytesMax + (_rules.IsRecord ? 0L : facts.ContextBytesMin));
            facts.Maps = _options.Maps;
            facts.IsStackWrittenFirst = !_unproved.Contains(true) && !ReadsAnything();
            ProveBounds(facts);
        }

        return new VerifierResult(
            error, facts, _followed, _kept, count, error is null ? open : count, _needsFuel || _isAbandoned);
    }

    // Helpers that read at any address (probe_read and its kin) may read what was never written.
    private bool ReadsAnything()
    {
        for (var i = 0; i < _program.Length; i++)
        {
            if (_program.Ops[i] == Op.CallHelper
                && _program.Instructions[i].Immediate is 4 or 45 or (>= 112 and <= 115))
            {
                return true;
            }
        }

        return false;
    }

    // Rounds of nested loops multiply: jumps go without fuel only where all of them together stay short.
    private void ProveBounds(ProgramFacts facts)
    {
        const double RoundsWithoutFuel = 1 << 20;
        if (_needsFuel || _hasCallback || _rounds > RoundsWithoutFuel)
        {
            return;
        }

        for (var i = 0; i < _program.Length; i++)
        {
            var op = _program.Ops[i];
            if (op != BpfProgram.SecondHalf && (op == Op.CallLocal || op.IsJump()))
            {
                facts.ProveBounded(i);
            }
        }
    }
}
