using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests.Tidy;

/// <summary>Rules about files as such: what has to open with an essay, and what nobody uses.</summary>
internal static class HouseRules
{
    private const int EssayLinesMin = 8;

    /// <summary>Files that are hard to change without an idea of the whole: the idea stands at their head.</summary>
    public static IReadOnlyList<string> HardFiles { get; } =
    [
        "src/KernKit.Bpf/Engine/Compiler.cs",
        "src/KernKit.Bpf/Machine/BpfArena.cs",
        "src/KernKit.Bpf/Maps/BpfMap.cs",
        "src/KernKit.Bpf/Verify/Verifier.cs",
        "src/KernKit.Build/Graph/BuildGraph.cs",
        "src/KernKit.Build/Honest/Examiner.cs",
        "src/KernKit.Build/Run/BuildRun.cs",
        "src/KernKit.Build/Store/BuildCache.cs",
        "src/KernKit.Layout.Compiler/Abi/AbiPreset.cs",
        "src/KernKit.Layout.Compiler/Binding/StructType.cs",
        "src/KernKit.Volumes/Devices/BlockCache.cs",
        "src/KernKit.Volumes/Extract/Extractor.cs",
        "src/KernKit.Volumes/Partitions/PartitionTable.cs",
        "src/KernKit.Volumes/Ufs/Check/UfsCheck.cs",
        "src/KernKit.Volumes/Ufs/UfsBlockMap.cs",
        "src/KernKit.Volumes/Ufs/UfsGeometry.cs",
        "src/KernKit.Volumes/Ufs/UfsSearch.cs",
        "src/KernKit.Volumes/Ufs/UfsVolume.cs",
        "src/KernKit.Volumes/VolumeWalk.cs",
    ];

    /// <summary>A hard file opens with an essay.</summary>
    public static TidyRule Essay { get; } = new(
        "essay",
        static path => HardFiles.Contains(path),
        static file => EssayLines(file) >= EssayLinesMin
            ? []
            : [(1, $"a hard file opens with its idea, its invariants and a picture, {EssayLinesMin} lines at least")]);

    /// <summary>A C# file in which nothing is used by any other file.</summary>
    /// <param name="sources">All files.</param>
    /// <returns>Findings.</returns>
    public static IEnumerable<string> DeadFiles(IReadOnlyList<SourceFile> sources)
    {
        var words = sources.ToDictionary(static file => file.Path, Words);
        foreach (var file in sources.Where(static file => file.IsCSharp && !IsProgram(file) && !HoldsTests(file)))
        {
            var names = DeclaredNames(file).ToList();
            if (names.Count > 0 && !sources.Any(other => other != file && words[other.Path].Overlaps(names)))
            {
                yield return $"{file.Path}(1): dead-file: nothing uses {string.Join(" or ", names)}";
            }
        }
    }

    /// <summary>Files of src/ and tests/ whose text is the same: one home per thing.</summary>
    /// <param name="sources">All files.</param>
    /// <returns>Findings.</returns>
    public static IEnumerable<string> Copies(IReadOnlyList<SourceFile> sources) => sources
        .Where(static file => file.IsCSharp)
        .GroupBy(static file => file.Text)
        .Where(static group => group.Count() > 1)
        .Select(static group => $"{string.Join(" and ", group.Select(static file => file.Path))}: keep one");

    private static int EssayLines(SourceFile file)
    {
        var longest = 0;
        var current = 0;
        foreach (var line in file.Lines)
        {
            current = line.TrimStart().StartsWith("//", StringComparison.Ordinal) ? current + 1 : 0;
            longest = Math.Max(longest, current);
            if (line.StartsWith('{'))
            {
                break;
            }
        }

        return longest;
    }

    private static bool IsProgram(SourceFile file) => file.Syntax.Members.Any(static m => m is GlobalStatementSyntax);

    private static bool HoldsTests(SourceFile file) => file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        .Any(static attribute => attribute.Name.ToString() is "Fact" or "Theory" or "assembly")
        || file.Syntax.DescendantNodes().OfType<ClassDeclarationSyntax>().Any(static type => type.BaseList?.Types
            .Any(static parent => parent.ToString().EndsWith("Spec", StringComparison.Ordinal)) == true);

    // Types, and what can be used without naming its type: extension methods and overrides found by MSBuild.
    private static IEnumerable<string> DeclaredNames(SourceFile file)
    {
        foreach (var type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
        {
            var name = type.Identifier.Text;
            yield return name;
            if (name.EndsWith("Attribute", StringComparison.Ordinal))
            {
                yield return name[..^"Attribute".Length];
            }
        }

        foreach (var method in file.Syntax.DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            if (method.ParameterList.Parameters.FirstOrDefault()?.Modifiers.Any(SyntaxKind.ThisKeyword) == true)
            {
                yield return method.Identifier.Text;
            }
        }
    }

    private static HashSet<string> Words(SourceFile file) => [.. file.Text.Split(
        [.. file.Text.Distinct().Where(static c => !char.IsLetterOrDigit(c) && c != '_')],
        StringSplitOptions.RemoveEmptyEntries)];
}
