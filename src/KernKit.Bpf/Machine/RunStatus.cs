namespace KernKit.Bpf;

/// <summary>How a run ended.</summary>
public enum RunStatus
{
    /// <summary>The program came to its exit.</summary>
    Ok,

    /// <summary>An instruction did what it may not: see <see cref="FaultKind"/>.</summary>
    Fault,

    /// <summary>The fuel did not suffice for the next jump back or call. An interpreted run can be resumed.</summary>
    OutOfFuel,
}
