using System.Globalization;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary>Values of decoded parts as people read them: bounded, and without a byte that steers a terminal.</summary>
internal static class LayoutNodeText
{
    private const int ElementsShown = 16;
    private const int BytesShown = 32;
    private const int TextShown = 128;

    /// <summary>True for parts that have a value of their own.</summary>
    public static bool IsLeaf(LayoutNode node) =>
        node.Kind is not (LayoutNodeKind.Structure or LayoutNodeKind.Sequence);

    /// <summary>The value; printable.</summary>
    public static string Value(LayoutNode node) => node.Kind switch
    {
        LayoutNodeKind.Structure => "",
        LayoutNodeKind.Sequence => node.Count < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"[{node.Count}]"),
        LayoutNodeKind.Array => Array(node),
        LayoutNodeKind.Text => Text(node.Bytes.Span),
        LayoutNodeKind.Bytes or LayoutNodeKind.Bitmap => Hex(node),
        _ when node.Real is { } real => real.ToString("R", CultureInfo.InvariantCulture),
        _ => node.Value!.Value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>What the value means, its unit, and how much is not shown.</summary>
    public static string Note(LayoutNode node)
    {
        var notes = new List<string>(3);
        if (node.Unit.Length > 0)
        {
            notes.Add(node.Unit);
        }

        if (node.Meaning.Length > 0)
        {
            notes.Add(NameText.Escaped(RawText.ToBytes(node.Meaning)));
        }

        if (node.Kind == LayoutNodeKind.Bitmap)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{node.Count} bits"));
        }

        return string.Join(' ', notes);
    }

    /// <summary>Text up to its first NUL.</summary>
    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> bytes)
    {
        var nul = bytes.IndexOf((byte)0);
        return nul < 0 ? bytes : bytes[..nul];
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = UpToNul(bytes);
        var more = text.Length > TextShown ? "..." : "";
        return '"' + NameText.Escaped(text[..Math.Min(text.Length, TextShown)]) + '"' + more;
    }

    private static string Hex(LayoutNode node)
    {
        var bytes = node.Bytes.Span;
        if (bytes.Length > 0 && node.Size <= bytes.Length && bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            return bytes.Length <= 4 ? Convert.ToHexStringLower(bytes) : "all zero";
        }

        var more = node.Size > BytesShown ? "..." : "";
        return Convert.ToHexStringLower(bytes[..Math.Min(bytes.Length, BytesShown)]) + more;
    }

    private static string Array(LayoutNode node)
    {
        var shown =
            node.Elements.Take(ElementsShown).Select(static element => element.ToString(CultureInfo.InvariantCulture));
        var more = node.Count > ElementsShown
            ? string.Create(CultureInfo.InvariantCulture, $" ... {node.Count} in all")
            : "";
        return "[" + string.Join(' ', shown) + more + "]";
    }
}

/// <summary>A device as the decoder reads it.</summary>
internal sealed class DeviceSource(IBlockDevice device) : ILayoutSource
{
    /// <inheritdoc/>
    public long Length => device.Length;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> target) => device.Read(offset, target);
}
