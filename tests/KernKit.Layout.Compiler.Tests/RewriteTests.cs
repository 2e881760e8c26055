using System.Text;
using System.Text.RegularExpressions;
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
        string folder = Path.Combine(Golden.Root, "layouts", family);
        var sources = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(folder, "*.layout").Order(StringComparer.Ordinal))
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
        Assert.NotEmpty(structures);
        Driver built = Schema.BuildSources(driver, Options, sources);
        foreach (string structure in structures)
        {
            Assert.Equal("", built.Call<string>("Rewrite" + structure.Replace('.', '_')));
        }
    }

    private static (string Driver, string[] Structures) DriverOf(SortedDictionary<string, string> sources)
    {
        var driver = new StringBuilder("""
            static byte[] Make(Random random, int most)
            {
                byte[] b = new byte[random.Next(most)];
                int small = random.Next(1, 8);
                for (int i = 0; i < b.Length; i++)
                    b[i] = (byte)(random.Next(6) == 0 ? random.Next(256)
                        : random.Next(3) == 0 ? random.Next(small) : 0);
                return b;
            }

            """);
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

    [GeneratedRegex(@"public static bool TryOpen\(ReadOnlySpan<byte> source([^)]*), out \w+(?:<TOrder>)? view\)")]
    private static partial Regex Open();

    [GeneratedRegex(@"sealed class (\w+)")]
    private static partial Regex Class();

    [GeneratedRegex(@", ([\w.:]+) (\w+)")]
    private static partial Regex Parameter();
}
