using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Decode;

namespace KernKit.Bpf.Predicates.Tests;

/// <summary>Conditions on the structures of the house's own schemas, against the decoder of kern layout show.</summary>
public sealed class SchemaTests
{
    public static TheoryData<string> Schemas => [.. Directory.GetFiles(
        Path.Join(Root, "layouts"), "*.layout", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Path.Join(Root, "layouts"), path)).Order(StringComparer.Ordinal)];

    private static string Root { get; } = FindRoot();

    [Theory]
    [MemberData(nameof(Schemas))]
    public void Predicates_read_what_the_decoder_reads(string path)
    {
        var schema = LayoutSchema.Load([Path.Join(Root, "layouts", path)],
            static file => File.Exists(file) ? File.ReadAllText(file) : null);
        foreach (var structure in schema.Structures.Where(static one => one.Size is > 0 and <= 16384
            && one.Parameters.Count == 0))
        {
            var random = new Random(7);
            var bytes = new byte[structure.Size!.Value];
            random.NextBytes(bytes);
            foreach (var isLittle in new[] { true, false })
            {
                var table = FieldTable.Parse(structure.FieldTable, !isLittle);
                Assert.Equal(structure.Size, table.RecordBytes);
                var reader = new Reader();
                structure.Decode(new Memory(bytes), 0, new LayoutDecodeOptions { IsLittleEndian = isLittle }, reader);
                var conditions = Conditions(structure.Name, table, reader.Nodes).Take(60).ToList();
                foreach (var (text, expected) in conditions)
                {
                    Assert.True(Records.Ask(Predicate.Compile(text, table), bytes) == (expected ? 1UL : 0),
                        $"{structure.Name} {(isLittle ? "le" : "be")}: {text}");
                }
            }
        }
    }

    private static IEnumerable<(string Text, bool Expected)> Conditions(
        string name, FieldTable table, List<LayoutNode> nodes)
    {
        var known = table.Fields.Where(static field => field.Kind == PredicateFieldKind.Number)
            .Select(static field => field.Name).ToHashSet();
        foreach (var node in nodes.Where(static node => node.Depth > 0))
        {
            var path = node.Path[(name.Length + 1)..];
            if (node.Kind is LayoutNodeKind.Number or LayoutNodeKind.BitField && node.Value is { } value
                && known.Contains(path) && BigInteger.Abs(value) < BigInteger.One << 64)
            {
                yield return ($"{path} == {Shown(value)}", true);
                yield return ($"{path} == {Shown(value + 1)}", false);
            }
            else if (node.Kind == LayoutNodeKind.Array && known.Contains(path + "[]") && node.Elements.Count > 1)
            {
                yield return ($"{path}[1] == {Shown(node.Elements[1])}", true);
            }
        }
    }

    private static string Shown(BigInteger value) => value.ToString(CultureInfo.InvariantCulture);

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Join(directory, "KernKit.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private sealed class Reader : ILayoutVisitor
    {
        public List<LayoutNode> Nodes { get; } = [];

        public void Visit(LayoutNode node) => Nodes.Add(node);

        public void Report(LayoutFinding finding)
        {
        }
    }

    private sealed class Memory(byte[] bytes) : ILayoutSource
    {
        public long Length => bytes.Length;

        public void Read(long offset, Span<byte> target) => bytes.AsSpan((int)offset, target.Length).CopyTo(target);
    }
}
