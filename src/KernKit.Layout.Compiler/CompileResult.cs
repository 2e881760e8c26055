namespace KernKit.Layout.Compiler;

/// <summary>What one schema gave: messages, and C# if there was no error.</summary>
public sealed class CompileResult
{
    internal CompileResult(
        IReadOnlyList<LayoutDiagnostic> diagnostics,
        IReadOnlyDictionary<string, string> outputs,
        IReadOnlyList<string> importedFiles)
    {
        Diagnostics = diagnostics;
        Outputs = outputs;
        ImportedFiles = importedFiles;
    }

    /// <summary>At most 100 messages, sorted by file, line and column; those of imported files included.</summary>
    public IReadOnlyList<LayoutDiagnostic> Diagnostics { get; }

    /// <summary>
    /// The generated files, sorted by name: a relative name with forward slashes (<c>Ufs/Dinode2.g.cs</c>) and the
    /// text with <c>\n</c> line ends. Empty if there was an error.
    /// </summary>
    public IReadOnlyDictionary<string, string> Outputs { get; }

    /// <summary>
    /// Every other file that was read or asked for, directly or not, sorted: what a build has to watch. A file that
    /// is missing is listed too, so that creating it triggers a new compilation.
    /// </summary>
    public IReadOnlyList<string> ImportedFiles { get; }

    /// <summary>True if no message is an error.</summary>
    public bool Succeeded => !Diagnostics.Any(static diagnostic => diagnostic.IsError);
}
