using System.Numerics;
using KernKit.Bpf.Isa;

namespace KernKit.Bpf.Verify;

/// <summary>The conditions of jumps, with those that are another one turned round left out.</summary>
internal enum Relation
{
    Equal, NotEqual, Less, LessOrEqual, LessSigned, LessOrEqualSigned, SharesBits, SharesNoBits,
}

/// <summary>A condition between the operands of a jump, possibly in the other order.</summary>
internal readonly record struct Condition(Relation Relation, bool IsReversed, bool Is32)
{
    /// <summary>What holds if the jump is taken.</summary>
    public static Condition Of(Op op)
    {
        var name = (op - Op.Jeq32Imm) % 22 / 2;
        var (relation, reversed) = name switch
        {
            0 => (Relation.Equal, false),
            1 => (Relation.Less, true),
            2 => (Relation.LessOrEqual, true),
            3 => (Relation.SharesBits, false),
            4 => (Relation.NotEqual, false),
            5 => (Relation.LessSigned, true),
            6 => (Relation.LessOrEqualSigned, true),
            7 => (Relation.Less, false),
            8 => (Relation.LessOrEqual, false),
            9 => (Relation.LessSigned, false),
            _ => (Relation.LessOrEqualSigned, false),
        };
        return new Condition(relation, reversed, op.Is32());
    }

    /// <summary>What holds if it is not.</summary>
    public Condition Negated() => Relation switch
    {
        Relation.Equal => this with { Relation = Relation.NotEqual },
        Relation.NotEqual => this with { Relation = Relation.Equal },
        Relation.SharesBits => this with { Relation = Relation.SharesNoBits },
        Relation.SharesNoBits => this with { Relation = Relation.SharesBits },
        Relation.Less => new Condition(Relation.LessOrEqual, !IsReversed, Is32),
        Relation.LessOrEqual => new Condition(Relation.Less, !IsReversed, Is32),
        Relation.LessSigned => new Condition(Relation.LessOrEqualSigned, !IsReversed, Is32),
        _ => new Condition(Relation.LessSigned, !IsReversed, Is32),
    };
}

/// <content>What is left of two sets where a condition between their numbers holds.</content>
internal readonly partial record struct Scalar
{
    /// <summary>Restricts both operands; either becomes empty if the condition cannot hold.</summary>
    public static void Restrict(Condition condition, ref Scalar a, ref Scalar b)
    {
        if (condition.IsReversed)
        {
            Restrict(condition with { IsReversed = false }, ref b, ref a);
            return;
        }

        if (condition.Is32)
        {
            Restrict32(condition.Relation, ref a, ref b);
        }
        else
        {
            Restrict64(condition.Relation, ref a, ref b);
        }

        a = a.Settle();
        b = b.Settle();
        if (a.IsEmpty || b.IsEmpty)
        {
            (a, b) = (Empty, Empty);
        }
    }

    private static void Restrict64(Relation relation, ref Scalar a, ref Scalar b)
    {
        switch (relation)
        {
            case Relation.Equal:
                a = b = a.Intersect(b);
                break;
            case Relation.NotEqual:
                (a, b) = (a.Without(b), b.Without(a));
                break;
            case Relation.Less when b.UMax == 0 || a.UMin == ulong.MaxValue:
            case Relation.LessSigned when b.SMax == long.MinValue || a.SMin == long.MaxValue:
                a = Empty;
                break;
            case Relation.Less:
                a = a with { UMax = Math.Min(a.UMax, b.UMax - 1) };
                b = b with { UMin = Math.Max(b.UMin, a.UMin + 1) };
                break;
            case Relation.LessOrEqual:
                a = a with { UMax = Math.Min(a.UMax, b.UMax) };
                b = b with { UMin = Math.Max(b.UMin, a.UMin) };
                break;
            case Relation.LessSigned:
                a = a with { SMax = Math.Min(a.SMax, b.SMax - 1) };
                b = b with { SMin = Math.Max(b.SMin, a.SMin + 1) };
                break;
            case Relation.LessOrEqualSigned:
                a = a with { SMax = Math.Min(a.SMax, b.SMax) };
                b = b with { SMin = Math.Max(b.SMin, a.SMin) };
                break;
            default:
                (a, b) = (a.WithBits(relation, b, ulong.MaxValue), b.WithBits(relation, a, ulong.MaxValue));
                break;
        }
    }

    private static void Restrict32(Relation relation, ref Scalar a, ref Scalar b)
    {
        switch (relation)
        {
            case Relation.Equal:
                (a, b) = (a.IntersectLow(b), b.IntersectLow(a));
                break;
            case Relation.NotEqual:
                (a, b) = (a.WithoutLow(b), b.WithoutLow(a));
                break;
            case Relation.Less when b.UMax32 == 0 || a.UMin32 == uint.MaxValue:
            case Relation.LessSigned when b.SMax32 == int.MinValue || a.SMin32 == int.MaxValue:
                a = Empty;
                break;
            case Relation.Less:
                a = a with { UMax32 = Math.Min(a.UMax32, b.UMax32 - 1) };
                b = b with { UMin32 = Math.Max(b.UMin32, a.UMin32 + 1) };
                break;
            case Relation.LessOrEqual:
                a = a with { UMax32 = Math.Min(a.UMax32, b.UMax32) };
                b = b with { UMin32 = Math.Max(b.UMin32, a.UMin32) };
                break;
            case Relation.LessSigned:
                a = a with { SMax32 = Math.Min(a.SMax32, b.SMax32 - 1) };
                b = b with { SMin32 = Math.Max(b.SMin32, a.SMin32 + 1) };
                break;
            case Relation.LessOrEqualSigned:
                a = a with { SMax32 = Math.Min(a.SMax32, b.SMax32) };
                b = b with { SMin32 = Math.Max(b.SMin32, a.SMin32) };
                break;
            default:
                (a, b) = (a.WithBits(relation, b, uint.MaxValue), b.WithBits(relation, a, uint.MaxValue));
                break;
        }
    }

    private Scalar IntersectLow(in Scalar other)
    {
        var low = new Tnum(other.Bits.Value & uint.MaxValue, other.Bits.Mask | 0xffff_ffff_0000_0000);
        return Bits.Excludes(low) ? Empty : this with
        {
            Bits = Bits.Intersect(low),
            UMin32 = Math.Max(UMin32, other.UMin32),
            UMax32 = Math.Min(UMax32, other.UMax32),
            SMin32 = Math.Max(SMin32, other.SMin32),
            SMax32 = Math.Min(SMax32, other.SMax32),
        };
    }

    // A number can be taken out only where it is an end of a range.
    private Scalar Without(in Scalar other)
    {
        if (!other.IsConstant)
        {
            return this;
        }

        var number = other.UMin;
        if (IsConstant)
        {
            return UMin == number ? Empty : this;
        }

        var s = this;
        s = s.UMin == number ? s with { UMin = number + 1 } : s.UMax == number ? s with { UMax = number - 1 } : s;
        return s.SMin == (long)number ? s with { SMin = s.SMin + 1 }
            : s.SMax == (long)number ? s with { SMax = s.SMax - 1 } : s;
    }

    private Scalar WithoutLow(in Scalar other)
    {
        if (other.UMin32 != other.UMax32)
        {
            return this;
        }

        var number = other.UMin32;
        if (UMin32 == UMax32)
        {
            return UMin32 == number ? Empty : this;
        }

        var s = this;
        s = s.UMin32 == number ? s with { UMin32 = number + 1 }
            : s.UMax32 == number ? s with { UMax32 = number - 1 } : s;
        return s.SMin32 == (int)number ? s with { SMin32 = s.SMin32 + 1 }
            : s.SMax32 == (int)number ? s with { SMax32 = s.SMax32 - 1 } : s;
    }

    private Scalar WithBits(Relation relation, in Scalar tested, ulong width)
    {
        var surely = tested.Bits.Value & width;
        if (relation == Relation.SharesNoBits)
        {
            return (Bits.Value & surely) != 0 ? Empty : this with { Bits = Bits with { Mask = Bits.Mask & ~surely } };
        }

        var possibly = tested.Bits.Max & Bits.Max & width;
        if (possibly == 0)
        {
            return Empty;
        }

        return BitOperations.IsPow2(possibly) && (Bits.Mask & possibly) != 0
            ? this with { Bits = new Tnum(Bits.Value | possibly, Bits.Mask & ~possibly) }
            : this;
    }
}
