using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Syntax;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Places members as a C compiler would: aligned, with its padding written down, bit fields in their
/// units.</summary>
/// <remarks>
/// The rules of bit fields, as gcc and clang have them (k is the next free bit, T the type, W the width):
/// <code>
///   System V   b goes to k, unless it would reach over more units of T's alignment than T has: then to the next
///              multiple of T's alignment. Width 0 goes there in any case. Packed: always to k.
///   Microsoft  b shares a unit with the field before it only if both types have one size and it fits; a unit is
///              aligned to its size. Width 0 ends a unit, and means nothing elsewhere.
/// </code>
/// Bits are counted from the least significant one of byte 0 on where bytes are little-endian, and from the most
/// significant one where they are big-endian.
/// </remarks>
internal sealed partial class StructBinder
{
    private readonly List<(DeclaratorSyntax Syntax, bool IsSigned, long Bit, int Width)> _bitRun = [];
    private int _alignment = 1;
    private int _unnamedAlignment = 1;
    private int _containers;

    /// <summary>The next free bit from the start of the structure; -1 outside of a run of bit fields.</summary>
    private long _bit = -1;

    /// <summary>Microsoft: the end and the size of the unit that the last bit field opened.</summary>
    private (long EndBit, int Bytes) _unit;

    /// <summary>The order of an ABI, where the file states none.</summary>
    private bool? OrderOfAbi => abi is null || unit.Syntax.Order is not null ? null : !abi.IsBigEndian;

    private TypeModel? FindType(NameSyntax name, bool? order)
    {
        if (abi?.FindType(name.Text) is ScalarType scalar)
        {
            return scalar;
        }

        TypeModel? type = binder.FindTypeOrAlias(unit, name, order);
        if (abi is not null && !syntax.IsPacked && type is StructType { IsBroken: false, AbiAlignments.Count: 0 })
        {
            Error(name.Place, "KK1701",
                $"nothing says how C aligns `{name.Text}`; make it `abi` too, or this one `packed`");
            return null;
        }

        if (abi is not null && !syntax.IsPacked
            && type is StructType { IsBroken: false } one && !one.AbiAlignments.ContainsKey(abi.Name))
        {
            Error(name.Place, "KK1701",
                $"`{name.Text}` is not defined for the ABI {abi.Name}; add it to the `param abi` of its file, or let "
                    + "both have one byte order");
            return null;
        }

        if (type is not AbiStructType dependent)
        {
            return type;
        }

        if (abi is not null && dependent.For(abi) is StructType variant)
        {
            return variant;
        }

        string first = dependent.Variants[0].Structure.Name;
        Error(
            name.Place,
            "KK1701",
            abi is null
                ? $"the layout of `{name.Text}` depends on the ABI; write `{first}`, or make this structure `abi` too"
                : $"`{name.Text}` is not defined for the ABI {abi.Name}; add it to the `param abi` of its file");
        return null;
    }

    private int AlignmentOf(TypeModel type) => abi is null || syntax.IsPacked ? 1 : abi.AlignmentOf(type);

    /// <summary>The alignment of a union or a group: that of its strictest member.</summary>
    private int AlignmentOf(IReadOnlyList<MemberSyntax> members)
    {
        int most = 1;
        foreach (MemberSyntax member in abi is null || syntax.IsPacked ? [] : members)
        {
            int alignment = member switch
            {
                FieldSyntax { InlineBits.Backing: NameSyntax backing } when FindType(backing,
                    _type.OwnLittleEndian) is TypeModel type => AlignmentOf(type),
                FieldSyntax { InlineBits: null } field when FindType(field.Type,
                    _type.OwnLittleEndian) is TypeModel type =>
                    AlignmentOf((type as AliasType)?.Target ?? type),
                OverlaySyntax overlay => AlignmentOf(overlay.Members),
                GroupSyntax group => AlignmentOf(group.Members),
                _ => 1,
            };
            most = Math.Max(most, alignment);
        }

        return most;
    }

    /// <summary>Ends a run of bit fields, and adds the padding of C.</summary>
    private void AlignTo(int alignment, SourcePlace place)
    {
        if (abi is null)
        {
            return;
        }

        FlushBits();
        _alignment = Math.Max(_alignment, alignment);
        int padding = _at.IsConstant ? (alignment - (_at.Offset % alignment)) % alignment : 0;
        if (padding > 0)
        {
            string count = padding.ToString(CultureInfo.InvariantCulture);
            _type.Gaps.Add(new GapModel(_at, count, "alignment", place));
            Advance(padding, place);
        }
    }

    private void FinishAbi()
    {
        if (abi is null)
        {
            return;
        }

        if (abi.AlignsUnnamedSomewhere && _unnamedAlignment > _alignment)
        {
            Error(syntax.Name.Place, "KK1702",
                $"an unnamed bit field aligns `{syntax.Name.Text}` to {_unnamedAlignment} on ARM, and to {_alignment} "
                    + $"on others that are {abi.Name}; give it a name, or a width of a smaller type");
        }

        AlignTo(_alignment, syntax.Name.Place);
        _type.AbiAlignments[abi.Name] = _alignment;
        if (!_at.IsConstant && !_type.IsBroken)
        {
            Error(syntax.Name.Place, "KK1701",
                $"`{syntax.Name.Text}` has no constant size, but structures of C have one; "
                + "remove `abi`, or what has a run-time length");
        }
    }

    private void PlaceBitField(DeclaratorSyntax declarator, TypeModel type)
    {
        SourcePlace place = declarator.Width!.Place;
        if (abi is null || type is not ScalarType { IsFloat: false } scalar || _type.HasOrderParameter)
        {
            Error(place, "KK1702", abi is null
                ? "bit fields of C stand in structures with `abi` only; elsewhere use `bits`, which state their order"
                : "a bit field of C has an integer type, and needs `order le;`, `order be;` or the order of its ABI");
            return;
        }

        if (binder.EvaluateConstant(unit, declarator.Width) is not BigInteger width)
        {
            _type.IsBroken = true;
            return;
        }

        bool isNamed = declarator.Name.Text.Length > 0;
        if (width < (isNamed ? 1 : 0) || width > scalar.Bytes * 8)
        {
            Error(place, "KK1702", $"{width} bits do not fit a bit field of {scalar.Bytes * 8} bits");
            return;
        }

        if (!_at.IsConstant)
        {
            Error(place, "KK1702", "a bit field cannot follow a part of run-time length");
            return;
        }

        if (_bit < 0)
        {
            _bit = _at.Offset * 8L;
            _unit = default;
        }

        long at = abi.IsMsvc
            ? AllocateInUnit(scalar, (int)width)
            : AllocateAcross(scalar, (int)width, isNamed);
        if (isNamed)
        {
            _bitRun.Add((declarator, scalar.IsSigned, at, (int)width));
        }
    }

    private long AllocateAcross(ScalarType type, int width, bool isNamed)
    {
        int unitBits = AlignmentOf(type) * 8;
        long bit = _bit;
        bool isSplit = (bit % unitBits + width + unitBits - 1) / unitBits > Math.Max(type.Bytes * 8 / unitBits, 1);
        if (!syntax.IsPacked && (width == 0 || isSplit))
        {
            bit = (bit + unitBits - 1) / unitBits * unitBits;
        }
        else if (width == 0)
        {
            // Packed moves bit fields together, but not over the border that a width of 0 draws.
            int border = abi!.AlignmentOf(type) * 8;
            bit = (bit + border - 1) / border * border;
        }

        if (isNamed)
        {
            _alignment = Math.Max(_alignment, AlignmentOf(type));
        }
        else
        {
            // A width of 0 aligns a packed structure too.
            _unnamedAlignment = Math.Max(_unnamedAlignment, width == 0 ? abi!.AlignmentOf(type) : AlignmentOf(type));
        }

        _bit = bit + width;
        return bit;
    }

    private long AllocateInUnit(ScalarType type, int width)
    {
        int unitBits = type.Bytes * 8;
        if (width == 0)
        {
            // It ends a unit and aligns what follows; without a unit before it, it does not exist.
            _bit = _unit.Bytes == 0 ? _bit
                : (_unit.EndBit + (AlignmentOf(type) * 8) - 1) / (AlignmentOf(type) * 8) * (AlignmentOf(type) * 8);
            _unit = default;
            return _bit;
        }

        if (_unit.Bytes != type.Bytes || _bit + width > _unit.EndBit)
        {
            long free = _unit.Bytes == 0 ? _bit : _unit.EndBit;
            int alignment = AlignmentOf(type) * 8;
            _bit = (free + alignment - 1) / alignment * alignment;
            _unit = (_bit + unitBits, type.Bytes);
            _alignment = Math.Max(_alignment, AlignmentOf(type));
        }

        long at = _bit;
        _bit += width;
        return at;
    }

    /// <summary>Makes containers of a run of bit fields, and goes on behind it.</summary>
    private void FlushBits()
    {
        if (_bit < 0)
        {
            return;
        }

        long endBit = Math.Max(_bit, _unit.EndBit);
        _bit = -1;
        int end = (int)((endBit + 7) / 8);
        for (int i = 0; i < _bitRun.Count;)
        {
            int first = i;
            long from = _bitRun[i].Bit / 8;
            long to = from;
            for (; i < _bitRun.Count && ((_bitRun[i].Bit + _bitRun[i].Width + 7) / 8) - from <= 8; i++)
            {
                to = (_bitRun[i].Bit + _bitRun[i].Width + 7) / 8;
            }

            if (i == first)
            {
                Error(_bitRun[i].Syntax.Name.Place, "KK1702", "this bit field lies in 9 bytes, which nothing can hold");
                break;
            }

            DeclareContainer(_bitRun[first..i], (int)from, (int)(to - from));
        }

        _bitRun.Clear();
        if (end > _at.Offset)
        {
            Advance(end - _at.Offset, syntax.Name.Place);
        }
    }

    /// <summary>True if a member of the structure, or another bit field, has the name already.</summary>
    private bool IsTakenByBits(NameSyntax name, BitsType bits)
    {
        string csName = Names.Member(name.Text);
        IEnumerable<(string Name, string CsName)> others = _type.CBitFields
            .Select(static bit => (bit.Name, bit.CsName))
            .Concat(bits.Fields.Select(static bit => (bit.Name, bit.CsName)));
        (string Name, string CsName) other = others.FirstOrDefault(
            one => one.Name == name.Text || one.CsName == csName);
        bool isField = _type.Fields.Exists(field => field.Name == name.Text);
        if (isField || other.Name == name.Text)
        {
            Error(name.Place, "KK1101", $"`{name.Text}` is already a member of the structure; rename one");
        }
        else if (other.Name is not null)
        {
            Error(name.Place, "KK1104", $"`{name.Text}` and `{other.Name}` both become `{csName}` in C#; rename one");
        }

        return isField || other.Name is not null;
    }

    private void DeclareContainer(
        List<(DeclaratorSyntax Syntax, bool IsSigned, long Bit, int Width)> fields, int offset, int bytes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"bits{_containers++}");
        NameSyntax place = fields[0].Syntax.Name;
        var bits = new BitsType(name, _type.CsName + Names.Pascal(name), unit, "Bit fields of C.")
        {
            Scalar = new ScalarType(bytes, false, OrderKind.Ambient),
        };
        bool isBig = _type.IsLittleEndian == false;
        foreach ((DeclaratorSyntax declarator, bool isSigned, long bit, int width) in fields)
        {
            if (IsTakenByBits(declarator.Name, bits))
            {
                return;
            }

            int k = (int)(bit - (offset * 8L));
            int low = isBig ? (bytes * 8) - k - width : k;
            string own = declarator.Name.Text;
            bits.Fields.Add(new BitField(own, Names.Member(own), "", low, width, 0, null) { IsSigned = isSigned });
        }

        var syntaxOfField = new FieldSyntax(
            place.Place, new NameSyntax(name, place.Place), [], ClausesSyntax.None, "", null);
        var declared = new DeclaratorSyntax(new NameSyntax(name, place.Place), false, null, null);
        FieldModel? model = Declare(
            syntaxOfField, declared, bits, FieldShape.Scalar, new Position(-1, offset));
        if (model is null)
        {
            return;
        }

        _type.InlineBits.Add(bits);
        _type.CBitFields.AddRange(bits.Fields.Select(bit => new CBitField(bit.Name, bit.CsName, model, bit)));
    }
}
