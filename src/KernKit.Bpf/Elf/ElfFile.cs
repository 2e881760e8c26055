namespace KernKit.Bpf.Elf;

/// <summary>One section of an object.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">The kind: see <see cref="ElfFile"/>.</param>
/// <param name="Flags">Bit 2: instructions.</param>
/// <param name="Size">Bytes, also where the file has none (.bss).</param>
/// <param name="Content">The bytes in the file.</param>
/// <param name="Information">sh_info: for relocations the section that they change.</param>
internal sealed record ElfSection(
    int Index, string Name, uint Type, ulong Flags, ulong Size, ByteCursor Content, int Information)
{
    private const ulong Executable = 4;

    public bool IsCode => Type == ElfFile.ProgBits && (Flags & Executable) != 0 && Size > 0;
}

/// <summary>One symbol.</summary>
internal sealed record ElfSymbol(string Name, int Kind, int Binding, int Section, ulong Value, ulong Size);

/// <summary>One relocation: the place it changes and the symbol it refers to.</summary>
internal readonly record struct ElfRelocation(ulong Offset, uint Type, ElfSymbol Symbol);

/// <summary>Sections, symbols and relocations of a 64-bit little-endian object for BPF.</summary>
/// <remarks>Facts: System V ABI, ELF-64; the BPF relocation types from the kernel's documentation llvm_reloc.</remarks>
internal sealed class ElfFile
{
    public const uint ProgBits = 1;
    public const uint NoBits = 8;
    public const int KindFunction = 2;
    public const int KindSection = 3;
    public const uint Relocation64 = 1;
    public const uint Relocation32 = 10;

    private const int HeaderBytes = 64;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const int RelocationBytes = 16;
    private const uint SymbolTable = 2;
    private const uint Relocations = 9;
    private const int MachineBpf = 247;

    private readonly ByteCursor _file;

    private readonly Dictionary<int, List<ElfRelocation>> _relocations = [];

    private ElfFile(ByteCursor file) => _file = file;

    public List<ElfSection> Sections { get; } = [];

    public List<ElfSymbol> Symbols { get; } = [];

    private static ReadOnlySpan<byte> Magic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Reads an object.</summary>
    public static ElfFile Read(ReadOnlyMemory<byte> bytes)
    {
        var file = new ElfFile(new ByteCursor(bytes, "object"));
        file.ReadSections();
        file.ReadSymbols();
        file.ReadRelocations();
        return file;
    }

    /// <summary>The section of a name, or null.</summary>
    public ElfSection? Find(string name) => Sections.Find(section => section.Name == name);

    /// <summary>The section of a number, or null for none and for special numbers.</summary>
    public ElfSection? Section(int index) => index > 0 && index < Sections.Count ? Sections[index] : null;

    /// <summary>The relocations of a section, by offset.</summary>
    public IReadOnlyList<ElfRelocation> RelocationsOf(ElfSection target) =>
        _relocations.TryGetValue(target.Index, out var found) ? found : [];

    private void ReadRelocations()
    {
        foreach (var section in Sections)
        {
            if (section.Type != Relocations)
            {
                continue;
            }

            if (!_relocations.TryGetValue(section.Information, out var found))
            {
                _relocations[section.Information] = found = [];
            }

            for (long at = 0; at + RelocationBytes <= section.Content.Length; at += RelocationBytes)
            {
                var info = section.Content.U64(at + 8);
                var symbol = info >> 32 < (ulong)Symbols.Count
                    ? Symbols[(int)(info >> 32)]
                    : throw new BpfFormatException(
                        $"{section.Name}: symbol {info >> 32} does not exist, there are {Symbols.Count}");
                found.Add(new ElfRelocation(section.Content.U64(at), (uint)info, symbol));
            }
        }

        foreach (var found in _relocations.Values)
        {
            found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        }
    }

    private void ReadSections()
    {
        if (_file.Length < HeaderBytes || !IsElf(_file.Span) || _file.U8(4) != 2 || _file.U8(5) != 1)
        {
            throw new BpfFormatException("object: not a 64-bit little-endian ELF file");
        }

        if (_file.U16(18) != MachineBpf)
        {
            throw new BpfFormatException($"object: machine {_file.U16(18)}, must be {MachineBpf} (BPF)");
        }

        var (at, size, count) = (_file.U64(40), _file.U16(58), _file.U16(60));
        if (size != SectionBytes)
        {
            throw new BpfFormatException($"object: section headers of {size} bytes, must be {SectionBytes}");
        }

        var headers = _file.Slice(at, (ulong)size * count, "the section table");
        var names = default(ByteCursor);
        if (_file.U16(62) is var nameIndex && nameIndex < count)
        {
            names = _file.Slice(headers.U64((nameIndex * size) + 24), headers.U64((nameIndex * size) + 32),
                "section names");
        }

        var strings = new StringTable(names);
        long unread = _file.Length;

        for (var i = 0; i < count; i++)
        {
            var header = (long)i * size;
            var type = headers.U32(header + 4);
            var name = type == 0 ? "" : strings.Text(headers.U32(header));
            var length = headers.U64(header + 32);
            var content = type is NoBits or 0 ? default
                : _file.Slice(headers.U64(header + 24), length, $"section {name}");
            unread -= content.Length;
            if (unread < 0)
            {
                // Sections on top of each other would be copied, linked and relocated each for itself.
                throw new BpfFormatException($"object: section {name}: the sections together are longer than the file "
                    + $"of 0x{_file.Length:x} bytes");
            }

            Sections.Add(new ElfSection(
                i, name, type, headers.U64(header + 8), length, content, (int)headers.U32(header + 44)));
        }
    }

    private void ReadSymbols()
    {
        if (Sections.Find(section => section.Type == SymbolTable) is not { } table)
        {
            throw new BpfFormatException("object: no symbol table");
        }

        // sh_link of the symbol table names the section of its strings; clang calls it .strtab.
        var strings = new StringTable(
            Find(".strtab")?.Content ?? throw new BpfFormatException("object: no section .strtab"));
        for (long at = 0; at + SymbolBytes <= table.Content.Length; at += SymbolBytes)
        {
            var info = table.Content.U8(at + 4);
            var section = (int)table.Content.U16(at + 6);
            var name = strings.Text(table.Content.U32(at));
            if ((info & 15) == KindSection && Section(section) is { } named)
            {
                name = named.Name;
            }

            Symbols.Add(new ElfSymbol(name, info & 15, info >> 4, section, table.Content.U64(at + 8),
                table.Content.U64(at + 16)));
        }
    }
}
