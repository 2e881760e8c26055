using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Tests;

/// <summary>Well-encoded programs of random instructions: loops, calls, accesses inside and outside of
/// memory.</summary>
internal static class RandomPrograms
{
    private static readonly OpcodeRow[] Rows =
        [.. OpcodeTable.Rows.Where(row => !row.Op.IsWide() || row.Op is Op.LoadImm64 or Op.LoadCode)];

    /// <summary>Makes a program.</summary>
    /// <param name="random">What decides.</param>
    /// <param name="length">Slots, about; functions come on top.</param>
    public static BpfProgram Make(Random random, int length)
    {
        var functions = random.Next(4);
        var slots = new List<Instruction>();
        var starts = new List<int>();
        for (var function = 0; function <= functions; function++)
        {
            starts.Add(slots.Count);
            for (var end = slots.Count + length; slots.Count < end;)
            {
                Add(slots, Rows[random.Next(Rows.Length)], random);
            }

            slots.Add(new Instruction(0x95, 0, 0, 0, 0));
        }

        return BpfProgram.Load(Repair(slots, starts, random).ToArray());
    }

    /// <summary>Puts numbers into the registers that hold none at first, as a verifier wants it.</summary>
    public static BpfProgram WithRegisters(BpfProgram program, Random random)
    {
        var slots = new List<Instruction>();
        foreach (var register in new byte[] { 0, 3, 4, 5, 6, 7, 8, 9 })
        {
            slots.Add(new Instruction(0xb7, register, 0, 0, random.Next(3) == 0 ? random.Next() : random.Next(64)));
        }

        slots.AddRange(program.Instructions);
        return BpfProgram.Load(slots.ToArray());
    }

    private static void Add(List<Instruction> slots, OpcodeRow row, Random random)
    {
        var slot = RandomInstructions.Any(row, random);
        var op = row.Op;
        if (op == Op.Exit && random.Next(4) > 0)
        {
            return;
        }

        if (op.IsLoad() || op.IsStore() || op.IsAtomic())
        {
            slot = Access(slot, op, random);
        }

        slot = op switch
        {
            Op.CallHelper => slot with { Immediate = random.Next(20) == 0 ? 77 : random.Next(6) },
            Op.JaLong => slot with { Immediate = random.Next(-10, 20) },
            _ when op.IsJump() => slot with { Offset = (short)random.Next(-10, 20) },
            _ => slot,
        };
        if (op.WrittenRegister(slot) == 10)
        {
            return;
        }

        slots.Add(slot);
        if (op.IsWide())
        {
            slots.Add(new Instruction(0, 0, 0, 0, random.Next()));
        }
    }

    // Mostly through r10 or r1 with a small offset, so that most accesses are good ones.
    private static Instruction Access(Instruction slot, Op op, Random random)
    {
        var size = op.AccessBytes();
        var (register, offset) = random.Next(16) switch
        {
            < 8 => (10, -size * random.Next(1, 6)),
            < 12 => (1, random.Next(0, 40)),
            < 14 => (6, size * random.Next(-3, 3)),
            _ => (random.Next(11), random.Next(-20, 20)),
        };
        return op.IsLoad()
            ? slot with { Source = (byte)register, Offset = (short)offset }
            : slot with { Destination = (byte)register, Offset = (short)offset };
    }

    // Jumps and calls go to instructions; a jump that hits a second half moves on by one.
    private static List<Instruction> Repair(List<Instruction> slots, List<int> starts, Random random)
    {
        var second = new bool[slots.Count + 1];
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots[i].Opcode == 0x18)
            {
                second[++i] = true;
            }
        }

        for (var i = 0; i < slots.Count; i++)
        {
            if (second[i])
            {
                continue;
            }

            var op = OpcodeTable.Find(slots[i])!.Op;
            if (op is Op.CallLocal or Op.LoadCode)
            {
                slots[i] = slots[i] with { Immediate = starts[random.Next(starts.Count)] - i - 1 };
            }
            else if (op.IsJump())
            {
                var target = Math.Clamp(i + 1 + ProgramDecoder.Displacement(op, slots[i]), 0, slots.Count - 1);
                target -= second[target] ? 1 : 0;
                slots[i] = op == Op.JaLong
                    ? slots[i] with { Immediate = target - i - 1 }
                    : slots[i] with { Offset = (short)(target - i - 1) };
            }
        }

        return slots;
    }
}
