using KernKit.Layout.Compiler;

namespace KernKit.Build;

/// <summary>
/// Schemas to pages for people: one with the structures of each schema, and an index. All in one step: a page takes
/// less than a millisecond, and the index names them all.
/// </summary>
/// <remarks>
/// Options: <c>Root</c>, the directory above all schemas as a <c>Generate</c> item would name it; pages are titled and
/// named by what follows from its last segment.
/// </remarks>
internal sealed class LayoutMapGenerator : ICodeGenerator
{
    private const string Extension = ".layout";

    /// <inheritdoc/>
    public void Generate(GenerationContext context)
    {
        var root = context.Options.GetValueOrDefault("Root", "").TrimEnd('/') + "/";
        var index = new System.Text.StringBuilder("# Maps\n\nThe structures of the schemas. The build draws them.\n\n");
        foreach (var path in context.Inputs.Order(StringComparer.Ordinal))
        {
            if (!path.StartsWith(root, StringComparison.Ordinal) || !path.EndsWith(Extension, StringComparison.Ordinal))
            {
                context.Report(true, path, 0, 0, "KK9004", $"is no {Extension} file below the option Root '{root}'");
                continue;
            }

            var name = path[root.Length..^Extension.Length];
            var title = Path.GetFileName(root[..^1]) + path[(root.Length - 1)..];
            if (LayoutCompiler.DrawMap(path, context.ReadText, title) is not { } page)
            {
                context.Report(true, path, 0, 0, "KK9004", "has errors, which compiling it shows; it has no map");
                continue;
            }

            var file = name.Replace('/', '-') + ".md";
            context.WriteText(file, page);
            index.Append("- [").Append(name).Append("](").Append(file).Append(")\n");
        }

        context.WriteText("README.md", index.ToString());
    }
}
