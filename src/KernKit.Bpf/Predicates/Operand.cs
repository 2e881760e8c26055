namespace KernKit.Bpf.Predicates;

/// <summary>The right side of an operation: a register, or a number that fits into the instruction.</summary>
/// <param name="Range">What it may be.</param>
/// <param name="Register">Where it is; -1 for a number.</param>
/// <param name="Number">The number.</param>
internal readonly record struct Operand(ValueRange Range, int Register, int Number)
{
    public bool IsNumber => Register < 0;
}
