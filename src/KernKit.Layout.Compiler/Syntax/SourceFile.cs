namespace KernKit.Layout.Compiler.Syntax;

/// <summary>The text of one schema and the path under which it was asked for.</summary>
internal sealed class SourceFile(string path, string text)
{
    /// <summary>As given to the compiler, or joined from an import; forward slashes.</summary>
    public string Path { get; } = path;

    public string Text { get; } = text;

    /// <summary>The last part of the path: the only part of it that generated code may name.</summary>
    public string FileName
    {
        get
        {
            int slash = Path.AsSpan().LastIndexOfAny('/', '\\');
            return slash < 0 ? Path : Path[(slash + 1)..];
        }
    }

    public SourcePlace Start => new(this, 1, 1);
}

/// <summary>A 1-based line and column of a file.</summary>
internal readonly record struct SourcePlace(SourceFile File, int Line, int Column);
