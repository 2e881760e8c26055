namespace KernKit.Bpf.Verify;

/// <summary>One active function: its registers and its stack.</summary>
internal sealed class Frame
{
    private const int SlotCountMax = BpfMachine.FrameBytes / 8;

    private StackSlot[] _slots = [];

    public Frame(int entry, int callSite, int chain)
    {
        Entry = entry;
        CallSite = callSite;
        Chain = chain;
        Array.Fill(Registers, AbstractValue.Unwritten);
    }

    private Frame(Frame other)
    {
        (Entry, CallSite, Chain, Callback) = (other.Entry, other.CallSite, other.Chain, other.Callback);
        other.Registers.CopyTo(Registers, 0);
        _slots = (StackSlot[])other._slots.Clone();
    }

    /// <summary>First slot of the function.</summary>
    public int Entry { get; }

    /// <summary>The call that entered it; -1 for the program itself.</summary>
    public int CallSite { get; }

    /// <summary>A number for the calls that lead here, equal for equal calls.</summary>
    public int Chain { get; }

    /// <summary>What a helper, which calls this function, asks of its result; null for ordinary calls.</summary>
    public Scalar? Callback { get; set; }

    public AbstractValue[] Registers { get; } = new AbstractValue[11];

    /// <summary>Slots that were touched; slot 0 is bytes -8 to -1.</summary>
    public StackSlot[] Slots => _slots;

    public Frame Copy() => new(this);

    /// <summary>A slot by the offset of any of its bytes, -512 to -1.</summary>
    public StackSlot this[long offset]
    {
        get => SlotIndex(offset) is var i && i < _slots.Length ? _slots[i] : default;
        set
        {
            var index = SlotIndex(offset);
            if (index >= _slots.Length)
            {
                Array.Resize(ref _slots, Math.Min(SlotCountMax, Math.Max(index + 1, 4)));
            }

            _slots[index] = value;
        }
    }

    public static int SlotIndex(long offset) => (int)((-offset - 1) / 8);

    /// <summary>Runs over the parts of slots that a range of bytes covers.</summary>
    public static IEnumerable<(long Offset, int At, int Bytes)> Parts(long offset, long bytes)
    {
        for (var end = offset + bytes; offset < end;)
        {
            var at = (int)(offset & 7);
            var part = (int)Math.Min(8 - at, end - offset);
            yield return (offset, at, part);
            offset += part;
        }
    }

    /// <summary>The first byte of a range that was never written; null if all were.</summary>
    public long? FirstUnwritten(long offset, long bytes)
    {
        for (var i = offset; i < offset + bytes; i++)
        {
            if (!this[i].IsWritten((int)(i & 7), 1))
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>Forgets what values a range of bytes holds.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="bytes">Bytes.</param>
    /// <param name="surely">Every byte is written for sure; else bytes keep being written or not.</param>
    public void Forget(long offset, long bytes, bool surely)
    {
        foreach (var (part, at, count) in Parts(offset, bytes))
        {
            this[part] = surely ? this[part].Store(at, count, null) : this[part].Clear(at, count);
        }
    }

    /// <summary>Replaces values.</summary>
    public void Replace(Func<AbstractValue, AbstractValue> change) => Replace((_, value) => change(value));

    /// <summary>Replaces values by their place: the register's number, or 16 and up for halves of slots.</summary>
    public void Replace(Func<int, AbstractValue, AbstractValue> change)
    {
        for (var i = 0; i < Registers.Length; i++)
        {
            Registers[i] = change(i, Registers[i]);
        }

        for (var i = 0; i < _slots.Length; i++)
        {
            var slot = _slots[i];
            if (slot.Low is null && slot.High is null)
            {
                continue;
            }

            var low = slot.Low is null ? null : change(16 + (2 * i), slot.Low);
            var high = slot.High is null ? null : change(17 + (2 * i), slot.High);
            if (!ReferenceEquals(low, slot.Low) || !ReferenceEquals(high, slot.High))
            {
                _slots[i] = slot with { Low = low, High = high };
            }
        }
    }
}
