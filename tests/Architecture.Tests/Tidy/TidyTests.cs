namespace Architecture.Tests.Tidy;

/// <summary>The house is tidy, and each rule can see dirt.</summary>
public sealed class TidyTests
{
    private static readonly TidyRule[] Rules =
        [.. TextRules.All, .. SyntaxRules.All, BannedApis.Rule, HouseRules.Essay];

    public static TheoryData<string> RuleNames => [.. Rules.Select(static rule => rule.Name)];

    /// <summary>Rule, path, text that breaks it, text that does not.</summary>
    public static TheoryData<string, string, string, string> Samples => new()
    {
        { "columns", "src/a.cs", new string('x', 121) + "\n", new string('x', 120) + "\n" },
        { "columns", "layouts/a.layout", new string('x', 121) + "\n", new string('x', 120) + "\n" },
        { "file-length", "src/a.cs", Repeat(801, "//\n"), Repeat(800, "//\n") },
        { "method-length", "src/a.cs", Method(70), Method(67) },
        { "method-length", "x.cs", Repeat(71, "F();\n"), Repeat(70, "F();\n") },
        { "method-length", "src/a.cs", $"class C {{ int P {{ get {{\n{Repeat(70, "F();\n")}}} }} }}", "class C;" },
        { "region", "src/a.cs", "#region X\n#endregion\n", "#if X\n#endif\n" },
        { "type-name", "src/a.cs", "class VolumeHelper;", "class VolumeWalk;" },
        { "type-name", "src/a.cs", "record struct DiskInfo;", "record struct DiskGeometry;" },
        { "one-public-type", "src/a.cs", "public class A { int x; } public class B { int y; }",
            "public class A { int x; } internal class B { int y; }" },
        { "safety", "src/a.cs", "class C { void M() { unsafe { } } }",
            "class C { void M() { /* SAFETY: x */ unsafe { } } }" },
        { "safety", "src/a.cs", "// SAFETY: far\n\n\n\n\nunsafe void M() { }",
            "// SAFETY: near\n\n\nunsafe void M() { }" },
        { "safety", "src/a.cs", "// SAFETY: no\nunsafe class C;", "class C;" },
        { "inlining", "src/a.cs", "[MethodImpl(MethodImplOptions.AggressiveInlining)]\nvoid M() { }",
            "// bench/layout: 12 % of a listing\n[MethodImpl(MethodImplOptions.AggressiveInlining)]\nvoid M() { }" },
        { "skipped-test", "tests/a.cs", "[Fact(Skip = \"later\")] void M() { }", "[Fact] void M() { }" },
        { "unfinished", "src/a.cs", "// TO" + "DO: more\n", "// done\n" },
        { "unfinished", "src/a.cs", "throw new NotImplemented" + "Exception();\n",
            "throw new NotSupportedException();\n" },
        { "machine-path", "src/a.cs", "var x = \"/ro" + "ot/disk.img\";\n", "var x = \"~/root/disk.img\";\n" },
        { "machine-path", "docs/a.md", "see /wo" + "rk/here\n", "see src/work/here\n" },
        { "host-name", "docs/a.md", "https://api.nu" + "get.org/v3\n", "https://dot.net\n" },
        { "maker", "docs/a.md", "made by Clau" + "de\n", "made by people\n" },
        { "line-end", "docs/a.md", "text \n", "text\n" },
        { "line-end", "docs/a.md", "text\r\n", "text\n" },
        { "last-line", "docs/a.md", "text", "text\n" },
        { "test-clock", "tests/a.cs", "var w = Stop" + "watch.StartNew();\n", "var w = 1;\n" },
        { "banned-api", "src/a.cs", "var x = System.DateTime.Now;", "var x = System.DateTime.UtcNow;" },
        { "banned-api", "src/a.cs", "var x = Random.Shared.Next();", "var x = random.Next();" },
        { "banned-api", "src/KernKit.Volumes/a.cs", "BinaryPrimitives.ReverseEndianness(1);", "view.Magic();" },
        { "essay", HouseRules.HardFiles[0], "/// <summary>Short.</summary>\nclass C\n{\n}\n",
            Repeat(8, "// The idea.\n") + "class C\n{\n}\n" },
    };

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void The_house_keeps_the_rule(string name)
    {
        var rule = Rules.Single(rule => rule.Name == name);

        None(Repository.Sources.SelectMany(rule.Check));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_rule_refuses_what_breaks_it_and_nothing_else(string name, string path, string bad, string good)
    {
        var rule = Rules.Single(rule => rule.Name == name);

        Assert.NotEmpty(rule.Check(new SourceFile(path, bad)));
        Assert.Empty(rule.Check(new SourceFile(path, good)));
    }

    [Fact]
    public void Every_rule_has_a_sample() =>
        Assert.Empty(Rules.Select(static rule => rule.Name).Except(Samples.Select(static row => row.Data.Item1)));

    [Fact]
    public void No_file_is_dead() => None(HouseRules.DeadFiles(Repository.Sources));

    [Fact]
    public void No_file_is_a_copy_of_another()
    {
        None(HouseRules.Copies(Repository.Sources));
        Assert.Single(HouseRules.Copies([new("src/a.cs", "x"), new("src/b.cs", "x"), new("src/c.cs", "y")]));
    }

    [Fact]
    public void A_dead_file_is_seen()
    {
        SourceFile[] sources =
        [
            new("src/a.cs", "class Used { }"), new("src/b.cs", "class User { Used x; }"),
            new("src/c.cs", "class Other { User y; }"), new("src/d.cs", "class Dead { Other z; }"),
        ];

        Assert.Equal(["src/d.cs(1): dead-file: nothing uses Dead"], HouseRules.DeadFiles(sources));
    }

    [Fact]
    public void Every_exception_from_the_banned_names_is_needed() =>
        None(BannedApis.Unused(Repository.Sources));

    [Fact]
    public void Every_hard_file_exists() => Assert.Empty(HouseRules.HardFiles.Except(Repository.Files));

    // All findings at once, whole: they are mended together.
    private static void None(IEnumerable<string> findings) => Assert.Equal("", string.Join('\n', findings));

    private static string Repeat(int count, string line) => string.Concat(Enumerable.Repeat(line, count));

    private static string Method(int statements) =>
        $"class C\n{{\nvoid M()\n{{\n{Repeat(statements, "F();\n")}}}\n}}\n";
}
