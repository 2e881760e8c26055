using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using KernKit.Layout.Compiler.Decode;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>Every structure of layouts/: what opens is rewritten byte for byte by its plain object.</summary>
public sealed partial class RewriteTests
{
    private static readonly CompileOptions Options = new() { Namespace = "Made", Objects = true };

    public static TheoryData<string> Families =>
    [
        .. Directory.GetDirectories(Path.Combine(Golden.Root, "layouts"))
            .Select(static path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Whatever_opens_comes_out_as_it_was(string family)
    {
        Family made = Made(family);
        Assert.NotEmpty(made.Writers);
        foreach (string structure in made.Writers)
        {
            Assert.Equal("", made.Driver.Call<string>("Rewrite" + structure.Replace('.', '_')));
        }
    }

    /// <summary>
    /// Two implementations of one language: what one finds wrong with some bytes, the other does too, and nothing else.
    /// </summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void The_decoder_and_generated_code_agree_about_any_bytes(string family)
    {
        Family made = Made(family);
        LayoutSchema schema = LayoutSchema.Load(made.Paths, static path => File.ReadAllText(path));
        int valid = 0;
        foreach (LayoutStructure structure in schema.Structures)
        {
            if (!made.Views.TryGetValue(structure.Namespace + "." + structure.Name, out string? id))
            {
                continue;
            }

            for (int seed = 0; seed < 300; seed++)
            {
                var random = new Random(seed);
                byte[] bytes = DecodedBytes.Of(random, seed % 8 == 0 ? 9000 : 400);
                long[] arguments = [.. structure.Parameters.Select(_ => (long)random.Next(40))];
                bool isLittle = random.Next(2) == 0;
                string found = made.Driver.Call<string>("Agree" + id, bytes, arguments, isLittle);
                var sink = new DecodedBytes.Findings();
                structure.Decode(
                    new DecodedBytes(bytes),
                    0,
                    new LayoutDecodeOptions
                    {
                        IsLittleEndian = isLittle,
                        Checks = new DecodedBytes.Checks(),
                        Arguments = structure.Parameters.Select((name, i) => (name, (BigInteger)arguments[i]))
                            .ToDictionary(static pair => pair.name, static pair => pair.Item2),
                    },
                    sink);
                Assert.True(
                    (found.Length == 0) == (sink.First.Length == 0),
                    $"{id} seed {seed}: code says '{found}', the decoder '{sink.First}'");
                valid += found.Length == 0 ? 1 : 0;
            }
        }

        Assert.True(valid > 20, $"{valid} inputs were valid");
    }

    private sealed record Family(
        Driver Driver, string[] Paths, string[] Writers, IReadOnlyDictionary<string, string> Views);

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<Family>> Built = new();

    private static Family Made(string family) =>
        Built.GetOrAdd(family, static name => new Lazy<Family>(() => Build(name))).Value;

    private static Family Build(string family)
    {
        string folder = Path.Combine(Golden.Root, "layouts", family);
        var sources = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string[] paths = [.. Directory.GetFiles(folder, "*.layout").Order(StringComparer.Ordinal)];
        foreach (string path in paths)
        {
            CompileResult result = LayoutCompiler.Compile(
                path, static name => File.Exists(name) ? File.ReadAllText(name) : null, Options);
            Assert.Empty(result.Diagnostics);
            foreach (KeyValuePair<string, string> output in result.Outputs)
            {
                sources[output.Key] = output.Value;
            }
        }

        (string driver, string[] structures) = DriverOf(sources);
        var views = new Dictionary<string, string>(StringComparer.Ordinal);
        driver += AgreementOf(sources, views);
        return new Family(Schema.BuildSources(driver, Options, sources), paths, structures, views);
    }

    /// <summary>A method for each view: what is wrong with some bytes, or nothing.</summary>
    private static string AgreementOf(SortedDictionary<string, string> sources, Dictionary<string, string> views)
    {
        var driver = new StringBuilder();
        foreach ((string name, string text) in sources)
        {
            Match about = Structure().Match(text);
            Match open = Open().Match(text);
            if (!about.Success || !open.Success)
            {
                continue;
            }

            string folder = Path.GetDirectoryName(name)!;
            string space = "Made." + folder.Replace('/', '.');
            string stem = about.Groups[2].Value;
            int index = 0;
            string arguments = string.Concat(Parameter().Matches(open.Groups[1].Value).Select(match =>
            {
                string type = match.Groups[1].Value;
                string full = char.IsLower(type[0]) ? type : space + "." + type;
                string value = $"a[{index++}]";
                return type == "bool" ? $", {value} != 0" : $", ({full}){value}";
            }));
            string id = (space + "." + stem).Replace('.', '_');
            string generic = text.Contains(stem + "View<TOrder>", StringComparison.Ordinal) ? "<O>" : "";
            string constraint = generic.Length == 0 ? "" : " where O : struct, IByteOrder";
            string call = generic.Length == 0
                ? $"See{id}(b, a)"
                : $"le ? See{id}<LittleEndian>(b, a) : See{id}<BigEndian>(b, a)";
            driver.Append($$"""
                public static string Agree{{id}}(byte[] b, long[] a, bool le) => {{call}};
                static string See{{id}}{{generic}}(byte[] b, long[] a){{constraint}}
                {
                    if (!{{space}}.{{stem}}View{{generic}}.TryOpen(b{{arguments}}, out var view)) return "not opened";
                    var issues = new LayoutIssue[1];
                    var report = new LayoutReport(issues);
                    return view.Validate(ref report) ? "" : issues[0].ToString();
                }

                """);
            views[SpaceOf(folder) + "." + about.Groups[1].Value] = id;
        }

        return driver.ToString();
    }

    /// <summary><c>Kernel/Fuse</c> is <c>kernel.fuse</c>.</summary>
    private static string SpaceOf(string folder) => folder.Replace('/', '.').ToLowerInvariant();

    private static (string Driver, string[] Structures) DriverOf(SortedDictionary<string, string> sources)
    {
        var driver = new StringBuilder(DecodedBytes.Source);
        var structures = new List<string>();
        foreach ((string name, string text) in sources.Where(static pair => pair.Key.EndsWith("Writer.g.cs")))
        {
            string space = "Made." + Path.GetDirectoryName(name)!.Replace('/', '.');
            string stem = Path.GetFileName(name)[..^"Writer.g.cs".Length];
            string view = sources[name[..^"Writer.g.cs".Length] + ".g.cs"];
            Match open = Open().Match(view);
            string generic = view.Contains("View<TOrder>", StringComparison.Ordinal) ? "<O>" : "";
            string made = Class().Match(text).Groups[1].Value;
            string arguments = string.Concat(Parameter().Matches(open.Groups[1].Value).Select(match =>
            {
                string type = match.Groups[1].Value;
                string full = char.IsLower(type[0]) ? type : space + "." + type;
                return type == "bool" ? ", random.Next(2) == 0" : $", ({full})random.Next(40)";
            }));
            string id = (space + "." + stem).Replace('.', '_');
            string constraint = generic.Length == 0 ? "" : " where O : struct, IByteOrder";
            string calls = generic.Length == 0 ? $"One{id}(i)" : $"One{id}<LittleEndian>(i) + One{id}<BigEndian>(i)";
            driver.Append($$"""
                public static string Rewrite{{id}}()
                {
                    string all = "";
                    for (int i = 0; i < 1500 && all.Length < 1000; i++) all += {{calls}};
                    return all;
                }
                static string One{{id}}{{generic}}(int seed){{constraint}}
                {
                    var random = new Random(seed);
                    byte[] b = Make(random, seed % 8 == 0 ? 20000 : 700);
                    if (!{{space}}.{{stem}}View{{generic}}.TryOpen(b{{arguments}}, out var view)) return "";
                    {{space}}.{{made}} held;
                    try { held = {{space}}.{{made}}.From(view); } catch (LayoutException) { return ""; }
                    byte[] made = held.ToArray{{generic}}();
                    _ = view.ToString();
                    return made.AsSpan().SequenceEqual(view.Bytes) ? "" : $"{{stem}} seed {seed}; ";
                }

                """);
            structures.Add(space + "." + stem);
        }

        return (driver.ToString(), [.. structures]);
    }

    [GeneratedRegex(@"public static bool TryOpen\(ReadOnlySpan<byte> source([^)]*),\s+out \w+(?:<TOrder>)? view\)")]
    private static partial Regex Open();

    // The map at the head of a file names the structure as the schema does.
    [GeneratedRegex(@"^//   struct (\w+): .*?ref struct (\w+)View", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Structure();

    [GeneratedRegex(@"sealed class (\w+)")]
    private static partial Regex Class();

    [GeneratedRegex(@",\s+([\w.:]+) (\w+)")]
    private static partial Regex Parameter();
}
