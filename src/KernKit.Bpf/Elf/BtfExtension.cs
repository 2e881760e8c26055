using KernKit.Bpf.Layouts.Wire;

namespace KernKit.Bpf.Elf;

/// <summary>What a relocation asks for; numbers are the format's.</summary>
internal enum CoreKind
{
    FieldOffset, FieldSize, FieldExists, FieldSigned, FieldShiftLeft, FieldShiftRight, TypeLocal, TypeTarget,
    TypeExists, TypeSize, EnumValueExists, EnumValue, TypeMatches,
}

/// <summary>What one instruction wants to know about a type of the machine that it will run on.</summary>
/// <param name="Offset">Bytes from the section's beginning to the instruction.</param>
/// <param name="Type">The type in the object's own BTF.</param>
/// <param name="Path">Indexes that lead to a field: "0:2:1".</param>
/// <param name="Kind">What is asked.</param>
internal readonly record struct CoreRelocation(uint Offset, int Type, string Path, CoreKind Kind);

/// <summary>Lines of source code and CO-RE relocations by section (section .BTF.ext).</summary>
internal sealed class BtfExtension
{
    private static readonly WireStructure Header = new(BtfExtHeaderFieldTable.Text);
    private static readonly WireField Magic = Header["magic"];
    private static readonly WireField Version = Header["version"];
    private static readonly WireField HeaderBytes = Header["hdr_len"];
    private static readonly WireField LinesAt = Header["line_info.off"];
    private static readonly WireField LinesLength = Header["line_info.len"];
    private static readonly WireField RelocationsAt = Header["core_relo.off"];
    private static readonly WireField RelocationsLength = Header["core_relo.len"];
    private static readonly int PartBytes = new WireStructure(BtfExtPartFieldTable.Text).SizeBytes;

    private static readonly WireStructure Section = new(BtfExtSectionFieldTable.Text);
    private static readonly WireField SectionName = Section["sec_name_off"];
    private static readonly WireField SectionCount = Section["num_info"];

    private static readonly WireStructure Line = new(BtfLineInfoFieldTable.Text);
    private static readonly WireField LineInstruction = Line["insn_off"];
    private static readonly WireField LineFile = Line["file_name_off"];
    private static readonly WireField LineText = Line["line_off"];
    private static readonly WireField LineNumber = Line["line_col.line"];
    private static readonly WireField LineColumn = Line["line_col.column"];

    private static readonly WireStructure Relocation = new(BtfCoreReloFieldTable.Text);
    private static readonly WireField RelocationInstruction = Relocation["insn_off"];
    private static readonly WireField RelocationType = Relocation["type_id"];
    private static readonly WireField RelocationPath = Relocation["access_str_off"];
    private static readonly WireField RelocationKind = Relocation["kind"];

    /// <summary>For each section: offsets of instructions in bytes, ascending, with their lines.</summary>
    public Dictionary<string, List<(uint Offset, SourceLine Line)>> Lines { get; } = [];

    /// <summary>For each section its relocations, by offset, each at another.</summary>
    public Dictionary<string, List<CoreRelocation>> Relocations { get; } = [];

    /// <summary>Reads the section.</summary>
    public static BtfExtension Read(ByteCursor section, Btf btf)
    {
        var extension = new BtfExtension();
        if (section.Length < Header.SizeBytes || Magic.U32(section, 0) != WireConstants.BtfMagic
            || Version.U32(section, 0) != 1)
        {
            throw new BpfFormatException(".BTF.ext: not version 1 in little-endian order");
        }

        var header = HeaderBytes.U64(section, 0);
        extension.ReadLines(section.Slice(
            header + LinesAt.U64(section, 0), LinesLength.U64(section, 0), ".BTF.ext lines"), btf);
        if (header >= (ulong)(Header.SizeBytes + PartBytes))
        {
            extension.ReadRelocations(section.Slice(header + RelocationsAt.U64(section, 0),
                RelocationsLength.U64(section, 0), ".BTF.ext relocations"), btf);
        }

        return extension;
    }

    private void ReadLines(ByteCursor part, Btf btf)
    {
        foreach (var (section, at) in Records(part, btf, Line.SizeBytes))
        {
            if (!Lines.TryGetValue(section, out var lines))
            {
                Lines[section] = lines = [];
            }

            lines.Add((LineInstruction.U32(part, at), new SourceLine(
                btf.Strings.Text(LineFile.U32(part, at)), LineNumber.I32(part, at), LineColumn.I32(part, at),
                btf.Strings.Trimmed(LineText.U32(part, at)))));
        }

        foreach (var lines in Lines.Values)
        {
            lines.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        }
    }

    private void ReadRelocations(ByteCursor part, Btf btf)
    {
        foreach (var (section, at) in Records(part, btf, Relocation.SizeBytes))
        {
            if (!Relocations.TryGetValue(section, out var relocations))
            {
                Relocations[section] = relocations = [];
            }

            relocations.Add(new CoreRelocation(
                RelocationInstruction.U32(part, at), RelocationType.I32(part, at),
                btf.Strings.Text(RelocationPath.U32(part, at)), (CoreKind)RelocationKind.I32(part, at)));
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

        for (long at = sizeof(uint); at < part.Length;)
        {
            var (section, count) = (btf.Strings.Text(SectionName.U32(part, at)), SectionCount.U32(part, at));
            at += Section.SizeBytes;
            for (var i = 0; i < count; i++, at += size)
            {
                yield return (section, at);
            }
        }
    }
}
