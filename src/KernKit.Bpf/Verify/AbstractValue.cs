using System.Globalization;

namespace KernKit.Bpf.Verify;

/// <summary>What a register or a stack slot may hold.</summary>
internal enum ValueKind
{
    /// <summary>Nothing that may be read: never written, or invalid by now.</summary>
    Unusable,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Pointer into the context structure.</summary>
    Context,

    /// <summary>Pointer into a frame of the stack; the region is the frame's number.</summary>
    Stack,

    /// <summary>Pointer into the packet, or into a record.</summary>
    Packet,

    /// <summary>Pointer behind the last byte of it.</summary>
    PacketEnd,

    /// <summary>Pointer into what precedes the packet.</summary>
    PacketMeta,

    /// <summary>Pointer into a map's value; the region is the map's number.</summary>
    MapValue,

    /// <summary>A map; the region is its number.</summary>
    Map,

    /// <summary>Pointer into memory of a known size, which is the region.</summary>
    Memory,

    /// <summary>Pointer to something of the host that only helpers understand; the region is how much can be
    /// read.</summary>
    Object,

    /// <summary>Address of a function; the region is its first slot.</summary>
    Code,
}

/// <summary>What is known about a register or a spilled register. Immutable: states share it.</summary>
internal sealed record AbstractValue
{
    public ValueKind Kind { get; init; }

    /// <summary>The number; for a pointer the variable part of its offset.</summary>
    public Scalar Number { get; init; }

    /// <summary>For a pointer the constant part of its offset, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Values with the same id, not 0, differ by their <see cref="Delta"/> (numbers), or are the same
    /// base and variable part (pointers).</summary>
    public int Id { get; init; }

    /// <summary>For a number with an id: its constant distance from what the id stands for.</summary>
    public long Delta { get; init; }

    public int Region { get; init; }

    /// <summary>A pointer, or null.</summary>
    public bool MayBeNull { get; init; }

    /// <summary>A number that is an address of the host's own: loads through it may be followed, and give 0 where
    /// nothing is.</summary>
    public bool IsForeign { get; init; }

    /// <summary>A pointer to memory that the program must not change.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>The host's resource that this pointer stands for and that must be given back; 0 for none.</summary>
    public int Reference { get; init; }

    /// <summary>For a pointer into the packet with a variable part: base + variable part + Room is at most the end.
    /// <see cref="Nothing"/> if nothing is known.</summary>
    public long Room { get; init; } = Nothing;

    /// <summary>For a number x: x + Below is at most the packet's length. Below its own minimum nothing is
    /// known.</summary>
    public long Below { get; init; } = Nothing;

    /// <summary>For a number: it is the packet's length less this. <see cref="Nothing"/> for other numbers.</summary>
    public long Length { get; init; } = Nothing;

    /// <summary>For a number that was shifted left by 32: what it was. Compilers extend halves by shifting there and
    /// back; known until ways meet.</summary>
    public AbstractValue? Shifted { get; init; }

    public Ghost? Ghost { get; init; }

    /// <summary>Numbers that this moves along with.</summary>
    public Tie[] Ties { get; init; } = [];

    /// <summary>For an unusable value: why, in words.</summary>
    public string? Why { get; init; }

    public const long Nothing = long.MinValue;

    public static readonly AbstractValue Unwritten = new() { Why = "was never written" };

    public static readonly AbstractValue Anything = new() { Kind = ValueKind.Number, Number = Scalar.Unknown };

    private static readonly AbstractValue[] Small = [.. Enumerable.Range(0, 256).Select(Make)];

    private static AbstractValue Make(int number) =>
        new() { Kind = ValueKind.Number, Number = Scalar.Constant((ulong)number) };

    public static AbstractValue Of(in Scalar number) => number.IsConstant && number.UMin < 256
        ? Small[number.UMin]
        : number.IsUnknown ? Anything : new AbstractValue { Kind = ValueKind.Number, Number = number };

    public static AbstractValue Constant(ulong number) => Of(Scalar.Constant(number));

    public static readonly AbstractValue Foreign = Anything with { IsForeign = true };

    public static AbstractValue Invalid(string why) => new() { Why = why };

    public static AbstractValue Pointer(ValueKind kind, int region = 0, long offset = 0) =>
        new() { Kind = kind, Region = region, Offset = offset, Number = Scalar.Constant(0) };

    public bool IsNumber => Kind == ValueKind.Number;

    public bool IsPointer => Kind > ValueKind.Number;

    public bool IsUsable => Kind != ValueKind.Unusable;

    /// <summary>A pointer into bytes: its offset means something.</summary>
    public bool IsAddress => Kind is >= ValueKind.Context and <= ValueKind.MapValue and not ValueKind.PacketEnd
        or ValueKind.Memory or ValueKind.Object;

    /// <summary>The least byte that a pointer points at, from its base; beyond any memory where nothing is
    /// known.</summary>
    public long Lowest => Far(Offset + (Int128)Number.SMin);

    /// <summary>The greatest.</summary>
    public long Highest => Far(Offset + (Int128)Number.SMax);

    public bool HasConstantOffset => Number.IsConstant;

    // So far that sizes and displacements can be added without wrapping.
    private static long Far(Int128 offset) => (long)Int128.Clamp(offset, -(1L << 60), 1L << 60);

    private long RoomBehind => Room == Nothing ? 0 : Math.Max(0, Room - Offset);

    /// <summary>As messages show it.</summary>
    public override string ToString()
    {
        var name = Kind switch
        {
            ValueKind.Unusable => $"nothing usable ({Why})",
            ValueKind.Number => Number.ToString(),
            ValueKind.Context => "context",
            ValueKind.Stack => Region == 0 ? "stack" : $"stack of frame {Region}",
            ValueKind.Packet => "packet",
            ValueKind.PacketEnd => "packet end",
            ValueKind.PacketMeta => "packet meta",
            ValueKind.MapValue => $"value of map {Region}",
            ValueKind.Map => $"map {Region}",
            ValueKind.Memory => $"memory of {Region} bytes",
            ValueKind.Object => "object",
            _ => $"function {Region}",
        };
        if (!IsPointer)
        {
            return name;
        }

        var offset = Number.IsConstant && Number.UMin == 0
            ? Offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Offset:+0;-0}")
            : string.Create(CultureInfo.InvariantCulture, $"{Offset:+0;-0;+0} + {Number}");
        var room = Kind == ValueKind.Packet && Id != 0
            ? string.Create(
                CultureInfo.InvariantCulture, $", {RoomBehind} bytes proved from there")
            : "";
        return (MayBeNull ? name + " or null" : name + offset) + room;
    }
}
