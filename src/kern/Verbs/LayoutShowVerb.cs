using System.Globalization;
using System.Text;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary><c>kern layout show</c>: bytes as a tree of fields.</summary>
internal static class LayoutShowVerb
{
    public static int Run(Session session)
    {
        using var interruption = new Interruption(session.Host);
        var file = session.Arguments.GetRequiredValue<string>(LayoutVerb.FileName);
        using var device = FileDevice.Open(file);
        var source = new DeviceSource(device);
        if (LayoutTarget.Find(session, session.Arguments.GetRequiredValue<string>(LayoutVerb.SchemaName), source,
            file) is not { } target)
        {
            return ExitStatus.Done;
        }

        if (Spaces(session) is not { } spaces)
        {
            return ExitStatus.Done;
        }

        var printer = new Printer(session, target, interruption.Token);
        var options = target.Options with { Checks = new LayoutChecks(), Spaces = spaces };
        target.Structure.Decode(source, target.Offset, options, printer);
        return printer.Findings > 0 ? ExitStatus.No : ExitStatus.Done;
    }

    private static Dictionary<string, long>? Spaces(Session session)
    {
        var spaces = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in session.Arguments.GetValue<string[]>(LayoutVerb.SpaceName) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || LayoutTarget.ParseOffset(text[(equals + 1)..]) is not { } offset)
            {
                session.Diagnostics.Usage($"layout: '--space {text}' names no place; write --space volume=0 or =64K");
                return null;
            }

            spaces[text[..equals]] = offset;
        }

        return spaces;
    }

    private sealed class Printer : ILayoutVisitor
    {
        private readonly ByteOutput _output;
        private readonly bool _isJson;
        private readonly bool _isColored;
        private readonly string _order;
        private readonly CancellationToken _cancellation;

        public Printer(Session session, LayoutTarget target, CancellationToken cancellation)
        {
            _output = session.Output;
            _isJson = session.Json;
            _isColored = session.Host.OutputIsColored;
            _cancellation = cancellation;
            _order = !target.Structure.NeedsOrder ? "" : target.Options.IsLittleEndian ? "little-endian" : "big-endian";
        }

        public long Findings { get; private set; }

        public void Visit(LayoutNode node)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_isJson)
            {
                VisitJson(node);
                return;
            }

            var value = LayoutNodeText.Value(node);
            var note = node.Depth == 0 ? _order : LayoutNodeText.Note(node);
            var size = node.Kind == LayoutNodeKind.BitField ? "" : node.Size.ToString(CultureInfo.InvariantCulture);
            var indent = new string(' ', 2 * node.Depth);
            Write("2", string.Create(CultureInfo.InvariantCulture, $"{node.Offset:x8}"));
            _output.WriteText($" {size,8}  {indent}");
            Write(LayoutNodeText.IsLeaf(node) ? "36" : "1", node.Name);
            _output.WriteText(value.Length == 0 || node.Kind == LayoutNodeKind.Sequence ? value : " = " + value);
            if (note.Length > 0)
            {
                _output.WriteText("  ");
                Write("32", note);
            }

            _output.WriteByte((byte)'\n');
        }

        public void Report(LayoutFinding finding)
        {
            Findings += finding.IsUnchecked ? 0 : 1;
            if (_isJson)
            {
                _output.Write("{\"path\":"u8);
                JsonText.WriteString(_output, finding.Path);
                _output.Write(",\"offset\":"u8);
                _output.WriteNumber(finding.Offset);
                _output.Write(finding.IsUnchecked ? ",\"unchecked\":"u8 : ",\"problem\":"u8);
                JsonText.WriteString(_output, finding.Message);
                _output.Write("}\n"u8);
                return;
            }

            Write(finding.IsUnchecked ? "33" : "1;31", $"{(finding.IsUnchecked ? '?' : '!')} {finding}");
            _output.WriteByte((byte)'\n');
        }

        private void Write(string color, string text) =>
            _output.WriteText(_isColored ? $"\e[{color}m{text}\e[m" : text);

        private void VisitJson(LayoutNode node)
        {
            _output.Write("{\"path\":"u8);
            JsonText.WriteString(_output, node.Path);
            _output.WriteText(string.Create(
                CultureInfo.InvariantCulture,
                $",\"offset\":{node.Offset},\"size\":{node.Size},\"kind\":\"{node.Kind}\",").ToLowerInvariant());
            _output.Write("\"type\":"u8);
            JsonText.WriteString(_output, node.Type);
            LayoutJson.WriteValue(_output, "value"u8, node);
            if (node.Meaning.Length > 0)
            {
                _output.Write(",\"meaning\":"u8);
                JsonText.WriteString(_output, Encoding.UTF8.GetBytes(node.Meaning));
            }

            if (node.Unit.Length > 0)
            {
                _output.Write(",\"unit\":"u8);
                JsonText.WriteString(_output, node.Unit);
            }

            _output.Write("}\n"u8);
        }
    }
}
