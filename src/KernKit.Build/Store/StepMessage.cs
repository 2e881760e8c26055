namespace KernKit.Build;

/// <summary>One message of a generator.</summary>
/// <param name="IsError">False for a warning.</param>
/// <param name="File">Relative to the project, or "".</param>
/// <param name="Line">1-based, 0 for the file as a whole.</param>
/// <param name="Column">1-based, 0 for the line as a whole.</param>
/// <param name="Code">For instance <c>KK1000</c>; may be "".</param>
/// <param name="Message">The sentence.</param>
internal sealed record StepMessage(bool IsError, string File, int Line, int Column, string Code, string Message);
