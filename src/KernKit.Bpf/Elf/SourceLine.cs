namespace KernKit.Bpf;

/// <summary>A place in source code that an instruction comes from.</summary>
/// <param name="File">The file's name, as the compiler wrote it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1; 0 if unknown.</param>
/// <param name="Text">The line's text, trimmed; empty if unknown.</param>
public sealed record SourceLine(string File, int Line, int Column, string Text);
