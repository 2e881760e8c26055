using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <summary>Follows a program with abstract states until every way is covered: the verifier's engine.</summary>
/// <remarks>
/// Ways are followed depth first. So a state kept at a meeting point whose node still has ways pending is an
/// ancestor of
/// the way that arrives: to be covered by it means a loop. A loop may be dropped only where it was joined and ranked
/// (<see cref="Ghost"/>); elsewhere it is run through, and coverage counts only by states that are done.
/// </remarks>
internal sealed partial class Exploration
{
    // A loop that changes nothing comes back to its last rounds; comparing with all would cost their square.
    private const int AncestorsComparedMax = 16;

    // States kept apart that an arriving one is compared with: the latest ones cover most.
    private const int KeptComparedMax = 64;

    // Joins at one place before bounds that still move are given up, and before all numbers are.
    private const int WideningJoins = 40;
    private const int JoinsMax = 100;

    private readonly BpfProgram _program;
    private readonly ControlFlow _flow;
    private readonly TypeRules _rules;
    private readonly VerifierOptions _options;
    private readonly Patience _patience;
    private readonly StateOrder _order;
    private readonly Stack<Way> _pending = new();
    private readonly Dictionary<(int Index, int Chain, int Era), Meeting> _meetings = [];
    private readonly Dictionary<(int Chain, int Call), int> _chains = [];
    private readonly Dictionary<(int Era, int Head), int> _eras = [];

    // For each meeting where it is.
    private readonly List<(int Index, int Chain)> _places = [];

    // For each meeting the number of its last join at the head of a loop; 0 for none.
    private readonly List<int> _generations = [];
    private readonly Dictionary<int, int> _stackBytes = [];
    private readonly HashSet<(int Caller, int Callee)> _calls = [];
    private readonly bool[] _accesses;
    private readonly bool[] _unproved;
    private int _lastId;
    private int _lastLoop;
    private int _followed;
    private int _kept;
    private int _compared;
    private bool _needsFuel;
    private bool _isAbandoned;
    private double _rounds = 1;

    public Exploration(
        BpfProgram program, ControlFlow flow, TypeRules rules, VerifierOptions options, Patience patience)
    {
        (_program, _flow, _rules, _options, _patience) = (program, flow, rules, options, patience);
        _accesses = new bool[program.Length];
        _unproved = new bool[program.Length];
        _order = new StateOrder(Thresholds(), FreshId);
    }

    private bool IsHasty => _patience != Patience.Most;

    /// <summary>The verdict, and whether a join may be to blame for it.</summary>
    public readonly record struct Outcome(VerifierResult Result, bool FailedAfterJoin)
    {
        public bool IsAccepted => Result.IsAccepted && !FailedAfterJoin;
    }

    private sealed class Node(Node? parent)
    {
        public Node? Parent { get; } = parent;

        public int Pending { get; set; } = 1;
    }

    private sealed class Way(AbstractState state, int index, Node? node)
    {
        public AbstractState State { get; } = state;

        public int Index { get; set; } = index;

        public Node? Node { get; set; } = node;
    }

    private sealed class Meeting(int number)
    {
        public int Number { get; } = number;

        public List<(AbstractState State, Node Node)> Kept { get; } = [];

        public AbstractState? Joined { get; set; }

        public Node? JoinedNode { get; set; }

        /// <summary>Joins that changed what is known.</summary>
        public int Joins { get; set; }

        /// <summary>Joins that changed only how values are known to have moved.</summary>
        public int Repeats { get; set; }

        public bool IsClosed { get; set; }

        /// <summary>Places that moved on every way back so far, with their least step; null before the first.</summary>
        public Dictionary<int, long>? Steps { get; set; }
    }

    public Outcome Run()
    {
        try
        {
            CheckReached();
            _pending.Push(new Way(Initial(), 0, null));
            while (_pending.TryPop(out var way))
            {
                Follow(way);
            }

            CheckLoops();
            if (_options.Policy == VerifierPolicy.Reject)
            {
                CheckStackBytes();
            }
        }
        catch (RefusalException refusal)
        {
            return new Outcome(Result(refusal.Error), refusal.IsAfterJoin);
        }
        catch (AbandonException abandon)
        {
            _isAbandoned = true;
            return new Outcome(Result(null), abandon.IsAfterJoin);
        }

        return new Outcome(Result(null), IsHasty && (_joinedUnproved || _needsFuel));
    }

    private void Follow(Way way)
    {
        while (true)
        {
            if (_flow.IsMeeting[way.Index] && !Arrive(way))
            {
                End(way.Node);
                return;
            }

            if (++_followed + (_compared / 8) + (_kept * 2) > _options.InstructionsFollowedMax)
            {
                throw Limit(way, nameof(VerifierOptions.InstructionsFollowedMax), _options.InstructionsFollowedMax);
            }

            _way = way;
            way.Index = Step(way.State, way.Index);
            if (way.Index < 0)
            {
                End(way.Node);
                return;
            }
        }
    }

    private static void End(Node? node)
    {
        while (node is not null && --node.Pending == 0)
        {
            node = node.Parent;
        }
    }

    private void Fork(AbstractState state, int index)
    {
        if (_way.Node is { } node)
        {
            node.Pending++;
        }

        _pending.Push(new Way(state, index, _way.Node));
    }

    private AbstractState Initial()
    {
        var state = new AbstractState { PacketRoom = _rules.RecordBytesMin };
        var frame = new Frame(0, -1, 0);
        frame.Registers[OpTraits.FramePointer] = AbstractValue.Pointer(ValueKind.Stack);
        if (_rules.IsRecord)
        {
            frame.Registers[1] = AbstractValue.Pointer(ValueKind.Packet);
            frame.Registers[2] = new AbstractValue
            {
                Kind = ValueKind.Number,
                Number = Scalar.Range((ulong)_rules.RecordBytesMin, (ulong)_rules.PacketBytesMax),
                Length = 0,
            };
        }
        else
        {
            frame.Registers[1] = AbstractValue.Pointer(ValueKind.Context);
        }

        state.Frames.Add(frame);
        return state;
    }

    private int FreshId() => ++_lastId;

    // Returns false if what can follow is covered already.
    private bool Arrive(Way way)
    {
        var state = way.State;
        Clean(state, way.Index);

        // A helper ends its rounds by itself; a loop of the program around it is judged at its own head.
        var endsItself = _isBackFromCallback;
        _isBackFromCallback = false;
        if (IsObsolete(state))
        {
            return false;
        }

        LeaveLoops(state, way.Index);
        var meeting = MeetingOf(state, way.Index);
        NoteStack(state.Top);
        var isRound = Array.Exists(state.Eras, era => era.Head == meeting.Number);
        var steps = StepsOf(state, meeting);
        Leave(state, meeting.Number);

        // The rounds of a joined loop count all: states that were kept before the join say nothing of them.
        if (!isRound && IsKept(way, meeting, endsItself))
        {
            return false;
        }

        if (meeting.Joined is not { } joined || !_order.Covers(joined, state))
        {
            Keep(way, meeting);
            return true;
        }

        if (endsItself || (meeting.JoinedNode!.Pending == 0 && !isRound))
        {
            return false;
        }

        // Inside a loop, only its head says whether the loop ends: go on to there, keeping nothing. A way that comes to
        // the head anew, with a loop around it, follows the loop as it was joined to where it is left.
        if (!_flow.IsLoopHead[way.Index])
        {
            return true;
        }

        if (!isRound)
        {
            var again = joined.Copy();
            EnterLoop(again, meeting.Number);
            state.Assign(again);
            return true;
        }

        Close(meeting, steps);
        return false;
    }

    // Whether a state that was kept apart covers the one that comes.
    private bool IsKept(Way way, Meeting meeting, bool endsItself)
    {
        var ancestors = 0;
        for (var i = meeting.Kept.Count - 1; i >= 0 && i >= meeting.Kept.Count - KeptComparedMax; i--)
        {
            var (known, node) = meeting.Kept[i];
            if (node.Pending > 0 && ++ancestors > AncestorsComparedMax)
            {
                continue;
            }

            _compared++;
            if (!_order.Covers(known, way.State))
            {
                continue;
            }

            if (node.Pending == 0 || endsItself)
            {
                return true;
            }

            if (_order.Covers(way.State, known))
            {
                Unbounded(way, "the loop comes back here with nothing changed: it may not end");
                return true;
            }
        }

        return false;
    }

    // States are compared and joined with those that came through the same joined heads of loops only: others know
    // nothing of how far values have moved since.
    private Meeting MeetingOf(AbstractState state, int index)
    {
        var (chain, era) = (state.Top.Chain, 0);
        foreach (var (head, _) in state.Eras)
        {
            if (_places[head] != (index, chain) && !_eras.TryGetValue((era, head), out era))
            {
                _eras[(era, head)] = era = _eras.Count + 1;
            }
        }

        if (!_meetings.TryGetValue((index, chain, era), out var meeting))
        {
            _meetings[(index, chain, era)] = meeting = new Meeting(_meetings.Count);
            _generations.Add(0);
            _places.Add((index, chain));
        }

        return meeting;
    }

    // Comes from a joined state that was joined again since: all that can follow here follows there, too.
    private bool IsObsolete(AbstractState state) =>
        Array.Exists(state.Eras, era => _generations[era.Head] != era.Join);

    // How values moved since the head of a loop that control has left matters no more, and would tell states apart.
    private void LeaveLoops(AbstractState state, int index)
    {
        foreach (var (head, _) in state.Eras)
        {
            if (!IsInside(head, state, index))
            {
                Leave(state, head);
            }
        }
    }

    private static void Leave(AbstractState state, int head)
    {
        if (Array.Exists(state.Eras, era => era.Head == head))
        {
            state.Eras = Array.FindAll(state.Eras, era => era.Head != head);
            state.Replace(v => v.Ghost is null ? v : v with { Ghost = Ghost.Strip(v.Ghost, head) });
        }
    }

    private bool IsInside(int meeting, AbstractState state, int index)
    {
        var (head, chain) = _places[meeting];
        var frame = state.Frames.FindIndex(frame => frame.Chain == chain);
        return frame >= 0 && _flow.IsInLoop(
            head, frame == state.Frames.Count - 1 ? index : state.Frames[frame + 1].CallSite);
    }

    private void Keep(Way way, Meeting meeting)
    {
        if (++_kept > _options.StatesMax)
        {
            throw Limit(way, nameof(VerifierOptions.StatesMax), _options.StatesMax);
        }

        var most = _options.StatesPerInstructionMax;
        var many = _patience switch
        {
            Patience.None => Math.Min(most, 12),
            Patience.Some => most,
            _ => most * 64,
        };
        var budget = _options.InstructionsFollowedMax * (_patience == Patience.Most ? 0.7 : 0.16);
        var node = new Node(way.Node);
        way.Node = node;
        if (meeting.Kept.Count < (_followed + (_compared / 4) < budget ? many : Math.Min(many, 8)))
        {
            meeting.Kept.Add((way.State.Copy(), node));
            return;
        }

        var isNew = meeting.Joined is null || !_order.Covers(meeting.Joined, way.State, withGhosts: false);
        var widening = meeting.Joins switch
        {
            < 2 => Widening.None,
            < WideningJoins => Widening.Thresholds,
            _ => Widening.Extremes,
        };
        var joined = meeting.Joined is null ? way.State
            : _order.Join(meeting.Joined, way.State, widening, widensGhosts: meeting.Joins + meeting.Repeats >= 2);
        if (joined is null)
        {
            meeting.Kept.Add((way.State.Copy(), node));
            return;
        }

        meeting.Repeats += isNew ? 0 : 1;
        meeting.Joins += isNew ? 1 : 0;
        if (meeting.Joins > JoinsMax)
        {
            joined.Replace(v => v.IsNumber ? AbstractValue.Anything
                : v.Number.IsConstant ? v : AbstractValue.Invalid("changes in a loop without a bound"));
        }

        meeting.Joined = joined.Copy();
        meeting.JoinedNode = node;
        (meeting.IsClosed, meeting.Steps) = (false, null);
        if (_flow.IsLoopHead[way.Index])
        {
            _generations[meeting.Number] = ++_lastLoop;
            EnterLoop(joined, meeting.Number);
        }

        way.State.Assign(joined);
    }

    private static void Close(Meeting meeting, Dictionary<int, long> steps)
    {
        meeting.IsClosed = true;
        if (meeting.Steps is null)
        {
            meeting.Steps = steps;
            return;
        }

        foreach (var (place, step) in meeting.Steps.ToArray())
        {
            if (steps.TryGetValue(place, out var other) && other > 0 == step > 0)
            {
                meeting.Steps[place] = step > 0 ? Math.Min(step, other) : Math.Max(step, other);
            }
            else
            {
                meeting.Steps.Remove(place);
            }
        }
    }

    private void EnterLoop(AbstractState state, int head)
    {
        var join = _generations[head];
        state.Eras = [.. state.Eras.Append((head, join)).OrderBy(era => era.Item1)];
        for (var f = 0; f < state.Frames.Count; f++)
        {
            var frame = f * 256;
            state.Frames[f].Replace((place, v) => v.IsNumber || v.IsAddress
                ? v with { Ghost = new Ghost(head, join, frame + place, 0, 0, v.Ghost) }
                : v);
        }
    }

    // Places are found again by where the value is now: it must have come from the same place to count as its step.
    private Dictionary<int, long> StepsOf(AbstractState state, Meeting meeting)
    {
        var steps = new Dictionary<int, long>();
        if (_generations[meeting.Number] == 0)
        {
            return steps;
        }

        ForEachPlace(state, (place, value) =>
        {
            if (Ghost.Find(value.Ghost, meeting.Number) is { } ghost && ghost.Place == place
                && (ghost.Low >= 1 || ghost.High <= -1))
            {
                steps[place] = ghost.Low >= 1 ? ghost.Low : ghost.High;
            }
        });
        return steps;
    }

    private static void ForEachPlace(AbstractState state, Action<int, AbstractValue> visit)
    {
        for (var f = 0; f < state.Frames.Count; f++)
        {
            var frame = f * 256;
            state.Frames[f].Replace((place, v) =>
            {
                visit(frame + place, v);
                return v;
            });
        }
    }

    private void CheckLoops()
    {
        var roundsAt = new Dictionary<(int, int), double>();
        foreach (var ((index, chain, _), meeting) in _meetings)
        {
            if (!meeting.IsClosed)
            {
                continue;
            }

            var rounds = RoundsOf(meeting);
            roundsAt[(index, chain)] = Math.Max(rounds, roundsAt.GetValueOrDefault((index, chain)));
            if (rounds > _options.LoopRoundsMax)
            {
                _way = new Way(meeting.Joined!, index, null);
                Unbounded(_way, double.IsInfinity(rounds)
                    ? "no value is known to move towards an end in each round of the loop that begins here"
                    : $"the loop that begins here may take {rounds:0} rounds, the limit "
                        + $"{nameof(VerifierOptions.LoopRoundsMax)} is {_options.LoopRoundsMax}");
            }
        }

        _rounds = roundsAt.Values.Aggregate(1.0, static (all, rounds) => all * rounds);
    }

    private static double RoundsOf(Meeting meeting)
    {
        var rounds = double.PositiveInfinity;
        ForEachPlace(meeting.Joined!, (place, value) =>
        {
            if (meeting.Steps!.TryGetValue(place, out var step))
            {
                var unsigned = (double)value.Number.UMax - value.Number.UMin;
                var signed = (double)value.Number.SMax - value.Number.SMin;
                rounds = Math.Min(rounds, (Math.Min(unsigned, signed) / Math.Abs((double)step)) + 1);
            }
        });
        return rounds;
    }

    private ulong[] Thresholds()
    {
        var numbers = new SortedSet<ulong> { 0, 1, 0xff, 0xffff, int.MaxValue, uint.MaxValue, long.MaxValue };
        for (var i = 0; i < _program.Length && numbers.Count < 512; i++)
        {
            var op = _program.Ops[i];
            if (op.IsConditionalJump() || op is Op.And64Imm or Op.And32Imm)
            {
                var number = Math.Abs((long)_program.Instructions[i].Immediate);
                numbers.UnionWith([(ulong)number, (ulong)Math.Max(0, number - 1)]);
            }
        }

        foreach (var map in _options.Maps)
        {
            numbers.Add((ulong)Math.Max(0, map.ValueBytes));
            numbers.Add((ulong)Math.Max(0, map.EntryCountMax));
        }

        numbers.Add((ulong)_rules.PacketBytesMax);
        return [.. numbers];
    }

    // A tie to a number that is gone says nothing; a number that something is tied to keeps its id.
    private static void DropTies(AbstractState state, HashSet<int> seen, HashSet<int> shared) => state.Replace(v =>
    {
        foreach (var tie in v.Ties)
        {
            if (seen.Contains(tie.Of))
            {
                shared.Add(tie.Of);
            }
        }

        return Array.TrueForAll(v.Ties, tie => seen.Contains(tie.Of)) ? v
            : v with { Ties = Array.FindAll(v.Ties, tie => seen.Contains(tie.Of)) };
    });

    // Drops what nobody reads any more, and ids that only one value has: fewer states then differ.
    private void Clean(AbstractState state, int index)
    {
        for (var f = state.Frames.Count - 1; f >= 0; f--)
        {
            var isTop = f == state.Frames.Count - 1;
            var at = isTop ? index : state.Frames[f + 1].CallSite;
            var isCallback = !isTop && state.Frames[f + 1].Callback is not null;
            var live = isTop || isCallback ? _flow.LiveRegisters[at] : _flow.LiveRegisters[at + 1];
            for (var r = 0; r < 10; r++)
            {
                if ((live & (1 << r)) == 0 && state.Frames[f].Registers[r].Reference == 0)
                {
                    state.Frames[f].Registers[r] = AbstractValue.Unwritten;
                }
            }
        }

        var seen = new HashSet<int>();
        var shared = new HashSet<int>();
        state.Replace(v =>
        {
            if (v.Id != 0 && !seen.Add(v.Id))
            {
                shared.Add(v.Id);
            }

            return v.Shifted is null ? v : v with { Shifted = null };
        });
        DropTies(state, seen, shared);
        if (seen.Count > shared.Count)
        {
            state.Replace(v => v.IsNumber && v.Id != 0 && !shared.Contains(v.Id) ? v with { Id = 0, Delta = 0 } : v);
        }
    }
}
