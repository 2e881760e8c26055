using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.Diagnostics;

namespace KernKit.Layout.Compiler;

/// <summary>Compares two versions of a schema: what changes for whom.</summary>
public static class SchemaComparison
{
    /// <summary>Compares two schemas.</summary>
    /// <param name="oldPath">The schema as it was.</param>
    /// <param name="newPath">The schema as it is to be.</param>
    /// <param name="readFile">As for <see cref="LayoutCompiler.Compile"/>; reads both paths and imports.</param>
    /// <returns>Messages of both schemas, and the breaks if both compile. Bad schema text never throws.</returns>
    public static SchemaComparisonResult Compare(string oldPath, string newPath, Func<string, string?> readFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(oldPath);
        ArgumentException.ThrowIfNullOrEmpty(newPath);
        ArgumentNullException.ThrowIfNull(readFile);
        FileUnit? before = Bind(oldPath, readFile, out IReadOnlyList<LayoutDiagnostic> oldMessages);
        FileUnit? after = Bind(newPath, readFile, out IReadOnlyList<LayoutDiagnostic> newMessages);
        IReadOnlyList<LayoutDiagnostic> all = [.. oldMessages, .. newMessages];
        IReadOnlyList<SchemaBreak> breaks = before is null || after is null ? [] : SchemaDifferences.Of(before, after);
        return new SchemaComparisonResult(all, breaks);
    }

    private static FileUnit? Bind(
        string path, Func<string, string?> readFile, out IReadOnlyList<LayoutDiagnostic> messages)
    {
        var diagnostics = new DiagnosticBag();
        Workspace workspace = Workspace.Load(path, readFile, diagnostics);
        Binder.Bind(workspace, diagnostics);
        messages = diagnostics.Sorted();
        return diagnostics.HasErrors ? null : workspace.Units[0];
    }
}
