namespace KernKit.Bpf.Predicates;

/// <summary>Instructions as they are made, and jumps to places that are not known yet.</summary>
/// <remarks>Encodings: RFC 9669, sections 4 and 5.</remarks>
internal sealed class CodeBuffer
{
    private const byte Register = 0x08;
    private const byte Jump64 = 0x05;
    private const byte Jump32 = 0x06;

    private readonly List<Instruction> _code = [];
    private readonly List<(int At, int Label)> _jumps = [];
    private readonly List<int> _labels = [];
    private readonly List<bool> _isUsed = [];
    private bool _isDead;

    private static readonly Dictionary<string, byte> Operators = new(StringComparer.Ordinal)
    {
        ["+"] = 0x07,
        ["-"] = 0x17,
        ["*"] = 0x27,
        ["/"] = 0x37,
        ["|"] = 0x47,
        ["&"] = 0x57,
        ["<<"] = 0x67,
        [">>"] = 0x77,
        ["%"] = 0x97,
        ["^"] = 0xa7,
        ["="] = 0xb7,
        ["s>>"] = 0xc7,
    };

    private static readonly Dictionary<string, byte> Conditions = new(StringComparer.Ordinal)
    {
        ["=="] = 0x10,
        [">"] = 0x20,
        [">="] = 0x30,
        ["&"] = 0x40,
        ["!="] = 0x50,
        ["s>"] = 0x60,
        ["s>="] = 0x70,
        ["<"] = 0xa0,
        ["<="] = 0xb0,
        ["s<"] = 0xc0,
        ["s<="] = 0xd0,
    };

    /// <summary>Slots so far.</summary>
    public int Length => _code.Count;

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
    public void Alu(string sign, int target, int source)
    {
        var isSigned = sign is "s/" or "s%";
        Add((byte)(Operators[isSigned ? sign[1..] : sign] | Register), target, source, isSigned ? 1 : 0, 0);
    }

    /// <summary>r = r OP number; numbers of 32 signed bits.</summary>
    public void AluNumber(string sign, int target, int number)
    {
        var isSigned = sign is "s/" or "s%";
        Add(Operators[isSigned ? sign[1..] : sign], target, 0, isSigned ? 1 : 0, number);
    }

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

        Add(Instruction.WideOpcode, target, 0, 0, (int)value);
        Add(0, 0, 0, 0, (int)(value >> 32));
    }

    /// <summary>r = the bytes at base + offset, 1, 2, 4 or 8 of them.</summary>
    public void Load(int target, int from, int offset, int bytes, bool isSigned = false) => Add(
        (byte)(bytes switch { 1 => 0x71, 2 => 0x69, 4 => 0x61, _ => 0x79 } + (isSigned && bytes < 8 ? 0x20 : 0)),
        target, from, offset, 0);

    public void Store(int to, int offset, int source, int bytes) =>
        Add((byte)(bytes switch { 1 => 0x73, 2 => 0x6b, 4 => 0x63, _ => 0x7b }), to, source, offset, 0);

    /// <summary>Turns 2, 4 or 8 big-endian bytes that were loaded into the number.</summary>
    public void FromBigEndian(int target, int bytes) => Add(0xdc, target, 0, 0, bytes * 8);

    public void SignExtend(int target, int bytes) =>
        Add((byte)(Operators["="] | Register), target, target, bytes * 8, 0);

    public void Jump(int label)
    {
        Note(label);
        Add(Jump64, 0, 0, 0, 0);
        _isDead = true;
    }

    public void JumpIf(string condition, int left, int right, int label)
    {
        Note(label);
        Add((byte)(Conditions[condition] | Jump64 | Register), left, right, 0, 0);
    }

    public void JumpIfNumber(string condition, int left, int number, int label, bool is32 = false)
    {
        Note(label);
        Add((byte)(Conditions[condition] | (is32 ? Jump32 : Jump64)), left, 0, 0, number);
    }

    public void Exit()
    {
        Add(0x95, 0, 0, 0, 0);
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

    private void Add(byte opcode, int target, int source, int offset, int immediate)
    {
        if (!_isDead)
        {
            _code.Add(new Instruction(opcode, (byte)target, (byte)source, (short)offset, immediate));
        }
    }
}
