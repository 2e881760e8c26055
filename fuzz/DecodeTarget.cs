using System.Numerics;
using KernKit.Command.Verbs;
using KernKit.Layout.Compiler.Decode;
using KernKit.Volumes.Tests;

namespace KernKit.Fuzz;

/// <summary>Decodes damaged bytes by every structure and message of layouts/, checks and references too.</summary>
internal sealed class DecodeTarget : IFuzzTarget
{
    private const int BytesMax = 16384;

    private readonly LayoutStructure[] _structures =
    [
        .. LayoutSchema.Load(
            Directory.GetFiles(Path.Join(Repository.Root, "layouts"), "*.layout", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal),
            static path => File.Exists(path) ? File.ReadAllText(path) : null).Structures,
    ];

    public string Name => "decode";

    public void Run(ulong seed)
    {
        var random = new Random(unchecked((int)seed));
        var structure = _structures[seed % (ulong)_structures.Length];
        var bytes = DamagedBytes.Of(random, BytesMax);
        var options = new LayoutDecodeOptions
        {
            IsLittleEndian = random.Next(2) == 0,
            NodesMax = 20_000,
            Checks = new LayoutChecks(),
            Spaces = new Dictionary<string, long>(StringComparer.Ordinal) { ["volume"] = 0, ["hammer"] = 512 },
            Arguments = structure.Parameters.ToDictionary(
                static name => name, _ => (BigInteger)random.NextInt64(-2, 1L << random.Next(1, 34))),
        };
        var counter = new Counter();
        structure.Decode(new Bytes(bytes), random.Next(8) * 8, options, counter);
        if (counter.Nodes > options.NodesMax)
        {
            throw new InvalidOperationException($"{counter.Nodes} parts");
        }
    }

    private sealed class Bytes(byte[] bytes) : ILayoutSource
    {
        public long Length => bytes.Length;

        public void Read(long offset, Span<byte> target) =>
            bytes.AsSpan((int)offset, target.Length).CopyTo(target);
    }

    private sealed class Counter : ILayoutVisitor
    {
        public long Nodes { get; private set; }

        public void Visit(LayoutNode node) => Nodes++;

        public void Report(LayoutFinding finding) => _ = finding.ToString();
    }
}
