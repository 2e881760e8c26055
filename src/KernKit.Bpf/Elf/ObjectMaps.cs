using KernKit.Bpf.Layouts.Wire;

namespace KernKit.Bpf.Elf;

/// <summary>Finds the maps of an object: of the section .maps (BTF), of maps (legacy), and one for each section of
/// data.</summary>
internal sealed class ObjectMaps
{
    private static readonly WireStructure Legacy = new(BpfMapDefFieldTable.Text);
    private static readonly WireField LegacyKind = Legacy["type"];
    private static readonly WireField LegacyKey = Legacy["key_size"];
    private static readonly WireField LegacyValue = Legacy["value_size"];
    private static readonly WireField LegacyEntries = Legacy["max_entries"];
    private static readonly WireField LegacyFlags = Legacy["map_flags"];

    private const int NestingMax = 2;
    private const int MapCountMax = 4096;

    // Sources have fewer than ten.
    private const int DefinitionMembersMax = 64;
    private const int ReadOnlyForPrograms = 1 << 7;
    private const string Configuration = ".kconfig";

    private readonly ElfFile _file;
    private readonly Btf? _btf;
    private readonly Dictionary<(int Section, ulong Value), int> _bySymbol = [];
    private readonly Dictionary<int, int> _bySection = [];
    private readonly Dictionary<string, int> _configuration = [];
    private int _configurationMap = -1;

    public ObjectMaps(ElfFile file, Btf? btf)
    {
        (_file, _btf) = (file, btf);
        ReadLegacy();
        ReadTyped();
        ReadConfiguration();
        foreach (var section in file.Sections)
        {
            if (IsData(section))
            {
                _bySection[section.Index] = Maps.Count;
                Add(new ObjectMap(
                    new MapDefinition(section.Name, MapKind.Array, 4, (int)section.Size, 1)
                    {
                        IsReadOnly = section.Name.StartsWith(".rodata", StringComparison.Ordinal),
                        Content = section.Name.StartsWith(".rodata", StringComparison.Ordinal)
                            && file.RelocationsOf(section).Count == 0
                            ? section.Content.Span.ToArray() : default,
                    },
                    section.Content.Length > 0 ? section.Content.Span.ToArray() : [],
                    []));
            }
        }
    }

    public List<ObjectMap> Maps { get; } = [];

    /// <summary>The map that a symbol names, or -1.</summary>
    public int Find(ElfSymbol symbol) => _bySymbol.GetValueOrDefault((symbol.Section, symbol.Value), -1);

    /// <summary>The place of a variable of the kernel's configuration: a map, and bytes in its value.</summary>
    public (int Map, int Offset)? FindConfiguration(ElfSymbol symbol) =>
        symbol.Section == 0 && _configuration.TryGetValue(symbol.Name, out var offset)
            ? (_configurationMap, offset) : null;

    /// <summary>The map that holds a section's data, or -1.</summary>
    public int FindData(int section) => _bySection.GetValueOrDefault(section, -1);

    private static bool IsData(ElfSection section) => section.Size is > 0 and <= int.MaxValue
        && (section.Type == ElfFile.ProgBits || section.Type == ElfFile.NoBits)
        && (section.Name.StartsWith(".rodata", StringComparison.Ordinal)
            || section.Name.StartsWith(".data", StringComparison.Ordinal)
            || section.Name.StartsWith(".bss", StringComparison.Ordinal));

    private void ReadLegacy()
    {
        if (_file.Find("maps") is not { } section)
        {
            return;
        }

        foreach (var symbol in _file.Symbols)
        {
            if (symbol.Section != section.Index || symbol.Kind == ElfFile.KindSection || symbol.Name.Length == 0)
            {
                continue;
            }

            var fields = section.Content.Slice(symbol.Value, (ulong)Legacy.SizeBytes, $"map {symbol.Name}");
            _bySymbol[(section.Index, symbol.Value)] = Maps.Count;
            Add(new ObjectMap(
                new MapDefinition(symbol.Name, (MapKind)LegacyKind.I32(fields, 0), LegacyKey.I32(fields, 0),
                    LegacyValue.I32(fields, 0), LegacyEntries.I32(fields, 0))
                {
                    IsReadOnly = (LegacyFlags.U32(fields, 0) & ReadOnlyForPrograms) != 0,
                },
                [], []));
        }
    }

    private void ReadTyped()
    {
        if (_file.Find(".maps") is not { } section)
        {
            return;
        }

        var btf = _btf ?? throw new BpfFormatException("object: section .maps without .BTF");
        var symbols = new Dictionary<string, ElfSymbol>();
        foreach (var symbol in _file.Symbols)
        {
            _ = symbol.Section == section.Index && symbols.TryAdd(symbol.Name, symbol);
        }

        foreach (var variable in btf[btf.Find(BtfKind.DataSection, ".maps")].Members)
        {
            // The compiler leaves the offsets in the section's type 0; the symbols have them.
            var type = btf[variable.Type];
            var symbol = symbols.GetValueOrDefault(type.Name)
                ?? throw new BpfFormatException($".maps: map '{type.Name}' has no symbol");
            _bySymbol[(section.Index, symbol.Value)] = Maps.Count;
            var structure = btf.Resolve(type.Target);
            Add(new ObjectMap(
                Definition(btf, type.Name, structure, 0), [], InitialSymbols(section, symbol, btf[structure])));
        }
    }

    // Variables that loaders fill with the kernel's configuration; here they are zeros that nothing is known about.
    private void ReadConfiguration()
    {
        var id = _btf?.Find(BtfKind.DataSection, Configuration) ?? 0;
        if (id == 0)
        {
            return;
        }

        long size = 0;
        foreach (var variable in _btf![id].Members)
        {
            _configuration[_btf[variable.Type].Name] = (int)size;
            size = checked(size + ((_btf.SizeOf(_btf[variable.Type].Target) + 7) & ~7));
        }

        _configurationMap = Maps.Count;
        Add(new ObjectMap(
            new MapDefinition(Configuration, MapKind.Array, 4, (int)Math.Min(size, 1 << 20), 1) { IsReadOnly = true },
            [], []));
    }

    private static MapDefinition Definition(Btf btf, string name, int structure, int nesting)
    {
        var (kind, key, value, entries, flags) = (0, 0, 0, 0, 0);
        MapDefinition? inner = null;
        if (btf[structure].Members.Count > DefinitionMembersMax)
        {
            throw new BpfFormatException($".maps: map '{name}' is a structure of {btf[structure].Members.Count} "
                + $"members, must have at most {DefinitionMembersMax}");
        }

        foreach (var member in btf[structure].Members)
        {
            switch (member.Name)
            {
                case "type": kind = Number(btf, member); break;
                case "key_size": key = Number(btf, member); break;
                case "value_size": value = Number(btf, member); break;
                case "max_entries": entries = Number(btf, member); break;
                case "map_flags": flags = Number(btf, member); break;
                case "key": key = (int)btf.SizeOf(Pointed(btf, member.Type)); break;
                case "value": value = (int)btf.SizeOf(Pointed(btf, member.Type)); break;
                case "values" when inner is null && nesting < NestingMax
                    && InnerStructure(btf, member) is var innerStructure and > 0:
                    inner = Definition(btf, name + ".inner", innerStructure, nesting + 1);
                    break;
                default: break;
            }
        }

        // Maps of maps and of programs hold handles; sources may leave the sizes out.
        var holdsHandles = (MapKind)kind is MapKind.ArrayOfMaps or MapKind.HashOfMaps or MapKind.ProgramArray;
        return new MapDefinition(
            name, (MapKind)kind, key == 0 && holdsHandles ? 4 : key, holdsHandles
                ? 4 : value, entries)
        { Inner = inner, IsReadOnly = (flags & ReadOnlyForPrograms) != 0 };
    }

    // The number N is written as a pointer to an array of N elements.
    private static int Number(Btf btf, BtfMember member) => btf[btf.Resolve(Pointed(btf, member.Type))].Count;

    private static int Pointed(Btf btf, int type)
    {
        var pointer = btf[btf.Resolve(type)];
        return pointer.Kind == BtfKind.Pointer ? pointer.Target
            : throw new BpfFormatException($".maps: a member of kind {pointer.Kind}, must be a pointer");
    }

    // values is an array of pointers: to structures that describe maps, or to functions.
    private static int InnerStructure(Btf btf, BtfMember member)
    {
        var array = btf[btf.Resolve(member.Type)];
        var target = array.Kind == BtfKind.Array ? btf.Resolve(Pointed(btf, array.Target)) : 0;
        return btf[target].Kind == BtfKind.Struct ? target : 0;
    }

    // What the source put into "values": relocations within the variable, eight bytes an entry behind the member's
    // offset.
    private List<(int Index, string Symbol)> InitialSymbols(ElfSection section, ElfSymbol variable, BtfType structure)
    {
        var found = new List<(int, string)>();
        if (structure.Members.FirstOrDefault(member => member.Name == "values") is not { Name: not null } values)
        {
            return found;
        }

        var (first, relocations) = (variable.Value + (values.BitOffset / 8), _file.RelocationsOf(section));
        var (low, high) = (0, relocations.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = relocations[middle].Offset < first ? (middle + 1, high) : (low, middle);
        }

        for (; low < relocations.Count && relocations[low].Offset - variable.Value < variable.Size; low++)
        {
            found.Add(((int)((relocations[low].Offset - first) / 8), relocations[low].Symbol.Name));
        }

        return found;
    }

    private void Add(ObjectMap map)
    {
        if (Maps.Count == MapCountMax)
        {
            throw new BpfFormatException($"object: more than {MapCountMax} maps");
        }

        Maps.Add(map);
    }
}

/// <summary>A map of an object, the bytes that it begins with, and the names of the maps or programs that it
/// holds.</summary>
internal sealed record ObjectMap(MapDefinition Definition, byte[] Content, List<(int Index, string Symbol)> Symbols);
