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
        return new CompileResult([], new SortedDictionary<string, string>(StringComparer.Ordinal), []);
    }

    /// <summary>The types that all generated code of a project shares; emitted once a project.</summary>
    /// <param name="options">The same options as for the schemas.</param>
    /// <returns>File names and texts, sorted, in the form of <see cref="CompileResult.Outputs"/>.</returns>
    public static IReadOnlyDictionary<string, string> EmitSupport(CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SortedDictionary<string, string>(StringComparer.Ordinal);
    }
}
