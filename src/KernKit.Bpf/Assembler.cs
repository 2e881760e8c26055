using KernKit.Bpf.Isa;
using KernKit.Bpf.Text;

namespace KernKit.Bpf;

/// <summary>Reads LLVM's text form of eBPF.</summary>
/// <remarks>
/// A statement a line or between semicolons; labels end with a colon; comments are #, // and C's. Jumps and calls take
/// a label or a distance (<c>goto +1</c>). The syntax of each instruction comes from the ISA's table.
/// </remarks>
public static class Assembler
{
    private const int LineCountMax = 4_000_000;

    /// <summary>Assembles a program.</summary>
    /// <param name="source">The text.</param>
    /// <param name="options">Limits; null for <see cref="LoadOptions.Default"/>.</param>
    /// <returns>The checked program.</returns>
    /// <exception cref="BpfFormatException">An unknown statement, number out of range or label; says the
    /// line.</exception>
    public static BpfProgram Assemble(string source, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var slots = new List<Instruction>();
        var pending = new List<(int Slot, int Line, string Label)>();
        var number = 0;
        foreach (var line in RemoveComments(source).Split('\n'))
        {
            number++;
            if (number > LineCountMax)
            {
                throw new BpfFormatException($"line {number}: the limit is {LineCountMax} lines", number);
            }

            foreach (var statement in line.Split(';'))
            {
                var rest = TakeLabels(statement.Trim(), number, slots.Count, labels);
                if (rest.Length > 0 && !(rest[0] == '.' && rest.Split(' ', '\t')[0]
                    is ".text" or ".globl" or ".global"))
                {
                    AddStatement(rest, number, slots, pending);
                }
            }
        }

        foreach (var (slot, line, label) in pending)
        {
            slots[slot] = Resolve(slots[slot], slot, line, label, labels);
        }

        return BpfProgram.Load(slots.ToArray(), options);
    }

    /// <summary>Encodes one statement without labels or checks of its jumps: for tests against other
    /// assemblers.</summary>
    internal static List<Instruction> Statement(string text)
    {
        var slots = new List<Instruction>();
        AddStatement(text, 1, slots, []);
        return slots;
    }

    private static string RemoveComments(string source)
    {
        var text = source.ToCharArray();
        for (var i = 0; i < text.Length; i++)
        {
            var block = i + 1 < text.Length && text[i] == '/' && text[i + 1] == '*';
            if (block || text[i] == '#' || (i + 1 < text.Length && text[i] == '/' && text[i + 1] == '/'))
            {
                var end = block ? source.IndexOf("*/", i + 2, StringComparison.Ordinal) + 2 : source.IndexOf('\n', i);
                end = end <= (block ? 1 : -1) ? text.Length : end;
                for (; i < end; i++)
                {
                    text[i] = text[i] == '\n' ? '\n' : ' ';
                }

                i--;
            }
        }

        return new string(text);
    }

    private static string TakeLabels(string statement, int line, int slot, Dictionary<string, int> labels)
    {
        while (true)
        {
            var colon = statement.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                return statement;
            }

            var label = statement[..colon].Trim();
            if (label.Length == 0 || !labels.TryAdd(label, slot))
            {
                throw Wrong(line, label.Length == 0 ? "a colon without a label" : $"label '{label}' is defined twice");
            }

            statement = statement[(colon + 1)..].Trim();
        }
    }

    private static void AddStatement(string text, int line, List<Instruction> slots, List<(int, int, string)> pending)
    {
        List<Token> tokens;
        try
        {
            tokens = LineScanner.Scan(text, SyntaxForm.Words);
        }
        catch (FormatException e)
        {
            throw Wrong(line, $"'{text}': {e.Message}");
        }

        foreach (var form in SyntaxForm.Find(LineScanner.Shape(tokens)) ?? [])
        {
            if (TryFill(form, tokens, line, out var slot, out var high, out var label))
            {
                if (label is not null)
                {
                    pending.Add((slots.Count, line, label));
                }

                slots.Add(slot);
                if (form.Row.Op.IsWide())
                {
                    slots.Add(new Instruction(0, 0, 0, 0, high));
                }

                return;
            }
        }

        throw Wrong(line, $"'{text}' is no instruction");
    }

    // False when the tokens of this shape do not fit the form after all: another register where one is repeated, say.
    private static bool TryFill(
        SyntaxForm form, List<Token> tokens, int line, out Instruction slot, out int high, out string? label)
    {
        var row = form.Row;
        slot = new Instruction(
            row.Code, (byte)row.Destination.Value, (byte)row.Source.Value, (short)row.Offset.Value,
                row.Immediate.Value);
        (high, label) = (0, null);
        var (seenDestination, seenSource) = (false, false);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (form.Slots[i] == ' ')
            {
                if (form.Sample[i].Value != token.Value)
                {
                    return false;
                }

                continue;
            }

            if (token.Kind == TokenKind.Label)
            {
                label = token.Text;
                continue;
            }

            var value = (long)(ulong)(token.Value & ulong.MaxValue);
            switch (form.Slots[i])
            {
                case 'd' when seenDestination && slot.Destination != value:
                case 's' when seenSource && slot.Source != value:
                    return false;
                case 'd': (slot, seenDestination) = (slot with { Destination = (byte)value }, true); break;
                case 's': (slot, seenSource) = (slot with { Source = (byte)value }, true); break;
                case 'o' or 'j':
                    slot = slot with { Offset = (short)Within(token, short.MinValue, short.MaxValue, line) };
                    break;
                case 'J': slot = slot with { Immediate = (int)Within(token, int.MinValue, int.MaxValue, line) }; break;
                case 'i': slot = slot with { Immediate = (int)Within(token, int.MinValue, uint.MaxValue, line) }; break;
                default:
                    _ = Within(token, long.MinValue, ulong.MaxValue, line);
                    (slot, high) = (slot with { Immediate = (int)value }, (int)(value >> 32));
                    break;
            }
        }

        return !(label is null && row.Op == Op.CallLocal) && !(label is not null && row.Op == Op.CallHelper);
    }

    private static long Within(Token token, Int128 low, Int128 high, int line) =>
        token.Value >= low && token.Value <= high
            ? unchecked((long)(ulong)(token.Value & ulong.MaxValue))
            : throw Wrong(line, $"number {token.Value}, must be {low} to {high}");

    private static Instruction Resolve(
        Instruction slot, int index, int line, string label, Dictionary<string, int> labels)
    {
        if (!labels.TryGetValue(label, out var target))
        {
            throw Wrong(line, $"label '{label}' is not defined");
        }

        var distance = target - index - 1;
        if (OpcodeTable.Find(slot)!.Op is Op.JaLong or Op.CallLocal or Op.LoadCode)
        {
            return slot with { Immediate = distance };
        }

        return distance is >= short.MinValue and <= short.MaxValue
            ? slot with { Offset = (short)distance }
            : throw Wrong(line, $"label '{label}' is {distance} instructions away, must be -32768 to 32767; gotol "
                + $"goes farther");
    }

    private static BpfFormatException Wrong(int line, string what) => new($"line {line}: {what}", line);
}
