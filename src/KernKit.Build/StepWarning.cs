namespace KernKit.Build;

/// <summary>One warning of the schema compiler.</summary>
/// <param name="File">Relative to the project.</param>
/// <param name="Line">1-based, 0 for the file as a whole.</param>
/// <param name="Column">1-based, 0 for the file as a whole.</param>
/// <param name="Code"><c>KK</c> and four digits.</param>
/// <param name="Message">The sentence.</param>
internal sealed record StepWarning(string File, int Line, int Column, string Code, string Message);
