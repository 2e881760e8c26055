namespace KernKit.Bpf.Isa;

/// <summary>The loops of a program: where control enters each, and what leads back there.</summary>
/// <remarks>
/// Depth first, a step that leads to an instruction that is still on the way here closes a loop: every cycle has such a
/// step, and its target is where control enters the loop, wherever compilers have put it. (Clang rotates loops: the
/// first instruction of one by its address is often not the one that is entered, and jumps to lower addresses within
/// one are common.) Calls are no part of a cycle here; a recursion is the call depth's matter.
/// </remarks>
internal sealed class LoopFinder
{
    // Members of all loops at most; beyond, which loop an instruction is in is not known.
    private const int MembersMax = 1 << 20;

    private readonly BpfProgram _program;
    private readonly byte[] _marks;
    private readonly List<(int From, int Head, bool IsJump)> _backSteps = [];
    private readonly Dictionary<int, HashSet<int>> _loops = [];
    private int _members;

    /// <summary>Finds the loops of functions.</summary>
    /// <param name="program">The program.</param>
    /// <param name="entries">First slots of functions; the list may grow while their ways are followed.</param>
    /// <param name="visit">Called with each instruction that is reached, once.</param>
    public LoopFinder(BpfProgram program, List<int> entries, Action<int> visit)
    {
        (_program, _marks) = (program, new byte[program.Length]);
        for (var i = 0; i < entries.Count; i++)
        {
            Follow(entries[i], visit);
        }

        var before = _backSteps.Count > 0 ? FindBefore() : [];
        foreach (var (from, head, _) in _backSteps)
        {
            FindLoop(before, from, head);
        }
    }

    /// <summary>The steps that close loops, and whether the instruction jumps: the last of a loop may also be followed
    /// by its head.</summary>
    public IReadOnlyList<(int From, int Head, bool IsJump)> BackSteps => _backSteps;

    /// <summary>Whether an instruction belongs to the loop of a head: control can come from it back to the head
    /// without leaving the loop. True where that is not known.</summary>
    public bool IsInLoop(int head, int index) => index == head || _members > MembersMax
        || (_loops.TryGetValue(head, out var loop) && loop.Contains(index));

    /// <summary>Instructions of a head's loop; the program's length where that is not known.</summary>
    public int LoopLength(int head) => _members > MembersMax ? _program.Length : _loops[head].Count + 1;

    /// <summary>The instruction behind, and the one that is jumped to; -1 for none.</summary>
    public static (int Next, int Target) StepsFrom(BpfProgram program, int index)
    {
        var op = program.Ops[index];
        var next = op == Op.Exit || op.IsJumpAlways() ? -1 : index + (op.IsWide() ? 2 : 1);
        return (next < program.Length ? next : -1, op.IsJump() ? program.Target(index) : -1);
    }

    private void Follow(int entry, Action<int> visit)
    {
        const byte OnTheWay = 1, Done = 2;
        var path = new Stack<(int Index, int Step)>();
        void Enter(int index)
        {
            _marks[index] = OnTheWay;
            visit(index);
            path.Push((index, 0));
        }

        if (_marks[entry] == 0)
        {
            Enter(entry);
        }

        while (path.TryPop(out var top))
        {
            var (index, step) = top;
            if (step == 2)
            {
                _marks[index] = Done;
                continue;
            }

            path.Push((index, step + 1));
            var (next, target) = StepsFrom(_program, index);
            var to = step == 0 ? next : target;
            if (to < 0)
            {
                continue;
            }

            if (_marks[to] == OnTheWay)
            {
                _backSteps.Add((index, to, step == 1));
            }
            else if (_marks[to] == 0)
            {
                Enter(to);
            }
        }
    }

    // What leads to the last instruction of a loop without passing its head.
    private void FindLoop(List<int>[] before, int from, int head)
    {
        if (!_loops.TryGetValue(head, out var loop))
        {
            _loops[head] = loop = [];
        }

        var pending = new Stack<int>([from]);
        while (_members <= MembersMax && pending.TryPop(out var index))
        {
            if (index != head && loop.Add(index))
            {
                _members++;
                before[index].ForEach(pending.Push);
            }
        }
    }

    private List<int>[] FindBefore()
    {
        var before = new List<int>[_program.Length];
        for (var i = 0; i < before.Length; i++)
        {
            before[i] = [];
        }

        for (var i = 0; i < before.Length; i++)
        {
            var (next, target) = _marks[i] == 0 ? (-1, -1) : StepsFrom(_program, i);
            foreach (var to in (ReadOnlySpan<int>)[next, target])
            {
                if (to >= 0)
                {
                    before[to].Add(i);
                }
            }
        }

        return before;
    }
}
