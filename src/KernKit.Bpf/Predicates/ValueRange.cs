using System.Numerics;

namespace KernKit.Bpf.Predicates;

/// <summary>What a value may be: from <paramref name="Low"/> to <paramref name="High"/>, in whole numbers without
/// end.</summary>
internal readonly record struct ValueRange(BigInteger Low, BigInteger High)
{
    public static readonly ValueRange Signed = new(long.MinValue, long.MaxValue);
    public static readonly ValueRange Unsigned = new(0, ulong.MaxValue);

    public bool IsNatural => Low >= 0;

    public bool FitsSigned => Low >= long.MinValue && High <= long.MaxValue;

    public bool FitsUnsigned => Low >= 0 && High <= ulong.MaxValue;

    public bool Contains(BigInteger value) => value >= Low && value <= High;

    public ValueRange Within(ValueRange other) =>
        new(BigInteger.Max(Low, other.Low), BigInteger.Min(High, other.High));

    public ValueRange Or(ValueRange other) => new(BigInteger.Min(Low, other.Low), BigInteger.Max(High, other.High));

    /// <summary>What an operator makes of two ranges, wherever it has a value.</summary>
    public static ValueRange Of(string sign, ValueRange left, ValueRange right) => sign switch
    {
        "+" => new(left.Low + right.Low, left.High + right.High),
        "-" => new(left.Low - right.High, left.High - right.Low),
        "*" => Corners(left, right, static (a, b) => a * b),
        "<<" => Corners(left, right.AsShift(), static (a, b) => a << (int)b),
        ">>" => Corners(left, right.AsShift(), static (a, b) => a >> (int)b),
        "/" => Quotient(left, right),
        "%" => Remainder(left, right),
        "&" when left.IsNatural || right.IsNatural => new(0, left.IsNatural && right.IsNatural
            ? BigInteger.Min(left.High, right.High) : left.IsNatural ? left.High : right.High),
        "^" when right.Low == -1 && right.High == -1 => new(-left.High - 1, -left.Low - 1),
        _ => Bits(left, right),
    };

    // The nearest shifts that there are; where there is none, there is no result either.
    private ValueRange AsShift() => new(BigInteger.Clamp(Low, 0, 63), BigInteger.Clamp(High, 0, 63));

    private static ValueRange Corners(ValueRange left, ValueRange right, Func<BigInteger, BigInteger, BigInteger> of)
    {
        var (a, b, c, d) = (of(left.Low, right.Low), of(left.Low, right.High), of(left.High, right.Low),
            of(left.High, right.High));
        return new(BigInteger.Min(BigInteger.Min(a, b), BigInteger.Min(c, d)),
            BigInteger.Max(BigInteger.Max(a, b), BigInteger.Max(c, d)));
    }

    private static ValueRange Quotient(ValueRange left, ValueRange right)
    {
        if (right.Low > 0 || right.High < 0)
        {
            return Corners(left, right, BigInteger.Divide);
        }

        // The divisor may be 1 or -1, and is not 0 where there is a quotient.
        var most = BigInteger.Max(BigInteger.Abs(left.Low), BigInteger.Abs(left.High));
        return left.IsNatural && right.IsNatural ? new(0, left.High) : new(-most, most);
    }

    private static ValueRange Remainder(ValueRange left, ValueRange right)
    {
        var most = BigInteger.Max(BigInteger.Max(BigInteger.Abs(right.Low), BigInteger.Abs(right.High)) - 1, 0);
        return new(left.IsNatural ? 0 : BigInteger.Max(-most, left.Low), left.High < 0 ? 0
            : BigInteger.Min(most, left.High));
    }

    // Two's complement without end: as many bits as the longer one has.
    private static ValueRange Bits(ValueRange left, ValueRange right)
    {
        var all = left.Or(right);
        var bits = (int)Math.Max((all.Low < 0 ? -all.Low - 1 : all.Low).GetBitLength(), all.High.GetBitLength());
        var most = (BigInteger.One << bits) - 1;
        return new(all.IsNatural ? 0 : -most - 1, most);
    }
}
