using System.Numerics;
using KernKit.Bpf.Predicates;

namespace KernKit.Bpf;

/// <summary>A condition on records that people wrote, as an eBPF program.</summary>
/// <remarks>
/// <code>
///   size > 1M &amp;&amp; name ~ "*.log"      Lexer, Parser: C's operators and precedence
///     |  FieldTable                    Binder: names become places, kinds are checked, errors have columns
///   BothNode(CompareNode, GlobNode)    Comparison: constants to one side, no arithmetic that they can save
///     |                                Emitter: ranges choose signs and leave out checks
///   eBPF over raw bytes                Verifier: no access unproved; BpfMachine, Hook, PredicateBatch run it
/// </code>
/// <para>Values are whole numbers: a byte of -1 is less than a 64-bit 2^63, whatever C would say. A division by zero, a
/// shift by more than 63 and a result that 64 bits cannot hold (signed ones, as soon as something may be negative) have
/// no value, and neither has the condition then: <see cref="NoValue"/>. What &amp;&amp;, || and ?: pass over is not
/// computed. Records shorter than the fields that are named have no value either.</para>
/// <para>The program has r1 = the record, r2 = its bytes, and returns <see cref="No"/>, <see cref="Yes"/> or
/// <see cref="NoValue"/>. It calls nothing and needs no map, so every engine of RFC 9669 runs it (cpu version 4). A
/// predicate never changes and may be shared between threads.</para>
/// </remarks>
public sealed class Predicate
{
    /// <summary>What the program returns for a record that the condition refuses.</summary>
    public const ulong No = 0;

    /// <summary>What the program returns for a record that the condition accepts.</summary>
    public const ulong Yes = 1;

    /// <summary>What the program returns where the condition has no value.</summary>
    public const ulong NoValue = 2;

    private const int Context = 1;
    private const int ContextLength = 2;
    private const int Index = 9;

    private readonly ConditionNode _condition;
    private readonly Lazy<VerifierResult> _verdict;

    private Predicate(string expression, ConditionNode condition, Binder binder)
    {
        Expression = expression;
        _condition = condition;
        Fields = binder.Used;
        BytesNeeded = binder.BytesNeeded;
        Program = Emit();
        _verdict = new(() => Verifier.Verify(Program, Options(0)));
    }

    /// <summary>The expression as written.</summary>
    public string Expression { get; }

    /// <summary>The fields that it names, as <see cref="PredicateField.Name"/>: others need not be filled in.</summary>
    public IReadOnlySet<string> Fields { get; }

    /// <summary>Bytes of a record that it may read; shorter ones have no value.</summary>
    public int BytesNeeded { get; }

    /// <summary>The program for one record.</summary>
    public BpfProgram Program { get; }

    /// <summary>What the verifier says of the program; computed once, when it is asked for.</summary>
    public VerifierResult Verdict => _verdict.Value;

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The expression; docs/predicates.md has the language.</param>
    /// <param name="fields">What it may name.</param>
    /// <param name="time">The clock that <c>now</c> is read from, once; null for the system's.</param>
    /// <returns>The predicate.</returns>
    /// <exception cref="PredicateException">It is none; says the column, and what to write instead.</exception>
    public static Predicate Compile(string expression, FieldTable fields, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(expression);
        ArgumentNullException.ThrowIfNull(fields);
        var now = ((time ?? TimeProvider.System).GetUtcNow().Ticks - DateTime.UnixEpoch.Ticks) * (BigInteger)100;
        var binder = new Binder(fields, now);
        var condition = binder.Bind(Parser.Parse(expression));
        return new Predicate(expression, condition, binder);
    }

    /// <summary>Makes a hook that asks the program about records.</summary>
    /// <param name="recordBytesMax">Bytes of the longest record.</param>
    /// <param name="options">Engine and limits; null for the defaults.</param>
    /// <returns>A hook of the type <see cref="ProgramTypes.Record"/>, for one thread at a time.</returns>
    public Hook CreateHook(int recordBytesMax, MachineOptions? options = null) => new(ProgramTypes.Record, Program,
        (options ?? MachineOptions.Default) with
        {
            ContextBytesMax = recordBytesMax,
            Facts = [Verdict.Facts],
            AreBoundedLoopsFree = true,
        });

    /// <summary>What the verifier is told about a program over so many bytes at least.</summary>
    internal static VerifierOptions Options(int contextBytes) => new()
    {
        Type = ProgramTypes.Record,
        ContextBytesMin = contextBytes,
        Policy = VerifierPolicy.Checked,
        // Loops over text are joined early: one proof does for all lengths.
        StatesPerInstructionMax = 8,
    };

    /// <summary>The program for many records in one context; see <see cref="PredicateBatch"/> for its parts.</summary>
    internal BpfProgram EmitBatch(int stride, int countMax, int recordsAt)
    {
        var code = new CodeBuffer();
        var (next, done, no, lack, store) =
            (code.NewLabel(), code.NewLabel(), code.NewLabel(), code.NewLabel(), code.NewLabel());
        code.Load(ContextLength, Context, 0, sizeof(uint));
        code.Constant(Index, 0);
        code.Mark(next);
        // The count ends the loop; the most that there can be, a constant, is what the verifier goes by.
        code.JumpIfNumber(">=", Index, countMax, done);
        code.JumpIf(">=", Index, ContextLength, done);
        code.Move(Emitter.Record, Index);
        code.AluNumber("*", Emitter.Record, stride);
        code.Alu("+", Emitter.Record, Context);
        code.AluNumber("+", Emitter.Record, recordsAt);
        new Emitter(code, lack).Condition(_condition, false, no);
        code.Constant(0, (long)Yes);
        code.Jump(store);
        code.Mark(no);
        code.Constant(0, (long)No);
        code.Jump(store);
        code.Mark(lack);
        code.Constant(0, (long)NoValue);
        code.Mark(store);
        code.Move(3, Context);
        code.Alu("+", 3, Index);
        code.Store(3, PredicateBatch.VerdictsAt, 0, 1);
        code.AluNumber("+", Index, 1);
        code.Jump(next);
        code.Mark(done);
        code.Constant(0, 0);
        code.Exit();
        return code.Finish();
    }

    private BpfProgram Emit()
    {
        var code = new CodeBuffer();
        var (no, lack) = (code.NewLabel(), code.NewLabel());
        if (BytesNeeded > 0)
        {
            code.JumpIfNumber("<", ContextLength, BytesNeeded, lack);
            code.Move(Emitter.Record, Context);
        }

        new Emitter(code, lack).Condition(_condition, false, no);
        foreach (var (label, value) in new[] { (-1, Yes), (no, No), (lack, NoValue) })
        {
            if (label >= 0)
            {
                code.Mark(label);
            }

            code.Constant(0, (long)value);
            code.Exit();
        }

        return code.Finish();
    }
}
