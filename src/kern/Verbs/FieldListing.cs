using System.Globalization;
using KernKit.Bpf;

namespace KernKit.Command.Verbs;

/// <summary>Prints the fields that predicates may name.</summary>
internal static class FieldListing
{
    public static void Write(Session session, FieldTable table)
    {
        foreach (var field in table.Fields)
        {
            var name = field.Name;
            foreach (var (count, _) in field.Dimensions)
            {
                var at = name.IndexOf("[]", StringComparison.Ordinal);
                name = string.Create(CultureInfo.InvariantCulture, $"{name[..at]}[{count}]{name[(at + 2)..]}");
            }

            var kind = field.Kind switch
            {
                PredicateFieldKind.Text => "text",
                PredicateFieldKind.Bytes => string.Create(CultureInfo.InvariantCulture, $"{field.SizeBytes} bytes"),
                PredicateFieldKind.Time => "time",
                _ => string.Create(CultureInfo.InvariantCulture,
                    $"{(field.BitCount > 0 ? field.BitCount : field.SizeBytes * 8)} bits")
                    + (field.IsSigned ? ", signed" : ""),
            };
            var symbols = field.Symbols is { } names ? ": " + string.Join(' ', names.Values.Keys) : "";
            session.Output.WriteText($"{name,-24} {kind}{symbols}\n");
        }
    }
}
