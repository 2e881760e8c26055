using System.Globalization;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary><c>kern layout diff</c>: which fields of two files differ.</summary>
internal static class LayoutDiffVerb
{
    public static int Run(Session session)
    {
        using var interruption = new Interruption(session.Host);
        var names =
            new[] { session.Arguments.GetRequiredValue<string>("FILE1"),
            session.Arguments.GetRequiredValue<string>("FILE2") };
        var fields = new Fields[2];
        for (var i = 0; i < 2; i++)
        {
            using var device = FileDevice.Open(names[i]);
            var source = new DeviceSource(device);
            var schema = session.Arguments.GetValue<string?>(LayoutVerb.SchemaOptionName);
            var target = schema is null
                ? LayoutTarget.Detect(session, source, names[i])
                : LayoutTarget.Find(session, schema, source, names[i]);
            if (target is null)
            {
                return ExitStatus.Done;
            }

            fields[i] = new Fields(interruption.Token);
            target.Structure.Decode(source, target.Offset, target.Options with { WithDigests = true }, fields[i]);
        }

        var differences = 0L;
        foreach (var (path, node) in fields[0].ByPath)
        {
            if (!fields[1].ByPath.TryGetValue(path, out var other) || !IsSame(node, other))
            {
                differences++;
                Show(session, path, node, other);
            }
        }

        foreach (var (path, node) in fields[1].ByPath.Where(field => !fields[0].ByPath.ContainsKey(field.Key)))
        {
            differences++;
            Show(session, path, null, node);
        }

        return differences > 0 ? ExitStatus.No : ExitStatus.Done;
    }

    private static bool IsSame(LayoutNode left, LayoutNode right) =>
        left.Kind == right.Kind && left.Count == right.Count && left.Value == right.Value && left.Size == right.Size
        && left.Digest == right.Digest && left.Bytes.Span.SequenceEqual(right.Bytes.Span)
        && left.Elements.SequenceEqual(right.Elements);

    private static void Show(Session session, string path, LayoutNode? first, LayoutNode? second)
    {
        var output = session.Output;
        if (session.Json)
        {
            output.Write("{\"path\":"u8);
            JsonText.WriteString(output, path);
            WriteJson(output, "first"u8, "offset_first", first);
            WriteJson(output, "second"u8, "offset_second", second);
            output.Write("}\n"u8);
            return;
        }

        var colored = session.Host.OutputIsColored;
        output.WriteText($"{path}: {Side(first, colored ? "31" : null)} -> {Side(second, colored ? "32" : null)}\n");
    }

    private static string Side(LayoutNode? node, string? color)
    {
        if (node is null)
        {
            return "absent";
        }

        var note = LayoutNodeText.Note(node);
        var digest = node.Digest.Length > 0 ? $" sha256 {node.Digest[..16]}" : "";
        var text = LayoutNodeText.Value(node) + digest + (note.Length > 0 ? $" ({note})" : "");
        return color is null ? text : $"\e[{color}m{text}\e[m";
    }

    private static void WriteJson(ByteOutput output, ReadOnlySpan<byte> name, string offsetName, LayoutNode? node)
    {
        if (node is not null)
        {
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $",\"{offsetName}\":{node.Offset}"));
            LayoutJson.WriteValue(output, name, node);
        }
    }

    /// <summary>The fields of one file; as many as the decoder's own limit allows.</summary>
    private sealed class Fields(CancellationToken cancellation) : ILayoutVisitor
    {
        public OrderedDictionary<string, LayoutNode> ByPath { get; } = new(StringComparer.Ordinal);

        public void Visit(LayoutNode node)
        {
            cancellation.ThrowIfCancellationRequested();
            if (LayoutNodeText.IsLeaf(node))
            {
                ByPath[node.Path] = node;
            }
        }

        public void Report(LayoutFinding finding)
        {
            // What breaks a rule differs in its value, if at all; `show` and the verbs of the format judge.
        }
    }
}
