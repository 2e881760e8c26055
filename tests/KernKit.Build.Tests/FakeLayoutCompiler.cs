namespace KernKit.Layout.Compiler;

/// <summary>
/// A compiler of one verb a line: namespace NAME, struct NAME [TEXT], import FILE, warning TEXT, error TEXT. Lets the
/// build hook's tests say what happens without leaning on the real language, and lets them change the compiler.
/// </summary>
public static class LayoutCompiler
{
    private const string Version = "VERSION";

    public static CompileResult Compile(string rootPath, Func<string, string?> readFile, CompileOptions options)
    {
        var diagnostics = new List<LayoutDiagnostic>();
        var outputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var imports = new List<string>();
        var space = "Plain";
        var number = 0;
        foreach (var line in (readFile(rootPath) ?? "error missing").Split('\n'))
        {
            number++;
            var words = line.Split(' ', 3);
            switch (words[0])
            {
                case "namespace":
                    space = words[1];
                    break;
                case "struct":
                    var text = words.ElementAtOrDefault(2);
                    outputs[$"{space}/{words[1]}.g.cs"] = Emit(options, space, words[1], text);
                    break;
                case "import":
                    var path = Path.Join(Path.GetDirectoryName(rootPath), words[1]).Replace('\\', '/');
                    imports.Add(path);
                    if (readFile(path) is null)
                    {
                        diagnostics.Add(new LayoutDiagnostic(rootPath, number, 8, "KK1001", true, "no file " + path));
                    }

                    break;
                case "warning" or "error":
                    var isError = words[0] == "error";
                    diagnostics.Add(new LayoutDiagnostic(
                        rootPath, number, 1, "KK1000", isError, line[words[0].Length..].Trim()));
                    break;
            }
        }

        var failed = diagnostics.Any(static diagnostic => diagnostic.IsError);
        return new CompileResult(diagnostics, failed ? new SortedDictionary<string, string>() : outputs, imports);
    }

    public static IReadOnlyDictionary<string, string> EmitSupport(CompileOptions options) =>
        new Dictionary<string, string>
        {
            ["Support.g.cs"] = $"namespace {options.Namespace}; internal static class Support;\n",
        };

    private static string Emit(CompileOptions options, string space, string name, string? text)
    {
        var visibility = options.Visibility == LayoutVisibility.Public ? "public" : "internal";
        return $"namespace {options.Namespace}.{space};\n{visibility} static class {name}\n" +
            $"{{\n    public const string Maker = \"{Version}\", Text = \"{text}\";\n}}\n";
    }
}
