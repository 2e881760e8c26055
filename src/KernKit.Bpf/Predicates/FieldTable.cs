using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace KernKit.Bpf;

/// <summary>The fields of a record that predicates may name.</summary>
/// <remarks>
/// <para>A table is made by hand, or of the text that the schema compiler writes for a structure; so this library knows
/// nothing of schemas and they know nothing of it. One line each:</para>
/// <code>
///   record: dinode2 256                                 its name and bytes, once, first
///   symbols: iftype FIFO=1 CHR=2                        names of values
///   mode.type 0 u16 bits 12 4 symbols iftype            path, offset, type, and what else there is to say:
///   mtime 40 s64 time 1000000000                        bits LOW WIDTH, shift BITS, symbols NAME,
///   db[12:8] 112 s64                                    time NANOSECONDS, length OFFSET
///   shortlink 112 text120
/// </code>
/// <para>Types are u8 to u64 and s8 to s64 in whole bytes, with le or be behind them where the order is not the
/// record's; textN and bytesN; u128 for bits in 16 bytes. Lines that begin with # say nothing.</para>
/// </remarks>
public sealed class FieldTable
{
    private readonly Dictionary<string, PredicateField> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PredicateSymbols> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _absent = new(StringComparer.Ordinal);

    /// <summary>The record's name, for messages.</summary>
    public string Name { get; private set; } = "record";

    /// <summary>Bytes of a record: all of them, or those that every one has; 0 if nobody said.</summary>
    public int RecordBytes { get; private set; }

    /// <summary>The fields, in the order in which they were added.</summary>
    public IReadOnlyCollection<PredicateField> Fields => _fields.Values;

    /// <summary>Reads the text that the schema compiler writes.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="isBigEndian">The order of numbers whose order is a parameter of the structure.</param>
    /// <returns>A new table.</returns>
    /// <exception cref="FormatException">A line that is not of this form; says which.</exception>
    public static FieldTable Parse(string text, bool isBigEndian = false) =>
        new FieldTable().AddParsed(text, isBigEndian);

    /// <summary>Adds a field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>This table.</returns>
    /// <exception cref="ArgumentException">There is one of that name, or it makes no sense.</exception>
    public FieldTable Add(PredicateField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        Require(field, field.Offset >= 0, "begins before the record");
        Require(field, field.SizeBytes >= 1 && field.SizeBytes <= 1 << 30 && field.Offset <= 1 << 30, "has no size");
        if (field.Kind is PredicateFieldKind.Number or PredicateFieldKind.Time)
        {
            var bits = field.SizeBytes * 8;
            Require(field, field.SizeBytes <= 8 || (field.SizeBytes == 16 && field.BitCount > 0),
                "is longer than 8 bytes");
            Require(field, field.BitCount is >= 0 and <= 64 && field.BitOffset >= 0
                && field.BitOffset + field.BitCount <= bits && field.Shift is >= 0 and < 64,
                "lies outside of its bits");
            Require(field, field.UnitNanoseconds > 0, "has no unit");
        }

        if (!_fields.TryAdd(field.Name, field))
        {
            throw new ArgumentException($"field '{field.Name}' is there already", nameof(field));
        }

        if (field.Symbols is { } symbols)
        {
            _symbols.TryAdd(symbols.Name, symbols);
        }

        return this;
    }

    /// <summary>Notes a field that other records of the kind have and this one lacks.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reason">Why, for the message: "ufs1 keeps no birthtime".</param>
    /// <returns>This table.</returns>
    public FieldTable AddAbsent(string name, string reason)
    {
        _absent[name] = reason;
        return this;
    }

    /// <summary>Adds the fields of a structure that is a part of the record.</summary>
    /// <param name="text">The lines that the schema compiler wrote for it.</param>
    /// <param name="isBigEndian">The order of numbers whose order is a parameter of the structure.</param>
    /// <param name="prefix">What the names of its fields begin with, such as <c>dinode.</c>; "" for nothing, and then
    /// the record takes its name and size.</param>
    /// <param name="offset">Where in the record it lies.</param>
    /// <param name="change">What to make of each field: another one, or null to leave it out.</param>
    /// <returns>This table.</returns>
    /// <exception cref="FormatException">A line that is not of this form; says which.</exception>
    public FieldTable AddParsed(string text, bool isBigEndian, string prefix = "", int offset = 0,
        Func<PredicateField, PredicateField?>? change = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        change ??= static field => field;
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
            {
                continue;
            }

            try
            {
                AddLine(words, isBigEndian, prefix, offset, change);
            }
            catch (Exception error) when (error is ArgumentException or FormatException or OverflowException
                or IndexOutOfRangeException or KeyNotFoundException)
            {
                throw new FormatException($"line {number} of a field table, '{line.Trim()}': {error.Message}", error);
            }
        }

        return this;
    }

    /// <summary>Finds a field by its path, with [] for each index.</summary>
    internal bool TryFind(string name, [MaybeNullWhen(false)] out PredicateField field) =>
        _fields.TryGetValue(name, out field);

    /// <summary>The value of <c>enumeration.MEMBER</c>.</summary>
    internal bool TryFindMember(string name, out BigInteger value)
    {
        value = default;
        var dot = name.LastIndexOf('.');
        return dot > 0 && _symbols.TryGetValue(name[..dot], out var symbols)
            && symbols.Values.TryGetValue(name[(dot + 1)..], out value);
    }

    /// <summary>Why a field is not there; null if nobody said.</summary>
    internal string? WhyAbsent(string name) => _absent.GetValueOrDefault(name);

    private void AddLine(string[] words, bool isBigEndian, string prefix, int offset,
        Func<PredicateField, PredicateField?> change)
    {
        switch (words[0])
        {
            case "record:":
                if (prefix.Length == 0)
                {
                    (Name, RecordBytes) = (words[1], Integer(words[2]));
                }

                break;
            case "symbols:":
                _symbols[words[1]] = new PredicateSymbols(words[1], words[2..].Select(static word => word.Split('='))
                    .ToDictionary(static pair => pair[0],
                        static pair => BigInteger.Parse(pair[1], CultureInfo.InvariantCulture),
                        StringComparer.Ordinal));
                break;
            default:
                if (change(Field(words, isBigEndian, prefix, offset)) is { } field)
                {
                    Add(field);
                }

                break;
        }
    }

    private PredicateField Field(string[] words, bool isBigEndian, string prefix, int offset)
    {
        var dimensions = new List<(int, int)>();
        var name = prefix;
        foreach (var part in words[0].Split('['))
        {
            var close = part.IndexOf(']', StringComparison.Ordinal);
            if (close >= 0)
            {
                var numbers = part[..close].Split(':');
                dimensions.Add((Integer(numbers[0]), Integer(numbers[1])));
            }

            name += close >= 0 ? "[" + part[close..] : part;
        }

        var field = Type(new PredicateField(name, offset + Integer(words[1]), 1) { Dimensions = dimensions },
            words[2], isBigEndian);
        for (var i = 3; i < words.Length; i += 2)
        {
            field = words[i] switch
            {
                "bits" => field with { BitOffset = Integer(words[i + 1]), BitCount = Integer(words[++i + 1]) },
                "shift" => field with { Shift = Integer(words[i + 1]) },
                "symbols" => field with { Symbols = _symbols[words[i + 1]] },
                "length" => field with { LengthOffset = offset + Integer(words[i + 1]) },
                "time" => field with
                {
                    Kind = PredicateFieldKind.Time,
                    UnitNanoseconds = long.Parse(words[i + 1], CultureInfo.InvariantCulture),
                },
                _ => throw new FormatException($"'{words[i]}' means nothing"),
            };
        }

        return field;
    }

    private static PredicateField Type(PredicateField field, string type, bool isBigEndian)
    {
        foreach (var (start, kind) in new[] { ("text", PredicateFieldKind.Text), ("bytes", PredicateFieldKind.Bytes) })
        {
            if (type.StartsWith(start, StringComparison.Ordinal))
            {
                return field with { Kind = kind, SizeBytes = Integer(type[start.Length..]) };
            }
        }

        var order = type[^2..];
        var bits = Integer(order is "le" or "be" ? type[1..^2] : type[1..]);
        return type[0] is 'u' or 's' && bits % 8 == 0
            ? field with
            {
                SizeBytes = bits / 8,
                IsSigned = type[0] == 's',
                IsBigEndian = order is "le" or "be" ? order == "be" : isBigEndian,
            }
            : throw new FormatException($"'{type}' is no type");
    }

    private static int Integer(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static void Require(PredicateField field, [DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
        {
            throw new ArgumentException($"field '{field.Name}' {what}", nameof(field));
        }
    }
}
