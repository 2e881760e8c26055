using System.Buffers.Binary;
using System.Numerics;

namespace KernKit.Bpf.Verify;

/// <summary>Known bits of a 64-bit number: a bit is known unless set in the mask.</summary>
/// <remarks>
/// The numbers stood for are those whose bits outside <see cref="Mask"/> equal <see cref="Value"/>. Value and mask
/// never
/// share a bit. Addition, subtraction and multiplication are those of Vishwanathan and others, "Sound, Precise, and
/// Fast
/// Abstract Interpretation with Tristate Numbers" (CGO 2022): linear in the words, not in the bits.
/// </remarks>
internal readonly record struct Tnum(ulong Value, ulong Mask)
{
    /// <summary>Any number.</summary>
    public static readonly Tnum Unknown = new(0, ulong.MaxValue);

    /// <summary>The smallest number, unsigned.</summary>
    public ulong Min => Value;

    /// <summary>The largest number, unsigned.</summary>
    public ulong Max => Value | Mask;

    /// <summary>All bits are known.</summary>
    public bool IsConstant => Mask == 0;

    public static Tnum Constant(ulong value) => new(value, 0);

    /// <summary>The best that is true of every number in a range: the leading bits that both ends share.</summary>
    public static Tnum Range(ulong min, ulong max)
    {
        var differing = 64 - BitOperations.LeadingZeroCount(min ^ max);
        var mask = differing == 64 ? ulong.MaxValue : (1UL << differing) - 1;
        return new Tnum(min & ~mask, mask);
    }

    public bool Contains(ulong number) => (number & ~Mask) == Value;

    /// <summary>Every number of the other is one of these.</summary>
    public bool Covers(Tnum other) => (other.Mask & ~Mask) == 0 && (other.Value & ~Mask) == Value;

    /// <summary>Whether no number is in both.</summary>
    public bool Excludes(Tnum other) => ((Value ^ other.Value) & ~Mask & ~other.Mask) != 0;

    /// <summary>What is in both; they must not exclude each other.</summary>
    public Tnum Intersect(Tnum other)
    {
        var mask = Mask & other.Mask;
        return new Tnum((Value | other.Value) & ~mask, mask);
    }

    public Tnum Union(Tnum other)
    {
        var mask = Mask | other.Mask | (Value ^ other.Value);
        return new Tnum(Value & ~mask, mask);
    }

    public static Tnum operator +(Tnum a, Tnum b)
    {
        var value = a.Value + b.Value;
        var mask = ((a.Mask + b.Mask + value) ^ value) | a.Mask | b.Mask;
        return new Tnum(value & ~mask, mask);
    }

    public static Tnum operator -(Tnum a, Tnum b)
    {
        var value = a.Value - b.Value;
        var mask = ((value + a.Mask) ^ (value - b.Mask)) | a.Mask | b.Mask;
        return new Tnum(value & ~mask, mask);
    }

    public static Tnum operator *(Tnum a, Tnum b)
    {
        var known = Constant(a.Value * b.Value);
        var unknown = Constant(0);
        while (a.Value != 0 || a.Mask != 0)
        {
            if ((a.Value & 1) != 0)
            {
                unknown += new Tnum(0, b.Mask);
            }
            else if ((a.Mask & 1) != 0)
            {
                unknown += new Tnum(0, b.Value | b.Mask);
            }

            a = a >> 1;
            b = b << 1;
        }

        return known + unknown;
    }

    public static Tnum operator &(Tnum a, Tnum b)
    {
        var maybe = a.Max & b.Max;
        var value = a.Value & b.Value;
        return new Tnum(value, maybe & ~value);
    }

    public static Tnum operator |(Tnum a, Tnum b)
    {
        var value = a.Value | b.Value;
        return new Tnum(value, (a.Mask | b.Mask) & ~value);
    }

    public static Tnum operator ^(Tnum a, Tnum b)
    {
        var mask = a.Mask | b.Mask;
        return new Tnum((a.Value ^ b.Value) & ~mask, mask);
    }

    public static Tnum operator <<(Tnum a, int bits) => new(a.Value << bits, a.Mask << bits);

    public static Tnum operator >>(Tnum a, int bits) => new(a.Value >>> bits, a.Mask >>> bits);

    /// <summary>The shift that copies the sign bit: an unknown sign makes the copies unknown.</summary>
    public Tnum ArithmeticShift(int bits) => new((ulong)((long)Value >> bits), (ulong)((long)Mask >> bits));

    /// <summary>The low 32 bits, the others zero.</summary>
    public Tnum Low32() => new((uint)Value, (uint)Mask);

    /// <summary>Bytes in the other order.</summary>
    public Tnum Swapped() => new(BinaryPrimitives.ReverseEndianness(Value), BinaryPrimitives.ReverseEndianness(Mask));

    /// <inheritdoc/>
    public override string ToString() => IsConstant ? $"0x{Value:x}" : $"(0x{Value:x}; 0x{Mask:x})";
}
