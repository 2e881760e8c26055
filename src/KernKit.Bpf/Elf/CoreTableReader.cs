namespace KernKit.Bpf.Elf;

/// <summary>Makes structures of a table of fields, which has only the paths of their leaves.</summary>
/// <remarks>
/// <code>
///   shape.corner[2:8].y 20 s32   becomes   shape, with corner at 16: 2 elements of 8 bytes, structure "shape.corner"
///                                          shape.corner, with y at 4
/// </code>
/// What lies around leaves begins where its first leaf begins and ends where its last one ends: padding at the edges of
/// a structure within a structure is in no table, and no instruction loads it.
/// </remarks>
internal sealed class CoreTableReader
{
    private readonly List<CoreStructure> _structures = [];

    /// <summary>The structure of a table, and those that lie within it.</summary>
    public static IReadOnlyList<CoreStructure> Read(string text, string? name)
    {
        var table = FieldTable.Parse(text);
        var root = new Node("");
        foreach (var field in table.Fields)
        {
            var (node, dimension) = (root, 0);
            foreach (var part in field.Name.Split('.'))
            {
                var bracket = part.IndexOf('[', StringComparison.Ordinal);
                node = node.Child(bracket < 0 ? part : part[..bracket]);
                var levels = part.Count(static character => character == '[');
                node.Dimensions = levels > 0 ? [.. field.Dimensions.Skip(dimension).Take(levels)] : node.Dimensions;
                dimension += levels;
            }

            // Text has two lines: all of it, and its elements.
            node.Leaf ??= field;
        }

        var reader = new CoreTableReader();
        reader.Add(name ?? table.Name, table.RecordBytes, 0, root);
        return reader._structures;
    }

    private void Add(string name, int sizeBytes, int at, Node node)
    {
        var fields = new List<CoreField>();
        _structures.Add(new CoreStructure(name, sizeBytes, fields));
        foreach (var child in node.Children)
        {
            var (begin, end) = child.Extent();
            var bytes = child.Dimensions is [var first, ..] ? first.Count * first.Stride : end - begin;
            var within = child.Children.Count > 0 ? $"{name}.{child.Name}" : "";
            fields.Add(new CoreField(child.Name, begin - at, bytes, child.Leaf is { IsSigned: true }, within,
                child.Dimensions.Count > 0 ? child.Dimensions[0].Stride : 0,
                child.Leaf?.BitOffset ?? 0, child.Leaf?.BitCount ?? 0)
            {
                InnerElementBytes = [.. child.Dimensions.Skip(1).Select(static inner => inner.Stride)],
            });
            if (within.Length > 0)
            {
                Add(within, end - begin, begin, child);
            }
        }
    }

    private sealed class Node(string name)
    {
        private readonly Dictionary<string, Node> _byName = [];

        public string Name => name;

        public List<Node> Children { get; } = [];

        public IReadOnlyList<(int Count, int Stride)> Dimensions { get; set; } = [];

        public PredicateField? Leaf { get; set; }

        public Node Child(string part)
        {
            if (!_byName.TryGetValue(part, out var child))
            {
                _byName[part] = child = new Node(part);
                Children.Add(child);
            }

            return child;
        }

        /// <summary>Where its first element begins and ends, in the record.</summary>
        public (int Begin, int End) Extent()
        {
            var (begin, end) = Leaf is null ? (int.MaxValue, 0) : (Leaf.Offset, Leaf.Offset + Leaf.SizeBytes);
            foreach (var child in Children)
            {
                var (low, high) = child.Extent();
                high = child.Dimensions is [var first, ..] ? low + (first.Count * first.Stride) : high;
                (begin, end) = (Math.Min(begin, low), Math.Max(end, high));
            }

            return (begin, end);
        }
    }
}
