using Xunit;

namespace KernKit.Layout.Schemas.Tests;

/// <summary>The schemas of the repository.</summary>
internal static class Schemas
{
    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every schema, as <c>family/name.layout</c>, sorted.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, "layouts"), "*.layout", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Path.Combine(Root, "layouts"), path))
            .Order(StringComparer.Ordinal),
    ];

    public static string PathOf(string name) => Path.Combine(Root, "layouts", name);

    public static string? Read(string path) => File.Exists(path) ? File.ReadAllText(path) : null;

    /// <summary>The C header of a schema.</summary>
    public static string Header(string name)
    {
        var result = Compiler.LayoutHeader.Compile(PathOf(name), Read);
        Assert.Empty(result.Diagnostics);
        return Assert.Single(result.Outputs).Value;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "KernKit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("KernKit.slnx is in no folder above the tests");
    }
}
