namespace KernKit.Bpf.Elf;

/// <summary>Strings by offset, each decoded once.</summary>
/// <remarks>Records of a dozen bytes name strings of thousands, which may end alike and so overlap: what is decoded in
/// all has a limit in proportion to the table.</remarks>
internal sealed class StringTable(ByteCursor bytes)
{
    // Linkers let short names be the ends of long ones; nothing that they write comes near this.
    private const int OverlapMax = 16;

    private readonly Dictionary<long, string> _known = [];
    private readonly Dictionary<long, string> _trimmed = [];
    private long _left = ((long)bytes.Length * OverlapMax) + (1 << 16);

    /// <summary>The string that begins at an offset.</summary>
    public string Text(long at)
    {
        if (_known.TryGetValue(at, out var text))
        {
            return text;
        }

        text = bytes.Text(at);
        _left -= text.Length + 1;
        return _left >= 0 ? _known[at] = text
            : throw new BpfFormatException($"{bytes.Name}: offset 0x{at:x}: strings overlap more than {OverlapMax} "
                + $"times");
    }

    /// <summary>The same without white space around it.</summary>
    public string Trimmed(long at) =>
        _trimmed.TryGetValue(at, out var text) ? text : _trimmed[at] = Text(at).Trim();
}
