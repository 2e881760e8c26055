namespace KernKit.Bpf;

/// <summary>What an instruction did that it may not.</summary>
public enum FaultKind
{
    /// <summary>Nothing: the run did not end with a fault.</summary>
    None,

    /// <summary>A load or store outside of the arena.</summary>
    Memory,

    /// <summary>An atomic access to an address that is no multiple of its size.</summary>
    Misaligned,

    /// <summary>A call of a helper that the machine does not have.</summary>
    UnknownHelper,

    /// <summary>A local call deeper than the machine has stack frames.</summary>
    CallDepth,

    /// <summary>A helper refused its arguments or failed.</summary>
    Helper,
}
