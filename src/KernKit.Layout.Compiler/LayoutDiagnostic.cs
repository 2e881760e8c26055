using System.Globalization;

namespace KernKit.Layout.Compiler;

/// <summary>One message about a schema, in the form that MSBuild and editors understand.</summary>
/// <param name="File">The path as the compiler was given it.</param>
/// <param name="Line">1-based; 0 if the message is about the file as a whole.</param>
/// <param name="Column">1-based, in UTF-16 code units; 0 if the message is about the file as a whole.</param>
/// <param name="Code"><c>KK</c> and four digits; docs/layout.md lists them.</param>
/// <param name="IsError">False for a warning: code is still generated.</param>
/// <param name="Message">What is wrong, why, and what to do.</param>
public sealed record LayoutDiagnostic(
    string File, int Line, int Column, string Code, bool IsError, string Message)
{
    /// <summary><c>file(line,col): error KK1234: message</c>.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{File}({Line},{Column}): {(IsError ? "error" : "warning")} {Code}: {Message}");
}
