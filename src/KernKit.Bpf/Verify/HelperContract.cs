using System.Globalization;

namespace KernKit.Bpf.Verify;

/// <summary>What a register must hold at a call.</summary>
internal enum ArgumentKind
{
    Number, Any, Context, Map, Key, Value, ValueOut, Memory, MemoryOut, Size, SizeOrZero, ConstantSize, In, Out,
    Record, Socket, FreeSocket, Lock, Unlock, Function, Object, Text,
}

/// <summary>One argument: its kind, whether null will do, bytes or map kinds where the kind needs them.</summary>
internal readonly record struct Argument(ArgumentKind Kind, bool MayBeNull, int Bytes, int[] MapKinds);

/// <summary>What register 0 holds after a call.</summary>
internal enum ResultKind
{
    Number, Value, Record, Socket, Object, Memory, Foreign,
}

/// <summary>A helper as the verifier needs it: from helpers.txt, or from a host's prototype.</summary>
internal sealed record HelperContract(
    int Id, string Name, ResultKind Result, bool ResultMayBeNull, Argument[] Arguments)
{
    private static readonly Lazy<Dictionary<int, HelperContract>> LinuxHelpers = new(Parse);

    public int ResultBytes { get; init; }

    /// <summary>Packet pointers are void afterwards.</summary>
    public bool ChangesPacket { get; init; }

    /// <summary>Calls a function of the program, any number of times.</summary>
    public bool CallsBack { get; init; }

    /// <summary>Nothing is known of its arguments: they may be anything, and it may write where it can.</summary>
    public bool IsUntold { get; init; }

    public static HelperContract? Linux(int id) => LinuxHelpers.Value.GetValueOrDefault(id);

    public static HelperContract From(int id, HelperTable.Entry entry)
    {
        if (entry.Prototype is not { } prototype)
        {
            return new HelperContract(id, entry.Name, ResultKind.Number, false, []) { IsUntold = true };
        }

        int[] kinds = [.. prototype.MapKinds.Select(kind => (int)kind)];
        var arguments = prototype.Arguments.Select((value, i) => new Argument(
            value switch
            {
                HelperValue.Number => ArgumentKind.Number,
                HelperValue.Context => ArgumentKind.Context,
                HelperValue.Map => ArgumentKind.Map,
                HelperValue.MapKey => ArgumentKind.Key,
                HelperValue.MapValue => ArgumentKind.Value,
                HelperValue.MapValueOut => ArgumentKind.ValueOut,
                HelperValue.Memory => ArgumentKind.Memory,
                HelperValue.MemoryOut => ArgumentKind.MemoryOut,
                HelperValue.Size => prototype.Returns == HelperValue.RecordOrNull
                    && (i == 0 || prototype.Arguments[i - 1] is not (HelperValue.Memory or HelperValue.MemoryOut))
                    ? ArgumentKind.ConstantSize : ArgumentKind.Size,
                HelperValue.SizeOrZero => ArgumentKind.SizeOrZero,
                HelperValue.Record => ArgumentKind.Record,
                HelperValue.LongOut => ArgumentKind.Out,
                _ => ArgumentKind.Any,
            },
            false,
            8,
            kinds));
        var result = prototype.Returns switch
        {
            HelperValue.MapValueOrNull => ResultKind.Value,
            HelperValue.RecordOrNull => ResultKind.Record,
            _ => ResultKind.Number,
        };
        return new HelperContract(id, entry.Name, result, result != ResultKind.Number, [.. arguments]);
    }

    /// <summary>Lines of a data file that say something.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        using var stream = typeof(HelperContract).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }

    private static Dictionary<int, HelperContract> Parse()
    {
        var helpers = new Dictionary<int, HelperContract>();
        foreach (var line in Lines("helpers.txt"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var id = int.Parse(words[0], CultureInfo.InvariantCulture);
            var result = words[2].TrimEnd('?');
            var flags = words.Where(word => word[0] == '!').ToHashSet();
            helpers[id] = new HelperContract(
                id,
                words[1],
                result.Split(':')[0] switch
                {
                    "value" => ResultKind.Value,
                    "record" => ResultKind.Record,
                    "sock" => ResultKind.Socket,
                    "obj" => ResultKind.Object,
                    "mem" => ResultKind.Memory,
                    "host" => ResultKind.Foreign,
                    _ => ResultKind.Number,
                },
                words[2][^1] == '?',
                [.. words[3..].Where(word => word[0] != '!').Select(ParseArgument)])
            {
                ResultBytes = result.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at
                    ? int.Parse(result.AsSpan(at + 1), CultureInfo.InvariantCulture) : 0,
                ChangesPacket = flags.Contains("!packet"),
                CallsBack = flags.Contains("!calls"),
            };
        }

        return helpers;
    }

    private static Argument ParseArgument(string word)
    {
        var mayBeNull = word[^1] == '?';
        var parts = word.TrimEnd('?').Split(':', '=');
        var kind = parts[0] switch
        {
            "num" => ArgumentKind.Number,
            "ctx" => ArgumentKind.Context,
            "map" => ArgumentKind.Map,
            "key" => ArgumentKind.Key,
            "value" => ArgumentKind.Value,
            "valueout" => ArgumentKind.ValueOut,
            "mem" => ArgumentKind.Memory,
            "memout" => ArgumentKind.MemoryOut,
            "size" => ArgumentKind.Size,
            "size0" => ArgumentKind.SizeOrZero,
            "csize" => ArgumentKind.ConstantSize,
            "in" => ArgumentKind.In,
            "out" => ArgumentKind.Out,
            "record" => ArgumentKind.Record,
            "sock" => ArgumentKind.Socket,
            "free" => ArgumentKind.FreeSocket,
            "lock" => ArgumentKind.Lock,
            "unlock" => ArgumentKind.Unlock,
            "func" => ArgumentKind.Function,
            "obj" => ArgumentKind.Object,
            "str" => ArgumentKind.Text,
            _ => ArgumentKind.Any,
        };
        return new Argument(
            kind,
            mayBeNull,
            kind is ArgumentKind.In or ArgumentKind.Out ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0,
            kind == ArgumentKind.Map && parts.Length > 1 ? [.. parts[1].Split(',').Select(int.Parse)] : []);
    }
}
