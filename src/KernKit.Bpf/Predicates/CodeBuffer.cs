using System.Diagnostics;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Predicates;

/// <summary>Instructions as they are made, and jumps to places that are not known yet.</summary>
/// <remarks>Encodings are those of Isa/opcodes.txt.</remarks>
internal sealed class CodeBuffer
{
    private readonly List<Instruction> _code = [];
    private readonly List<(int At, int Label)> _jumps = [];
    private readonly List<int> _labels = [];
    private readonly List<bool> _isUsed = [];
    private bool _isDead;

    // The forms with a number; in opcodes.txt the one with a register follows each.
    private static readonly Dictionary<string, Op> Operators = new(StringComparer.Ordinal)
    {
        ["+"] = Op.Add64Imm,
        ["-"] = Op.Sub64Imm,
        ["*"] = Op.Mul64Imm,
        ["/"] = Op.Div64Imm,
        ["s/"] = Op.SDiv64Imm,
        ["|"] = Op.Or64Imm,
        ["&"] = Op.And64Imm,
        ["<<"] = Op.Lsh64Imm,
        [">>"] = Op.Rsh64Imm,
        ["%"] = Op.Mod64Imm,
        ["s%"] = Op.SMod64Imm,
        ["^"] = Op.Xor64Imm,
        ["="] = Op.Mov64Imm,
        ["s>>"] = Op.Arsh64Imm,
    };

    private static readonly Dictionary<string, (Op Op64, Op Op32)> Conditions = new(StringComparer.Ordinal)
    {
        ["=="] = (Op.Jeq64Imm, Op.Jeq32Imm),
        [">"] = (Op.Jgt64Imm, Op.Jgt32Imm),
        [">="] = (Op.Jge64Imm, Op.Jge32Imm),
        ["&"] = (Op.Jset64Imm, Op.Jset32Imm),
        ["!="] = (Op.Jne64Imm, Op.Jne32Imm),
        ["s>"] = (Op.Jsgt64Imm, Op.Jsgt32Imm),
        ["s>="] = (Op.Jsge64Imm, Op.Jsge32Imm),
        ["<"] = (Op.Jlt64Imm, Op.Jlt32Imm),
        ["<="] = (Op.Jle64Imm, Op.Jle32Imm),
        ["s<"] = (Op.Jslt64Imm, Op.Jslt32Imm),
        ["s<="] = (Op.Jsle64Imm, Op.Jsle32Imm),
    };

    public int NewLabel()
    {
        _labels.Add(-1);
        _isUsed.Add(false);
        return _labels.Count - 1;
    }

    /// <summary>The label stands here. Nothing is written where nothing comes along.</summary>
    public void Mark(int label)
    {
        _labels[label] = _code.Count;
        _isDead &= !_isUsed[label];
    }

    /// <summary>r = r OP other; s/ and s% are the signed ones.</summary>
    public void Alu(string sign, int target, int source) => Add(WithRegister(Operators[sign]), target, source);

    /// <summary>r = r OP number; numbers of 32 signed bits.</summary>
    public void AluNumber(string sign, int target, int number) => Add(Operators[sign], target, immediate: number);

    public void Move(int target, int source)
    {
        if (target != source)
        {
            Alu("=", target, source);
        }
    }

    public void Constant(int target, long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            AluNumber("=", target, (int)value);
            return;
        }

        Add(Op.LoadImm64, target, immediate: (int)value);
        Add(new Instruction(0, 0, 0, 0, (int)(value >> 32)));
    }

    /// <summary>r = the bytes at base + offset, 1, 2, 4 or 8 of them.</summary>
    public void Load(int target, int from, int offset, int bytes, bool isSigned = false) => Add(
        bytes switch
        {
            1 => isSigned ? Op.LoadSx8 : Op.Load8,
            2 => isSigned ? Op.LoadSx16 : Op.Load16,
            4 => isSigned ? Op.LoadSx32 : Op.Load32,
            _ => Op.Load64,
        },
        target, from, offset);

    public void Store(int to, int offset, int source, int bytes) => Add(
        bytes switch { 1 => Op.Store8Reg, 2 => Op.Store16Reg, 4 => Op.Store32Reg, _ => Op.Store64Reg },
        to, source, offset);

    /// <summary>Turns 2, 4 or 8 big-endian bytes that were loaded into the number.</summary>
    public void FromBigEndian(int target, int bytes) =>
        Add(bytes switch { 2 => Op.ToBe16, 4 => Op.ToBe32, _ => Op.ToBe64 }, target);

    public void SignExtend(int target, int bytes) =>
        Add(bytes switch { 1 => Op.MovSx8To64, 2 => Op.MovSx16To64, _ => Op.MovSx32To64 }, target, target);

    public void Jump(int label)
    {
        Note(label);
        Add(Op.Ja);
        _isDead = true;
    }

    public void JumpIf(string condition, int left, int right, int label)
    {
        Note(label);
        Add(WithRegister(Conditions[condition].Op64), left, right);
    }

    public void JumpIfNumber(string condition, int left, int number, int label, bool is32 = false)
    {
        Note(label);
        Add(is32 ? Conditions[condition].Op32 : Conditions[condition].Op64, left, immediate: number);
    }

    public void Exit()
    {
        Add(Op.Exit);
        _isDead = true;
    }

    /// <summary>The program.</summary>
    /// <exception cref="PredicateException">Longer than jumps reach.</exception>
    public BpfProgram Finish()
    {
        if (_code.Count > short.MaxValue)
        {
            throw new PredicateException(
                $"the expression needs {_code.Count} instructions, the limit is {short.MaxValue}; make it shorter");
        }

        foreach (var (at, label) in _jumps)
        {
            _code[at] = _code[at] with { Offset = (short)(_labels[label] - at - 1) };
        }

        return BpfProgram.Load(_code.ToArray());
    }

    private void Note(int label)
    {
        if (!_isDead)
        {
            _isUsed[label] = true;
            _jumps.Add((_code.Count, label));
        }
    }

    private static Op WithRegister(Op op)
    {
        var pair = op + 1;
        Debug.Assert(pair.HasSourceRegister() && OpcodeTable.Row(pair).Name.EndsWith("Reg", StringComparison.Ordinal),
            "rows come in pairs");
        return pair;
    }

    // What a row fixes is the row's; the rest is the caller's.
    private void Add(Op op, int target = 0, int source = 0, int offset = 0, int immediate = 0)
    {
        var row = OpcodeTable.Row(op);
        Add(new Instruction(row.Code, (byte)Field(row.Destination, target), (byte)Field(row.Source, source),
            (short)Field(row.Offset, offset), Field(row.Immediate, immediate)));
    }

    private static int Field(FieldRule rule, int value) => rule.Use == FieldUse.Fixed ? rule.Value : value;

    private void Add(Instruction slot)
    {
        if (!_isDead)
        {
            _code.Add(slot);
        }
    }
}
