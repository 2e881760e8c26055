using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.C;
using KernKit.Layout.Compiler.Diagnostics;

namespace KernKit.Layout.Compiler;

/// <summary>Compiles one schema to a C11 header.</summary>
/// <remarks>
/// The header proves itself: every size and every offset is a <c>_Static_assert</c>, so compiling it with a C compiler
/// compares the schema with that compiler's own layout.
/// </remarks>
public static class LayoutHeader
{
    /// <summary>Compiles one schema; structures that it imports and uses are part of its header.</summary>
    /// <param name="rootPath">The schema's path; messages use it as it is given.</param>
    /// <param name="readFile">Returns the text of a path, or null if there is no such file.</param>
    /// <returns>Messages and, without an error, one header. Bad schema text never throws.</returns>
    public static CompileResult Compile(string rootPath, Func<string, string?> readFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(rootPath);
        ArgumentNullException.ThrowIfNull(readFile);
        var diagnostics = new DiagnosticBag();
        Workspace workspace = Workspace.Load(rootPath, readFile, diagnostics);
        Binder.Bind(workspace, diagnostics);
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!diagnostics.HasErrors)
        {
            CEmitter.Emit(workspace.Units[0], outputs);
        }

        return new CompileResult(diagnostics.Sorted(), outputs, workspace.ImportedPaths);
    }
}
