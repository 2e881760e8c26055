namespace KernKit.Bpf;

/// <summary>One kind of hook: what r1 points to, what programs may call, how long they may take, what stands
/// in.</summary>
/// <remarks>Immutable; shared by the verifier, which judges accesses by it, and by hooks, which run them.
/// </remarks>
public sealed record ProgramType
{
    /// <summary>The name, as in <c>--type NAME</c> and messages.</summary>
    public required string Name { get; init; }

    /// <summary>Names of ELF sections whose programs are of this type; an entry that ends with / is a prefix.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];

    /// <summary>Bytes of the context structure. With <see cref="IsRecord"/> bytes that every record has at
    /// least.</summary>
    public int ContextBytes { get; init; }

    /// <summary>The context is a record: plain bytes from r1 on, as many as r2 says, readable in any width.</summary>
    public bool IsRecord { get; init; }

    /// <summary>Whether programs may store to the bytes of a record, or of a packet.</summary>
    public bool IsWritable { get; init; }

    /// <summary>The fields of the structure; accesses outside of all of them are refused. Empty for records.</summary>
    public IReadOnlyList<ContextField> Fields { get; init; } = [];

    /// <summary>The context's fields for predicates, so that a condition can stand where a program may; null for
    /// records of any kind.</summary>
    public FieldTable? Context { get; init; }

    /// <summary>What programs may call.</summary>
    public HelperTable Helpers { get; init; } = new();

    /// <summary>Fuel of a run; see <see cref="MachineOptions.Fuel"/>.</summary>
    public long Fuel { get; init; } = 1_000_000;

    /// <summary>What the hook answers when the program faults or lacks fuel.</summary>
    public ulong Fallback { get; init; }

    /// <summary>The smallest verdict, unsigned; with <see cref="VerdictMax"/> what the verifier asks of r0.</summary>
    public ulong VerdictMin { get; init; }

    /// <summary>The largest verdict, unsigned; anything unless set.</summary>
    public ulong VerdictMax { get; init; } = ulong.MaxValue;
}
