using KernKit.Bpf.Layouts.Wire;

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
    public bool IsCode => Type == ElfFile.ProgBits && (Flags & ElfFile.Executable) != 0 && Size > 0;
}

/// <summary>One symbol.</summary>
internal sealed record ElfSymbol(string Name, int Kind, int Binding, int Section, ulong Value, ulong Size);

/// <summary>One relocation: the place it changes and the symbol it refers to.</summary>
internal readonly record struct ElfRelocation(ulong Offset, uint Type, ElfSymbol Symbol);

/// <summary>Sections, symbols and relocations of a 64-bit little-endian object for BPF.</summary>
/// <remarks>Facts: System V ABI, ELF-64; the BPF relocation types from the kernel's documentation llvm_reloc.</remarks>
internal sealed class ElfFile
{
    private static readonly WireStructure Header = new(Elf64HeaderFieldTable.Text);
    private static readonly WireField Magic = Header["ident.magic"];
    private static readonly WireField Class = Header["ident.class"];
    private static readonly WireField Order = Header["ident.data"];
    private static readonly WireField Machine = Header["machine"];
    private static readonly WireField SectionsAt = Header["shoff"];
    private static readonly WireField SectionBytes = Header["shentsize"];
    private static readonly WireField SectionCount = Header["shnum"];
    private static readonly WireField NameSection = Header["shstrndx"];
    private static readonly int Bits64 = Header.Member("elfclass.CLASS_64");
    private static readonly int LittleEndian = Header.Member("elfdata.DATA_LSB");
    private static readonly int MachineBpf = Header.Member("elfmachine.EM_BPF");

    private static readonly WireStructure SectionHeader = new(Elf64SectionFieldTable.Text);
    private static readonly WireField SectionName = SectionHeader["name"];
    private static readonly WireField SectionType = SectionHeader["type"];
    private static readonly WireField SectionFlags = SectionHeader["flags"];
    private static readonly WireField SectionAt = SectionHeader["offset"];
    private static readonly WireField SectionSize = SectionHeader["size"];
    private static readonly WireField SectionInformation = SectionHeader["info"];
    private static readonly uint Unused = (uint)SectionHeader.Member("shtype.SHT_NULL");
    private static readonly uint SymbolTable = (uint)SectionHeader.Member("shtype.SHT_SYMTAB");
    private static readonly uint Relocations = (uint)SectionHeader.Member("shtype.SHT_REL");

    private static readonly WireStructure Symbol = new(Elf64SymbolFieldTable.Text);
    private static readonly WireField SymbolName = Symbol["name"];
    private static readonly WireField SymbolType = Symbol["info.type"];
    private static readonly WireField SymbolBinding = Symbol["info.bind"];
    private static readonly WireField SymbolSection = Symbol["shndx"];
    private static readonly WireField SymbolValue = Symbol["value"];
    private static readonly WireField SymbolSize = Symbol["size"];

    private static readonly WireStructure Relocation = new(Elf64RelFieldTable.Text);
    private static readonly WireField RelocationAt = Relocation["offset"];
    private static readonly WireField RelocationType = Relocation["info.type"];
    private static readonly WireField RelocationSymbol = Relocation["info.symbol"];

    public static readonly uint ProgBits = (uint)SectionHeader.Member("shtype.SHT_PROGBITS");
    public static readonly uint NoBits = (uint)SectionHeader.Member("shtype.SHT_NOBITS");
    public static readonly ulong Executable = (ulong)SectionHeader.Member("shflags.SHF_EXECINSTR");
    public static readonly int KindFunction = Symbol.Member("symtype.STT_FUNC");
    public static readonly int KindSection = Symbol.Member("symtype.STT_SECTION");
    public static readonly int BindingLocal = Symbol.Member("symbind.STB_LOCAL");
    public static readonly int BindingGlobal = Symbol.Member("symbind.STB_GLOBAL");
    public static readonly int BindingWeak = Symbol.Member("symbind.STB_WEAK");

    // The kernel's documentation llvm_reloc: of BPF alone, so in no schema of ELF.
    public const uint Relocation64 = 1;
    public const uint Relocation32 = 10;

    private readonly ByteCursor _file;

    private readonly Dictionary<int, List<ElfRelocation>> _relocations = [];

    private ElfFile(ByteCursor file) => _file = file;

    public List<ElfSection> Sections { get; } = [];

    public List<ElfSymbol> Symbols { get; } = [];

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.Length >= sizeof(int)
        && Magic.U32(new ByteCursor(bytes[..sizeof(int)].ToArray(), "object"), 0) == WireConstants.ElfMagic;

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

            for (long at = 0; at + Relocation.SizeBytes <= section.Content.Length; at += Relocation.SizeBytes)
            {
                var number = RelocationSymbol.U32(section.Content, at);
                var symbol = number < (uint)Symbols.Count
                    ? Symbols[(int)number]
                    : throw new BpfFormatException(
                        $"{section.Name}: symbol {number} does not exist, there are {Symbols.Count}");
                found.Add(new ElfRelocation(
                    RelocationAt.U64(section.Content, at), RelocationType.U32(section.Content, at), symbol));
            }
        }

        foreach (var found in _relocations.Values)
        {
            found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        }
    }

    private void ReadSections()
    {
        if (_file.Length < Header.SizeBytes || !IsElf(_file.Span)
            || Class.I32(_file, 0) != Bits64 || Order.I32(_file, 0) != LittleEndian)
        {
            throw new BpfFormatException("object: not a 64-bit little-endian ELF file");
        }

        if (Machine.I32(_file, 0) != MachineBpf)
        {
            throw new BpfFormatException($"object: machine {Machine.I32(_file, 0)}, must be {MachineBpf} (BPF)");
        }

        var (size, count) = (SectionBytes.I32(_file, 0), SectionCount.I32(_file, 0));
        if (size != SectionHeader.SizeBytes)
        {
            throw new BpfFormatException(
                $"object: section headers of {size} bytes, must be {SectionHeader.SizeBytes}");
        }

        var headers = _file.Slice(SectionsAt.U64(_file, 0), (ulong)size * (ulong)count, "the section table");
        var names = default(ByteCursor);
        if (NameSection.I32(_file, 0) is var nameIndex && nameIndex < count)
        {
            names = _file.Slice(SectionAt.U64(headers, nameIndex * (long)size),
                SectionSize.U64(headers, nameIndex * (long)size), "section names");
        }

        var strings = new StringTable(names);
        long unread = _file.Length;

        for (var i = 0; i < count; i++)
        {
            var header = (long)i * size;
            var type = SectionType.U32(headers, header);
            var name = type == Unused ? "" : strings.Text(SectionName.U32(headers, header));
            var length = SectionSize.U64(headers, header);
            var content = type == NoBits || type == Unused ? default
                : _file.Slice(SectionAt.U64(headers, header), length, $"section {name}");
            unread -= content.Length;
            if (unread < 0)
            {
                // Sections on top of each other would be copied, linked and relocated each for itself.
                throw new BpfFormatException($"object: section {name}: the sections together are longer than the file "
                    + $"of 0x{_file.Length:x} bytes");
            }

            Sections.Add(new ElfSection(i, name, type, SectionFlags.U64(headers, header), length, content,
                SectionInformation.I32(headers, header)));
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
        var symbols = table.Content;
        for (long at = 0; at + Symbol.SizeBytes <= symbols.Length; at += Symbol.SizeBytes)
        {
            var (kind, section) = (SymbolType.I32(symbols, at), SymbolSection.I32(symbols, at));
            var name = strings.Text(SymbolName.U32(symbols, at));
            if (kind == KindSection && Section(section) is { } named)
            {
                name = named.Name;
            }

            Symbols.Add(new ElfSymbol(name, kind, SymbolBinding.I32(symbols, at), section,
                SymbolValue.U64(symbols, at), SymbolSize.U64(symbols, at)));
        }
    }
}
