using System.Globalization;

namespace KernKit.Bpf.Verify.Tests;

/// <summary>Grows random programs that the verifier accepts: what wrong rules let through has its chance.</summary>
/// <remarks>
/// A program is a tree of blocks. A round puts a random block at a random place, inside loops, branches and functions
/// too, and takes it out again if the verifier refuses the whole. So programs become long and strange and stay
/// accepted, and each block that should have been refused and was not stays in, to be run.
/// </remarks>
internal sealed class ProgramDraw(Random random, bool isXdp)
{
    /// <summary>The maps that programs name by their index here.</summary>
    public static readonly MapDefinition[] Maps =
    [
        new("values", MapKind.Array, 4, 16, 4),
        new("hash", MapKind.Hash, 4, 24, 8),
        new("ring", MapKind.RingBuffer, 0, 0, 4096),
        new("queue", MapKind.Queue, 0, 8, 4),
        new("outer", MapKind.ArrayOfMaps, 4, 4, 2) { Inner = new("inner", MapKind.Array, 4, 8, 2) },
        new("inner", MapKind.Array, 4, 8, 2),
        new("constants", MapKind.Array, 4, 16, 1) { IsReadOnly = true },
        new("percpu", MapKind.PerCpuArray, 4, 32, 2),
    ];

    private static readonly long[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 12, 14, 15, 16, 17, 20, 23, 24, 31, 32, 33, 40, 60, 63, 64, 100, 127, 128, 255, 256,
        512, 0xffff, -1, -2, -4, -8, -16, -24, -64, -128, int.MaxValue, int.MinValue, 0x10000, -0x8000,
    ];

    private readonly Block _root = new(
        isXdp ? "r6 = *(u32 *)(r1 + 0)\nr7 = *(u32 *)(r1 + 4)\nr9 = r1\nr0 = 0" : "r6 = r1\nr7 = r2\nr9 = 9\nr0 = 0",
        isXdp ? "r0 &= 3\nexit" : "exit", hasBody: true);

    private readonly List<Block> _functions = [];
    private int _labels;

    /// <summary>Grows a program.</summary>
    /// <param name="options">What the verifier is asked.</param>
    /// <param name="rounds">Blocks that are tried.</param>
    /// <param name="accepted">Takes each program on the way; the last one is the result.</param>
    public void Grow(VerifierOptions options, int rounds, Action<BpfProgram, VerifierResult> accepted)
    {
        for (var round = 0; round < rounds; round++)
        {
            var places = new List<Block>();
            Collect(_root, places);
            _functions.ForEach(function => Collect(function, places));
            var place = places[random.Next(places.Count)];
            var at = random.Next(place.Body.Count + 1);
            var functionCount = _functions.Count;
            place.Body.Insert(at, Draw());
            var (program, result) = Judge(options);
            if (result is { IsAccepted: true })
            {
                accepted(program!, result);
                continue;
            }

            place.Body.RemoveAt(at);
            _functions.RemoveRange(functionCount, _functions.Count - functionCount);
        }
    }

    private sealed class Block(string head, string tail = "", bool hasBody = false)
    {
        public string Head { get; } = head;

        public string Tail { get; } = tail;

        public bool HasBody { get; } = hasBody;

        public List<Block> Body { get; } = [];

        public void Write(List<string> lines)
        {
            lines.Add(Head);
            Body.ForEach(block => block.Write(lines));
            lines.Add(Tail);
        }
    }

    private static void Collect(Block block, List<Block> places)
    {
        if (block.HasBody)
        {
            places.Add(block);
            block.Body.ForEach(inner => Collect(inner, places));
        }
    }

    private (BpfProgram? Program, VerifierResult? Result) Judge(VerifierOptions options)
    {
        var lines = new List<string>();
        _root.Write(lines);
        _functions.ForEach(function => function.Write(lines));
        try
        {
            var program = Assembler.Assemble(string.Join('\n', lines));
            return (program, Verifier.Verify(program, options));
        }
        catch (BpfFormatException)
        {
            // A number that does not fit, or a jump too far: no program.
            return (null, null);
        }
    }

    private string Pick(params ReadOnlySpan<string> texts) => texts[random.Next(texts.Length)];

    private string Register() => Pick("r0", "r2", "r3", "r4", "r5", "r8", "r0", "r3", "r4", "r5", "r8", "r9", "r1");

    private string Any() => random.Next(6) == 0 ? Pick("r6", "r7", "r10") : Register();

    private string Number() => (random.Next(4) == 0 ? random.Next(-40, 300) : Numbers[random.Next(Numbers.Length)])
        .ToString(CultureInfo.InvariantCulture);

    private string Width() => Pick("u8", "u16", "u32", "u64", "u32", "u64", "s8", "s16", "s32");

    private string Wide() => Pick("u8", "u16", "u32", "u64");

    private string At(int min, int max) => random.Next(min, max + 1).ToString("+ 0;- 0", CultureInfo.InvariantCulture);

    private string Label() => $"l{++_labels}";

    private static string Half(string register) => "w" + register[1..];

    private string Condition(string left, string? right = null)
    {
        var is32 = random.Next(3) == 0;
        right ??= random.Next(3) == 0 ? Any() : Number();
        return (is32 ? Half(left) : left) + " "
            + Pick("<", "<=", ">", ">=", "==", "!=", "s<", "s<=", "s>", "s>=", "&", "<", ">", "s<", "s>") + " "
            + (is32 && right[0] == 'r' ? Half(right) : right);
    }

    private Block Draw() => random.Next(28) switch
    {
        24 or 25 => Walk(),
        26 or 27 => Product(),
        0 or 1 or 2 => new Block(Arithmetic()),
        3 or 4 => new Block(Stack()),
        5 or 6 => Indexed(),
        7 or 8 => isXdp ? PacketEnd() : RecordLength(),
        9 => RecordIndex(),
        10 or 11 => Branch(),
        12 or 13 => Loop(),
        14 or 15 => Lookup(),
        16 => Function(),
        17 => new Block(Helper()),
        18 => new Block($"lock *({Pick("u32", "u64")} *)({Pick("r10", "r8", "r8")} {At(-24, 16)}) "
            + $"{Pick("+=", "|=", "&=", "^=")} {Register()}"),
        19 => new Block($"{Register()} = *({Width()} *)({Any()} {At(-16, 40)})"),
        20 => new Block($"*({Wide()} *)({Pick("r6", "r8", "r3", "r10")} {At(-24, 24)}) = {Any()}"),
        21 => Condition(Register()) is var condition && Label() is var end
            ? new Block($"if {condition} goto {end}", $"{end}:", hasBody: true) : throw new InvalidOperationException(),
        22 => new Block($"{Pick("r8", "r3")} = {Pick("r6", "r10", "r7", "r9")}\n{Pick("r8", "r3")} += {Any()}"),
        _ => new Block(Arithmetic() + "\n" + Arithmetic()),
    };

    private string Arithmetic()
    {
        var (a, b) = (Register(), random.Next(2) == 0 ? Any() : Number());
        var op = Pick("+=", "-=", "*=", "&=", "|=", "^=", "<<=", ">>=", "s>>=", "/=", "%=", "s/=", "s%=", "&=", "+=");
        if (op is "<<=" or ">>=" or "s>>=" && b[0] != 'r')
        {
            b = random.Next(32).ToString(CultureInfo.InvariantCulture);
        }

        return random.Next(9) switch
        {
            0 => $"{a} = {b}",
            1 => $"{Half(a)} = {(b[0] == 'r' ? Half(b) : b)}",
            2 => $"{a} = ({Pick("s8", "s16", "s32")}){Any()}",
            3 => $"{Half(a)} = ({Pick("s8", "s16")}){Half(Any())}",
            4 => Pick($"{a} = -{a}", $"{Half(a)} = -{Half(a)}", $"{a} = be16 {a}", $"{a} = le32 {a}", $"{a} = be32 {a}",
                $"{a} = bswap64 {a}"),
            5 or 6 => $"{Half(a)} {op} {(b[0] == 'r' ? Half(b) : b)}",
            _ => $"{a} {op} {b}",
        };
    }

    private string Stack()
    {
        var at = At(-72, -1);
        var aligned = (-8 * random.Next(1, 9)).ToString("+ 0;- 0", CultureInfo.InvariantCulture);
        return random.Next(5) switch
        {
            0 => $"*({Wide()} *)(r10 {at}) = {Any()}",
            1 => $"*(u64 *)(r10 {aligned}) = {Any()}",
            2 => $"{Register()} = *(u64 *)(r10 {aligned})",
            3 => $"*({Wide()} *)(r10 {at}) = {random.Next(-9, 100)}",
            _ => $"{Register()} = *({Width()} *)(r10 {at})",
        };
    }

    // A number that is bounded, more or less, moves a pointer.
    private Block Indexed()
    {
        var (index, pointer, skip) = (Register(), Register(), Label());
        var bound = random.Next(4) switch
        {
            0 => $"{index} &= {Number()}",
            1 => $"if {Condition(index, Number())} goto {skip}\nif {Condition(index, Number())} goto {skip}",
            2 => $"{Half(index)} &= {Number()}\n{Half(index)} {Pick(">>=", "<<=")} {random.Next(4)}",
            _ => $"if {Condition(index, Number())} goto {skip}",
        };
        var start = Pick("r10", "r8", "r6", "r8", "r10");
        var move = start == "r10" ? $"{pointer} += {Pick("-64", "-32", "-16", Number())}\n" : "";
        return new Block(
            $"{bound}\n{pointer} = {start}\n{move}{pointer} {Pick("+=", "+=", "+=", "-=")} {index}\n" + Access(pointer),
            $"{skip}:", hasBody: true);
    }

    private string Access(string pointer) => random.Next(3) == 0
        ? $"*({Wide()} *)({pointer} {At(-17, 17)}) = {Register()}"
        : $"{Register()} = *({Width()} *)({pointer} {At(-17, 17)})";

    private Block PacketEnd()
    {
        var (pointer, end, skip) = (Register(), Pick("r7", "r7", "r7", Register()), Label());
        var compare = Pick(
            $"if {pointer} > {end} goto {skip}", $"if {pointer} >= {end} goto {skip}",
            $"if {end} < {pointer} goto {skip}", $"if {end} <= {pointer} goto {skip}",
            $"if {pointer} == {end} goto {skip}", $"if {end} > {pointer} goto {skip}",
            $"if {pointer} != {end} goto {skip}");
        var by = random.Next(3) == 0 ? Register() : random.Next(12) == 0 ? Pick("-0x20000000", "-0x10000000", "-4096")
            : random.Next(40).ToString(CultureInfo.InvariantCulture);
        return new Block(
            $"{pointer} = {Pick("r6", "r6", Register())}\n{pointer} += {by}\n{compare}\n"
            + Access(Pick(pointer, "r6", pointer)), $"{skip}:", hasBody: true);
    }

    private Block RecordLength()
    {
        var (a, skip) = (Register(), Label());
        var bound = random.Next(40);
        return new Block(
            random.Next(4) switch
            {
                0 => $"{a} = r7\n{a} {Pick("-=", "+=")} {bound}\nif {Condition(a, Number())} goto {skip}",
                1 => $"{a} = r6\n{a} += r7\n{Register()} = {a}\n{a} -= {bound}",
                _ => $"if r7 {Pick("<", "<=", "s<", "==", "!=", ">")} {bound} goto {skip}",
            } + "\n" + Access("r6"),
            $"{skip}:", hasBody: true);
    }

    // An index that was compared with the length, or with what is left of it.
    private Block RecordIndex()
    {
        var (index, length, pointer, skip) = (Register(), Register(), Register(), Label());
        var distance = isXdp ? $"{length} = r7\n{length} -= r6\n" : $"{length} = r7\n";
        return new Block(
            $"{distance}{(random.Next(2) == 0 ? $"{length} {Pick("-=", "+=")} {random.Next(20)}\n" : "")}"
            + $"if {Condition(index, length)} goto {skip}\n{pointer} = r6\n{pointer} += {Pick(index, index, length)}\n"
            + Access(pointer), $"{skip}:", hasBody: true);
    }

    private Block Branch()
    {
        var (other, end) = (Label(), Label());
        var block = new Block($"if {Condition(Register())} goto {other}", $"{end}:", hasBody: true);
        block.Body.Add(new Block(Arithmetic(), "", hasBody: true));
        block.Body.Add(new Block($"goto {end}\n{other}:\n{Arithmetic()}", "", hasBody: true));
        return block;
    }

    private Block Loop()
    {
        var (counter, head, out1) = (Register(), Label(), Label());
        var step = Pick("1", "1", "2", "4", "-1", "8");
        var goOn = random.Next(3) == 0 ? Condition(counter) : Condition(counter, Number());
        var exit = random.Next(2) == 0 ? $"if {Condition(Register())} goto {out1}\n" : "";
        return new Block(
            $"{counter} = {Pick("0", "0", "0", Number(), Any())}\n{head}:\n{exit}",
            $"{Pick(counter, counter, counter, Half(counter))} += {step}\nif {goOn} goto {head}\n{out1}:",
            hasBody: true);
    }

    // A pointer that moves beside the number that ends the loop, which may be entered anywhere.
    private Block Walk()
    {
        var (pointer, counter, head, entry) = (Register(), Register(), Label(), Label());
        var start = Pick("r6", "r8", "r10", "r9", "r6");
        var begin = start == "r10" ? $"\n{pointer} += {Pick("-64", "-8", "-128")}" : "";
        var (stride, step) = (Pick("1", "2", "4", "8", "-1", "-4"), Pick("1", "1", "2", "-1"));
        var enter = random.Next(3) == 0 ? $"goto {entry}\n" : "";
        var goOn = $"{Pick(counter, counter, Half(counter))} {Pick("<", "<=", "!=", "s<", ">", "s>", "s>=")} "
            + $"{(random.Next(4) == 0 ? "r7" : random.Next(300).ToString(CultureInfo.InvariantCulture))}";
        goOn = goOn[0] == 'w' ? goOn.Replace("r7", "w7", StringComparison.Ordinal) : goOn;
        return new Block(
            $"{pointer} = {start}{begin}\n{counter} = {Pick("0", "0", "1", Number())}\n{enter}{head}:\n"
            + Access(pointer),
            $"{pointer} += {stride}\n{Pick(counter, counter, Half(counter))} += {step}\n{entry}:\n"
            + $"if {goOn} goto {head}",
            hasBody: true);
    }

    // A multiple of a number that is compared only then.
    private Block Product()
    {
        var (number, product, pointer, skip) = (Register(), Register(), Register(), Label());
        var half = random.Next(3) == 0;
        string Named(string register) => half ? Half(register) : register;
        var times = Pick($"<<= {random.Next(5)}", $"*= {random.Next(-2, 20)}");
        var start = Pick("r6", "r8", "r10");
        return new Block(
            $"{number} = *(u{Pick("8", "16", "32")} *)(r6 + 0)\n{Named(product)} = {Named(number)}\n"
            + $"{Named(product)} {times}\nif {Condition(number, Number())} goto {skip}\n{pointer} = {start}\n"
            + (start == "r10" ? $"{pointer} += -64\n" : "") + $"{pointer} += {product}\n" + Access(pointer),
            $"{skip}:", hasBody: true);
    }

    private Block Lookup()
    {
        var skip = Label();
        var map = random.Next(8);
        var key = "*(u32 *)(r10 - 4) = "
            + (random.Next(2) == 0 ? random.Next(3).ToString(CultureInfo.InvariantCulture) : Register());
        if (random.Next(5) == 0)
        {
            return new Block($"ld_pseudo r8, 0x2, {Pick("0", "6", "0x400000000", "0xc00000000")}\n" + Access("r8"));
        }

        var inner = map == 4
            ? $"r1 = r0\nif r1 == 0 goto {skip}\nr2 = r10\nr2 += -4\ncall 1\n" : "";
        var test = Pick($"if r0 == 0 goto {skip}\n", $"if r0 == 0 goto {skip}\n", $"if r0 == 0 goto {skip}\n",
            $"if r0 != 0 goto {skip}\n", "");
        return new Block(
            $"{key}\nr2 = r10\nr2 += -4\nld_pseudo r1, 0x1, {map}\ncall 1\n{inner}{test}r8 = r0\n" + Access("r8"),
            $"{skip}:", hasBody: true);
    }

    private Block Function()
    {
        if (_functions.Count < 2)
        {
            _functions.Add(new Block(
                $"f{_functions.Count}:\nr0 = {Pick("r1", "r2", "1")}\nr8 = {Pick("r1", "r3", "0")}\n"
                + $"r6 = {Pick("r1", "r2", "7")}",
                "exit", hasBody: true));
        }

        return new Block(
            $"r1 = {Any()}\nr2 = {Any()}\nr3 = {Pick("r10", Register())}\nr3 += {Pick("-8", "-16", "0")}\n"
            + $"call f{random.Next(_functions.Count)}");
    }

    private string Helper()
    {
        var place = (-8 * random.Next(1, 9)).ToString(CultureInfo.InvariantCulture);
        var (size, skip) = (Pick(Register(), Number(), "8", "16"), Label());
        var memory = Pick($"r10\nr1 += {place}", "r8", "r6", Register());
        return random.Next(8) switch
        {
            7 => $"r1 = {memory}\nr2 = {size}\nr3 = {Pick("r8", "r6", $"r10\nr3 += {place}")}\ncall 182",
            0 => $"r2 = r10\nr2 += {place}\nr3 = {Pick("r8", "r6", $"r10\nr3 += {place}")}\nr4 = 0\n"
                + "ld_pseudo r1, 0x1, 1\ncall 2",
            1 => $"r2 = {Pick($"r10\nr2 += {place}", "r8")}\nr3 = 0\nld_pseudo r1, 0x1, 3\ncall 87",
            2 => $"r2 = {Pick($"r10\nr2 += {place}", "r8")}\nld_pseudo r1, 0x1, 3\ncall {Pick("88", "89")}",
            3 => $"r2 = {Pick("8", "16", "24", "20")}\nr3 = 0\nld_pseudo r1, 0x1, 2\ncall 131\nif r0 == 0 goto {skip}\n"
                + $"*({Wide()} *)(r0 {At(0, 17)}) = {Any()}\nr1 = r0\nr2 = 0\ncall {Pick("132", "133")}\n{skip}:",
            4 => $"r1 = {memory}\nr2 = {size}\nr3 = 0\nr4 = 0\nr5 = {Number()}\ncall 28",
            5 => $"r1 = {memory}\nr2 = {size}\nr3 = {Pick("r6", "r8", Number())}\ncall {Pick("4", "113", "115")}",
            _ => $"r1 = {memory}\nr2 = {size}\nr3 = 10\nr4 = {Pick($"r10\nr4 += {place}", "r8")}\ncall 105",
        };
    }
}
