using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;
using KernKit.Layout.Compiler.CSharp;

namespace KernKit.Layout.Compiler.C;

/// <summary>Writes functions that read and write integers in their byte order, wherever they lie.</summary>
/// <remarks>
/// An accessor takes the address of the structure as <c>void *</c>: neither it nor the member has to be aligned. Bytes
/// are put together by shifts, which gcc and clang turn into one load and, where needed, one swap.
/// </remarks>
internal sealed class CAccessorEmitter(CodeWriter code, CPlan plan, SortedSet<(int Bytes, bool IsBig)> used)
{
    private readonly string _name = CNames.Type(plan.Type);

    public void Emit()
    {
        foreach (CMember member in plan.Members)
        {
            if (member.Field.Type is not StructType and not CharType && member.Field.Shape != FieldShape.Bitmap)
            {
                Emit(member, CsTypes.ScalarOf(member.Field.Type));
            }
        }
    }

    /// <summary>Functions over a bits value: one pair for each field.</summary>
    public static void EmitBits(CodeWriter code, BitsType type, string name)
    {
        if (type.Scalar.Bytes > 8)
        {
            return;
        }

        string container = CNames.Integer(type.Scalar.Bytes, false);
        foreach (BitField field in type.Fields)
        {
            string mask = CNames.Literal((BigInteger.One << field.Width) - 1);
            string shifted = field.Low == 0 ? "value" : Text($"(value >> {field.Low})");
            string scale = field.Scale == 0 ? "" : Text($" << {field.Scale}");
            string sign = CNames.Literal(BigInteger.One << (field.Width - 1));
            code.Line($"static inline {(field.IsSigned ? "int64_t" : "uint64_t")} {name}_get_{field.Name}("
                + $"{container} value)");
            code.Line("{");
            code.Indent(() => code.Line(field.IsSigned
                ? $"return (int64_t)((((uint64_t){shifted} & {mask}) ^ {sign}) - {sign});"
                : $"return ((uint64_t){shifted} & {mask}){scale};"));
            code.Line("}");
            string clear = CNames.Literal(((BigInteger.One << field.Width) - 1) << field.Low);
            string part = $"((part{(field.Scale == 0 ? "" : Text($" >> {field.Scale}"))} & {mask})";
            code.Line($"static inline {container} {name}_with_{field.Name}({container} value, uint64_t part)");
            code.Line("{");
            code.Indent(() => code.Line(
                Text($"return ({container})(((uint64_t)value & ~(uint64_t){clear}) | {part} << {field.Low}));")));
            code.Line("}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Emit(CMember member, ScalarType scalar)
    {
        if (scalar.Bytes is < 2 or > 8)
        {
            return;
        }

        bool? isBig = scalar.Order switch
        {
            OrderKind.Little => false,
            OrderKind.Big => true,
            _ => plan.Type.HasOrderParameter ? null : plan.Type.IsLittleEndian == false,
        };
        string type = scalar.IsFloat && scalar.Bytes > 2
            ? (scalar.Bytes == 4 ? "float" : "double")
            : CNames.Integer(scalar.Bytes, scalar.IsSigned && !scalar.IsFloat);
        bool isReal = type is "float" or "double";
        string index = member.Count is null ? "" : ", size_t index";
        string order = isBig is null ? ", bool big_endian" : "";
        string at = member.Count is null
            ? Text($"{member.Offset}")
            : Text($"{member.Offset} + (index * {scalar.Bytes})");
        string load = Choose(isBig, scalar.Bytes, suffix =>
            Cast(scalar, $"layout_load_{suffix}((const unsigned char *)structure + {at})"));
        load = isReal ? $"(union {{ {CNames.Integer(scalar.Bytes, false)} bits; {type} value; }}){{ {load} }}.value"
            : load;
        code.Line($"static inline {type} {_name}_get_{member.Name}(const void *structure{index}{order})");
        code.Line("{");
        code.Indent(() => code.Line($"return {load};"));
        code.Line("}");
        string unsigned = CNames.Integer(scalar.Bytes, false);
        code.Line($"static inline void {_name}_set_{member.Name}(void *structure{index}{order}, {type} value)");
        code.Line("{");
        string stored = isReal
            ? $"(union {{ {type} value; {unsigned} bits; }}){{ value }}.bits"
            : $"({unsigned})value";
        code.Indent(() => EmitStore(isBig, scalar.Bytes, at, stored));
        code.Line("}");
    }

    private void EmitStore(bool? isBig, int bytes, string at, string stored)
    {
        if (isBig is bool known)
        {
            code.Line($"{Store(known)};");
            return;
        }

        code.Line("if (big_endian)");
        code.Indent(() => code.Line($"{Store(true)};"));
        code.Line("else");
        code.Indent(() => code.Line($"{Store(false)};"));

        string Store(bool big) =>
            $"layout_store_{Suffix(bytes, big)}((unsigned char *)structure + {at}, {stored})";
    }

    private string Choose(bool? isBig, int bytes, Func<string, string> load) => isBig is bool known
        ? load(Suffix(bytes, known))
        : $"big_endian ? {load(Suffix(bytes, true))} : {load(Suffix(bytes, false))}";

    private string Suffix(int bytes, bool isBig)
    {
        used.Add((bytes, isBig));
        return Text($"{(isBig ? "be" : "le")}{bytes * 8}");
    }

    /// <summary>Signed values of odd widths are extended: flip the sign bit, and subtract it.</summary>
    private static string Cast(ScalarType scalar, string load)
    {
        if (!scalar.IsSigned || scalar.IsFloat)
        {
            return load;
        }

        string type = CNames.Integer(scalar.Bytes, true);
        string sign = CNames.Literal(BigInteger.One << ((scalar.Bytes * 8) - 1));
        return scalar.Bytes is 2 or 4 or 8 ? $"({type}){load}" : $"({type})({load} ^ {sign}) - ({type}){sign}";
    }
}
