using System.Buffers.Binary;

namespace KernKit.Bpf.Elf;

/// <summary>A structure of a file, as its schema in layouts/wire has it: what it is made of is asked for by name, once,
/// and nothing here knows an offset.</summary>
internal sealed class WireStructure(string fieldTable)
{
    private readonly FieldTable _table = FieldTable.Parse(fieldTable);

    /// <summary>Bytes of the structure, or those that every one has.</summary>
    public int SizeBytes => _table.RecordBytes;

    /// <summary>A field that holds a number.</summary>
    public WireField this[string name] => _table.TryFind(name, out var field) ? new WireField(field)
        : throw new InvalidOperationException($"{_table.Name} has no field {name}");

    /// <summary>A member of an enumeration that some field is of.</summary>
    public int Member(string name) => _table.TryFindMember(name, out var value) ? (int)value
        : throw new InvalidOperationException($"{_table.Name} has no member {name}");
}

/// <summary>Where a number lies in a structure.</summary>
internal readonly struct WireField(PredicateField field)
{
    private readonly int _at = field.Offset;
    private readonly int _bytes = field.SizeBytes;
    private readonly int _low = field.BitOffset;
    private readonly bool _isBigEndian = field.IsBigEndian;
    private readonly ulong _mask = ulong.MaxValue >> (64 - (field.BitCount > 0 ? field.BitCount : field.SizeBytes * 8));

    /// <summary>Reads the number in a structure that begins at an offset.</summary>
    public ulong U64(ByteCursor bytes, long structureAt)
    {
        var at = structureAt + _at;
        var value = _bytes switch
        {
            1 => bytes.U8(at),
            2 => _isBigEndian ? BinaryPrimitives.ReverseEndianness(bytes.U16(at)) : bytes.U16(at),
            4 => _isBigEndian ? BinaryPrimitives.ReverseEndianness(bytes.U32(at)) : bytes.U32(at),
            _ => _isBigEndian ? BinaryPrimitives.ReverseEndianness(bytes.U64(at)) : bytes.U64(at),
        };
        return (value >> _low) & _mask;
    }

    /// <summary>The same of at most 32 bits.</summary>
    public uint U32(ByteCursor bytes, long structureAt) => (uint)U64(bytes, structureAt);

    /// <summary>The same as a number with a sign.</summary>
    public int I32(ByteCursor bytes, long structureAt) => (int)U64(bytes, structureAt);
}
