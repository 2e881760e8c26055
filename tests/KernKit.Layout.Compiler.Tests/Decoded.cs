using System.Text;
using KernKit.Layout.Compiler.Decode;
using Xunit;

namespace KernKit.Layout.Compiler.Tests;

/// <summary>What the decoder says of bytes, one line for each part and each violation.</summary>
internal sealed class Decoded : Decode.ILayoutVisitor
{
    private readonly StringBuilder _text = new();
    private readonly List<LayoutFinding> _findings = [];

    /// <summary>Numbers and elements as <c>path=value</c>, separated by blanks.</summary>
    public string Values => _text.ToString().TrimEnd();

    public IReadOnlyList<LayoutFinding> Findings => _findings;

    public static Decoded Of(string schema, string name, byte[] bytes)
    {
        LayoutSchema loaded = LayoutSchema.Load(["test.layout"], path => path == "test.layout" ? schema : null);
        Assert.Empty(loaded.Diagnostics);
        var decoded = new Decoded();
        var options = new LayoutDecodeOptions { Checks = new DecodedBytes.Checks() };
        loaded.Find(name)!.Decode(new DecodedBytes(bytes), 0, options, decoded);
        return decoded;
    }

    public void Visit(LayoutNode node)
    {
        if (node.Kind is LayoutNodeKind.Number or LayoutNodeKind.BitField)
        {
            _text.Append(null, $"{node.Path}={node.Value} ");
        }
        else if (node.Kind is LayoutNodeKind.Array)
        {
            _text.Append(null, $"{node.Path}={string.Join(',', node.Elements)} ");
        }
    }

    public void Report(LayoutFinding finding) => _findings.Add(finding);
}
