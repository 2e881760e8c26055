using System.Globalization;

namespace KernKit.Bpf.Verify;

/// <summary>A set of 64-bit numbers: known bits and four ranges, each of which holds for every number of the
/// set.</summary>
/// <remarks>
/// <para>The ranges are of the number unsigned and signed, and of its low 32 bits unsigned and signed. A set that has
/// been through <see cref="Settle"/> says in each of the five parts what the others imply, as far as one pass each way
/// tells; nothing needs more for soundness, and more passes gain next to nothing.</para>
/// <para>The empty set is one value, <see cref="Empty"/>: it says that control cannot come here.</para>
/// </remarks>
internal readonly partial record struct Scalar
{
    public static readonly Scalar Unknown = new()
    {
        Bits = Tnum.Unknown,
        UMax = ulong.MaxValue,
        SMin = long.MinValue,
        SMax = long.MaxValue,
        UMax32 = uint.MaxValue,
        SMin32 = int.MinValue,
        SMax32 = int.MaxValue,
    };

    public static readonly Scalar Empty = new() { UMin = 1, UMax = 0 };

    public Tnum Bits { get; init; }

    public ulong UMin { get; init; }

    public ulong UMax { get; init; }

    public long SMin { get; init; }

    public long SMax { get; init; }

    public uint UMin32 { get; init; }

    public uint UMax32 { get; init; }

    public int SMin32 { get; init; }

    public int SMax32 { get; init; }

    public bool IsEmpty => UMin > UMax;

    public bool IsConstant => UMin == UMax;

    public bool IsUnknown => this == Unknown;

    public static Scalar Constant(ulong value) => new()
    {
        Bits = Tnum.Constant(value),
        UMin = value,
        UMax = value,
        SMin = (long)value,
        SMax = (long)value,
        UMin32 = (uint)value,
        UMax32 = (uint)value,
        SMin32 = (int)value,
        SMax32 = (int)value,
    };

    /// <summary>The numbers from one to another, unsigned.</summary>
    public static Scalar Range(ulong min, ulong max) => (Unknown with { UMin = min, UMax = max }).Settle();

    /// <summary>The numbers from one to another, signed.</summary>
    public static Scalar SignedRange(long min, long max) => (Unknown with { SMin = min, SMax = max }).Settle();

    /// <summary>What a load of so many bytes may give.</summary>
    public static Scalar OfBytes(int bytes) => bytes >= 8 ? Unknown : Range(0, (1UL << (bytes * 8)) - 1);

    public bool Contains(ulong number) => Bits.Contains(number)
        && number >= UMin && number <= UMax && (long)number >= SMin && (long)number <= SMax
        && (uint)number >= UMin32 && (uint)number <= UMax32 && (int)number >= SMin32 && (int)number <= SMax32;

    /// <summary>Every number of the other is one of these.</summary>
    public bool Covers(in Scalar other) => other.IsEmpty || (Bits.Covers(other.Bits)
        && other.UMin >= UMin && other.UMax <= UMax && other.SMin >= SMin && other.SMax <= SMax
        && other.UMin32 >= UMin32 && other.UMax32 <= UMax32 && other.SMin32 >= SMin32 && other.SMax32 <= SMax32);

    public Scalar Union(in Scalar other)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return IsEmpty ? other : this;
        }

        return new Scalar
        {
            Bits = Bits.Union(other.Bits),
            UMin = Math.Min(UMin, other.UMin),
            UMax = Math.Max(UMax, other.UMax),
            SMin = Math.Min(SMin, other.SMin),
            SMax = Math.Max(SMax, other.SMax),
            UMin32 = Math.Min(UMin32, other.UMin32),
            UMax32 = Math.Max(UMax32, other.UMax32),
            SMin32 = Math.Min(SMin32, other.SMin32),
            SMax32 = Math.Max(SMax32, other.SMax32),
        };
    }

    public Scalar Intersect(in Scalar other)
    {
        if (IsEmpty || other.IsEmpty || Bits.Excludes(other.Bits))
        {
            return Empty;
        }

        return new Scalar
        {
            Bits = Bits.Intersect(other.Bits),
            UMin = Math.Max(UMin, other.UMin),
            UMax = Math.Min(UMax, other.UMax),
            SMin = Math.Max(SMin, other.SMin),
            SMax = Math.Min(SMax, other.SMax),
            UMin32 = Math.Max(UMin32, other.UMin32),
            UMax32 = Math.Min(UMax32, other.UMax32),
            SMin32 = Math.Max(SMin32, other.SMin32),
            SMax32 = Math.Min(SMax32, other.SMax32),
        }.Settle();
    }

    /// <summary>Lets each part learn from the others.</summary>
    /// <returns>The same numbers, said better; <see cref="Empty"/> if the parts contradict each other.</returns>
    public Scalar Settle()
    {
        var s = this;
        for (var pass = 0; pass < 3; pass++)
        {
            var before = s;
            s = s.FromBits().FromSigns().BetweenWidths().FromSigns().ToBits();
            if (s.IsEmpty)
            {
                return Empty;
            }

            if (s == before)
            {
                break;
            }
        }

        return s;
    }

    private Scalar FromBits()
    {
        const ulong Sign = 1UL << 63;
        const uint Sign32 = 1U << 31;
        var (v, m) = (Bits.Value, Bits.Mask);
        var (v32, m32) = ((uint)v, (uint)m);
        return (this with
        {
            UMin = Math.Max(UMin, v),
            UMax = Math.Min(UMax, v | m),
            SMin = Math.Max(SMin, (long)(v | (m & Sign))),
            SMax = Math.Min(SMax, (long)(v | (m & ~Sign))),
            UMin32 = Math.Max(UMin32, v32),
            UMax32 = Math.Min(UMax32, v32 | m32),
            SMin32 = Math.Max(SMin32, (int)(v32 | (m32 & Sign32))),
            SMax32 = Math.Min(SMax32, (int)(v32 | (m32 & ~Sign32))),
        }).OrEmpty();
    }

    // A range that does not cross the middle, or the wrap, of the other reading is a range there too.
    private Scalar FromSigns()
    {
        var (umin, umax, smin, smax) = (UMin, UMax, SMin, SMax);
        if ((long)umin <= (long)umax)
        {
            (smin, smax) = (Math.Max(smin, (long)umin), Math.Min(smax, (long)umax));
        }

        if (smin <= smax && (ulong)smin <= (ulong)smax)
        {
            (umin, umax) = (Math.Max(umin, (ulong)smin), Math.Min(umax, (ulong)smax));
        }

        var (umin32, umax32, smin32, smax32) = (UMin32, UMax32, SMin32, SMax32);
        if ((int)umin32 <= (int)umax32)
        {
            (smin32, smax32) = (Math.Max(smin32, (int)umin32), Math.Min(smax32, (int)umax32));
        }

        if (smin32 <= smax32 && (uint)smin32 <= (uint)smax32)
        {
            (umin32, umax32) = (Math.Max(umin32, (uint)smin32), Math.Min(umax32, (uint)smax32));
        }

        return (this with
        {
            UMin = umin,
            UMax = umax,
            SMin = smin,
            SMax = smax,
            UMin32 = umin32,
            UMax32 = umax32,
            SMin32 = smin32,
            SMax32 = smax32,
        }).OrEmpty();
    }

    private Scalar BetweenWidths()
    {
        const ulong High = 0xffff_ffff_0000_0000;
        var (umin, umax, smin, smax) = (UMin, UMax, SMin, SMax);
        var (umin32, umax32, smin32, smax32) = (UMin32, UMax32, SMin32, SMax32);
        if ((umin & High) == (umax & High))
        {
            (umin32, umax32) = (Math.Max(umin32, (uint)umin), Math.Min(umax32, (uint)umax));
        }

        if (smin >> 32 == smax >> 32)
        {
            (umin32, umax32) = (Math.Max(umin32, (uint)smin), Math.Min(umax32, (uint)smax));
        }

        if (smin >= int.MinValue && smax <= int.MaxValue)
        {
            (smin32, smax32) = (Math.Max(smin32, (int)smin), Math.Min(smax32, (int)smax));
            (smin, smax) = (Math.Max(smin, smin32), Math.Min(smax, smax32));
        }

        // Among numbers with the high half of a bound, the low half bounds; those with another one are beyond anyway.
        umin = Math.Max(umin, (umin & High) | umin32);
        umax = Math.Min(umax, (umax & High) | umax32);
        smin = Math.Max(smin, (long)(((ulong)smin & High) | umin32));
        smax = Math.Min(smax, (long)(((ulong)smax & High) | umax32));
        return (this with
        {
            UMin = umin,
            UMax = umax,
            SMin = smin,
            SMax = smax,
            UMin32 = umin32,
            UMax32 = umax32,
            SMin32 = smin32,
            SMax32 = smax32,
        }).OrEmpty();
    }

    private Scalar ToBits()
    {
        if (IsEmpty)
        {
            return this;
        }

        var range = Tnum.Range(UMin, UMax);
        var low = Tnum.Range(UMin32, UMax32);
        var wide = new Tnum(low.Value, low.Mask | 0xffff_ffff_0000_0000);
        if (Bits.Excludes(range) || Bits.Intersect(range).Excludes(wide))
        {
            return Empty;
        }

        return this with { Bits = Bits.Intersect(range).Intersect(wide) };
    }

    private Scalar OrEmpty() =>
        UMin <= UMax && SMin <= SMax && UMin32 <= UMax32 && SMin32 <= SMax32 ? this : Empty;

    /// <summary>As messages show it: a number, or the ranges that say something.</summary>
    public override string ToString()
    {
        if (IsEmpty)
        {
            return "nothing";
        }

        if (IsConstant)
        {
            return SMin is >= -4096 and <= 4096
                ? SMin.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"0x{UMin:x}");
        }

        var bits = Bits.Mask != Tnum.Range(UMin, UMax).Mask ? $", bits {Bits}" : "";
        if (IsUnknown)
        {
            return "any number";
        }

        return UMin == 0 && UMax == ulong.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{SMin}..{SMax} signed{bits}")
            : string.Create(CultureInfo.InvariantCulture, $"{UMin}..{UMax}{bits}");
    }
}
