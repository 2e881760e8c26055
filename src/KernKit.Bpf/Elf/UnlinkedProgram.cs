namespace KernKit.Bpf;

/// <summary>A program of an object that cannot be linked.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Section">The section's name.</param>
/// <param name="Reason">What is wrong, or missing.</param>
public sealed record UnlinkedProgram(string Name, string Section, string Reason);
