namespace KernKit.Bpf.Verify;

/// <summary>Eight aligned bytes of a frame's stack: up to two spilled values, and which bytes were written.</summary>
/// <remarks>
/// <code>
///   byte      0  1  2  3  4  5  6  7
///   Low       '- LowBytes of it: 1, 2, 4 or 8
///   High                  '---------- four bytes, when Low has at most four
/// </code>
/// Written bytes outside of both hold unknown numbers.
/// </remarks>
internal readonly record struct StackSlot(byte Written, byte LowBytes, AbstractValue? Low, AbstractValue? High)
{
    public bool IsWritten(int at, int bytes) => (Written & Mask(at, bytes)) == Mask(at, bytes);

    public static byte Mask(int at, int bytes) => (byte)(((1 << bytes) - 1) << at);

    /// <summary>Some pointer lies in these bytes, or one that is void by now.</summary>
    public bool HasPointer(int at, int bytes) => Low is { IsNumber: false } && at < LowBytes && bytes > 0;

    /// <summary>After a store at a known place.</summary>
    /// <param name="at">First byte, 0 to 7.</param>
    /// <param name="bytes">Bytes; not beyond the slot.</param>
    /// <param name="value">What they hold; null for an unknown number.</param>
    public StackSlot Store(int at, int bytes, AbstractValue? value)
    {
        var cleared = Clear(at, bytes);
        cleared = cleared with { Written = (byte)(cleared.Written | Mask(at, bytes)) };
        if (value is null)
        {
            return cleared;
        }

        return at switch
        {
            0 => cleared with { Low = value, LowBytes = (byte)bytes },
            4 when bytes == 4 => cleared with { High = value },
            _ => cleared,
        };
    }

    /// <summary>Forgets values that the bytes take part in; what remains of a number is kept where it is a half. What
    /// remains of a pointer must not be read as a number, so it counts as never written.</summary>
    public StackSlot Clear(int at, int bytes)
    {
        var slot = this;
        if (slot.Low is { } low && at < slot.LowBytes)
        {
            slot = slot with { Low = null, LowBytes = 0, Written = low.IsNumber ? Written : (byte)0 };
            if (low.IsNumber && LowBytes == 8 && bytes == 4)
            {
                slot = at == 4
                    ? slot with { Low = AbstractValue.Of(low.Number.LowBytes(4)), LowBytes = 4 }
                    : at == 0 ? slot with { High = Extract(low, 4, 4) } : slot;
            }
        }

        return slot.High is not null && at + bytes > 4 ? slot with { High = null } : slot;
    }

    /// <summary>What a load gives; the bytes were written.</summary>
    /// <returns>Null for an unknown number.</returns>
    public AbstractValue? Load(int at, int bytes)
    {
        if (Low is { } low && at + bytes <= LowBytes)
        {
            return at == 0 && bytes == LowBytes ? low : low.IsNumber ? Extract(low, at, bytes) : null;
        }

        if (High is { } high && at >= 4)
        {
            return at == 4 && bytes == 4 ? high : Extract(high, at - 4, bytes);
        }

        return at == 0 && bytes == 8 && Low is { IsNumber: true } && LowBytes == 4 && High is not null
            ? AbstractValue.Of(Scalar.Or(
                Low.Number.LowBytes(4), Scalar.ShiftLeft(High.Number.LowBytes(4), Scalar.Constant(32))))
            : null;
    }

    private static AbstractValue Extract(AbstractValue value, int at, int bytes) => AbstractValue.Of(
        Scalar.ShiftRight(value.Number, Scalar.Constant((ulong)at * 8)).LowBytes(bytes));
}
