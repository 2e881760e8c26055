using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.Diagnostics;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>Where a format was found.</summary>
/// <param name="Format">The name of the <c>format</c> declaration.</param>
/// <param name="Structure">The structure that was accepted.</param>
/// <param name="Offset">Where it lies.</param>
/// <param name="IsLittleEndian">The byte order in which it was accepted.</param>
public sealed record LayoutMatch(string Format, LayoutStructure Structure, long Offset, bool IsLittleEndian);

/// <summary>Schemas that bytes are decoded by, without generated code.</summary>
/// <remarks>
/// Decoding is safe on any bytes: depth, parts, bytes and work are bounded by <see cref="LayoutDecodeOptions"/>, a
/// length is compared with what is there before it is used, and nothing is allocated by a count that was read.
/// </remarks>
public sealed class LayoutSchema
{
    private readonly List<FormatModel> _formats = [];
    private readonly List<LayoutStructure> _structures = [];
    private readonly List<LayoutDiagnostic> _diagnostics = [];

    private LayoutSchema()
    {
    }

    /// <summary>Messages about the schemas, sorted; with an error among them nothing can be decoded.</summary>
    public IReadOnlyList<LayoutDiagnostic> Diagnostics => _diagnostics;

    /// <summary>The structures and messages of the schemas that were asked for, in the order of declaration.</summary>
    public IReadOnlyList<LayoutStructure> Structures => _structures;

    /// <summary>True if the schemas say how to find one of their structures in a file.</summary>
    public bool HasFormats => _formats.Count > 0;

    /// <summary>Reads schemas.</summary>
    /// <param name="paths">Paths as <paramref name="readFile"/> takes them; what they import is read too.</param>
    /// <param name="readFile">Returns the text of a path, or null if there is no such file.</param>
    /// <returns>The schemas, with messages if they are wrong. Bad schema text never throws.</returns>
    public static LayoutSchema Load(IEnumerable<string> paths, Func<string, string?> readFile)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(readFile);
        var schema = new LayoutSchema();
        foreach (string path in paths)
        {
            schema.LoadOne(path, readFile);
        }

        return schema;
    }

    /// <summary>Finds a structure by its name.</summary>
    /// <param name="name">As the schema declares it.</param>
    /// <returns>Null if there is none.</returns>
    public LayoutStructure? Find(string name) => _structures.Find(structure => structure.Name == name);

    /// <summary>Tries each format of the schemas at each of its offsets.</summary>
    /// <param name="source">The bytes.</param>
    /// <returns>The first that accepts, or null.</returns>
    public LayoutMatch? Detect(ILayoutSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var pages = new PagedSource(source);
        foreach (FormatModel format in _formats)
        {
            foreach (BigInteger offset in format.Offsets)
            {
                foreach (bool isLittle in format.TryLittleEndian)
                {
                    if (Accepts(format, pages, (long)offset, isLittle))
                    {
                        return new LayoutMatch(
                            format.Name, new LayoutStructure(format.Structure), (long)offset, isLittle);
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The byte order of a structure at an offset: by a format that accepts it, else by fewer
    /// violations.</summary>
    /// <param name="structure">A structure of these schemas.</param>
    /// <param name="source">The bytes.</param>
    /// <param name="offset">Where it lies.</param>
    /// <param name="options">The other choices.</param>
    /// <returns>True for little-endian; null if nothing tells.</returns>
    public bool? GuessOrder(LayoutStructure structure, ILayoutSource source, long offset, LayoutDecodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(structure);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        var pages = new PagedSource(source);
        foreach (FormatModel format in _formats.Where(format => format.Structure.Name == structure.Name))
        {
            foreach (bool isLittle in format.TryLittleEndian.Where(order => Accepts(format, pages, offset, order)))
            {
                return isLittle;
            }
        }

        if (Detect(source) is LayoutMatch match)
        {
            return match.IsLittleEndian;
        }

        int[] findings = new int[2];
        for (int order = 0; order < 2; order++)
        {
            var counter = new Counter();
            structure.Decode(source, offset, options with { IsLittleEndian = order == 1, NodesMax = 10_000 }, counter);
            findings[order] = counter.Findings;
        }

        return findings[0] == findings[1] ? null : findings[1] < findings[0];
    }

    private static bool Accepts(FormatModel format, PagedSource source, long offset, bool isLittle)
    {
        StructType type = format.Structure;
        if (offset < 0 || offset > source.Length || type.MinSize > source.Length - offset)
        {
            return false;
        }

        long limit = type.Size is int size ? offset + size : source.Length;
        Frame frame = Opener.Open(new Frame(source, type, offset, limit, isLittle), null);
        return !frame.IsPartial && new Evaluator(frame).Condition(format.Accept!);
    }

    private void LoadOne(string path, Func<string, string?> readFile)
    {
        var bag = new DiagnosticBag();
        Workspace workspace = Workspace.Load(path, readFile, bag);
        Binder.Bind(workspace, bag);
        _diagnostics.AddRange(bag.Sorted());
        if (bag.HasErrors)
        {
            return;
        }

        foreach (Symbol symbol in workspace.Units[0].Symbols.Values)
        {
            if (symbol.Type is StructType { IsBroken: false } type)
            {
                _structures.Add(new LayoutStructure(type));
            }

            if (symbol.Message is MessageModel message)
            {
                _structures.Add(new LayoutStructure(message));
            }

            if (symbol.Format is not null)
            {
                _formats.Add(symbol.Format);
            }
        }
    }

    private sealed class Counter : ILayoutVisitor
    {
        public int Findings { get; private set; }

        public void Visit(LayoutNode node)
        {
        }

        public void Report(LayoutFinding finding) => Findings++;
    }
}
