using System.Globalization;
using System.Numerics;
using KernKit.Layout.Compiler.Binding;

namespace KernKit.Layout.Compiler.Decode;

/// <summary>What values mean to people.</summary>
internal static class ValueText
{
    /// <summary>Decimal if small or negative, else hexadecimal.</summary>
    public static string Number(BigInteger value) =>
        value < 1024 ? value.ToString(CultureInfo.InvariantCulture) : "0x" + Hex(value);

    /// <summary>Members of enumerations, times, round sizes; "" if there is nothing to say.</summary>
    public static string Meaning(FieldModel field, BigInteger value) => field switch
    {
        { Type: EnumType type } => Symbol(type, value),
        { Time.Length: > 0 } => Time(field.Time, value),
        { Unit: "byte" or "bytes" } => Size(value),
        { Show: "hex" } => "0x" + Hex(value),
        { Show: "oct" or "octal" or "mode" } => "0" + Octal(value),
        _ => "",
    };

    /// <summary>The member of an enumeration, or the flags that are set.</summary>
    public static string Symbol(EnumType type, BigInteger value)
    {
        EnumMember? exact = type.Members.Find(member => member.Value == value);
        if (exact is not null)
        {
            return exact.Name;
        }

        if (!type.IsFlags || value.IsZero)
        {
            return type.IsFlags ? "" : "?";
        }

        var set = new List<string>();
        foreach (EnumMember member in type.Members.Where(static member => !member.Value.IsZero))
        {
            if ((value & member.Value) == member.Value)
            {
                set.Add(member.Name);
                value &= ~member.Value;
            }
        }

        if (!value.IsZero)
        {
            set.Add("0x" + Hex(value));
        }

        return string.Join('|', set);
    }

    /// <summary>The value of a float's bits; null for integers.</summary>
    public static double? Real(TypeModel type, BigInteger bits) => type is not ScalarType { IsFloat: true } scalar
        ? null
        : scalar.Bytes switch
        {
            2 => (double)BitConverter.UInt16BitsToHalf((ushort)(bits & ushort.MaxValue)),
            4 => BitConverter.UInt32BitsToSingle((uint)(bits & uint.MaxValue)),
            _ => BitConverter.UInt64BitsToDouble((ulong)(bits & ulong.MaxValue)),
        };

    /// <summary>Bytes in the form that the schema asks for; "" if it asks for none.</summary>
    public static string Shown(string form, byte[] bytes, bool isLittleEndian) => form switch
    {
        "uuid" when bytes.Length == 16 => new Guid(bytes, bigEndian: !isLittleEndian).ToString(),
        _ => "",
    };

    /// <summary>Text of 16-bit units, up to the first that is 0.</summary>
    public static string Utf16(List<BigInteger> units) =>
        string.Concat(units.TakeWhile(static unit => !unit.IsZero).Select(static unit => (char)(ushort)unit));

    private static string Octal(BigInteger value)
    {
        string digits = "";
        for (BigInteger rest = BigInteger.Abs(value); !rest.IsZero; rest >>= 3)
        {
            digits = (int)(rest & 7) + digits;
        }

        return digits;
    }

    private static string Hex(BigInteger value)
    {
        string digits = value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    private static string Time(string kind, BigInteger value)
    {
        BigInteger scale = kind switch
        {
            "unix_s" => 10_000_000,
            "unix_ms" => 10_000,
            "unix_us" => 10,
            "unix_ns" => -100,
            _ => 0,
        };
        if (scale.IsZero)
        {
            return "";
        }

        BigInteger ticks = scale.Sign > 0 ? value * scale : BigInteger.Divide(value, -scale);
        ticks += DateTime.UnixEpoch.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return "outside of the years 1 to 9999";
        }

        var time = new DateTime((long)ticks, DateTimeKind.Utc);
        string format = kind == "unix_s" ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ";
        return time.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Size(BigInteger value)
    {
        string[] units = ["K", "M", "G", "T"];
        int unit = -1;
        while (unit < units.Length - 1 && value >= 1024 && value % 1024 == 0)
        {
            value /= 1024;
            unit++;
        }

        return unit < 0 ? "" : value.ToString(CultureInfo.InvariantCulture) + units[unit];
    }
}
