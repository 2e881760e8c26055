
namespace KernKit.Bpf.Elf;

/// <summary>Makes whole programs: a function and all that it calls, one after the other, with relocations
/// applied.</summary>
/// <remarks>
/// Functions of one section call each other by distance, others by relocation; either way the call leads to the first
/// slot of some function, which is appended once, and the distance is set when all are placed. Each function is visited
/// once, so recursion ends here and is the engines' to limit.
/// </remarks>
internal sealed class ObjectLinker
{
    private const int SlotCountMax = 1_000_000;

    // Functions may lie on top of each other and be in every program: what is linked has a limit of its own.
    private const int SlotCountOfObjectMax = 4_000_000;
    private const byte CallOpcode = 0x85;

    private readonly ElfFile _file;
    private readonly ObjectMaps _maps;
    private readonly BtfExtension? _extension;
    private readonly CoreRelocator? _core;
    private readonly Dictionary<int, Dictionary<ulong, ElfRelocation>> _relocations = [];
    private readonly Dictionary<int, List<ElfSymbol>> _functions = [];
    private readonly Dictionary<(int Section, ulong Value), ElfSymbol> _functionAt = [];
    private int _slotCount;

    public ObjectLinker(ElfFile file, ObjectMaps maps, BtfExtension? extension, CoreRelocator? core)
    {
        (_file, _maps, _extension, _core) = (file, maps, extension, core);
        var functions = file.Symbols.Where(symbol => symbol.Kind == ElfFile.KindFunction)
            .ToLookup(symbol => symbol.Section);
        foreach (var section in file.Sections)
        {
            if (section.IsCode)
            {
                _relocations[section.Index] = file.RelocationsOf(section).GroupBy(r => r.Offset)
                    .ToDictionary(g => g.Key, g => g.First());
                _functions[section.Index] = FunctionsOf(section, functions[section.Index]);
                foreach (var function in _functions[section.Index])
                {
                    _functionAt[(section.Index, function.Value)] = function;
                }
            }
        }
    }

    /// <summary>Whether no more can be linked: what failed then is not the program's fault.</summary>
    public bool IsExhausted => _slotCount > SlotCountOfObjectMax;

    /// <summary>The functions of a section, by offset.</summary>
    public IReadOnlyList<ElfSymbol> Functions(ElfSection section) => _functions[section.Index];

    /// <summary>Links a program.</summary>
    public BpfProgram Link(ElfSymbol function, LoadOptions options)
    {
        var slots = new List<Instruction>();
        var lines = new List<SourceLine?>();
        var placed = new Dictionary<(int Section, int Slot), int>();
        var calls = new List<(int At, int Section, int Slot)>();
        var pending = new Queue<ElfSymbol>([function]);
        while (pending.TryDequeue(out var next))
        {
            if (!placed.TryAdd((next.Section, (int)(next.Value / 8)), slots.Count))
            {
                continue;
            }

            var before = calls.Count;
            Append(next, slots, lines, calls);
            foreach (var call in calls.Skip(before))
            {
                pending.Enqueue(FunctionAt(call.Section, call.Slot, function.Name));
            }
        }

        foreach (var (at, section, slot) in calls)
        {
            slots[at] = slots[at] with { Immediate = placed[(section, slot)] - at - 1 };
        }

        try
        {
            var program = BpfProgram.Load(slots.ToArray(), options);
            program.Describe(function.Name, [.. lines]);
            return program;
        }
        catch (BpfFormatException error)
        {
            throw new BpfFormatException($"{function.Name}: {error.Message}", error.Position);
        }
    }

    private static List<ElfSymbol> Sorted(IEnumerable<ElfSymbol> symbols) =>
        [.. symbols.OrderBy(symbol => symbol.Value).DistinctBy(symbol => symbol.Value)];

    // Old compilers give functions no symbol type; then the section is one program.
    private static List<ElfSymbol> FunctionsOf(ElfSection section, IEnumerable<ElfSymbol> symbols)
    {
        var functions = Sorted(symbols);
        return functions.Count > 0 ? functions
            : [new ElfSymbol(
                section.Name, ElfFile.KindFunction, ElfFile.BindingGlobal, section.Index, 0, section.Size)];
    }

    private ElfSymbol FunctionAt(int section, int slot, string program) =>
        _functionAt.GetValueOrDefault((section, (ulong)slot * 8))
        ?? throw new BpfFormatException(
            $"{program}: a call to slot {slot} of section {section}, where no function begins");

    private void Append(
        ElfSymbol function, List<Instruction> slots, List<SourceLine?> lines, List<(int, int, int)> calls)
    {
        var section = _file.Section(function.Section)!;
        var code = section.Content.Slice(function.Value, function.Size, $"function {function.Name}");
        if (code.Length % Instruction.SizeBytes != 0 || slots.Count + (code.Length / 8) > SlotCountMax)
        {
            throw new BpfFormatException($"{function.Name}: {code.Length} bytes; must be whole slots, at most "
                + $"{SlotCountMax} in a program");
        }

        _slotCount += code.Length / Instruction.SizeBytes;
        if (IsExhausted)
        {
            throw new BpfFormatException($"object: its programs, with all that they call, have more than "
                + $"{SlotCountOfObjectMax} slots");
        }

        var start = slots.Count;
        for (var at = 0; at < code.Length; at += Instruction.SizeBytes)
        {
            slots.Add(Instruction.Read(code.Span[at..]));
            lines.Add(LineAt(section, function.Value + (ulong)at));
        }

        _core?.Apply(section.Name, (uint)function.Value, slots, start);
        for (var i = start; i < slots.Count; i++)
        {
            var offset = function.Value + ((ulong)(i - start) * 8);
            var slot = slots[i];
            if (_relocations[section.Index].TryGetValue(offset, out var relocation))
            {
                Relocate(function.Name, relocation, slots, i, calls);
            }
            else if (slot is { Opcode: CallOpcode, Source: 1 })
            {
                calls.Add((i, section.Index, (int)(offset / 8) + 1 + slot.Immediate));
            }

            i += slot.Opcode == Instruction.WideOpcode ? 1 : 0;
        }
    }

    private void Relocate(
        string program, ElfRelocation relocation, List<Instruction> slots, int at, List<(int, int, int)> calls)
    {
        var (symbol, slot) = (relocation.Symbol, slots[at]);
        if (relocation.Type == ElfFile.Relocation32 && slot is { Opcode: CallOpcode, Source: 1 })
        {
            calls.Add((at, Defined(program, symbol).Section, (int)(symbol.Value / 8) + slot.Immediate + 1));
            return;
        }

        if (relocation.Type != ElfFile.Relocation64 || slot.Opcode != Instruction.WideOpcode || at + 1 >= slots.Count)
        {
            throw new BpfFormatException(
                $"{program}: instruction {at}: relocation of type {relocation.Type} to '{symbol.Name}' on opcode "
                    + $"0x{slot.Opcode:x2}");
        }

        if (symbol.Section == 0 && _maps.FindConfiguration(symbol) is { } variable)
        {
            slots[at] = slot with { Source = 2, Immediate = variable.Map };
            slots[at + 1] = new Instruction(0, 0, 0, 0, variable.Offset);
        }
        else if (symbol.Section == 0 && symbol.Binding == ElfFile.BindingWeak)
        {
            // What may be missing and is has the address 0.
            slots[at] = slot with { Source = 0, Immediate = 0 };
            slots[at + 1] = default;
        }
        else if (_maps.Find(symbol) is >= 0 and var map)
        {
            slots[at] = slot with { Source = 1, Immediate = map };
            slots[at + 1] = default;
        }
        else if (_maps.FindData(symbol.Section) is >= 0 and var data)
        {
            var offset = unchecked((int)symbol.Value + slot.Immediate);
            slots[at] = slot with { Source = 2, Immediate = data };
            slots[at + 1] = new Instruction(0, 0, 0, 0, offset);
        }
        else if (_file.Section(Defined(program, symbol).Section) is { IsCode: true })
        {
            slots[at] = slot with { Source = 4, Immediate = 0 };
            slots[at + 1] = default;
            calls.Add((at, symbol.Section, (int)((symbol.Value + (ulong)slot.Immediate) / 8)));
        }
        else
        {
            throw new BpfFormatException($"{program}: instruction {at}: '{symbol.Name}' is neither a map, nor data, "
                + $"nor a function");
        }
    }

    private ElfSymbol Defined(string program, ElfSymbol symbol) => _file.Section(symbol.Section) is not null ? symbol
        : throw new BpfFormatException(
            $"{program}: '{symbol.Name}' is not defined in the object; variables and functions of a kernel "
            + "(ksyms, kfuncs) do not exist here");

    private SourceLine? LineAt(ElfSection section, ulong offset)
    {
        if (_extension is null || !_extension.Lines.TryGetValue(section.Name, out var lines))
        {
            return null;
        }

        var (low, high) = (0, lines.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = lines[middle].Offset <= offset ? (middle + 1, high) : (low, middle);
        }

        return low > 0 ? lines[low - 1].Line : null;
    }
}
