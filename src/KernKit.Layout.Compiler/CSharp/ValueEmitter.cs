using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>Writes enumerations, flags, bits and constants.</summary>
internal sealed class ValueEmitter(CodeWriter code, CompileOptions options)
{
    private string Visibility => options.Visibility == LayoutVisibility.Public ? "public" : "internal";

    public void Emit(EnumType type)
    {
        string openness = type.IsClosed ? "" : " Other values are kept as they are.";
        string doc = type.Doc.Length > 0 ? type.Doc : $"The {(type.IsFlags ? "flags" : "enumeration")} {type.Name}";
        code.Doc("summary", ViewEmitter.Sentence(doc) + openness);
        if (type.IsFlags)
        {
            code.Line("[Flags]");
        }

        code.Open($"{Visibility} enum {type.CsName} : {CsTypes.Backing(type)}");
        foreach (EnumMember member in type.Members)
        {
            code.Blank();
            code.Doc("summary", ViewEmitter.Sentence(member.Doc.Length > 0 ? member.Doc : $"The value {member.Name}."));
            code.Line($"{member.CsName} = {Literals.Plain(member.Value)},");
        }

        code.Close();
        code.Blank();
        code.Doc("summary", $"Tells known values of {type.Name} from others.");
        code.Open($"{Visibility} static class {type.CsName}Extensions");
        code.Doc("summary", type.IsFlags ? "True if the schema names every bit that is set." : "True if the schema "
            + "names the value.");
        code.Line($"public static bool IsKnown(this {type.CsName} value) => {Known(type)};");
        if (!type.IsFlags)
        {
            EmitNameOf(type);
        }

        code.Close();
    }

    private void EmitNameOf(EnumType type)
    {
        code.Blank();
        code.Doc("summary", "The name that the schema gives to the value, or null.");
        code.Open($"public static string? NameOf({type.CsName} value) => value switch");
        foreach (EnumMember member in type.Members.DistinctBy(static member => member.Value))
        {
            code.Line($"{type.CsName}.{member.CsName} => {CodeWriter.Quote(member.Name)},");
        }

        code.Line("_ => null,");
        code.Close("};");
    }

    private static string Known(EnumType type)
    {
        if (type.IsFlags)
        {
            BigInteger mask = type.Members.Aggregate(BigInteger.Zero, static (all, member) => all | member.Value);
            return $"((ulong)value & ~{Literals.Of(mask, Carrier.ULong)}) == 0";
        }

        string[] names =
        [
            .. type.Members
                .DistinctBy(static member => member.Value)
                .Select(member => type.CsName + "." + member.CsName),
        ];
        return names.Length == 0 ? "false" : "value is " + string.Join("\n            or ", names);
    }

    public void Emit(BitsType type)
    {
        string container = CsTypes.Integer(type.Scalar.Bytes, false);
        code.Doc("summary", ViewEmitter.Sentence(type.Doc.Length > 0 ? type.Doc : $"The bits {type.Name}."));
        code.Line("/// <param name=\"Value\">All bits, in the order of the machine.</param>");
        code.Open($"{Visibility} readonly record struct {type.CsName}({container} Value)");
        foreach (BitField field in type.Fields)
        {
            EmitBitField(type, field, container);
        }

        code.Close();
    }

    /// <summary>A bit field of C that has a sign.</summary>
    private void EmitSignedField(BitsType type, BitField field, string container)
    {
        string result = field.Width > 32 ? "long" : "int";
        BigInteger half = BigInteger.One << (field.Width - 1);
        string mask = $"0x{(ulong)(((half * 2) - 1) << field.Low):x}UL";
        EmitFieldDocs(field);
        code.Line($"public {result} {field.CsName} => unchecked(({result})((long)((ulong)Value << "
            + $"{64 - field.Low - field.Width}) >> {64 - field.Width}));");
        EmitWithDocs(field);
        code.Open($"public {type.CsName} With{field.CsName}({result} value)");
        if (field.Width is not (32 or 64))
        {
            code.Open($"if (value < {Literals.Plain(-half)} || value > {Literals.Plain(half - 1)})");
            code.Line($"LayoutThrow.BitField({CodeWriter.Quote($"{type.Name}.{field.Name}")});");
            code.Close();
            code.Blank();
        }

        code.Line($"return new {type.CsName}(unchecked(({container})(((ulong)Value & ~{mask}) | "
            + $"(((ulong)value << {field.Low}) & {mask}))));");
        code.Close();
    }

    private void EmitFieldDocs(BitField field)
    {
        string bits = field.Width == 1 ? $"Bit {field.Low}" : $"Bits {field.Low} to {field.Low + field.Width - 1}";
        string scale = field.Scale == 0 ? "" : $", times {BigInteger.One << field.Scale}";
        code.Blank();
        code.Doc("summary", ViewEmitter.Sentence(field.Doc.Length > 0 ? field.Doc : $"The field {field.Name}."));
        code.Doc("remarks", $"{bits}{scale}.");
    }

    private void EmitWithDocs(BitField field)
    {
        code.Blank();
        code.Doc("summary", $"The same bits with another {field.Name}.");
        code.Line("/// <exception cref=\"ArgumentOutOfRangeException\">The value does not fit the field.</exception>");
    }

    private void EmitBitField(BitsType type, BitField field, string container)
    {
        if (field.IsSigned)
        {
            EmitSignedField(type, field, container);
            return;
        }

        bool isWide = type.Scalar.Bytes > 4 || field.Width + field.Scale > 32;
        string work = isWide ? "ulong" : "uint";
        string mask = $"0x{(BigInteger.One << field.Width) - 1:x}".Replace("0x0", "0x", StringComparison.Ordinal);
        mask += isWide ? "UL" : "U";
        bool isLarge = type.Scalar.Bytes == 16;
        bool isTop = field.Low + field.Width == type.Scalar.Bytes * 8;
        bool isBoolean = field.IsBoolean;
        string inPlace = $"0x{((BigInteger.One << field.Width) - 1) << field.Low:x}"
            .Replace("0x0", "0x", StringComparison.Ordinal) + mask[^(isWide ? 2 : 1)..];
        string raw = isLarge ? $"unchecked((ulong)(Value >> {field.Low})) & {mask}"
            : field.Low == 0 ? $"({work})Value{(isTop ? "" : $" & {mask}")}"
            : isTop ? $"({work})Value >> {field.Low}"
            : $"(({work})Value >> {field.Low}) & {mask}";
        string scaled = !isLarge && (isBoolean || (field.Scale > 0 && field.Scale == field.Low))
            ? $"(({work})Value & {inPlace})"
            : field.Scale == 0 ? $"({raw})" : $"(({raw}) << {field.Scale})";
        string result = field.Enum is not null
            ? new CsTypes(options, type.Unit, null).Name(field.Enum, field.Enum.CsName)
            : (field.Width + field.Scale) switch { 1 => "bool", <= 31 => "int", 32 => "uint", _ => "ulong" };
        EmitFieldDocs(field);
        code.Line(isBoolean
            ? $"public bool {field.CsName} => {scaled} != 0;"
            : $"public {result} {field.CsName} => ({result}){scaled};");
        EmitWithDocs(field);
        code.Open($"public {type.CsName} With{field.CsName}({result} value)");
        string given = !isBoolean ? $"unchecked(({work})value)" : isWide ? "value ? 1UL : 0UL" : "value ? 1U : 0U";
        code.Line($"{work} raw = {(field.Scale == 0 ? given : $"{given} >> {field.Scale}")};");
        string misfit = field.Scale == 0 ? $"raw > {mask}" : $"raw > {mask} || raw << {field.Scale} != {given}";
        if (!isBoolean)
        {
            code.Open($"if ({misfit})");
            code.Line($"LayoutThrow.BitField({CodeWriter.Quote($"{type.Name}.{field.Name}")});");
            code.Close();
            code.Blank();
        }

        string moved = isLarge ? $"((UInt128)raw << {field.Low})" : field.Low == 0 ? "raw" : $"(raw << {field.Low})";
        string kept = isLarge ? $"((UInt128){mask} << {field.Low})"
            : field.Low == 0 ? mask
            : $"({mask} << {field.Low})";
        code.Line($"return new {type.CsName}(unchecked(({container})((Value & ~{kept}) | {moved})));");
        code.Close();
    }

    public void Emit(string className, string doc, IEnumerable<ConstantModel> constants)
    {
        code.Doc("summary", doc);
        code.Open($"{Visibility} static partial class {className}");
        foreach (ConstantModel constant in constants)
        {
            code.Blank();
            code.Doc("summary", ViewEmitter.Sentence(constant.Doc.Length > 0 ? constant.Doc : $"The constant "
                + $"{constant.Name}."));
            code.Line($"public const {Literals.ConstantType(constant.Value)} {constant.CsName} = "
                + $"{Literals.Plain(constant.Value)};");
        }

        code.Close();
    }

    public void Emit(string className, FileUnit unit, IEnumerable<FunctionModel> functions)
    {
        var types = new CsTypes(options, unit, null);
        code.Doc("summary", "Functions of the schema that are written in C#: write the other half of this class.");
        code.Doc("remarks", "Each depends on its arguments alone and never throws: the data may be anything.");
        code.Open($"{Visibility} static partial class {className}");
        foreach (FunctionModel function in functions)
        {
            string result = function.Result is null ? "bool" : types.Scalar(function.Result);
            string parameters = string.Join(", ", function.Parameters.Select(parameter =>
                (parameter.IsBoolean || parameter.Type is not null ? types.Parameter(parameter) : "ReadOnlySpan<byte>")
                + " " + parameter.CsName));
            code.Blank();
            string doc = function.Doc.Length > 0 ? function.Doc : $"The function {function.Name}";
            code.Doc("summary", ViewEmitter.Sentence(doc));
            code.Line($"public static partial {result} {function.CsName}({parameters});");
        }

        code.Close();
    }
}
