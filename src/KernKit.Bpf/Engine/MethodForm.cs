namespace KernKit.Bpf.Engine;

/// <summary>How registers come into a compiled method.</summary>
internal enum MethodForm
{
    /// <summary>The program's entry: r1 and r2 are arguments, r10 is known, the others are 0.</summary>
    Main,

    /// <summary>A local function: r1 to r5 and r10 are arguments, the others are 0.</summary>
    Function,

    /// <summary>A piece of a large function: all are in memory.</summary>
    Slice,
}
