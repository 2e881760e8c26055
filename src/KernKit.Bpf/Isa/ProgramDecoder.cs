namespace KernKit.Bpf.Isa;

/// <summary>Turns slots into a <see cref="BpfProgram"/> or says which slot is wrong and why.</summary>
/// <remarks>
/// What holds afterwards, so that engines need not ask again: every slot has a row; register numbers are at most 10
/// and register 10 is never written; jumps and local calls land on the first slot of an instruction; the last
/// instruction does not run off the end.
/// </remarks>
internal static class ProgramDecoder
{
    /// <summary>Functions of a program at most, as in Linux: they may share code, and each is walked by
    /// itself.</summary>
    public const int FunctionCountMax = 256;

    /// <summary>Checks slots.</summary>
    public static BpfProgram Decode(Instruction[] slots, LoadOptions options)
    {
        if (slots.Length == 0)
        {
            throw new BpfFormatException("program: empty, must have at least an exit");
        }

        if (slots.Length > options.InstructionCountMax)
        {
            throw new BpfFormatException($"program: {slots.Length} instructions, the limit "
                + $"{nameof(LoadOptions.InstructionCountMax)} is {options.InstructionCountMax}");
        }

        var ops = new Op[slots.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            var row = OpcodeTable.Find(slots[i]) ?? throw Wrong(i, OpcodeTable.Explain(slots[i]));
            ops[i] = row.Op;
            CheckFields(i, slots[i], row, options);
            if (row.Op.IsWide())
            {
                CheckSecondHalf(slots, i);
                ops[++i] = BpfProgram.SecondHalf;
            }
        }

        CheckFlow(slots, ops);
        return new BpfProgram(slots, ops);
    }

    /// <summary>Slots from the next instruction to the target of a jump or local call.</summary>
    public static int Displacement(Op op, in Instruction slot) =>
        op is Op.JaLong or Op.CallLocal ? slot.Immediate : slot.Offset;

    private static void CheckFields(int index, in Instruction slot, OpcodeRow row, LoadOptions options)
    {
        if (row.CpuVersion > options.CpuVersion)
        {
            throw Wrong(index, $"{row.Name} came with cpu version {row.CpuVersion}, the limit "
                + $"{nameof(LoadOptions.CpuVersion)} is {options.CpuVersion}");
        }

        if (row.Op == Op.CallHelper && options.Helpers is { } helpers && helpers.Find(slot.Immediate) is null)
        {
            throw Wrong(index, $"call of helper {slot.Immediate}, which does not exist");
        }

        CheckRegister(index, "destination", row.Destination, slot.Destination);
        CheckRegister(index, "source", row.Source, slot.Source);
        if (row.Op.WrittenRegister(slot) == OpTraits.FramePointer)
        {
            throw Wrong(index, $"{row.Name} writes r10, the frame pointer, which is read only");
        }
    }

    private static void CheckRegister(int index, string field, FieldRule rule, int register)
    {
        if (rule.Use == FieldUse.Register && register > OpTraits.FramePointer)
        {
            throw Wrong(index, $"{field} register {register}, must be 0 to 10");
        }
    }

    private static void CheckSecondHalf(Instruction[] slots, int index)
    {
        if (index + 1 == slots.Length)
        {
            throw Wrong(index, "64-bit immediate without its second slot");
        }

        var second = slots[index + 1];
        if (second with { Immediate = 0 } != default)
        {
            throw Wrong(index + 1, "second slot of a 64-bit immediate has something else than its immediate set");
        }
    }

    private static void CheckFlow(Instruction[] slots, Op[] ops)
    {
        var functions = new HashSet<int> { 0 }; // the program itself
        for (var i = 0; i < slots.Length; i++)
        {
            if (ops[i] == BpfProgram.SecondHalf || (!ops[i].IsJump() && ops[i] != Op.CallLocal))
            {
                continue;
            }

            var target = (long)i + 1 + Displacement(ops[i], slots[i]);
            if (target < 0 || target >= slots.Length)
            {
                throw Wrong(i, $"{OpcodeTable.Row(ops[i]).Name} to {target}, must be 0 to {slots.Length - 1}");
            }

            if (ops[target] == BpfProgram.SecondHalf)
            {
                throw Wrong(i, $"{OpcodeTable.Row(ops[i]).Name} into the second slot of a 64-bit immediate at "
                    + $"{target - 1}");
            }

            if (ops[i] == Op.CallLocal && functions.Add((int)target) && functions.Count > FunctionCountMax)
            {
                throw Wrong(i, $"more than {FunctionCountMax} functions");
            }
        }

        var last = ops[^1];
        if (last != Op.Exit && !last.IsJumpAlways())
        {
            throw Wrong(slots.Length - 1, "the last instruction must be exit or a jump, not run off the end");
        }
    }

    private static BpfFormatException Wrong(int index, string what) => new($"instruction {index}: {what}", index);
}
