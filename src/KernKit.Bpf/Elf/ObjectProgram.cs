namespace KernKit.Bpf;

/// <summary>One program of an object.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Section">The section's name, which tells the program type.</param>
/// <param name="Program">The program with all that it calls; it knows its source lines.</param>
public sealed record ObjectProgram(string Name, string Section, BpfProgram Program)
{
    /// <summary>The C structure that its first argument points to, as BTF names it; empty if not known.</summary>
    public string ContextName { get; init; } = "";
}
