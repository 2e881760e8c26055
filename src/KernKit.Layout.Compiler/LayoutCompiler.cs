using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;
using KernKit.Layout.Compiler.Diagnostics;
using KernKit.Layout.Compiler.Markdown;

namespace KernKit.Layout.Compiler;

/// <summary>Compiles one schema to C#.</summary>
public static class LayoutCompiler
{
    /// <summary>Compiles one schema; its imports are read too, but code is generated for it alone.</summary>
    /// <param name="rootPath">The schema's path; messages use it as it is given.</param>
    /// <param name="readFile">
    /// Returns the text of a path, or null if there is no such file. Imported paths are relative to the importing
    /// file and joined with forward slashes.
    /// </param>
    /// <param name="options">Namespace and visibility.</param>
    /// <returns>Messages and generated files. Bad schema text never throws.</returns>
    public static CompileResult Compile(string rootPath, Func<string, string?> readFile, CompileOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(rootPath);
        ArgumentNullException.ThrowIfNull(readFile);
        ArgumentNullException.ThrowIfNull(options);
        var diagnostics = new DiagnosticBag();
        Workspace workspace = Workspace.Load(rootPath, readFile, diagnostics);
        Binder.Bind(workspace, diagnostics);
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!diagnostics.HasErrors)
        {
            CSharpEmitter.Emit(workspace.Units[0], options, outputs);
        }

        return new CompileResult(diagnostics.Sorted(), outputs, workspace.ImportedPaths);
    }

    /// <summary>Draws the structures of one schema as a Markdown page, for people.</summary>
    /// <param name="rootPath">The schema's path.</param>
    /// <param name="readFile">As for <see cref="Compile"/>.</param>
    /// <param name="title">The page's title.</param>
    /// <returns>The page, or null if the schema has errors, which <see cref="Compile"/> tells.</returns>
    public static string? DrawMap(string rootPath, Func<string, string?> readFile, string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(rootPath);
        ArgumentNullException.ThrowIfNull(readFile);
        var diagnostics = new DiagnosticBag();
        Workspace workspace = Workspace.Load(rootPath, readFile, diagnostics);
        Binder.Bind(workspace, diagnostics);
        return diagnostics.HasErrors ? null : MapEmitter.Emit(workspace.Units[0], title);
    }

    /// <summary>The types that all generated code of a project shares; emitted once a project.</summary>
    /// <param name="options">The same options as for the schemas.</param>
    /// <returns>File names and texts, sorted, in the form of <see cref="CompileResult.Outputs"/>.</returns>
    public static IReadOnlyDictionary<string, string> EmitSupport(CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.FieldTables == LayoutFieldTables.Only
            ? new SortedDictionary<string, string>(StringComparer.Ordinal) : SupportEmitter.Emit(options);
    }
}
