namespace KernKit.Bpf.Elf;

/// <summary>What one instruction wants to know about a type of the machine that it will run on.</summary>
/// <param name="Offset">Bytes from the section's beginning to the instruction.</param>
/// <param name="Type">The type in the object's own BTF.</param>
/// <param name="Path">Indexes that lead to a field: "0:2:1".</param>
/// <param name="Kind">What is asked: see <see cref="CoreRelocator"/>.</param>
internal readonly record struct CoreRelocation(uint Offset, int Type, string Path, int Kind);

/// <summary>Lines of source code and CO-RE relocations by section (section .BTF.ext).</summary>
internal sealed class BtfExtension
{
    private const int Magic = 0xeb9f;

    /// <summary>For each section: offsets of instructions in bytes, ascending, with their lines.</summary>
    public Dictionary<string, List<(uint Offset, SourceLine Line)>> Lines { get; } = [];

    /// <summary>For each section its relocations, by offset, each at another.</summary>
    public Dictionary<string, List<CoreRelocation>> Relocations { get; } = [];

    /// <summary>Reads the section.</summary>
    public static BtfExtension Read(ByteCursor section, Btf btf)
    {
        var extension = new BtfExtension();
        if (section.Length < 24 || section.U16(0) != Magic || section.U8(2) != 1)
        {
            throw new BpfFormatException(".BTF.ext: not version 1 in little-endian order");
        }

        ulong header = section.U32(4);
        extension.ReadLines(section.Slice(header + section.U32(16), section.U32(20), ".BTF.ext lines"), btf);
        if (header >= 32)
        {
            extension.ReadRelocations(section.Slice(header + section.U32(24), section.U32(28),
                ".BTF.ext relocations"), btf);
        }

        return extension;
    }

    private void ReadLines(ByteCursor part, Btf btf)
    {
        foreach (var (section, at) in Records(part, btf, 16))
        {
            if (!Lines.TryGetValue(section, out var lines))
            {
                Lines[section] = lines = [];
            }

            var place = part.U32(at + 12);
            lines.Add((part.U32(at), new SourceLine(
                btf.Strings.Text(part.U32(at + 4)), (int)(place >> 10), (int)(place & 1023),
                btf.Strings.Trimmed(part.U32(at + 8)))));
        }

        foreach (var lines in Lines.Values)
        {
            lines.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        }
    }

    private void ReadRelocations(ByteCursor part, Btf btf)
    {
        foreach (var (section, at) in Records(part, btf, 16))
        {
            if (!Relocations.TryGetValue(section, out var relocations))
            {
                Relocations[section] = relocations = [];
            }

            relocations.Add(new CoreRelocation(
                part.U32(at), (int)part.U32(at + 4), btf.Strings.Text(part.U32(at + 8)), (int)part.U32(at + 12)));
        }

        // An instruction has one; of others only the first counts.
        foreach (var relocations in Relocations.Values)
        {
            var ordered = relocations.OrderBy(relocation => relocation.Offset)
                .DistinctBy(relocation => relocation.Offset).ToList();
            relocations.Clear();
            relocations.AddRange(ordered);
        }
    }

    // A record size, then for each section its name, a count and the records.
    private static IEnumerable<(string Section, long At)> Records(ByteCursor part, Btf btf, int sizeMin)
    {
        if (part.Length == 0)
        {
            yield break;
        }

        var size = part.U32(0);
        if (size < sizeMin)
        {
            throw new BpfFormatException($".BTF.ext: records of {size} bytes, must be at least {sizeMin}");
        }

        for (long at = 4; at < part.Length;)
        {
            var (section, count) = (btf.Strings.Text(part.U32(at)), part.U32(at + 4));
            at += 8;
            for (var i = 0; i < count; i++, at += size)
            {
                yield return (section, at);
            }
        }
    }
}
