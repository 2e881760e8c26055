using System.Numerics;

namespace KernKit.Layout.Compiler.Binding;

/// <summary>Whose order an integer has.</summary>
internal enum OrderKind
{
    /// <summary>The order of the file that declares the structure: fixed, or a parameter.</summary>
    Ambient,

    Little,

    Big,
}

/// <summary>A type of the language; sizes are bytes.</summary>
internal abstract class TypeModel;

/// <summary>An integer of 1 to 8 or 16 whole bytes, or an IEEE float of 2, 4 or 8.</summary>
internal sealed class ScalarType(int bytes, bool isSigned, OrderKind order, bool isFloat = false) : TypeModel
{
    public int Bytes { get; } = bytes;

    /// <summary>True for floats, which expressions cannot compute with.</summary>
    public bool IsFloat { get; } = isFloat;

    public bool IsSigned { get; } = isSigned;

    public OrderKind Order { get; } = order;

    public BigInteger Min => IsSigned ? -(BigInteger.One << ((Bytes * 8) - 1)) : BigInteger.Zero;

    public BigInteger Max => (BigInteger.One << ((Bytes * 8) - (IsSigned ? 1 : 0))) - 1;
}

/// <summary>A byte of text.</summary>
internal sealed class CharType : TypeModel
{
    public static readonly CharType Instance = new();
}

/// <summary>
/// Another name of a type, which may carry a count (<c>alias uuid = byte[16];</c>) and attributes; fields resolve it.
/// </summary>
internal sealed class AliasType(string name, FileUnit unit, string doc, TypeModel target, int? count)
    : NamedType(name, name, unit, doc)
{
    /// <summary>What it stands for; never an alias without a count.</summary>
    public TypeModel Target { get; } = target;

    /// <summary>Elements if the alias is an array.</summary>
    public int? Count { get; } = count;

    public required IReadOnlyList<Syntax.AttributeSyntax> Attributes { get; init; }
}

/// <summary>What every declared type has: its place, its C# name and the file it comes from.</summary>
internal abstract class NamedType(string name, string csName, FileUnit unit, string doc) : TypeModel
{
    public string Name { get; } = name;

    public string CsName { get; } = csName;

    public FileUnit Unit { get; } = unit;

    public string Doc { get; } = doc;
}

internal sealed record EnumMember(string Name, string CsName, BigInteger Value, string Doc);

/// <summary>An enumeration, or flags.</summary>
internal sealed class EnumType(string name, string csName, FileUnit unit, string doc)
    : NamedType(name, csName, unit, doc)
{
    /// <summary>Width of the backing type; fields of structures need a multiple of 8.</summary>
    public int Bits { get; set; } = 8;

    public bool IsSigned { get; set; }

    public OrderKind Order { get; set; }

    public bool IsFlags { get; set; }

    public bool IsClosed { get; set; }

    public List<EnumMember> Members { get; } = [];

    public BigInteger Min => IsSigned ? -(BigInteger.One << (Bits - 1)) : BigInteger.Zero;

    public BigInteger Max => (BigInteger.One << (Bits - (IsSigned ? 1 : 0))) - 1;

    public ScalarType Scalar => new(Bits / 8, IsSigned, Order);

    /// <summary>The same enumeration in the order that a member states.</summary>
    public EnumType With(OrderKind order)
    {
        var ordered = (EnumType)MemberwiseClone();
        ordered.Order = order;
        return ordered;
    }
}

/// <param name="Name">The name in the schema.</param>
/// <param name="CsName">The property.</param>
/// <param name="Doc">The doc comment.</param>
/// <param name="Low">The lowest bit, counted from the least significant bit of the container.</param>
/// <param name="Width">Bits, 1 to 64, also across the bytes of the container.</param>
/// <param name="Scale">Bits by which the value is shifted left when read.</param>
/// <param name="Enum">The enumeration of the value, or null.</param>
internal sealed record BitField(
    string Name, string CsName, string Doc, int Low, int Width, int Scale, EnumType? Enum)
{
    /// <summary>True for a bit field of C whose type is signed: the highest bit is a sign.</summary>
    public bool IsSigned { get; init; }

    /// <summary>True for one bit that is yes or no, and not a number.</summary>
    public bool IsBoolean => this is { Width: 1, Scale: 0, Enum: null, IsSigned: false };
}

/// <summary>Bits in a container of 1 to 8 or 16 bytes, which has the byte order of an integer of its width.</summary>
internal sealed class BitsType(string name, string csName, FileUnit unit, string doc)
    : NamedType(name, csName, unit, doc)
{
    public ScalarType Scalar { get; set; } = new(1, false, OrderKind.Ambient);

    public List<BitField> Fields { get; } = [];

    /// <summary>The same bits in the order that a member states.</summary>
    public BitsType With(OrderKind order)
    {
        var ordered = (BitsType)MemberwiseClone();
        ordered.Scalar = new ScalarType(Scalar.Bytes, Scalar.IsSigned, order);
        return ordered;
    }
}

internal sealed record ConstantModel(string Name, string CsName, BigInteger Value, string Doc);

/// <summary>A value parameter of a structure.</summary>
/// <param name="Name">The name in the schema.</param>
/// <param name="CsName">camelCase.</param>
/// <param name="IsBoolean">True for <c>bool</c>.</param>
/// <param name="Type">A scalar or an enumeration; null for <c>bool</c>.</param>
internal sealed record ParameterModel(string Name, string CsName, bool IsBoolean, TypeModel? Type);

internal sealed class FormatModel(string name, string csName, string doc)
{
    public string Name { get; } = name;

    public string CsName { get; } = csName;

    public string Doc { get; } = doc;

    public List<bool> TryLittleEndian { get; } = [];

    public required StructType Structure { get; init; }

    public List<BigInteger> Offsets { get; } = [];

    public BoundExpression? Accept { get; set; }
}
