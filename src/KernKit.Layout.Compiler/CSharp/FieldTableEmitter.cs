using System.Globalization;
using System.Text;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes where the fields of a structure lie, as text that predicates are compiled against.</summary>
/// <remarks>
/// One line a field: path, offset, type, and what else there is to say; KernKit.Bpf's FieldTable has the form. Only
/// what lies at a constant place is in it. A field of a union's case or of an overlay is its bytes, whether or not the
/// case holds: whoever asks for it asks for the tag too.
/// </remarks>
internal sealed class FieldTableEmitter
{
    /// <summary>Lines of a table; arrays are one line.</summary>
    private const int LinesMax = 4096;

    private readonly List<string> _lines = [];
    private readonly SortedDictionary<string, EnumType> _enums = new(StringComparer.Ordinal);

    /// <summary>The text.</summary>
    public static string Of(StructType type)
    {
        var emitter = new FieldTableEmitter();
        emitter.AddStructure(type, "", 0);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"record: {type.Name} {type.Size ?? type.MinSize}\n");
        foreach (EnumType symbols in emitter._enums.Values)
        {
            text.Append("symbols: ").Append(symbols.Name);
            foreach (EnumMember member in symbols.Members)
            {
                text.Append(CultureInfo.InvariantCulture, $" {member.Name}={member.Value}");
            }

            text.Append('\n');
        }

        foreach (string line in emitter._lines.Take(LinesMax))
        {
            text.Append(line).Append('\n');
        }

        if (emitter._lines.Count > LinesMax)
        {
            text.Append(CultureInfo.InvariantCulture, $"# {emitter._lines.Count - LinesMax} lines are left out\n");
        }

        return text.ToString();
    }

    private void AddStructure(StructType type, string prefix, int offset)
    {
        foreach (FieldModel field in type.Fields)
        {
            if (field is { OutOfLineAt: null, Places: [{ At.IsConstant: true } place] }
                && !place.Presence.Any(static presence => presence is CasePresence { Union.IsOptional: true }))
            {
                AddField(type, field, prefix + field.Name, offset + place.At.Offset);
            }
        }
    }

    private void AddField(StructType owner, FieldModel field, string path, int offset)
    {
        int unit = FieldCode.UnitOf(field);
        switch (field.Shape)
        {
            case FieldShape.Scalar:
                AddScalar(owner, field, path, offset);
                break;
            case FieldShape.Array when field.Count is int count:
                AddScalar(owner, field, Text($"{path}[{count}:{unit}]"), offset);
                break;
            case FieldShape.Bytes when field.Count is > 0 and int bytes:
                Add(path, offset, (field.Type is CharType ? "text" : "bytes") + Text($"{bytes}"));
                Add(Text($"{path}[{bytes}:1]"), offset, "u8");
                break;
            case FieldShape.Structure:
                AddStructure((StructType)field.Type, path + ".", offset);
                break;
            case FieldShape.StructureArray when field.Count is int elements:
                AddStructure((StructType)field.Type, Text($"{path}[{elements}:{unit}]."), offset);
                break;
            default:
                break;
        }
    }

    private void AddScalar(StructType owner, FieldModel field, string path, int offset)
    {
        switch (field.Type)
        {
            case ScalarType { IsFloat: true }:
                break;
            case ScalarType { Bytes: 16 }:
                Add(path, offset, "bytes16");
                break;
            case ScalarType scalar:
                Add(path, offset, TypeOf(owner, scalar) + TimeOf(field));
                break;
            case EnumType symbols:
                Add(path, offset, TypeOf(owner, symbols.Scalar) + SymbolsOf(symbols));
                break;
            case BitsType bits:
                if (bits.Scalar.Bytes <= 8)
                {
                    Add(path, offset, TypeOf(owner, bits.Scalar));
                }

                foreach (BitField bit in bits.Fields)
                {
                    string sign = bit.IsSigned || bit.Enum is { IsSigned: true } ? "s" : "u";
                    Add($"{path}.{bit.Name}", offset,
                        sign + TypeOf(owner, bits.Scalar)[1..] + Bits(bit) + SymbolsOf(bit.Enum));
                }

                break;
            default:
                break;
        }
    }

    private void Add(string path, int offset, string what) => _lines.Add(Text($"{path} {offset} {what}"));

    private string SymbolsOf(EnumType? symbols)
    {
        if (symbols is null || symbols.Members.Count == 0)
        {
            return "";
        }

        _enums[symbols.Name] = symbols;
        return " symbols " + symbols.Name;
    }

    private static string Bits(BitField bit) =>
        Text($" bits {bit.Low} {bit.Width}") + (bit.Scale > 0 ? Text($" shift {bit.Scale}") : "");

    private static string TypeOf(StructType owner, ScalarType scalar)
    {
        string order = scalar.Order switch
        {
            OrderKind.Little => "le",
            OrderKind.Big => "be",
            _ => owner.IsLittleEndian is bool isLittle ? isLittle ? "le" : "be" : "",
        };
        return Text($"{(scalar.IsSigned ? 's' : 'u')}{scalar.Bytes * 8}{order}");
    }

    private static string TimeOf(FieldModel field) => field.Time switch
    {
        "unix_s" => " time 1000000000",
        "unix_ms" => " time 1000000",
        "unix_us" => " time 1000",
        "unix_ns" => " time 1",
        _ => "",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
