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
        return Run(rootPath, readFile, CEmitter.Emit);
    }

    /// <summary>Compiles one schema to C that compares its structures with the originals.</summary>
    /// <remarks>
    /// A structure names its original as <c>@c(TYPE)</c> or <c>@c(TYPE, PREFIX)</c>, a field a member of another name
    /// as
    /// <c>@c(NAME)</c>, and <c>@c(-)</c> a field that the original does not have. Everything else is a member of the
    /// same name behind the prefix.
    /// </remarks>
    /// <param name="rootPath">The schema's path; messages use it as it is given.</param>
    /// <param name="readFile">Returns the text of a path, or null if there is no such file.</param>
    /// <param name="includes">The headers of the originals, as they stand behind <c>#include</c>.</param>
    /// <returns>Messages and, without an error, one file of C; it compiles if both agree.</returns>
    public static CompileResult CompareWithOriginals(
        string rootPath, Func<string, string?> readFile, IReadOnlyList<string> includes)
    {
        ArgumentNullException.ThrowIfNull(includes);
        return Run(rootPath, readFile, (root, outputs) => COriginals.Emit(root, includes, outputs));
    }

    private static CompileResult Run(
        string rootPath, Func<string, string?> readFile, Action<FileUnit, SortedDictionary<string, string>> emit)
    {
        ArgumentException.ThrowIfNullOrEmpty(rootPath);
        ArgumentNullException.ThrowIfNull(readFile);
        var diagnostics = new DiagnosticBag();
        Workspace workspace = Workspace.Load(rootPath, readFile, diagnostics);
        Binder.Bind(workspace, diagnostics);
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!diagnostics.HasErrors)
        {
            emit(workspace.Units[0], outputs);
        }

        return new CompileResult(diagnostics.Sorted(), outputs, workspace.ImportedPaths);
    }
}
