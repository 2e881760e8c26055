using System.Numerics;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <content>Transfer functions: what an instruction makes of sets of numbers.</content>
/// <remarks>
/// Each is sound by itself; tests compare all of them with every pair of numbers of a small width and with random wide
/// ones. An operation on 32 bits is the one on 64 bits of the extended halves, cut to 32 bits afterwards.
/// </remarks>
internal readonly partial record struct Scalar
{
    /// <summary>The result of an arithmetic instruction; for immediate rows b is the immediate, sign
    /// extended.</summary>
    public static Scalar Evaluate(Op op, in Scalar a, in Scalar b) => op switch
    {
        Op.Add64Imm or Op.Add64Reg => Add(a, b),
        Op.Sub64Imm or Op.Sub64Reg => Subtract(a, b),
        Op.Mul64Imm or Op.Mul64Reg => Multiply(a, b),
        Op.Div64Imm or Op.Div64Reg => Divide(a, b),
        Op.SDiv64Imm or Op.SDiv64Reg => DivideSigned(a, b),
        Op.Mod64Imm or Op.Mod64Reg => Modulo(a, b),
        Op.SMod64Imm or Op.SMod64Reg => ModuloSigned(a, b),
        Op.Or64Imm or Op.Or64Reg => Or(a, b),
        Op.And64Imm or Op.And64Reg => And(a, b),
        Op.Xor64Imm or Op.Xor64Reg => Xor(a, b),
        Op.Lsh64Imm or Op.Lsh64Reg => ShiftLeft(a, And(b, Constant(63))),
        Op.Rsh64Imm or Op.Rsh64Reg => ShiftRight(a, And(b, Constant(63))),
        Op.Arsh64Imm or Op.Arsh64Reg => ShiftArithmetic(a, And(b, Constant(63))),
        Op.Mov64Imm or Op.Mov64Reg => b,
        Op.Neg64 => Subtract(Constant(0), a),
        Op.MovSx8To64 => SignExtended(b, 8),
        Op.MovSx16To64 => SignExtended(b, 16),
        Op.MovSx32To64 => SignExtended(b, 32),
        >= Op.ToLe16 and <= Op.Bswap64 => Swap(op, a),
        _ => Evaluate32(op, a, b),
    };

    private static Scalar Evaluate32(Op op, in Scalar a, in Scalar b) => op switch
    {
        Op.Add32Imm or Op.Add32Reg => Add(a, b).Low32(),
        Op.Sub32Imm or Op.Sub32Reg => Subtract(a, b).Low32(),
        Op.Mul32Imm or Op.Mul32Reg => Multiply(a.Low32(), b.Low32()).Low32(),
        Op.Div32Imm or Op.Div32Reg => Divide(a.Low32(), b.Low32()),
        Op.SDiv32Imm or Op.SDiv32Reg => DivideSigned(SignExtended(a, 32), SignExtended(b, 32)).Low32(),
        Op.Mod32Imm or Op.Mod32Reg => Modulo(a.Low32(), b.Low32()),
        Op.SMod32Imm or Op.SMod32Reg => ModuloSigned(SignExtended(a, 32), SignExtended(b, 32)).Low32(),
        Op.Or32Imm or Op.Or32Reg => Or(a.Low32(), b.Low32()),
        Op.And32Imm or Op.And32Reg => And(a.Low32(), b.Low32()),
        Op.Xor32Imm or Op.Xor32Reg => Xor(a.Low32(), b.Low32()),
        Op.Lsh32Imm or Op.Lsh32Reg => ShiftLeft(a.Low32(), And(b, Constant(31))).Low32(),
        Op.Rsh32Imm or Op.Rsh32Reg => ShiftRight(a.Low32(), And(b, Constant(31))),
        Op.Arsh32Imm or Op.Arsh32Reg => ShiftArithmetic(SignExtended(a, 32), And(b, Constant(31))).Low32(),
        Op.Mov32Imm or Op.Mov32Reg => b.Low32(),
        Op.Neg32 => Subtract(Constant(0), a).Low32(),
        Op.MovSx8To32 => SignExtended(b, 8).Low32(),
        _ => SignExtended(b, 16).Low32(),
    };

    /// <summary>The low 32 bits, zero extended.</summary>
    public Scalar Low32() => IsEmpty ? this : (Unknown with
    {
        Bits = Bits.Low32(),
        UMin = UMin32,
        UMax = UMax32,
        UMin32 = UMin32,
        UMax32 = UMax32,
        SMin32 = SMin32,
        SMax32 = SMax32,
    }).Settle();

    /// <summary>The low bytes, zero extended: what a narrow store and load back give.</summary>
    public Scalar LowBytes(int bytes) => bytes switch
    {
        8 => this,
        4 => Low32(),
        _ => And(this, Constant((1UL << (bytes * 8)) - 1)),
    };

    /// <summary>The low bits, sign extended.</summary>
    public static Scalar SignExtended(in Scalar a, int bits)
    {
        var limit = 1L << (bits - 1);
        if (a.SMin >= -limit && a.SMax < limit)
        {
            return a;
        }

        return bits == 32
            ? (Unknown with
            {
                Bits = (a.Bits << 32).ArithmeticShift(32),
                SMin = a.SMin32,
                SMax = a.SMax32,
                UMin32 = a.UMin32,
                UMax32 = a.UMax32,
                SMin32 = a.SMin32,
                SMax32 = a.SMax32,
            }).Settle()
            : (Unknown with
            {
                Bits = (a.Bits << (64 - bits)).ArithmeticShift(64 - bits),
                SMin = -limit,
                SMax = limit - 1,
            }).Settle();
    }

    public static Scalar Add(in Scalar a, in Scalar b)
    {
        var r = Unknown with { Bits = a.Bits + b.Bits };
        var (low, high) = ((UInt128)a.UMin + b.UMin, (UInt128)a.UMax + b.UMax);
        if (low >> 64 == high >> 64)
        {
            r = r with { UMin = (ulong)low, UMax = (ulong)high };
        }

        var (slow, shigh) = ((Int128)a.SMin + b.SMin, (Int128)a.SMax + b.SMax);
        if (slow >= long.MinValue && shigh <= long.MaxValue)
        {
            r = r with { SMin = (long)slow, SMax = (long)shigh };
        }

        var (low32, high32) = ((ulong)a.UMin32 + b.UMin32, (ulong)a.UMax32 + b.UMax32);
        if (low32 >> 32 == high32 >> 32)
        {
            r = r with { UMin32 = (uint)low32, UMax32 = (uint)high32 };
        }

        return r.WithSigned32((long)a.SMin32 + b.SMin32, (long)a.SMax32 + b.SMax32).Settle();
    }

    public static Scalar Subtract(in Scalar a, in Scalar b)
    {
        var r = Unknown with { Bits = a.Bits - b.Bits };
        var (low, high) = ((Int128)a.UMin - b.UMax, (Int128)a.UMax - b.UMin);
        if (low < 0 == high < 0)
        {
            r = r with { UMin = (ulong)(low & ulong.MaxValue), UMax = (ulong)(high & ulong.MaxValue) };
        }

        var (slow, shigh) = ((Int128)a.SMin - b.SMax, (Int128)a.SMax - b.SMin);
        if (slow >= long.MinValue && shigh <= long.MaxValue)
        {
            r = r with { SMin = (long)slow, SMax = (long)shigh };
        }

        var (low32, high32) = ((long)a.UMin32 - b.UMax32, (long)a.UMax32 - b.UMin32);
        if (low32 < 0 == high32 < 0)
        {
            r = r with { UMin32 = (uint)low32, UMax32 = (uint)high32 };
        }

        return r.WithSigned32((long)a.SMin32 - b.SMax32, (long)a.SMax32 - b.SMin32).Settle();
    }

    private Scalar WithSigned32(long min, long max) =>
        min >= int.MinValue && max <= int.MaxValue ? this with { SMin32 = (int)min, SMax32 = (int)max } : this;

    public static Scalar Multiply(in Scalar a, in Scalar b)
    {
        var r = Unknown with { Bits = a.Bits * b.Bits };
        var high = (UInt128)a.UMax * b.UMax;
        if (high <= ulong.MaxValue)
        {
            r = r with { UMin = a.UMin * b.UMin, UMax = (ulong)high };
        }

        var (p, q) = ((Int128)a.SMin * b.SMin, (Int128)a.SMin * b.SMax);
        var (s, t) = ((Int128)a.SMax * b.SMin, (Int128)a.SMax * b.SMax);
        var low = Int128.Min(Int128.Min(p, q), Int128.Min(s, t));
        var top = Int128.Max(Int128.Max(p, q), Int128.Max(s, t));
        if (low >= long.MinValue && top <= long.MaxValue)
        {
            r = r with { SMin = (long)low, SMax = (long)top };
        }

        return r.Settle();
    }

    public static Scalar Divide(in Scalar a, in Scalar b) => b.UMin == 0
        ? Range(0, b.UMax == 0 ? 0 : a.UMax)
        : Range(a.UMin / b.UMax, a.UMax / b.UMin);

    public static Scalar Modulo(in Scalar a, in Scalar b)
    {
        if (b.UMin > 0 && a.UMax < b.UMin)
        {
            return a;
        }

        if (a.IsConstant && b.IsConstant)
        {
            return Constant(b.UMin == 0 ? a.UMin : a.UMin % b.UMin);
        }

        return Range(0, b.UMin == 0 ? a.UMax : Math.Min(a.UMax, b.UMax - 1));
    }

    public static Scalar DivideSigned(in Scalar a, in Scalar b)
    {
        if (!b.IsConstant || (long)b.UMin is 0 or -1)
        {
            return (long)b.UMin == -1 && b.IsConstant ? Subtract(Constant(0), a)
                : b.IsConstant ? Constant(0)
                : a.SMin >= 0 && b.SMin >= 0 ? Divide(a, b) : Unknown;
        }

        var divisor = (long)b.UMin;
        return divisor > 0
            ? SignedRange(a.SMin / divisor, a.SMax / divisor)
            : SignedRange(a.SMax / divisor, a.SMin / divisor);
    }

    public static Scalar ModuloSigned(in Scalar a, in Scalar b)
    {
        if (b.IsConstant && b.UMin == 0)
        {
            return a;
        }

        if (a.SMin >= 0 && b.SMin >= 0)
        {
            return Modulo(a, b);
        }

        // The result has the dividend's sign, and is less than the divisor; by zero it is the dividend.
        var (low, high) = (Math.Min(0, a.SMin), Math.Max(0, a.SMax));
        if (b.IsConstant && b.SMin != long.MinValue)
        {
            var below = Math.Abs(b.SMin) - 1;
            (low, high) = (Math.Max(low, -below), Math.Min(high, below));
        }

        return SignedRange(low, high);
    }

    public static Scalar And(in Scalar a, in Scalar b) => (Unknown with
    {
        Bits = a.Bits & b.Bits,
        UMax = Math.Min(a.UMax, b.UMax),
        UMax32 = Math.Min(a.UMax32, b.UMax32),
    }).Settle();

    public static Scalar Or(in Scalar a, in Scalar b) => (Unknown with
    {
        Bits = a.Bits | b.Bits,
        UMin = Math.Max(a.UMin, b.UMin),
        UMin32 = Math.Max(a.UMin32, b.UMin32),
    }).Settle();

    public static Scalar Xor(in Scalar a, in Scalar b) => (Unknown with { Bits = a.Bits ^ b.Bits }).Settle();

    /// <summary>Shift by at most 63.</summary>
    public static Scalar ShiftLeft(in Scalar a, in Scalar by)
    {
        var (least, most) = ((int)by.UMin, (int)by.UMax);
        if (least != most)
        {
            var zeros = Math.Min(64, BitOperations.TrailingZeroCount(a.Bits.Max) + least);
            var bits = zeros == 64 ? Tnum.Constant(0) : Tnum.Unknown << zeros;
            return ((a.UMax << most) >> most == a.UMax
                ? Unknown with { Bits = bits, UMin = a.UMin << least, UMax = a.UMax << most }
                : Unknown with { Bits = bits }).Settle();
        }

        var r = Unknown with { Bits = a.Bits << least };
        if ((a.UMax << least) >> least == a.UMax)
        {
            r = r with { UMin = a.UMin << least, UMax = a.UMax << least };
        }

        if ((a.SMin << least) >> least == a.SMin && (a.SMax << least) >> least == a.SMax)
        {
            r = r with { SMin = a.SMin << least, SMax = a.SMax << least };
        }
        else if (least == 32)
        {
            // Only the low half is left of the number: compilers extend it by shifting there and back.
            r = r with { SMin = (long)a.SMin32 << 32, SMax = (long)a.SMax32 << 32 };
            r = r with { UMin = (ulong)a.UMin32 << 32, UMax = (ulong)a.UMax32 << 32 };
        }

        return r.Settle();
    }

    /// <summary>Shift by at most 63, zeros enter.</summary>
    public static Scalar ShiftRight(in Scalar a, in Scalar by)
    {
        var (least, most) = ((int)by.UMin, (int)by.UMax);
        return (Unknown with
        {
            Bits = least == most ? a.Bits >> least : Tnum.Unknown,
            UMin = a.UMin >> most,
            UMax = a.UMax >> least,
        }).Settle();
    }

    /// <summary>Shift by at most 63, copies of the sign enter.</summary>
    public static Scalar ShiftArithmetic(in Scalar a, in Scalar by)
    {
        var (least, most) = ((int)by.UMin, (int)by.UMax);
        return (Unknown with
        {
            Bits = least == most ? a.Bits.ArithmeticShift(least) : Tnum.Unknown,
            SMin = Math.Min(a.SMin >> least, a.SMin >> most),
            SMax = Math.Max(a.SMax >> least, a.SMax >> most),
        }).Settle();
    }

    private static Scalar Swap(Op op, in Scalar a) => op switch
    {
        Op.ToLe16 => a.LowBytes(2),
        Op.ToLe32 => a.LowBytes(4),
        Op.ToLe64 => a,
        Op.ToBe16 or Op.Bswap16 => Swapped(a, 48),
        Op.ToBe32 or Op.Bswap32 => Swapped(a, 32),
        _ => Swapped(a, 0),
    };

    private static Scalar Swapped(in Scalar a, int shift)
    {
        var bits = a.Bits.Swapped() >> shift;
        return (Unknown with { Bits = bits }).Settle();
    }
}
