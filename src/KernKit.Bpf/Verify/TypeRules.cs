using System.Globalization;

namespace KernKit.Bpf.Verify;

/// <summary>What a field of a context gives.</summary>
internal enum FieldMeaning
{
    Number, Start, End, Meta, Socket, Memory, Foreign,
}

internal sealed record RuleField(
    string Name, int Offset, int Bytes, FieldMeaning Meaning, bool IsWritable, int PointedBytes = 0);

/// <summary>A program type as the verifier needs it: from types.txt, or from a hook's <see
/// cref="ProgramType"/>.</summary>
internal sealed class TypeRules
{
    private static readonly List<TypeRules> Known = Parse();

    public string Name { get; private init; } = "";

    public string[] Sections { get; private init; } = [];

    /// <summary>The C structure that r1 points to; empty if there is none.</summary>
    public string Structure { get; private set; } = "";

    /// <summary>Bytes of stack that active functions may have together.</summary>
    public int StackBytesMax { get; private init; } = BpfMachine.FrameBytes * BpfMachine.FrameCountMax;

    public List<RuleField> Fields { get; } = [];

    /// <summary>r1 is plain memory and r2 its length.</summary>
    public bool IsRecord { get; private init; }

    public bool IsPacketWritable { get; private init; } = true;

    public int RecordBytesMin { get; private init; }

    public long PacketBytesMax { get; private init; } = 0xffff;

    public ulong VerdictMin { get; private init; }

    public ulong VerdictMax { get; private init; } = ulong.MaxValue;

    /// <summary>The helper with a number; null if the type has none.</summary>
    public Func<int, HelperContract?> Helper { get; private set; } = _ => null;

    public static IReadOnlyList<string> Names => [.. Known.Select(rules => rules.Name)];

    public static string? OfSection(string section)
    {
        // A question mark says that loaders leave the program out unless told otherwise.
        section = section.TrimStart('?');
        return Known.Find(rules => rules.Sections.Any(name => name == section
            || (name[^1] is '/' or '_' or '-' && section.StartsWith(name, StringComparison.Ordinal))))?.Name;
    }

    public static string? OfStructure(string structure) =>
        Known.Find(rules => rules.Structure.Length > 0 && rules.Structure == structure)?.Name;

    public static TypeRules Find(string name, VerifierOptions options)
    {
        var rules = Known.Find(rules => rules.Name == name)
            ?? throw new ArgumentException(
                $"program type '{name}' is not one of {string.Join(", ", Names)}", nameof(name));
        var copy = new TypeRules
        {
            Name = rules.Name,
            IsRecord = rules.IsRecord,
            RecordBytesMin = rules.IsRecord ? options.ContextBytesMin : 0,
            PacketBytesMax = rules.IsRecord ? options.ContextBytesMax : 0xffff,
            VerdictMin = rules.VerdictMin,
            VerdictMax = rules.VerdictMax,
            StackBytesMax = rules.StackBytesMax,
            Helper = options.Helpers is { } table ? FromTable(table) : rules.Helper,
        };
        copy.Fields.AddRange(rules.Fields);
        return copy;
    }

    public static TypeRules From(ProgramType type, VerifierOptions options)
    {
        var rules = new TypeRules
        {
            Name = type.Name,
            IsRecord = type.IsRecord,
            IsPacketWritable = type.IsWritable,
            RecordBytesMin = type.IsRecord ? Math.Max(type.ContextBytes, options.ContextBytesMin) : 0,
            PacketBytesMax = options.ContextBytesMax,
            VerdictMin = type.VerdictMin,
            VerdictMax = type.VerdictMax,
            Helper = FromTable(options.Helpers ?? type.Helpers),
        };
        foreach (var field in type.Fields)
        {
            rules.Fields.Add(new RuleField(
                field.Name, field.Offset, field.SizeBytes, (FieldMeaning)(int)field.Kind, field.IsWritable));
        }

        return rules;
    }

    private static Func<int, HelperContract?> FromTable(HelperTable table) =>
        id => table.Find(id) is { } entry ? HelperContract.From(id, entry) : null;

    private static List<TypeRules> Parse()
    {
        var types = new List<TypeRules>();
        foreach (var line in HelperContract.Lines("types.txt"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "type":
                    types.Add(new TypeRules
                    {
                        Name = words[1],
                        IsRecord = words[1] == "memory",
                        VerdictMin = Number(words[3], 0),
                        VerdictMax = Number(words[4], ulong.MaxValue),
                        Sections = words[6..],
                        StackBytesMax = words[1] == "memory"
                            ? BpfMachine.FrameBytes * BpfMachine.FrameCountMax : BpfMachine.FrameBytes,
                        Helper = words[1] == "memory" ? _ => null : id => HelperContract.Linux(id),
                    });
                    break;
                case "context":
                    types[^1].Structure = words[1];
                    break;
                case "like":
                    var model = types.Find(type => type.Name == words[1])!;
                    types[^1].Helper = model.Helper;
                    types[^1].Fields.AddRange(model.Fields);
                    break;
                case "deny":
                    var denied = words[1..].Select(int.Parse).ToHashSet();
                    types[^1].Helper = id => denied.Contains(id) ? null : HelperContract.Linux(id);
                    break;
                default:
                    types[^1].Fields.Add(new RuleField(
                        words[1],
                        int.Parse(words[2], CultureInfo.InvariantCulture),
                        int.Parse(words[3], CultureInfo.InvariantCulture),
                        words[^1].Split(':')[0] switch
                        {
                            "start" => FieldMeaning.Start,
                            "end" => FieldMeaning.End,
                            "meta" => FieldMeaning.Meta,
                            "sock" => FieldMeaning.Socket,
                            "mem" => FieldMeaning.Memory,
                            "host" => FieldMeaning.Foreign,
                            _ => FieldMeaning.Number,
                        },
                        words.Contains("w"),
                        words[^1].StartsWith("mem:", StringComparison.Ordinal)
                            ? int.Parse(words[^1].AsSpan(4), CultureInfo.InvariantCulture) : 0));
                    break;
            }
        }

        return types;
    }

    private static ulong Number(string text, ulong any) =>
        text == "*" ? any : ulong.Parse(text, CultureInfo.InvariantCulture);
}
