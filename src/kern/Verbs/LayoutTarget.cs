using System.Globalization;
using System.Numerics;
using KernKit.Command.Output;
using KernKit.Layout.Compiler.Decode;
using KernKit.Volumes;

namespace KernKit.Command.Verbs;

/// <summary>What is to be decoded: which structure, at which offset, in which order.</summary>
internal sealed record LayoutTarget(LayoutStructure Structure, long Offset, LayoutDecodeOptions Options)
{
    /// <summary>Finds the structure that a command line asks for in a file; null after a mistake, which is
    /// reported.</summary>
    /// <exception cref="VolumeException">No schema, no structure, or nothing in the file that a format
    /// accepts.</exception>
    public static LayoutTarget? Find(Session session, string argument, ILayoutSource source, string file)
    {
        var (name, structureName) = LayoutSources.Split(argument);
        var schema = LayoutSchema.Load(LayoutSources.Resolve(name), LayoutSources.Read);
        return LayoutSources.Report(session, schema.Diagnostics)
            ? null
            : structureName is null ? Detect(session, schema, name, source, file)
                : Named(session, schema, name, structureName, source);
    }

    /// <summary>Finds something in a file that one of the command's own formats accepts.</summary>
    /// <exception cref="VolumeException">There is nothing.</exception>
    public static LayoutTarget Detect(Session session, ILayoutSource source, string file)
    {
        var schema = LayoutSchema.Load(LayoutSources.BuiltIn, LayoutSources.Read);
        return Detect(session, schema, "any schema", source, file)!;
    }

    /// <summary>Reads <c>8192</c>, <c>0x2000</c>, <c>64K</c>; null for anything else.</summary>
    public static long? ParseOffset(string text)
    {
        var unit = text.Length == 0 ? 0 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]));
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var digits = unit >= 0 && text.Length > 0 && !isHex ? text[..^1] : text;
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!UInt128.TryParse(isHex ? digits[2..] : digits, style, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        value = value > ulong.MaxValue ? value : value << (isHex || unit < 0 ? 0 : 10 * (unit + 1));
        return value <= long.MaxValue ? (long)value : null;
    }

    private static LayoutTarget? Detect(Session session, LayoutSchema schema, string name, ILayoutSource source,
        string file)
    {
        var at = session.Arguments.GetValue<string?>(LayoutVerb.AtName);
        if (at is null && schema.Detect(source) is { } match)
        {
            return new LayoutTarget(
                match.Structure, match.Offset, new LayoutDecodeOptions { IsLittleEndian = match.IsLittleEndian });
        }

        if (schema.Structures.Count == 1)
        {
            return Named(session, schema, name, schema.Structures[0].Name, source);
        }

        if (at is not null)
        {
            session.Diagnostics.Usage($"layout: --at needs a structure: "
                + $"{name}:{string.Join($", {name}:", Names(schema))}");
            return null;
        }

        throw new VolumeException(VolumeError.NotFound, schema.HasFormats
            ? $"{file}: no format of {name} accepts it; name the structure, as {name}:STRUCT with --at OFFSET"
            : $"{name} declares no format; name one of its structures: {string.Join(", ", Names(schema))}");
    }

    private static IEnumerable<string> Names(LayoutSchema schema) =>
        schema.Structures.Select(static structure => structure.Name);

    private static LayoutTarget? Named(Session session, LayoutSchema schema, string name, string structureName,
        ILayoutSource source)
    {
        var structure = schema.Find(structureName) ?? throw new VolumeException(
            VolumeError.NotFound, $"{name} has no structure '{NameText.Escaped(RawText.ToBytes(structureName))}'; "
                + $"it has {string.Join(", ", Names(schema))}");
        var at = session.Arguments.GetValue<string?>(LayoutVerb.AtName) ?? "0";
        if (ParseOffset(at) is not { } offset)
        {
            session.Diagnostics.Usage($"layout: '{at}' is no offset; write 8192, 0x2000 or 64K");
            return null;
        }

        if (Arguments(session, structure) is not { } arguments)
        {
            return null;
        }

        var options = new LayoutDecodeOptions { Arguments = arguments };
        var order = session.Arguments.GetValue<string?>(LayoutVerb.OrderName);
        if (order is null && structure.NeedsOrder)
        {
            if (schema.GuessOrder(structure, source, offset, options) is not { } isLittle)
            {
                session.Diagnostics.Usage($"layout: nothing tells the byte order of {structure.Name} here; give "
                    + $"--order le or --order be");
                return null;
            }

            order = isLittle ? "le" : "be";
        }

        return new LayoutTarget(structure, offset, options with { IsLittleEndian = order != "be" });
    }

    private static Dictionary<string, BigInteger>? Arguments(Session session, LayoutStructure structure)
    {
        var arguments = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        foreach (var text in session.Arguments.GetValue<string[]>(LayoutVerb.SetName) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? null : Value(text[(equals + 1)..]);
            if (value is null || !structure.Parameters.Contains(text[..equals]))
            {
                session.Diagnostics.Usage($"layout: '--set {text}' sets none of {structure.Name}'s values: "
                    + (structure.Parameters.Count > 0 ? string.Join(", ", structure.Parameters) : "it has none"));
                return null;
            }

            arguments[text[..equals]] = value.Value;
        }

        var missing = structure.Parameters.Where(name => !arguments.ContainsKey(name)).ToList();
        if (missing.Count > 0)
        {
            session.Diagnostics.Usage($"layout: {structure.Name} needs values: "
                + string.Join(' ', missing.Select(static name => $"--set {name}=...")));
            return null;
        }

        return arguments;
    }

    private static BigInteger? Value(string text) => text switch
    {
        "true" => 1,
        "false" => 0,
        _ when text.StartsWith('-') => -ParseOffset(text[1..]),
        _ => ParseOffset(text),
    };
}
