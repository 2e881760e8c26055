using System.Globalization;
using System.Numerics;

namespace KernKit.Layout.Compiler.CSharp;

/// <summary>The C# types in which expressions are computed, smallest first.</summary>
internal enum Carrier
{
    Int,
    Long,
    ULong,
    Int128,
    UInt128,
}

/// <summary>Numbers as C# writes them.</summary>
internal static class Literals
{
    public static Carrier CarrierOf(BigInteger min, BigInteger max) =>
        min >= int.MinValue && max <= int.MaxValue ? Carrier.Int
        : min >= long.MinValue && max <= long.MaxValue ? Carrier.Long
        : min >= 0 && max <= ulong.MaxValue ? Carrier.ULong
        : max < Int128Limit ? Carrier.Int128
        : Carrier.UInt128;

    private static readonly BigInteger Int128Limit = BigInteger.One << 127;

    public static string NameOf(Carrier carrier) => carrier switch
    {
        Carrier.Int => "int",
        Carrier.Long => "long",
        Carrier.ULong => "ulong",
        Carrier.UInt128 => "UInt128",
        _ => "Int128",
    };

    /// <summary>Decimal if small or negative, hexadecimal otherwise, as people read constants of formats.</summary>
    public static string Plain(BigInteger value) => value < 1024
        ? value.ToString(CultureInfo.InvariantCulture)
        : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');

    public static string Of(BigInteger value, Carrier carrier)
    {
        if (carrier is Carrier.Int128 or Carrier.UInt128)
        {
            string name = NameOf(carrier);
            if (value >= long.MinValue && value <= long.MaxValue)
            {
                return carrier == Carrier.Int128 ? $"(Int128)({Plain(value)}L)" : $"(UInt128)({Plain(value)}UL)";
            }

            BigInteger bits = value & ((BigInteger.One << 128) - 1);
            return $"new {name}(0x{(ulong)(bits >> 64):x}UL, 0x{(ulong)(bits & ulong.MaxValue):x}UL)";
        }

        string text = Plain(value);
        return carrier switch
        {
            // A hexadecimal literal above int.MaxValue would be a uint; ranges make that impossible here.
            Carrier.Int => text,
            Carrier.Long => text + "L",
            _ => text + "UL",
        };
    }

    /// <summary>A constant as a value of a field's type.</summary>
    public static string Typed(Binding.TypeModel type, string csType, BigInteger value) => type switch
    {
        Binding.BitsType { Scalar.Bytes: 16 } => $"new {csType}({Of(value, Carrier.UInt128)})",
        Binding.ScalarType { Bytes: 16 } wide => Of(value, wide.IsSigned ? Carrier.Int128 : Carrier.UInt128),
        Binding.BitsType => $"new {csType}({Plain(value)})",
        Binding.EnumType => $"unchecked(({csType})({Plain(value)}))",
        _ => $"unchecked(({csType})({Plain(value)}))",
    };

    /// <summary>The C# type of a constant: the first of int, uint, long, ulong that holds it.</summary>
    public static string ConstantType(BigInteger value) =>
        value >= int.MinValue && value <= int.MaxValue ? "int"
        : value >= 0 && value <= uint.MaxValue ? "uint"
        : value <= long.MaxValue ? "long"
        : "ulong";

    /// <summary>A read-only span of constant bytes, as text where it is text.</summary>
    public static string Bytes(byte[] bytes)
    {
        bool isText = bytes.Length > 0 && Array.TrueForAll(bytes, static b => b is >= 0x20 and <= 0x7e);
        return isText
            ? CodeWriter.Quote(System.Text.Encoding.ASCII.GetString(bytes)) + "u8"
            : "(ReadOnlySpan<byte>)[" + string.Join(", ", bytes.Select(static b => $"0x{b:x2}")) + "]";
    }
}
