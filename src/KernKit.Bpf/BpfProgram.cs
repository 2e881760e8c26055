using KernKit.Bpf.Isa;

namespace KernKit.Bpf;

/// <summary>A program whose encoding is right: known instructions, unused fields zero, jumps inside.</summary>
/// <remarks>
/// Immutable and safe to share between threads. Being well encoded says nothing about what the program does: engines
/// check it while it runs, and the verifier may prove it safe.
/// </remarks>
public sealed class BpfProgram
{
    private readonly Instruction[] _slots;
    private SourceLine?[] _lines = [];

    internal BpfProgram(Instruction[] slots, Op[] ops)
    {
        _slots = slots;
        Ops = ops;
    }

    /// <summary>The slots in order; a 64-bit immediate takes two.</summary>
    public ReadOnlySpan<Instruction> Instructions => _slots;

    /// <summary>The number of slots.</summary>
    public int Length => _slots.Length;

    /// <summary>The function's name in its object; empty for programs from elsewhere.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The row of each slot; <see cref="SecondHalf"/> for the second slot of a 64-bit immediate.</summary>
    internal Op[] Ops { get; }

    /// <summary>What <see cref="Ops"/> holds for the second slot of a 64-bit immediate.</summary>
    internal const Op SecondHalf = (Op)(-1);

    /// <summary>Decodes and checks a program.</summary>
    /// <param name="code">Little-endian slots of 8 bytes each.</param>
    /// <param name="options">Limits; null for <see cref="LoadOptions.Default"/>.</param>
    /// <returns>The program.</returns>
    /// <exception cref="BpfFormatException">An encoding that RFC 9669 does not allow; says the slot and the
    /// field.</exception>
    public static BpfProgram Load(ReadOnlySpan<byte> code, LoadOptions? options = null)
    {
        if (code.Length % Instruction.SizeBytes != 0)
        {
            throw new BpfFormatException($"program: {code.Length} bytes, must be a multiple of 8");
        }

        var slots = new Instruction[code.Length / Instruction.SizeBytes];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = Instruction.Read(code[(i * Instruction.SizeBytes)..]);
        }

        return ProgramDecoder.Decode(slots, options ?? LoadOptions.Default);
    }

    /// <summary>Checks a program given as slots.</summary>
    /// <param name="slots">The slots; copied.</param>
    /// <param name="options">Limits; null for <see cref="LoadOptions.Default"/>.</param>
    /// <returns>The program.</returns>
    /// <exception cref="BpfFormatException">An encoding that RFC 9669 does not allow; says the slot and the
    /// field.</exception>
    public static BpfProgram Load(ReadOnlySpan<Instruction> slots, LoadOptions? options = null) =>
        ProgramDecoder.Decode(slots.ToArray(), options ?? LoadOptions.Default);

    /// <summary>Encodes the program.</summary>
    /// <returns>8 little-endian bytes a slot: what <see cref="Load(ReadOnlySpan{byte}, LoadOptions?)"/>
    /// reads.</returns>
    public byte[] ToBytes()
    {
        var bytes = new byte[_slots.Length * Instruction.SizeBytes];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i].Write(bytes.AsSpan(i * Instruction.SizeBytes));
        }

        return bytes;
    }

    /// <summary>The source line that an instruction comes from.</summary>
    /// <param name="slot">Its slot.</param>
    /// <returns>Null if that is not known.</returns>
    public SourceLine? LineAt(int slot) => (uint)slot < (uint)_lines.Length ? _lines[slot] : null;

    /// <summary>Adds what an object knows about the program.</summary>
    internal void Describe(string name, SourceLine?[] lines) => (Name, _lines) = (name, lines);

    /// <summary>Where a jump or local call goes; the slot must be one.</summary>
    internal int Target(int index) => index + 1 + ProgramDecoder.Displacement(Ops[index], _slots[index]);

    /// <summary>The same for the address of a function, whose distance is the immediate.</summary>
    internal int Target(int index, Op op) => op == Op.LoadCode ? index + 1 + _slots[index].Immediate : Target(index);

    /// <summary>The 64-bit immediate that starts at a slot.</summary>
    internal ulong Wide(int index) =>
        (uint)_slots[index].Immediate | ((ulong)(uint)_slots[index + 1].Immediate << 32);
}
