using System.Globalization;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;

namespace KernKit.Command.Verbs;

/// <summary>Values of decoded parts as JSON.</summary>
internal static class LayoutJson
{
    /// <summary>Writes <c>,"name":value</c>; bytes become <c>name_hex</c>, and structures nothing.</summary>
    public static void WriteValue(ByteOutput output, ReadOnlySpan<byte> name, LayoutNode node)
    {
        if (!LayoutNodeText.IsLeaf(node))
        {
            return;
        }

        output.WriteByte((byte)',');
        switch (node.Kind)
        {
            case LayoutNodeKind.Text:
                JsonText.WriteBytes(output, name, LayoutNodeText.UpToNul(node.Bytes.Span));
                break;
            case LayoutNodeKind.Bytes or LayoutNodeKind.Bitmap:
                output.WriteByte((byte)'"');
                output.Write(name);
                output.Write("_hex\":\""u8);
                JsonText.WriteHex(output, node.Bytes.Span);
                output.WriteByte((byte)'"');
                break;
            case LayoutNodeKind.Array:
                WriteName(output, name);
                output.WriteText("[" + string.Join(',', node.Elements.Select(static element =>
                    element.ToString(CultureInfo.InvariantCulture))) + "]");
                break;
            default:
                WriteName(output, name);
                output.WriteText(node.Real is { } real && double.IsFinite(real)
                    ? real.ToString("R", CultureInfo.InvariantCulture)
                    : node.Value!.Value.ToString(CultureInfo.InvariantCulture));
                break;
        }

        if (node.Count > LayoutNode.ElementsMax)
        {
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $",\"count\":{node.Count}"));
        }
    }

    private static void WriteName(ByteOutput output, ReadOnlySpan<byte> name)
    {
        output.WriteByte((byte)'"');
        output.Write(name);
        output.Write("\":"u8);
    }
}
