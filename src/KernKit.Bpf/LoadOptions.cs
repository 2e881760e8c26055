namespace KernKit.Bpf;

/// <summary>What a program may be when it is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>The options of a caller who gives none.</summary>
    public static LoadOptions Default { get; } = new();

    /// <summary>Slots of 8 bytes at most; 1,000,000 unless set (Linux's limit for privileged programs).</summary>
    public int InstructionCountMax { get; init; } = 1_000_000;

    /// <summary>The newest cpu version whose instructions are accepted (clang's -mcpu=v1 to v4); 4 unless
    /// set.</summary>
    public int CpuVersion { get; init; } = 4;

    /// <summary>The helpers that calls may name; null, unless set, leaves that to the machine.</summary>
    public HelperTable? Helpers { get; init; }
}
