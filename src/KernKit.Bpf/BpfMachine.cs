using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using KernKit.Bpf.Engine;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>Runs one program: registers, stack, context and fuel.</summary>
/// <remarks>
/// A run begins with the context's address in r1, its length in r2, the stack's top in r10 and 0 in the other
/// registers, and ends with a <see cref="RunResult"/>; whatever the program does, no exception leaves <c>Run</c>. A machine
/// is used by one thread at a time; make one for each thread.
/// </remarks>
public sealed partial class BpfMachine : IDisposable
{
    /// <summary>Bytes of stack of one function: 512, as everywhere.</summary>
    public const int FrameBytes = 512;

    /// <summary>Functions that may be active at once: 8, as in Linux.</summary>
    public const int FrameCountMax = 8;

    internal const int StackBytes = FrameBytes * FrameCountMax;

    // What a 64-bit immediate of a function's address loads: far from memory and from helper numbers.
    internal const ulong CodeBase = 0x7000_0000_0000_0000;

    private readonly MachineOptions _options;
    private readonly HelperTable.Entry?[] _helpers;
    private readonly ulong[] _frames = new ulong[FrameCountMax * SavedRegisters];
    private readonly int _laneAt;
    private readonly int _stackClearedAt;
    private CompiledEntry? _compiled;
    private int _runsBeforeCompiling;
    private int _depth;
    private int _contextLength;
    private bool _suspended;
    private bool _disposed;
    private RunResult _result;

    private const int SavedRegisters = 10;

    /// <summary>Makes a machine.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">What it offers; null for <see cref="MachineOptions.Default"/>.</param>
    /// <exception cref="BpfFormatException">More functions than a program may have.</exception>
    /// <exception cref="InvalidOperationException">The arena has no free lane.</exception>
    public BpfMachine(BpfProgram program, MachineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        Program = program;
        _options = options ?? MachineOptions.Default;
        _helpers = _options.Helpers.ToArray();
        Arena = _options.Arena ?? new BpfArena(0, _options.ContextBytesMax);
        Shape = new ProgramShape(program);
        Steps = new StepBuilder(Shape, WideImmediate).Build(out var constants);
        Operands = GC.AllocateArray<ulong>(Step.ConstantsAt + constants.Length, pinned: true);
        constants.CopyTo(Operands, Step.ConstantsAt);
        Memory = Arena.Bytes;
        _laneAt = Arena.TakeLane();
        _stackClearedAt = !Shape.UsesStack ? StackBytes : Shape.HasFunctions ? 0 : StackBytes - FrameBytes;
        _runsBeforeCompiling = _options.Engine switch
        {
            _ when !RuntimeFeature.IsDynamicCodeSupported => int.MaxValue,
            EngineKind.Compiled => 0,
            EngineKind.Tiered => _options.CompileAfterRuns,
            _ => int.MaxValue,
        };
    }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>The memory.</summary>
    public BpfArena Arena { get; }

    /// <summary>Fuel that is left: after a run, what it did not use.</summary>
    public long Fuel
    {
        get => FuelLeft;
        internal set => FuelLeft = value;
    }

    /// <summary>Whether runs are compiled by now.</summary>
    public bool IsCompiled => _compiled is not null;

    internal ProgramShape Shape { get; }

    internal Step[] Steps { get; }

    /// <summary>Registers 0 to 10, then constants: see <see cref="Step"/>.</summary>
    internal ulong[] Operands { get; }

    internal byte[] Memory { get; }

    internal Dictionary<int, SlicedFunction> SlicedFunctions { get; } = [];

    /// <summary>Where the interpreter goes on.</summary>
    internal int NextStep { get; set; }

    /// <summary>Set when compiled code must return at once; <see cref="_result"/> says why.</summary>
    internal int Stopped;

    /// <summary>Bytes of the arena that this run may touch. A field, as compiled code reads it.</summary>
    internal ulong Limit;

    /// <summary>What <see cref="Fuel"/> shows. A field, as compiled code changes it.</summary>
    internal long FuelLeft;

    /// <summary>The context area for a run of a given length: write the context here, without a copy.</summary>
    /// <param name="length">Bytes of the context.</param>
    /// <returns>The bytes; valid until the next call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than the arena's lanes.</exception>
    public Span<byte> Context(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Arena.ContextBytesMax);
        return Memory.AsSpan(ContextAt(length), length);
    }

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
    public RunResult Run(int contextLength)
    {
        if ((uint)contextLength > (uint)Arena.ContextBytesMax || _disposed)
        {
            ThrowCannotRun(contextLength);
        }

        var contextAt = ContextAt(contextLength);
        _contextLength = contextLength;
        _suspended = false;
        Limit = (ulong)(contextAt + contextLength);
        Fuel = _options.Fuel;
        if (_stackClearedAt < StackBytes)
        {
            Memory.AsSpan(_laneAt + _stackClearedAt, StackBytes - _stackClearedAt).Clear();
        }

        var context = BpfArena.VirtualBase + (ulong)contextAt;
        if (_compiled is null && --_runsBeforeCompiling < 0)
        {
            Compile();
        }

        return _compiled is { } compiled ? RunCompiled(compiled, context) : RunInterpreted(context);
    }

    /// <summary>Goes on with an interpreted run that ended for lack of fuel.</summary>
    /// <param name="fuel">Fuel to add to what is left.</param>
    /// <returns>How the run ended this time.</returns>
    /// <exception cref="InvalidOperationException">The last run was compiled, or did not end for lack of fuel.</exception>
    public RunResult Resume(long fuel)
    {
        if (!_suspended)
        {
            throw new InvalidOperationException("only an interpreted run that ended out of fuel can be resumed");
        }

        _suspended = false;
        Fuel = fuel > long.MaxValue - Fuel ? long.MaxValue : Fuel + fuel;
        Interpreter.Run(this);
        return _result;
    }

    /// <summary>Gives the machine's place in its arena back.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Arena.ReturnLane(_laneAt);
        }
    }

    /// <summary>Gives a helper the memory that an argument points to.</summary>
    /// <param name="address">A virtual address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="memory">The bytes.</param>
    /// <returns>False if they are not all the program's.</returns>
    public bool TryGetMemory(ulong address, ulong length, out Span<byte> memory)
    {
        var at = address - BpfArena.VirtualBase;
        if (length > Limit || at > Limit - length)
        {
            memory = default;
            return false;
        }

        memory = Memory.AsSpan((int)at, (int)length);
        return true;
    }

    /// <summary>A helper's refusal: the program ends with <see cref="FaultKind.Helper"/> when the helper returns.</summary>
    /// <param name="address">What was wrong: an address or another argument.</param>
    public void RefuseHelperCall(ulong address) => Fail(FaultKind.Helper, NextStep, address);

    [DoesNotReturn]
    private void ThrowCannotRun(int contextLength)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        throw new ArgumentOutOfRangeException(
            nameof(contextLength), contextLength, $"must be 0 to {Arena.ContextBytesMax}, the arena's longest context");
    }

    // The context ends where the lane ends, up to alignment, so that what lies behind it is outside the limit.
    private int ContextAt(int length) => _laneAt + StackBytes + ((Arena.ContextBytesMax - length) & ~7);

    private RunResult RunInterpreted(ulong context)
    {
        Operands.AsSpan(0, 10).Clear();
        Operands[1] = context;
        Operands[2] = (ulong)_contextLength;
        Operands[OpTraits.FramePointer] = StackTop;
        (NextStep, _depth, Stopped) = (0, 0, 0);
        Interpreter.Run(this);
        return _result;
    }

    internal ulong StackTop => BpfArena.VirtualBase + (ulong)(_laneAt + StackBytes);

    internal ulong WideImmediate(int index) => Program.Ops[index] switch
    {
        Op.LoadCode when Shape.CodeTarget(index) is >= 0 and var target => CodeBase + (ulong)target,
        _ => Program.Wide(index),
    };
}
