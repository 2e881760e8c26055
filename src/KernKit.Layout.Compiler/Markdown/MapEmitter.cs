using System.Text;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.Markdown;

/// <summary>Writes the pictures of a schema's structures as one page.</summary>
internal static class MapEmitter
{
    public static string Emit(FileUnit root, string title)
    {
        var page = new StringBuilder(
            $"# {title}\n\nGenerated from the schema: offset and size in bytes, name, meaning.\n");
        foreach (var type in root.Symbols.Values.Select(static symbol => symbol.Type).OfType<StructType>())
        {
            page.Append($"\n## {type.Name}\n\n{StructMap.Length(type)}.\n\n```text\n");
            foreach (var line in StructMap.Of(type))
            {
                page.Append(line).Append('\n');
            }

            page.Append("```\n");
        }

        return page.ToString();
    }
}
