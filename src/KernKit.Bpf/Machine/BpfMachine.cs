using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>Runs one program: registers, stack, context and fuel.</summary>
/// <remarks>
/// A run begins with the context's address in r1, its length in r2, the stack's top in r10 and 0 in the other
/// registers, and ends with a <see cref="RunResult"/>; whatever the program does, no exception leaves <c>Run</c>. A
/// machine is used by one thread at a time; make one for each thread.
/// </remarks>
public sealed partial class BpfMachine : IDisposable
{
    /// <summary>Bytes of stack of one function: 512, as everywhere.</summary>
    public const int FrameBytes = 512;

    /// <summary>Functions that may be active at once: 8, as in Linux.</summary>
    public const int FrameCountMax = 8;

    /// <summary>Tail calls in one run at most: 33, as in Linux.</summary>
    public const int TailCallCountMax = 33;

    internal const int StackBytes = FrameBytes * FrameCountMax;

    // What a 64-bit immediate of a function's address loads: far from memory and from helper numbers.
    internal const ulong CodeBase = 0x7000_0000_0000_0000;

    private const int SavedRegisters = 10;

    private readonly MachineOptions _options;
    private readonly HelperTable.Entry?[] _helpers;
    private readonly ulong[] _frames = new ulong[FrameCountMax * SavedRegisters];
    private readonly Dictionary<BpfProgram, ProgramUnit> _units = [];
    private readonly ProgramUnit _main;
    private readonly int _laneAt;
    private readonly nint _memoryAddress;
    private readonly bool _clearsStack;
    private readonly AccessWindow[] _windows;
    private ProgramUnit _unit;
    private ProgramUnit? _tail;
    private int _tailCalls;
    private int _depth;
    private int _contextLength;
    private readonly long _fuel;
    private CompiledEntry? _ready;
    private int _readyLength = -1;
    private ProgramUnit? _windowUnit;
    private int _windowLength;
    private bool _suspended;
    private bool _disposed;
    private RunResult _result;

    /// <summary>Makes a machine.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">What it offers; null for <see cref="MachineOptions.Default"/>.</param>
    /// <exception cref="BpfFormatException">More functions than a program may have, or a map that is not
    /// there.</exception>
    /// <exception cref="InvalidOperationException">The arena has no free lane.</exception>
    /// <exception cref="ArgumentException">Facts were proved for other maps.</exception>
    public BpfMachine(BpfProgram program, MachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        Program = program;
        _options = options ?? MachineOptions.Default;
        _helpers = _options.Helpers.ToArray();
        Arena = _options.Arena ?? new BpfArena(0, _options.ContextBytesMax);
        Memory = Arena.Bytes;
        Maps = _options.Maps;
        _fuel = _options.Fuel;
        RunsBeforeCompiling = _options.Engine switch
        {
            _ when !RuntimeFeature.IsDynamicCodeSupported => int.MaxValue,
            EngineKind.Compiled => 0,
            EngineKind.Tiered => _options.CompileAfterRuns,
            _ => int.MaxValue,
        };
        _laneAt = Arena.TakeLane();
        Lane = Arena.LaneNumber(_laneAt);
        StackTop = BpfArena.VirtualBase + (ulong)(_laneAt + StackBytes);
        try
        {
            _windows = GC.AllocateArray<AccessWindow>(AccessWindow.Count, pinned: true);
            _unit = _main = Unit(program);
            _clearsStack = _main.Shape.UsesStack && _main.Facts is not { IsStackWrittenFirst: true };
            unsafe
            {
                // SAFETY: the arena's array is pinned for life and this machine references it.
                _memoryAddress = (nint)Unsafe.AsPointer(ref Memory[0]);
            }
        }
        catch
        {
            Arena.ReturnLane(_laneAt);
            throw;
        }
    }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>The memory.</summary>
    public BpfArena Arena { get; }

    /// <summary>The maps that instructions name by their index here.</summary>
    public IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>Fuel that is left: after a run, what it did not use.</summary>
    public long Fuel
    {
        get => FuelLeft;
        internal set => FuelLeft = value;
    }

    /// <summary>Whether runs are compiled by now.</summary>
    public bool IsCompiled => _main.Compiled is not null;

    internal byte[] Memory { get; }

    /// <summary>Whether loops that were proved to end cost no fuel.</summary>
    internal bool AreBoundedLoopsFree => _options.AreBoundedLoopsFree;

    /// <summary>Whether the host may add fuel during a run.</summary>
    internal bool CanRenewFuel => _options.RenewFuel is not null;

    internal int RunsBeforeCompiling { get; }

    /// <summary>The unit that is running.</summary>
    internal ProgramUnit RunningUnit => _unit;

    /// <summary>The step at which the interpreter goes on; while a helper runs, the slot of its call.</summary>
    internal int NextStep { get; set; }

    /// <summary>For each region and size of access where it is and how far it goes.</summary>
    internal AccessWindow[] Windows => _windows;

    /// <summary>Offset of the lowest byte of the stack in the arena.</summary>
    internal int StackAt => _laneAt;

    /// <summary>Offset of the context in the arena.</summary>
    internal int ContextAt => _laneAt + StackBytes;

    internal ulong StackTop { get; }

    /// <summary>Set when compiled code must return at once; <see cref="_result"/> says why.</summary>
    internal int Stopped;

    /// <summary>Bytes of the arena that this run may touch. A field, as compiled code reads it.</summary>
    internal ulong Limit;

    /// <summary>Bytes of context of this run. A field, as compiled code reads it.</summary>
    internal ulong ContextLimit;

    /// <summary>What <see cref="Fuel"/> shows. A field, as compiled code changes it.</summary>
    internal long FuelLeft;

    /// <summary>The context area for a run of a given length: write the context here, without a copy.</summary>
    /// <param name="length">Bytes of the context.</param>
    /// <returns>The bytes; valid until the machine is disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than the arena's lanes.</exception>
    public Span<byte> Context(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Arena.ContextBytesMax);
        return Memory.AsSpan(ContextAt, length);
    }

    /// <summary>The virtual address of the context, for contexts that hold pointers into themselves.</summary>
    public ulong ContextAddress => StackTop;

    /// <summary>Runs with a context that is copied in, and copied back afterwards.</summary>
    /// <param name="context">The context.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Longer than the arena's lanes.</exception>
    public RunResult Run(Span<byte> context)
    {
        var area = Context(context.Length);
        context.CopyTo(area);
        var result = Run(context.Length);
        area.CopyTo(context);
        return result;
    }

    /// <summary>Runs with the context that <see cref="Context"/> holds.</summary>
    /// <param name="contextLength">Its length, as given to <see cref="Context"/>.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than the arena's lanes.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/bpf: b_rec1, a third of a call
    public RunResult Run(int contextLength)
    {
        if (contextLength != _readyLength)
        {
            return Prepare(contextLength);
        }

        // Compiled, and nothing but the fuel differs from the run before.
        FuelLeft = _fuel;
        var value = _ready!(_memoryAddress, StackTop, (ulong)contextLength);
        return Stopped == 0 ? new RunResult(RunStatus.Ok, value) : FinishStopped();
    }

    private RunResult FinishStopped()
    {
        (_readyLength, _suspended) = (-1, false);
        return Finish();
    }

    private RunResult Prepare(int contextLength)
    {
        if ((uint)contextLength > (uint)Arena.ContextBytesMax || _disposed)
        {
            ThrowCannotRun(contextLength);
        }

        _contextLength = contextLength;
        _suspended = false;
        ContextLimit = (ulong)contextLength;
        Limit = (ulong)(ContextAt + contextLength);
        FuelLeft = _fuel;
        _tailCalls = 0;
        _unit = _main;
        Start();
        _ready = _main.Compiled;
        var isReady = Stopped == 0 && _ready is not null && !_clearsStack && _main.Suits(contextLength);
        _readyLength = isReady ? contextLength : -1;
        return Finish();
    }

    // Follows tail calls to the last program's end.
    private RunResult Finish()
    {
        while (_tail is { } next)
        {
            (_unit, _tail) = (next, null);
            Start();
        }

        return _result;
    }

    /// <summary>Goes on with an interpreted run that ended for lack of fuel.</summary>
    /// <param name="fuel">Fuel to add to what is left.</param>
    /// <returns>How the run ended this time.</returns>
    /// <exception cref="InvalidOperationException">The last run was compiled, or did not end for lack of
    /// fuel.</exception>
    public RunResult Resume(long fuel)
    {
        if (!_suspended)
        {
            throw new InvalidOperationException("only an interpreted run that ended out of fuel can be resumed");
        }

        _suspended = false;
        Stopped = 0;
        Fuel = fuel > long.MaxValue - Fuel ? long.MaxValue : Fuel + fuel;
        Interpreter.Run(this, _unit, _unit.Code);
        return Finish();
    }

    /// <summary>Gives the machine's place in its arena back.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _readyLength = -1;
            Arena.ReturnLane(_laneAt);
        }
    }

    private ProgramUnit Unit(BpfProgram program)
    {
        if (!_units.TryGetValue(program, out var unit))
        {
            var facts = _options.Facts.FirstOrDefault(facts => facts.Program == program);
            RequireMaps(facts);
            _units[program] = unit = new ProgramUnit(
                this,
                program,
                facts,
                _options.Ahead.FirstOrDefault(ahead => ahead.Program == program));
        }

        return unit;
    }

    private void RequireMaps(ProgramFacts? facts)
    {
        for (var i = 0; facts is not null && i < facts.Maps.Count; i++)
        {
            var (proved, given) = (facts.Maps[i], i < Maps.Count ? Maps[i].Definition : null);
            if (given is null || proved.IsReadOnly != given.IsReadOnly
                || (proved.Kind, proved.KeyBytes, proved.ValueBytes, proved.EntryCountMax)
                    != (given.Kind, given.KeyBytes, given.ValueBytes, given.EntryCountMax)
                || !proved.Content.Span.SequenceEqual(given.Content.Span))
            {
                throw new ArgumentException(
                    $"the program was verified with another map {i} than {given?.Name ?? "none"}: verify it again");
            }
        }
    }

    private void Start()
    {
        var facts = _unit.Facts;
        if (_unit.Shape.UsesStack && (facts is not { IsStackWrittenFirst: true } || !_unit.Suits(_contextLength)))
        {
            var all = _unit.Shape.HasFunctions ? StackBytes : FrameBytes;
            Memory.AsSpan(_laneAt + StackBytes - all, all).Clear();
        }

        if (_unit.Compiled is null && --_unit.RunsBeforeCompiling < 0)
        {
            _unit.Compile();
        }

        Stopped = 0;
        if (_unit.Compiled is { } compiled && _unit.Suits(_contextLength))
        {
            RunCompiled(compiled);
        }
        else
        {
            RunInterpreted();
        }
    }

    private void RunCompiled(CompiledEntry compiled)
    {
        var value = compiled(_memoryAddress, StackTop, (ulong)_contextLength);
        _suspended = false;
        GC.KeepAlive(this);
        if (Stopped == 0)
        {
            _result = new RunResult(RunStatus.Ok, value);
        }
    }

    private void RunInterpreted()
    {
        if ((_windowUnit, _windowLength) != (_unit, _contextLength))
        {
            AccessWindow.Fill(_windows, this);
            (_windowUnit, _windowLength) = (_unit, _contextLength);
        }

        var registers = _unit.Operands;
        registers.AsSpan(0, 10).Clear();
        registers[1] = StackTop;
        registers[2] = (ulong)_contextLength;
        registers[OpTraits.FramePointer] = StackTop;
        (NextStep, _depth) = (0, 0);
        Interpreter.Run(this, _unit, _unit.Code);
    }

    [DoesNotReturn]
    private void ThrowCannotRun(int contextLength)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        throw new ArgumentOutOfRangeException(
            nameof(contextLength), contextLength, $"must be 0 to {Arena.ContextBytesMax}, the arena's longest context");
    }
}
