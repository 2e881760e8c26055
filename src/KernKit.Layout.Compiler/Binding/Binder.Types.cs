using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Constants, enumerations, flags, bits and formats.</summary>
internal sealed partial class Binder
{
    private void BindConstant(Symbol symbol, ConstantSyntax syntax)
    {
        BigInteger? value = EvaluateConstant(symbol.Unit, syntax.Value);
        if (value is null)
        {
            return;
        }

        if (!Fits(value.Value, long.MinValue, ulong.MaxValue))
        {
            Error(syntax.Value.Place, "KK1202", $"{value} does not fit 64 bits; a constant has to");
            return;
        }

        symbol.Constant = new ConstantModel(
            syntax.Name.Text, Names.Pascal(syntax.Name.Text), value.Value, syntax.Doc);
    }

    private void BindAlias(Symbol symbol, AliasSyntax syntax)
    {
        CheckAttributes(syntax.Attributes);
        TypeModel? target = FindType(symbol.Unit, syntax.Target);
        if (target is null or StructType { IsBroken: true })
        {
            return;
        }

        if (target is AliasType)
        {
            Error(syntax.Target.Place, "KK1107", $"`{syntax.Target.Text}` is an array already; name its element type");
            return;
        }

        int? count = null;
        if (syntax.Count is not null)
        {
            if (EvaluateConstant(symbol.Unit, syntax.Count) is not BigInteger value)
            {
                return;
            }

            if (!Fits(value, 1, StructType.SizeMax))
            {
                Error(syntax.Count.Place, "KK1206", $"{value} elements are not 1 to {StructType.SizeMax}");
                return;
            }

            count = (int)value;
        }

        symbol.Type = new AliasType(syntax.Name.Text, symbol.Unit, syntax.Doc, target, count)
        {
            Attributes = syntax.Attributes,
        };
    }

    /// <summary>The value of an expression of numbers, constants and enumeration members; null if reported.</summary>
    internal BigInteger? EvaluateConstant(FileUnit unit, ExpressionSyntax syntax)
    {
        BoundExpression bound = new ExpressionBinder(this, unit, null).BindInteger(syntax);
        if (bound is BoundConstant constant)
        {
            return constant.Value;
        }

        if (!bound.IsError)
        {
            Error(syntax.Place, "KK1301", $"`{syntax.Text}` is not constant; use numbers, constants and members of "
                + $"enums");
        }

        return null;
    }

    private void BindEnum(Symbol symbol, EnumSyntax syntax)
    {
        CheckAttributes(syntax.Attributes);
        var type = new EnumType(
            syntax.Name.Text, CsNameFor(syntax.Name, syntax.Attributes, Names.Type), symbol.Unit, syntax.Doc)
        {
            IsFlags = syntax.IsFlags,
            IsClosed = syntax.IsClosed,
        };
        symbol.Type = type;
        if (!TryInteger(syntax.Backing.Text, out int bits, out bool isSigned, out OrderKind order)
            || bits > 64
            || (isSigned && (syntax.IsFlags || bits % 8 != 0)))
        {
            Error(
                syntax.Backing.Place,
                "KK1106",
                $"`{syntax.Backing.Text}` cannot hold it; write u1 to u64, or for an enum also s8, s16 ... s64");
            return;
        }

        type.Bits = bits;
        type.IsSigned = isSigned;
        type.Order = order;
        BigInteger next = 0;
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (EnumMemberSyntax member in syntax.Members)
        {
            BindEnumMember(symbol.Unit, type, member, names, ref next);
        }
    }

    private void BindEnumMember(
        FileUnit unit,
        EnumType type,
        EnumMemberSyntax member,
        Dictionary<string, string> names,
        ref BigInteger next)
    {
        BigInteger? value = next;
        if (member.Value is not null)
        {
            value = EvaluateConstant(unit, member.Value);
        }
        else if (type.IsFlags)
        {
            Error(member.Name.Place, "KK1202", $"the flag `{member.Name.Text}` has no value; write `= 1 << n` or `= "
                + $"0x...`");
            return;
        }

        if (value is null)
        {
            return;
        }

        if (!Fits(value.Value, type.Min, type.Max))
        {
            Error(
                (member.Value?.Place ?? member.Name.Place),
                "KK1202",
                $"{value} does not fit `{type.Name}`, which holds {type.Min} to {type.Max}");
            return;
        }

        string csName = Names.EnumMember(member.Name.Text);
        if (!names.TryAdd(csName, member.Name.Text))
        {
            string other = names[csName];
            string what = other == member.Name.Text
                ? $"`{other}` stands twice in `{type.Name}`; remove one"
                : $"`{other}` and `{member.Name.Text}` both become `{csName}` in C#; rename one";
            Error(member.Name.Place, other == member.Name.Text ? "KK1101" : "KK1104", what);
            return;
        }

        type.Members.Add(new EnumMember(member.Name.Text, csName, value.Value, member.Doc));
        next = value.Value + 1;
    }

    /// <summary>Binds bits; those inside a structure get its name before theirs.</summary>
    internal BitsType BindBits(FileUnit unit, BitsSyntax syntax, string owner, bool? ownOrder = null)
    {
        CheckAttributes(syntax.Attributes);
        string csName = owner + CsNameFor(syntax.Name, syntax.Attributes, Names.Type);
        var type = new BitsType(syntax.Name.Text, csName, unit, syntax.Doc);
        ScalarType? scalar = FindScalar(unit, syntax.Backing, ownOrder);
        if (scalar is null)
        {
            return type;
        }

        if (scalar.IsSigned)
        {
            string what = scalar.IsFloat ? "a float" : "signed";
            Error(
                syntax.Backing.Place,
                "KK1106",
                $"`{syntax.Backing.Text}` is {what}; bits are held by u8 to u64 and by u128");
            return type;
        }

        type.Scalar = scalar;
        int total = scalar.Bytes * 8;
        int used = 0;
        var names = new HashSet<string>(StringComparer.Ordinal) { "Value", csName };
        foreach (BitFieldSyntax field in syntax.Fields)
        {
            int width = BindWidth(unit, field, total - used);
            if (width == 0)
            {
                return type;
            }

            int low = syntax.IsMsbFirst ? total - used - width : used;
            used += width;
            BindBitField(unit, type, field, low, width, names);
        }

        if (used != total)
        {
            string pad = syntax.Fields.Count == 0 ? "" : $"; add `pad : {total - used};` where they lie";
            Error(syntax.Name.Place, "KK1203", $"{used} of {total} bits are described{pad}");
        }

        return type;
    }

    private int BindWidth(FileUnit unit, BitFieldSyntax field, int left)
    {
        BigInteger? width = EvaluateConstant(unit, field.Width);
        if (width is null)
        {
            return 0;
        }

        if (width < 1 || width > left || (width > 64 && field.Name is not null))
        {
            string why = width > left ? $"{left} are left in the container" : "a field has 1 to 64";
            Error(field.Width.Place, "KK1203", $"{width} bits do not fit: {why}");
            return 0;
        }

        return (int)width.Value;
    }

    private void BindBitField(
        FileUnit unit, BitsType type, BitFieldSyntax field, int low, int width, HashSet<string> names)
    {
        if (field.Name is null)
        {
            return;
        }

        EnumType? enumeration = null;
        if (field.Type is not null)
        {
            TypeModel? named = FindType(unit, field.Type);
            enumeration = named as EnumType;
            if (named is not null && (enumeration is null || enumeration.Bits != width || enumeration.IsSigned))
            {
                Error(
                    field.Type.Place,
                    "KK1203",
                    $"`{field.Type.Text}` is no unsigned enum or flags of {width} bits; change the width or the enum");
                return;
            }
        }

        BigInteger scale = field.Shift is null ? 0 : EvaluateConstant(unit, field.Shift) ?? 0;
        if (scale < 0 || scale + width > 64 || (scale > 0 && enumeration is not null))
        {
            Error(field.Shift!.Place, "KK1203", $"{width} bits shifted by {scale} do not fit 64 bits; shift less");
            return;
        }

        string csName = Names.Member(field.Name.Text);
        if (!names.Add(csName) || !names.Add("With" + csName))
        {
            Error(field.Name.Place, "KK1104", $"`{field.Name.Text}` becomes `{csName}` in C#, which is taken; rename "
                + $"it");
            return;
        }

        type.Fields.Add(new BitField(field.Name.Text, csName, field.Doc, low, width, (int)scale, enumeration));
    }

    private void BindFormat(Symbol symbol, FormatSyntax syntax)
    {
        if (syntax.Structure is null || syntax.Accept is null)
        {
            Error(syntax.Name.Place, "KK1002", "a format needs `probe STRUCTURE at OFFSETS;` and `accept CONDITION;`");
            return;
        }

        if (FindType(symbol.Unit, syntax.Structure) is not StructType structure)
        {
            Error(syntax.Structure.Place, "KK1107", $"`{syntax.Structure.Text}` is no structure; probe a structure");
            return;
        }

        if (structure.IsBroken)
        {
            return;
        }

        if (structure.Size is null)
        {
            Error(
                syntax.Structure.Place,
                "KK1207",
                $"`{structure.Name}` has no constant size, so nothing says how many bytes to read; probe a structure "
                    + "of what it begins with");
            return;
        }

        var format = new FormatModel(
            syntax.Name.Text, Names.Pascal(syntax.Name.Text) + "Format", syntax.Doc)
        { Structure = structure };
        if (!BindFormatOrders(syntax, structure, format) || structure.Parameters.Count > 0)
        {
            if (structure.Parameters.Count > 0)
            {
                Error(syntax.Structure.Place, "KK1212", "a structure with value parameters cannot be probed");
            }

            return;
        }

        foreach (ExpressionSyntax offset in syntax.Offsets)
        {
            var binder = new ExpressionBinder(this, symbol.Unit, null) { BaseName = "file" };
            BoundExpression bound = binder.BindInteger(offset);
            if (bound is BoundConstant constant && Fits(constant.Value, 0, long.MaxValue))
            {
                format.Offsets.Add(constant.Value);
            }
            else if (!bound.IsError)
            {
                Error(offset.Place, "KK1301", $"`{offset.Text}` is no constant offset from 0 to 2^63 - 1");
            }
        }

        format.Accept = new ExpressionBinder(this, symbol.Unit, structure)
        {
            StructureName = syntax.StructureName?.Text,
        }.BindDecision(syntax.Accept);
        symbol.Format = format.Accept.IsError ? null : format;
    }

    private bool BindFormatOrders(FormatSyntax syntax, StructType structure, FormatModel format)
    {
        if (!structure.HasOrderParameter)
        {
            if (syntax.Orders.Count > 0)
            {
                Error(
                    syntax.OrderParameter!.Place,
                    "KK1201",
                    $"`{structure.Name}` has a fixed byte order; remove `try`");
                return false;
            }

            format.TryLittleEndian.Add(structure.IsLittleEndian ?? true);
            return true;
        }

        if (syntax.Orders.Count == 0)
        {
            string parameter = structure.Unit.Syntax.OrderParameter;
            Error(syntax.Name.Place, "KK1201", $"no byte order is tried; write `try {parameter} = le, be;`");
            return false;
        }

        format.TryLittleEndian.AddRange(syntax.Orders.Select(static order => order == "le").Distinct());
        return true;
    }
}
