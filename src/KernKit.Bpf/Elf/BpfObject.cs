using KernKit.Bpf.Elf;

namespace KernKit.Bpf;

/// <summary>What clang made of a source file for BPF: programs, maps, data.</summary>
/// <remarks>
/// A program is each function in a section of code other than .text, which holds what they call. Maps come from
/// the section .maps (BTF) or maps (legacy); each of .rodata, .data and .bss becomes an array with one entry.
/// Instructions name maps by their index in <see cref="Maps"/>.
/// </remarks>
public sealed class BpfObject
{
    private const int ProgramCountMax = 4096;
    private readonly List<ObjectMap> _maps;

    private BpfObject(
        List<ObjectMap> maps, List<ObjectProgram> programs, List<UnlinkedProgram> unlinked, string license)
    {
        (_maps, Programs, Unlinked, License) = (maps, programs, unlinked, license);
        Maps = [.. maps.Select(map => map.Definition)];
    }

    /// <summary>The programs, in the order of their sections.</summary>
    public IReadOnlyList<ObjectProgram> Programs { get; }

    /// <summary>Programs that need what is not there, such as functions of a kernel; empty for most objects.</summary>
    public IReadOnlyList<UnlinkedProgram> Unlinked { get; }

    /// <summary>The maps, as instructions number them.</summary>
    public IReadOnlyList<MapDefinition> Maps { get; }

    /// <summary>The text of the section license; empty without one.</summary>
    public string License { get; }

    /// <summary>Whether bytes begin as an object does.</summary>
    /// <param name="bytes">At least 4 to be one.</param>
    /// <returns>True for any ELF file.</returns>
    public static bool IsObject(ReadOnlySpan<byte> bytes) => ElfFile.IsElf(bytes);

    /// <summary>Reads an object.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="options">Limits of its programs; null for <see cref="LoadOptions.Default"/>.</param>
    /// <param name="target">Where the fields of structures are that CO-RE relocations name; null leaves them as
    /// compiled.</param>
    /// <returns>The object with all programs linked.</returns>
    /// <exception cref="BpfFormatException">Damaged, of another machine, or no program of it can be linked.</exception>
    public static BpfObject Load(ReadOnlyMemory<byte> bytes, LoadOptions? options = null, CoreTarget? target = null)
    {
        try
        {
            return Read(bytes, options ?? LoadOptions.Default, target);
        }
        catch (Exception error) when (error is OverflowException or FormatException)
        {
            throw new BpfFormatException($"object: damaged: {error.Message}", error);
        }
    }

    /// <summary>Makes an arena that has room for the object's maps.</summary>
    /// <param name="contextBytesMax">Bytes of the longest context, with the packet that it may come with.</param>
    /// <param name="laneCount">Machines that may use it at the same time.</param>
    /// <returns>An arena for <see cref="CreateMaps"/>.</returns>
    /// <exception cref="BpfFormatException">A kind that is not known, sizes that a kind does not have, or more bytes
    /// than an arena can have.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Contexts and lanes that no arena has room for.</exception>
    public BpfArena CreateArena(int contextBytesMax, int laneCount = 1)
    {
        RefuseDefinitions();
        var bytes = BpfArena.MapBytesOf(Maps, laneCount);
        return bytes <= BpfArena.SizeBytesMax ? new BpfArena((int)bytes, contextBytesMax, laneCount)
            : throw new BpfFormatException(
                $"object: its maps need {bytes} bytes, an arena has at most {BpfArena.SizeBytesMax}");
    }

    /// <summary>Makes the object's maps, with the data that they begin with.</summary>
    /// <param name="arena">An arena for <see cref="Maps"/>: see <see cref="CreateArena"/>.</param>
    /// <returns>The maps in the order of <see cref="Maps"/>.</returns>
    /// <exception cref="BpfFormatException">A kind that is not known, sizes that a kind does not have, or an inner map
    /// that is not like the one that its map of maps declares.</exception>
    /// <exception cref="ArgumentException">No room in the arena.</exception>
    public IReadOnlyList<BpfMap> CreateMaps(BpfArena arena)
    {
        ArgumentNullException.ThrowIfNull(arena);
        RefuseDefinitions();
        var maps = _maps.ConvertAll(map => BpfMap.Create(arena, map.Definition));
        var byName = new Dictionary<string, BpfMap>();
        var programsByName = new Dictionary<string, BpfProgram>();
        maps.ForEach(map => byName.TryAdd(map.Definition.Name, map));
        foreach (var program in Programs)
        {
            programsByName.TryAdd(program.Name, program.Program);
        }

        for (var i = 0; i < maps.Count; i++)
        {
            _maps[i].Content.CopyTo(arena.Bytes.AsSpan(maps[i].ValuesAt));
            foreach (var (index, symbol) in _maps[i].Symbols)
            {
                if (maps[i] is ProgramArrayMap programs && index < maps[i].Definition.EntryCountMax)
                {
                    programs[index] = programsByName.GetValueOrDefault(symbol);
                }
                else if (maps[i] is MapOfMaps outer && byName.GetValueOrDefault(symbol) is { } inner
                    && outer.Set(BitConverter.GetBytes(index), inner) is not 0 and var status)
                {
                    throw new BpfFormatException($"map '{outer.Definition.Name}': entry {index}: map '{symbol}' is not "
                        + $"like the inner map that it declares, or the entry is outside ({status})");
                }
            }
        }

        return maps;
    }

    private void RefuseDefinitions()
    {
        foreach (var map in Maps)
        {
            if (BpfMap.Problem(map) is { } problem)
            {
                throw new BpfFormatException(problem);
            }
        }
    }

    private static BpfObject Read(ReadOnlyMemory<byte> bytes, LoadOptions options, CoreTarget? target)
    {
        var file = ElfFile.Read(bytes);
        var btf = file.Find(".BTF") is { } types ? Btf.Read(types.Content) : null;
        var extension = btf is not null && file.Find(".BTF.ext") is { } more
            ? BtfExtension.Read(more.Content, btf) : null;
        var maps = new ObjectMaps(file, btf);
        var core = extension is not null && target is not null ? new CoreRelocator(btf!, extension, target) : null;
        var linker = new ObjectLinker(file, maps, extension, core);
        var (programs, unlinked) = (new List<ObjectProgram>(), new List<UnlinkedProgram>());
        BpfFormatException? first = null;
        foreach (var section in file.Sections)
        {
            if (!section.IsCode || section.Name == ".text")
            {
                continue;
            }

            foreach (var function in linker.Functions(section))
            {
                // Static functions beside a program are its subprograms.
                if (function.Binding == ElfFile.BindingLocal)
                {
                    continue;
                }

                if (programs.Count + unlinked.Count == ProgramCountMax)
                {
                    throw new BpfFormatException($"object: more than {ProgramCountMax} programs");
                }

                try
                {
                    programs.Add(new ObjectProgram(function.Name, section.Name, linker.Link(function, options))
                    {
                        ContextName = btf?.FirstArgument(function.Name) ?? "",
                    });
                }
                catch (BpfFormatException error) when (!linker.IsExhausted)
                {
                    first ??= error;
                    unlinked.Add(new UnlinkedProgram(function.Name, section.Name, error.Message));
                }
            }
        }

        if (programs.Count == 0 && first is not null)
        {
            throw first;
        }

        var license = file.Find("license") is { Content.Length: > 0 } text ? text.Content.Text(0) : "";
        return new BpfObject(maps.Maps, programs, unlinked, license);
    }
}
